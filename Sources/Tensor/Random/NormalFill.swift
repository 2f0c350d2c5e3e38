import Glibc

/// Normal numbers for row-major memory of at least 16 elements, by PyTorch's way: sixteen uniform numbers become sixteen normal
/// ones, the first eight giving radii and the others angles. Where 16 does not divide the count, the last sixteen are drawn
/// again.
///
/// Source: Box and Muller, "A note on the generation of random normal deviates", 1958,
/// https://doi.org/10.1214/aoms/1177706645
enum NormalFill {
  private static let block = Distribution.blockLength
  /// 2π rounded to nearest; `Float.pi` is rounded towards zero.
  private static let turn: Float = 6.283_185_5

  static func float32(
    _ memory: UnsafeMutableRawPointer, _ count: Int, _ mean: Float, _ deviation: Float, _ engine: RandomEngine
  ) throws {
    let values = memory.assumingMemoryBound(to: Float.self)
    try engine.fill(memory.assumingMemoryBound(to: UInt32.self), count)
    try Parallel.forEach(count / block, grain: 1024) { part in
      for index in part { transform(values + index * block, mean, deviation) }
    }
    if count % block != 0 { try last(values + (count - block), mean, deviation, engine) }
  }

  static func float64(
    _ memory: UnsafeMutableRawPointer, _ count: Int, _ mean: Double, _ deviation: Double, _ engine: RandomEngine
  ) throws {
    let values = memory.assumingMemoryBound(to: Double.self)
    let bits = memory.assumingMemoryBound(to: UInt32.self)
    try engine.fill(bits, count * 2)
    try Parallel.forEach(count / block, grain: 512) { part in
      for index in part { transform(values + index * block, mean, deviation) }
    }
    if count % block != 0 {
      try engine.fill(bits + (count - block) * 2, block * 2)
      transform(values + (count - block), mean, deviation)
    }
  }

  /// float16 and bfloat16: drawn as float32 and rounded. What is left of the last block is not drawn before the last sixteen.
  static func small(
    _ memory: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType, _ mean: Float, _ deviation: Float,
    _ engine: RandomEngine
  ) throws {
    try forEachTile(memory, count - count % block, dtype) { tile, length in
      try float32(UnsafeMutableRawPointer(tile), length, mean, deviation, engine)
    }
    guard count % block != 0 else { return }
    try forEachTile(memory + (count - block) * dtype.size, block, dtype) { tile, _ in
      try last(tile, mean, deviation, engine)
    }
  }

  private static func last(
    _ values: UnsafeMutablePointer<Float>, _ mean: Float, _ deviation: Float, _ engine: RandomEngine
  ) throws {
    try engine.fill(UnsafeMutableRawPointer(values).assumingMemoryBound(to: UInt32.self), block)
    transform(values, mean, deviation)
  }

  /// Sixteen outputs of the engine, in the same memory, to sixteen normal numbers.
  @inline(__always)
  private static func transform(_ values: UnsafeMutablePointer<Float>, _ mean: Float, _ deviation: Float) {
    let bits = UnsafeMutableRawPointer(values).assumingMemoryBound(to: UInt32.self)
    for j in 0..<8 {
      // 1 - u lies in (0, 1], where the logarithm is finite.
      let first = 1 - Float(Int32(bitPattern: bits[j] & 0xFF_FFFF)) * 0x1p-24
      let second = Float(Int32(bitPattern: bits[j + 8] & 0xFF_FFFF)) * 0x1p-24
      let radius = (-2 * SmallMath.log(first)).squareRoot()
      let (sine, cosine) = SmallMath.sineAndCosine(turn * second)
      // Rounded once, as a fused multiplication and addition would.
      values[j] = Float(Double(radius * cosine) * Double(deviation) + Double(mean))
      values[j + 8] = Float(Double(radius * sine) * Double(deviation) + Double(mean))
    }
  }

  /// As for float32, from pairs of outputs.
  private static func transform(_ values: UnsafeMutablePointer<Double>, _ mean: Double, _ deviation: Double) {
    let bits = UnsafeMutableRawPointer(values).assumingMemoryBound(to: UInt64.self)
    for j in 0..<8 {
      let first = 1 - UniformFill.unit(bits[j])
      let angle = 2 * Double.pi * UniformFill.unit(bits[j + 8])
      let radius = (-2 * log(first)).squareRoot()
      values[j] = radius * cos(angle) * deviation + mean
      values[j + 8] = radius * sin(angle) * deviation + mean
    }
  }
}

/// Elementary functions without branches or calls, so that loops over them become vector instructions. Errors are below two
/// units in the last place on the ranges given.
///
/// Source of the coefficients: Moshier, Cephes Mathematical Library, https://www.netlib.org/cephes/
enum SmallMath {
  /// The natural logarithm of a normal number.
  @inline(__always)
  static func log(_ x: Float) -> Float {
    let bits = x.bitPattern
    // x = m * 2^e with m in [0.5, 1), then in [sqrt(0.5), sqrt(2)).
    let significand = Float(bitPattern: (bits & 0x007F_FFFF) | 0x3F00_0000)
    let isSmall = significand < 0.707_106_77
    let e = Float(Int32(bitPattern: bits >> 23) &- 126) - (isSmall ? 1 : 0)
    let m = significand - 1 + (isSmall ? significand : 0)
    let square = m * m
    var y: Float = 7.037_683_6e-2
    y = y * m - 1.151_461_03e-1
    y = y * m + 1.167_699_87e-1
    y = y * m - 1.242_014_08e-1
    y = y * m + 1.424_932_28e-1
    y = y * m - 1.666_805_77e-1
    y = y * m + 2.000_071_48e-1
    y = y * m - 2.499_999_40e-1
    y = y * m + 3.333_333_12e-1
    y = y * m * square
    y += e * -2.121_944_4e-4
    y -= square * 0.5
    return m + y + e * 0.693_359_375
  }

  /// For x in [0, 8192).
  @inline(__always)
  static func sineAndCosine(_ x: Float) -> (sine: Float, cosine: Float) {
    // The nearest even number of eighths of a turn, by rounding to an integer where the significand ends.
    let quarters = (x * 0.636_619_77 + 12_582_912) - 12_582_912
    let quadrant = (x * 0.636_619_77 + 12_582_912).bitPattern
    let r = ((x - quarters * 1.570_312_5) - quarters * 4.837_512_969_970_703e-4) - quarters * 7.549_789_954_891_882e-8
    let square = r * r
    var c: Float = 2.443_315_7e-5
    c = c * square - 1.388_731_6e-3
    c = c * square + 4.166_664_6e-2
    c = c * square * square - square * 0.5 + 1
    var s: Float = -1.951_529_6e-4
    s = s * square + 8.332_161e-3
    s = s * square - 1.666_665_5e-1
    s = s * square * r + r
    let swap = quadrant & 1 != 0
    let sine = swap ? c : s
    let cosine = swap ? s : c
    let sineSign = (quadrant & 2) << 30
    let cosineSign = ((quadrant &+ 1) & 2) << 30
    return (
      Float(bitPattern: sine.bitPattern ^ sineSign), Float(bitPattern: cosine.bitPattern ^ cosineSign)
    )
  }
}
