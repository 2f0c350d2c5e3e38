import Glibc

extension UnaryOperator {
  static let ndtr = UnaryOperator(
    "special_ndtr", each: { Glibc.erfc(-$0 * 0.5.squareRoot()) / 2 },
    gradient: .ofInput { grad, x in
      try grad.mul(x.mul(x).mul(-0.5).exp()).mul(1 / (2 * Double.pi).squareRoot())
    })
  static let ndtri = UnaryOperator(
    "special_ndtri", each: { inverseNormal($0) },
    gradient: .ofOutput { grad, y in try grad.mul(y.mul(y).mul(0.5).exp()).mul((2 * Double.pi).squareRoot()) })
  static let logNdtr = UnaryOperator(
    "special_log_ndtr",
    each: { x in
      let t = x * 0.5.squareRoot()
      return x < -1 ? Glibc.log(scaledErfc(-t) / 2) - t * t : Glibc.log1p(-Glibc.erfc(t) / 2)
    },
    gradient: .ofInput { grad, x in
      try grad.div(x.mul(-0.5.squareRoot()).erfcx()).mul((2 / Double.pi).squareRoot())
    })
  static let erfcx = UnaryOperator(
    "special_erfcx", each: { scaledErfc($0) },
    gradient: .ofInput { grad, x in
      try grad.mul(x.erfcx().mul(x).mul(2).sub(M_2_SQRTPI))
    })
  static let entr = UnaryOperator(
    "special_entr", each: { $0 > 0 ? -$0 * Glibc.log($0) : $0 == 0 ? 0 : $0 < 0 ? -.infinity : $0 },
    gradient: .ofInput { grad, x in try grad.mul(x.log().add(1).neg()) })
}

extension BinaryOperator {
  static let xlog1py = BinaryOperator(
    "special_xlog1py",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $1 != $1 ? .nan : $0 == 0 ? 0 : $0 * log1pf($1) } },
      double: { map($0, $1, $2, $3) { $1 != $1 ? .nan : $0 == 0 ? 0 : $0 * Glibc.log1p($1) } }),
    result: .floating
  ) { grad, saved, needs in
    let (x, y) = (try saved.a, try saved.b)
    let isZero = try x.eq(0).logicalAnd(y.le(-1))
    return [
      needs[0] ? try grad.mul(y.log1p()).maskedFill(isZero, 0) : nil,
      needs[1] ? try grad.mul(x).div(y.add(1)) : nil,
    ]
  }
}

/// `exp(x^2) * erfc(x)`, without overflow for large `x`.
/// Source: https://dlmf.nist.gov/7.12
private func scaledErfc(_ x: Double) -> Double {
  guard x > 25 else { return exp(x * x) * erfc(x) }
  let z = 1 / (2 * x * x)
  return (1 - z * (1 - 3 * z * (1 - 5 * z * (1 - 7 * z)))) * M_2_SQRTPI / (2 * x)
}

/// The inverse of the normal distribution's function: Acklam's approximation, then two steps of Halley's method.
/// Source: https://web.archive.org/web/20151030215612/http://home.online.no/~pjacklam/notes/invnorm/
private func inverseNormal(_ p: Double) -> Double {
  guard p > 0 && p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
  // The upper half mirrors the lower one, where probabilities keep their digits.
  if p > 0.5 { return -inverseNormal(1 - p) }
  let a = [
    -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
    -3.066479806614716e+01, 2.506628277459239e+00,
  ]
  let b = [
    -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
    -1.328068155288572e+01, 1,
  ]
  let c = [
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
    4.374664141464968e+00, 2.938163982698783e+00,
  ]
  let d = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1]
  func polynomial(_ coefficients: [Double], _ x: Double) -> Double { coefficients.reduce(0) { $0 * x + $1 } }
  var x: Double
  if p < 0.02425 {
    let q = (-2 * log(p)).squareRoot()
    x = polynomial(c, q) / polynomial(d, q)
  } else {
    let q = p - 0.5
    x = q * polynomial(a, q * q) / polynomial(b, q * q)
  }
  for _ in 0..<2 {
    let step = (erfc(-x * 0.5.squareRoot()) / 2 - p) * (2 * Double.pi).squareRoot() * exp(x * x / 2)
    x -= step / (1 + x * step / 2)
  }
  return x
}

extension Tensor {
  /// The normal distribution's function: the probability of less than each element.
  public func ndtr() throws -> Tensor { try UnaryOperator.ndtr(self) }
  /// The inverse of ``ndtr()``.
  public func ndtri() throws -> Tensor { try UnaryOperator.ndtri(self) }
  /// `log(ndtr(x))`, exact also where that is tiny.
  public func logNdtr() throws -> Tensor { try UnaryOperator.logNdtr(self) }
  /// `exp(x^2) * erfc(x)`.
  public func erfcx() throws -> Tensor { try UnaryOperator.erfcx(self) }
  /// `-x * log(x)`, 0 at 0 and minus infinity below.
  public func entr() throws -> Tensor { try UnaryOperator.entr(self) }
  /// `self * log(1 + other)`, and 0 where `self` is 0.
  public func xlog1py(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.xlog1py(self, other.asTensor())
  }
}
