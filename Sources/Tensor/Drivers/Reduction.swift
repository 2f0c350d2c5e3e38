import Supervision

/// Which dimensions a reduction removes, and how the rest is laid out.
///
/// The operand is brought into the form `[outer, length, inner]`, of which `length` is reduced; no copy is made where its
/// memory has that form already, in whatever order of dimensions.
struct Reduction {
  /// The reduced dimensions, sorted.
  let axes: [Int]
  /// The result's shape with the reduced dimensions kept as 1.
  let keptShape: [Int]
  /// The result's shape without them.
  let shape: [Int]
  /// How many elements each result comes from.
  let length: Int
  private let operandShape: [Int]

  /// - Parameter dims: nil or an empty list for all dimensions.
  init(_ x: Tensor, _ dims: [Int]?) throws {
    var axes: [Int] = []
    if let dims, !dims.isEmpty {
      axes = try wrapDimensions(dims, rank: x.rank).sorted()
      if x.rank == 0 { axes = [] }
    } else {
      axes = Array(x.shape.indices)
    }
    var (kept, rest, length) = (x.shape, [Int](), 1)
    for axis in x.shape.indices {
      if axes.contains(axis) {
        kept[axis] = 1
        length = length &* x.shape[axis]
      } else {
        rest.append(x.shape[axis])
      }
    }
    self.axes = axes
    keptShape = kept
    shape = rest
    self.length = length
    operandShape = x.shape
  }

  func resultShape(keepDim: Bool) -> [Int] { keepDim ? keptShape : shape }

  /// A gradient of the result, with the reduced dimensions back as 1.
  func unreduced(_ grad: Tensor) throws -> Tensor {
    grad.shape == keptShape ? grad : try grad.reshape(keptShape)
  }

  /// Reduces `x`, which has the compute type or is converted to it, into a new tensor of type `dtype`.
  ///
  /// - Parameter body: called once, with the operand's elements as `[outer, length, inner]` and room for `[outer, inner]`
  ///   results of any element type.
  func run<T: ComputeElement>(
    _ x: Tensor, as type: T.Type, into dtype: DType, keepDim: Bool,
    _ body: (Block<T>, UnsafeMutableRawPointer) throws -> Void
  ) throws -> Tensor {
    let operand = x.dtype == T.dtype ? x : try x.alias().to(T.dtype)
    let (packed, order) = try arranged(operand)
    var (outer, length, inner) = (1, 1, 1)
    var seen = false
    for axis in order where operandShape[axis] != 1 {
      let size = operandShape[axis]
      if axes.contains(axis) {
        seen = true
        length *= size
      } else if seen {
        inner *= size
      } else {
        outer *= size
      }
    }
    // In the operand's order of memory the result is row-major; the dimensions return to their places afterwards.
    let ordered = order.map { keptShape[$0] }
    let out = try Tensor(empty: ordered, dtype: dtype)
    let source = try packed.pointer().assumingMemoryBound(to: T.self)
    try body(Block(source: UnsafePointer(source), outer: outer, length: length, inner: inner), out.overwritingPointer())
    if order != Array(operandShape.indices) {
      var strides = [Int](repeating: 1, count: order.count)
      for (position, axis) in order.enumerated() { strides[axis] = out.strides[position] }
      out.setLayout(shape: keptShape, strides: strides, offset: 0, count: out.count)
    }
    guard !keepDim else { return out }
    let remaining = operandShape.indices.filter { !axes.contains($0) }
    out.setLayout(shape: shape, strides: remaining.map { out.strides[$0] }, offset: 0, count: out.count)
    return out
  }

  /// The elements in an order of dimensions in which the reduced ones are neighbours.
  private func arranged(_ x: Tensor) throws -> (Tensor, [Int]) {
    let natural = Array(x.shape.indices)
    if x.isContiguous && isTogether(natural) { return (x, natural) }
    if x.isDense {
      let byStride = natural.sorted { x.strides[$0] != x.strides[$1] ? x.strides[$0] > x.strides[$1] : $0 < $1 }
      if isTogether(byStride) { return (x, byStride) }
    }
    let order = natural.filter { !axes.contains($0) } + axes
    return (try x.alias().permute(order).contiguous(), order)
  }

  /// Whether no kept dimension (other than of size 1) lies between reduced ones.
  private func isTogether(_ order: [Int]) -> Bool {
    var (changes, inside) = (0, false)
    for axis in order where operandShape[axis] != 1 {
      let isReduced = axes.contains(axis)
      if isReduced != inside { changes += 1 }
      inside = isReduced
    }
    return changes <= 2
  }

  /// A contiguous operand seen as three dimensions, of which the middle one is reduced.
  struct Block<T> {
    let source: UnsafePointer<T>
    let outer: Int
    let length: Int
    let inner: Int
    /// Elements of one part of a long row, some milliseconds' work.
    private static var longestPart: Int { 1 << 26 }

    /// Reduces each of `outer * inner` sequences of `length` elements, on several threads.
    ///
    /// - Parameters:
    ///   - row: reduces neighbours.
    ///   - columns: reduces `rows` rows of `width` elements, `stride` apart, into one row.
    func reduce(
      into out: UnsafeMutablePointer<T>, row: (UnsafePointer<T>, Int) -> T,
      columns: (_ x: UnsafePointer<T>, _ rows: Int, _ stride: Int, _ width: Int, _ out: UnsafeMutablePointer<T>) -> Void
    ) throws {
      guard outer * inner > 0 else { return }
      let work = outer * inner * length
      if inner == 1 {
        if outer >= Parallel.threadCount || work <= Parallel.grain * 2 {
          try Parallel.forEach(outer, grain: max(1, Parallel.grain / max(length, 1))) { part in
            for i in part { out[i] = row(source + i * length, length) }
          }
        } else {
          for i in 0..<outer { out[i] = try long(source + i * length, row) }
        }
        return
      }
      let width = min(inner, 256)
      let blocks = (inner + width - 1) / width
      try Parallel.forEach(outer * blocks, grain: max(1, Parallel.grain / max(length * width, 1))) { part in
        for k in part {
          let (i, start) = (k / blocks, k % blocks * width)
          columns(
            source + i * length * inner + start, length, inner, min(width, inner - start), out + i * inner + start)
        }
      }
    }

    /// Reduces one long row by reducing parts of it on all threads, then the parts' results.
    private func long(_ x: UnsafePointer<T>, _ row: (UnsafePointer<T>, Int) -> T) throws -> T {
      let parts = max(Parallel.threadCount, length / Self.longestPart)
      let size = (length + parts - 1) / parts
      return try withUnsafeTemporaryAllocation(of: T.self, capacity: parts) { results in
        guard let base = results.baseAddress else { return row(x, length) }
        let used = (length + size - 1) / size
        try Parallel.forEach(used, grain: 1) { part in
          for k in part {
            try Interruption.check()
            let start = k * size
            (base + k).initialize(to: row(x + start, min(size, length - start)))
          }
        }
        return row(UnsafePointer(base), used)
      }
    }
  }
}
