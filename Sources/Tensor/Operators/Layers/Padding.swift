extension Tensor {
  /// How `F.pad` fills in the new elements.
  public enum PaddingMode: Sendable, Hashable {
    /// One number for all.
    case constant(Double)
    /// Mirrored at the outermost elements.
    case reflect
    /// The outermost elements repeated.
    case replicate
    /// Continued at the other end.
    case circular
  }

  /// New elements before and after the last dimensions: `pads` has two entries for each, the last dimension first. Negative
  /// ones cut elements off.
  public func pad(_ pads: [Int], mode: PaddingMode = .constant(0)) throws -> Tensor {
    guard pads.count % 2 == 0 else { throw TensorError("Padding length must be divisible by 2") }
    guard pads.count <= rank * 2 else {
      throw TensorError(
        "Padding length should be less than or equal to two times the input dimension but got padding length \(pads.count) and input of dimension \(rank)"
      )
    }
    if case .constant(let value) = mode { return try padded(pads, with: value).named("ConstantPadNdBackward0") }
    let spatial = pads.count / 2
    guard spatial >= 1, spatial <= 3, rank == spatial + 1 || rank == spatial + 2 else {
      throw TensorError(
        """
        Padding size \(pads.count) is not supported for \(rank)D input tensor.
        Supported combinations for non-constant padding:
          - 2D or 3D input: padding size = 2 (pads last dimension)
          - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
          - 4D or 5D input: padding size = 6 (pads last 3 dimensions)
        """, kind: .notImplemented)
    }
    if mode == .circular { return try wrapped(around: pads) }
    let isBatched = rank == spatial + 2
    guard !shape.dropFirst(isBatched ? 1 : 0).contains(0) else {
      throw TensorError(
        "Expected \(spatial + 1)D or \(spatial + 2)D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: \(Shape.text(shape))"
      )
    }
    guard dtype != .bool else {
      throw notImplemented("\(mode == .reflect ? "reflection" : "replication")_pad\(spatial)d", dtype)
    }
    var result = self
    for k in 0..<spatial {
      let axis = rank - 1 - k
      result = try result.indexSelect(axis, paddingIndex(axis, pads[2 * k], pads[2 * k + 1], mode))
    }
    return result.named("\(mode == .reflect ? "Reflection" : "Replication")Pad\(spatial)DBackward0")
  }

  /// Continued at the other end; negative sizes cut elements off first.
  private func wrapped(around pads: [Int]) throws -> Tensor {
    var result = self
    for k in 0..<pads.count / 2 {
      let axis = rank - 1 - k
      let (before, after) = (pads[2 * k], pads[2 * k + 1])
      guard before <= shape[axis], after <= shape[axis] else {
        throw TensorError("Padding value causes wrapping around more than once.")
      }
      let first = cutOff(before, axis)
      let size = shape[axis] - first - cutOff(after, axis)
      guard size > 0 else { throw TensorError("Negative padding value is resulting in an empty dimension.") }
      let part = try result.narrow(axis, first, size)
      let index = try part.paddingIndex(axis, Swift.max(before, 0), Swift.max(after, 0), .circular)
      result = try part.indexSelect(axis, index)
    }
    return result
  }

  /// How much a negative pad cuts off at an end of a dimension: at most all.
  private func cutOff(_ pad: Int, _ axis: Int) -> Int { Int(Swift.min(pad < 0 ? pad.magnitude : 0, UInt(shape[axis]))) }

  /// The size of a dimension with its pads; nil where that is no number, or a negative one.
  private func paddedSize(_ axis: Int, _ before: Int, _ after: Int) -> Int? {
    let (pads, overflow) = before.addingReportingOverflow(after)
    let (size, overflows) = shape[axis].addingReportingOverflow(pads)
    return overflow || overflows || size < 0 ? nil : size
  }

  private func padded(_ pads: [Int], with value: Double) throws -> Tensor {
    var (sizes, inner) = (shape, self)
    var starts = [Int](repeating: 0, count: rank)
    for k in 0..<pads.count / 2 {
      let axis = rank - 1 - k
      let (before, after) = (pads[2 * k], pads[2 * k + 1])
      guard let sum = paddedSize(axis, before, after) else {
        if before <= 0, after <= 0 { throw TensorError("narrow(): length must be non-negative.") }
        throw TensorError(
          "The input size \(shape[axis]), plus negative padding \(before) and \(after) resulted in a negative output size, which is invalid. Check dimension \(axis) of your input."
        )
      }
      sizes[axis] = sum
      starts[axis] = Swift.max(before, 0)
      let first = cutOff(before, axis)
      let last = Swift.max(shape[axis] - cutOff(after, axis), first)
      inner = try inner.narrow(axis, first, last - first)
    }
    let (target, part) = (starts, inner.shape)
    return try Tensor.full(sizes, .double(value), dtype: dtype).writing(inner) { whole in
      var view = whole
      for axis in part.indices { view = try view.narrow(axis, target[axis], part[axis]) }
      return view
    }
  }

  private func paddingIndex(_ axis: Int, _ before: Int, _ after: Int, _ mode: PaddingMode) throws -> Tensor {
    let size = shape[axis]
    let limit = mode == .reflect ? size - 1 : mode == .circular ? size : Int.max / 4
    guard before <= limit, after <= limit else {
      throw TensorError(
        mode == .circular
          ? "Padding value causes wrapping around more than once."
          : "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (\(before), \(after)) at dimension \(axis) of input \(Shape.text(shape))"
      )
    }
    guard let sum = paddedSize(axis, before, after), sum >= 1, size > 0, before >= -(Int.max / 4) else {
      throw TensorError(
        "Expected a non-empty result of padding dimension \(axis) of size \(size) by (\(before), \(after))")
    }
    try BufferPool.checkArray(of: (Int64, Int64).self, count: sum)
    let positions = (0..<sum).map { i -> Int64 in
      let k = i - before
      switch mode {
      case .reflect: return Int64(k < 0 ? -k : k >= size ? 2 * (size - 1) - k : k)
      case .circular: return Int64(((k % size) + size) % size)
      default: return Int64(Swift.min(Swift.max(k, 0), size - 1))
      }
    }
    return try Tensor(positions, dtype: .int64)
  }
}
