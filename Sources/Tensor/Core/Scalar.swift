/// A number or truth value outside a tensor: what Python's `bool`, `int` and `float` are to PyTorch.
public enum Scalar: Sendable, Hashable {
  /// Python's `bool`.
  case bool(Bool)
  /// Python's `int`, as far as 64 bits go.
  case int(Int64)
  /// Python's `float`.
  case double(Double)

  /// The value as a floating point number, rounded to the nearest; 0 or 1 for a truth value.
  public var double: Double {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .double(let value): value
    }
  }

  /// The integer, or the floating point value cut towards zero (saturated, as a value outside int64 has none).
  public var int: Int64 {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): value
    case .double(let value): Int64(clampingTruncation: value)
    }
  }

  /// Whether the value is other than zero; NaN counts as true.
  public var bool: Bool {
    switch self {
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    }
  }

  /// The type of a tensor made from this value alone.
  public var dtype: DType {
    switch self {
    case .bool: .bool
    case .int: .int64
    case .double: DefaultDType.current
    }
  }

  /// Whether this is a floating point number, also one without a fraction.
  public var isFloatingPoint: Bool { if case .double = self { true } else { false } }
  /// Whether this is a truth value, not a number.
  public var isBool: Bool { if case .bool = self { true } else { false } }
}

extension Scalar: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral {
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Int64 {
  /// The value cut towards zero; outside of int64's range the nearest end, and 0 for NaN. Never traps.
  @inlinable
  public init(clampingTruncation value: Double) {
    if value >= 9223372036854775807.0 {
      self = .max
    } else if value > -9223372036854775808.0 {
      self = Int64(value)
    } else {
      self = value.isNaN ? 0 : .min
    }
  }
}
