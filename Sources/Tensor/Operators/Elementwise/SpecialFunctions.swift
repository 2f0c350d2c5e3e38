import Glibc

extension UnaryOperator {
  static let lgamma = UnaryOperator(
    "lgamma", each: { Glibc.lgamma($0) }, gradient: .ofInput { grad, x in try grad.mul(x.digamma()) })
  static let digamma = UnaryOperator(
    "digamma", each: { digammaValue($0) }, gradient: .ofInput { grad, x in try grad.mul(x.polygamma(1)) })
  /// The derivative of ``digamma`` of order `n`.
  static func polygamma(_ n: Int) -> UnaryOperator {
    UnaryOperator(
      "polygamma", each: { polygammaValue(n, $0) },
      gradient: .ofInput { grad, x in try grad.mul(x.polygamma(n &+ 1)) })
  }
  static let erfinv = UnaryOperator(
    "erfinv", each: { inverseErf($0) },
    gradient: .ofOutput { grad, y in try grad.mul(y.mul(y).exp()).mul(Double.pi.squareRoot() / 2) })
}

/// The derivative of `log(gamma(x))`: reflected to positive arguments, shifted up, then the asymptotic series.
/// Source: https://dlmf.nist.gov/5.11
private func digammaValue(_ x: Double) -> Double {
  if x == 0 { return x.sign == .minus ? .infinity : -.infinity }
  if x < 0 {
    if x == x.rounded() { return .nan }
    let fraction = x - x.rounded(.towardZero)
    return digammaValue(1 - x) - .pi / tan(.pi * fraction)
  }
  var (x, sum) = (x, 0.0)
  while x < 10 {
    sum -= 1 / x
    x += 1
  }
  let z = 1 / (x * x)
  let series =
    z
    * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))))))
  return sum + log(x) - 0.5 / x - series
}

private func polygammaValue(_ n: Int, _ x: Double) -> Double {
  switch n {
  case 0: return digammaValue(x)
  case 1: return trigammaValue(x)
  default:
    let order = Double(n)
    return (n.isMultiple(of: 2) ? -1 : 1) * exp(Glibc.lgamma(order + 1)) * hurwitzZeta(order + 1, x)
  }
}

/// The derivative of ``digammaValue(_:)``.
private func trigammaValue(_ x: Double) -> Double {
  if x < 0.5 {
    let s = sin(.pi * x)
    return .pi * .pi / (s * s) - trigammaValue(1 - x)
  }
  var (x, sum) = (x, 0.0)
  while x < 10 {
    sum += 1 / (x * x)
    x += 1
  }
  let z = 1 / (x * x)
  let series = z * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66)))))
  return sum + 1 / x + 0.5 * z + series / x
}

/// The inverse of the error function: Giles' approximation, then two steps of Newton's method.
/// Source: https://people.maths.ox.ac.uk/gilesm/files/gems_erfinv.pdf
private func inverseErf(_ y: Double) -> Double {
  if y.magnitude >= 1 { return y.magnitude == 1 ? y * .infinity : .nan }
  if y == 0 { return y }
  var w = -log((1 - y) * (1 + y))
  var p: Double
  if w < 5 {
    w -= 2.5
    p = 2.81022636e-08
    for c in [
      3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727,
      1.50140941,
    ] {
      p = c + p * w
    }
  } else {
    w = w.squareRoot() - 3
    p = -0.000200214257
    for c in [
      0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406,
      2.83297682,
    ] {
      p = c + p * w
    }
  }
  var x = p * y
  for _ in 0..<2 {
    // Near the ends the complement keeps its digits.
    let error = x < 0 ? (1 + y) - erfc(-x) : erfc(x) - (1 - y)
    x += error / (M_2_SQRTPI * exp(-x * x))
  }
  return x
}

extension Tensor {
  /// The logarithm of the gamma function's absolute value.
  public func lgamma() throws -> Tensor { try UnaryOperator.lgamma(self) }
  /// The logarithmic derivative of the gamma function.
  public func digamma() throws -> Tensor { try UnaryOperator.digamma(self) }
  /// The derivative of ``digamma()`` of order `n`.
  ///
  /// - Throws: ``TensorError`` for a negative order.
  public func polygamma(_ n: Int) throws -> Tensor {
    guard n >= 0 else { throw TensorError("polygamma(n, x) does not support negative n.") }
    return try UnaryOperator.polygamma(n)(self)
  }
  /// The inverse of the error function.
  public func erfinv() throws -> Tensor { try UnaryOperator.erfinv(self) }
}
