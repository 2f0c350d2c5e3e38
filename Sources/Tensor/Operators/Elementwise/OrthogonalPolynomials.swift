import Glibc

/// A family of polynomials that a recurrence makes, and PyTorch's ways around it where that is slow or exact values are known.
public enum OrthogonalPolynomial: String, CaseIterable, Sendable {
  case chebyshevT = "chebyshev_polynomial_t"
  case chebyshevU = "chebyshev_polynomial_u"
  case chebyshevV = "chebyshev_polynomial_v"
  case chebyshevW = "chebyshev_polynomial_w"
  case shiftedChebyshevT = "shifted_chebyshev_polynomial_t"
  case shiftedChebyshevU = "shifted_chebyshev_polynomial_u"
  case shiftedChebyshevV = "shifted_chebyshev_polynomial_v"
  case shiftedChebyshevW = "shifted_chebyshev_polynomial_w"
  case hermiteH = "hermite_polynomial_h"
  case hermiteHe = "hermite_polynomial_he"
  case laguerreL = "laguerre_polynomial_l"
  case legendreP = "legendre_polynomial_p"

  /// The polynomials of degree `n`, whose fractions are cut off, at `x`; 0 for negative degrees. There is no gradient.
  public func callAsFunction(_ x: Tensor, _ n: Tensor) throws -> Tensor {
    try BinaryOperator(
      rawValue,
      BinaryKernel(
        float: { map($0, $1, $2, $3) { Float(value(Double($0), degree: Double($1))) } },
        double: { map($0, $1, $2, $3) { value($0, degree: $1) } }),
      result: .floating)(x, n)
  }

  private func value(_ x: Double, degree: Double) -> Double {
    guard let n = Int(exactly: degree.rounded(.towardZero)), n >= 0 else { return degree.isNaN ? .nan : 0 }
    if n == 0 { return 1 }
    switch self {
    case .chebyshevT, .chebyshevU, .chebyshevV, .chebyshevW: return chebyshev(x, n)
    case .shiftedChebyshevT: return Self.chebyshevT.chebyshev(2 * x - 1, n)
    case .shiftedChebyshevU: return Self.chebyshevU.chebyshev(2 * x - 1, n)
    case .shiftedChebyshevV: return Self.chebyshevV.chebyshev(2 * x - 1, n)
    case .shiftedChebyshevW: return Self.chebyshevW.chebyshev(2 * x - 1, n)
    case .hermiteH: return recurrence(n, 2 * x) { k, p, q in 2 * x * q - 2 * k * p }
    case .hermiteHe: return recurrence(n, x) { k, p, q in x * q - k * p }
    case .laguerreL: return recurrence(n, 1 - x) { k, p, q in ((2 * k + 1 - x) * q - k * p) / (k + 1) }
    case .legendreP:
      if abs(x) == 1 { return x > 0 || n.isMultiple(of: 2) ? 1 : -1 }
      return recurrence(n, x) { k, p, q in ((2 * k + 1) * x * q - k * p) / (k + 1) }
    }
  }

  /// The polynomial of degree `n` from those of degree 0, which is 1, and 1; NaN for degrees that nobody waits for.
  private func recurrence(_ n: Int, _ first: Double, _ next: (_ k: Double, Double, Double) -> Double) -> Double {
    guard n <= 1 << 20 else { return .nan }
    var (p, q, k) = (1.0, first, 1.0)
    while k < Double(n) && !q.isNaN {
      (p, q) = (q, next(k, p, q))
      k += 1
    }
    return q
  }

  private func chebyshev(_ x: Double, _ n: Int) -> Double {
    let (order, sign): (Double, Double) = (Double(n), n.isMultiple(of: 2) ? 1 : -1)
    let angle = acos(x)
    let isClosed = n > 8 && abs(x) < 1
    switch self {
    case .chebyshevU:
      if abs(x) == 1 { return x > 0 ? order + 1 : sign * (order + 1) }
      if isClosed { return sin((order + 1) * angle) / sin(angle) }
      return recurrence(n, 2 * x) { _, p, q in 2 * x * q - p }
    case .chebyshevV:
      if abs(x) == 1 { return x > 0 ? 1 : sign * (2 * order + 1) }
      if isClosed { return cos((order + 0.5) * angle) / cos(angle / 2) }
      return recurrence(n, 2 * x - 1) { _, p, q in 2 * x * q - p }
    case .chebyshevW:
      if abs(x) == 1 { return x > 0 ? 2 * order + 1 : sign }
      if isClosed { return sin((order + 0.5) * angle) / sin(angle / 2) }
      return recurrence(n, 2 * x + 1) { _, p, q in 2 * x * q - p }
    default:
      if abs(x) == 1 { return x > 0 ? 1 : sign }
      if isClosed { return cos(order * angle) }
      return recurrence(n, x) { _, p, q in 2 * x * q - p }
    }
  }
}
