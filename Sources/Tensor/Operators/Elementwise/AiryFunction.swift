import Glibc

extension UnaryOperator {
  static let airyAi = UnaryOperator("airy_ai", each: { airy($0) }, acceptsHalves: false, gradient: .none)
}

/// The Airy function Ai: its series around 0, an integral, and far out the expansions for large arguments. NaN at infinities, as in
/// PyTorch.
/// Source: https://dlmf.nist.gov/9.4, https://dlmf.nist.gov/9.6 and https://dlmf.nist.gov/9.7
private func airy(_ x: Double) -> Double {
  if x.isInfinite { return .nan }
  if x > -7.5 && x < 2 { return airySeries(x) }
  let magnitude = abs(x)
  let zeta = 2 / 3.0 * magnitude * magnitude.squareRoot()
  let scale = 1 / (Double.pi.squareRoot() * magnitude.squareRoot().squareRoot())
  if x > 9 { return scale / 2 * exp(-zeta) * airyTerms(zeta).even }
  if x > 0 { return (x / 3).squareRoot() / Double.pi * exp(-zeta) * besselKOfThird(zeta) }
  let (even, odd) = airyTerms(zeta, alternating: true)
  let angle = zeta - Double.pi / 4
  return scale * (cos(angle) * even + sin(angle) * odd)
}

private func airySeries(_ x: Double) -> Double {
  // Ai and -Ai' at 0
  let (value, slope) = (0.355_028_053_887_817_239_26, 0.258_819_403_792_806_798_4)
  let cube = x * x * x
  var (f, g, sum, k) = (value, slope * x, 0.0, 1.0)
  while abs(f) + abs(g) > abs(sum) * 0x1p-56 {
    sum += f - g
    f *= cube / ((3 * k - 1) * (3 * k))
    g *= cube / ((3 * k) * (3 * k + 1))
    k += 1
  }
  return sum
}

/// The modified Bessel function of the second kind of order 1/3, times `exp(x)`: the trapezoidal rule converges exponentially here.
private func besselKOfThird(_ x: Double) -> Double {
  let step = 1.0 / 16
  var (sum, t) = (0.5, step)
  while true {
    let term = exp(-x * (cosh(t) - 1)) * cosh(t / 3)
    sum += term
    if term < sum * 0x1p-54 { return sum * step }
    t += step
  }
}

/// The sums of the expansion in `1 / zeta`: all terms with changing signs; or, if `alternating`, those of even and of odd powers
/// apart, each with changing signs.
private func airyTerms(_ zeta: Double, alternating: Bool = false) -> (even: Double, odd: Double) {
  var (term, even, odd, k) = (1.0, 1.0, 0.0, 1.0)
  while k < 40 {
    let next = term * (6 * k - 5) * (6 * k - 1) / (72 * k * zeta)
    if next < 0x1p-56 || next > term { break }
    term = next
    let isOdd = k.truncatingRemainder(dividingBy: 2) == 1
    if alternating {
      let isNegative = (k / 2).rounded(.down).truncatingRemainder(dividingBy: 2) == 1
      if isOdd { odd += isNegative ? -term : term } else { even += isNegative ? -term : term }
    } else {
      even += isOdd ? -term : term
    }
    k += 1
  }
  return (even, odd)
}

extension Tensor {
  /// The Airy function Ai. It has no gradient.
  public func airyAi() throws -> Tensor { try UnaryOperator.airyAi(self) }
}
