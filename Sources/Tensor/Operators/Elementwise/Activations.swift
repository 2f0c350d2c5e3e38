extension UnaryOperator {
  static let relu = UnaryOperator(
    "relu", float: { map($0, $1, $2) { $0 > 0 || $0 != $0 ? $0 : 0 } },
    double: { map($0, $1, $2) { $0 > 0 || $0 != $0 ? $0 : 0 } }, int64: { map($0, $1, $2) { max($0, 0) } },
    acceptsBool: false, gradient: .ofOutput { grad, y in try BinaryOperator.reluGradient(grad, y) })
}

extension Tensor {
  /// `max(x, 0)`.
  public func relu() throws -> Tensor {
    guard dtype != .bool else { throw TensorError("Boolean inputs not supported for relu") }
    return try Fusion.relu(self) ?? UnaryOperator.relu(self)
  }

  /// `max(x, 0)` in place: `relu_`.
  @discardableResult
  public func reluInPlace() throws -> Tensor {
    try checkInPlace()
    return try Fusion.reluInPlace(self) ? self : updateInPlace { try $0.relu() }
  }
}

extension BinaryOperator {
  /// The gradient where the output of a ReLU is positive, else 0.
  static let reluGradient = BinaryOperator(
    "threshold_backward",
    BinaryKernel(
      float: { grad, y, out, n in map(grad, y, out, n) { $1 > 0 ? $0 : 0 } },
      double: { grad, y, out, n in map(grad, y, out, n) { $1 > 0 ? $0 : 0 } }),
    gradient: { grad, saved, needs in [needs[0] ? try reluGradient(of: grad, output: saved.b) : nil, nil] })

  private static func reluGradient(of grad: Tensor, output: Tensor) throws -> Tensor { try reluGradient(grad, output) }
}
