import Glibc

extension Tensor {
  /// The exponentials of square matrices: `torch.linalg.matrix_exp`. A series for matrices that are halved until their norm is small,
  /// and squared as often afterwards.
  ///
  /// - Throws: ``TensorError`` for matrices that are not square, and integers.
  public func matrixExp() throws -> Tensor {
    guard rank >= 2 else {
      throw TensorError("linalg.matrix_exp: The input tensor A must have at least 2 dimensions.")
    }
    guard dtype.isFloatingPoint else {
      throw TensorError(
        "linalg.matrix_exp: Expected a floating point or complex tensor as input. Got \(dtype.scalarTypeName)")
    }
    guard shape[rank - 2] == shape[rank - 1] else {
      throw TensorError(
        "linalg.matrix_exp: A must be batches of square matrices, but they are \(shape[rank - 2]) by \(shape[rank - 1]) matrices"
      )
    }
    guard count > 0 else { return try withoutElements(shape, "LinalgMatrixExpBackward0") }
    // Each squaring doubles the error of the one before.
    let exact = try to(.float64)
    let norm = try exact.alias().abs().sum([-2]).max().item().double
    guard norm.isFinite else { return try mul(Double.nan).named("LinalgMatrixExpBackward0") }
    let halvings = norm > 0.5 ? Int(Glibc.log2(norm / 0.5).rounded(.up)) : 0
    let small = try exact.mul(Glibc.exp2(-Double(halvings)))
    let identity = try Tensor.eye(shape[rank - 1], dtype: exact.dtype)
    // Horner's way through the series: 0.5^18 / 18! is below what float64 can tell.
    var result = try identity.add(small.div(16.0))
    for k in (1...15).reversed() { result = try identity.add(small.matmul(result).div(Double(k))) }
    for _ in 0..<halvings { result = try result.matmul(result) }
    return try result.to(dtype).named("LinalgMatrixExpBackward0")
  }

  /// The tensor `x` for which `self` contracted with it over its last dimensions is `b`: `torch.linalg.tensorsolve`.
  ///
  /// - Parameter dims: dimensions of this tensor that are moved behind the others first.
  /// - Throws: ``TensorError`` where the sizes do not make a square system, or it is singular.
  public func tensorSolve(_ b: Tensor, dims: [Int]? = nil) throws -> Tensor {
    var a = self
    if let dims {
      let count = dims.count
      a = try a.movedim(dims, (0..<count).map { $0 - count })
    }
    let (equations, unknowns) = (a.shape.prefix(b.rank).reduce(1, &*), a.shape.dropFirst(b.rank).reduce(1, &*))
    guard equations == unknowns, b.rank <= a.rank else {
      throw TensorError(
        "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got \(unknowns) != \(equations)"
      )
    }
    let solution = try a.reshape([equations, unknowns]).linalgSolve(b.reshape([b.count]))
    return try solution.reshape(Array(a.shape.dropFirst(b.rank)))
  }

  /// The inverse of the map from the last dimensions to the first `split`: `torch.linalg.tensorinv`.
  ///
  /// - Throws: ``TensorError`` where the sizes of both parts differ, or the map is singular.
  public func tensorInverse(split: Int = 2) throws -> Tensor {
    guard split > 0 else { throw TensorError("Expected a strictly positive integer for 'ind', but got \(split)") }
    let (first, last) = (Array(shape.prefix(split)), Array(shape.dropFirst(split)))
    let (rows, columns) = (first.reduce(1, &*), last.reduce(1, &*))
    guard rows == columns else {
      throw TensorError(
        "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got \(columns) != \(rows)"
      )
    }
    return try reshape([rows, columns]).linalgInv().reshape(last + first)
  }

  /// The inverse of a matrix that this factor of ``linalgCholesky(upper:)`` comes from.
  public func choleskyInverse(upper: Bool = false) throws -> Tensor {
    try checkMatrices("cholesky_inverse", square: true, kernel: "cholesky_inverse_out_cpu")
    return try Tensor.eye(shape[rank - 1], dtype: dtype).choleskySolve(self, upper: upper)
      .named("CholeskyInverseBackward0")
  }

  /// The solution of `a @ x = self` by the factor of `a` that ``linalgCholesky(upper:)`` gives.
  public func choleskySolve(_ factor: Tensor, upper: Bool = false) throws -> Tensor {
    guard rank >= 2 else {
      throw TensorError("b should have at least 2 dimensions, but has \(rank) dimensions instead")
    }
    guard factor.rank >= 2 else {
      throw TensorError("u should have at least 2 dimensions, but has \(factor.rank) dimensions instead")
    }
    let (size, columns) = (factor.shape[factor.rank - 1], shape[rank - 1])
    guard factor.shape[factor.rank - 2] == size else {
      throw TensorError(
        "A must be batches of square matrices, but they are \(factor.shape[factor.rank - 2]) by \(size) matrices")
    }
    guard shape[rank - 2] == size else {
      throw TensorError(
        "Incompatible matrix sizes for cholesky_solve: each A matrix is \(size) by \(size) but each b matrix is \(shape[rank - 2]) by \(columns)"
      )
    }
    let lower = upper ? try factor.transpose(-2, -1) : factor
    let first = try lower.linalgSolveTriangular(self, upper: false)
    return try lower.transpose(-2, -1).linalgSolveTriangular(first, upper: true)
  }
}
