/// LU decompositions, as LAPACK packs them and in parts, and what is solved with them.
extension Tensor {
  /// An LU decomposition as LAPACK packs it.
  public struct PackedLU {
    /// U of `[..., k, n]`, and below its diagonal L of `[..., m, k]` without its ones: `[..., m, n]`, where `k` is the smaller size.
    public let factors: Tensor
    /// `[..., k]` of int32: the row, counted from 1, that each row was exchanged with in turn.
    public let pivots: Tensor
    /// `[...]` of int32: 0, or where U's diagonal is 0, counted from 1.
    public let info: Tensor
  }

  /// The factors of matrices with exchanged rows: `torch.linalg.lu_factor_ex`.
  ///
  /// - Parameter name: the function's, in complaints.
  /// - Throws: ``TensorError`` where this is no batch of matrices of float32 or float64.
  public func linalgLUFactorEx(name: String = "torch.lu_factor") throws -> PackedLU {
    try checkLURank(name)
    guard dtype == .float32 || dtype == .float64 else { throw notImplemented("lu_cpu", dtype) }
    let found = try inLAPACKType(float: { try self.packedLU($0) }, double: { try self.packedLU($0) })
    guard needsGradient(self) else { return found }
    let pivots = found.pivots
    let factors = found.factors.recordedSavingOutput("LinalgLuFactorExBackward0", [self]) { grad, lu, _ in
      [try lu.luGradient(grad, pivots)]
    }
    return PackedLU(factors: factors, pivots: pivots, info: found.info)
  }

  /// The factors that ``linalgLUSolve(_:_:left:adjoint:)`` takes: `torch.linalg.lu_factor`.
  ///
  /// - Parameter name: the function's, in the complaint about a zero.
  /// - Throws: ``TensorError`` where U's diagonal has a zero, too.
  public func linalgLUFactor(name: String = "torch.linalg.lu_factor") throws -> (factors: Tensor, pivots: Tensor) {
    let found = try linalgLUFactorEx()
    try found.checkDivisible(name)
    return (found.factors, found.pivots)
  }

  private func packedLU<T: LAPACKElement>(_ type: T.Type) throws -> PackedLU {
    let a = try MatrixBatch<T>(copying: self)
    let k = Int(Swift.min(a.rows, a.columns))
    let pivots = try Tensor.zeros(a.shape + [k], dtype: .int32)
    let places = try pivots.mutablePointer().assumingMemoryBound(to: Int32.self)
    let info = try a.forEach(keeping: pivots) { i, matrix in T.getrf(a.rows, a.columns, matrix, places + i * k) }
    return PackedLU(factors: try a.tensor(), pivots: pivots, info: info)
  }

  /// A permutation, a lower and an upper triangular matrix whose product is this: `torch.linalg.lu`.
  public func linalgLU() throws -> (p: Tensor, l: Tensor, u: Tensor) {
    let found = try linalgLUFactorEx(name: "linalg.lu")
    let parts = try found.factors.triangularParts()
    return (
      try found.pivots.permutationMatrix(rows: shape[rank - 2], dtype: dtype), parts.l.named("LinalgLuBackward0"),
      parts.u.named("LinalgLuBackward0")
    )
  }

  /// The three matrices that ``PackedLU/factors``, which this is, and pivots stand for: `torch.lu_unpack`.
  ///
  /// - Parameters:
  ///   - triangles: whether the triangular ones are wanted; they are empty otherwise.
  ///   - permutation: whether the first one is.
  /// - Throws: ``TensorError`` for pivots of another type than int32, and such that name no row.
  public func luUnpack(
    _ pivots: Tensor, triangles: Bool = true, permutation: Bool = true
  ) throws -> (p: Tensor, l: Tensor, u: Tensor) {
    guard pivots.dtype == .int32 || !permutation else {
      throw TensorError(
        """
        torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.
        Note: this function is intended to be used with the output produced by torch.linalg.lu_factor
        """)
    }
    try checkLURank("torch.lu_unpack")
    func none() throws -> Tensor { try Tensor(empty: [0], dtype: dtype) }
    var p = try none()
    if permutation {
      let rows = shape[rank - 2]
      guard try pivots.integers().allSatisfy({ (1...Int64(Swift.max(rows, 1))).contains($0) }) else {
        throw TensorError(
          "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result of lu_factor?"
        )
      }
      guard pivots.shape == shape.dropLast(2) + [Swift.min(rows, shape[rank - 1])] else {
        throw TensorError(
          "torch.lu_unpack: LU_pivots of shape \(Shape.text(pivots.shape)) do not belong to LU_data of shape \(Shape.text(shape))"
        )
      }
      p = try pivots.permutationMatrix(rows: rows, dtype: dtype)
    }
    guard triangles else { return (p, try none(), try none()) }
    let parts = try triangularParts()
    return (p, parts.l.named("LuUnpackBackward0"), parts.u.named("LuUnpackBackward0"))
  }

  /// The solution of `a @ x = b` by ``PackedLU/factors`` of `a`, which this is: `torch.linalg.lu_solve`.
  ///
  /// - Parameters:
  ///   - left: false for `x @ a = b`.
  ///   - adjoint: whether the transpose of `a` stands for it.
  /// - Throws: ``TensorError`` for sizes and types that do not fit.
  public func linalgLUSolve(
    _ pivots: Tensor, _ b: Tensor, left: Bool = true, adjoint: Bool = false
  ) throws -> Tensor {
    try checkLUSolve(pivots, b, left: left)
    let batch = try Shape.broadcast(Array(shape.dropLast(2)), Array(b.shape.dropLast(2)))
    let right = try left ? b : b.transpose(-2, -1)
    let wide = try right.expand(batch + right.shape.suffix(2))
    // a = P L U, so that the columns of P are in the order of the rows.
    let order = try pivots.rowOrder(rows: shape[rank - 1])
    func rows(_ x: Tensor, _ order: Tensor) throws -> Tensor {
      try x.gather(-2, order.unsqueeze(-1).expand(x.shape))
    }
    let solution: Tensor
    if adjoint == left {
      let first = try transpose(-2, -1).linalgSolveTriangular(wide, upper: false)
      let second = try transpose(-2, -1).linalgSolveTriangular(first, upper: true, unitriangular: true)
      solution = try rows(second, order.argsort(-1))
    } else {
      let first = try linalgSolveTriangular(rows(wide, order), upper: false, unitriangular: true)
      solution = try linalgSolveTriangular(first, upper: true)
    }
    return try (left ? solution : solution.transpose(-2, -1)).named("LinalgLuSolveBackward0")
  }

  private func checkLURank(_ name: String) throws {
    guard rank >= 2 else {
      throw TensorError("\(name): Expected tensor with 2 or more dimensions. Got size: \(Shape.text(shape)) instead")
    }
  }

  private func checkLUSolve(_ pivots: Tensor, _ b: Tensor, left: Bool) throws {
    guard dtype.isFloatingPoint else {
      throw TensorError(
        "torch.linalg.lu_solve: Expected a floating point or complex tensor as input. Got \(dtype.scalarTypeName)")
    }
    guard dtype == b.dtype else {
      throw TensorError(
        "linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type \(dtype.scalarTypeName) and B of type \(b.dtype.scalarTypeName) instead"
      )
    }
    guard pivots.dtype == .int32 else {
      throw TensorError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    }
    try checkMatrices("torch.linalg.lu_solve", square: true, kernel: "linalg.lu_solve_cpu")
    guard b.rank >= 2 else {
      throw TensorError("linalg.lu_solve: The input tensor B must have at least 2 dimensions.")
    }
    let n = shape[rank - 1]
    guard b.shape[b.rank - (left ? 2 : 1)] == n else {
      throw TensorError(
        "linalg.lu_solve: Incompatible shapes of A and B for the equation \(left ? "AX" : "XA") = B (\(n)x\(n) and \(b.shape.suffix(2).map(String.init).joined(separator: "x")))"
      )
    }
    guard pivots.shape.last == n else {
      throw TensorError(
        "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix")
    }
    guard pivots.shape == shape.dropLast() else {
      throw TensorError(
        "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape \(Shape.text(pivots.shape)) instead"
      )
    }
    for pivot in try pivots.integers() {
      guard pivot >= 1 else {
        throw TensorError(
          "Pivots given to lu_solve must all be greater or equal to 1. Did you properly pass the result of lu_factor?")
      }
      guard pivot <= n else {
        throw TensorError(
          "Pivots given to lu_solve must all be smaller or equal to LU.size(-2). Did you properly pass the result of lu_factor?"
        )
      }
    }
  }

  /// L, with ones on its diagonal, and U of packed factors.
  private func triangularParts() throws -> (l: Tensor, u: Tensor) {
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    let k = Swift.min(m, n)
    let l = try narrow(-1, 0, k).tril(-1).add(Tensor.eye(m, k, dtype: dtype))
    return (l, try narrow(-2, 0, k).triu())
  }

  /// Which row of a matrix stands in each row after the exchanges of these pivots, counted from 0.
  private func rowOrder(rows: Int) throws -> Tensor {
    let (exchanges, length) = (try integers(), shape.last ?? 0)
    let batch = Array(shape.dropLast())
    var orders: [Int64] = []
    for i in 0..<(try Shape.count(batch)) {
      var order = Array(0..<Int64(rows))
      for k in 0..<length { order.swapAt(k, Int(exchanges[i * length + k]) - 1) }
      orders += order
    }
    return try Tensor(orders, shape: batch + [rows])
  }

  /// The matrix `P` of these pivots, in `P @ L @ U`.
  private func permutationMatrix(rows: Int, dtype: DType) throws -> Tensor {
    let order = try rowOrder(rows: rows)
    return try Tensor.eye(rows, dtype: dtype).indexSelect(0, order.reshape([order.count]))
      .reshape(order.shape + [rows]).transpose(-2, -1).contiguous()
  }

  /// What `grad`, that of packed factors, which this is, means for the matrix that was decomposed.
  private func luGradient(_ grad: Tensor, _ pivots: Tensor) throws -> Tensor {
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    let k = Swift.min(m, n)
    let (l, u) = try triangularParts()
    let (lt, ut) = (try l.transpose(-2, -1), try u.transpose(-2, -1))
    let gradL = try grad.narrow(-1, 0, k).tril(-1)
    let gradU = try grad.narrow(-2, 0, k).triu()
    let difference = try lt.matmul(gradL).sub(gradU.matmul(ut))
    let p = try pivots.permutationMatrix(rows: m, dtype: dtype)
    if m <= n {
      let inner = try ut.narrow(-2, 0, k).linalgSolveTriangular(difference.tril(-1), upper: false, left: false)
      let sum = try Tensor.cat([inner.add(gradU.narrow(-1, 0, k)), gradU.narrow(-1, k, n - k)], dim: -1)
      return try p.matmul(lt.linalgSolveTriangular(sum, upper: true, unitriangular: true))
    }
    let inner = try lt.narrow(-1, 0, k).linalgSolveTriangular(
      difference.neg().triu(), upper: true, unitriangular: true)
    let sum = try Tensor.cat([inner.add(gradL.narrow(-2, 0, k)), gradL.narrow(-2, k, m - k)], dim: -2)
    return try p.matmul(ut.linalgSolveTriangular(sum, upper: false, left: false))
  }
}

extension Tensor.PackedLU {
  /// - Throws: ``TensorError`` where solving with the factors would divide by zero.
  public func checkDivisible(_ name: String) throws {
    for (i, place) in try info.integers().enumerated() where place != 0 {
      throw TensorError(
        "\(name): \(info.rank == 0 ? "" : "(Batch element \(i)): ")U[\(place),\(place)] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
      )
    }
  }
}
