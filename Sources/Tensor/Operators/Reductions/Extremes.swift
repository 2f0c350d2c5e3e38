import CVectorMath
import Supervision

extension Tensor {
  /// The largest elements over `dims` (all, if empty); NaN wins. Where several are equal they share the gradient.
  public func amax(_ dims: [Int] = [], keepDim: Bool = false) throws -> Tensor {
    try extreme("amax", dims, keepDim, largest: true)
  }

  /// The smallest elements over `dims` (all, if empty); NaN wins. Where several are equal they share the gradient.
  public func amin(_ dims: [Int] = [], keepDim: Bool = false) throws -> Tensor {
    try extreme("amin", dims, keepDim, largest: false)
  }

  /// The largest element.
  public func max() throws -> Tensor {
    try extreme("max", [], false, largest: true).named("MaxBackward1")
  }

  /// The smallest element.
  public func min() throws -> Tensor {
    try extreme("min", [], false, largest: false).named("MinBackward1")
  }

  /// The largest elements along `dim`, and where they are first.
  public func max(_ dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    try positions("max", dim, keepDim, largest: true)
  }

  /// The smallest elements along `dim`, and where they are first.
  public func min(_ dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    try positions("min", dim, keepDim, largest: false)
  }

  /// Where the largest element is: along `dim`, or in the flattened tensor.
  public func argmax(_ dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
    try position("argmax", dim, keepDim, largest: true)
  }

  /// Where the smallest element is: along `dim`, or in the flattened tensor.
  public func argmin(_ dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
    try position("argmin", dim, keepDim, largest: false)
  }

  /// The smallest and the largest elements along `dim`, or of all.
  public func aminmax(dim: Int? = nil, keepDim: Bool = false) throws -> (min: Tensor, max: Tensor) {
    if let dim {
      let axis = try wrapDimension(dim, rank: rank)
      guard rank == 0 || shape[axis] > 0 else {
        throw TensorError.index("aminmax: Expected reduction dim \(axis) to have non-zero size.")
      }
    } else if count == 0 {
      throw TensorError(
        "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    }
    let dims = dim.map { [$0] } ?? []
    return (try amin(dims, keepDim: keepDim), try amax(dims, keepDim: keepDim))
  }

  /// Whether all elements along `dims` (all, if nil) are true. The result is bool, or uint8 for uint8.
  public func all(_ dims: [Int]? = nil, keepDim: Bool = false) throws -> Tensor {
    try logical(dims, keepDim, .smallest, empty: true)
  }

  /// Whether any element along `dims` (all, if nil) is true. The result is bool, or uint8 for uint8.
  public func any(_ dims: [Int]? = nil, keepDim: Bool = false) throws -> Tensor {
    try logical(dims, keepDim, .largest, empty: false)
  }

  private func logical(
    _ dims: [Int]?, _ keepDim: Bool, _ kernel: ReductionKernel<Int64>, empty: Bool
  ) throws -> Tensor {
    let truth = dtype == .bool ? alias() : try alias().ne(0)
    // An empty list is no dimension here, in contrast to other reductions.
    if let dims, dims.isEmpty { return try truth.to(dtype == .uint8 ? .uint8 : .bool) }
    let reduction = try Reduction(truth, dims)
    let type: DType = dtype == .uint8 ? .uint8 : .bool
    guard reduction.length > 0 else {
      return try Tensor.full(reduction.resultShape(keepDim: keepDim), .bool(empty), dtype: type)
    }
    return try reduction.run(
      truth, dtype: type, keepDim: keepDim, float: .largest, double: .largest, int64: kernel)
  }

  private func extreme(_ name: String, _ dims: [Int], _ keepDim: Bool, largest: Bool) throws -> Tensor {
    guard dtype.isComputable else { throw notImplemented("\(name)_cpu", dtype) }
    let reduction = try Reduction(self, dims)
    if reduction.length == 0 {
      guard !dims.isEmpty else { throw unspecifiedDimension(name) }
      throw emptyDimension(name, reduction.axes.first { shape[$0] == 0 } ?? 0)
    }
    let result =
      largest
      ? try reduction.run(
        self, dtype: dtype, keepDim: keepDim, float: .largest, double: .largest, int64: .largest)
      : try reduction.run(
        self, dtype: dtype, keepDim: keepDim, float: .smallest, double: .smallest, int64: .smallest)
    guard needsGradient(self), dtype.isFloatingPoint else { return result }
    let saved = SavedTensor(self)
    return result.recordedSavingOutput(backwardName(name), [self]) { grad, value, _ in
      let x = try saved()
      let mask = try x.eq(reduction.unreduced(value))
      let count = try mask.sum(reduction.axes, keepDim: true)
      return [try reduction.unreduced(grad).div(count).mul(mask)]
    }
  }

  private func positions(
    _ name: String, _ dim: Int, _ keepDim: Bool, largest: Bool
  ) throws -> (values: Tensor, indices: Tensor) {
    let axis = try wrapDimension(dim, rank: rank)
    guard dtype.isComputable else { throw notImplemented("\(name)_cpu", dtype) }
    guard rank == 0 || shape[axis] > 0 else { throw emptyDimension(name, axis) }
    let indices = try alias().indexOfExtreme(rank == 0 ? nil : axis, keepDim: true, largest: largest)
    let values = rank == 0 ? try alias().clone() : try alias().gather(axis, indices)
    return try selected(name, values, indices, axis, keepDim: keepDim)
  }

  /// What an operator that picks one or more elements along `axis` returns, with the gradient that flows back to them.
  func selected(
    _ name: String, _ values: Tensor, _ indices: Tensor, _ axis: Int, keepDim: Bool = true
  ) throws -> (values: Tensor, indices: Tensor) {
    let isSqueezed = !keepDim && rank > 0
    let result = isSqueezed ? try values.squeeze([axis]) : values
    let positions = isSqueezed ? try indices.squeeze([axis]) : indices
    guard needsGradient(self), dtype.isFloatingPoint else { return (result, positions) }
    let original = shape
    let output = result.alias().recorded(backwardName(name), [self]) { grad, _ in
      if original.isEmpty { return [grad] }
      let zero = try Tensor.zeros(original, dtype: grad.dtype)
      return [try zero.scatterAdd(axis, indices, isSqueezed ? grad.unsqueeze(axis) : grad)]
    }
    return (output, positions)
  }

  private func unspecifiedDimension(_ name: String) -> TensorError {
    TensorError(
      "\(name)(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
    )
  }

  private func emptyDimension(_ name: String, _ axis: Int) -> TensorError {
    TensorError.index("\(name)(): Expected reduction dim \(axis) to have non-zero size.")
  }

  private func position(_ name: String, _ dim: Int?, _ keepDim: Bool, largest: Bool) throws -> Tensor {
    guard dtype != .bool else { throw TensorError("\(name)(): does not support bool input") }
    guard dtype.isComputable else { throw notImplemented("\(name)_cpu", dtype) }
    if let dim {
      let axis = try wrapDimension(dim, rank: rank)
      guard rank == 0 || shape[axis] > 0 else { throw emptyDimension(name, axis) }
      return try alias().indexOfExtreme(rank == 0 ? nil : axis, keepDim: keepDim, largest: largest)
    }
    guard count > 0 else {
      throw TensorError.index("\(name)(): Expected reduction dim to be specified for input.numel() == 0.")
    }
    let flat = try alias().contiguous().reshape([-1]).indexOfExtreme(0, keepDim: false, largest: largest)
    return keepDim ? try flat.reshape([Int](repeating: 1, count: rank)) : flat
  }

  private func indexOfExtreme(_ axis: Int?, keepDim: Bool, largest: Bool) throws -> Tensor {
    let reduction = try Reduction(self, axis.map { [$0] })
    func run<T: ComputeElement>(_ type: T.Type) throws -> Tensor {
      try reduction.run(self, as: T.self, into: .int64, keepDim: keepDim) { block, out in
        let out = out.assumingMemoryBound(to: Int64.self)
        try Parallel.forEach(
          block.outer * block.inner, grain: Swift.max(1, Parallel.grain / Swift.max(block.length, 1))
        ) {
          part in
          for k in part {
            let start = block.source + k / block.inner * block.length * block.inner + k % block.inner
            out[k] = Int64(try firstExtreme(start, block.length, block.inner, largest: largest))
          }
        }
      }
    }
    switch dtype.computeKind {
    case .float: return try run(Float.self)
    case .double: return try run(Double.self)
    case .int64: return try run(Int64.self)
    }
  }
}

/// The position of the first largest or smallest element; of the first NaN, if there is one.
@inline(__always)
private func firstExtreme<T: Comparable>(
  _ x: UnsafePointer<T>, _ count: Int, _ stride: Int, largest: Bool
) throws -> Int {
  let longestStretch = 1 << 22
  var (best, start) = (0, 1)
  while true {
    let end = Swift.min(count, start + longestStretch)
    best = extreme(x, best, start, end, stride, largest: largest)
    if end >= count { return best }
    start = end
    try Interruption.check()
  }
}

/// The same from `start` up to `end`, after `best` of the elements before.
@inline(__always)
private func extreme<T: Comparable>(
  _ x: UnsafePointer<T>, _ best: Int, _ start: Int, _ end: Int, _ stride: Int, largest: Bool
) -> Int {
  var best = best
  var value = x[best &* stride]
  if value != value { return best }
  for i in start..<Swift.max(end, start) {
    let candidate = x[i &* stride]
    if largest ? !(candidate <= value) : !(candidate >= value) {
      best = i
      value = candidate
      if value != value { break }
    }
  }
  return best
}

extension ReductionKernel where T == Float {
  /// The largest of several elements, NaN if there is one.
  static var largest: ReductionKernel {
    ReductionKernel(row: { vm_largest_float($0, $1) }) { vm_maximum_float($0, $1, $0, $2) }
  }
  /// The smallest of several elements, NaN if there is one.
  static var smallest: ReductionKernel {
    ReductionKernel(row: { vm_smallest_float($0, $1) }) { vm_minimum_float($0, $1, $0, $2) }
  }
}

extension ReductionKernel where T == Double {
  /// The largest of several elements, NaN if there is one.
  static var largest: ReductionKernel {
    ReductionKernel(row: { vm_largest_double($0, $1) }) { vm_maximum_double($0, $1, $0, $2) }
  }
  /// The smallest of several elements, NaN if there is one.
  static var smallest: ReductionKernel {
    ReductionKernel(row: { vm_smallest_double($0, $1) }) { vm_minimum_double($0, $1, $0, $2) }
  }
}

extension ReductionKernel where T == Int64 {
  /// The largest of several elements.
  static var largest: ReductionKernel {
    ReductionKernel(row: { fold($0, $1) { max($0, $1) } }) { map($0, $1, $0, $2) { max($0, $1) } }
  }
  /// The smallest of several elements.
  static var smallest: ReductionKernel {
    ReductionKernel(row: { fold($0, $1) { min($0, $1) } }) { map($0, $1, $0, $2) { min($0, $1) } }
  }
}

extension ReductionKernel {
  /// - Parameter combine: combines a row of results with a row of elements.
  fileprivate init(
    row: @escaping @Sendable (UnsafePointer<T>, Int) -> T,
    combine: @escaping @Sendable (_ results: UnsafeMutablePointer<T>, _ x: UnsafePointer<T>, _ width: Int) -> Void
  ) {
    self.init(row: row) { x, rows, stride, width, out in
      out.update(from: x, count: width)
      for i in 1..<Swift.max(rows, 1) { combine(out, x + i * stride, width) }
    }
  }
}

/// Combines at least one element; eight interleaved partial results let the compiler use vectors.
@inline(__always)
private func fold<T>(_ x: UnsafePointer<T>, _ count: Int, _ combine: (T, T) -> T) -> T {
  var result = x[0]
  guard count >= 16 else {
    for i in 1..<Swift.max(count, 1) { result = combine(result, x[i]) }
    return result
  }
  return withUnsafeTemporaryAllocation(of: T.self, capacity: 8) { lanes in
    for lane in 0..<8 { lanes[lane] = x[lane] }
    var i = 8
    while i + 8 <= count {
      for lane in 0..<8 { lanes[lane] = combine(lanes[lane], x[i + lane]) }
      i += 8
    }
    for lane in 0..<8 { result = combine(result, lanes[lane]) }
    while i < count {
      result = combine(result, x[i])
      i += 1
    }
    return result
  }
}
