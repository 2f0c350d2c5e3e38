import Tensor

/// The last dimensions with mean 0 and variance 1, then scaled and shifted element by element.
///
/// Source: Ba et al., "Layer normalization", 2016, https://arxiv.org/abs/1607.06450
public final class LayerNorm: Module {
  /// The last dimensions of inputs, which are normalized together.
  public let normalizedShape: [Int]
  /// What is added to the variance before its root is divided by.
  public let eps: Scalar
  /// Whether there is a learned scale and, unless it was left out, a learned shift.
  public let elementwiseAffine: Bool

  /// - Parameters:
  ///   - normalizedShape: the last dimensions of inputs.
  ///   - elementwiseAffine: whether there are `weight` and, with `bias`, `bias`, both of `normalizedShape`.
  ///   - dtype: of the parameters; the default type if nil.
  public init(
    _ normalizedShape: [Int], eps: Scalar = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) throws {
    self.normalizedShape = normalizedShape
    self.eps = eps
    self.elementwiseAffine = elementwiseAffine
    super.init()
    try register(parameter: "weight", shape: elementwiseAffine ? normalizedShape : nil, dtype: dtype)
    try register(parameter: "bias", shape: elementwiseAffine && bias ? normalizedShape : nil, dtype: dtype)
    try resetParameters()
  }

  public override func resetParameters() throws { try resetScaleAndShift() }

  public override func forward(_ input: Tensor) throws -> Tensor {
    try input.layerNorm(normalizedShape, weight: parameter("weight"), bias: parameter("bias"), eps: eps.double)
  }

  public override var attributes: Attributes {
    [
      ("normalized_shape", .ints(normalizedShape)), ("eps", .init(eps)),
      ("elementwise_affine", .bool(elementwiseAffine)),
    ]
  }

  public override var extraText: String {
    let bias: Attributes = [("bias", .bool(parameter("bias") != nil))]
    return "\(tupleText(normalizedShape)), \((attributes.dropFirst() + bias).text)"
  }
}

/// The last dimensions divided by the root of their mean square, then scaled element by element.
///
/// Source: Zhang and Sennrich, "Root mean square layer normalization", 2019, https://arxiv.org/abs/1910.07467
public final class RMSNorm: Module {
  /// The last dimensions of inputs, which are normalized together.
  public let normalizedShape: [Int]
  /// nil: the distance from 1 to the next number of the input's type.
  public let eps: Scalar?
  /// Whether there is a learned scale.
  public let elementwiseAffine: Bool

  /// - Parameters:
  ///   - normalizedShape: the last dimensions of inputs.
  ///   - eps: what is added to the mean square; nil takes the distance from 1 to the next number of the input's type.
  ///   - elementwiseAffine: whether there is a `weight` of `normalizedShape`.
  ///   - dtype: of the weight; the default type if nil.
  public init(
    _ normalizedShape: [Int], eps: Scalar? = nil, elementwiseAffine: Bool = true, dtype: DType? = nil
  ) throws {
    self.normalizedShape = normalizedShape
    self.eps = eps
    self.elementwiseAffine = elementwiseAffine
    super.init()
    try register(parameter: "weight", shape: elementwiseAffine ? normalizedShape : nil, dtype: dtype)
    try resetParameters()
  }

  public override func resetParameters() throws { try parameter("weight").map { _ = try Init.ones($0) } }

  public override var inputNames: [String]? { ["x"] }

  public override func forward(_ input: Tensor) throws -> Tensor {
    try input.rmsNorm(normalizedShape, weight: parameter("weight"), eps: eps?.double)
  }

  public override var attributes: Attributes {
    [
      ("normalized_shape", .ints(normalizedShape)), ("eps", .init(eps)),
      ("elementwise_affine", .bool(elementwiseAffine)),
    ]
  }

  public override var extraText: String { "\(tupleText(normalizedShape)), \(Array(attributes.dropFirst()).text)" }
}

/// Groups of channels with mean 0 and variance 1, then each channel scaled and shifted.
///
/// Source: Wu and He, "Group normalization", 2018, https://arxiv.org/abs/1803.08494
public final class GroupNorm: Module {
  /// Into how many groups the channels are parted.
  public let groupCount: Int
  /// How many channels inputs `[N, C, *]` have.
  public let channelCount: Int
  /// What is added to a group's variance before its root is divided by.
  public let eps: Scalar
  /// Whether there are a learned scale and, unless it was left out, a learned shift of each channel.
  public let affine: Bool

  /// - Throws: ``TensorError`` where `groupCount` does not divide `channelCount`.
  public init(
    _ groupCount: Int, _ channelCount: Int, eps: Scalar = 1e-5, affine: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) throws {
    guard groupCount != 0 else { throw TensorError("integer modulo by zero", kind: .value) }
    guard channelCount.isMultiple(of: groupCount) else {
      throw TensorError(
        "num_channels (\(channelCount)) must be divisible by num_groups (\(groupCount))", kind: .value)
    }
    self.groupCount = groupCount
    self.channelCount = channelCount
    self.eps = eps
    self.affine = affine
    super.init()
    try register(parameter: "weight", shape: affine ? [channelCount] : nil, dtype: dtype)
    try register(parameter: "bias", shape: affine && bias ? [channelCount] : nil, dtype: dtype)
    try resetParameters()
  }

  public override func resetParameters() throws { try resetScaleAndShift() }

  public override func forward(_ input: Tensor) throws -> Tensor {
    try input.groupNorm(groupCount, weight: parameter("weight"), bias: parameter("bias"), eps: eps.double)
  }

  public override var attributes: Attributes {
    [
      ("num_groups", .int(groupCount)), ("num_channels", .int(channelCount)), ("eps", .init(eps)),
      ("affine", .bool(affine)),
    ]
  }

  public override var extraText: String {
    let bias: Attributes = [("bias", .bool(parameter("bias") != nil))]
    return "\(groupCount), \(channelCount), \((attributes.only("eps", "affine") + bias).text)"
  }
}

/// Elements divided by a power of the squares of neighbouring channels.
///
/// `y = x / (k + alpha / size * sum(x^2))^beta`
///
/// Source: Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012,
/// https://papers.nips.cc/paper/4824
public final class LocalResponseNorm: Module {
  /// How many neighbouring channels count, the channel itself among them.
  public let size: Int
  /// The factor of the mean square of the neighbours.
  public let alpha: Scalar
  /// The power of the divisor.
  public let beta: Scalar
  /// What is added to the divisor before its power is taken.
  public let k: Scalar

  /// The numbers of the formula.
  public init(_ size: Int, alpha: Scalar = 1e-4, beta: Scalar = 0.75, k: Scalar = 1.0) {
    self.size = size
    (self.alpha, self.beta, self.k) = (alpha, beta, k)
  }

  public override func forward(_ input: Tensor) throws -> Tensor {
    try input.localResponseNorm(size, alpha: alpha.double, beta: beta.double, k: k.double)
  }

  public override var attributes: Attributes {
    [("size", .int(size)), ("alpha", .init(alpha)), ("beta", .init(beta)), ("k", .init(k))]
  }

  public override var extraText: String { "\(size), \(Array(attributes.dropFirst()).text)" }
}
