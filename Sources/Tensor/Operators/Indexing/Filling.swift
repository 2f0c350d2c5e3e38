extension Tensor {
  /// Writes one value along the diagonal: `fill_diagonal_`.
  ///
  /// - Parameter wrap: whether the diagonal of a tall matrix begins again below its end, with a row between.
  /// - Throws: ``TensorError`` for vectors, and for more than two dimensions of different sizes.
  @discardableResult
  public func fillDiagonalInPlace(_ value: Scalar, wrap: Bool = false) throws -> Tensor {
    guard rank >= 2 else { throw TensorError("dimensions must larger than 1") }
    guard rank == 2 || shape.allSatisfy({ $0 == shape[0] }) else {
      throw TensorError("all dimensions of input must be of equal length")
    }
    let (height, width) = (shape[0], shape[1])
    let (length, stride) = (Swift.min(height, width), strides.reduce(0, &+))
    try asStrided([length], [stride]).fillInPlace(value)
    if wrap && rank == 2 && height > width + 1 {
      let rest = (count - 1) / (width + 1) + 1 - length
      try asStrided([rest], [stride], offset: offset &+ strides[0] &* (width &+ 1)).fillInPlace(value)
    }
    return self
  }

  /// The first `size` rows of ``nonzero()``, and rows of `fillValue` where there are fewer: `torch.nonzero_static`.
  ///
  /// - Throws: ``TensorError`` for a negative size.
  public func nonzeroStatic(size: Int, fillValue: Int64 = -1) throws -> Tensor {
    guard size >= 0 else { throw TensorError("nonzero_static: 'size' must be an non-negative integer") }
    let found = try nonzero()
    let kept = try found.narrow(0, 0, Swift.min(size, found.shape[0]))
    let rest = try Tensor.full([size - kept.shape[0], rank], .int(fillValue), dtype: .int64)
    return try Tensor.cat([kept, rest])
  }

  /// A copy whose slices along `dim` at the positions `index` are combined with those of `source`: `torch.index_reduce`.
  ///
  /// - Parameter includeSelf: whether the old elements take part.
  /// - Throws: ``TensorError`` where types or sizes do not fit.
  public func indexReduce(
    _ dim: Int, _ index: Tensor, _ source: Tensor, _ reduction: ScatterReduction, includeSelf: Bool = true
  ) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    guard index.rank <= 1 else {
      throw TensorError("index_reduce_(): Index is supposed to be a vector, but got dim: \(index.rank)")
    }
    guard index.dtype == .int64 || index.dtype == .int32 else {
      throw TensorError(
        "index_reduce_(): Expected dtype int32/int64 for index but got: \(index.dtype.scalarTypeName)")
    }
    guard dtype == source.dtype else {
      throw TensorError(
        "index_reduce_(): self (\(dtype.scalarTypeName)) and source (\(source.dtype.scalarTypeName)) must have the same scalar type"
      )
    }
    let length = source.rank == 0 ? 1 : try source.size(dim)
    guard index.count == length else {
      throw TensorError(
        "index_reduce_(): Number of indices (\(index.count)) should be equal to source.size(dim): (\(length)), for dim: \(axis)"
      )
    }
    var others = shape
    if !others.isEmpty { others[axis] = length }
    guard source.shape == others || rank == 0 else {
      throw TensorError(
        "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = \(Shape.text(shape)) source.shape = \(Shape.text(source.shape))"
      )
    }
    let positions = try index.to(.int64)
    let size = rank == 0 ? 1 : shape[axis]
    guard try positions.ge(0).logicalAnd(positions.lt(size)).all().item().bool else {
      throw TensorError.index("index out of range in self")
    }
    let along = (0..<source.rank).map { $0 == axis ? length : 1 }
    return try scatterReduce(
      axis, positions.reshape(along).expand(source.shape), source, reduction, includeSelf: includeSelf
    ).named("IndexReduceBackward0")
  }
}
