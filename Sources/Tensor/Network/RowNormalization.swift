/// Rows of a matrix with mean 0 and variance 1: what layer, group and instance normalization do to their inputs.
enum RowNormalization {
  /// `(x - mean) / sqrt(variance + eps) * scale + shift` for each row of `width` elements of a contiguous tensor.
  ///
  /// - Parameter scale, shift: contiguous, of `width` elements.
  /// - Returns: the result, and each row's mean and factor, which ``gradient(_:_:_:width:)`` needs.
  static func run<T: BLASElement & SIMDScalar>(
    _ x: Tensor, width: Int, eps: Double, scale: Tensor? = nil, shift: Tensor? = nil, _ type: T.Type
  ) throws -> (result: Tensor, statistics: Tensor) {
    let rows = x.count / max(width, 1)
    let result = try Tensor(empty: x.shape, dtype: T.dtype)
    let statistics = try Tensor(empty: [rows, 2], dtype: T.dtype)
    let source = UnsafePointer(try x.pointer().assumingMemoryBound(to: T.self))
    let target = try result.overwritingPointer().assumingMemoryBound(to: T.self)
    let numbers = try statistics.overwritingPointer().assumingMemoryBound(to: T.self)
    let factors = try scale.map { UnsafePointer(try $0.pointer().assumingMemoryBound(to: T.self)) }
    let terms = try shift.map { UnsafePointer(try $0.pointer().assumingMemoryBound(to: T.self)) }
    let (count, eps) = (T(width), T(eps))
    try Parallel.forEach(rows, grain: max(1, Parallel.grain / 4 / max(width, 1))) { part in
      for row in part {
        let (from, to) = (source + row * width, target + row * width)
        let mean =
          sum(from, width) {
            $0
          } each: {
            $0
          } / count
        let variance =
          sum(from, width) {
            ($0 - mean) * ($0 - mean)
          } each: {
            ($0 - mean) * ($0 - mean)
          } / count
        let factor = 1 / (variance + eps).squareRoot()
        for i in 0..<width { to[i] = (from[i] - mean) * factor }
        if let factors { map(to, factors, to, width) { $0 * $1 } }
        if let terms { map(to, terms, to, width) { $0 + $1 } }
        numbers[2 * row] = mean
        numbers[2 * row + 1] = factor
      }
    }
    return (result, statistics)
  }

  /// The gradient of `x` from that of the result: `factor * (g - mean(g) - y * mean(g * y))`.
  static func gradient<T: BLASElement & SIMDScalar>(
    _ grad: Tensor, _ x: Tensor, _ statistics: Tensor, width: Int, _ type: T.Type
  ) throws -> Tensor {
    let result = try Tensor(empty: x.shape, dtype: T.dtype)
    let outer = UnsafePointer(try grad.pointer().assumingMemoryBound(to: T.self))
    let source = UnsafePointer(try x.pointer().assumingMemoryBound(to: T.self))
    let numbers = UnsafePointer(try statistics.pointer().assumingMemoryBound(to: T.self))
    let target = try result.overwritingPointer().assumingMemoryBound(to: T.self)
    let count = T(width)
    try Parallel.forEach(statistics.shape[0], grain: max(1, Parallel.grain / 4 / max(width, 1))) { part in
      for row in part {
        let (g, from, to) = (outer + row * width, source + row * width, target + row * width)
        let (mean, factor) = (numbers[2 * row], numbers[2 * row + 1])
        let first =
          sum(g, width) {
            $0
          } each: {
            $0
          } / count
        let second =
          sum(g, from, width) {
            $0 * ($1 - mean)
          } each: {
            $0 * ($1 - mean)
          } * factor * factor / count
        for i in 0..<width { to[i] = factor * (g[i] - first - (from[i] - mean) * second) }
      }
    }
    return result
  }

  /// The sum of a function of all elements, eight at a time.
  @inline(__always)
  private static func sum<T: BLASElement & SIMDScalar>(
    _ x: UnsafePointer<T>, _ count: Int, _ eight: (SIMD8<T>) -> SIMD8<T>, each: (T) -> T
  ) -> T {
    let raw = UnsafeRawPointer(x)
    var (totals, i) = (SIMD8<T>.zero, 0)
    while i + 8 <= count {
      totals += eight(raw.loadUnaligned(fromByteOffset: i * MemoryLayout<T>.stride, as: SIMD8<T>.self))
      i += 8
    }
    var total = totals.sum()
    while i < count {
      total += each(x[i])
      i += 1
    }
    return total
  }

  /// The sum of a function of all pairs of elements, eight at a time.
  @inline(__always)
  private static func sum<T: BLASElement & SIMDScalar>(
    _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ count: Int, _ eight: (SIMD8<T>, SIMD8<T>) -> SIMD8<T>,
    each: (T, T) -> T
  ) -> T {
    let (first, second) = (UnsafeRawPointer(x), UnsafeRawPointer(y))
    var (totals, i) = (SIMD8<T>.zero, 0)
    while i + 8 <= count {
      let offset = i * MemoryLayout<T>.stride
      totals += eight(
        first.loadUnaligned(fromByteOffset: offset, as: SIMD8<T>.self),
        second.loadUnaligned(fromByteOffset: offset, as: SIMD8<T>.self))
      i += 8
    }
    var total = totals.sum()
    while i < count {
      total += each(x[i], y[i])
      i += 1
    }
    return total
  }
}
