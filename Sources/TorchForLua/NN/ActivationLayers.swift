import Lua
import NN
import Tensor

extension Layers {
  /// The element-wise functions, and those along a dimension.
  static var activations: [Function] { inPlace + shaped + plain + alongDimension }

  /// Those that may write into their input, which is their last argument.
  private static var inPlace: [Function] {
    func activation(
      _ name: String, _ help: String, _ options: String = "", example: String,
      _ make: @escaping (Arguments) throws -> Module
    ) -> Function {
      layer(name, "(\(options)\(options.isEmpty ? "" : ", ")inplace: bool = false)", help, example, make)
    }
    return [
      activation(
        "ReLU", "max(0, x): negative elements become 0. inplace writes the result into the input.",
        example: "nn.ReLU()(torch.tensor{-1., 2.}) --> tensor([0., 2.])"
      ) { ReLU(inplace: try $0.bool(0)) },
      activation(
        "ReLU6", "Each element limited to the range from 0 to 6.",
        example: "nn.ReLU6()(torch.tensor{-1., 9.}) --> tensor([0., 6.])"
      ) { try ReLU6(inplace: $0.bool(0)) },
      activation(
        "SiLU", "x * sigmoid(x), element by element: the swish function.",
        example: "nn.SiLU()(torch.tensor{-1., 2.}) --> tensor([-0.2689,  1.7616])"
      ) { SiLU(inplace: try $0.bool(0)) },
      activation(
        "Mish", "x * tanh(log(1 + exp(x))), element by element.",
        example: "nn.Mish()(torch.tensor{-1., 2.}) --> tensor([-0.3034,  1.9440])"
      ) { Mish(inplace: try $0.bool(0)) },
      activation(
        "SELU",
        """
        scale * x above 0, scale * alpha * (exp(x) - 1) below, with constants that drive activations to mean \
        0 and variance 1.
        """, example: "nn.SELU()(torch.tensor{-1., 2.}) --> tensor([-1.1113,  2.1014])"
      ) { SELU(inplace: try $0.bool(0)) },
      activation(
        "Hardswish", "x * relu6(x + 3) / 6, element by element: SiLU in straight pieces.",
        example: "nn.Hardswish()(torch.tensor{-1., 2.}) --> tensor([-0.3333,  1.6667])"
      ) { Hardswish(inplace: try $0.bool(0)) },
      activation(
        "Hardsigmoid", "relu6(x + 3) / 6, element by element: Sigmoid in straight pieces.",
        example: "nn.Hardsigmoid()(torch.tensor{-1., 2.}) --> tensor([0.3333, 0.8333])"
      ) { Hardsigmoid(inplace: try $0.bool(0)) },
      activation(
        "ELU", "x above 0, alpha * (exp(x) - 1) below.", "alpha: float = 1.0",
        example: "nn.ELU()(torch.tensor{-1., 2.}) --> tensor([-0.6321,  2.0000])"
      ) {
        ELU(alpha: try $0.scalar(0), inplace: try $0.bool(1))
      },
      activation(
        "CELU", "x above 0, alpha * (exp(x / alpha) - 1) below.", "alpha: float = 1.0",
        example: "nn.CELU()(torch.tensor{-1., 2.}) --> tensor([-0.6321,  2.0000])"
      ) {
        CELU(alpha: try $0.scalar(0), inplace: try $0.bool(1))
      },
      activation(
        "LeakyReLU", "x above 0, negative_slope * x below.", "negative_slope: float = 0.01",
        example: "nn.LeakyReLU(0.1)(torch.tensor{-1., 2.}) --> tensor([-0.1000,  2.0000])"
      ) {
        LeakyReLU(negativeSlope: try $0.scalar(0), inplace: try $0.bool(1))
      },
      activation(
        "Threshold", "x where it is above threshold, value elsewhere.", "threshold: float, value: float",
        example: "nn.Threshold(0.1, 9)(torch.tensor{-1., 2.}) --> tensor([9., 2.])"
      ) {
        Threshold(try $0.scalar(0), try $0.scalar(1), inplace: try $0.bool(2))
      },
      activation(
        "RReLU",
        """
        x above 0, a * x below: in training a is drawn uniformly from lower to upper for each element, else \
        it is their mean.
        """, "lower: float = 0.125, upper: float = 0.3333333333333333",
        example: "nn.RReLU():eval()(torch.tensor{-1., 2.}) --> tensor([-0.2292,  2.0000])"
      ) { RReLU(lower: try $0.scalar(0), upper: try $0.scalar(1), inplace: try $0.bool(2)) },
      layer(
        "Hardtanh",
        "(min_val: float = -1.0, max_val: float = 1.0, inplace: bool = false, min_value: float? = nil, max_value: float? = nil)",
        """
        Each element limited to the range from min_val to max_val; min_value and max_value are old names of \
        these.
        """, "nn.Hardtanh()(torch.tensor{-1., 2.}) --> tensor([-1.,  1.])"
      ) { a in
        // Old names of the ends.
        let (low, high) = (try a.optionalScalar(3), try a.optionalScalar(4))
        return try Hardtanh(min: low ?? a.scalar(0), max: high ?? a.scalar(1), inplace: a.bool(2))
      },
    ]
  }

  private static var shaped: [Function] {
    [
      layer(
        "GELU", "(approximate: string = 'none')",
        "x * P(X <= x) for a normal X; approximate = 'tanh' takes a formula close to it.",
        "nn.GELU()(torch.tensor{-1., 2.}) --> tensor([-0.1587,  1.9545])"
      ) {
        GELU(approximate: try $0.string(0))
      },
      layer(
        "Softplus", "(beta: float = 1.0, threshold: float = 20.0)",
        "log(1 + exp(beta * x)) / beta, a smooth ReLU; the input itself where beta * x is above threshold.",
        "nn.Softplus()(torch.tensor{-1., 2.}) --> tensor([0.3133, 2.1269])"
      ) {
        Softplus(beta: try $0.scalar(0), threshold: try $0.scalar(1))
      },
      layer(
        "Hardshrink", "(lambd: float = 0.5)", "x, and 0 where |x| is at most lambd.",
        "nn.Hardshrink()(torch.tensor{-1., 0.2}) --> tensor([-1.,  0.])"
      ) {
        Hardshrink(lambda: try $0.scalar(0))
      },
      layer(
        "Softshrink", "(lambd: float = 0.5)", "x brought nearer to 0 by lambd, and 0 where |x| is at most lambd.",
        "nn.Softshrink()(torch.tensor{-1., 2.}) --> tensor([-0.5000,  1.5000])"
      ) {
        Softshrink(lambda: try $0.scalar(0))
      },
      layer(
        "PReLU", "(num_parameters: int = 1, init: float = 0.25, \(factory))",
        "x above 0, weight * x below; weight is learnt, one number or one for each channel, init at first.",
        "nn.PReLU()(torch.tensor{-1., 2.}):tolist() --> {-0.25, 2.0}"
      ) { try PReLU($0.int(0), initial: $0.double(1), dtype: $0.factoryDType(2)) },
    ]
  }

  private static var plain: [Function] {
    [
      layer(
        "Sigmoid", "()", "1 / (1 + exp(-x)), element by element: from 0 to 1.",
        "nn.Sigmoid()(torch.tensor{-1., 2.}) --> tensor([0.2689, 0.8808])"
      ) { _ in Sigmoid() },
      layer(
        "Tanh", "()", "The hyperbolic tangent of each element: from -1 to 1.",
        "nn.Tanh()(torch.tensor{-1., 2.}) --> tensor([-0.7616,  0.9640])"
      ) { _ in Tanh() },
      layer(
        "LogSigmoid", "()", "log(sigmoid(x)), element by element, without overflow.",
        "nn.LogSigmoid()(torch.tensor{-1., 2.}) --> tensor([-1.3133, -0.1269])"
      ) { _ in LogSigmoid() },
      layer(
        "Softsign", "()", "x / (1 + |x|), element by element: from -1 to 1.",
        "nn.Softsign()(torch.tensor{-1., 2.}) --> tensor([-0.5000,  0.6667])"
      ) { _ in Softsign() },
      layer(
        "Tanhshrink", "()", "x - tanh(x), element by element.",
        "nn.Tanhshrink()(torch.tensor{-1., 2.}) --> tensor([-0.2384,  1.0360])"
      ) {
        _ in Tanhshrink()
      },
      layer(
        "Softmax2d", "()", "softmax() over the channels at each place of images (N, C, H, W).",
        "nn.Softmax2d()(torch.ones(1, 2, 1, 1)):flatten() --> tensor([0.5000, 0.5000])"
      ) { _ in Softmax2d() },
    ]
  }

  private static var alongDimension: [Function] {
    let dim = "(dim: int? = nil)"
    return [
      layer(
        "Softmax", dim, "exp(x) / sum(exp(x)) along the dimension dim: positive numbers that sum to 1.",
        "nn.Softmax(0)(torch.tensor{-1., 2.}) --> tensor([0.0474, 0.9526])"
      ) { Softmax(dim: try $0.optionalInt(0)) },
      layer(
        "LogSoftmax", dim, "The logarithm of softmax along the dimension dim: what NLLLoss takes.",
        "nn.LogSoftmax(0)(torch.tensor{-1., 2.}) --> tensor([-3.0486, -0.0486])"
      ) { LogSoftmax(dim: try $0.optionalInt(0)) },
      layer(
        "Softmin", dim, "softmax(-x) along the dimension dim.",
        "nn.Softmin(0)(torch.tensor{-1., 2.}) --> tensor([0.9526, 0.0474])"
      ) {
        Softmin(dim: try $0.optionalInt(0))
      },
      layer(
        "GLU", "(dim: int = -1)", "The first half along the dimension dim times the sigmoid of the second: gates.",
        "nn.GLU()(torch.tensor{-1., 2.}) --> tensor([-0.8808])"
      ) {
        GLU(dim: try $0.int(0))
      },
    ]
  }
}
