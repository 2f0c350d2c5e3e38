extension Tensor {
  /// LAPACK's routines for least squares: what `torch.linalg.lstsq` gives beside the solution depends on them.
  public enum LeastSquaresDriver: String, Sendable {
    /// For full rank, for any by a QR decomposition, by singular values divided and conquered, and by plain ones.
    case gels, gelsy, gelsd, gelss
  }

  /// The solution of `self @ x = b` of least squares: `torch.linalg.lstsq`.
  ///
  /// - Returns: the solution of least norm; the sums of squares that remain, where there are more rows than columns and the
  ///   rank is full; the ranks; the singular values. What the driver does not compute has no elements.
  public func linalgLstsq(
    _ b: Tensor, rcond: Double? = nil, driver: LeastSquaresDriver = .gelsy
  ) throws -> (solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor) {
    try checkLeastSquares(b)
    let isVector = b.rank == rank - 1
    let right = isVector ? try b.unsqueeze(-1) : b
    let tolerance = try rcond.map { try Tensor.wrapped(.double($0)) }
    let solution = try linalgPinv(rtol: tolerance).matmul(right)
    let ranks = try linalgMatrixRank(rtol: tolerance)
    let columns = shape[rank - 1]
    let isFull = try ranks.alias().eq(columns).all().item().double != 0
    let none = try Tensor(empty: [0], dtype: dtype)
    let residuals =
      try driver != .gelsy && shape[rank - 2] > columns && isFull
      ? matmul(solution).sub(right).square().sum([-2]) : none
    return (
      isVector ? try solution.squeeze([-1]) : solution, residuals,
      driver == .gels ? try Tensor(empty: [0], dtype: .int64) : ranks,
      driver == .gelsd || driver == .gelss ? try alias().svdvals() : none
    )
  }

  private func checkLeastSquares(_ b: Tensor) throws {
    func refuse(_ complaint: String) -> TensorError { TensorError("torch.linalg.lstsq: \(complaint)") }
    guard rank >= 2 else { throw refuse("input must have at least 2 dimensions.") }
    guard b.rank >= 1 else { throw refuse("other must have at least 1 dimension.") }
    guard dtype == b.dtype else {
      throw refuse(
        "Expected input and other to have the same dtype, but got input's dtype \(dtype.scalarTypeName) and other's dtype \(b.dtype.scalarTypeName)"
      )
    }
    guard rank - 1 == b.rank || rank == b.rank else {
      throw refuse("input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1")
    }
    guard shape[rank - 2] == b.shape[b.rank == rank ? rank - 2 : b.rank - 1] else {
      throw refuse(
        b.rank == rank ? "input.size(-2) should match other.size(-2)" : "input.size(-2) should match other.size(-1)")
    }
    guard dtype == .float32 || dtype == .float64 else {
      throw TensorError("This function doesn't handle types other than float and double")
    }
  }
}
