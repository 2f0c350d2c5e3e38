extension Tensor {
  /// The `ord`-norm of the elements over `dims` (all, if nil): `torch.linalg.vector_norm`.
  public func vectorNorm(
    _ ord: Double = 2, dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) throws -> Tensor {
    guard self.dtype.isFloatingPoint, self.dtype.isComputable else {
      throw TensorError(
        "linalg.vector_norm: Expected a floating point or complex tensor as input. Got \(self.dtype.scalarTypeName)")
    }
    let source = try dtype.map { try to($0) } ?? self
    let reduction = try Reduction(source, dims)
    let x = source.alias()
    if reduction.length == 0 && (ord < 0 || ord == .infinity) {
      let lead = "linalg.vector_norm cannot compute the \(NumberText.general(ord)) norm on"
      guard dims != nil, let empty = reduction.axes.first(where: { x.shape[$0] == 0 }) else {
        throw TensorError("\(lead) an empty tensor because the operation does not have an identity")
      }
      throw TensorError(
        "\(lead) the dimension \(empty)because this dimension is empty and the operation does not have an identity")
    }
    let type = x.dtype
    let wide = type.size < 4 ? try x.to(.float32) : x
    let result: Tensor
    switch ord {
    case 0: result = try wide.ne(0).to(wide.dtype).sum(reduction.axes, keepDim: keepDim)
    case 1: result = try wide.abs().sum(reduction.axes, keepDim: keepDim)
    case 2: result = try wide.mul(wide).sum(reduction.axes, keepDim: keepDim).sqrt()
    case .infinity: result = try wide.abs().amax(reduction.axes, keepDim: keepDim)
    case -.infinity: result = try wide.abs().amin(reduction.axes, keepDim: keepDim)
    default: result = try wide.abs().pow(ord).sum(reduction.axes, keepDim: keepDim).pow(1 / ord)
    }
    let norm = try result.to(type)
    guard needsGradient(source) else { return norm }
    let saved = SavedTensor(source)
    return norm.alias().recordedSavingOutput("LinalgVectorNormBackward0", [source]) { grad, y, _ in
      guard ord != 0 else { return [nil] }
      return [try Tensor.normGradient(saved(), reduction.unreduced(grad), reduction.unreduced(y), ord, reduction)]
    }
  }

  /// Where the norm is 0 or an element is, the gradient is that of smallest length, 0.
  private static func normGradient(
    _ x: Tensor, _ grad: Tensor, _ norm: Tensor, _ ord: Double, _ reduction: Reduction
  ) throws -> Tensor {
    switch ord {
    case 1: return try grad.mul(x.sgn())
    case 2: return try grad.mul(x.div(norm).maskedFill(norm.eq(0), 0))
    case .infinity, -.infinity:
      let isExtreme = try x.abs().eq(norm)
      let count = try isExtreme.sum(reduction.axes, keepDim: true)
      return try x.sgn().mul(grad.div(count)).mul(isExtreme)
    default:
      let slopes = try x.sgn().mul(x.abs().pow(ord - 1))
      let scaled = try grad.mul(norm.pow(1 - ord))
      return ord < 1
        ? try slopes.maskedFill(x.eq(0), 0).mul(scaled)
        : try slopes.mul(scaled.maskedFill(norm.eq(0), 0))
    }
  }

  /// What norm of a matrix is meant.
  public enum MatrixNorm: Sendable, Hashable {
    /// The root of the sum of squares.
    case frobenius
    /// The sum of singular values.
    case nuclear
    /// 1: largest column sum; 2: largest singular value; infinity: largest row sum; negative ones the smallest.
    case order(Double)
  }

  /// A norm of the matrices in two dimensions: `torch.linalg.matrix_norm`.
  public func matrixNorm(
    _ ord: MatrixNorm = .frobenius, dims: [Int] = [-2, -1], keepDim: Bool = false, dtype: DType? = nil
  ) throws -> Tensor {
    guard rank >= 2 else {
      throw TensorError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    }
    let type = dtype ?? self.dtype
    guard type.isFloatingPoint else {
      throw TensorError(
        "linalg.matrix_norm: Expected a floating point or complex tensor as input. Got \(type.scalarTypeName)")
    }
    guard dims.count == 2 else {
      throw TensorError(
        "linalg.matrix_norm: dim must be a 2-tuple. Got \(dims.map(String.init).joined(separator: " "))")
    }
    if ord == .nuclear || ord == .order(2) || ord == .order(-2), type.size < 4 {
      throw TensorError("linalg.matrix_norm: Low precision dtypes not supported. Got \(type.scalarTypeName)")
    }
    let axes = try dims.map { try wrapDimension($0, rank: rank) }
    guard axes[0] != axes[1] else {
      throw TensorError("linalg.matrix_norm: dims must be different. Got (\(axes[0]), \(axes[1]))")
    }
    let x = try dtype.map { try to($0) } ?? self
    switch ord {
    case .frobenius: return try x.vectorNorm(2, dims: axes, keepDim: keepDim)
    case .nuclear: return try x.singularNorm(axes, keepDim) { try $0.sum([-1], keepDim: keepDim) }
    case .order(let order):
      switch order.magnitude {
      case 2:
        let smaller = Swift.min(shape[axes[0]], shape[axes[1]])
        if smaller == 0, order > 0 { return try noNorm(axes, keepDim, type) }
        return try x.singularNorm(axes, keepDim) {
          order > 0 ? try $0.amax([-1], keepDim: keepDim) : try $0.amin([-1], keepDim: keepDim)
        }
      case 1, .infinity:
        let (summed, other) = order.magnitude == 1 ? (axes[0], axes[1]) : (axes[1], axes[0])
        let sums = try x.vectorNorm(1, dims: [summed], keepDim: keepDim)
        let axis = !keepDim && summed < other ? other - 1 : other
        if shape[other] == 0, order > 0 { return try noNorm(axes, keepDim, type) }
        return order > 0 ? try sums.amax([axis], keepDim: keepDim) : try sums.amin([axis], keepDim: keepDim)
      default:
        throw TensorError("linalg.matrix_norm: Order \(NumberText.general(order)) not supported.")
      }
    }
  }

  /// The norm 0 of matrices without elements.
  private func noNorm(_ axes: [Int], _ keepDim: Bool, _ type: DType) throws -> Tensor {
    let zeros = try Tensor.zeros(Reduction(self, axes).keptShape, dtype: type)
    let result = keepDim ? zeros : try zeros.squeeze(axes)
    return needsGradient(self) ? try result.add(to(type).sum(axes, keepDim: keepDim)) : result
  }

  private func singularNorm(_ axes: [Int], _ keepDim: Bool, _ reduce: (Tensor) throws -> Tensor) throws -> Tensor {
    let norms = try reduce(movedim(axes, [-2, -1]).svdvals())
    guard keepDim else { return norms }
    return try norms.unsqueeze(-1).movedim([-2, -1], axes)
  }

  /// The norm that `torch.linalg.norm` takes: of vectors for one dimension, of matrices for two, of the flattened tensor
  /// without dimensions and order.
  public func linalgNorm(
    _ ord: MatrixNorm? = nil, dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) throws -> Tensor {
    if let ord {
      guard dims != nil || rank == 1 || rank == 2 else {
        throw TensorError(
          "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got \(rank)D.")
      }
      let isMatrix = dims.map { $0.count == 2 } ?? (rank == 2)
      if isMatrix { return try matrixNorm(ord, dims: dims ?? [0, 1], keepDim: keepDim, dtype: dtype) }
      guard case .order(let order) = ord else {
        if let dims, dims.count != 1 {
          throw TensorError(
            "linalg.norm: If dim is specified, it must be of length 1 or 2. Got \(Shape.text(dims))")
        }
        guard let dims else {
          throw TensorError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
        }
        return try matrixNorm(ord, dims: dims, keepDim: keepDim, dtype: dtype)
      }
      return try vectorNorm(order, dims: dims, keepDim: keepDim, dtype: dtype)
    }
    return try vectorNorm(2, dims: dims, keepDim: keepDim, dtype: dtype)
  }

  /// The norm that `torch.norm` takes: `p` of the elements over `dims`, whatever their number.
  public func norm(
    _ p: MatrixNorm = .frobenius, dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) throws -> Tensor {
    switch p {
    case .frobenius: return try vectorNorm(2, dims: dims, keepDim: keepDim, dtype: dtype)
    case .nuclear: return try matrixNorm(.nuclear, dims: dims ?? [0, 1], keepDim: keepDim, dtype: dtype)
    case .order(let order): return try vectorNorm(order, dims: dims, keepDim: keepDim, dtype: dtype)
    }
  }

  /// The `p`-norm of the difference.
  public func dist(_ other: Tensor, p: Double = 2) throws -> Tensor {
    let difference = try sub(other)
    guard difference.dtype.isFloatingPoint else {
      throw TensorError(
        "norm(): input dtype should be either floating point or complex. Got \(difference.dtype.scalarTypeName) instead."
      )
    }
    return try difference.vectorNorm(p)
  }

  /// A copy whose slices along `dim` have at most the `p`-norm `maxNorm`.
  public func renorm(_ p: Double, _ dim: Int, _ maxNorm: Double) throws -> Tensor {
    guard p > 0 else { throw TensorError("renorm: non-positive-norm not supported") }
    guard maxNorm >= 0 else {
      throw TensorError("renorm: expected maxnorm to be >= 0 but got \(NumberText.general(maxNorm))")
    }
    guard rank > 1 else { throw TensorError("renorm: input needs at least 2 dimensions, got \(rank) dimensions") }
    let axis = try wrapDimension(dim, rank: rank)
    let norms = try vectorNorm(p, dims: shape.indices.filter { $0 != axis }, keepDim: true)
    let factors = try Tensor.where(norms.alias().gt(maxNorm), norms.add(1e-7).reciprocal().mul(maxNorm), 1.0)
    return try mul(factors)
  }

  /// The `p`-norm distances between all pairs of rows of two batches of matrices.
  ///
  /// - Parameter computeMode: how PyTorch may compute it; checked, but of no effect on the result.
  public func cdist(_ other: Tensor, p: Double = 2, computeMode: String? = nil) throws -> Tensor {
    let modes = ["use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"]
    if let computeMode, !modes.contains(computeMode) {
      throw TensorError("\(computeMode) is not a valid value for compute_mode", kind: .value)
    }
    guard rank >= 2 else { throw TensorError("cdist only supports at least 2D tensors, X1 got: \(rank)D") }
    guard other.rank >= 2 else { throw TensorError("cdist only supports at least 2D tensors, X2 got: \(other.rank)D") }
    guard shape[rank - 1] == other.shape[other.rank - 1] else {
      throw TensorError(
        "X1 and X2 must have the same number of columns. X1: \(shape[rank - 1]) X2: \(other.shape[other.rank - 1])")
    }
    guard dtype.isFloatingPoint else {
      throw TensorError("cdist only supports floating-point dtypes, X1 got: \(dtype.scalarTypeName)")
    }
    guard other.dtype.isFloatingPoint else {
      throw TensorError("cdist only supports floating-point dtypes, X2 got: \(other.dtype.scalarTypeName)")
    }
    guard p >= 0 else { throw TensorError("cdist only supports non-negative p values") }
    let isEmpty = count == 0 || other.count == 0
    guard dtype.size >= 4 || isEmpty else { throw notImplemented("cdist", dtype) }
    guard dtype == other.dtype || isEmpty else {
      throw TensorError("expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
    }
    return try distances(other.to(dtype), p)
  }

  private func distances(_ other: Tensor, _ p: Double) throws -> Tensor {
    let (rows, length) = (shape[rank - 2], Swift.max(shape[rank - 1], 1))
    let batch = try Shape.broadcast(Array(shape.dropLast(2)), Array(other.shape.dropLast(2)))
    let differences = try Shape.count(batch + [other.shape[other.rank - 2], length])
    // The differences of so many rows fit into a few MB.
    let block = Swift.max(1, (1 << 22) / Swift.max(1, differences))
    if block >= rows || p == 0 && needsGradient(self, other) { return try plainDistances(other, p) }
    let starts = Array(Swift.stride(from: 0, to: rows, by: block))
    func part(_ x: Tensor, _ start: Int) throws -> Tensor { try x.narrow(-2, start, Swift.min(block, rows - start)) }
    let result = try Tensor.cat(starts.map { try part(alias(), $0).plainDistances(other.alias(), p) }, dim: -2)
    guard needsGradient(self, other) else { return result }
    let (first, second) = (SavedTensor(self), SavedTensor(other))
    return result.recorded("CdistBackward0", [self, other]) { grad, needs in
      let createGraph = GradMode.isEnabled
      // Both get a node of their own that the differences of one block alone lead to.
      let y = try Jacobian.prepared(second(), createGraph)
      var (rowGrads, columnGrad): ([Tensor], Tensor?) = ([], nil)
      for start in starts {
        let x = try Jacobian.prepared(part(first(), start), createGraph)
        let block = try GradMode.with(true) { try x.plainDistances(y, p) }
        let found = try Autograd.gradients(
          of: [block], withRespectTo: [x, y], gradients: [part(grad, start)], createGraph: createGraph)
        if needs[0], let grad = found[0] { rowGrads.append(grad) }
        if needs[1], let grad = found[1] { columnGrad = try columnGrad.map { try $0.add(grad) } ?? grad }
      }
      return [needs[0] ? try Tensor.cat(rowGrads, dim: -2) : nil, columnGrad]
    }
  }

  private func plainDistances(_ other: Tensor, _ p: Double) throws -> Tensor {
    let distances = try unsqueeze(-2).sub(other.unsqueeze(-3)).vectorNorm(p, dims: [-1])
    guard p == 0, needsGradient(self, other) else { return distances }
    let shapes = (shape, other.shape)
    return distances.alias().recorded("CdistBackward0", [self, other]) { grad, _ in
      [try Tensor.zeros(shapes.0, dtype: grad.dtype), try Tensor.zeros(shapes.1, dtype: grad.dtype)]
    }
  }

  /// The `p`-norm distances between all pairs of rows, each pair once.
  public func pdist(p: Double = 2) throws -> Tensor {
    guard rank == 2 else { throw TensorError("pdist only supports 2D tensors, got: \(rank)D") }
    guard dtype.isFloatingPoint else { throw TensorError("pdist only supports floating-point dtypes") }
    guard p >= 0 else { throw TensorError("pdist only supports non-negative p values") }
    guard dtype == .float32 || dtype == .float64 || count == 0 else { throw notImplemented("pdist", dtype) }
    let pairs = try Tensor.triangleIndices(shape[0], shape[0], offset: 1, upper: true)
    return try indexSelect(0, pairs.select(0, 0)).sub(indexSelect(0, pairs.select(0, 1))).vectorNorm(p, dims: [-1])
  }
}
