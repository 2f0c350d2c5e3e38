/// What may stand as an operand beside a tensor: another tensor, or a number.
public protocol TensorConvertible {
  /// The operand as a tensor: a number as a wrapped one, whose type gives way to the other operand's; see
  /// ``Tensor/wrapped(_:)``.
  func asTensor() throws -> Tensor
}

extension Tensor: TensorConvertible {
  public func asTensor() -> Tensor { self }
}

extension Scalar: TensorConvertible {
  public func asTensor() throws -> Tensor { try Tensor.wrapped(self) }
}

extension Int: TensorConvertible {
  public func asTensor() throws -> Tensor { try Tensor.wrapped(.int(Int64(self))) }
}

extension Double: TensorConvertible {
  public func asTensor() throws -> Tensor { try Tensor.wrapped(.double(self)) }
}

extension Bool: TensorConvertible {
  public func asTensor() throws -> Tensor { try Tensor.wrapped(.bool(self)) }
}
