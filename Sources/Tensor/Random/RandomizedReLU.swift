extension Tensor {
  /// `x` above 0 and `a * x` below, with `a` drawn for each element from `lower … upper` in training, and their mean
  /// otherwise: `F.rrelu`.
  ///
  /// Source: Xu et al., "Empirical evaluation of rectified activations in convolution network", 2015,
  /// https://arxiv.org/abs/1505.00853
  public func rrelu(
    lower: Double = 0.125, upper: Double = 1.0 / 3, training: Bool = false, generator: Generator? = nil
  ) throws -> Tensor {
    guard lower <= upper else {
      throw TensorError("Lower bound should be less than or equal to the upper bound")
    }
    guard training else { return try leakyRelu(negativeSlope: (lower + upper) / 2) }
    // Only elements that are not positive take a number, as in PyTorch's loop.
    let isDrawn = try alias().le(0)
    let count = Int(try isDrawn.sum().item().int)
    let drawn = try Tensor(empty: [count], dtype: .float64).uniformInPlace(lower, upper, generator: generator)
    return try mul(Tensor.ones(shape, dtype: dtype).maskedScatter(isDrawn, drawn.to(dtype)))
  }
}
