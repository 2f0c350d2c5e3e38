extension UnaryOperator {
  static let relu = UnaryOperator(
    "relu", float: { map($0, $1, $2) { $0 > 0 || $0 != $0 ? $0 : 0 } },
    double: { map($0, $1, $2) { $0 > 0 || $0 != $0 ? $0 : 0 } }, int64: { map($0, $1, $2) { max($0, 0) } },
    acceptsBool: false, gradient: .ofOutput { grad, y in try grad.where(y.gt(0), else: 0) })
}

extension Tensor {
  /// `max(x, 0)`.
  public func relu() throws -> Tensor {
    guard dtype != .bool else { throw TensorError("Boolean inputs not supported for relu") }
    return try UnaryOperator.relu(self)
  }
}
