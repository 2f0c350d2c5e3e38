extension Tensor {
  /// Twice the areas between neighbours along `dim` by the trapezoidal rule, in this tensor's type where positions are in it too.
  ///
  /// - Parameter positions: where the samples lie: one for each along `dim`, or of this tensor's shape; nil: `step` apart.
  private func trapezoids(_ name: String, _ positions: Tensor?, _ step: Double, _ dim: Int) throws -> Tensor {
    let (length, axis) = (try size(dim), try wrapDimension(dim, rank: rank))
    guard dtype != .bool, positions?.dtype != .bool else {
      throw TensorError(
        "\(name): received a bool input for \(positions == nil ? "" : "`x` or ")`y`, but bool is not supported")
    }
    let sums = try slice(axis, 1).add(slice(axis, 0, Swift.max(0, length - 1)))
    guard var positions else { return try sums.mul(step) }
    if positions.rank == 1 {
      guard positions.count == length else {
        throw TensorError("\(name): There must be one `x` value for each sample point")
      }
      positions = try positions.reshape([length] + Array(repeating: 1, count: rank - 1 - axis))
    }
    // Aligned at their ends, as shapes that broadcast are.
    return try sums.mul(positions.diff(dim: axis - rank))
  }

  /// The integral along `dim` by the trapezoidal rule: `torch.trapezoid`.
  ///
  /// - Parameters:
  ///   - positions: where the samples lie: one for each along `dim`, or of a shape that broadcasts; nil: `step` apart.
  public func trapezoid(_ positions: Tensor? = nil, step: Double = 1, dim: Int = -1) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    guard try size(dim) > 0 else {
      return try Tensor.zeros(shape.enumerated().filter { $0.offset != axis }.map(\.element), dtype: dtype)
    }
    guard positions == nil, dtype != .bool else {
      return try trapezoids("trapezoid", positions, step, dim).sum([dim]).div(2.0)
    }
    return try sum([dim]).sub(select(dim, 0).add(select(dim, -1)).mul(0.5)).mul(step)
  }

  /// The integrals up to each sample but the first: `torch.cumulative_trapezoid`.
  public func cumulativeTrapezoid(_ positions: Tensor? = nil, step: Double = 1, dim: Int = -1) throws -> Tensor {
    try trapezoids("cumulative_trapezoid", positions, step, dim).div(2.0).cumsum(dim)
  }
}
