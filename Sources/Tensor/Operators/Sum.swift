extension Tensor {
  /// This tensor summed over the dimensions that broadcasting from `shape` to its own shape repeats: `sum_to_size`.
  public func sumToSize(_ target: [Int]) throws -> Tensor {
    if shape == target { return self }
    guard Shape.isExpandable(target, to: shape) else {
      throw TensorError("size {\(Shape.text(target))} is not expandable to size {\(Shape.text(shape))}.")
    }
    let lead = rank - target.count
    var dims = Array(0..<lead)
    for axis in target.indices where target[axis] == 1 && shape[lead + axis] != 1 { dims.append(lead + axis) }
    let summed = try sum(dims, keepDim: true)
    return lead > 0 ? try summed.reshape(target) : summed
  }

  /// The sum over `dims` (all, if nil). Integers are summed as int64.
  public func sum(_ dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    let type = dtype ?? (self.dtype.isFloatingPoint ? self.dtype : .int64)
    let axes = try dims.map { try wrapDimensions($0, rank: rank) } ?? Array(shape.indices)
    var reduced = shape
    for axis in axes where rank > 0 { reduced[axis] = 1 }
    let kept = shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
    let result = try Tensor.zeros(reduced, dtype: type)
    switch type.computeKind {
    case .float, .double: try Tensor.accumulate(self, into: result, Double.self)
    case .int64: try Tensor.accumulate(self, into: result, Int64.self)
    }
    if !keepDim { result.setLayout(shape: kept, strides: Shape.rowMajorStrides(kept), offset: 0, count: result.count) }
    guard needsGradient(self) else { return result }
    let original = shape
    return result.recorded("SumBackward0", [self]) { grad, _ in
      [try (keepDim ? grad : grad.reshape(reduced)).expand(original)]
    }
  }

  private static func accumulate<T: ComputeElement & Numeric>(
    _ x: Tensor, into out: Tensor, _ type: T.Type
  ) throws {
    let plan = LoopPlan(shape: x.shape, strides: [x.strides, out.broadcastStrides(to: x.shape)])
    let source = Row(pointer: try x.pointer(), dtype: x.dtype, stride: plan.innerStride(0))
    let target = try out.mutablePointer()
    let targetStride = plan.innerStride(1)
    withUnsafeTemporaryAllocation(of: T.self, capacity: 2048) { buffers in
      guard let values = buffers.baseAddress else { return }
      let sums = values + 1024
      plan.forEachRow(in: 0..<plan.count) { offsets, length in
        var done = 0
        while done < length {
          let n = min(1024, length - done)
          let start = source.pointer + (offsets[0] + done * source.stride) * x.dtype.size
          T.load(Row(pointer: start, dtype: x.dtype, stride: source.stride), n, into: values)
          let row = Row(
            pointer: target + (offsets[1] + done * targetStride) * out.dtype.size, dtype: out.dtype,
            stride: targetStride)
          if targetStride == 0 {
            T.load(row, 1, into: sums)
            for i in 0..<n { sums[0] += values[i] }
            T.store(sums, 1, to: row)
          } else {
            T.load(row, n, into: sums)
            for i in 0..<n { sums[i] += values[i] }
            T.store(sums, n, to: row)
          }
          done += n
        }
      }
    }
  }
}
