import CVectorMath
import Glibc

extension UnaryOperator {
  static let exp = UnaryOperator(
    "exp", float: { vm_exp_float($0, $1, $2) }, double: { vm_exp_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.mul(y) })
  static let exp2 = UnaryOperator(
    "exp2", float: { vm_exp2_float($0, $1, $2) }, double: { vm_exp2_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.mul(y).mul(M_LN2) })
  static let expm1 = UnaryOperator(
    "expm1", float: { vm_expm1_float($0, $1, $2) }, double: { vm_expm1_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.mul(y.add(1)) })
  static let log = UnaryOperator(
    "log", float: { vm_log_float($0, $1, $2) }, double: { vm_log_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.div(x) })
  static let log2 = UnaryOperator(
    "log2", float: { vm_log2_float($0, $1, $2) }, double: { vm_log2_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.div(x.mul(M_LN2)) })
  static let log10 = UnaryOperator(
    "log10", float: { vm_log10_float($0, $1, $2) }, double: { vm_log10_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.div(x.mul(M_LN10)) })
  static let log1p = UnaryOperator(
    "log1p", float: { vm_log1p_float($0, $1, $2) }, double: { vm_log1p_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.div(x.add(1)) })
  static let sqrt = UnaryOperator(
    "sqrt", float: { vm_sqrt_float($0, $1, $2) }, double: { vm_sqrt_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.div(y.mul(2)) })
  static let rsqrt = UnaryOperator(
    "rsqrt", float: { vm_rsqrt_float($0, $1, $2) }, double: { vm_rsqrt_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.mul(-0.5).mul(y.mul(y).mul(y)) })
  static let reciprocal = UnaryOperator(
    "reciprocal", float: { vm_reciprocal_float($0, $1, $2) }, double: { vm_reciprocal_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.neg().mul(y.mul(y)) })
  static let sigmoid = UnaryOperator(
    "sigmoid", float: { vm_sigmoid_float($0, $1, $2) }, double: { vm_sigmoid_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.mul(y).mul(y.rsub(1)) })
  static let logSigmoid = UnaryOperator(
    "log_sigmoid", float: { vm_log_sigmoid_float($0, $1, $2) }, double: { vm_log_sigmoid_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.neg().sigmoid()) })
  static let erf = UnaryOperator(
    "erf", float: { vm_erf_float($0, $1, $2) }, double: { vm_erf_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.mul(x).neg().exp()).mul(M_2_SQRTPI) })
  static let erfc = UnaryOperator(
    "erfc", float: { vm_erfc_float($0, $1, $2) }, double: { vm_erfc_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.mul(x).neg().exp()).mul(-M_2_SQRTPI) })
}

extension Tensor {
  /// e to the power of each element.
  public func exp() throws -> Tensor { try UnaryOperator.exp(self) }
  /// 2 to the power of each element.
  public func exp2() throws -> Tensor { try UnaryOperator.exp2(self) }
  /// `exp(x) - 1`, exact near 0.
  public func expm1() throws -> Tensor { try UnaryOperator.expm1(self) }
  /// The natural logarithm.
  public func log() throws -> Tensor { try UnaryOperator.log(self) }
  /// The logarithm to base 2.
  public func log2() throws -> Tensor { try UnaryOperator.log2(self) }
  /// The logarithm to base 10.
  public func log10() throws -> Tensor { try UnaryOperator.log10(self) }
  /// `log(1 + x)`, exact near 0.
  public func log1p() throws -> Tensor { try UnaryOperator.log1p(self) }
  /// The square root.
  public func sqrt() throws -> Tensor { try UnaryOperator.sqrt(self) }
  /// `1 / sqrt(x)`.
  public func rsqrt() throws -> Tensor { try UnaryOperator.rsqrt(self) }
  /// `1 / x`.
  public func reciprocal() throws -> Tensor { try UnaryOperator.reciprocal(self) }
  /// `1 / (1 + exp(-x))`.
  public func sigmoid() throws -> Tensor { try UnaryOperator.sigmoid(self) }
  /// `log(sigmoid(x))`: `F.logsigmoid`.
  public func logSigmoid() throws -> Tensor {
    guard dtype.isFloatingPoint else { throw notImplemented("log_sigmoid_cpu", dtype) }
    return try UnaryOperator.logSigmoid(self)
  }
  /// The error function.
  public func erf() throws -> Tensor { try UnaryOperator.erf(self) }
  /// `1 - erf(x)`.
  public func erfc() throws -> Tensor { try UnaryOperator.erfc(self) }
  /// `log(x / (1 - x))`, elements first limited to `eps ... 1 - eps` where `eps` is given.
  public func logit(eps: Double? = nil) throws -> Tensor {
    let source = dtype.isFloatingPoint ? self : try to(DefaultDType.current)
    // Limits that cross leave what lies below the lower one there, unlike those of clamp.
    let x = try eps.map { try source.clamp(max: 1 - $0).where(source.alias().ge($0), else: $0) } ?? source
    let result = try x.alias().div(x.alias().rsub(1)).log()
    guard needsGradient(source) else { return result }
    let saved = SavedTensor(source)
    return result.alias().recorded("LogitBackward0", [source]) { grad, _ in
      let x = try saved()
      let slope = try grad.div(x.mul(x.rsub(1)))
      let isInside = try eps.map { try x.ge($0).logicalAnd(x.le(1 - $0)) } ?? x.ge(0).logicalAnd(x.le(1))
      return [try Tensor.where(isInside, slope, eps == nil ? Double.nan : 0)]
    }
  }
}
