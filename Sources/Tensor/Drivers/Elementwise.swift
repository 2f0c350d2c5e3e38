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

/// Runs row kernels over tensors of any layout and type: contiguous rows of the compute type are given to the kernel as they
/// are, others pass through a buffer that stays in the first-level cache.
enum Elementwise {
  private static let bufferLength = 1024

  /// `out[i] = kernel(x[i])`. `x` has `out`'s shape or is broadcast to it.
  static func unary<T: ComputeElement>(_ x: Tensor, into out: Tensor, _ kernel: UnaryRow<T>) throws {
    if x.dtype == T.dtype && out.dtype == T.dtype && x.isContiguous && out.isContiguous && x.count == out.count {
      let source = try x.pointer().assumingMemoryBound(to: T.self)
      let target = try writePointer(of: out, reading: x).assumingMemoryBound(to: T.self)
      Parallel.forEach(out.count) { kernel(source + $0.lowerBound, target + $0.lowerBound, $0.count) }
      return
    }
    try nary([x], into: out) { (inputs, target, count) in kernel(inputs[0], target, count) }
  }

  /// `out[i] = kernel(a[i], b[i])`, each input broadcast to `out`'s shape.
  static func binary<T: ComputeElement>(
    _ a: Tensor, _ b: Tensor, into out: Tensor, _ kernel: BinaryRow<T>
  ) throws {
    if a.dtype == T.dtype && b.dtype == T.dtype && out.dtype == T.dtype && a.isContiguous && b.isContiguous
      && out.isContiguous && a.count == out.count && b.count == out.count
    {
      let first = try a.pointer().assumingMemoryBound(to: T.self)
      let second = try b.pointer().assumingMemoryBound(to: T.self)
      let target = try writePointer(of: out, reading: a, b).assumingMemoryBound(to: T.self)
      Parallel.forEach(out.count) { part in
        let start = part.lowerBound
        kernel(first + start, second + start, target + start, part.count)
      }
      return
    }
    try nary([a, b], into: out) { (inputs, target, count) in kernel(inputs[0], inputs[1], target, count) }
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
    Parallel.forEach(plan.count) { part in
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

  private static func writePointer(of out: Tensor, reading inputs: Tensor...) throws -> UnsafeMutableRawPointer {
    inputs.contains { $0.storage === out.storage } ? try out.mutablePointer() : try out.overwritingPointer()
  }
}
