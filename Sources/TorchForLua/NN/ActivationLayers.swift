import Lua
import NN
import Tensor

extension Layers {
  /// The element-wise functions, and those along a dimension.
  static var activations: [Function] { inPlace + shaped + plain + alongDimension }

  /// Those that may write into their input, which is their last argument.
  private static var inPlace: [Function] {
    func activation(
      _ name: String, _ help: String, _ options: String = "", _ example: String = "",
      _ make: @escaping (Arguments) throws -> Module
    ) -> Function {
      layer(name, "(\(options)\(options.isEmpty ? "" : ", ")inplace: bool = false)", help, example, make)
    }
    return [
      activation("ReLU", "max(0, x): negative elements become 0.") { ReLU(inplace: try $0.bool(0)) },
      activation("ReLU6", "x limited to 0 ... 6.") { try ReLU6(inplace: $0.bool(0)) },
      activation("SiLU", "x * sigmoid(x).") { SiLU(inplace: try $0.bool(0)) },
      activation("Mish", "x * tanh(softplus(x)).") { Mish(inplace: try $0.bool(0)) },
      activation("SELU", "The self-normalizing ELU.") { SELU(inplace: try $0.bool(0)) },
      activation("Hardswish", "x * relu6(x + 3) / 6.") { Hardswish(inplace: try $0.bool(0)) },
      activation("Hardsigmoid", "relu6(x + 3) / 6.") { Hardsigmoid(inplace: try $0.bool(0)) },
      activation("ELU", "x above 0, alpha * (exp(x) - 1) below.", "alpha: float = 1.0") {
        ELU(alpha: try $0.scalar(0), inplace: try $0.bool(1))
      },
      activation("CELU", "x above 0, alpha * (exp(x / alpha) - 1) below.", "alpha: float = 1.0") {
        CELU(alpha: try $0.scalar(0), inplace: try $0.bool(1))
      },
      activation("LeakyReLU", "x above 0, negative_slope * x below.", "negative_slope: float = 0.01") {
        LeakyReLU(negativeSlope: try $0.scalar(0), inplace: try $0.bool(1))
      },
      activation("Threshold", "x above threshold, value elsewhere.", "threshold: float, value: float", "0.1, 0") {
        Threshold(try $0.scalar(0), try $0.scalar(1), inplace: try $0.bool(2))
      },
      activation(
        "RReLU", "x above 0, in training a random part of x below.",
        "lower: float = 0.125, upper: float = 0.3333333333333333"
      ) { RReLU(lower: try $0.scalar(0), upper: try $0.scalar(1), inplace: try $0.bool(2)) },
      layer(
        "Hardtanh",
        "(min_val: float = -1.0, max_val: float = 1.0, inplace: bool = false, min_value: float? = nil, max_value: float? = nil)",
        "x limited to min_val ... max_val.", ""
      ) { a in
        // Old names of the ends.
        let (low, high) = (try a.optionalScalar(3), try a.optionalScalar(4))
        return try Hardtanh(min: low ?? a.scalar(0), max: high ?? a.scalar(1), inplace: a.bool(2))
      },
    ]
  }

  private static var shaped: [Function] {
    [
      layer("GELU", "(approximate: string = 'none')", "x times the normal distribution's P(X <= x).", "") {
        GELU(approximate: try $0.string(0))
      },
      layer("Softplus", "(beta: float = 1.0, threshold: float = 20.0)", "log(1 + exp(beta * x)) / beta.", "") {
        Softplus(beta: try $0.scalar(0), threshold: try $0.scalar(1))
      },
      layer("Hardshrink", "(lambd: float = 0.5)", "0 where |x| is at most lambd.", "") {
        Hardshrink(lambda: try $0.scalar(0))
      },
      layer("Softshrink", "(lambd: float = 0.5)", "x brought nearer to 0 by lambd.", "") {
        Softshrink(lambda: try $0.scalar(0))
      },
      layer(
        "PReLU", "(num_parameters: int = 1, init: float = 0.25, \(factory))", "x above 0, a learned part of x below.",
        ""
      ) { try PReLU($0.int(0), initial: $0.double(1), dtype: $0.factoryDType(2)) },
    ]
  }

  private static var plain: [Function] {
    [
      layer("Sigmoid", "()", "1 / (1 + exp(-x)).", "") { _ in Sigmoid() },
      layer("Tanh", "()", "The hyperbolic tangent.", "") { _ in Tanh() },
      layer("LogSigmoid", "()", "log(sigmoid(x)).", "") { _ in LogSigmoid() },
      layer("Softsign", "()", "x / (1 + |x|).", "") { _ in Softsign() },
      layer("Tanhshrink", "()", "x - tanh(x).", "") { _ in Tanhshrink() },
      layer("Softmax2d", "()", "softmax() over channels.", "") { _ in Softmax2d() },
    ]
  }

  private static var alongDimension: [Function] {
    let dim = "(dim: int? = nil)"
    return [
      layer("Softmax", dim, "exp(x) / sum(exp(x)).", "1") { Softmax(dim: try $0.optionalInt(0)) },
      layer("LogSoftmax", dim, "The logarithm of softmax.", "1") { LogSoftmax(dim: try $0.optionalInt(0)) },
      layer("Softmin", dim, "softmax(-x).", "1") { Softmin(dim: try $0.optionalInt(0)) },
      layer("GLU", "(dim: int = -1)", "The first half times the sigmoid of the second.", "") {
        GLU(dim: try $0.int(0))
      },
    ]
  }
}
