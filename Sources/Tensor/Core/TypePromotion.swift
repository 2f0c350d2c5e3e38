extension Tensor {
  /// A zero-dim tensor for a number in an expression: it takes part in type promotion as Python's numbers do in PyTorch, with
  /// its category (bool, integer, floating point) alone.
  public static func wrapped(_ scalar: Scalar) throws -> Tensor {
    let tensor: Tensor
    switch scalar {
    case .double(let value):
      tensor = try Tensor(empty: [], dtype: .float64)
      try tensor.overwritingPointer().storeBytes(of: value, as: Double.self)
    case .int(let value):
      tensor = try Tensor(empty: [], dtype: .int64)
      try tensor.overwritingPointer().storeBytes(of: value, as: Int64.self)
    case .bool(let value):
      tensor = try Tensor(empty: [], dtype: .bool)
      try tensor.overwritingPointer().storeBytes(of: value ? 1 : 0, as: UInt8.self)
    }
    tensor.isWrappedNumber = true
    return tensor
  }
}

/// The result type of an operation: tensors with dimensions decide first, then zero-dim ones, then numbers, and the later only
/// where their category (bool < integer < floating point < complex) is higher.
///
/// Source: https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
public func resultType(_ tensors: [Tensor]) throws -> DType {
  var dimensioned: DType?
  var zeroDim: DType?
  var number: DType?
  for tensor in tensors {
    if tensor.isWrappedNumber {
      let dtype = tensor.dtype.isFloatingPoint ? DefaultDType.current : tensor.dtype
      number = try number.map { try DType.promote($0, dtype) } ?? dtype
    } else if tensor.rank == 0 {
      zeroDim = try zeroDim.map { try DType.promote($0, tensor.dtype) } ?? tensor.dtype
    } else {
      dimensioned = try dimensioned.map { try DType.promote($0, tensor.dtype) } ?? tensor.dtype
    }
  }
  return try combine(dimensioned, try combine(zeroDim, number)) ?? DefaultDType.current
}

/// The result type of an operation on two tensors.
@inline(__always)
public func resultType(_ a: Tensor, _ b: Tensor) throws -> DType {
  if a.dtype == b.dtype && !a.isWrappedNumber && !b.isWrappedNumber { return a.dtype }
  return try resultType([a, b])
}

private func combine(_ stronger: DType?, _ weaker: DType?) throws -> DType? {
  guard let stronger else { return weaker }
  guard let weaker else { return stronger }
  return weaker.category > stronger.category ? try DType.promote(stronger, weaker) : stronger
}

extension DType {
  /// The order in which kinds of numbers contain each other.
  var category: Int {
    if self == .bool { return 0 }
    if isInteger { return 1 }
    return isFloatingPoint ? 2 : 3
  }

  /// Whether an in-place result of this type may be written to a tensor of type `target`.
  public func canCast(to target: DType) -> Bool {
    if isComplex && !target.isComplex { return false }
    if isFloatingPoint && !(target.isFloatingPoint || target.isComplex) { return false }
    return self == .bool || target != .bool
  }
}
