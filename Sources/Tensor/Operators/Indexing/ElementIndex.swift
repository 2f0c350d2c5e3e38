import Supervision

/// How indices choose elements of a tensor of a certain shape: what the operators that index share.
enum ElementIndex {
  /// `index` has as many dimensions as the tensor; its values count along `axis`: `gather`, `scatter`.
  case along(Int, Tensor)
  /// `index` has one dimension, which takes the place of `axis`: `index_select`, `index_add`.
  case slices(Int, Tensor, Complaint = .adding)
  /// `index` counts elements of the flattened tensor: `take`, `put`.
  case flat(Tensor)
  /// A tensor of positions for some dimensions, all of one shape; nil for dimensions that stay: `x[rows, :, columns]`.
  case advanced([Tensor?])

  /// Which of PyTorch's functions complains, each in its own words, of an index out of range.
  enum Complaint {
    case adding, copying, filling, selecting

    fileprivate func words(_ position: Int64, _ axis: Int, _ size: Int) -> String {
      switch self {
      case .selecting where axis == 1: "INDICES element is out of DATA bounds, id=\(position) axis_dim=\(size)"
      case .adding, .selecting: "index out of range in self"
      case .copying: "index_copy_(): index \(position) is out of bounds for dimension \(axis) with size \(size)"
      case .filling: "index \(position) is out of bounds for dimension \(axis) with size \(size)"
      }
    }
  }

  /// The chosen elements of `x`, whose gradient is added at their places.
  func read(_ x: Tensor, _ name: String) throws -> Tensor {
    let result = try view(x).read()
    guard needsGradient(x) else { return result }
    let shape = x.shape
    return result.recorded(name, [x]) { grad, _ in
      [try self.add(grad, to: try Tensor.zeros(shape, dtype: grad.dtype), name)]
    }
  }

  /// A copy of `x` with `values` added to the chosen elements.
  func add(_ values: Tensor, to x: Tensor, _ name: String) throws -> Tensor {
    let result = try x.alias().contiguous().clone()
    let target = try view(result)
    guard Shape.isExpandable(values.shape, to: target.shape) else { throw mismatch(values, target) }
    try target.accumulate(values.alias())
    guard needsGradient(x, values) else { return result }
    return result.recorded(name, [x, values]) { grad, needs in
      [grad, needs[1] ? try self.read(grad, name) : nil]
    }
  }

  /// A copy of `x` with `values` written to the chosen elements.
  func write(_ values: Tensor, to x: Tensor, _ name: String) throws -> Tensor {
    let result = try x.alias().contiguous().clone()
    let target = try view(result)
    guard Shape.isExpandable(values.shape, to: target.shape) else { throw mismatch(values, target) }
    try target.write(values.alias())
    guard needsGradient(x, values) else { return result }
    return result.recorded(name, [x, values]) { grad, needs in
      [
        needs[0] ? try self.write(try Tensor.zeros([], dtype: grad.dtype), to: grad, name) : nil,
        needs[1] ? try self.read(grad, name) : nil,
      ]
    }
  }

  private func mismatch(_ values: Tensor, _ target: IndexedView) -> TensorError {
    TensorError(
      "shape mismatch: value tensor of shape \(Shape.text(values.shape)) cannot be broadcast to indexing result of shape \(Shape.text(target.shape))"
    )
  }

  /// The chosen elements of `x`.
  ///
  /// - Throws: ``TensorError`` for an index out of range.
  func view(_ x: Tensor) throws -> IndexedView {
    switch self {
    case .along(let axis, let index):
      var strides = x.strides
      if x.rank > 0 { strides[axis] = 0 }
      let (size, stride) = x.rank > 0 ? (x.shape[axis], x.strides[axis]) : (1, 1)
      let offsets = try ElementIndex.offsets(index, size, stride, fromEnd: false) {
        "index \($0) is out of bounds for dimension \(axis) with size \(size)"
      }
      return IndexedView(
        tensor: x, shape: index.shape, strides: x.rank == index.rank ? strides : index.shape.map { _ in 0 },
        offsets: offsets, offsetStrides: offsets.strides)
    case .slices(let axis, let index, let complaint):
      guard x.rank > 0 || index.count == 1 else {
        throw TensorError("Index to scalar can have only 1 value, got \(index.count) value(s)")
      }
      var (shape, strides, offsetStrides) = (x.shape, x.strides, [Int](repeating: 0, count: x.rank))
      let (size, stride) = x.rank > 0 ? (x.shape[axis], x.strides[axis]) : (1, 1)
      let offsets = try ElementIndex.offsets(index, size, stride, fromEnd: complaint == .filling) {
        complaint.words($0, axis, size)
      }
      if x.rank > 0 {
        shape[axis] = index.count
        strides[axis] = 0
        offsetStrides[axis] = 1
      }
      return IndexedView(tensor: x, shape: shape, strides: strides, offsets: offsets, offsetStrides: offsetStrides)
    case .flat(let index):
      let packed = try x.contiguous()
      let count = x.count
      let offsets = try ElementIndex.offsets(index, count, 1, fromEnd: true) {
        "out of range: tried to access index \($0) on a tensor of \(count) elements."
      }
      return IndexedView(
        tensor: packed, shape: index.shape, strides: index.shape.map { _ in 0 }, offsets: offsets,
        offsetStrides: offsets.strides)
    case .advanced(let indices):
      return try ElementIndex.advancedView(x, indices)
    }
  }

  private static func advancedView(_ x: Tensor, _ indices: [Tensor?]) throws -> IndexedView {
    var shape: [Int] = []
    for case let index? in indices { shape = try broadcastIndices(shape, index.shape, indices) }
    let chosen = indices.indices.filter { indices[$0] != nil }
    let total = try Tensor.zeros(shape, dtype: .int64)
    let sums = try total.overwritingPointer().assumingMemoryBound(to: Int64.self)
    for axis in chosen {
      guard let index = indices[axis] else { continue }
      let size = x.shape[axis]
      let part = try offsets(index.alias().expand(shape), size, x.strides[axis], fromEnd: true) {
        size == 0
          ? "index is out of bounds for dimension with size 0"
          : "index \($0) is out of bounds for dimension \(axis) with size \(size)"
      }
      let values = try part.pointer().assumingMemoryBound(to: Int64.self)
      for part in Interruption.stretches(of: 0..<total.count) {
        try Interruption.check()
        for i in part { sums[i] = sums[i] &+ values[i] }
      }
    }
    // Neighbouring index tensors put their dimensions in their place, others in front.
    let isTogether = chosen.last.map { last in last - (chosen.first ?? 0) + 1 == chosen.count } ?? true
    let position = isTogether ? chosen.first ?? 0 : 0
    let kept = x.shape.indices.filter { !chosen.contains($0) }
    let before = kept.filter { isTogether && $0 < position }
    let after = kept.filter { !before.contains($0) }
    let none = [Int](repeating: 0, count: shape.count)
    return IndexedView(
      tensor: x, shape: before.map { x.shape[$0] } + shape + after.map { x.shape[$0] },
      strides: before.map { x.strides[$0] } + none + after.map { x.strides[$0] }, offsets: total,
      offsetStrides: before.map { _ in 0 } + total.strides + after.map { _ in 0 })
  }

  private static func broadcastIndices(_ a: [Int], _ b: [Int], _ indices: [Tensor?]) throws -> [Int] {
    do {
      return try Shape.broadcast(a, b)
    } catch {
      let shapes = indices.compactMap { $0.map { Shape.text($0.shape) } }.joined(separator: ", ")
      throw TensorError.index("shape mismatch: indexing tensors could not be broadcast together with shapes \(shapes)")
    }
  }

  /// Each index times `stride`, row-major.
  ///
  /// - Parameter fromEnd: whether negative ones count from the end; else they are out of range.
  private static func offsets(
    _ index: Tensor, _ size: Int, _ stride: Int, fromEnd: Bool, _ message: (Int64) -> String
  ) throws -> Tensor {
    guard !index.dtype.isFloatingPoint, index.dtype != .bool, index.dtype.isComputable else {
      throw TensorError.index("tensors used as indices must be long, int, byte or bool tensors")
    }
    let result = try Tensor(empty: index.shape, dtype: .int64)
    let source = try index.alias().to(.int64).contiguous()
    let from = try source.pointer().assumingMemoryBound(to: Int64.self)
    let to = try result.overwritingPointer().assumingMemoryBound(to: Int64.self)
    let limit = Int64(size)
    let lowest = fromEnd ? -limit : 0
    for part in Interruption.stretches(of: 0..<result.count) {
      try Interruption.check()
      for i in part {
        let value = from[i]
        guard value >= lowest && value < limit else { throw TensorError.index(message(value)) }
        to[i] = (value < 0 ? value + limit : value) * Int64(stride)
      }
    }
    return result
  }
}
