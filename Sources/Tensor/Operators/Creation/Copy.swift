import Glibc
import Supervision

extension Tensor {
  /// The same values in memory of their own; dense layouts are kept.
  public func clone() throws -> Tensor {
    let result = try emptyLike()
    try result.copyMemory(from: self)
    return needsGradient(self) ? result.recorded("CloneBackward0", [self]) { grad, _ in [grad] } : result
  }

  /// What an operation makes of this tensor where the result, of this shape, has no elements: gradients are zeros.
  func withoutElements(_ shape: [Int], _ name: String, dtype: DType? = nil) throws -> Tensor {
    let result = try Tensor(empty: shape, dtype: dtype ?? self.dtype)
    guard needsGradient(self), result.dtype.isFloatingPoint else { return result }
    let original = self.shape
    return result.recorded(name, [self]) { grad, _ in [try Tensor.zeros(original, dtype: grad.dtype)] }
  }

  /// This tensor if it is row-major already, or a copy that is.
  public func contiguous() throws -> Tensor {
    if isContiguous { return self }
    let result = try Tensor(empty: shape, dtype: dtype)
    try result.copyMemory(from: self)
    return needsGradient(self) ? result.recorded("CloneBackward0", [self]) { grad, _ in [grad] } : result
  }

  /// This tensor if it has that type already, or a converted copy.
  public func to(_ dtype: DType, copy: Bool = false) throws -> Tensor {
    if dtype == self.dtype { return copy ? try clone() : self }
    let result = try emptyLike(dtype: dtype)
    try result.copyMemory(from: self)
    guard needsGradient(self), dtype.isFloatingPoint else { return result }
    return result.recorded("ToCopyBackward0", [self]) { grad, _ in [grad] }
  }

  /// Writes `source`, broadcast to this shape and converted to this type, to the elements: `copy_`.
  @discardableResult
  public func copyInPlace(_ source: Tensor) throws -> Tensor {
    guard Shape.isExpandable(source.shape, to: shape) else {
      throw TensorError(
        "The size of tensor a (\(shape.last ?? 1)) must match the size of tensor b (\(source.shape.last ?? 1)) at non-singleton dimension \(Swift.max(rank - 1, 0))"
      )
    }
    try checkInPlace()
    let needs = needsGradient(self, source)
    // A tensor copied onto a part of itself must be read before it is written.
    let value = source.storage === storage && !source.isSameView(as: self) ? try source.alias().clone() : source
    let history = needs ? try InPlaceHistory(self) : nil
    try copyMemory(from: value)
    if let history {
      try history.recordOverwrite("CopyBackwards", source: source)
    }
    return self
  }

  /// Writes `source`'s values to this tensor's memory, past autograd.
  func copyMemory(from source: Tensor) throws {
    guard count > 0 else { return }
    if source.dtype == dtype && source.shape == shape && source.strides == strides && (isContiguous || isDense) {
      let from = try source.pointer()
      let to = try overwritingPointer()
      try Parallel.forEach(byteCount, grain: 1 << 20) { part in
        memmove(to + part.lowerBound, from + part.lowerBound, part.count)
      }
      return
    }
    if source.dtype == dtype && dtype.computeKind != .int64 && !dtype.isComputable || dtype.isComplex {
      return try copyElements(from: source)
    }
    // The wider of the two kinds holds every value of both, but for int64 beyond a double's 53 bits.
    switch (source.dtype.computeKind, dtype.computeKind) {
    case (.int64, .int64):
      try Elementwise.unary(source, into: self) { (x: UnsafePointer<Int64>, out, n) in out.update(from: x, count: n) }
    case (.float, .float):
      try Elementwise.unary(source, into: self) { (x: UnsafePointer<Float>, out, n) in out.update(from: x, count: n) }
    default:
      try Elementwise.unary(source, into: self) { (x: UnsafePointer<Double>, out, n) in out.update(from: x, count: n) }
    }
  }

  /// Copies elements that no operator computes with, byte by byte.
  private func copyElements(from source: Tensor) throws {
    guard source.dtype == dtype else {
      return try Elementwise.unary(source, into: self) { (x: UnsafePointer<Double>, out, n) in
        out.update(from: x, count: n)
      }
    }
    let plan = LoopPlan(shape: shape, strides: [strides, source.broadcastStrides(to: shape)])
    let from = try source.pointer()
    let to = try mutablePointer()
    let size = dtype.size
    let (targetStride, sourceStride) = (plan.innerStride(0), plan.innerStride(1))
    for part in Interruption.stretches(of: 0..<plan.count) {
      try Interruption.check()
      plan.forEachRow(in: part) { offsets, length in
        for i in 0..<length {
          memcpy(to + (offsets[0] + i * targetStride) * size, from + (offsets[1] + i * sourceStride) * size, size)
        }
      }
    }
  }
}
