/// The element type of a tensor, with PyTorch's names.
///
/// Source: https://pytorch.org/docs/stable/tensor_attributes.html#torch-dtype
public enum DType: UInt8, Sendable, CaseIterable, Hashable {
  /// Integers of 8 to 64 bits; `uint8` is the unsigned one of them.
  case uint8, int8, int16, int32, int64
  /// IEEE's floating point numbers of 16, 32 and 64 bits.
  case float16, float32, float64
  /// Pairs of float32 or of float64: the real part, then the imaginary one.
  case complex64, complex128
  /// A truth value in a byte, and the upper half of a float32: 8 bits of exponent, 7 of fraction.
  case bool, bfloat16
  /// Unsigned integers that are stored and converted, not computed with.
  case uint16, uint32, uint64
  /// A byte with 4 bits of exponent, 3 of fraction and no infinity; and one with 5 and 2, which has infinities.
  case float8_e4m3fn, float8_e5m2
  /// The like without infinities and without -0; and powers of two alone, without a sign.
  case float8_e4m3fnuz, float8_e5m2fnuz, float8_e8m0fnu
  /// Pairs of float16.
  case complex32

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .uint8, .int8, .bool, .float8_e4m3fn, .float8_e5m2, .float8_e4m3fnuz, .float8_e5m2fnuz, .float8_e8m0fnu: 1
    case .int16, .float16, .bfloat16, .uint16: 2
    case .int32, .float32, .uint32, .complex32: 4
    case .int64, .float64, .complex64, .uint64: 8
    case .complex128: 16
    }
  }

  /// The name after `torch.`, such as `float32`.
  public var name: String {
    switch self {
    case .uint8: "uint8"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .float16: "float16"
    case .float32: "float32"
    case .float64: "float64"
    case .complex64: "complex64"
    case .complex128: "complex128"
    case .bool: "bool"
    case .bfloat16: "bfloat16"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .float8_e4m3fn: "float8_e4m3fn"
    case .float8_e5m2: "float8_e5m2"
    case .float8_e4m3fnuz: "float8_e4m3fnuz"
    case .float8_e5m2fnuz: "float8_e5m2fnuz"
    case .float8_e8m0fnu: "float8_e8m0fnu"
    case .complex32: "complex32"
    }
  }

  /// The name that PyTorch's error messages use, such as `Float` in "expected scalar type Float".
  public var scalarTypeName: String {
    switch self {
    case .uint8: "Byte"
    case .int8: "Char"
    case .int16: "Short"
    case .int32: "Int"
    case .int64: "Long"
    case .float16: "Half"
    case .float32: "Float"
    case .float64: "Double"
    case .complex64: "ComplexFloat"
    case .complex128: "ComplexDouble"
    case .bool: "Bool"
    case .bfloat16: "BFloat16"
    case .uint16: "UInt16"
    case .uint32: "UInt32"
    case .uint64: "UInt64"
    case .float8_e4m3fn: "Float8_e4m3fn"
    case .float8_e5m2: "Float8_e5m2"
    case .float8_e4m3fnuz: "Float8_e4m3fnuz"
    case .float8_e5m2fnuz: "Float8_e5m2fnuz"
    case .float8_e8m0fnu: "Float8_e8m0fnu"
    case .complex32: "ComplexHalf"
    }
  }

  /// Whether the type is one of floating point numbers; complex types are not.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .float32, .float64, .bfloat16: true
    default: isFloat8
    }
  }

  /// Whether it is one of the floating point types of a byte.
  public var isFloat8: Bool {
    switch self {
    case .float8_e4m3fn, .float8_e5m2, .float8_e4m3fnuz, .float8_e5m2fnuz, .float8_e8m0fnu: true
    default: false
    }
  }

  /// Whether elements are pairs of floating point numbers.
  public var isComplex: Bool { self == .complex32 || self == .complex64 || self == .complex128 }

  /// Whether the type is an integer; `bool` is none.
  public var isInteger: Bool {
    switch self {
    case .uint8, .int8, .int16, .int32, .int64, .uint16, .uint32, .uint64: true
    default: false
    }
  }

  /// Whether the type has negative numbers.
  public var isSigned: Bool {
    switch self {
    case .uint8, .bool, .uint16, .uint32, .uint64, .float8_e8m0fnu: false
    default: true
    }
  }

  /// Whether operators compute with this type; the others can be stored, loaded, viewed and converted only.
  public var isComputable: Bool {
    switch self {
    case .uint16, .uint32, .uint64: false
    default: !isComplex && !isFloat8
    }
  }
}

extension DType {
  /// The largest finite number of a floating point type.
  public var largestFinite: Double {
    switch self {
    case .float16: 65504
    case .bfloat16: 0x1.FEp127
    case .float32: Double(Float.greatestFiniteMagnitude)
    case .float8_e4m3fn: 448
    case .float8_e5m2, .float8_e5m2fnuz: 57344
    case .float8_e4m3fnuz: 240
    case .float8_e8m0fnu: 0x1p127
    default: .greatestFiniteMagnitude
    }
  }
}

extension DType: CustomStringConvertible {
  /// `torch.float32`, as PyTorch prints a dtype.
  public var description: String { "torch." + name }
}

extension DType {
  /// The type of an operation between two tensors of at least one dimension: `torch.promote_types`.
  ///
  /// - Throws: ``TensorError`` for a pair that PyTorch does not promote either (such as two different float8 types).
  public static func promote(_ a: DType, _ b: DType) throws -> DType {
    if a == b { return a }
    if a == .bool { return b }
    if b == .bool { return a }
    if a.isFloat8 || b.isFloat8, !a.isInteger, !b.isInteger {
      throw TensorError(
        "Promotion for Float8 Types is not supported, attempted to promote \(a.scalarTypeName) and \(b.scalarTypeName)"
      )
    }
    if a.isComplex || b.isComplex {
      if [a, b].contains(where: { $0 == .complex128 || $0 == .float64 }) { return .complex128 }
      let isHalf = [a, b].allSatisfy { $0 == .complex32 || $0 == .float16 || $0.isInteger }
      return isHalf ? .complex32 : .complex64
    }
    if a.isFloatingPoint != b.isFloatingPoint { return a.isFloatingPoint ? a : b }
    if a.isFloatingPoint {
      if a.size != b.size { return a.size > b.size ? a : b }
      return .float32
    }
    if a.isSigned == b.isSigned { return a.size > b.size ? a : b }
    let (signed, unsigned) = a.isSigned ? (a, b) : (b, a)
    guard unsigned == .uint8 else {
      throw TensorError(
        "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote \(a.scalarTypeName) and \(b.scalarTypeName)"
      )
    }
    return signed == .int8 ? .int16 : signed
  }
}

/// The type that numbers without one get: `torch.get_default_dtype()`.
public enum DefaultDType {
  /// A floating point type; float32 at the start.
  public static var current: DType {
    get { ThreadState.current.defaultDType }
    set { ThreadState.current.defaultDType = newValue }
  }
}
