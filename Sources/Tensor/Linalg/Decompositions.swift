private func notPositiveDefinite(_ order: Int64) -> String {
  "The factorization could not be completed because the input is not positive-definite (the leading minor of order \(order) is not positive-definite)."
}

extension Tensor {
  /// The lower (or upper) triangular matrix `L` with `L @ L.mT == self`: `torch.linalg.cholesky`.
  ///
  /// - Throws: ``TensorError`` for a matrix that is not positive-definite.
  public func linalgCholesky(upper: Bool = false) throws -> Tensor {
    let found = try choleskyFactor(upper: upper)
    try found.info.checkSolved("linalg.cholesky", notPositiveDefinite)
    return found.factor
  }

  /// ``linalgCholesky(upper:)`` that does not mind other matrices: `torch.linalg.cholesky_ex`.
  ///
  /// - Parameter checkErrors: whether it minds them nevertheless.
  /// - Returns: also for each matrix 0, or the order of the first leading minor that is not positive-definite; the factor ends there.
  public func linalgCholeskyEx(
    upper: Bool = false, checkErrors: Bool = false
  ) throws -> (factor: Tensor, info: Tensor) {
    let found = try choleskyFactor(upper: upper)
    if checkErrors { try found.info.checkSolved("linalg.cholesky_ex", notPositiveDefinite) }
    return found
  }

  private func choleskyFactor(upper: Bool) throws -> (factor: Tensor, info: Tensor) {
    try checkMatrices("linalg.cholesky", square: true, kernel: "cholesky_cpu")
    let (result, info) = try inLAPACKType(
      float: { try self.choleskyFactor(upper, $0) }, double: { try self.choleskyFactor(upper, $0) })
    guard needsGradient(self) else { return (upper ? try result.transpose(-2, -1) : result, info) }
    let output = result.recordedSavingOutput("LinalgCholeskyExBackward0", [self]) { grad, l, _ in
      // Source: https://arxiv.org/abs/1602.07527
      let phi = try l.transpose(-2, -1).matmul(grad).tril()
      let symmetric = try phi.add(phi.tril(-1).transpose(-2, -1)).mul(0.5)
      let right = try l.transpose(-2, -1).linalgSolveTriangular(symmetric, upper: true)
      return [try l.linalgSolveTriangular(right, upper: false, left: false)]
    }
    return (upper ? try output.transpose(-2, -1) : output, info)
  }

  /// The lower triangular factor, made from the triangle that is asked for.
  private func choleskyFactor<T: LAPACKElement>(_ upper: Bool, _ type: T.Type) throws -> (Tensor, Tensor) {
    let a = try MatrixBatch<T>(copying: upper ? transpose(-2, -1) : self)
    let info = try a.forEach { T.potrf(a.rows, $1, upper: false) }
    return (try a.tensor().tril(), info)
  }

  /// What of a QR decomposition is computed.
  public enum QRMode: String, Sendable {
    /// With `k` the smaller side of `[m, n]`: `[m, k]` and `[k, n]`; `[m, m]` and `[m, n]`; or `[k, n]` alone.
    case reduced, complete, r
  }

  /// An orthogonal and an upper triangular matrix whose product is this: `torch.linalg.qr`.
  public func linalgQr(mode: QRMode = .reduced) throws -> (q: Tensor, r: Tensor) {
    try checkMatrices("linalg.qr", kernel: "geqrf_cpu")
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    let (q, r) = try inLAPACKType(
      float: { try self.orthogonalFactors(mode, $0) }, double: { try self.orthogonalFactors(mode, $0) })
    guard needsGradient(self) else { return (q, r) }
    guard mode == .reduced || (mode == .complete && m <= n) else {
      throw TensorError(
        "The QR decomposition is not differentiable when mode='\(mode.rawValue)'\(mode == .complete ? " and nrows > ncols" : "")"
      )
    }
    let (savedQ, savedR) = (SavedOutput(q), SavedOutput(r, index: 1))
    record("LinalgQrBackward0", inputs: [self], outputs: [q, r]) { grads, _ in
      [try Tensor.qrGradient(try savedQ(), try savedR(), grads[0], grads[1])]
    }
    savedQ.setOrigin(q.autograd?.node)
    savedR.setOrigin(q.autograd?.node)
    return (q, r)
  }

  /// Source: https://arxiv.org/abs/2009.10071
  private static func qrGradient(_ q: Tensor, _ r: Tensor, _ gradQ: Tensor?, _ gradR: Tensor?) throws -> Tensor {
    let (m, n) = (q.shape[q.rank - 2], r.shape[r.rank - 1])
    if m >= n {
      let first = try gradR.map { try r.matmul($0.transpose(-2, -1)) }
      let second = try gradQ.map { try $0.transpose(-2, -1).matmul(q) }
      let square: Tensor
      switch (first, second) {
      case (let a?, let b?): square = try a.sub(b)
      case (let a?, nil): square = a
      case (nil, let b?): square = try b.neg()
      case (nil, nil): return try Tensor.zeros([], dtype: q.dtype)
      }
      // The lower triangle, copied to the upper one.
      let symmetric = try square.tril().add(square.tril(-1).transpose(-2, -1))
      let sum = try q.matmul(symmetric).add(gradQ ?? Tensor.zeros([], dtype: q.dtype))
      return try r.transpose(-2, -1).linalgSolveTriangular(sum, upper: false, left: false)
    }
    // A wide matrix: the square part on the left carries Q, the rest follows.
    let (u, v) = (try r.narrow(-1, 0, m), try r.narrow(-1, m, n - m))
    let gradU = try gradR.map { try $0.narrow(-1, 0, m) }
    let gradV = try gradR.map { try $0.narrow(-1, m, n - m) }
    let right = try gradV.map { try q.matmul($0) }
    var total = gradQ
    if let gradV {
      let b = try q.matmul(v).matmul(gradV.transpose(-2, -1))
      total = try total.map { try $0.add(b) } ?? b
    }
    let left = try qrGradient(q, u, total, gradU)
    return try Tensor.cat([left, right ?? Tensor.zeros(left.shape.dropLast() + [n - m], dtype: q.dtype)], dim: -1)
  }

  private func orthogonalFactors<T: LAPACKElement>(_ mode: QRMode, _ type: T.Type) throws -> (Tensor, Tensor) {
    let a = try MatrixBatch<T>(copying: self)
    let (m, n) = (Int(a.rows), Int(a.columns))
    let k = Swift.min(m, n)
    let width = mode == .complete ? m : k
    let (tau, work) = (try Workspace<T>(k), try Workspace<T>(Swift.max(m, n, 1) * 64))
    let workCount = Int32(clamping: work.count)
    let factors = try MatrixBatch<T>(zeros: a.shape, m, width)
    let upper = try Tensor.zeros(a.shape + [n, width], dtype: T.dtype)
    let rows = try upper.mutablePointer().assumingMemoryBound(to: T.self)
    for i in 0..<a.count where k > 0 {
      let matrix = try a.matrix(i)
      let info = try a.call(i, keeping: tau, work) {
        T.geqrf(a.rows, a.columns, $0, tau.pointer, work.pointer, workCount)
      }
      guard info == 0 else {
        throw linalgError("linalg.qr", i, a.shape, "the factorization failed")
      }
      let r = rows + i * n * width
      for column in 0..<n {
        for row in 0...Swift.min(column, k - 1) { r[column * width + row] = matrix[column * m + row] }
      }
      if mode == .r { continue }
      let q = try factors.matrix(i)
      q.update(from: matrix, count: m * Swift.min(width, n))
      let second = try factors.call(i, keeping: tau, work) {
        T.orgqr(a.rows, Int32(width), Int32(k), $0, tau.pointer, work.pointer, workCount)
      }
      guard second == 0 else {
        throw linalgError("linalg.qr", i, a.shape, "the factorization failed")
      }
    }
    if k == 0, width > 0 {
      // No column to start from: any orthogonal matrix does.
      return (
        try Tensor.eye(m, dtype: T.dtype).expand(a.shape + [m, m]).clone(), try upper.transpose(-2, -1).contiguous()
      )
    }
    let q = mode == .r ? try Tensor(empty: [0], dtype: T.dtype) : try factors.tensor()
    return (q, try upper.transpose(-2, -1).contiguous())
  }

  /// Eigenvalues in ascending order and eigenvectors of symmetric matrices: `torch.linalg.eigh`.
  public func linalgEigh(upper: Bool = false) throws -> (values: Tensor, vectors: Tensor) {
    try checkMatrices("linalg.eigh", square: true, kernel: "linalg_eigh_cpu")
    let (w, v) = try inLAPACKType(
      float: { try self.symmetricEigen(upper, $0) }, double: { try self.symmetricEigen(upper, $0) })
    guard needsGradient(self) else { return (w, v) }
    let (savedW, savedV) = (SavedOutput(w), SavedOutput(v, index: 1))
    record("LinalgEighBackward0", inputs: [self], outputs: [w, v]) { grads, _ in
      let (w, v) = (try savedW(), try savedV())
      let transposed = try v.transpose(-2, -1)
      var inner: Tensor?
      if let gradV = grads[1] {
        let gaps = try w.unsqueeze(-2).sub(w.unsqueeze(-1))
        let safe = try gaps.maskedFill(Tensor.eye(w.shape[w.rank - 1], dtype: .bool), 1)
        // Eigenvectors stay orthogonal: only rotations count.
        let product = try transposed.matmul(gradV)
        let rotation = try product.sub(product.transpose(-2, -1)).mul(0.5)
        inner = try rotation.div(safe).maskedFill(Tensor.eye(w.shape[w.rank - 1], dtype: .bool), 0)
      }
      if let gradW = grads[0] {
        let diagonal = try gradW.diagEmbed()
        inner = try inner.map { try $0.add(diagonal) } ?? diagonal
      }
      return [try inner.map { try v.matmul($0).matmul(transposed) }]
    }
    savedW.setOrigin(w.autograd?.node)
    savedV.setOrigin(w.autograd?.node)
    return (w, v)
  }

  /// The eigenvalues of symmetric matrices in ascending order.
  public func linalgEigvalsh(upper: Bool = false) throws -> Tensor { try linalgEigh(upper: upper).values }

  private func symmetricEigen<T: LAPACKElement>(_ upper: Bool, _ type: T.Type) throws -> (Tensor, Tensor) {
    let a = try MatrixBatch<T>(copying: self)
    let n = Int(a.rows)
    let values = try Tensor.zeros(a.shape + [n], dtype: T.dtype)
    let w = try values.mutablePointer().assumingMemoryBound(to: T.self)
    let (work, integers) = (try Workspace<T>(1 + 6 * n + 2 * n * n), try Workspace<Int32>(3 + 5 * n))
    for i in 0..<a.count where n > 0 {
      let info = try a.call(i, keeping: values, work, integers) {
        T.syevd(
          a.rows, $0, w + i * n, upper: upper, work.pointer, Int32(clamping: work.count), integers.pointer,
          Int32(clamping: integers.count))
      }
      guard info == 0 else {
        throw linalgError(
          "linalg.eigh", i, a.shape,
          "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues (error code: \(info))."
        )
      }
    }
    return (values, try a.tensor())
  }

  /// Singular values in descending order, and the orthogonal matrices around them: `torch.linalg.svd`.
  public func linalgSvd(fullMatrices: Bool = true) throws -> (u: Tensor, s: Tensor, vh: Tensor) {
    try checkMatrices("linalg.svd", kernel: "linalg_svd_cpu")
    let (u, s, vh) = try inLAPACKType(
      float: { try self.singular(fullMatrices, $0) }, double: { try self.singular(fullMatrices, $0) })
    guard needsGradient(self) else { return (u, s, vh) }
    let k = s.shape[s.rank - 1]
    let (savedU, savedS, savedV) = (SavedOutput(u), SavedOutput(s, index: 1), SavedOutput(vh, index: 2))
    record("LinalgSvdBackward0", inputs: [self], outputs: [u, s, vh]) { grads, _ in
      let (u, s, vh) = (try savedU().narrow(-1, 0, k), try savedS(), try savedV().narrow(-2, 0, k))
      return [
        try Tensor.svdGradient(
          u, s, vh, grads[0]?.narrow(-1, 0, k), grads[1], grads[2]?.narrow(-2, 0, k))
      ]
    }
    for saved in [savedU, savedS, savedV] { saved.setOrigin(u.autograd?.node) }
    return (u, s, vh)
  }

  /// The singular values in descending order.
  public func svdvals() throws -> Tensor { try linalgSvd(fullMatrices: false).s }

  /// Source: https://j-towns.github.io/papers/svd-derivative.pdf
  private static func svdGradient(
    _ u: Tensor, _ s: Tensor, _ vh: Tensor, _ gradU: Tensor?, _ gradS: Tensor?, _ gradVh: Tensor?
  ) throws -> Tensor? {
    let (m, k, n) = (u.shape[u.rank - 2], s.shape[s.rank - 1], vh.shape[vh.rank - 1])
    let v = try vh.transpose(-2, -1)
    let squares = try s.mul(s)
    let isDiagonal = try Tensor.eye(k, dtype: .bool)
    let gaps = try squares.unsqueeze(-2).sub(squares.unsqueeze(-1)).maskedFill(isDiagonal, 1)
    func antisymmetric(_ x: Tensor) throws -> Tensor {
      try x.sub(x.transpose(-2, -1)).div(gaps).maskedFill(isDiagonal, 0)
    }
    var inner = try gradS?.diagEmbed()
    func add(_ x: Tensor) throws { inner = try inner.map { try $0.add(x) } ?? x }
    if let gradU { try add(antisymmetric(u.transpose(-2, -1).matmul(gradU)).mul(s.unsqueeze(-2))) }
    if let gradVh { try add(antisymmetric(vh.matmul(gradVh.transpose(-2, -1))).mul(s.unsqueeze(-1))) }
    var result = try inner.map { try u.matmul($0).matmul(vh) }
    if let gradU, m > k {
      let scaled = try gradU.div(s.unsqueeze(-2))
      let outside = try scaled.sub(u.matmul(u.transpose(-2, -1).matmul(scaled))).matmul(vh)
      result = try result.map { try $0.add(outside) } ?? outside
    }
    if let gradVh, n > k {
      let scaled = try gradVh.div(s.unsqueeze(-1))
      let outside = try u.matmul(scaled.sub(scaled.matmul(v).matmul(vh)))
      result = try result.map { try $0.add(outside) } ?? outside
    }
    return result
  }

  private func singular<T: LAPACKElement>(_ full: Bool, _ type: T.Type) throws -> (Tensor, Tensor, Tensor) {
    let a = try MatrixBatch<T>(copying: self)
    let (m, n) = (Int(a.rows), Int(a.columns))
    let k = Swift.min(m, n)
    let u = try MatrixBatch<T>(zeros: a.shape, m, full ? m : k)
    let vh = try MatrixBatch<T>(zeros: a.shape, full ? n : k, n)
    let values = try Tensor.zeros(a.shape + [k], dtype: T.dtype)
    guard k > 0 else {
      func identity(_ size: Int) throws -> Tensor {
        try Tensor.eye(size, dtype: T.dtype).expand(a.shape + [size, size]).clone()
      }
      return full ? (try identity(m), values, try identity(n)) : (try u.tensor(), values, try vh.tensor())
    }
    let s = try values.mutablePointer().assumingMemoryBound(to: T.self)
    let job = Int8(truncatingIfNeeded: (full ? "A" : "S" as Unicode.Scalar).value)
    let work = try Workspace<T>(4 * k * k + 7 * k + Swift.max(m, n) + 64 * (m + n))
    let integers = try Workspace<Int32>(8 * k)
    for i in 0..<a.count {
      let (left, right) = (try u.matrix(i), try vh.matrix(i))
      let info = try a.call(i, keeping: values, u.values, vh.values, work, integers) {
        T.gesdd(
          job, a.rows, a.columns, $0, s + i * k, left, Swift.max(u.rows, 1), right, Swift.max(vh.rows, 1), work.pointer,
          Int32(clamping: work.count), integers.pointer)
      }
      guard info == 0 else {
        throw linalgError(
          "linalg.svd", i, a.shape,
          "The algorithm failed to converge because the input matrix contained non-finite values.")
      }
    }
    return (try u.tensor(), values, try vh.tensor())
  }

  /// The Moore-Penrose inverse: `torch.linalg.pinv`.
  ///
  /// - Parameters:
  ///   - rtol: singular values up to this part of the largest count as 0, for each matrix; nil: as PyTorch's default.
  ///   - atol: those up to this count as 0.
  ///   - hermitian: whether matrices are symmetric, so that eigenvalues do; only their lower triangles are read.
  public func linalgPinv(rtol: Tensor? = nil, atol: Tensor? = nil, hermitian: Bool = false) throws -> Tensor {
    guard rank >= 2, dtype == .float32 || dtype == .float64 else {
      throw TensorError(
        "linalg.pinv(\(dtype.scalarTypeName){\(Shape.text(shape))}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types"
      )
    }
    if hermitian { try checkMatrices("linalg.eigh", square: true) }
    if count == 0 {
      return try withoutElements(
        shape.dropLast(2) + [shape[rank - 1], shape[rank - 2]], "LinalgPinvBackward0", dtype: dtype)
    }
    let (left, values, right): (Tensor, Tensor, Tensor)
    if hermitian {
      let found = try alias().linalgEigh()
      (left, values, right) = (found.vectors, found.values, try found.vectors.transpose(-2, -1))
    } else {
      (left, values, right) = try alias().linalgSvd(fullMatrices: false)
    }
    let magnitudes = try values.abs()
    let isKept = try magnitudes.gt(negligible(magnitudes, rtol, atol))
    let inverted = try Tensor.where(isKept, values.reciprocal(), 0.0)
    let result = try right.transpose(-2, -1).mul(inverted.unsqueeze(-2)).matmul(left.transpose(-2, -1))
    guard needsGradient(self) else { return result }
    let saved = SavedTensor(self)
    return result.recordedSavingOutput("LinalgPinvBackward0", [self]) { grad, y, _ in
      [try Tensor.pinvGradient(grad, y, saved())]
    }
  }

  /// Source: https://doi.org/10.1137/0710036 (Golub and Pereyra); the smaller of the products come first.
  private static func pinvGradient(_ grad: Tensor, _ y: Tensor, _ a: Tensor) throws -> Tensor {
    let (yt, gt) = (try y.transpose(-2, -1), try grad.transpose(-2, -1))
    if a.shape[a.rank - 2] <= a.shape[a.rank - 1] {
      let k = try gt.matmul(y)
      let kyt = try k.matmul(yt)
      return try y.matmul(k).transpose(-2, -1).neg().add(kyt).sub(a.matmul(y).matmul(kyt))
        .add(yt.matmul(y).matmul(gt.sub(k.matmul(a))))
    }
    let k = try y.matmul(gt)
    let ytk = try yt.matmul(k)
    return try k.matmul(y).transpose(-2, -1).neg().add(gt.sub(a.matmul(k)).matmul(y).matmul(yt))
      .add(ytk).sub(ytk.matmul(y).matmul(a))
  }

  /// How many singular values are not negligible: `torch.linalg.matrix_rank`; parameters as of ``linalgPinv(rtol:atol:hermitian:)``.
  public func linalgMatrixRank(rtol: Tensor? = nil, atol: Tensor? = nil, hermitian: Bool = false) throws -> Tensor {
    guard rank >= 2 else {
      throw TensorError("torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    }
    try checkMatrices(
      hermitian ? "linalg.eigh" : "linalg.svd", square: hermitian,
      kernel: hermitian ? "linalg_eigh_cpu" : "linalg_svd_cpu")
    if count == 0 { return try Tensor.zeros(Array(shape.dropLast(2)), dtype: .int64) }
    let magnitudes = try hermitian ? alias().linalgEigvalsh().abs() : alias().svdvals()
    return try magnitudes.gt(negligible(magnitudes, rtol, atol)).sum([-1])
  }

  /// Up to which magnitude values are negligible, for each matrix.
  private func negligible(_ magnitudes: Tensor, _ rtol: Tensor?, _ atol: Tensor?) throws -> Tensor {
    let epsilon = dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
    let usual = epsilon * Double(Swift.max(shape[rank - 2], shape[rank - 1]))
    let absolute = try atol?.alias() ?? Tensor.wrapped(.double(0))
    let relative = try rtol?.alias() ?? Tensor.where(absolute.gt(0.0), Tensor.wrapped(.double(0)), usual)
    return try relative.unsqueeze(-1).mul(magnitudes.amax([-1], keepDim: true)).maximum(
      absolute.unsqueeze(-1).to(dtype))
  }

  /// The condition number of matrices, by a norm: `torch.linalg.cond`; nil: the largest singular value over the smallest.
  public func linalgCond(_ order: MatrixNorm? = nil) throws -> Tensor {
    try checkMatrices("linalg.cond", kernel: "linalg_svd_cpu")
    switch order {
    case nil, .order(2), .order(-2):
      let values = try svdvals()
      let (largest, smallest) = (try values.select(-1, 0), try values.select(-1, -1))
      return try order == .order(-2) ? smallest.div(largest) : largest.div(smallest)
    case .some(let norm):
      try checkMatrices("linalg.cond", square: true)
      let singular = try alias().linalgDet().eq(0.0)
      let safe = try Tensor.where(singular.unsqueeze(-1).unsqueeze(-1), Tensor.eye(shape[rank - 1], dtype: dtype), self)
      let result = try matrixNorm(norm).mul(safe.linalgInv().matrixNorm(norm))
      return try result.maskedFill(singular, Double.infinity)
    }
  }
}
