/// The dropout family: elements, or whole channels, set to zero by chance while training.
///
/// Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014,
/// https://jmlr.org/papers/v15/srivastava14a.html
extension Tensor {
  /// Zeroes elements with probability `p` and divides the others by 1 - `p`.
  public func dropout(p: Double = 0.5, training: Bool = true, generator: Generator? = nil) throws -> Tensor {
    try dropped(p, training, of: shape, generator)
  }

  /// Zeroes channels: all elements that share their first two positions.
  public func featureDropout(p: Double = 0.5, training: Bool = true, generator: Generator? = nil) throws -> Tensor {
    try dropped(p, training, of: try featureShape(), generator)
  }

  /// Sets elements to the negative end of SELU with probability `p`, and scales and shifts all so that mean and variance stay.
  ///
  /// Source: Klambauer et al., "Self-normalizing neural networks", 2017, https://arxiv.org/abs/1706.02515
  public func alphaDropout(p: Double = 0.5, training: Bool = false, generator: Generator? = nil) throws -> Tensor {
    try alphaDropped(p, training, of: shape, generator)
  }

  /// ``alphaDropout(p:training:generator:)`` of whole channels.
  public func featureAlphaDropout(
    p: Double = 0.5, training: Bool = false, generator: Generator? = nil
  ) throws -> Tensor {
    try alphaDropped(p, training, of: try featureShape(), generator)
  }

  private func dropped(_ p: Double, _ training: Bool, of shape: [Int], _ generator: Generator?) throws -> Tensor {
    try checkDropout(p)
    guard training && p > 0 && count > 0 else { return self }
    if p == 1 { return try mul(try Tensor.zeros([], dtype: dtype)) }
    let noise = try shape == self.shape ? emptyLike() : Tensor(empty: shape, dtype: dtype)
    try noise.requireFloatingPoint("bernoulli_scalar_cpu_")
    if dtype == .float64 {
      try noise.writeBernoulli(1 - p, 1, generator)
      return try mul(try noise.mul(try Tensor.wrapped(.double(1 / (1 - p)))))
    }
    try noise.writeBernoulli(1 - p, 1 / Float(1 - p), generator)
    return try mul(noise)
  }

  private func alphaDropped(_ p: Double, _ training: Bool, of shape: [Int], _ generator: Generator?) throws -> Tensor {
    try checkDropout(p)
    guard training && p > 0 && count > 0 else { return self }
    if p == 1 { return try mul(try Tensor.zeros([], dtype: dtype)) }
    // The negative of SELU's lower end.
    let alpha = 1.758_099_340_847_376_6
    let scale = 1 / ((alpha * alpha * p + 1) * (1 - p)).squareRoot()
    let noise = try Tensor(empty: shape, dtype: dtype).bernoulliInPlace(1 - p, generator: generator)
    let shift = try noise.sub(try Tensor.wrapped(1)).mul(try Tensor.wrapped(.double(alpha * scale)))
      .add(try Tensor.wrapped(.double(alpha * scale * p)))
    return try mul(try noise.mul(try Tensor.wrapped(.double(scale)))).add(shift)
  }

  private func checkDropout(_ p: Double) throws {
    guard p >= 0 && p <= 1 else {
      throw TensorError("dropout probability has to be between 0 and 1, but got \(p)")
    }
  }

  private func featureShape() throws -> [Int] {
    guard rank >= 2 else { throw TensorError("Feature dropout requires at least 2 dimensions in the input") }
    return [shape[0], shape[1]] + [Int](repeating: 1, count: rank - 2)
  }
}
