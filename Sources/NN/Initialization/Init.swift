import Glibc
import Tensor

/// Initial values of parameters: `torch.nn.init`. Each function changes the tensor in place, past autograd, and returns it.
public enum Init {
  /// Which side of a layer keeps the variance of what passes through it.
  public enum FanMode: String, Sendable {
    /// Inputs: the variance stays in the forward pass.
    case fanIn = "fan_in"
    /// Outputs: the variance stays in the backward pass.
    case fanOut = "fan_out"
  }

  /// The factor by which weights grow to make up for an activation: `calculate_gain`.
  ///
  /// - Parameters:
  ///   - nonlinearity: the name of a function of `torch.nn.functional`.
  ///   - parameter: the negative slope, for `leaky_relu`.
  /// - Throws: ``TensorError`` for a function that has no such factor.
  public static func gain(_ nonlinearity: String, _ parameter: Double? = nil) throws -> Double {
    switch nonlinearity {
    case "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid":
      return 1
    case "tanh": return 5.0 / 3
    case "relu": return 2.0.squareRoot()
    case "leaky_relu":
      let slope = parameter ?? 0.01
      return (2 / (1 + slope * slope)).squareRoot()
    case "selu": return 3.0 / 4
    default: throw TensorError("Unsupported nonlinearity \(nonlinearity)", kind: .value)
    }
  }

  /// How many inputs and outputs an element of the result meets, for weights of `[out, in, *kernel]`.
  ///
  /// - Throws: ``TensorError`` for fewer than two dimensions.
  public static func fans(_ tensor: Tensor) throws -> (fanIn: Int, fanOut: Int) {
    guard tensor.rank >= 2 else {
      throw TensorError(
        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions", kind: .value)
    }
    let field = tensor.shape.dropFirst(2).reduce(1) { $0 &* $1 }
    return (tensor.shape[1] &* field, tensor.shape[0] &* field)
  }

  /// Uniform in [low, high).
  ///
  /// - Parameter generator: where the random numbers come from; the default one by default.
  @discardableResult
  public static func uniform(
    _ tensor: Tensor, _ low: Double = 0, _ high: Double = 1, generator: Generator? = nil
  ) throws -> Tensor {
    try GradMode.with(false) { try tensor.uniformInPlace(low, high, generator: generator) }
  }

  /// Normal with the given mean and standard deviation.
  ///
  /// - Parameter generator: where the random numbers come from; the default one by default.
  @discardableResult
  public static func normal(
    _ tensor: Tensor, mean: Double = 0, deviation: Double = 1, generator: Generator? = nil
  ) throws -> Tensor {
    try GradMode.with(false) {
      try tensor.normalInPlace(mean: mean, deviation: deviation, generator: generator)
    }
  }

  /// The same number everywhere.
  @discardableResult
  public static func constant(_ tensor: Tensor, _ value: Double) throws -> Tensor {
    try GradMode.with(false) {
      try tensor.copyInPlace(try Tensor.full([], .double(value), dtype: tensor.dtype))
    }
  }

  /// 1 everywhere.
  @discardableResult
  public static func ones(_ tensor: Tensor) throws -> Tensor { try constant(tensor, 1) }

  /// 0 everywhere.
  @discardableResult
  public static func zeros(_ tensor: Tensor) throws -> Tensor { try constant(tensor, 0) }

  /// Uniform in (-a, a) with `a = gain * sqrt(6 / (fanIn + fanOut))`.
  ///
  /// Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
  /// https://proceedings.mlr.press/v9/glorot10a.html
  @discardableResult
  public static func xavierUniform(
    _ tensor: Tensor, gain: Double = 1, generator: Generator? = nil
  ) throws -> Tensor {
    let deviation = try xavierDeviation(tensor, gain)
    let bound = 3.0.squareRoot() * deviation
    return try uniform(tensor, -bound, bound, generator: generator)
  }

  /// Normal with a standard deviation of `gain * sqrt(2 / (fanIn + fanOut))`.
  @discardableResult
  public static func xavierNormal(_ tensor: Tensor, gain: Double = 1, generator: Generator? = nil) throws -> Tensor {
    try normal(tensor, deviation: try xavierDeviation(tensor, gain), generator: generator)
  }

  private static func xavierDeviation(_ tensor: Tensor, _ gain: Double) throws -> Double {
    let (fanIn, fanOut) = try fans(tensor)
    return gain * (2 / Double(fanIn &+ fanOut)).squareRoot()
  }

  /// Uniform in (-b, b) with `b = gain * sqrt(3 / fan)`.
  ///
  /// Source: He et al., "Delving deep into rectifiers", 2015, https://arxiv.org/abs/1502.01852
  ///
  /// - Parameter slope: of the negative part of the rectifier that follows.
  @discardableResult
  public static func kaimingUniform(
    _ tensor: Tensor, slope: Double = 0, mode: FanMode = .fanIn, nonlinearity: String = "leaky_relu",
    generator: Generator? = nil
  ) throws -> Tensor {
    if tensor.shape.contains(0) { return tensor }
    let bound = 3.0.squareRoot() * (try kaimingDeviation(tensor, slope, mode, nonlinearity))
    return try uniform(tensor, -bound, bound, generator: generator)
  }

  /// Normal with a standard deviation of `gain / sqrt(fan)`.
  @discardableResult
  public static func kaimingNormal(
    _ tensor: Tensor, slope: Double = 0, mode: FanMode = .fanIn, nonlinearity: String = "leaky_relu",
    generator: Generator? = nil
  ) throws -> Tensor {
    if tensor.shape.contains(0) { return tensor }
    let deviation = try kaimingDeviation(tensor, slope, mode, nonlinearity)
    return try normal(tensor, deviation: deviation, generator: generator)
  }

  private static func kaimingDeviation(
    _ tensor: Tensor, _ slope: Double, _ mode: FanMode, _ nonlinearity: String
  ) throws -> Double {
    let (fanIn, fanOut) = try fans(tensor)
    return try gain(nonlinearity, slope) / Double(mode == .fanIn ? fanIn : fanOut).squareRoot()
  }
}
