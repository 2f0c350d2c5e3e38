import Lua
import NN
import OrderedCollections
import Tensor

/// The module `torch.optim`.
enum OptimModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.optim", help: "Optimizers: ways to change parameters along their gradients.",
      example:
        "w = nn.Parameter(torch.ones(1))\nw:sum():backward()\noptim.SGD({w}, {lr = 0.1}):step()\nw:tolist()[1] < 1 --> true",
      classes: [OptimizerClass.group, OptimizerClass.optimizer] + optimizers)
  }

  private static var optimizers: [LuaClass] {
    let decay = ["eps", "weight_decay"]
    return [
      optimizer(
        SGD.self,
        """
        Stochastic gradient descent: w = w - lr * g. With momentum g is a running sum, v = momentum * v + (1 \
        - dampening) * g, and nesterov looks one step ahead along it; weight_decay adds its multiple of w to \
        g.
        """, ["momentum", "dampening", "weight_decay", "nesterov"]),
      optimizer(
        Adam.self,
        """
        Adam: w = w - lr * m / (sqrt(v) + eps) with running means m of the gradient and v of its square, \
        whose rates are betas, both corrected for their start at 0. amsgrad takes the largest v so far; \
        weight_decay adds its multiple of w to the gradient.
        """, ["betas"] + decay + ["amsgrad"]),
      optimizer(
        AdamW.self,
        """
        Adam whose weight decay stands apart from the gradients: w is first multiplied by 1 - lr * \
        weight_decay, then changed as by Adam.
        """, ["betas"] + decay + ["amsgrad"]),
      optimizer(
        RMSprop.self,
        """
        Gradients divided by the root of a running mean, of rate alpha, of their squares: w = w - lr * g / \
        (sqrt(v) + eps). centered subtracts the square of the gradient's mean from v; momentum sums steps \
        up.
        """,
        ["alpha"] + decay + ["momentum", "centered", "capturable", "foreach", "maximize", "differentiable"]),
      optimizer(
        Adagrad.self,
        """
        Gradients divided by the root of the sum of all their squares so far: w = w - lr / (1 + t * \
        lr_decay) * g / (sqrt(sum) + eps).
        """,
        ["lr_decay", "weight_decay", "initial_accumulator_value", "eps", "foreach"]),
      optimizer(
        Adadelta.self,
        """
        Gradients times the ratio of two running root mean squares, of the steps so far and of the \
        gradients, of rate rho: steps in the parameters' own units.
        """, ["rho"] + decay + ["foreach"]),
      optimizer(
        NAdam.self,
        """
        Adam with Nesterov's momentum: each step looks ahead along the running mean, whose weight \
        momentum_decay changes over time.
        """, ["betas"] + decay + ["momentum_decay", "decoupled_weight_decay"]),
      optimizer(
        RAdam.self,
        """
        Adam that rectifies the variance of its first steps: they follow the running mean alone until enough \
        squares were seen.
        """,
        ["betas"] + decay + ["decoupled_weight_decay"]),
      optimizer(
        LBFGS.self,
        """
        The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno with limited memory, for few \
        parameters and exact losses. step() needs a function that clears the gradients, computes the loss, \
        calls backward() and returns the loss; line_search_fn may be 'strong_wolfe'.
        """,
        ["max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size", "line_search_fn"]),
    ]
  }

  /// A class whose constructor takes the optimizer's own options.
  ///
  /// - Parameter positional: the options beside `lr` that PyTorch takes by position too, in its order.
  private static func optimizer<T: Optimizer>(_ type: T.Type, _ help: String, _ positional: [String]) -> LuaClass {
    let name = String(describing: type)
    let defaults = type.standardOptions
    let named = defaults.keys.compactMap { key in if case .string(let name) = key { name } else { nil } }
    let positional = ["lr"] + positional
    let keywords = named.filter { !positional.contains($0) }
    let options = positional + keywords
    let parameters = options.map { option in
      let value = defaults[.string(option)] ?? .none
      return "\(option): \(option == "lr" ? "Scalar|Tensor" : kind(of: value)) = \(text(value))"
    }
    let signature =
      "(params: any, " + parameters[..<positional.count].joined(separator: ", ")
      + (keywords.isEmpty ? "" : ", *, ") + parameters[positional.count...].joined(separator: ", ") + ") -> \(name)"
    return LuaClass(
      name, of: type, parent: "Optimizer", help: help, options: [.fields, .unique],
      constructor: Function(
        name, signature,
        help: """
          params is an iterator such as net:parameters(), a table of tensors, or of groups {params = ..., lr = ...} with options \
          of their own.
          """,
        example: "o = optim.\(name)(nn.Linear(2, 2):parameters(), {lr = 0.01})\no.param_groups[1].lr --> 0.01"
      ) { a in
        var given: StateDictionary = [:]
        for (index, option) in options.enumerated() where a.has(index + 1) {
          given[.string(option)] = try StateValue(a[index + 1])
        }
        return .value(.same(try type.init(groups: OptimizerClass.groups(a), options: given)))
      }.asConstructor())
  }

  /// The type of an option in a signature, by its default.
  private static func kind(of value: StateValue) -> String {
    switch value {
    case .bool: "bool"
    case .int, .double: "Scalar"
    case .tuple, .list: "table"
    default: "any"
    }
  }

  private static func text(_ value: StateValue) -> String {
    switch value {
    case .none: return "nil"
    case .bool(let value): return value ? "true" : "false"
    case .tuple(let values), .list(let values):
      return "{" + values.map { text($0) }.joined(separator: ", ") + "}"
    default: return value.description
    }
  }
}
