import Glibc

private let singularSystem = "The solver failed because the input matrix is singular."

private func singularInverse(_ info: Int64) -> String {
  "The diagonal element \(info) is zero, the inversion could not be completed because the input matrix is singular."
}

extension Tensor {
  /// The solution of `self @ x = b`: `torch.linalg.solve`.
  ///
  /// - Throws: ``TensorError`` for a singular matrix.
  public func linalgSolve(_ b: Tensor, left: Bool = true) throws -> Tensor {
    let found = try solve(b, left: left)
    try found.info.checkSolved("torch.linalg.solve") { _ in singularSystem }
    return found.result
  }

  /// ``linalgSolve(_:left:)`` that does not mind singular matrices: `torch.linalg.solve_ex`.
  ///
  /// - Parameter checkErrors: whether it minds them nevertheless.
  /// - Returns: also for each matrix of this tensor 0, or where a pivot is 0, counted from 1.
  public func linalgSolveEx(
    _ b: Tensor, left: Bool = true, checkErrors: Bool = false
  ) throws -> (result: Tensor, info: Tensor) {
    let found = try solve(b, left: left)
    if checkErrors { try found.info.checkSolved("torch.linalg.solve_ex") { _ in singularSystem } }
    return found
  }

  private func solve(_ b: Tensor, left: Bool) throws -> (result: Tensor, info: Tensor) {
    if rank < 2 || !dtype.isFloatingPoint || dtype == b.dtype {
      try checkMatrices("linalg.solve", square: true, kernel: "lu_cpu")
    }
    guard dtype == b.dtype else {
      throw TensorError(
        "linalg.solve: Expected A and B to have the same dtype, but found A of type \(dtype.scalarTypeName) and B of type \(b.dtype.scalarTypeName) instead"
      )
    }
    let isVector = b.rank == 1 || (b.rank == rank - 1 && b.shape == Array(shape.dropLast()))
    if !left {
      guard !isVector else {
        throw TensorError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False.")
      }
      let found = try transpose(-2, -1).solve(b.transpose(-2, -1), left: true)
      return (try found.result.transpose(-2, -1), found.info)
    }
    let right = isVector ? try b.unsqueeze(-1) : b
    guard right.rank >= 2, right.shape[right.rank - 2] == shape[rank - 1] else {
      throw TensorError(
        "linalg.solve: Incompatible shapes of A and B for the equation AX = B (\(shape[rank - 2])x\(shape[rank - 1]) and \(right.shape.suffix(2).map(String.init).joined(separator: "x")))"
      )
    }
    let batch = try Shape.broadcast(Array(shape.dropLast(2)), Array(right.shape.dropLast(2)))
    let found = try solved(right.expand(batch + right.shape.suffix(2)), batch)
    return isVector ? (try found.result.squeeze([-1]), found.info) : found
  }

  private func solved(_ b: Tensor, _ batch: [Int]) throws -> (result: Tensor, info: Tensor) {
    let (result, info) = try inLAPACKType(
      float: { try self.solution(b, batch, $0) }, double: { try self.solution(b, batch, $0) })
    guard needsGradient(self, b) else { return (result, info) }
    let a = SavedTensor(self)
    let output = result.recordedSavingOutput("LinalgSolveExBackward0", [self, b]) { grad, x, needs in
      let right = try a().transpose(-2, -1).solve(grad, left: true).result
      return [needs[0] ? try right.matmul(x.transpose(-2, -1)).neg() : nil, right]
    }
    return (output, info)
  }

  private func solution<T: LAPACKElement>(
    _ b: Tensor, _ batch: [Int], _ type: T.Type
  ) throws -> (result: Tensor, info: Tensor) {
    let (a, x) = (try MatrixBatch<T>(copying: self), try MatrixBatch<T>(copying: b))
    let n = Int(a.rows)
    let pivots = try Workspace<Int32>(a.count * n)
    let infos = try a.forEach(keeping: pivots) { i, matrix in T.getrf(a.rows, a.rows, matrix, pivots.pointer + i * n) }
    guard b.count > 0 else { return (try x.tensor(), infos) }
    // Several right sides may share a matrix.
    let places = try Tensor.arange(0, .int(Int64(a.count))).reshape(a.shape).expand(batch).integers()
    for (i, place) in places.enumerated() {
      let solution = try x.matrix(i)
      _ = try a.call(Int(place), keeping: pivots, x.values) {
        T.getrs(a.rows, x.columns, $0, pivots.pointer + Int(place) * n, solution)
      }
    }
    return (try x.tensor(), infos)
  }

  /// The inverses of square matrices: `torch.linalg.inv`.
  ///
  /// - Throws: ``TensorError`` for a singular matrix.
  public func linalgInv() throws -> Tensor {
    let found = try inverted()
    try found.info.checkSolved("linalg.inv", singularInverse)
    return found.inverse
  }

  /// ``linalgInv()`` that does not mind singular matrices: `torch.linalg.inv_ex`.
  ///
  /// - Parameter checkErrors: whether it minds them nevertheless.
  /// - Returns: also for each matrix 0, or where a pivot is 0, counted from 1.
  public func linalgInvEx(checkErrors: Bool = false) throws -> (inverse: Tensor, info: Tensor) {
    let found = try inverted()
    if checkErrors { try found.info.checkSolved("linalg.inv_ex", singularInverse) }
    return found
  }

  private func inverted() throws -> (inverse: Tensor, info: Tensor) {
    try checkMatrices("linalg.inv", square: true)
    let identity = try Tensor.eye(shape[rank - 1], dtype: dtype).expand(shape)
    let batch = Array(shape.dropLast(2))
    let (result, info) = try inLAPACKType(
      float: { try self.solution(identity, batch, $0) }, double: { try self.solution(identity, batch, $0) })
    guard needsGradient(self) else { return (result, info) }
    let output = result.recordedSavingOutput("LinalgInvExBackward0", [self]) { grad, y, _ in
      let transposed = try y.transpose(-2, -1)
      return [try transposed.matmul(grad).matmul(transposed).neg()]
    }
    return (output, info)
  }

  /// The determinants of square matrices: `torch.linalg.det`.
  public func linalgDet() throws -> Tensor {
    try checkMatrices("linalg.det", square: true, kernel: "lu_cpu")
    let (sign, logarithm) = try inLAPACKType(
      float: { try self.logDeterminant($0) }, double: { try self.logDeterminant($0) })
    let result = try sign.mul(logarithm.exp()).to(dtype)
    guard needsGradient(self) else { return result }
    let saved = SavedTensor(self)
    return result.recorded("LinalgDetBackward0", [self]) { grad, _ in
      // The cofactors through singular values, which singular matrices have too.
      let (u, s, vh) = try saved().linalgSvd(fullMatrices: false)
      let n = s.shape[s.rank - 1]
      let others = try s.unsqueeze(-2).expand(s.shape + [n]).maskedFill(Tensor.eye(n, dtype: .bool), 1).prod(-1)
      let orientation = try u.alias().linalgDet().mul(vh.alias().linalgDet())
      let cofactors = try u.mul(others.mul(orientation.unsqueeze(-1)).unsqueeze(-2)).matmul(vh)
      return [try grad.unsqueeze(-1).unsqueeze(-1).mul(cofactors)]
    }
  }

  /// The signs, and the logarithms of absolute values, of determinants.
  public func linalgSlogdet() throws -> (sign: Tensor, logabsdet: Tensor) {
    try checkMatrices("linalg.slogdet", square: true, kernel: "lu_cpu")
    let (sign, logarithm) = try inLAPACKType(
      float: { try self.logDeterminant($0) }, double: { try self.logDeterminant($0) })
    let (signs, result) = (try sign.to(dtype), try logarithm.to(dtype))
    guard needsGradient(self) else { return (signs, result) }
    let (saved, shape) = (SavedTensor(self), shape)
    let output = result.recorded("LinalgSlogdetBackward0", [self]) { grad, _ in
      [try grad.unsqueeze(-1).unsqueeze(-1).mul(saved().linalgInv().transpose(-2, -1))]
    }
    // The sign changes nowhere that it can be followed.
    let steps = signs.recorded("LinalgSlogdetBackward0", [self]) { grad, _ in
      [try Tensor.zeros(shape, dtype: grad.dtype)]
    }
    return (steps, output)
  }

  /// The logarithms of determinants, NaN for negative ones: `torch.logdet`.
  public func logdet() throws -> Tensor {
    try checkMatrices("logdet", square: true)
    let found = try linalgSlogdet()
    return try found.logabsdet.maskedFill(found.sign.lt(0.0), Double.nan)
  }

  private func logDeterminant<T: LAPACKElement>(_ type: T.Type) throws -> (sign: Tensor, logarithm: Tensor) {
    let a = try MatrixBatch<T>(copying: self)
    let n = Int(a.rows)
    let pivots = try Workspace<Int32>(n)
    var (signs, logarithms) = ([Double](), [Double]())
    for i in 0..<a.count {
      let matrix = try a.matrix(i)
      if n > 0 { _ = try a.call(i, keeping: pivots) { T.getrf(a.rows, a.rows, $0, pivots.pointer) } }
      var (sign, sum) = (1.0, 0.0)
      for k in 0..<n {
        let pivot = Double(matrix[k * n + k])
        if pivots[k] != Int32(k + 1) { sign = -sign }
        if pivot == 0 {
          sign = 0
        } else if pivot < 0 {
          sign = -sign
        }
        sum += Glibc.log(pivot.magnitude)
      }
      signs.append(sign)
      logarithms.append(sum)
    }
    return (
      try Tensor(signs, shape: a.shape, dtype: .float64), try Tensor(logarithms, shape: a.shape, dtype: .float64)
    )
  }

  /// The solution of triangular systems: `torch.linalg.solve_triangular`.
  public func linalgSolveTriangular(
    _ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false
  ) throws -> Tensor {
    try checkMatrices("linalg.solve_triangular", square: true)
    if !left {
      guard b.rank < 2 || b.shape[b.rank - 1] == shape[rank - 1] else {
        throw TensorError(
          "linalg.solve_triangular: Incompatible shapes of A and B for the equation XA = B (\(shape.suffix(2).map(String.init).joined(separator: "x")) and \(b.shape.suffix(2).map(String.init).joined(separator: "x")))"
        )
      }
      return try transpose(-2, -1).linalgSolveTriangular(
        b.transpose(-2, -1), upper: !upper, unitriangular: unitriangular
      ).transpose(-2, -1)
    }
    guard b.rank >= 2, b.dtype == dtype, b.shape[b.rank - 2] == shape[rank - 1] else {
      throw TensorError(
        "linalg.solve_triangular: Incompatible shapes of A and B for the equation AX = B (\(shape.suffix(2).map(String.init).joined(separator: "x")) and \(b.shape.suffix(2).map(String.init).joined(separator: "x")))"
      )
    }
    let batch = try Shape.broadcast(Array(shape.dropLast(2)), Array(b.shape.dropLast(2)))
    let (a, right) = (try expand(batch + shape.suffix(2)), try b.expand(batch + b.shape.suffix(2)))
    let result = try inLAPACKType(
      float: { try a.triangularSolution(right, upper, unitriangular, $0) },
      double: { try a.triangularSolution(right, upper, unitriangular, $0) })
    guard needsGradient(a, right) else { return result }
    let saved = SavedTensor(a)
    return result.recordedSavingOutput("LinalgSolveTriangularBackward0", [a, right]) { grad, x, needs in
      let rightGrad = try saved().transpose(-2, -1).linalgSolveTriangular(
        grad, upper: !upper, unitriangular: unitriangular)
      guard needs[0] else { return [nil, rightGrad] }
      let full = try rightGrad.matmul(x.transpose(-2, -1)).neg()
      let offset = unitriangular ? 1 : 0
      return [upper ? try full.triu(offset) : try full.tril(-offset), rightGrad]
    }
  }

  private func triangularSolution<T: LAPACKElement>(
    _ b: Tensor, _ upper: Bool, _ unitriangular: Bool, _ type: T.Type
  ) throws -> Tensor {
    let (a, x) = (try MatrixBatch<T>(copying: self), try MatrixBatch<T>(copying: b))
    guard b.count > 0 else { return try x.tensor() }
    for i in 0..<a.count {
      let solution = try x.matrix(i)
      try a.call(i, keeping: x.values) {
        T.trsm(a.rows, x.columns, $0, solution, upper: upper, unitDiagonal: unitriangular)
      }
    }
    return try x.tensor()
  }

  /// Square matrices to an integer power: `torch.linalg.matrix_power`.
  public func matrixPower(_ n: Int) throws -> Tensor {
    guard rank >= 2 else {
      throw TensorError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
    }
    guard shape[rank - 2] == shape[rank - 1] else {
      throw TensorError(
        "linalg.matrix_power: A must be batches of square matrices, but they are \(shape.suffix(2).map(String.init).joined(separator: " by ")) matrices"
      )
    }
    if n < 0 { return try linalgInv().matrixPower(n == .min ? .max : -n) }
    if n == 0 { return try Tensor.eye(shape[rank - 1], dtype: dtype).expand(shape).clone() }
    var result: Tensor?
    var (factor, left) = (self, n)
    while left > 0 {
      if left & 1 == 1 { result = try result.map { try $0.matmul(factor) } ?? factor }
      left >>= 1
      if left > 0 { factor = try factor.matmul(factor) }
    }
    return try result ?? clone()
  }
}
