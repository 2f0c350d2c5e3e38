import Supervision

extension Tensor {
  /// Elements chosen by a tensor for each of the first dimensions (nil keeps one): `x[{mask, ":", rows}]`.
  ///
  /// A mask stands for the positions of its true elements, and covers as many dimensions as it has.
  public func index(_ indices: [Tensor?]) throws -> Tensor {
    try ElementIndex.advanced(try expandedMasks(indices)).read(self, "IndexBackward0")
  }

  /// A copy with `values` written to (or added to) the elements that ``index(_:)`` gives: `torch.index_put`.
  public func indexPut(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) throws -> Tensor {
    let element = ElementIndex.advanced(try expandedMasks(indices))
    guard values.dtype == dtype || values.rank == 0 else {
      throw TensorError(
        "Index put requires the source and destination dtypes match, got \(dtype.scalarTypeName) for the destination and \(values.dtype.scalarTypeName) for the source."
      )
    }
    return accumulate
      ? try element.add(values, to: self, "IndexPutBackward0")
      : try element.write(values, to: self, "IndexPutBackward0")
  }

  /// Writes `values` to the elements that ``index(_:)`` gives: `x[{rows}] = values`, `index_put_`.
  @discardableResult
  public func indexPutInPlace(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) throws -> Tensor {
    if needsGradient(self, values) || accumulate {
      return try updateInPlace { try $0.indexPut(indices, values, accumulate: accumulate) }
    }
    try checkInPlace()
    let view = try ElementIndex.advanced(try expandedMasks(indices)).view(self)
    guard Shape.isExpandable(values.shape, to: view.shape) else {
      throw TensorError(
        "shape mismatch: value tensor of shape \(Shape.text(values.shape)) cannot be broadcast to indexing result of shape \(Shape.text(view.shape))"
      )
    }
    try view.write(values.storage === storage ? values.alias().clone() : values.alias())
    return self
  }

  private func expandedMasks(_ indices: [Tensor?]) throws -> [Tensor?] {
    var result: [Tensor?] = []
    for index in indices {
      guard let index, index.dtype == .bool || index.dtype == .uint8 else {
        result.append(index)
        continue
      }
      for axis in index.shape.indices {
        let own = result.count + axis
        guard own < rank, shape[own] == index.shape[axis] else {
          throw TensorError.index(
            "The shape of the mask \(Shape.text(index.shape)) at index \(axis) does not match the shape of the indexed tensor \(Shape.text(shape)) at index \(own)"
          )
        }
      }
      if index.rank == 0 {
        throw TensorError.index("a zero-dim mask cannot index a dimension; unsqueeze the tensor first")
      }
      let places = try index.nonzero()
      for axis in index.shape.indices { result.append(try places.select(1, axis)) }
    }
    guard result.count <= rank else {
      throw TensorError.index("too many indices for tensor of dimension \(rank)")
    }
    return result
  }

  /// The positions of elements that are not zero, one a row.
  public func nonzero() throws -> Tensor {
    let truth = try alias().ne(0).contiguous()
    let flags = try truth.pointer().assumingMemoryBound(to: UInt8.self)
    var found = 0
    for part in Interruption.stretches(of: 0..<count) {
      try Interruption.check()
      for i in part { found += Int(flags[i]) }
    }
    let result = try Tensor(empty: [found, rank], dtype: .int64)
    guard found > 0, rank > 0 else { return result }
    let out = try result.overwritingPointer().assumingMemoryBound(to: Int64.self)
    let steps = Shape.rowMajorStrides(shape)
    var row = 0
    for part in Interruption.stretches(of: 0..<count) {
      try Interruption.check()
      for i in part where flags[i] != 0 {
        for axis in 0..<rank { out[row * rank + axis] = Int64(i / steps[axis] % shape[axis]) }
        row += 1
      }
    }
    return result
  }

  /// ``nonzero()`` as one tensor for each dimension.
  public func nonzeroTuple() throws -> [Tensor] {
    let source = rank == 0 ? try unsqueeze(0) : self
    return try source.nonzero().unbind(1)
  }

  /// The positions of elements that are not zero, one a row.
  public func argwhere() throws -> Tensor { try nonzero() }

  /// The elements where `mask` holds, both broadcast, as one list.
  public func maskedSelect(_ mask: Tensor) throws -> Tensor {
    guard mask.dtype == .bool else {
      throw TensorError("masked_select: expected BoolTensor for mask")
    }
    let shape = try Shape.broadcast(self.shape, mask.shape)
    let places = try mask.alias().expand(shape).reshape([-1]).nonzero().reshape([-1])
    return try ElementIndex.flat(places).read(try expand(shape).contiguous(), "MaskedSelectBackward0")
  }

  /// A copy with the elements where `mask` holds replaced by those of `source`, one after the other.
  public func maskedScatter(_ mask: Tensor, _ source: Tensor) throws -> Tensor {
    guard mask.dtype == .bool else {
      throw TensorError(
        "masked_scatter_ only supports boolean masks, but got mask with dtype \(mask.dtype.scalarTypeName)")
    }
    guard dtype == source.dtype else {
      throw TensorError(
        "masked_scatter: expected self and source to have same dtypes but got\(dtype.scalarTypeName) and \(source.dtype.scalarTypeName)"
      )
    }
    let shape = try Shape.broadcast(self.shape, mask.shape)
    let places = try mask.alias().expand(shape).reshape([-1]).nonzero().reshape([-1])
    guard places.count <= source.count else {
      throw TensorError(
        "Number of elements of source < number of ones in mask")
    }
    let values = try source.reshape([-1]).narrow(0, 0, places.count)
    return try ElementIndex.flat(places).write(values, to: try expand(shape), "MaskedScatterBackward0")
  }

  /// The elements at positions of the flattened tensor.
  public func take(_ index: Tensor) throws -> Tensor {
    guard index.dtype == .int64 else {
      throw TensorError("take(): Expected a long tensor for index, but got \(index.dtype.scalarTypeName)")
    }
    guard count > 0 || index.count == 0 else {
      throw TensorError.index("take(): tried to take from an empty tensor")
    }
    return try ElementIndex.flat(index).read(self, "TakeBackward0")
  }

  /// A copy with `source` written to (or added to) positions of the flattened tensor.
  public func put(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) throws -> Tensor {
    guard index.dtype == .int64 else {
      throw TensorError("put_(): Expected a long tensor for index, but got \(index.dtype.scalarTypeName)")
    }
    guard dtype == source.dtype else {
      throw TensorError(
        "put_(): self and source expected to have the same dtype, but got self.dtype = \(dtype.scalarTypeName) and source.dtype = \(source.dtype.scalarTypeName)"
      )
    }
    guard index.count == source.count else {
      throw TensorError(
        "put_(): Expected source and index to have the same number of elements, but got source.numel() = \(source.count), index.numel() = \(index.count)"
      )
    }
    let element = ElementIndex.flat(index)
    let values = try source.reshape(index.shape)
    return accumulate
      ? try element.add(values, to: self, "PutBackward0") : try element.write(values, to: self, "PutBackward0")
  }

  /// The slices along `dim` at the positions in `index`.
  public func indexSelect(_ dim: Int, _ index: Tensor) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    try checkSliceIndex("index_select", index)
    guard rank > 0 || index.count == 1 else {
      throw TensorError("index_select(): Index to scalar can have only 1 value, got \(index.count) value(s)")
    }
    return try ElementIndex.slices(axis, index, .selecting).read(self, "IndexSelectBackward0")
  }

  /// A copy with `alpha * source` added to the slices along `dim` at the positions in `index`.
  public func indexAdd(_ dim: Int, _ index: Tensor, _ source: Tensor, alpha: Scalar = 1) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    try checkSliceIndex("index_add", index)
    try checkAdded(axis, index, source)
    guard dtype == source.dtype else {
      throw TensorError(
        "index_add_(): self (\(dtype.scalarTypeName)) and source (\(source.dtype.scalarTypeName)) must have the same scalar type"
      )
    }
    let values = alpha == .int(1) ? source : try source.mul(alpha)
    return try ElementIndex.slices(axis, index).add(values.to(dtype), to: self, "IndexAddBackward0")
  }

  /// A copy with `source` written to the slices along `dim` at the positions in `index`.
  public func indexCopy(_ dim: Int, _ index: Tensor, _ source: Tensor) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    try checkSliceIndex("index_copy", index)
    try checkCopied(axis, index, source)
    guard dtype == source.dtype else {
      throw TensorError(
        "index_copy_(): self and source expected to have the same dtype, but got (self) \(dtype.scalarTypeName) and (source) \(source.dtype.scalarTypeName)"
      )
    }
    let element = ElementIndex.slices(axis, index, .copying)
    return try element.write(rank == 0 ? source.reshape([]) : source, to: self, "IndexCopyBackward0")
  }

  /// A copy with `value` written to the slices along `dim` at the positions in `index`.
  public func indexFill(_ dim: Int, _ index: Tensor, _ value: some TensorConvertible) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    let value = try value.asTensor()
    try checkSliceIndex("index_fill", index)
    guard value.rank == 0 else {
      throw TensorError(
        "index_fill_ only supports a 0-dimensional value tensor, but got tensor with \(value.rank) dimension(s).")
    }
    try checkConversion(of: value)
    // A scalar has one element, however many indices name it.
    if rank == 0 && index.count == 0 { return try clone() }
    let places = try rank == 0 && index.count > 1 ? index.reshape([-1]).narrow(0, 0, 1) : index
    let element = ElementIndex.slices(axis, places, .filling)
    let result = try element.write(value.alias().to(dtype), to: alias(), "")
    guard needsGradient(self, value) else { return result }
    let shape = self.shape
    return result.recorded("IndexFillBackward0", [self, value]) { grad, _ in
      let isFilled = try element.write(Tensor.full([], true, dtype: .bool), to: Tensor.zeros(shape, dtype: .bool), "")
      return [try Tensor.where(isFilled, 0.0, grad), try grad.where(isFilled, else: 0).sum()]
    }
  }

  private func checkSliceIndex(_ name: String, _ index: Tensor) throws {
    let isInteger = index.dtype == .int64 || index.dtype == .int32
    let type = index.dtype.scalarTypeName
    switch name {
    case "index_select":
      guard isInteger else { throw TensorError("index_select(): Expected dtype int32 or int64 for index") }
      guard index.rank <= 1 else { throw TensorError.index("index_select(): Index is supposed to be a vector") }
    case "index_add":
      guard index.rank <= 1 else {
        throw TensorError.index(
          "index_add_(): Index is supposed to be a vector, but got dim: \(index.rank) with type: \(type) and size: \(Shape.text(index.shape))"
        )
      }
      guard isInteger else { throw TensorError("index_add_(): Expected dtype int32/int64 for index but got: \(type)") }
    case "index_copy":
      guard index.rank < 2 else {
        throw TensorError.index("index_copy_(): Index should have dimension 1 or 0 (got \(index.rank))")
      }
    default:
      guard index.dtype == .int64 else { throw TensorError.index("index_fill_(): Expected dtype int64 for index.") }
      guard index.rank <= 1 else { throw TensorError("Index has to be a vector/scalar") }
    }
  }

  private func checkAdded(_ axis: Int, _ index: Tensor, _ source: Tensor) throws {
    let size = source.rank == 0 ? 1 : axis < source.rank ? source.shape[axis] : 1
    guard axis == 0 || axis < source.rank else {
      throw TensorError(
        "index_add_(): Indexing dim \(axis) is out of bounds of the source tensor with dim \(source.rank)")
    }
    guard source.rank > 0 || index.count == 1 else {
      throw TensorError.index("Dimension specified as \(axis) but tensor has no dimensions")
    }
    guard index.count == size else {
      throw TensorError(
        "index_add_(): Number of indices (\(index.count)) should be equal to source.size(dim): (\(size)), for dim: \(axis)"
      )
    }
    var (own, other) = (shape, source.shape)
    if axis < own.count { own.remove(at: axis) }
    if axis < other.count { other.remove(at: axis) }
    guard own == other, source.rank > 0 || rank == 0 else {
      throw TensorError(
        "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = \(Shape.text(shape)) source.shape = \(Shape.text(source.shape))"
      )
    }
  }

  private func checkCopied(_ axis: Int, _ index: Tensor, _ source: Tensor) throws {
    guard source.rank > 0 || index.count == 1 else {
      throw TensorError.index(
        "index_copy_(): When source is scalar, index should have one element (got \(index.count))")
    }
    guard rank == source.rank || source.rank == 0 || rank == 0 else {
      throw TensorError.index(
        "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source dimensionality (\(source.rank)), destination dimensionality (\(rank))"
      )
    }
    guard index.dtype == .int64 else {
      throw TensorError.index("index_copy_(): Expected a long tensor for index, but got \(index.dtype.scalarTypeName)")
    }
    for other in shape.indices
    where other != axis && other < source.rank && shape[other] != source.shape[other] {
      var (own, given) = (shape, source.shape)
      own.remove(at: axis)
      given.remove(at: axis)
      throw TensorError(
        "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: \(own.map(String.init).joined(separator: " ")) at dimension \(axis) and source slice shape: \(given.map(String.init).joined(separator: " ")) at dimension 0."
      )
    }
    let size = source.rank == 0 ? 1 : source.shape[Swift.min(axis, source.rank - 1)]
    guard index.count == size, rank > 0 || count == source.count else {
      throw TensorError.index(
        "index_copy_(): Number of indices (\(index.count)) should be equal to source.size(dim) (\(size))")
    }
  }
}
