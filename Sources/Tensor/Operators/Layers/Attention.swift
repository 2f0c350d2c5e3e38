extension Tensor {
  /// `softmax(q @ k.mT / sqrt(E)) @ v`: `F.scaled_dot_product_attention`, with this tensor as the queries `[..., L, E]`.
  ///
  /// - Parameters:
  ///   - mask: `[..., L, S]`, true (or 0) where a key takes part, or what is added to the scores.
  ///   - isCausal: whether a query sees only keys up to its own position.
  ///   - enableGQA: whether groups of query heads (dimension -3) share keys and values.
  public func scaledDotProductAttention(
    _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, dropout: Double = 0, isCausal: Bool = false,
    scale: Double? = nil, enableGQA: Bool = false
  ) throws -> Tensor {
    guard dtype == key.dtype, dtype == value.dtype else {
      throw TensorError(
        "Expected query, key, and value to have the same dtype, but got query.dtype: \(dtype.mangledTypeName) key.dtype: \(key.dtype.mangledTypeName) and value.dtype: \(value.dtype.mangledTypeName) instead."
      )
    }
    guard rank >= 2, key.rank >= 2, value.rank >= 2 else {
      throw TensorError(
        "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: \(rank) key.dim: \(key.rank) and value.dim: \(value.rank) instead."
      )
    }
    guard mask == nil || !isCausal else {
      throw TensorError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    }
    var (keys, values) = (key, value)
    if enableGQA {
      guard rank >= 3, key.rank >= 3, value.rank >= 3, key.shape[key.rank - 3] > 0, value.shape[value.rank - 3] > 0
      else {
        throw TensorError("Expected query, key, and value to have heads when enable_gqa=True")
      }
      keys = try key.repeatInterleave(shape[rank - 3] / key.shape[key.rank - 3], dim: -3)
      values = try value.repeatInterleave(shape[rank - 3] / value.shape[value.rank - 3], dim: -3)
    }
    let factor = scale ?? 1 / Double(shape[rank - 1]).squareRoot()
    var scores = try mul(factor).matmul(keys.transpose(-2, -1))
    if isCausal { scores = try scores.hidingFutureKeys() }
    if let mask {
      scores = mask.dtype == .bool ? try scores.maskedFill(mask.logicalNot(), -Double.infinity) : try scores.add(mask)
    }
    var weights = try scores.softmax(-1)
    if mask?.dtype == .bool {
      // A query that sees no key gets zeros.
      weights = try weights.maskedFill(scores.alias().eq(-Double.infinity).all([-1], keepDim: true), 0)
    }
    if dropout > 0 { weights = try weights.dropout(p: dropout) }
    return try weights.matmul(values)
  }

  /// The scores `[..., L, S]`, which belong to nobody else, with those of keys behind a query's own position at minus infinity.
  private func hidingFutureKeys() throws -> Tensor {
    let (queries, keys) = (shape[rank - 2], shape[rank - 1])
    // What softmax makes 0 gets no gradient, so that autograd need not know of this.
    func hide<T: BinaryFloatingPoint>(_ type: T.Type) throws {
      let scores = try mutablePointer().assumingMemoryBound(to: T.self)
      try Parallel.forEach(count / keys, grain: Swift.max(1, Parallel.grain / keys)) { rows in
        for row in rows {
          let seen = Swift.min(row % queries + 1, keys)
          (scores + row * keys + seen).update(repeating: -T.infinity, count: keys - seen)
        }
      }
    }
    guard isContiguous, count > 0, dtype == .float32 || dtype == .float64 else {
      let seen = try Tensor.ones([queries, keys], dtype: .bool).tril()
      return try maskedFill(seen.logicalNot(), -Double.infinity)
    }
    if dtype == .float32 { try hide(Float.self) } else { try hide(Double.self) }
    return self
  }

  /// The rows of a table at the given positions: `F.embedding`, with this tensor as the table `[V, D]`.
  ///
  /// - Parameters:
  ///   - paddingIndex: a row that gets no gradient.
  ///   - maxNorm: rows that are read and have a larger `normType`-norm are scaled down in the table first.
  ///   - scaleGradByFreq: divides a row's gradient by how often it was read.
  public func embedding(
    _ input: Tensor, paddingIndex: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false
  ) throws -> Tensor {
    guard rank == 2 else { throw TensorError("'weight' must be 2-D") }
    try input.checkIndices(of: "embedding")
    let rows = shape[0]
    if let paddingIndex, paddingIndex < -rows || paddingIndex >= rows {
      throw TensorError("Padding_idx must be within num_embeddings")
    }
    let padding = paddingIndex.map { $0 < 0 ? $0 + rows : $0 }
    let flat = try input.alias().to(.int64).contiguous().reshape([input.count])
    if let maxNorm { try limitRows(flat, maxNorm, normType) }
    let element = ElementIndex.slices(0, flat)
    let result = try element.view(alias()).read().reshape(input.shape + [shape[1]])
    guard needsGradient(self) else { return result }
    let shape = self.shape
    return result.recorded("EmbeddingBackward0", [self]) { grad, _ in
      var values = try grad.reshape([flat.count, shape[1]])
      if let padding { values = try values.mul(flat.ne(padding).to(grad.dtype).unsqueeze(1)) }
      if scaleGradByFreq {
        let counts = try flat.bincount(minlength: shape[0]).index([flat])
        values = try values.div(counts.unsqueeze(1))
      }
      return [try element.add(values, to: Tensor.zeros(shape, dtype: grad.dtype), "EmbeddingDenseBackward0")]
    }
  }

  /// - Throws: ``TensorError`` where these are no positions in a table.
  func checkIndices(of name: String) throws {
    guard dtype == .int64 || dtype == .int32 else {
      let type =
        dtype == .bool || dtype == .bfloat16 ? "CPU\(dtype.scalarTypeName)Type" : "torch.\(dtype.scalarTypeName)Tensor"
      throw TensorError(
        "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got \(type) instead (while checking arguments for \(name))"
      )
    }
  }

  private func limitRows(_ index: Tensor, _ maxNorm: Double, _ normType: Double) throws {
    let chosen = try index.unique().values
    let table = alias()
    let limited = try table.indexSelect(0, chosen).renorm(normType, 0, maxNorm)
    try table.indexPutInPlace([chosen], limited)
  }

  /// Class positions as rows of zeros with a single one: `F.one_hot`.
  ///
  /// - Parameter classes: how many there are; one more than the largest position if -1.
  public func oneHot(_ classes: Int = -1) throws -> Tensor {
    guard dtype == .int64 else {
      throw TensorError("one_hot is only applicable to index tensor of type LongTensor.")
    }
    if count == 0 {
      guard classes > 0 else { throw TensorError("Can not infer total number of classes from empty tensor.") }
      return try Tensor(empty: shape + [classes], dtype: .int64)
    }
    guard try min().item().int >= 0 else { throw TensorError("Class values must be non-negative.") }
    let largest = try max().item().int
    guard classes == -1 || largest < Int64(classes) else {
      throw TensorError("Class values must be smaller than num_classes.")
    }
    let (size, overflow) = largest.addingReportingOverflow(1)
    guard !overflow else { throw TensorError("one_hot: too many classes") }
    let width = classes == -1 ? Int(size) : classes
    return try Tensor.zeros(shape + [width], dtype: .int64).scatter(-1, unsqueeze(-1), 1)
  }
}
