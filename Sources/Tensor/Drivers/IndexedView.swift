import Supervision

/// Elements of a tensor chosen by index tensors: strides as of a view, and for every position an offset that the indices give.
///
/// All operators that read or write by index are one of three loops over such a view.
struct IndexedView {
  let tensor: Tensor
  /// The shape of what is read or written.
  let shape: [Int]
  /// The tensor's strides along `shape`; 0 along dimensions that the indices run over.
  let strides: [Int]
  /// Offsets in elements, row-major; int64.
  let offsets: Tensor
  /// Strides of `offsets` along `shape`; 0 along dimensions that the indices do not run over.
  let offsetStrides: [Int]

  /// The chosen elements, in a new tensor.
  func read() throws -> Tensor {
    let out = try Tensor(empty: shape, dtype: tensor.dtype)
    guard out.count > 0 else { return out }
    switch tensor.dtype.size {
    case 1: try copy(to: out, UInt8.self)
    case 2: try copy(to: out, UInt16.self)
    case 4: try copy(to: out, UInt32.self)
    case 8: try copy(to: out, UInt64.self)
    default: try copy(to: out, SIMD2<UInt64>.self)
    }
    return out
  }

  private func copy<Bits>(to out: Tensor, _ type: Bits.Type) throws {
    let plan = LoopPlan(shape: shape, strides: [out.strides, offsetStrides, strides])
    let target = try out.overwritingPointer().assumingMemoryBound(to: Bits.self)
    let source = try tensor.pointer().assumingMemoryBound(to: Bits.self)
    let offsets = try self.offsets.pointer().assumingMemoryBound(to: Int64.self)
    let (outStep, offsetStep, step) = (plan.innerStride(0), plan.innerStride(1), plan.innerStride(2))
    try Parallel.forEach(plan.count) { part in
      plan.forEachRow(in: part) { starts, length in
        let (to, from, at) = (target + starts[0], source + starts[2], offsets + starts[1])
        if offsetStep == 0 {
          let row = from + Int(at[0])
          if step == 1 && outStep == 1 {
            to.update(from: row, count: length)
          } else {
            for i in 0..<length { to[i &* outStep] = row[i &* step] }
          }
        } else {
          for i in 0..<length { to[i &* outStep] = from[i &* step &+ Int(at[i &* offsetStep])] }
        }
      }
    }
  }

  /// Writes `values`, broadcast and converted to the tensor's type, to the chosen elements; of several for one element the last
  /// one stays.
  func write(_ values: Tensor) throws {
    guard shape.allSatisfy({ $0 > 0 }) else { return }
    let source = try values.to(tensor.dtype)
    switch tensor.dtype.size {
    case 1: try combine(source, UInt8.self) { $1 }
    case 2: try combine(source, UInt16.self) { $1 }
    case 4: try combine(source, UInt32.self) { $1 }
    case 8: try combine(source, UInt64.self) { $1 }
    default: try combine(source, SIMD2<UInt64>.self) { $1 }
    }
  }

  /// Replaces every chosen element by what `combine` makes of it and of the value for it, one after the other.
  ///
  /// The tensor and the values have elements of type `T`.
  func combine<T>(_ values: Tensor, _ type: T.Type, _ combine: (T, T) -> T) throws {
    guard shape.allSatisfy({ $0 > 0 }) else { return }
    let plan = LoopPlan(shape: shape, strides: [strides, offsetStrides, values.broadcastStrides(to: shape)])
    let source = try values.pointer().assumingMemoryBound(to: T.self)
    let target = try tensor.mutablePointer().assumingMemoryBound(to: T.self)
    let offsets = try self.offsets.pointer().assumingMemoryBound(to: Int64.self)
    let (step, offsetStep, valueStep) = (plan.innerStride(0), plan.innerStride(1), plan.innerStride(2))
    for part in Interruption.stretches(of: 0..<plan.count) {
      try Interruption.check()
      plan.forEachRow(in: part) { starts, length in
        let (to, at, from) = (target + starts[0], offsets + starts[1], source + starts[2])
        for i in 0..<length {
          let place = to + (i &* step &+ Int(at[i &* offsetStep]))
          place.pointee = combine(place.pointee, from[i &* valueStep])
        }
      }
    }
  }

  /// Adds `values` to the chosen elements; several for one element add up.
  func accumulate(_ values: Tensor) throws {
    switch tensor.dtype {
    case .float32: try combine(values.to(.float32), Float.self) { $0 + $1 }
    case .float64: try combine(values.to(.float64), Double.self) { $0 + $1 }
    case .int64: try combine(values.to(.int64), Int64.self) { $0 &+ $1 }
    default: try accumulateConverted(values)
    }
  }

  /// Adds in the compute type of an element type that has no arithmetic of its own.
  private func accumulateConverted(_ values: Tensor) throws {
    let wide: DType = tensor.dtype.computeKind == .int64 ? .int64 : .float32
    let packed = try tensor.alias().to(wide)
    let copy = IndexedView(
      tensor: Tensor(unchecked: packed.storage, wide, tensor.shape, packed.strides, packed.offset, packed.count),
      shape: shape, strides: strides, offsets: offsets, offsetStrides: offsetStrides)
    try copy.accumulate(values)
    try tensor.copyMemory(from: packed)
  }
}
