/// QR decompositions as LAPACK packs them: products of reflections `1 - tau v v^T`, whose vectors `v` are the columns of a matrix
/// below their ones on its diagonal.
extension Tensor {
  /// The reflections whose product is the orthogonal factor, and above them the triangular one: `torch.geqrf`.
  ///
  /// - Returns: `[..., m, n]`, and the factors `tau` of `[..., k]`, where `k` is the smaller size.
  public func geqrf() throws -> (a: Tensor, tau: Tensor) {
    guard rank >= 2 else { throw TensorError("torch.geqrf: input must have at least 2 dimensions.") }
    guard dtype == .float32 || dtype == .float64 else { throw notImplemented("geqrf_cpu", dtype) }
    let (a, tau) = try inLAPACKType(float: { try self.reflections($0) }, double: { try self.reflections($0) })
    guard needsGradient(self) else { return (a, tau) }
    record("GeqrfBackward0", inputs: [self], outputs: [a, tau]) { _, _ in
      throw TensorError("the derivative for 'geqrf' is not implemented.", kind: .notImplemented)
    }
    return (a, tau)
  }

  private func reflections<T: LAPACKElement>(_ type: T.Type) throws -> (Tensor, Tensor) {
    let a = try MatrixBatch<T>(copying: self)
    let k = Int(Swift.min(a.rows, a.columns))
    let tau = try Tensor.zeros(a.shape + [k], dtype: T.dtype)
    let scales = try tau.mutablePointer().assumingMemoryBound(to: T.self)
    let work = try Workspace<T>(Swift.max(Int(a.columns), 1) * 64)
    _ = try a.forEach(keeping: tau) { [work] i, matrix in
      T.geqrf(a.rows, a.columns, matrix, scales + i * k, work.pointer, Int32(clamping: work.count))
    }
    return (try a.tensor(), tau)
  }

  /// The first columns of the product of the reflections in this tensor: `torch.linalg.householder_product`.
  ///
  /// - Parameter tau: as ``geqrf()`` gives it.
  /// - Throws: ``TensorError`` for sizes and types that do not fit.
  public func householderProduct(_ tau: Tensor) throws -> Tensor {
    func refuse(_ complaint: String) -> TensorError { TensorError("torch.linalg.householder_product: \(complaint)") }
    guard rank >= 2 else { throw refuse("input must have at least 2 dimensions.") }
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    guard m >= n else { throw refuse("input.shape[-2] must be greater than or equal to input.shape[-1]") }
    guard n >= tau.shape.last ?? 0 else {
      throw refuse("input.shape[-1] must be greater than or equal to tau.shape[-1]")
    }
    try checkReflections(tau, refuse)
    guard tau.dtype == dtype else {
      throw refuse("tau dtype \(tau.dtype.scalarTypeName) does not match input dtype \(dtype.scalarTypeName)")
    }
    guard dtype == .float32 || dtype == .float64 else { throw notImplemented("orgqr_cpu", dtype) }
    if count == 0 { return try withoutElements(shape, "LinalgHouseholderProductBackward0") }
    let identity = try Tensor.eye(m, n, dtype: dtype).expand(shape)
    return try reflected(identity, tau, transposed: false).named("LinalgHouseholderProductBackward0")
  }

  /// `other` times the product of the reflections in this tensor: `torch.ormqr`.
  ///
  /// - Parameters:
  ///   - left: whether the product stands left of `other`.
  ///   - transposed: whether it is transposed.
  /// - Throws: ``TensorError`` for sizes and types that do not fit.
  public func ormqr(_ tau: Tensor, _ other: Tensor, left: Bool = true, transposed: Bool = false) throws -> Tensor {
    func refuse(_ complaint: String) -> TensorError { TensorError("torch.ormqr: \(complaint)") }
    guard rank >= 2 else { throw refuse("input must have at least 2 dimensions.") }
    guard other.rank >= 2 else { throw refuse("other must have at least 2 dimensions.") }
    let side = left ? -2 : -1
    let size = other.shape[other.rank + side]
    guard size == shape[rank - 2] else { throw refuse("other.shape[\(side)] must be equal to input.shape[-2]") }
    guard tau.shape.last ?? 0 == Swift.min(size, shape[rank - 1]) else {
      throw refuse("tau.shape[-1] must be equal to min(other.shape[\(side)], input.shape[-1])")
    }
    try checkReflections(tau, refuse)
    guard other.rank == rank else {
      throw refuse(
        "Expected other to have the same number of dimensions as input, but got other.ndim equal to \(other.rank) and input.ndim is equal to \(rank)"
      )
    }
    guard other.shape.dropLast(2) == shape.dropLast(2) else {
      throw refuse(
        "Expected batch dimensions of other to be equal to input.shape[:-2], but got \(Shape.text(Array(other.shape.dropLast(2))))"
      )
    }
    for (name, tensor) in [("tau", tau), ("other", other)] where tensor.dtype != dtype {
      throw refuse(
        "Expected input and \(name) to have the same dtype, but input has dtype\(dtype.scalarTypeName) and \(name) has dtype \(tensor.dtype.scalarTypeName)"
      )
    }
    guard dtype == .float32 || dtype == .float64 else { throw notImplemented("ormqr_cpu", dtype) }
    let result =
      try left
      ? reflected(other, tau, transposed: transposed)
      : reflected(other.transpose(-2, -1), tau, transposed: !transposed).transpose(-2, -1)
    return result.named("OrmqrBackward0")
  }

  private func checkReflections(_ tau: Tensor, _ refuse: (String) -> TensorError) throws {
    guard tau.rank == rank - 1 else {
      throw refuse(
        "Expected tau to have one dimension less than input, but got tau.ndim equal to \(tau.rank) and input.ndim is equal to \(rank)"
      )
    }
    guard tau.shape.dropLast() == shape.dropLast(2) else {
      throw refuse(
        "Expected batch dimensions of tau to be equal to input.shape[:-2], but got \(Shape.text(Array(tau.shape.dropLast())))"
      )
    }
  }

  /// `x` after the reflections, the last one first unless `transposed`. Their vectors change only below the diagonal.
  private func reflected(_ x: Tensor, _ tau: Tensor, transposed: Bool) throws -> Tensor {
    let count = tau.shape.last ?? 0
    if count == 0 {
      let copy = try x.clone()
      // Nothing depends on what there is none of, but PyTorch records it.
      return needsGradient([self, tau]) ? copy.recorded("", [self, tau, x]) { grad, _ in [nil, nil, grad] } : copy
    }
    let vectors = try tril(-1).add(Tensor.eye(shape[rank - 2], shape[rank - 1], dtype: dtype))
    var result = x
    for step in 0..<count {
      let k = transposed ? step : count - 1 - step
      let v = try vectors.narrow(-1, k, 1)
      let scale = try tau.narrow(-1, k, 1).unsqueeze(-1)
      result = try result.sub(v.mul(scale).matmul(v.transpose(-2, -1).matmul(result)))
    }
    return result
  }
}
