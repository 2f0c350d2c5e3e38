extension Tensor {
  /// Elements in reverse order along `dims`.
  public func flip(_ dims: [Int]) throws -> Tensor {
    let axes = try wrapDimensions(dims, rank: rank)
    if rank == 0 || axes.isEmpty { return try clone() }
    var result = try alias().contiguous()
    for axis in axes where count > 0 { result = try result.reversed(along: axis) }
    if result.storage === storage { result = try result.clone() }
    guard needsGradient(self) else { return result }
    return result.recorded("FlipBackward0", [self]) { grad, _ in [try grad.flip(axes)] }
  }

  /// A copy of this row-major tensor with one dimension in reverse order.
  private func reversed(along axis: Int) throws -> Tensor {
    let result = try Tensor(empty: shape, dtype: dtype)
    let (source, target) = (UnsafeRawPointer(try pointer()), try result.overwritingPointer())
    let length = shape[axis]
    let size = shape[(axis + 1)...].reduce(dtype.size, &*)
    let slices = count * dtype.size / size
    func copy<T>(_ type: T.Type) throws {
      let (from, to) = (source.assumingMemoryBound(to: T.self), target.assumingMemoryBound(to: T.self))
      try Parallel.forEach(slices / length, grain: Swift.max(1, Parallel.grain / length)) { part in
        for lane in part {
          let (first, last) = (lane * length, (lane + 1) * length - 1)
          for i in 0..<length { to[first &+ i] = from[last &- i] }
        }
      }
    }
    switch size {
    case 1: try copy(UInt8.self)
    case 2: try copy(UInt16.self)
    case 4: try copy(UInt32.self)
    case 8: try copy(UInt64.self)
    default:
      try Parallel.forEach(slices, grain: Swift.max(1, Parallel.grain / size)) { part in
        for slice in part {
          let mirrored = slice / length * length + length - 1 - slice % length
          target.advanced(by: slice * size).copyMemory(from: source.advanced(by: mirrored * size), byteCount: size)
        }
      }
    }
    return result
  }

  /// Columns in reverse order.
  public func fliplr() throws -> Tensor {
    guard rank >= 2 else { throw TensorError("Input must be >= 2-d.") }
    return try flip([1])
  }

  /// Rows in reverse order.
  public func flipud() throws -> Tensor {
    guard rank >= 1 else { throw TensorError("Input must be >= 1-d.") }
    return try flip([0])
  }

  /// Elements moved by `shifts` along `dims`, those pushed out coming back at the other end; without `dims` in the flattened
  /// tensor.
  public func roll(_ shifts: [Int], _ dims: [Int] = []) throws -> Tensor {
    guard !shifts.isEmpty else { throw TensorError("`shifts` required") }
    if dims.isEmpty {
      guard shifts.count == 1 else {
        throw TensorError("shifts and dimensions must align. shifts: \(shifts.count), dims:0")
      }
      return try reshape([-1].map { count == 0 ? 0 : $0 }).roll(shifts, [0]).reshape(shape).named("RollBackward0")
    }
    guard shifts.count == dims.count else {
      throw TensorError("shifts and dimensions must align. shifts: \(shifts.count), dims:\(dims.count)")
    }
    guard rank > 0 else {
      throw TensorError.index("Dimension specified as \(dims[0]) but tensor has no dimensions")
    }
    if count == 0 { return try clone() }
    var result = self
    for (shift, dim) in zip(shifts, dims) {
      let axis = try wrapDimension(dim, rank: rank)
      let size = shape[axis]
      let start = ((-(shift % size)) % size + size) % size
      if start == 0 { continue }
      result = try Tensor.cat([result.narrow(axis, start, size - start), result.narrow(axis, 0, start)], dim: axis)
    }
    return result === self ? try clone() : result
  }

  /// The plane of two dimensions turned by `k` quarters.
  public func rot90(_ k: Int = 1, _ dims: [Int] = [0, 1]) throws -> Tensor {
    guard dims.count == 2 else {
      throw TensorError("expected total rotation dims == 2, but got dims = \(dims.count)")
    }
    guard rank >= 2 else { throw TensorError("expected total dims >= 2, but got total dims = \(rank)") }
    let (a, b) = (try wrapDimension(dims[0], rank: rank), try wrapDimension(dims[1], rank: rank))
    guard a != b else {
      throw TensorError("expected rotation dims to be different, but got dim0 = \(dims[0]) and dim1 = \(dims[1])")
    }
    switch ((k % 4) + 4) % 4 {
    case 1: return try flip([b]).transpose(a, b)
    case 2: return try flip([a, b])
    case 3: return try flip([a]).transpose(a, b)
    default: return try clone()
    }
  }

  /// Dimensions moved to other places: `movedim`.
  public func movedim(_ source: [Int], _ destination: [Int]) throws -> Tensor {
    guard source.count == destination.count else {
      throw TensorError(
        "movedim: Invalid source or destination dims: source (\(Shape.text(source)) dims) should contain the same number of dims as destination (\(Shape.text(destination)) dims)"
      )
    }
    let from = try source.map { try wrapDimension($0, rank: rank) }
    let to = try destination.map { try wrapDimension($0, rank: rank) }
    guard Set(from).count == from.count else {
      throw TensorError("movedim: repeated dim in `source` (\(Shape.text(source)))")
    }
    guard Set(to).count == to.count else {
      throw TensorError("movedim: repeated dim in `destination` (\(Shape.text(destination)))")
    }
    if rank == 0 { return try permute([]) }
    var order = [Int](repeating: -1, count: rank)
    for (a, b) in zip(from, to) { order[b] = a }
    var rest = (0..<rank).filter { !from.contains($0) }.makeIterator()
    for position in order.indices where order[position] < 0 { order[position] = rest.next() ?? 0 }
    return try permute(order)
  }

  /// Two dimensions exchanged, for matrices in the last two: `x.mT`.
  public func matrixTranspose() throws -> Tensor {
    guard rank >= 2 else {
      throw TensorError("tensor.mT is only supported on matrices or batches of matrices. Got \(rank)-D tensor.")
    }
    return try transpose(-2, -1)
  }

  /// A copy repeated along each dimension, new ones in front: `repeat`.
  public func repeated(_ times: [Int]) throws -> Tensor {
    guard times.count >= rank else {
      throw TensorError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    }
    let own = [Int](repeating: 1, count: times.count - rank) + shape
    var (spread, final) = ([Int](), [Int]())
    for (count, size) in zip(times, own) {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw TensorError("Storage size calculation overflowed with sizes=\(Shape.text(times))") }
      spread += [count, size]
      final.append(product)
    }
    if try Shape.count(final) == 0 { return try withoutElements(final, "RepeatBackward0") }
    let separate = own.flatMap { [1, $0] }
    return try reshape(separate).expand(spread).clone().contiguous().reshape(final).named("RepeatBackward0")
  }

  /// ``repeated(_:)``, with counts for the last dimensions only.
  public func tile(_ times: [Int]) throws -> Tensor {
    try repeated([Int](repeating: 1, count: Swift.max(0, rank - times.count)) + times)
  }

  /// Each element, or each slice along `dim`, repeated in place.
  public func repeatInterleave(_ times: Int, dim: Int? = nil) throws -> Tensor {
    guard times >= 0 else { throw TensorError("Repeats must be non-negative") }
    guard let dim else { return try flatten().repeatInterleave(times, dim: 0) }
    let axis = try wrapDimension(dim, rank: rank)
    if rank == 0 { return try repeated([times]) }
    var (spread, final) = (shape, shape)
    spread.insert(times, at: axis + 1)
    let (size, overflow) = shape[axis].multipliedReportingOverflow(by: times)
    guard !overflow else { throw TensorError("Storage size calculation overflowed") }
    final[axis] = size
    _ = try Shape.count(final)
    return try unsqueeze(axis + 1).expand(spread).clone().reshape(final)
  }

  /// Each slice along `dim` repeated as often as `times` says for it.
  public func repeatInterleave(_ times: Tensor, dim: Int? = nil, outputSize: Int? = nil) throws -> Tensor {
    let x = dim == nil ? try flatten() : self
    let axis = try wrapDimension(dim ?? 0, rank: x.rank)
    guard times.rank <= 1 else { throw TensorError("repeats must be 0-dim or 1-dim tensor") }
    guard times.dtype == .int64 || times.dtype == .int32 else {
      throw notImplemented("repeat_interleave_cpu", times.dtype)
    }
    if times.count == 1 { return try x.repeatInterleave(Int(clamping: times.reshape([]).item().int), dim: axis) }
    guard x.rank > 0, times.count == x.shape[axis] else {
      throw TensorError(
        "repeats must have the same size as input along dim, but got repeats.size(0) = \(times.count) and input.size(\(dim ?? 0)) = \(x.rank > 0 ? x.shape[axis] : 1)"
      )
    }
    return try x.indexSelect(axis, times.repeatInterleave(outputSize: outputSize))
  }

  /// The positions that ``repeatInterleave(_:dim:outputSize:)`` with these counts takes.
  public func repeatInterleave(outputSize: Int? = nil) throws -> Tensor {
    guard rank == 1 else { throw TensorError("repeat_interleave only accept 1D vector as repeat") }
    let counts = try integers()
    var total = 0
    for times in counts {
      guard times >= 0 else { throw TensorError("repeats can not be negative") }
      let (sum, overflow) = total.addingReportingOverflow(Int(times))
      guard !overflow else { throw TensorError("repeat_interleave: the result is too large") }
      total = sum
    }
    if let outputSize, outputSize != total { throw TensorError("allocated size does not match required size") }
    let result = try Tensor(empty: [total], dtype: .int64)
    var out = try result.overwritingPointer().assumingMemoryBound(to: Int64.self)
    for (position, times) in counts.enumerated() {
      out.update(repeating: Int64(position), count: Int(times))
      out += Int(times)
    }
    return result
  }

  /// A view of the diagonal of two dimensions, which becomes the last one.
  public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) throws -> Tensor {
    let (a, b) = (try wrapDimension(dim1, rank: rank), try wrapDimension(dim2, rank: rank))
    guard rank >= 2, a != b else {
      throw TensorError("diagonal dimensions cannot be identical \(dim1), \(dim2)")
    }
    let start: Int
    let size: Int
    if offset >= 0 {
      size = Swift.max(Swift.min(shape[a], shape[b] &- offset), 0)
      start = size > 0 ? offset * strides[b] : 0
    } else {
      size = Swift.max(Swift.min(shape[a] &+ offset, shape[b]), 0)
      start = size > 0 ? -offset * strides[a] : 0
    }
    var (sizes, steps) = ([Int](), [Int]())
    for axis in shape.indices where axis != a && axis != b {
      sizes.append(shape[axis])
      steps.append(strides[axis])
    }
    let original = shape
    return try view(
      "DiagonalBackward0", sizes + [size], steps + [strides[a] &+ strides[b]], offset: self.offset + start
    ) { grad in
      let whole = try Tensor.zeros(original, dtype: grad.dtype)
      return try whole.writing(grad) { try $0.diagonal(offset: offset, dim1: a, dim2: b) }
    }
  }

  /// A copy of this tensor of which the part that `view` shows is replaced by `values`, as an operation that can be
  /// differentiated.
  func writing(_ values: Tensor, to view: @escaping (Tensor) throws -> Tensor) throws -> Tensor {
    let result = try alias().clone()
    try view(result.alias()).alias().copyMemory(from: values)
    guard needsGradient(self, values) else { return result }
    return result.recorded("CopySlices", [self, values]) { grad, needs in
      [
        needs[0] ? try grad.writing(try Tensor.zeros([], dtype: grad.dtype), to: view) : nil,
        needs[1] ? try view(grad).contiguous() : nil,
      ]
    }
  }

  /// The diagonal of a matrix, or a matrix with this diagonal.
  public func diag(_ offset: Int = 0) throws -> Tensor {
    guard rank == 1 || rank == 2 else {
      throw TensorError("diag(): Supports 1D or 2D tensors. Got \(rank)D")
    }
    return rank == 1 ? try diagEmbed(offset: offset) : try diagonal(offset: offset).clone()
  }

  /// Matrices with the last dimension's elements on a diagonal of two new dimensions.
  public func diagEmbed(offset: Int = 0, dim1: Int = -2, dim2: Int = -1) throws -> Tensor {
    guard rank >= 1 else {
      throw TensorError.index("Dimension out of range (expected to be in range of [-1, 0], but got -2)")
    }
    let (a, b) = (try wrapDimension(dim1, rank: rank + 1), try wrapDimension(dim2, rank: rank + 1))
    guard a != b else { throw TensorError("diagonal dimensions cannot be identical \(dim1), \(dim2)") }
    let (size, overflow) = (shape[rank - 1]).addingReportingOverflow(Int(clamping: offset.magnitude))
    guard !overflow else { throw TensorError("Storage size calculation overflowed") }
    var sizes = Array(shape.dropLast())
    sizes.insert(size, at: Swift.min(a, b))
    sizes.insert(size, at: Swift.max(a, b))
    return try Tensor.zeros(sizes, dtype: dtype).writing(self) { try $0.diagonal(offset: offset, dim1: a, dim2: b) }
  }

  /// A square matrix with the elements of the flattened tensor on its diagonal.
  public func diagflat(_ offset: Int = 0) throws -> Tensor {
    try contiguous().reshape([count]).diagEmbed(offset: offset)
  }

  /// The sum of a matrix' diagonal.
  public func trace() throws -> Tensor {
    guard dtype != .bool else { throw notImplemented("trace", dtype) }
    guard rank == 2 else { throw TensorError("trace: expected a matrix, but got tensor with dim \(rank)") }
    return try diagonal().sum()
  }

  /// All windows of `size` along `dim`, `step` apart, as a view whose last dimension runs in the window.
  public func unfold(_ dim: Int, _ size: Int, _ step: Int) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    let length = rank == 0 ? 1 : shape[axis]
    guard size >= 0 else { throw TensorError("size is \(size) but must be >= 0") }
    guard size <= length else {
      throw TensorError("maximum size for tensor at dimension \(axis) is \(length) but size is \(size)")
    }
    guard step > 0 else { throw TensorError("step is \(step) but must be > 0") }
    if rank == 0 {
      return try view("UnfoldBackward0", [size], [1], offset: offset) { try $0.reshape([]) }
    }
    var (sizes, steps) = (shape, strides)
    sizes[axis] = (length - size) / step + 1
    let (stride, overflow) = strides[axis].multipliedReportingOverflow(by: step)
    steps[axis] = overflow ? 0 : stride
    let (original, own) = (shape, Shape.rowMajorStrides(shape))
    var windows = own
    windows[axis] = overflow ? 0 : own[axis] &* step
    return try view("UnfoldBackward0", sizes + [size], steps + [strides[axis]], offset: offset) { grad in
      try grad.scatteredIntoBase(
        shape: original, strides: own, offset: 0, viewShape: grad.shape, viewStrides: windows + [own[axis]],
        viewOffset: 0)
    }
  }

  /// The dimension `dim` split into several, of which one size may be -1.
  public func unflatten(_ dim: Int, _ sizes: [Int]) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    guard rank > 0 else { throw TensorError.index("unflatten: a zero-dim tensor has no dimension to split") }
    guard !sizes.isEmpty else { throw TensorError("unflatten: sizes must be non-empty") }
    let known = sizes.filter { $0 != -1 }.reduce(1) { $0 &* $1 }
    let inferred = sizes.count { $0 == -1 }
    guard inferred <= 1, inferred == 1 ? known > 0 && shape[axis] % known == 0 : known == shape[axis],
      sizes.allSatisfy({ $0 >= -1 })
    else {
      throw TensorError(
        "unflatten: Provided sizes \(Shape.text(sizes)) don't multiply up to the size of dim \(axis) (\(shape[axis])) in the input tensor"
      )
    }
    let parts = sizes.map { $0 == -1 ? shape[axis] / Swift.max(known, 1) : $0 }
    return try view(Array(shape[..<axis]) + parts + Array(shape[(axis + 1)...]))
  }

  /// The flattened tensor.
  public func ravel() throws -> Tensor { try contiguous().reshape([count]) }

  /// The tensor broadcast to `shape`.
  public func broadcastTo(_ shape: [Int]) throws -> Tensor { try expand(shape) }

  /// All tensors broadcast to their common shape.
  public static func broadcastTensors(_ tensors: [Tensor]) throws -> [Tensor] {
    let shape = try tensors.reduce([]) { try Shape.broadcast($0, $1.shape) }
    return try tensors.map { try $0.expand(shape) }
  }

  /// The coordinates of a grid over vectors: one tensor for each, of all their sizes.
  ///
  /// - Parameter indexing: `ij` for rows first, `xy` for the first two dimensions exchanged.
  public static func meshgrid(_ tensors: [Tensor], indexing: String = "ij") throws -> [Tensor] {
    guard indexing == "ij" || indexing == "xy" else {
      throw TensorError("torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: \(indexing)")
    }
    guard let first = tensors.first else { throw TensorError("meshgrid expects a non-empty TensorList") }
    for tensor in tensors {
      guard tensor.rank <= 1 else {
        throw TensorError(
          "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: \(Shape.text(tensor.shape))")
      }
      guard tensor.dtype == first.dtype else {
        throw TensorError("meshgrid expects all tensors to have the same dtype")
      }
    }
    let swaps = indexing == "xy" && tensors.count >= 2
    var parts = tensors
    if swaps { parts.swapAt(0, 1) }
    let shape = parts.map(\.count)
    var grids: [Tensor] = []
    for (axis, part) in parts.enumerated() {
      var sizes = [Int](repeating: 1, count: shape.count)
      sizes[axis] = part.count
      grids.append(try part.reshape(sizes).expand(shape))
    }
    if swaps { grids.swapAt(0, 1) }
    return grids
  }
}
