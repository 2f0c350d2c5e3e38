import Glibc

/// A continuous distribution, and how PyTorch fills memory from it.
enum Distribution {
  /// Uniform in [low, high).
  case uniform(low: Double, high: Double)
  case normal(mean: Double, deviation: Double)

  /// From this size on normal numbers are made sixteen at a time.
  static let blockLength = 16

  /// Writes `count` elements of a floating point type.
  ///
  /// - Throws: ``Interrupted``; the engine is then where it was.
  func fill(_ memory: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType, _ engine: RandomEngine) throws {
    // Short fills are never interrupted.
    if count <= Parallel.grain { return try fillUnguarded(memory, count, dtype, engine) }
    try engine.restoringOnFailure { try fillUnguarded(memory, count, dtype, engine) }
  }

  private func fillUnguarded(
    _ memory: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType, _ engine: RandomEngine
  ) throws {
    switch self {
    case .uniform(let low, let high):
      switch dtype {
      case .float32: try UniformFill.float32(memory, count, Float(low), Float(high), engine)
      case .float64: try UniformFill.float64(memory, count, low, high, engine)
      default: try UniformFill.small(memory, count, dtype, low, high, engine)
      }
    case .normal(let mean, let deviation):
      if count < Distribution.blockLength {
        var values = (0..<count).map { _ in engine.normal() * deviation + mean }
        Double.store(&values, count, to: Row(pointer: memory, dtype: dtype, stride: 1))
        return
      }
      switch dtype {
      case .float32: try NormalFill.float32(memory, count, Float(mean), Float(deviation), engine)
      case .float64: try NormalFill.float64(memory, count, mean, deviation, engine)
      default: try NormalFill.small(memory, count, dtype, Float(mean), Float(deviation), engine)
      }
    }
  }

  /// Leaves the engine where ``fill(_:_:_:_:)`` would leave it.
  func skip(_ count: Int, _ dtype: DType, _ engine: RandomEngine) {
    let width = dtype == .float64 ? 2 : 1
    switch self {
    case .uniform:
      engine.skip(count * width)
    case .normal:
      if count < Distribution.blockLength {
        for _ in 0..<count { _ = engine.normal() }
        return
      }
      let rest = count % Distribution.blockLength
      let whole = dtype.size < 4 ? count - rest : count
      engine.skip((whole + (rest == 0 ? 0 : Distribution.blockLength)) * width)
    }
  }
}

/// Uniform numbers for row-major memory.
enum UniformFill {
  static func float32(
    _ memory: UnsafeMutableRawPointer, _ count: Int, _ low: Float, _ high: Float, _ engine: RandomEngine
  ) throws {
    let bits = memory.assumingMemoryBound(to: UInt32.self)
    let values = memory.assumingMemoryBound(to: Float.self)
    // PyTorch rounds once, after multiplication and addition; products of two floats are exact in double precision.
    let (range, start) = (Double(high - low) * 0x1p-24, Double(low))
    try engine.fill(bits, count)
    try Parallel.forEach(count) { part in
      for i in part {
        let value = Float(Double(Int32(bitPattern: bits[i] & 0xFF_FFFF)) * range + start)
        values[i] = value == high ? low : value
      }
    }
  }

  static func float64(
    _ memory: UnsafeMutableRawPointer, _ count: Int, _ low: Double, _ high: Double, _ engine: RandomEngine
  ) throws {
    let bits = memory.assumingMemoryBound(to: UInt64.self)
    let values = memory.assumingMemoryBound(to: Double.self)
    let range = high - low
    try engine.fill(memory.assumingMemoryBound(to: UInt32.self), count * 2)
    try Parallel.forEach(count) { part in
      for i in part {
        let value = unit(bits[i]) * range + low
        values[i] = value == high ? low : value
      }
    }
  }

  /// float16 and bfloat16: drawn as float32 and rounded.
  static func small(
    _ memory: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType, _ low: Double, _ high: Double,
    _ engine: RandomEngine
  ) throws {
    // Rounding may reach the upper end, which stands for the lower one then.
    let ends = [rounded(low, dtype), rounded(high, dtype)]
    try forEachTile(memory, count, dtype) { tile, length in
      try float32(UnsafeMutableRawPointer(tile), length, Float(low), Float(high), engine)
      for i in 0..<length where rounded(Double(tile[i]), dtype) == ends[1] { tile[i] = Float(ends[0]) }
    }
  }

  /// 53 of 64 bits, as a number in [0, 1). The first output of a pair lies in the lower half of memory and counts as the upper.
  @inline(__always)
  static func unit(_ pair: UInt64) -> Double {
    let bits = (pair << 32 | pair >> 32) & 0x1F_FFFF_FFFF_FFFF
    return Double(Int64(bitPattern: bits)) * 0x1p-53
  }

  private static func rounded(_ value: Double, _ dtype: DType) -> Double {
    dtype == .float16
      ? Double(Float16(Float(value))) : Double(SmallFloat.fromBFloat16(SmallFloat.toBFloat16(Float(value))))
  }
}

/// Calls `body` to make float32 values for consecutive tiles of `count` elements, whole blocks of 16 but for the last one, and
/// writes them in type `dtype`.
func forEachTile(
  _ memory: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType,
  _ body: (UnsafeMutablePointer<Float>, Int) throws -> Void
) rethrows {
  let tile = 1024
  try withUnsafeTemporaryAllocation(of: Float.self, capacity: tile) { buffer in
    guard let values = buffer.baseAddress else { return }
    var done = 0
    while done < count {
      let length = min(tile, count - done)
      try body(values, length)
      Float.store(values, length, to: Row(pointer: memory + done * dtype.size, dtype: dtype, stride: 1))
      done += length
    }
  }
}
