/// A kernel of one input over rows: reads `count` elements, writes as many; the rows may be the same.
public typealias UnaryRow<T> = (_ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ count: Int) -> Void
/// A kernel of two inputs over rows.
public typealias BinaryRow<T> = (
  _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ count: Int
) -> Void
/// A kernel of any number of inputs over rows.
public typealias NaryRow<T> = (
  _ inputs: UnsafePointer<UnsafePointer<T>>, _ out: UnsafeMutablePointer<T>, _ count: Int
) -> Void

/// Writes `f` of every element: the body of most row kernels.
@inline(__always)
func map<T, U>(
  _ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<U>, _ count: Int, _ f: (T) -> U
) {
  for i in 0..<count { out[i] = f(x[i]) }
}

/// Writes `f` of every pair of elements.
@inline(__always)
func map<T, U>(
  _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ out: UnsafeMutablePointer<U>, _ count: Int, _ f: (T, T) -> U
) {
  for i in 0..<count { out[i] = f(a[i], b[i]) }
}

/// Runs row kernels over tensors of any layout and type: contiguous rows of the compute type are given to the kernel as they
/// are, others pass through a buffer that stays in the first-level cache.
enum Elementwise {
  private static let bufferLength = 1024

  /// `out[i] = kernel(x[i])`. `x` has `out`'s shape or is broadcast to it.
  static func unary<T: ComputeElement>(_ x: Tensor, into out: Tensor, _ kernel: UnaryRow<T>) throws {
    if let blocked = try BlockedRows(out, x, x, T.self) {
      try blocked.forEachPart { _, source, target, count in kernel(source, target, count) }
      return
    }
    if x.dtype == T.dtype && out.dtype == T.dtype && x.count == out.count && isSameOrder(x, out) {
      let source = try x.pointer().assumingMemoryBound(to: T.self)
      let target = try writePointer(of: out, x, x).assumingMemoryBound(to: T.self)
      try Parallel.forEach(out.count) { kernel(source + $0.lowerBound, target + $0.lowerBound, $0.count) }
      return
    }
    try nary([x], into: out) { (inputs, target, count) in kernel(inputs[0], target, count) }
  }

  /// `out[i] = kernel(a[i], b[i])`, each input broadcast to `out`'s shape.
  static func binary<T: ComputeElement>(
    _ a: Tensor, _ b: Tensor, into out: Tensor, _ kernel: BinaryRow<T>
  ) throws {
    if let blocked = try BlockedRows(out, a, b, T.self) {
      try blocked.forEachPart { kernel($0, $1, $2, $3) }
      return
    }
    if out.dtype == T.dtype && out.count > 0 {
      let isDirectA = a.dtype == T.dtype && a.count == out.count && isSameOrder(a, out)
      let isDirectB = b.dtype == T.dtype && b.count == out.count && isSameOrder(b, out)
      if isDirectA && isDirectB {
        let first = try a.pointer().assumingMemoryBound(to: T.self)
        let second = try b.pointer().assumingMemoryBound(to: T.self)
        let target = try writePointer(of: out, a, b).assumingMemoryBound(to: T.self)
        try Parallel.forEach(out.count) { part in
          let start = part.lowerBound
          kernel(first + start, second + start, target + start, part.count)
        }
        return
      }
      if isDirectA && b.count == 1 { return try withNumber(a, b, into: out) { kernel($0, $1, $2, $3) } }
      if isDirectB && a.count == 1 { return try withNumber(b, a, into: out) { kernel($1, $0, $2, $3) } }
    }
    try nary([a, b], into: out) { (inputs, target, count) in kernel(inputs[0], inputs[1], target, count) }
  }

  /// One operand lies as the result does, the other is a single number, which becomes a short row.
  private static func withNumber<T: ComputeElement>(
    _ x: Tensor, _ number: Tensor, into out: Tensor, _ kernel: BinaryRow<T>
  ) throws {
    let source = try x.pointer().assumingMemoryBound(to: T.self)
    let single = Row(pointer: try number.pointer(), dtype: number.dtype, stride: 1)
    let length = min(bufferLength, out.count)
    try withUnsafeTemporaryAllocation(of: T.self, capacity: length) { buffer in
      guard let repeated = buffer.baseAddress else { return }
      T.load(single, 1, into: repeated)
      let value = repeated[0]
      repeated.initialize(repeating: value, count: length)
      let target = try writePointer(of: out, x, number).assumingMemoryBound(to: T.self)
      try Parallel.forEach(out.count) { part in
        var start = part.lowerBound
        while start < part.upperBound {
          let count = min(length, part.upperBound - start)
          kernel(source + start, UnsafePointer(repeated), target + start, count)
          start += count
        }
      }
    }
  }

  /// `out[i] = kernel(inputs[0][i], inputs[1][i], …)`, each input broadcast to `out`'s shape.
  static func nary<T: ComputeElement>(_ inputs: [Tensor], into out: Tensor, _ kernel: NaryRow<T>) throws {
    guard out.count > 0 else { return }
    let shape = out.shape
    let plan = LoopPlan(shape: shape, strides: [out.strides] + inputs.map { $0.broadcastStrides(to: shape) })
    var bases: [Row] = []
    for (k, input) in inputs.enumerated() {
      bases.append(Row(pointer: try input.pointer(), dtype: input.dtype, stride: plan.innerStride(k + 1)))
    }
    let aliased = inputs.contains { $0.storage === out.storage }
    let base = aliased ? try out.mutablePointer() : try out.overwritingPointer()
    let target = Row(pointer: base, dtype: out.dtype, stride: plan.innerStride(0))
    try Parallel.forEach(plan.count) { part in
      rows(plan, part, bases, target, kernel)
    }
  }

  private static func rows<T: ComputeElement>(
    _ plan: LoopPlan, _ part: Range<Int>, _ bases: [Row], _ target: Row, _ kernel: NaryRow<T>
  ) {
    let inputCount = bases.count
    let isDirect = bases.map { $0.dtype == T.dtype && $0.stride == 1 }
    let writesDirect = target.dtype == T.dtype && target.stride == 1
    let length = min(bufferLength, max(plan.inner, 1))
    withUnsafeTemporaryAllocation(of: T.self, capacity: length * (inputCount + 1)) { buffers in
      withUnsafeTemporaryAllocation(of: UnsafePointer<T>.self, capacity: inputCount) { pointers in
        guard let buffer = buffers.baseAddress, let inputs = pointers.baseAddress else { return }
        let result = buffer + length * inputCount
        plan.forEachRow(in: part) { offsets, rowLength in
          var done = 0
          while done < rowLength {
            let count = min(length, rowLength - done)
            for k in 0..<inputCount {
              let row = bases[k]
              let skip = (offsets[k + 1] + done * row.stride) * row.dtype.size
              let start = row.pointer + skip
              if isDirect[k] {
                inputs[k] = UnsafePointer(start.assumingMemoryBound(to: T.self))
              } else {
                let slot = buffer + length * k
                load(Row(pointer: start, dtype: row.dtype, stride: row.stride), count, into: slot)
                inputs[k] = UnsafePointer(slot)
              }
            }
            let start = target.pointer + (offsets[0] + done * target.stride) * target.dtype.size
            if writesDirect {
              kernel(inputs, start.assumingMemoryBound(to: T.self), count)
            } else {
              kernel(inputs, result, count)
              T.store(result, count, to: Row(pointer: start, dtype: target.dtype, stride: target.stride))
            }
            done += count
          }
        }
      }
    }
  }

  /// Reads a row; a repeated element is converted once.
  private static func load<T: ComputeElement>(_ row: Row, _ count: Int, into buffer: UnsafeMutablePointer<T>) {
    guard row.stride == 0 else { return T.load(row, count, into: buffer) }
    T.load(row, 1, into: buffer)
    buffer.update(repeating: buffer[0], count: count)
  }

  /// Whether the elements of both lie one after the other in the same order.
  @inline(__always)
  private static func isSameOrder(_ x: Tensor, _ out: Tensor) -> Bool {
    (x.isContiguous && out.isContiguous) || (x.strides == out.strides && x.shape == out.shape && out.isDense)
  }

  @inline(__always)
  private static func writePointer(of out: Tensor, _ a: Tensor, _ b: Tensor) throws -> UnsafeMutableRawPointer {
    out.storage === a.storage || out.storage === b.storage ? try out.mutablePointer() : try out.overwritingPointer()
  }
}
