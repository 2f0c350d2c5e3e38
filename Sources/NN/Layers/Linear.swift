import Tensor

/// An affine map of the last dimension: `y = x W^T + b`.
///
/// Shapes: input `[*, inFeatures]`, output `[*, outFeatures]`, weight `[outFeatures, inFeatures]`.
open class Linear: Module {
  /// The size of the input's last dimension.
  public let inFeatures: Int
  /// The size of the output's last dimension.
  public let outFeatures: Int

  /// Registers `weight` and, with `bias`, `bias` `[outFeatures]`, both uniform within `1 / sqrt(inFeatures)`.
  ///
  /// - Parameter dtype: of the parameters; the default type if nil.
  /// - Throws: ``TensorError`` for sizes below 0.
  public init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType? = nil) throws {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    super.init()
    try register(parameter: "weight", shape: [outFeatures, inFeatures], dtype: dtype)
    try register(parameter: "bias", shape: bias ? [outFeatures] : nil, dtype: dtype)
    try resetParameters()
  }

  open override func resetParameters() throws { try resetWeightAndBias() }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try input.linear(try requiredParameter("weight"), bias: parameter("bias"))
  }

  open override var extraText: String {
    "in_features=\(inFeatures), out_features=\(outFeatures), bias=\(pythonText(parameter("bias") != nil))"
  }

  open override var attributes: Attributes {
    [("in_features", .int(inFeatures)), ("out_features", .int(outFeatures))]
  }
}

extension Module {
  /// Gives `weight` and `bias` PyTorch's usual initial values: uniform within `1 / sqrt(fan)`. The draws happen when somebody
  /// reads them.
  func resetWeightAndBias() throws {
    let weight = try requiredParameter("weight")
    try Init.kaimingUniform(weight, slope: 5.0.squareRoot())
    guard let bias = parameter("bias") else { return }
    let fan = try Init.fans(weight).fanIn
    let bound = fan > 0 ? 1 / Double(fan).squareRoot() : 0
    try Init.uniform(bias, -bound, bound)
  }

  /// Gives all parameters uniform numbers within `1 / sqrt(size)`.
  func resetUniformly(size: Int) throws {
    let bound = size > 0 ? 1 / Double(size).squareRoot() : 0
    for parameter in ownParameters.values { try parameter.map { _ = try Init.uniform($0, -bound, bound) } }
  }

  /// Gives `weight` ones and `bias` zeros, where they are: what is normalized stays as it is.
  func resetScaleAndShift() throws {
    try parameter("weight").map { _ = try Init.ones($0) }
    try parameter("bias").map { _ = try Init.zeros($0) }
  }
}
