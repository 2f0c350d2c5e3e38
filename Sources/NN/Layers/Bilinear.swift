import Tensor

/// A bilinear map of the last dimensions of two inputs: `y_k = x1^T W_k x2 + b_k`.
public final class Bilinear: Module {
  /// The size of the first input's last dimension.
  public let in1Features: Int
  /// The size of the second input's last dimension.
  public let in2Features: Int
  /// The size of the output's last dimension.
  public let outFeatures: Int

  /// Registers `weight` `[outFeatures, in1Features, in2Features]` and, with `bias`, `bias` `[outFeatures]`.
  ///
  /// - Parameter dtype: of the parameters; the default type if nil.
  /// - Throws: ``TensorError`` for an `in1Features` below 1, or other sizes below 0.
  public init(
    _ in1Features: Int, _ in2Features: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType? = nil
  ) throws {
    guard in1Features > 0 else { throw TensorError("in1_features must be > 0, but got \(in1Features)", kind: .value) }
    self.in1Features = in1Features
    self.in2Features = in2Features
    self.outFeatures = outFeatures
    super.init()
    try register(parameter: "weight", shape: [outFeatures, in1Features, in2Features], dtype: dtype)
    try register(parameter: "bias", shape: bias ? [outFeatures] : nil, dtype: dtype)
    try resetParameters()
  }

  public override func resetParameters() throws { try resetUniformly(size: in1Features) }

  public override var inputNames: [String]? { ["input1", "input2"] }

  /// `[*, in1Features]` and `[*, in2Features]` to `[*, outFeatures]`.
  public func callAsFunction(_ first: Tensor, _ second: Tensor) throws -> Tensor {
    try first.bilinear(second, try requiredParameter("weight"), bias: parameter("bias"))
  }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    [
      .tensor(
        try self(try inputs.requiredTensor(0, "input1", of: self), try inputs.requiredTensor(1, "input2", of: self)))
    ]
  }

  public override var extraText: String {
    "in1_features=\(in1Features), in2_features=\(in2Features), out_features=\(outFeatures), bias=\(pythonText(parameter("bias") != nil))"
  }

  public override var attributes: Attributes {
    [("in1_features", .int(in1Features)), ("in2_features", .int(in2Features)), ("out_features", .int(outFeatures))]
  }
}
