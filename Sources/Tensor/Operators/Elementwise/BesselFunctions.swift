import Glibc

extension UnaryOperator {
  static let i0 = UnaryOperator(
    "i0", each: { besselI($0, order: 0) }, gradient: .ofInput { grad, x in try grad.mul(x.i1()) })
  static let i0e = UnaryOperator(
    "special_i0e", each: { besselI($0, order: 0, scaled: true) },
    gradient: .ofInput { grad, x in try grad.mul(x.i1e().sub(x.sgn().mul(x.i0e()))) })
  static let i1 = UnaryOperator(
    "special_i1", each: { besselI($0, order: 1) },
    gradient: .ofInput { grad, x in
      try grad.mul(x.i0().sub(slope(of: x.i1(), by: x)))
    })
  static let i1e = UnaryOperator(
    "special_i1e", each: { besselI($0, order: 1, scaled: true) },
    gradient: .ofInput { grad, x in
      let y = try x.i1e()
      return try grad.mul(x.i0e().sub(x.sgn().mul(y)).sub(slope(of: y, by: x)))
    })
  static let besselJ0 = UnaryOperator("bessel_j0", each: { Glibc.j0($0) }, acceptsHalves: false, gradient: .none)
  static let besselJ1 = UnaryOperator("bessel_j1", each: { Glibc.j1($0) }, acceptsHalves: false, gradient: .none)
  static let besselY0 = UnaryOperator(
    "bessel_y0", each: { $0 == 0 ? -.infinity : Glibc.y0($0) }, acceptsHalves: false, gradient: .none)
  static let besselY1 = UnaryOperator(
    "bessel_y1", each: { $0 == 0 ? -.infinity : Glibc.y1($0) }, acceptsHalves: false, gradient: .none)
  static let modifiedBesselI0 = UnaryOperator(
    "modified_bessel_i0", each: { besselI($0, order: 0) }, acceptsHalves: false, gradient: .none)
  static let modifiedBesselI1 = UnaryOperator(
    "modified_bessel_i1", each: { besselI($0, order: 1) }, acceptsHalves: false, gradient: .none)
  static let modifiedBesselK0 = UnaryOperator(
    "modified_bessel_k0", each: { besselK($0, order: 0) }, acceptsHalves: false, gradient: .none)
  static let modifiedBesselK1 = UnaryOperator(
    "modified_bessel_k1", each: { besselK($0, order: 1) }, acceptsHalves: false, gradient: .none)
  static let scaledModifiedBesselK0 = UnaryOperator(
    "scaled_modified_bessel_k0", each: { besselK($0, order: 0, scaled: true) }, acceptsHalves: false, gradient: .none)
  static let scaledModifiedBesselK1 = UnaryOperator(
    "scaled_modified_bessel_k1", each: { besselK($0, order: 1, scaled: true) }, acceptsHalves: false, gradient: .none)
  static let sphericalBesselJ0 = UnaryOperator(
    "spherical_bessel_j0", each: { $0.isInfinite ? 0 : $0 == 0 ? 1 : Glibc.sin($0) / $0 }, acceptsHalves: false,
    gradient: .none)

  /// `y / x`, and its limit a half at 0.
  private static func slope(of y: Tensor, by x: Tensor) throws -> Tensor {
    try Tensor.where(x.eq(0), try Tensor.full([], 0.5, dtype: y.dtype), y.div(x))
  }
}

/// The modified Bessel function of the first kind, times `exp(-|x|)` if `scaled`: its series, whose terms all have one sign, and far
/// out its expansion for large arguments.
/// Source: https://dlmf.nist.gov/10.25 and https://dlmf.nist.gov/10.40
private func besselI(_ x: Double, order: Int, scaled: Bool = false) -> Double {
  let magnitude = abs(x)
  let sign: Double = order == 1 && x < 0 ? -1 : 1
  if magnitude <= 30 {
    let quarter = x * x / 4
    var (term, sum, k) = (order == 1 ? magnitude / 2 : 1.0, 0.0, 1.0)
    while term > sum * 0x1p-54 {
      sum += term
      term *= quarter / (k * (k + Double(order)))
      k += 1
    }
    return x.isNaN ? x : sign * (scaled ? sum * exp(-magnitude) : sum)
  }
  if magnitude.isInfinite { return scaled ? 0 : sign * .infinity }
  let expansion = largeArgumentSum(-magnitude, order: order) / (2 * Double.pi * magnitude).squareRoot()
  // Half of the exponent twice, as the product may be finite where the whole overflows.
  return sign * (scaled ? expansion : exp(magnitude / 2) * expansion * exp(magnitude / 2))
}

/// The modified Bessel function of the second kind, times `exp(x)` if `scaled`: a series near 0, an integral, and far out the
/// expansion for large arguments.
/// Source: https://dlmf.nist.gov/10.31, https://dlmf.nist.gov/10.32 and https://dlmf.nist.gov/10.40
private func besselK(_ x: Double, order: Int, scaled: Bool = false) -> Double {
  if x == 0 { return .infinity }
  if x < 0 || x.isNaN { return .nan }
  if x <= 2 {
    let near = besselKNearZero(x, order: order)
    return scaled ? near * exp(x) : near
  }
  let value: Double
  if x > 30 {
    value = largeArgumentSum(x, order: order) * (Double.pi / (2 * x)).squareRoot()
  } else {
    // The trapezoidal rule converges exponentially here.
    let step = 1.0 / 16
    var (sum, t) = (0.5, step)
    while true {
      let term = exp(-x * (cosh(t) - 1)) * (order == 1 ? cosh(t) : 1)
      sum += term
      if term < sum * 0x1p-54 { break }
      t += step
    }
    value = sum * step
  }
  return scaled ? value : value * exp(-x)
}

private func besselKNearZero(_ x: Double, order: Int) -> Double {
  let quarter = x * x / 4
  let logarithm = log(x / 2)
  let eulerGamma = 0.577_215_664_901_532_860_6
  var (term, sum, k) = (1.0, 0.0, 0.0)
  // psi(k + 1) of order 0; psi(k + 1) + psi(k + 2) of order 1
  var psi = order == 0 ? -eulerGamma : 1 - 2 * eulerGamma
  while term > 0x1p-60 {
    sum += term * psi
    k += 1
    term *= quarter / (k * (k + Double(order)))
    psi += order == 0 ? 1 / k : 1 / k + 1 / (k + 1)
  }
  return order == 0
    ? sum - logarithm * besselI(x, order: 0)
    : 1 / x + logarithm * besselI(x, order: 1) - x / 4 * sum
}

/// What modified Bessel functions have beside their exponential and root for large arguments; `-x` gives that of the first kind.
private func largeArgumentSum(_ x: Double, order: Int) -> Double {
  let square = Double(4 * order * order)
  var (term, sum, k) = (1.0, 1.0, 1.0)
  while k < 60 {
    let odd = 2 * k - 1
    let next = term * (square - odd * odd) / (k * 8 * x)
    if abs(next) < abs(sum) * 0x1p-54 || abs(next) > abs(term) { break }
    term = next
    sum += term
    k += 1
  }
  return sum
}

extension Tensor {
  /// The modified Bessel function of the first kind of order 0.
  public func i0() throws -> Tensor { try UnaryOperator.i0(self) }
  /// ``i0()`` times `exp(-|x|)`.
  public func i0e() throws -> Tensor { try UnaryOperator.i0e(self) }
  /// The modified Bessel function of the first kind of order 1.
  public func i1() throws -> Tensor { try UnaryOperator.i1(self) }
  /// ``i1()`` times `exp(-|x|)`.
  public func i1e() throws -> Tensor { try UnaryOperator.i1e(self) }
  /// The Bessel function of the first kind of order 0. It has no gradient, nor have those below.
  public func besselJ0() throws -> Tensor { try UnaryOperator.besselJ0(self) }
  /// The Bessel function of the first kind of order 1.
  public func besselJ1() throws -> Tensor { try UnaryOperator.besselJ1(self) }
  /// The Bessel function of the second kind of order 0.
  public func besselY0() throws -> Tensor { try UnaryOperator.besselY0(self) }
  /// The Bessel function of the second kind of order 1.
  public func besselY1() throws -> Tensor { try UnaryOperator.besselY1(self) }
  /// ``i0()``, without a gradient.
  public func modifiedBesselI0() throws -> Tensor { try UnaryOperator.modifiedBesselI0(self) }
  /// ``i1()``, without a gradient.
  public func modifiedBesselI1() throws -> Tensor { try UnaryOperator.modifiedBesselI1(self) }
  /// The modified Bessel function of the second kind of order 0.
  public func modifiedBesselK0() throws -> Tensor { try UnaryOperator.modifiedBesselK0(self) }
  /// The modified Bessel function of the second kind of order 1.
  public func modifiedBesselK1() throws -> Tensor { try UnaryOperator.modifiedBesselK1(self) }
  /// ``modifiedBesselK0()`` times `exp(x)`.
  public func scaledModifiedBesselK0() throws -> Tensor { try UnaryOperator.scaledModifiedBesselK0(self) }
  /// ``modifiedBesselK1()`` times `exp(x)`.
  public func scaledModifiedBesselK1() throws -> Tensor { try UnaryOperator.scaledModifiedBesselK1(self) }
  /// The spherical Bessel function of the first kind of order 0: `sin(x) / x`.
  public func sphericalBesselJ0() throws -> Tensor { try UnaryOperator.sphericalBesselJ0(self) }
}
