extension Tensor {
  /// A view of this tensor's storage; the layout is known to lie inside of it. Its gradient goes through `gradient`.
  func view(
    _ name: String, _ shape: [Int], _ strides: [Int], offset: Int,
    _ gradient: @escaping (Tensor) throws -> Tensor
  ) throws -> Tensor {
    let result = Tensor(unchecked: storage, dtype, shape, strides, offset, try Shape.count(shape))
    if GradMode.isEnabled && !ThreadState.current.inferenceMode {
      result.setBase(self)
      if requiresGrad {
        return result.recorded(name, [self]) { grad, _ in [try gradient(grad)] }
      }
    }
    return result
  }

  /// A view with any layout inside of the storage: `torch.as_strided`.
  ///
  /// - Parameter offset: in elements from the start of the storage; this tensor's own if nil.
  public func asStrided(_ shape: [Int], _ strides: [Int], offset: Int? = nil) throws -> Tensor {
    let start = offset ?? self.offset
    _ = try Tensor(storage: storage, dtype: dtype, shape: shape, strides: strides, offset: start)
    let (baseShape, baseStrides, baseOffset) = (self.shape, self.strides, self.offset)
    return try view("AsStridedBackward0", shape, strides, offset: start) { grad in
      try grad.scatteredIntoBase(
        shape: baseShape, strides: baseStrides, offset: baseOffset, viewShape: shape, viewStrides: strides,
        viewOffset: start)
    }
  }

  /// The gradient of a base of which this is the gradient of a view: added where the view's elements lie, zero elsewhere.
  func scatteredIntoBase(
    shape: [Int], strides: [Int], offset: Int, viewShape: [Int], viewStrides: [Int], viewOffset: Int
  ) throws -> Tensor {
    let low = Swift.min(offset, viewOffset)
    var extent = 1
    for (sizes, steps, start) in [(shape, strides, offset), (viewShape, viewStrides, viewOffset)]
    where !sizes.contains(0) {
      extent = Swift.max(extent, zip(sizes, steps).reduce(start - low + 1) { $0 + ($1.0 - 1) * $1.1 })
    }
    let memory = try Tensor.zeros([extent], dtype: dtype)
    let target = Tensor(
      unchecked: memory.storage, dtype, viewShape, viewStrides, viewOffset - low, try Shape.count(viewShape))
    try target.addOverlapping(alias())
    let base = Tensor(unchecked: memory.storage, dtype, shape, strides, offset - low, try Shape.count(shape))
    guard Shape.mayOverlap(shape, strides) else { return base }
    // Elements of the base that share memory share its gradient.
    let uses = try Tensor.zeros([extent], dtype: dtype)
    try Tensor(unchecked: uses.storage, dtype, shape, strides, offset - low, base.count)
      .addOverlapping(Tensor.ones(shape, dtype: dtype))
    return try memory.div(uses.clamp(min: 1)).asStrided(shape, strides, offset: offset - low)
  }

  /// A view with other sizes, one of which may be -1: `view`.
  ///
  /// - Throws: ``TensorError`` where the count differs, or the layout allows no view.
  public func view(_ sizes: [Int]) throws -> Tensor {
    let target = try resolveShape(sizes)
    guard let strides = viewStrides(for: target) else {
      throw TensorError(
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
      )
    }
    let original = shape
    return try view("ViewBackward0", target, strides, offset: offset) { try $0.reshape(original) }
  }

  /// The same memory as elements of another type: `view(dtype)`. Where that is of another size, so is the last dimension. There is no
  /// gradient.
  ///
  /// - Throws: ``TensorError`` where the elements of the new type do not lie in the memory of the old ones.
  public func view(_ dtype: DType) throws -> Tensor {
    let (size, newSize) = (self.dtype.size, dtype.size)
    if size == newSize { return Tensor(unchecked: storage, dtype, shape, strides, offset, count) }
    let what = "to view \(self.dtype.scalarTypeName) as \(dtype.scalarTypeName) (different element sizes)"
    guard let length = shape.last, let step = strides.last else {
      throw TensorError("self.dim() cannot be 0 \(what)")
    }
    guard step == 1 else { throw TensorError("self.stride(-1) must be 1 \(what), but got \(step)") }
    if newSize < size {
      let ratio = size / newSize
      return try Tensor(
        storage: storage, dtype: dtype, shape: shape.dropLast() + [length * ratio],
        strides: strides.dropLast().map { $0 * ratio } + [1], offset: offset * ratio)
    }
    let ratio = newSize / size
    func check(_ name: String, _ value: Int) throws {
      guard value.isMultiple(of: ratio) else {
        throw TensorError("self.\(name) must be divisible by \(ratio) \(what), but got \(value)")
      }
    }
    try check("size(-1)", length)
    try check("storage_offset()", offset)
    for (axis, stride) in strides.dropLast().enumerated() { try check("stride(\(axis))", stride) }
    return try Tensor(
      storage: storage, dtype: dtype, shape: shape.dropLast() + [length / ratio],
      strides: strides.dropLast().map { $0 / ratio } + [1], offset: offset / ratio)
  }

  /// A view with other sizes where the layout allows one, a copy elsewhere.
  public func reshape(_ sizes: [Int]) throws -> Tensor {
    let target = try resolveShape(sizes)
    if let strides = viewStrides(for: target) {
      let original = shape
      return try view("ViewBackward0", target, strides, offset: offset) { try $0.reshape(original) }
    }
    let packed = try contiguous()
    let original = shape
    return try packed.view("UnsafeViewBackward0", target, Shape.rowMajorStrides(target), offset: packed.offset) {
      try $0.reshape(original)
    }
  }

  /// `sizes` with its -1 replaced by what is left.
  func resolveShape(_ sizes: [Int]) throws -> [Int] {
    var known = 1
    var unknown: Int?
    for (axis, size) in sizes.enumerated() {
      if size == -1 {
        guard unknown == nil else { throw TensorError("only one dimension can be inferred") }
        unknown = axis
      } else {
        guard size >= 0 else {
          throw TensorError("invalid shape dimension \(size) at index \(axis) of shape \(Shape.text(sizes))")
        }
        let (product, overflow) = known.multipliedReportingOverflow(by: size)
        guard !overflow else { throw TensorError("shape '\(Shape.text(sizes))' is invalid for input of size \(count)") }
        known = product
      }
    }
    var result = sizes
    if let unknown {
      guard known != 0 || count != 0 else {
        throw TensorError(
          "cannot reshape tensor of 0 elements into shape \(Shape.text(sizes)) because the unspecified dimension size -1 can be any value and is ambiguous"
        )
      }
      guard known != 0, count % known == 0 else {
        throw TensorError("shape '\(Shape.text(sizes))' is invalid for input of size \(count)")
      }
      result[unknown] = count / known
    } else if known != count {
      throw TensorError("shape '\(Shape.text(sizes))' is invalid for input of size \(count)")
    }
    return result
  }

  /// Strides with which the elements appear in order in `target`, or nil where no strides do.
  private func viewStrides(for target: [Int]) -> [Int]? {
    if isContiguous || count == 0 { return Shape.rowMajorStrides(target) }
    var result = [Int](repeating: 0, count: target.count)
    var axis = target.count - 1
    // Runs of dimensions that lie one in the other are split into the target's sizes, innermost first.
    var run = 1
    var runStride = strides.last ?? 1
    for dim in shape.indices.reversed() {
      run *= shape[dim]
      let isEnd = dim == 0 || (shape[dim - 1] != 1 && strides[dim - 1] != run * runStride)
      guard isEnd else { continue }
      var taken = 1
      while axis >= 0 && (taken < run || target[axis] == 1) {
        result[axis] = taken * runStride
        taken *= target[axis]
        axis -= 1
      }
      guard taken == run else { return nil }
      if dim > 0 {
        run = 1
        runStride = strides[dim - 1]
      }
    }
    return axis < 0 ? result : nil
  }

  /// Dimensions `start...end` merged into one: `torch.flatten`.
  public func flatten(_ start: Int = 0, _ end: Int = -1) throws -> Tensor {
    let first = try wrapDimension(start, rank: rank)
    let last = try wrapDimension(end, rank: rank)
    guard first <= last else { throw TensorError("flatten() has invalid args: start_dim cannot come after end_dim") }
    if rank == 0 { return try reshape([1]) }
    if first == last { return self }
    let merged = shape[first...last].reduce(1, &*)
    return try reshape(Array(shape[..<first]) + [merged] + Array(shape[(last + 1)...]))
  }

  /// Dimensions in another order: `permute`.
  public func permute(_ dims: [Int]) throws -> Tensor {
    guard dims.count == rank else {
      throw TensorError(
        "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = \(rank) is not equal to len(dims) = \(dims.count)"
      )
    }
    var order: [Int] = []
    for dim in dims {
      let wrapped = try wrapDimension(dim, rank: rank)
      if order.contains(wrapped) { throw TensorError("permute(): duplicate dims are not allowed.") }
      order.append(wrapped)
    }
    var inverse = order
    for (position, axis) in order.enumerated() { inverse[axis] = position }
    return try view("PermuteBackward0", order.map { shape[$0] }, order.map { strides[$0] }, offset: offset) {
      try $0.permute(inverse)
    }
  }

  /// Two dimensions exchanged.
  public func transpose(_ a: Int, _ b: Int) throws -> Tensor {
    let (first, second) = (try wrapDimension(a, rank: rank), try wrapDimension(b, rank: rank))
    var (sizes, steps) = (shape, strides)
    if rank > 0 {
      sizes.swapAt(first, second)
      steps.swapAt(first, second)
    }
    return try view("TransposeBackward0", sizes, steps, offset: offset) { try $0.transpose(first, second) }
  }

  /// The transpose of a matrix; tensors of fewer dimensions are as they were.
  public func t() throws -> Tensor {
    guard rank <= 2 else {
      throw TensorError("t() expects a tensor with <= 2 dimensions, but self is \(rank)D")
    }
    return try (rank < 2 ? transpose(0, 0) : transpose(0, 1)).named("TBackward0")
  }

  /// Dimensions of size 1 repeated without copying; -1 keeps a size: `expand`.
  public func expand(_ sizes: [Int]) throws -> Tensor {
    let lead = sizes.count - rank
    guard lead >= 0 else {
      throw TensorError(
        "expand(\(dtype == .bool || dtype == .bfloat16 ? "CPU\(dtype.scalarTypeName)Type" : "torch.\(dtype.scalarTypeName)Tensor"){\(Shape.text(shape))}, size=\(Shape.text(sizes))): the number of sizes provided (\(sizes.count)) must be greater or equal to the number of dimensions in the tensor (\(rank))"
      )
    }
    var target = sizes
    var steps = [Int](repeating: 0, count: sizes.count)
    for axis in sizes.indices.reversed() {
      if axis < lead {
        guard sizes[axis] >= 0 else {
          throw TensorError(
            "The expanded size of the tensor (\(sizes[axis])) isn't allowed in a leading, non-existing dimension \(axis)"
          )
        }
        continue
      }
      let own = shape[axis - lead]
      if sizes[axis] == -1 || sizes[axis] == own {
        target[axis] = own
        steps[axis] = strides[axis - lead]
      } else {
        guard own == 1, sizes[axis] >= 0 else {
          throw TensorError(
            "The expanded size of the tensor (\(sizes[axis])) must match the existing size (\(own)) at non-singleton dimension \(axis).  Target sizes: \(Shape.text(sizes)).  Tensor sizes: \(Shape.text(shape))"
          )
        }
      }
    }
    // The engine sums the gradient of a broadcast.
    return try view("ExpandBackward0", target, steps, offset: offset) { $0 }
  }

  /// The part at `index` along `dim`, without that dimension.
  public func select(_ dim: Int, _ index: Int) throws -> Tensor {
    guard rank > 0 else { throw TensorError.index("select() cannot be applied to a 0-dim tensor.") }
    let axis = try wrapDimension(dim, rank: rank)
    let size = shape[axis]
    guard index >= -size && index < size else {
      throw TensorError.index(
        "select(): index \(index) out of range for tensor of size \(Shape.text(shape)) at dimension \(axis)")
    }
    let position = index < 0 ? index + size : index
    var (sizes, steps) = (shape, strides)
    sizes.remove(at: axis)
    steps.remove(at: axis)
    let original = shape
    return try view("SelectBackward0", sizes, steps, offset: offset + position * strides[axis]) { grad in
      try Tensor.zeros(original, around: grad) { try $0.select(axis, position) }
    }
  }

  /// Zeros with `inner` in the place that `part` shows: the gradient of a view of one part.
  private static func zeros(
    _ shape: [Int], around inner: Tensor, _ part: @escaping (Tensor) throws -> Tensor
  ) throws -> Tensor {
    let whole = try Tensor.zeros(shape, dtype: inner.dtype)
    if needsGradient(inner) { return try whole.writing(inner, to: part) }
    try part(whole.alias()).copyMemory(from: inner)
    return whole
  }

  /// Every `step`-th index from `start` to before `end` along `dim`; ends beyond the size are cut, negative ones count from the
  /// end.
  public func slice(_ dim: Int, _ start: Int? = nil, _ end: Int? = nil, step: Int = 1) throws -> Tensor {
    guard rank > 0 else { throw TensorError.index("slice() cannot be applied to a 0-dim tensor.") }
    guard step > 0 else { throw TensorError("slice step must be positive") }
    let axis = try wrapDimension(dim, rank: rank)
    let size = shape[axis]
    func clamp(_ value: Int) -> Int { Swift.min(Swift.max(value < 0 ? value &+ size : value, 0), size) }
    let first = clamp(start ?? 0)
    let last = Swift.max(clamp(end ?? size), first)
    var (sizes, steps) = (shape, strides)
    sizes[axis] = last > first ? (last - first - 1) / step + 1 : 0
    let (stride, overflow) = strides[axis].multipliedReportingOverflow(by: step)
    steps[axis] = overflow ? 0 : stride
    let original = shape
    let offset = self.offset + (first < size ? first * strides[axis] : 0)
    return try view("SliceBackward0", sizes, steps, offset: offset) { grad in
      try Tensor.zeros(original, around: grad) { try $0.slice(axis, first, last, step: step) }
    }
  }

  /// `length` indices from `start` on along `dim`.
  public func narrow(_ dim: Int, _ start: Int, _ length: Int) throws -> Tensor {
    guard rank > 0 else { throw TensorError("narrow() cannot be applied to a 0-dim tensor.") }
    guard length >= 0 else { throw TensorError("narrow(): length must be non-negative.") }
    let size = shape[try wrapDimension(dim, rank: rank)]
    guard start >= -size && start <= size else {
      throw TensorError.index("start out of range (expected to be in range of [\(-size), \(size)], but got \(start))")
    }
    let first = start < 0 ? start + size : start
    guard length <= size - first else {
      throw TensorError("start (\(first)) + length (\(length)) exceeds dimension size (\(size)).")
    }
    return try slice(dim, first, first + length)
  }

  /// Without dimensions of size 1: all of them, or those among `dims`.
  public func squeeze(_ dims: [Int]? = nil) throws -> Tensor {
    let chosen = try dims.map { try wrapDimensions($0, rank: rank) } ?? Array(shape.indices)
    let kept = shape.indices.filter { shape[$0] != 1 || !chosen.contains($0) }
    let original = shape
    let name = dims.map { $0.count == 1 ? "SqueezeBackward1" : "SqueezeBackward2" } ?? "SqueezeBackward0"
    return try view(name, kept.map { shape[$0] }, kept.map { strides[$0] }, offset: offset) {
      try $0.reshape(original)
    }
  }

  /// A dimension of size 1 before dimension `dim` of the result.
  public func unsqueeze(_ dim: Int) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank + 1)
    var (sizes, steps) = (shape, strides)
    let stride = axis < rank ? shape[axis] &* strides[axis] : 1
    sizes.insert(1, at: axis)
    steps.insert(stride, at: axis)
    return try view("UnsqueezeBackward0", sizes, steps, offset: offset) { try $0.squeeze([axis]) }
  }
}
