extension Tensor {
  /// Matrices along the diagonal of one that is 0 elsewhere: `torch.block_diag`. Vectors count as rows.
  public static func blockDiag(_ tensors: [Tensor]) throws -> Tensor {
    guard !tensors.isEmpty else { return try Tensor.zeros([1, 0], dtype: DefaultDType.current) }
    for (index, tensor) in tensors.enumerated() where tensor.rank > 2 {
      throw TensorError(
        "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input \(index) has \(tensor.rank) dimensions")
    }
    let blocks = try tensors.map { try $0.rank == 2 ? $0 : $0.reshape([1, $0.count]) }
    let width = blocks.reduce(0) { $0 + $1.shape[1] }
    var start = 0
    let rows = try blocks.map { block in
      defer { start += block.shape[1] }
      let rest = width - start - block.shape[1]
      return try cat(
        [
          Tensor.zeros([block.shape[0], start], dtype: block.dtype), block,
          Tensor.zeros([block.shape[0], rest], dtype: block.dtype),
        ], dim: 1)
    }
    return try cat(rows)
  }

  /// All tuples of an element of each vector, as rows: `torch.cartesian_prod`. A single vector stays as it is.
  public static func cartesianProd(_ vectors: [Tensor]) throws -> Tensor {
    for vector in vectors where vector.rank != 1 {
      throw TensorError("Expect a 1D vector, but got shape \(Shape.text(vector.shape))")
    }
    if vectors.count == 1 { return vectors[0] }
    return try stack(meshgrid(vectors).map { try $0.flatten() }, dim: 1)
  }

  /// The subsets of `size` elements of a vector, as rows in order: `torch.combinations`.
  ///
  /// - Parameter withReplacement: whether an element may come several times.
  public func combinations(_ size: Int = 2, withReplacement: Bool = false) throws -> Tensor {
    guard rank == 1 else { throw TensorError("Expect a 1D vector, but got shape \(Shape.text(shape))") }
    guard size >= 0 else { throw TensorError("Expect a non-negative number, but got \(size)") }
    guard size > 0 else { return try Tensor(empty: [0], dtype: dtype) }
    // Rows of positions, longer by one with each round.
    let positions = try Tensor.arange(0, .int(Int64(count)))
    var rows = try positions.unsqueeze(1)
    for _ in 1..<size {
      let last = try rows.narrow(1, rows.shape[1] - 1, 1)
      let follows = try withReplacement ? positions.unsqueeze(0).ge(last) : positions.unsqueeze(0).gt(last)
      let pairs = try follows.nonzeroTuple()
      rows = try Tensor.cat([rows.indexSelect(0, pairs[0]), pairs[1].unsqueeze(1)], dim: 1)
    }
    return try indexSelect(0, rows.flatten()).reshape(rows.shape)
  }

  /// A copy in which the view that `part` makes of it holds `source`: `slice_scatter` and its like.
  ///
  /// - Throws: ``TensorError`` where the shapes of the view and of `source` differ.
  public func scattered(_ source: Tensor, into part: (Tensor) throws -> Tensor) throws -> Tensor {
    let result = try clone()
    let view = try part(result)
    guard view.shape == source.shape else {
      throw TensorError(
        "expected src to have a size equal to the slice of self. src size = \(Shape.text(source.shape)), slice size = \(Shape.text(view.shape))"
      )
    }
    try view.copyInPlace(source)
    return result
  }

  /// Powers of a vector's elements as columns: `torch.vander`, from `columns - 1` down to 0, or up from it.
  public func vander(_ columns: Int? = nil, increasing: Bool = false) throws -> Tensor {
    guard rank == 1 else { throw TensorError("x must be a one-dimensional tensor.") }
    let columns = columns ?? count
    guard columns >= 0 else { throw TensorError("N must be non-negative.") }
    let exponents = try Tensor.arange(0, .int(Int64(columns)))
    return try unsqueeze(1).pow(increasing ? exponents : exponents.flip([0]))
  }

  /// Indices along each dimension of a row-major array of `sizes` for positions in it: `torch.unravel_index`.
  public func unravelIndex(_ sizes: [Int]) throws -> [Tensor] {
    guard dtype.isInteger else {
      throw TensorError("expected 'indices' to be integer dtype, but got \(dtype)", kind: .type)
    }
    for size in sizes where size < 0 {
      throw TensorError("'shape' cannot have negative values, but got \(Shape.text(sizes))", kind: .value)
    }
    _ = try Shape.count(sizes)
    return try zip(sizes, Shape.rowMajorStrides(sizes)).map { size, stride in
      try to(.int64).floorDivide(Swift.max(stride, 1)).remainder(Swift.max(size, 1))
    }
  }
}
