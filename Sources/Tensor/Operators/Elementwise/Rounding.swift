import CVectorMath
import Glibc

extension UnaryOperator {
  static let neg = UnaryOperator(
    "neg", float: { vm_neg_float($0, $1, $2) }, double: { vm_neg_double($0, $1, $2) },
    int64: { map($0, $1, $2) { 0 &- $0 } }, gradient: .linear { try $0.neg() })
  static let abs = UnaryOperator(
    "abs", float: { vm_abs_float($0, $1, $2) }, double: { vm_abs_double($0, $1, $2) },
    int64: { map($0, $1, $2) { $0 < 0 ? 0 &- $0 : $0 } }, acceptsBool: false,
    gradient: .ofInput { grad, x in try grad.mul(x.sgn()) })
  static let sign = UnaryOperator(
    "sign", float: { map($0, $1, $2) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 } },
    double: { map($0, $1, $2) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 } }, int64: { map($0, $1, $2) { $0.signum() } },
    gradient: .zero)
  static let sgn = UnaryOperator(
    "sgn", float: { map($0, $1, $2) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 } },
    double: { map($0, $1, $2) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 } }, int64: { map($0, $1, $2) { $0.signum() } },
    gradient: .zero)
  static let floor = UnaryOperator(
    "floor", float: { vm_floor_float($0, $1, $2) }, double: { vm_floor_double($0, $1, $2) },
    int64: copyRow, acceptsBool: false, kernelName: "floor_vml_cpu", gradient: .zero)
  static let ceil = UnaryOperator(
    "ceil", float: { vm_ceil_float($0, $1, $2) }, double: { vm_ceil_double($0, $1, $2) },
    int64: copyRow, acceptsBool: false, kernelName: "ceil_vml_cpu", gradient: .zero)
  static let trunc = UnaryOperator(
    "trunc", float: { vm_trunc_float($0, $1, $2) }, double: { vm_trunc_double($0, $1, $2) },
    int64: copyRow, acceptsBool: false, kernelName: "trunc_vml_cpu", gradient: .zero)
  static let round = UnaryOperator(
    "round", float: { vm_round_float($0, $1, $2) }, double: { vm_round_double($0, $1, $2) },
    int64: copyRow, acceptsBool: false, kernelName: "round_vml_cpu", gradient: .zero)
  static let frac = UnaryOperator(
    "frac", float: { map($0, $1, $2) { $0 - truncf($0) } }, double: { map($0, $1, $2) { $0 - Glibc.trunc($0) } },
    gradient: .linear { $0 })
  static let positive = UnaryOperator(
    "positive", float: copyRow, double: copyRow, int64: copyRow, acceptsBool: false, gradient: .linear { $0 })

  static let isnan = UnaryOperator(
    "isnan", float: { map($0, $1, $2) { $0 != $0 ? 1 : 0 } }, double: { map($0, $1, $2) { $0 != $0 ? 1 : 0 } },
    int64: { map($0, $1, $2) { _ in 0 } }, result: .bool, gradient: .zero)
  static let isinf = UnaryOperator(
    "isinf", float: { map($0, $1, $2) { $0.isInfinite ? 1 : 0 } },
    double: { map($0, $1, $2) { $0.isInfinite ? 1 : 0 } },
    int64: { map($0, $1, $2) { _ in 0 } }, result: .bool, gradient: .zero)
  static let isposinf = UnaryOperator(
    "isposinf", float: { map($0, $1, $2) { $0 == .infinity ? 1 : 0 } },
    double: { map($0, $1, $2) { $0 == .infinity ? 1 : 0 } }, int64: { map($0, $1, $2) { _ in 0 } }, result: .bool,
    gradient: .zero)
  static let isneginf = UnaryOperator(
    "isneginf", float: { map($0, $1, $2) { $0 == -.infinity ? 1 : 0 } },
    double: { map($0, $1, $2) { $0 == -.infinity ? 1 : 0 } }, int64: { map($0, $1, $2) { _ in 0 } }, result: .bool,
    gradient: .zero)
  static let isfinite = UnaryOperator(
    "isfinite", float: { map($0, $1, $2) { $0.isFinite ? 1 : 0 } }, double: { map($0, $1, $2) { $0.isFinite ? 1 : 0 } },
    int64: { map($0, $1, $2) { _ in 1 } }, result: .bool, gradient: .zero)
  static let signbit = UnaryOperator(
    "signbit", float: { map($0, $1, $2) { $0.sign == .minus ? 1 : 0 } },
    double: { map($0, $1, $2) { $0.sign == .minus ? 1 : 0 } }, int64: { map($0, $1, $2) { $0 < 0 ? 1 : 0 } },
    result: .bool, gradient: .zero)
  static let logicalNot = UnaryOperator(
    "logical_not", float: { map($0, $1, $2) { $0 == 0 ? 1 : 0 } }, double: { map($0, $1, $2) { $0 == 0 ? 1 : 0 } },
    int64: { map($0, $1, $2) { $0 == 0 ? 1 : 0 } }, result: .bool, gradient: .zero)
  static let bitwiseNot = UnaryOperator(
    "bitwise_not", float: copyRow, double: copyRow, int64: { map($0, $1, $2) { ~$0 } }, gradient: .zero)

  /// Writes the elements as they are.
  @Sendable
  private static func copyRow<T>(_ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ count: Int) {
    out.update(from: x, count: count)
  }
}

extension Tensor {
  /// `-self`.
  public func neg() throws -> Tensor {
    guard dtype != .bool else {
      throw TensorError(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
      )
    }
    return try UnaryOperator.neg(self)
  }
  /// The absolute value.
  public func abs() throws -> Tensor { try UnaryOperator.abs(self) }
  /// -1, 0 or 1.
  public func sign() throws -> Tensor { try UnaryOperator.sign(self) }
  /// -1, 0 or 1; for complex numbers the direction.
  public func sgn() throws -> Tensor { try UnaryOperator.sgn(self) }
  /// The largest integer not above.
  public func floor() throws -> Tensor { try UnaryOperator.floor(self) }
  /// The smallest integer not below.
  public func ceil() throws -> Tensor { try UnaryOperator.ceil(self) }
  /// The integer part.
  public func trunc() throws -> Tensor { try UnaryOperator.trunc(self) }
  /// What is left of ``trunc()``.
  public func frac() throws -> Tensor {
    guard dtype.isFloatingPoint else { throw notImplemented("frac_cpu", dtype) }
    return try UnaryOperator.frac(self)
  }
  /// The nearest integer, the even one of two; or the nearest multiple of `10^-decimals`.
  public func round(decimals: Int? = nil) throws -> Tensor {
    guard let decimals else { return try UnaryOperator.round(self) }
    guard dtype.isFloatingPoint else { throw notImplemented(decimals == 0 ? "round_vml_cpu" : "round_cpu", dtype) }
    guard decimals != 0 else { return try UnaryOperator.round(self) }
    // The scale may be beyond what half precision holds.
    let x = dtype.size < 4 ? try to(.float32) : self
    let scale = Glibc.pow(10, Double(Swift.abs(Swift.max(decimals, -400))))
    return try (decimals > 0 ? x.mul(scale).round().div(scale) : x.div(scale).round().mul(scale)).to(dtype)
  }
  /// `+self`.
  public func positive() throws -> Tensor {
    guard dtype != .bool else {
      throw TensorError("The `+` operator, on a bool tensor is not supported.")
    }
    return self
  }
  /// Whether elements are NaN.
  public func isnan() throws -> Tensor { try UnaryOperator.isnan(self) }
  /// Whether elements are infinite.
  public func isinf() throws -> Tensor { try UnaryOperator.isinf(self) }
  /// Whether elements are positive infinity.
  public func isposinf() throws -> Tensor { try UnaryOperator.isposinf(self) }
  /// Whether elements are negative infinity.
  public func isneginf() throws -> Tensor { try UnaryOperator.isneginf(self) }
  /// Whether elements are neither infinite nor NaN.
  public func isfinite() throws -> Tensor { try UnaryOperator.isfinite(self) }
  /// Whether the sign bit is set.
  public func signbit() throws -> Tensor { try UnaryOperator.signbit(self) }
  /// Whether elements are zero.
  public func logicalNot() throws -> Tensor { try UnaryOperator.logicalNot(self) }
  /// All bits inverted, truth values negated.
  public func bitwiseNot() throws -> Tensor {
    guard !dtype.isFloatingPoint else { throw notImplemented("bitwise_not_cpu", dtype) }
    return dtype == .bool ? try logicalNot() : try UnaryOperator.bitwiseNot(self)
  }
  /// NaN and infinities replaced by numbers: 0 and the largest and smallest of the type, unless given.
  public func nanToNum(nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil) throws -> Tensor {
    guard dtype.isFloatingPoint else { return try clone() }
    let largest = dtype.largestFinite
    // What the type does not hold is infinite, not wrong.
    func inRange(_ number: Double) -> Double {
      number.magnitude > largest ? Double(signOf: number, magnitudeOf: .infinity) : number
    }
    return try self.where(isnan().logicalNot(), else: inRange(nan))
      .maskedFill(isposinf(), inRange(posinf ?? largest)).maskedFill(isneginf(), inRange(neginf ?? -largest))
  }
}
