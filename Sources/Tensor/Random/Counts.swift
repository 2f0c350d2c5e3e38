import Glibc
import Supervision

/// Random counts with the numbers of PyTorch's CPU generator, drawn in the order of rows.
extension Tensor {
  /// Counts of the Poisson distribution whose rates are the elements: `torch.poisson`.
  ///
  /// - Throws: ``TensorError`` for integers, or a negative rate.
  public func poisson(generator: Generator? = nil) throws -> Tensor {
    try requireFloatingPoint("poisson_cpu")
    let engine = try (generator ?? .default).engine()
    let counts = try doubles().map { rate in
      guard rate >= 0 else {
        throw TensorError("invalid Poisson rate, expected rate to be non-negative")
      }
      return try engine.poisson(rate)
    }
    let result = try Tensor(counts, shape: shape, dtype: dtype)
    guard needsGradient(self) else { return result }
    return result.recorded("PoissonBackward0", [self]) { grad, _ in
      [try Tensor.zeros(grad.shape, dtype: grad.dtype)]
    }
  }

  /// How many of so many trials as each element says succeed with the probabilities given: `torch.binomial`.
  ///
  /// - Throws: ``TensorError`` for integers, or types that differ.
  public func binomial(_ probabilities: Tensor, generator: Generator? = nil) throws -> Tensor {
    for (name, operand) in [("count", self), ("prob", probabilities)] where !operand.dtype.isFloatingPoint {
      throw TensorError(
        "binomial only supports floating-point dtypes for \(name), got: \(operand.dtype.scalarTypeName)", kind: .value)
    }
    guard dtype == probabilities.dtype else {
      throw TensorError(
        "Found dtype \(probabilities.dtype.scalarTypeName) but expected \(dtype.scalarTypeName)")
    }
    let common = try Shape.broadcast(shape, probabilities.shape)
    let engine = try (generator ?? .default).engine()
    let pairs = zip(try expand(common).doubles(), try probabilities.expand(common).doubles())
    let counts = try pairs.map { try engine.binomial($0, $1) }
    let result = try Tensor(counts, shape: common, dtype: dtype)
    guard needsGradient(self, probabilities) else { return result }
    return result.recorded("BinomialBackward0", [self, probabilities]) { grad, _ in
      let zero = try Tensor.zeros(grad.shape, dtype: grad.dtype)
      return [zero, zero]
    }
  }
}

extension RandomEngine {
  /// A count of the Poisson distribution.
  ///
  /// Source: Hörmann, "The transformed rejection method for generating Poisson random variables" (1993); products of uniforms
  /// for small rates.
  fileprivate func poisson(_ rate: Double) throws -> Double {
    if rate == 0 { return 0 }
    guard rate >= 10 else {
      let end = exp(-rate)
      var (product, count) = (1.0, 0.0)
      while true {
        product *= uniformDouble()
        if product <= end { return count }
        count += 1
      }
    }
    let b = 0.931 + 2.53 * rate.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let quick = 0.9277 - 3.6224 / (b - 2)
    while true {
      try Interruption.check()
      let u = uniformDouble() - 0.5
      let v = uniformDouble()
      let us = 0.5 - abs(u)
      let k = floor((2 * a / us + b) * u + rate + 0.43)
      if us >= 0.07 && v <= quick { return k }
      if k < 0 || us < 0.013 && v > us { continue }
      if log(v) + log(inverseAlpha) - log(a / (us * us) + b) <= -rate + k * log(rate) - Glibc.lgamma(k + 1) { return k }
      // An infinite rate, or none, accepts nothing.
      guard rate.isFinite else { return .nan }
    }
  }

  /// How many of `count` trials succeed.
  fileprivate func binomial(_ count: Double, _ p: Double) throws -> Double {
    if count <= 0 || p <= 0 { return 0 }
    if p >= 1 { return count }
    guard p > 0, count.isFinite else { return .nan }
    let rarer = min(p, 1 - p)
    let drawn = try count * rarer >= 10 ? binomialByRejection(count, rarer) : binomialByWaiting(count, rarer)
    return p <= 0.5 ? drawn : count - drawn
  }

  /// Adds up the trials until each success: for few of them.
  private func binomialByWaiting(_ count: Double, _ p: Double) throws -> Double {
    var (trials, successes) = (0.0, 0.0)
    while true {
      try Interruption.check()
      trials += ceil(log(uniformDouble()) / log1p(-p))
      if trials > count { return successes }
      successes += 1
    }
  }

  /// Source: Hörmann, "The generation of binomial random variates" (1993), algorithm BTRS.
  private func binomialByRejection(_ count: Double, _ p: Double) throws -> Double {
    let deviation = (count * p * (1 - p)).squareRoot()
    let b = 1.15 + 2.53 * deviation
    let a = -0.0873 + 0.0248 * b + 0.01 * p
    let c = count * p + 0.5
    let quick = 0.92 - 4.2 / b
    let ratio = p / (1 - p)
    let alpha = (2.83 + 5.1 / b) * deviation
    let mode = floor((count + 1) * p)
    while true {
      try Interruption.check()
      let u = uniformDouble() - 0.5
      let v = uniformDouble()
      let us = 0.5 - abs(u)
      let k = floor((2 * a / us + b) * u + c)
      if us >= 0.07 && v <= quick { return k }
      if k < 0 || k > count { continue }
      let bound =
        (mode + 0.5) * log((mode + 1) / (ratio * (count - mode + 1)))
        + (count + 1) * log((count - mode + 1) / (count - k + 1))
        + (k + 0.5) * log(ratio * (count - k + 1) / (k + 1))
        + stirlingTail(mode) + stirlingTail(count - mode) - stirlingTail(k) - stirlingTail(count - k)
      if log(v * alpha / (a / (us * us) + b)) <= bound { return k }
    }
  }
}

/// What Stirling's formula leaves of `log(k!)`.
private func stirlingTail(_ k: Double) -> Double {
  guard k > 9 else {
    // Exactly: log(k!) - (log(sqrt(2 pi)) + (k + 1/2) log(k + 1) - (k + 1))
    return Glibc.lgamma(k + 1) - (log(2 * Double.pi) / 2 + (k + 0.5) * log(k + 1) - (k + 1))
  }
  let square = (k + 1) * (k + 1)
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)
}
