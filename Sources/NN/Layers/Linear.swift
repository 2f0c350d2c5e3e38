import Tensor

/// An affine map of the last dimension: `y = x W^T + b`.
///
/// Shapes: input `[*, inFeatures]`, output `[*, outFeatures]`, weight `[outFeatures, inFeatures]`.
open class Linear: Module {
  public let inFeatures: Int
  public let outFeatures: Int

  public init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType? = nil) throws {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    super.init()
    try registerWeight(shape: [outFeatures, inFeatures], bias: bias ? outFeatures : nil, fan: inFeatures, dtype: dtype)
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try input.linear(try requiredParameter("weight"), bias: parameter("bias"))
  }

  open override var extraText: String {
    "in_features=\(inFeatures), out_features=\(outFeatures), bias=\(pythonText(parameter("bias") != nil))"
  }

  open override var attributes: [(name: String, value: Attribute)] {
    [("in_features", .int(inFeatures)), ("out_features", .int(outFeatures))]
  }
}

extension Module {
  /// Registers `weight` and `bias` with PyTorch's usual initial values: uniform within `1 / sqrt(fan)`. The draws happen when
  /// somebody reads them.
  ///
  /// - Parameters:
  ///   - bias: its size; nil registers the name alone.
  ///   - fan: how many inputs an output depends on.
  func registerWeight(shape: [Int], bias: Int?, fan: Int, dtype: DType?) throws {
    let bound = fan > 0 ? 1 / Double(fan).squareRoot() : 0
    // kaiming_uniform with a slope of sqrt(5), computed in its order so that the last bit is the same.
    let gain = (2 / (1 + 5.0.squareRoot() * 5.0.squareRoot())).squareRoot()
    let weightBound = fan > 0 ? 3.0.squareRoot() * (gain / Double(fan).squareRoot()) : 0
    let weight = try Tensor.uniform(shape, -weightBound, weightBound, dtype: dtype)
    try register(parameter: "weight", NN.parameter(weight))
    try register(
      parameter: "bias", try bias.map { try NN.parameter(try Tensor.uniform([$0], -bound, bound, dtype: dtype)) })
  }
}
