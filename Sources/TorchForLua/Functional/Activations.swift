import Lua
import Tensor

extension OperatorList {
  /// The activations beside those that `torch` has too.
  mutating func addMoreActivations() {
    activation("silu", "x * sigmoid(x), element by element: the swish function.", is: "tensor([-0.2689,  1.7616])") {
      a, x in try x.silu()
    }
    activation("mish", "x * tanh(log(1 + exp(x))), element by element.", is: "tensor([-0.3034,  1.9440])") { a, x in
      try x.mish()
    }
    activation(
      "hardswish", "x * relu6(x + 3) / 6, element by element: silu() in straight pieces.",
      is: "tensor([-0.3333,  1.6667])"
    ) { a, x in try x.hardswish() }
    activation(
      "hardsigmoid", "relu6(x + 3) / 6, element by element: sigmoid() in straight pieces, 0 below -3 and 1 above 3.",
      is: "tensor([0.3333, 0.8333])"
    ) { a, x in try x.hardsigmoid() }
    activation("relu6", "Each element limited to the range from 0 to 6.", is: "tensor([0., 2.])") { a, x in
      try x.relu6()
    }
    activation(
      "selu",
      "scale * x above 0, scale * alpha * (exp(x) - 1) below, with scale 1.0507 and alpha 1.6733, which drive activations to mean 0 and variance 1.",
      is: "tensor([-1.1113,  2.1014])"
    ) { a, x in try x.selu() }
    activation(
      "elu", "x above 0, alpha * (exp(x) - 1) below.", "alpha: float = 1.0",
      is: "tensor([-0.6321,  2.0000])"
    ) { a, x in
      try x.elu(alpha: a.double(1))
    }
    activation(
      "celu", "x above 0, alpha * (exp(x / alpha) - 1) below: elu() with a derivative without a jump.",
      "alpha: float = 1.0",
      is: "tensor([-0.6321,  2.0000])"
    ) { a, x in
      try x.celu(alpha: a.double(1))
    }
    activation(
      "leaky_relu", "x above 0, negative_slope * x below.", "negative_slope: float = 0.01",
      is: "tensor([-0.0100,  2.0000])"
    ) { a, x in
      try x.leakyRelu(negativeSlope: a.double(1))
    }
    activation(
      "hardtanh", "Each element limited to the range from min_val to max_val.",
      "min_val: float = -1.0, max_val: float = 1.0",
      is: "tensor([-1.,  1.])"
    ) { a, x in
      try x.hardtanh(min: a.double(1), max: a.double(2))
    }
    activation(
      "threshold", "x where it is above threshold, value elsewhere.", "threshold: float, value: float",
      is: "tensor([9., 2.])"
    ) { a, x in
      try x.threshold(a.double(1), a.double(2))
    }
    activationInPlace("relu", "", "F.relu(torch.tensor{-1., 2.}) --> tensor([0., 2.])") { a, x in try x.relu() }
    activationInPlace(
      "rrelu", "lower: float = 0.125, upper: float = 0.3333333333333333, training: bool = false",
      "F.rrelu(torch.tensor{-1., 2.}) --> tensor([-0.2292,  2.0000])"
    ) { a, x in try x.rrelu(lower: a.double(1), upper: a.double(2), training: a.bool(3)) }
    let shapes: [(String, String, String, String, Operation)] = [
      (
        "gelu", ", approximate: string = 'none'",
        "x * P(X <= x) for a normal X. approximate = 'tanh' takes 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) instead.",
        "tensor([-0.1587,  1.9545])",
        { a in try a.tensor(0).gelu(approximate: a.string(1)) }
      ),
      (
        "glu", ", dim: int = -1", "The first half along the dimension dim times the sigmoid of the second: gates.",
        "tensor([-0.8808])",
        { a in try a.tensor(0).glu(a.int(1)) }
      ),
      (
        "softplus", ", beta: float = 1, threshold: float = 20",
        "log(1 + exp(beta * x)) / beta, a smooth relu(); the input itself where beta * x is above threshold.",
        "tensor([0.3133, 2.1269])",
        { a in try a.tensor(0).softplus(beta: a.double(1), threshold: a.double(2)) }
      ),
      (
        "softshrink", ", lambd: float = 0.5", "x brought nearer to 0 by lambd, and 0 where |x| is at most lambd.",
        "tensor([-0.5000,  1.5000])",
        { a in try a.tensor(0).softshrink(lambda: a.double(1)) }
      ),
      (
        "hardshrink", ", lambd: float = 0.5", "x, and 0 where |x| is at most lambd.", "tensor([-1.,  2.])",
        { a in try a.tensor(0).hardshrink(lambda: a.double(1)) }
      ),
      (
        "softsign", "", "x / (1 + |x|), element by element: from -1 to 1.", "tensor([-0.5000,  0.6667])",
        { a in try a.tensor(0).softsign() }
      ),
      (
        "tanhshrink", "", "x - tanh(x), element by element.", "tensor([-0.2384,  1.0360])",
        { a in try a.tensor(0).tanhshrink() }
      ),
    ]
    for (name, options, help, result, body) in shapes {
      add(name, "(input: Tensor\(options)) -> Tensor", help, "F.\(name)(torch.tensor{-1., 2.}) --> \(result)", body)
    }
    add(
      "prelu", "(input: Tensor, weight: Tensor) -> Tensor",
      """
      x above 0, weight * x below; weight is one learnt number, or one for each channel, the second dimension.
      """,
      "F.prelu(torch.tensor{-1., 2.}, torch.tensor{0.25}) --> tensor([-0.2500,  2.0000])"
    ) { a in try a.tensor(0).prelu(a.tensor(1)) }
  }

  /// An activation that may write to its input.
  private mutating func activation(
    _ name: String, _ help: String, _ options: String = "", is result: String,
    _ operation: @escaping (Arguments, Tensor) throws -> Tensor
  ) {
    let count = options.isEmpty ? 0 : options.split(separator: ",").count
    let parameters = options.isEmpty ? "" : options + ", "
    let example = "F.\(name)(torch.tensor{-1., 2.}\(name == "threshold" ? ", 0, 9" : "")) --> \(result)"
    add(name, "(input: Tensor, \(parameters)inplace: bool = false) -> Tensor", help, example) { a in
      let input = try a.tensor(0)
      return try a.bool(count + 1)
        ? input.updateInPlace { try operation(a, $0) } : operation(a, input)
    }
    guard ["celu", "elu", "hardtanh", "leaky_relu", "selu", "threshold"].contains(name) else { return }
    activationInPlace(name, options, example, operation)
  }

  /// The function `name_`, which writes to its input.
  private mutating func activationInPlace(
    _ name: String, _ options: String, _ example: String, _ operation: @escaping (Arguments, Tensor) throws -> Tensor
  ) {
    changing(
      name + "_", "(input: Tensor\(options.isEmpty ? "" : ", " + options)) -> Tensor",
      "In-place version of \(name)(): the tensor takes over the result's values and history, and is returned.",
      example.replacing("F.\(name)(", with: "F.\(name)_(")
    ) { a in try a.tensor(0).updateInPlace { try operation(a, $0) } }
  }
}
