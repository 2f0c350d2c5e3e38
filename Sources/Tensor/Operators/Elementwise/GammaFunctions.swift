import Glibc

extension BinaryOperator {
  /// Hurwitz' zeta function.
  static let zeta = BinaryOperator(
    "zeta",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { Float(hurwitzZeta(Double($0), Double($1))) } },
      double: { map($0, $1, $2, $3) { hurwitzZeta($0, $1) } }),
    result: .floating
  ) { grad, saved, needs in
    guard !needs[0] else { throw noDerivative("zeta") }
    let (x, q) = (try saved.a, try saved.b)
    return [nil, try grad.mul(x.neg()).mul(x.add(1).zeta(q))]
  }

  static let igamma = BinaryOperator(
    "igamma",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { Float(incompleteGamma(Double($0), Double($1)).lower) } },
      double: { map($0, $1, $2, $3) { incompleteGamma($0, $1).lower } }),
    acceptsInteger: false
  ) { grad, saved, needs in
    guard !needs[0] else { throw noDerivative("igamma: input") }
    return [nil, try grad.mul(gammaDensity(saved))]
  }

  static let igammac = BinaryOperator(
    "igammac",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { Float(incompleteGamma(Double($0), Double($1)).upper) } },
      double: { map($0, $1, $2, $3) { incompleteGamma($0, $1).upper } }),
    acceptsInteger: false
  ) { grad, saved, needs in
    guard !needs[0] else { throw noDerivative("igammac: input") }
    return [nil, try grad.neg().mul(gammaDensity(saved))]
  }

  /// The derivative of the lower incomplete gamma function by its second argument.
  private static func gammaDensity(_ saved: Saved) throws -> Tensor {
    let (a, x) = (try saved.a, try saved.b)
    return try a.sub(1).mul(x.log()).sub(x).sub(a.lgamma()).exp()
  }
}

/// PyTorch's complaint where a gradient is asked for that it has no formula for.
func noDerivative(_ name: String) -> TensorError {
  TensorError("the derivative for '\(name)' is not implemented.", kind: .notImplemented)
}

/// The sum of `(k + q)^-x` over k from 0 on, by Euler and Maclaurin's formula.
/// Source: https://www.netlib.org/cephes (zeta.c), whose behaviour for negative `q` PyTorch has too
func hurwitzZeta(_ x: Double, _ q: Double) -> Double {
  if x == 1 { return .infinity }
  if x < 1 || x.isNaN || q.isNaN { return .nan }
  if q <= 0 {
    // From so far below nobody waits for the terms up to 0.
    if q < -0x1p20 { return q == q.rounded(.down) ? .infinity : .nan }
    if q == q.rounded(.down) { return .infinity }
    if x != x.rounded(.down) { return .nan }
  }
  var (sum, term, a) = (pow(q, -x), 0.0, q)
  var count = 0
  while count < 9 || a <= 9 {
    count += 1
    a += 1
    term = pow(a, -x)
    sum += term
    if abs(term) < 0x1p-53 * abs(sum) { return sum }
  }
  sum += term * a / (x - 1) - term / 2
  // (2k)! / B(2k)
  let divisors = [
    12, -720, 30240, -1_209_600, 47_900_160, -1.8924375803183791606e9, 7.47242496e10, -2.950130727918164224e12,
    1.1646782814350067249e14, -4.5979787224074726105e15, 1.8152105401943546773e17, -7.1661652561756670113e18,
  ]
  var (factor, k) = (1.0, 0.0)
  for divisor in divisors {
    factor *= x + k
    term /= a
    let part = factor * term / divisor
    sum += part
    if abs(part / sum) < 0x1p-53 { return sum }
    factor *= x + k + 1
    term /= a
    k += 2
  }
  return sum
}

/// The shares of the gamma function's integral below and above `x`: a series below about `a`, a continued fraction above, and for
/// large `a`, where both are long, the expansion near the normal distribution.
/// Source: https://dlmf.nist.gov/8.7, https://dlmf.nist.gov/8.9 and https://dlmf.nist.gov/8.12
private func incompleteGamma(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
  if a.isNaN || x.isNaN || a < 0 || x < 0 { return (.nan, .nan) }
  if a == 0 { return x > 0 ? (1, 0) : (.nan, .nan) }
  if x == 0 { return (0, 1) }
  if a.isInfinite { return x.isInfinite ? (.nan, .nan) : (0, 1) }
  if x.isInfinite { return (1, 0) }
  if a > 1e6 { return incompleteGammaNearNormal(a, x) }
  let front = exp(a * log(x) - x - Glibc.lgamma(a))
  if x <= max(1, a) {
    var (term, sum, k) = (1 / a, 1 / a, a)
    while term > sum * 0x1p-53 {
      k += 1
      term *= x / k
      sum += term
    }
    return (front * sum, 1 - front * sum)
  }
  // Lentz' way through the fraction.
  var b = x + 1 - a
  var (c, d) = (1 / Double.leastNormalMagnitude, 1 / b)
  var (fraction, k) = (d, 0.0)
  while true {
    k += 1
    let numerator = -k * (k - a)
    b += 2
    d = 1 / nonZero(numerator * d + b)
    c = nonZero(b + numerator / c)
    fraction *= d * c
    if abs(d * c - 1) < 0x1p-52 || k > 100_000 { break }
  }
  return (1 - front * fraction, front * fraction)
}

private func incompleteGammaNearNormal(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
  let excess = (x - a) / a
  let distance = 2 * (excess - log1p(excess))
  let eta = (excess < 0 ? -1 : 1) * max(distance, 0).squareRoot()
  let correction = abs(eta) < 1e-3 ? -1.0 / 3 + eta / 12 : 1 / excess - 1 / eta
  let rest = exp(-a * eta * eta / 2) / (2 * Double.pi * a).squareRoot() * correction
  let reach = eta * (a / 2).squareRoot()
  return (erfc(-reach) / 2 - rest, erfc(reach) / 2 + rest)
}

private func nonZero(_ value: Double) -> Double {
  abs(value) < Double.leastNormalMagnitude ? Double.leastNormalMagnitude : value
}

extension Tensor {
  /// The sum of `(k + other)^-self` over k from 0 on: Hurwitz' zeta function.
  public func zeta(_ other: some TensorConvertible) throws -> Tensor { try BinaryOperator.zeta(self, other.asTensor()) }

  /// The regularized lower incomplete gamma function of `self` at `other`.
  ///
  /// - Throws: ``TensorError`` for integers.
  public func igamma(_ other: Tensor) throws -> Tensor { try BinaryOperator.igamma(self, other) }

  /// The regularized upper incomplete gamma function of `self` at `other`: `1 - igamma`.
  ///
  /// - Throws: ``TensorError`` for integers.
  public func igammac(_ other: Tensor) throws -> Tensor { try BinaryOperator.igammac(self, other) }

  /// The logarithm of the gamma function of `p` dimensions.
  ///
  /// - Throws: ``TensorError`` for `p` below 1, and truth values.
  public func mvlgamma(_ p: Int) throws -> Tensor {
    guard dtype != .bool else { throw TensorError("The input tensor may not be a boolean tensor.") }
    guard p >= 1 else { throw TensorError("p has to be greater than or equal to 1") }
    let x = dtype.isFloatingPoint ? self : try to(DefaultDType.current)
    let offsets = try Tensor.arange(.double(Double(1 - p) / 2), 0.25, step: 0.5, dtype: x.dtype)
    let constant = Double(p) * Double(p - 1) / 4 * Glibc.log(Double.pi)
    return try x.unsqueeze(-1).add(offsets).lgamma().sum([-1]).add(constant)
  }
}
