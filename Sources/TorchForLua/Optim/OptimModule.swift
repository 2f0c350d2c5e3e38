import Lua
import NN
import OrderedCollections
import Tensor

/// The module `torch.optim`.
enum OptimModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.optim", help: "Ways to change parameters along their gradients.",
      classes: [OptimizerClass.group, OptimizerClass.optimizer] + optimizers)
  }

  private static var optimizers: [LuaClass] {
    let decay = ["eps", "weight_decay"]
    return [
      optimizer(
        SGD.self, "Stochastic gradient descent, with momentum.", ["momentum", "dampening", "weight_decay", "nesterov"]),
      optimizer(
        Adam.self, "Steps scaled by running means of gradients and their squares.", ["betas"] + decay + ["amsgrad"]),
      optimizer(AdamW.self, "Adam with weight decay apart from the gradients.", ["betas"] + decay + ["amsgrad"]),
      optimizer(
        RMSprop.self, "Gradients divided by a running mean of their size.",
        ["alpha"] + decay + ["momentum", "centered", "capturable", "foreach", "maximize", "differentiable"]),
      optimizer(
        Adagrad.self, "Gradients divided by the root of all their squares.",
        ["lr_decay", "weight_decay", "initial_accumulator_value", "eps", "foreach"]),
      optimizer(
        Adadelta.self, "Steps in the parameters' own units.", ["rho"] + decay + ["foreach"]),
      optimizer(
        NAdam.self, "Adam with Nesterov's momentum.", ["betas"] + decay + ["momentum_decay", "decoupled_weight_decay"]),
      optimizer(
        RAdam.self, "Adam that rectifies the variance of its first steps.",
        ["betas"] + decay + ["decoupled_weight_decay"]),
      optimizer(
        LBFGS.self, "A quasi-Newton method; step() needs a function that computes the loss anew.",
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
        name, signature, help: help, example: "optim.\(name)(nn.Linear(2, 2):parameters(), {lr = 0.01})"
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
