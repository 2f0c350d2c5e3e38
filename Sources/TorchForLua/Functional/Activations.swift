import Lua
import Tensor

extension OperatorList {
  /// The activations beside those that `torch` has too.
  mutating func addMoreActivations() {
    activation("silu", "x * sigmoid(x).") { a, x in try x.silu() }
    activation("mish", "x * tanh(softplus(x)).") { a, x in try x.mish() }
    activation("hardswish", "x * relu6(x + 3) / 6.") { a, x in try x.hardswish() }
    activation("hardsigmoid", "relu6(x + 3) / 6.") { a, x in try x.hardsigmoid() }
    activation("relu6", "x limited to 0 ... 6.") { a, x in try x.relu6() }
    activation("selu", "The self-normalizing ELU.") { a, x in try x.selu() }
    activation("elu", "x above 0, alpha * (exp(x) - 1) below.", "alpha: float = 1.0") { a, x in
      try x.elu(alpha: a.double(1))
    }
    activation("celu", "x above 0, alpha * (exp(x / alpha) - 1) below.", "alpha: float = 1.0") { a, x in
      try x.celu(alpha: a.double(1))
    }
    activation("leaky_relu", "x above 0, negative_slope * x below.", "negative_slope: float = 0.01") { a, x in
      try x.leakyRelu(negativeSlope: a.double(1))
    }
    activation("hardtanh", "x limited to min_val ... max_val.", "min_val: float = -1.0, max_val: float = 1.0") { a, x in
      try x.hardtanh(min: a.double(1), max: a.double(2))
    }
    activation("threshold", "x above threshold, value elsewhere.", "threshold: float, value: float") { a, x in
      try x.threshold(a.double(1), a.double(2))
    }
    let shapes: [(String, String, String, Operation)] = [
      (
        "gelu", ", approximate: string = 'none'", "x times the normal distribution's P(X <= x).",
        { a in try a.tensor(0).gelu(approximate: a.string(1)) }
      ),
      (
        "glu", ", dim: int = -1", "The first half times the sigmoid of the second.",
        { a in try a.tensor(0).glu(a.int(1)) }
      ),
      (
        "softplus", ", beta: float = 1, threshold: float = 20", "log(1 + exp(beta * x)) / beta.",
        { a in try a.tensor(0).softplus(beta: a.double(1), threshold: a.double(2)) }
      ),
      (
        "softshrink", ", lambd: float = 0.5", "x brought nearer to 0 by lambd.",
        { a in try a.tensor(0).softshrink(lambda: a.double(1)) }
      ),
      (
        "hardshrink", ", lambd: float = 0.5", "0 where |x| is at most lambd.",
        { a in try a.tensor(0).hardshrink(lambda: a.double(1)) }
      ),
      ("softsign", "", "x / (1 + |x|).", { a in try a.tensor(0).softsign() }),
      ("tanhshrink", "", "x - tanh(x).", { a in try a.tensor(0).tanhshrink() }),
    ]
    for (name, options, help, body) in shapes {
      add(name, "(input: Tensor\(options)) -> Tensor", help, "F.\(name)(torch.randn(4))", body)
    }
    add(
      "prelu", "(input: Tensor, weight: Tensor) -> Tensor", "x above 0, weight * x below.",
      "F.prelu(torch.randn(3), torch.tensor{0.25})"
    ) { a in try a.tensor(0).prelu(a.tensor(1)) }
  }

  /// An activation that may write to its input.
  private mutating func activation(
    _ name: String, _ help: String, _ options: String = "",
    _ operation: @escaping (Arguments, Tensor) throws -> Tensor
  ) {
    let count = options.isEmpty ? 0 : options.split(separator: ",").count
    let parameters = options.isEmpty ? "" : options + ", "
    let example = name == "threshold" ? "F.threshold(torch.randn(3), 0, 0)" : "F.\(name)(torch.randn(3))"
    add(name, "(input: Tensor, \(parameters)inplace: bool = false) -> Tensor", help, example) { a in
      let input = try a.tensor(0)
      return try a.bool(count + 1)
        ? input.updateInPlace { try operation(a, $0) } : operation(a, input)
    }
  }
}
