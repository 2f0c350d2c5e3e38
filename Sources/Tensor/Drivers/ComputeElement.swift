import CVectorMath

/// The types that operators compute with. Other element types are converted row by row on the way in and out, so that an
/// operator needs three kernels, not one for each of PyTorch's types.
///
/// - `Float`: float32, float16, bfloat16 (rounded after each operator, as in PyTorch).
/// - `Double`: float64.
/// - `Int64`: every integer type (results wrap when stored) and bool (stored as "not zero").
public protocol ComputeElement: Comparable, Keyed, SendableMetatype, Sendable {
  /// The element type whose memory holds elements of this type as they are.
  static var dtype: DType { get }
  /// The number in this type: rounded, or for integers cut towards zero.
  init(_ scalar: Scalar)
  /// The number 0.
  static var zero: Self { get }
  /// The product; of integers the wrapped one.
  func wrappingProduct(_ other: Self) -> Self
  /// Converts the first `count` elements of `row` to this type.
  static func load(_ row: Row, _ count: Int, into buffer: UnsafeMutablePointer<Self>)
  /// Converts `count` elements to the type of `row` and writes them there: rounded, or for integers wrapped.
  static func store(_ buffer: UnsafePointer<Self>, _ count: Int, to row: Row)
}

/// Equally spaced elements in memory.
public struct Row {
  /// The first element.
  public var pointer: UnsafeMutableRawPointer
  /// The type of the elements in memory.
  public var dtype: DType
  /// From one element to the next, in elements.
  public var stride: Int

  /// - Parameter stride: from one element to the next, in elements; 0 repeats the first one.
  @inlinable
  public init(pointer: UnsafeMutableRawPointer, dtype: DType, stride: Int) {
    self.pointer = pointer
    self.dtype = dtype
    self.stride = stride
  }
}

extension DType {
  /// Which of the compute types stands for this type.
  public enum ComputeKind: Sendable { case float, double, int64 }

  /// The compute type that this type is converted to. A complex type's is its parts'.
  public var computeKind: ComputeKind {
    switch self {
    case .float32, .float16, .bfloat16, .complex32, .complex64: .float
    case .float64, .complex128: .double
    default: isFloat8 ? .float : .int64
    }
  }
}

extension Float: ComputeElement {
  public static var dtype: DType { .float32 }
  public static var zero: Float { 0 }
  public func wrappingProduct(_ other: Float) -> Float { self * other }
  public init(_ scalar: Scalar) { self = Float(scalar.double) }
  public static func load(_ row: Row, _ count: Int, into buffer: UnsafeMutablePointer<Float>) {
    switch (row.dtype, row.stride) {
    case (.float16, 1): vm_float_from_half(row.pointer, buffer, count)
    case (.bfloat16, 1): vm_float_from_bfloat(row.pointer, buffer, count)
    case (.float64, 1): vm_float_from_double(row.pointer, buffer, count)
    case (.int64, 1): vm_float_from_int64(row.pointer, buffer, count)
    case (.bool, 1): vm_float_from_bool(row.pointer, buffer, count)
    default: loadRow(row, count, into: buffer, FloatConversion.self)
    }
  }
  public static func store(_ buffer: UnsafePointer<Float>, _ count: Int, to row: Row) {
    switch (row.dtype, row.stride) {
    case (.float16, 1): vm_half_from_float(buffer, row.pointer, count)
    case (.bfloat16, 1): vm_bfloat_from_float(buffer, row.pointer, count)
    case (.float64, 1): vm_double_from_float(buffer, row.pointer, count)
    case (.int64, 1): vm_int64_from_float(buffer, row.pointer, count)
    case (.bool, 1): vm_bool_from_float(buffer, row.pointer, count)
    default: storeRow(buffer, count, to: row, FloatConversion.self)
    }
  }
}

extension Double: ComputeElement {
  public static var dtype: DType { .float64 }
  public static var zero: Double { 0 }
  public func wrappingProduct(_ other: Double) -> Double { self * other }
  public init(_ scalar: Scalar) { self = scalar.double }
  public static func load(_ row: Row, _ count: Int, into buffer: UnsafeMutablePointer<Double>) {
    switch (row.dtype, row.stride) {
    case (.float32, 1): vm_double_from_float(row.pointer, buffer, count)
    case (.int64, 1): vm_double_from_int64(row.pointer, buffer, count)
    default: loadRow(row, count, into: buffer, DoubleConversion.self)
    }
  }
  public static func store(_ buffer: UnsafePointer<Double>, _ count: Int, to row: Row) {
    switch (row.dtype, row.stride) {
    case (.float32, 1): vm_float_from_double(buffer, row.pointer, count)
    case (.int64, 1): vm_int64_from_double(buffer, row.pointer, count)
    default: storeRow(buffer, count, to: row, DoubleConversion.self)
    }
  }
}

extension Int64: ComputeElement {
  public static var dtype: DType { .int64 }
  public static var zero: Int64 { 0 }
  public func wrappingProduct(_ other: Int64) -> Int64 { self &* other }
  public init(_ scalar: Scalar) { self = scalar.int }
  public static func load(_ row: Row, _ count: Int, into buffer: UnsafeMutablePointer<Int64>) {
    loadRow(row, count, into: buffer, IntConversion.self)
  }
  public static func store(_ buffer: UnsafePointer<Int64>, _ count: Int, to row: Row) {
    storeRow(buffer, count, to: row, IntConversion.self)
  }
}
