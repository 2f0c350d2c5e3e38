extension BinaryOperator {
  static let eq = BinaryOperator(
    "eq",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 == $1 ? 1 : 0 } }, double: { map($0, $1, $2, $3) { $0 == $1 ? 1 : 0 } },
      int64: { map($0, $1, $2, $3) { $0 == $1 ? 1 : 0 } }), result: .bool)
  static let ne = BinaryOperator(
    "ne",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 != $1 ? 1 : 0 } }, double: { map($0, $1, $2, $3) { $0 != $1 ? 1 : 0 } },
      int64: { map($0, $1, $2, $3) { $0 != $1 ? 1 : 0 } }), result: .bool)
  static let lt = BinaryOperator(
    "lt",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 < $1 ? 1 : 0 } }, double: { map($0, $1, $2, $3) { $0 < $1 ? 1 : 0 } },
      int64: { map($0, $1, $2, $3) { $0 < $1 ? 1 : 0 } }), result: .bool)
  static let le = BinaryOperator(
    "le",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 <= $1 ? 1 : 0 } }, double: { map($0, $1, $2, $3) { $0 <= $1 ? 1 : 0 } },
      int64: { map($0, $1, $2, $3) { $0 <= $1 ? 1 : 0 } }), result: .bool)

  static let logicalAnd = BinaryOperator(
    "logical_and",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 != 0 && $1 != 0 ? 1 : 0 } },
      double: { map($0, $1, $2, $3) { $0 != 0 && $1 != 0 ? 1 : 0 } },
      int64: { map($0, $1, $2, $3) { $0 != 0 && $1 != 0 ? 1 : 0 } }), result: .bool)
  static let logicalOr = BinaryOperator(
    "logical_or",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 != 0 || $1 != 0 ? 1 : 0 } },
      double: { map($0, $1, $2, $3) { $0 != 0 || $1 != 0 ? 1 : 0 } },
      int64: { map($0, $1, $2, $3) { $0 != 0 || $1 != 0 ? 1 : 0 } }), result: .bool)
  static let logicalXor = BinaryOperator(
    "logical_xor",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { ($0 != 0) != ($1 != 0) ? 1 : 0 } },
      double: { map($0, $1, $2, $3) { ($0 != 0) != ($1 != 0) ? 1 : 0 } },
      int64: { map($0, $1, $2, $3) { ($0 != 0) != ($1 != 0) ? 1 : 0 } }), result: .bool)

  static let bitwiseAnd = BinaryOperator(bits: "bitwise_and") { map($0, $1, $2, $3) { $0 & $1 } }
  static let bitwiseOr = BinaryOperator(bits: "bitwise_or") { map($0, $1, $2, $3) { $0 | $1 } }
  static let bitwiseXor = BinaryOperator(bits: "bitwise_xor") { map($0, $1, $2, $3) { $0 ^ $1 } }
  static let leftShift = BinaryOperator(bits: "bitwise_left_shift", acceptsBool: false, kernelName: "lshift_cpu") {
    map($0, $1, $2, $3) { $1 < 0 || $1 > 63 ? 0 : $0 << $1 }
  }
  static let rightShift = BinaryOperator(bits: "bitwise_right_shift", acceptsBool: false, kernelName: "rshift_cpu") {
    map($0, $1, $2, $3) { $0 >> ($1 < 0 || $1 > 63 ? 63 : $1) }
  }
  static let gcd = BinaryOperator(bits: "gcd", acceptsBool: false) {
    map($0, $1, $2, $3) { Int64(truncatingIfNeeded: greatestCommonDivisor($0.magnitude, $1.magnitude)) }
  }
  static let lcm = BinaryOperator(bits: "lcm", acceptsBool: false) {
    map($0, $1, $2, $3) { a, b in
      let divisor = greatestCommonDivisor(a.magnitude, b.magnitude)
      return divisor == 0 ? 0 : Int64(truncatingIfNeeded: a.magnitude / divisor &* b.magnitude)
    }
  }

  /// An operator that integers and bool have alone.
  private init(
    bits name: String, acceptsBool: Bool = true, kernelName: String? = nil, _ kernel: @escaping BinaryKernel.Row<Int64>
  ) {
    self.init(
      name, BinaryKernel(float: { _, _, _, _ in }, double: { _, _, _, _ in }, int64: kernel),
      acceptsBool: acceptsBool, acceptsFloat: false, kernelName: kernelName)
  }
}

private func greatestCommonDivisor(_ a: UInt64, _ b: UInt64) -> UInt64 {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return a
}

extension Tensor {
  /// Whether elements are equal.
  public func eq(_ other: some TensorConvertible) throws -> Tensor { try BinaryOperator.eq(self, other.asTensor()) }
  /// Whether elements differ.
  public func ne(_ other: some TensorConvertible) throws -> Tensor { try BinaryOperator.ne(self, other.asTensor()) }
  /// `self < other`.
  public func lt(_ other: some TensorConvertible) throws -> Tensor { try BinaryOperator.lt(self, other.asTensor()) }
  /// `self <= other`.
  public func le(_ other: some TensorConvertible) throws -> Tensor { try BinaryOperator.le(self, other.asTensor()) }
  /// `self > other`.
  public func gt(_ other: some TensorConvertible) throws -> Tensor { try exchanged(.lt, other.asTensor()) }
  /// `self >= other`.
  public func ge(_ other: some TensorConvertible) throws -> Tensor { try exchanged(.le, other.asTensor()) }

  /// `comparison(other, self)`, with complaints that name this tensor first.
  private func exchanged(_ comparison: BinaryOperator, _ other: Tensor) throws -> Tensor {
    if shape != other.shape { _ = try Shape.broadcast(shape, other.shape) }
    return try comparison(other, self)
  }

  /// Whether both elements are not zero.
  public func logicalAnd(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.logicalAnd(self, other.asTensor())
  }
  /// Whether either element is not zero.
  public func logicalOr(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.logicalOr(self, other.asTensor())
  }
  /// Whether just one of two elements is not zero.
  public func logicalXor(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.logicalXor(self, other.asTensor())
  }
  /// `self & other` of integers or truth values.
  public func bitwiseAnd(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.bitwiseAnd(self, other.asTensor())
  }
  /// `self | other` of integers or truth values.
  public func bitwiseOr(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.bitwiseOr(self, other.asTensor())
  }
  /// `self ^ other` of integers or truth values.
  public func bitwiseXor(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.bitwiseXor(self, other.asTensor())
  }
  /// `self << other`.
  public func bitwiseLeftShift(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.leftShift(self, other.asTensor())
  }
  /// `self >> other`.
  public func bitwiseRightShift(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.rightShift(self, other.asTensor())
  }
  /// The greatest common divisor of integers.
  public func gcd(_ other: Tensor) throws -> Tensor { try BinaryOperator.gcd(self, other) }
  /// The least common multiple of integers.
  public func lcm(_ other: Tensor) throws -> Tensor { try BinaryOperator.lcm(self, other) }

  /// Whether both have the same shape and elements.
  public func equal(_ other: Tensor) throws -> Bool {
    guard shape == other.shape else { return false }
    return try alias().eq(other.alias()).all().item().bool
  }

  /// Whether elements are equal within `atol + rtol * |other|`.
  public func isclose(
    _ other: Tensor, rtol: Double = 1e-05, atol: Double = 1e-08, equalNaN: Bool = false
  ) throws -> Tensor {
    guard dtype == other.dtype else {
      throw TensorError("\(dtype.scalarTypeName) did not match \(other.dtype.scalarTypeName)")
    }
    guard rtol >= 0 else {
      throw TensorError("rtol must be greater than or equal to zero, but got \(NumberText.general(rtol))")
    }
    guard atol >= 0 else {
      throw TensorError("atol must be greater than or equal to zero, but got \(NumberText.general(atol))")
    }
    let (a, b) = (alias(), other.alias())
    var close = try a.eq(b)
    if equalNaN && dtype.isFloatingPoint { close = try close.logicalOr(a.isnan().logicalAnd(b.isnan())) }
    if rtol == 0 && atol == 0 { return close }
    let (x, y) = dtype.isFloatingPoint ? (a, b) : (try a.to(.float64), try b.to(.float64))
    let allowed = try y.abs().mul(rtol).add(atol)
    let error = try x.sub(y).abs()
    return try close.logicalOr(error.isfinite().logicalAnd(error.le(allowed)))
  }

  /// Whether all elements are close, see ``isclose(_:rtol:atol:equalNaN:)``.
  public func allclose(
    _ other: Tensor, rtol: Double = 1e-05, atol: Double = 1e-08, equalNaN: Bool = false
  ) throws -> Bool {
    try isclose(other, rtol: rtol, atol: atol, equalNaN: equalNaN).all().item().bool
  }
}
