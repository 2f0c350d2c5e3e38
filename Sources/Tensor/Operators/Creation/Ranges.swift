import Glibc
import Supervision

extension Tensor {
  /// Numbers from `start` to before `end`, `step` apart: `torch.arange`.
  public static func arange(_ start: Scalar, _ end: Scalar, step: Scalar = 1, dtype: DType? = nil) throws -> Tensor {
    let areIntegers = !(start.isFloatingPoint || end.isFloatingPoint || step.isFloatingPoint)
    let type = dtype ?? (areIntegers ? .int64 : DefaultDType.current)
    guard type != .bool else { throw notImplemented("arange_cpu", type) }
    // Integers are counted by integers.
    func number(_ scalar: Scalar) -> Double { type.isFloatingPoint ? scalar.double : Double(scalar.int) }
    let pace = number(step)
    guard pace > 0 || pace < 0 else { throw TensorError("step must be nonzero") }
    guard start.double.isFinite, end.double.isFinite else {
      throw TensorError("unsupported range: \(NumberText.general(start.double)) -> \(NumberText.general(end.double))")
    }
    guard pace > 0 ? number(end) >= number(start) : number(end) <= number(start) else {
      throw TensorError("upper bound and lower bound inconsistent with step sign")
    }
    let size: Double
    if areIntegers || type == .int64 {
      let (first, last, by) = (start.int, end.int, step.int)
      let (distance, overflow) = last.subtractingReportingOverflow(first)
      guard !overflow else { throw TensorError("invalid size, possible overflow?") }
      let (quotient, rest) = (
        distance.dividedReportingOverflow(by: by), distance.remainderReportingOverflow(dividingBy: by)
      )
      guard !quotient.overflow else { throw TensorError("invalid size, possible overflow?") }
      size = Double(quotient.partialValue) + (rest.partialValue != 0 ? 1 : 0)
    } else {
      size = ((end.double - start.double) / step.double).rounded(.up)
    }
    guard size < 0x1p62 else { throw TensorError("invalid size, possible overflow?") }
    if type.isFloatingPoint {
      return try ramp(Int(size), type) { start.double + Double($0) * step.double }
    }
    let (first, by) = (start.int, step.int)
    return try integerRamp(Int(size), type) { first &+ Int64($0) &* by }
  }

  /// Numbers from `start` to `end`, which may be one of them, `step` apart: `torch.range`.
  public static func range(_ start: Scalar, _ end: Scalar, step: Scalar = 1, dtype: DType? = nil) throws -> Tensor {
    let type = dtype ?? DefaultDType.current
    guard type.isComputable, type != .bool else { throw notImplemented("range_cpu", type) }
    func number(_ scalar: Scalar) -> Double { type.isFloatingPoint ? scalar.double : Double(scalar.int) }
    let (first, last, pace) = (number(start), number(end), number(step))
    guard pace > 0 || pace < 0 else { throw TensorError("step must be nonzero") }
    guard first.isFinite, last.isFinite else {
      throw TensorError("unsupported range: \(NumberText.general(first)) -> \(NumberText.general(last))")
    }
    guard pace > 0 ? last >= first : last <= first else {
      throw TensorError("upper bound and lower bound inconsistent with step sign")
    }
    let size = ((last - first) / pace).rounded(.down) + 1
    guard size < 0x1p62 else { throw TensorError("invalid size, possible overflow?") }
    if type.isFloatingPoint { return try ramp(Int(size), type) { first + Double($0) * pace } }
    return try integerRamp(Int(size), type) { start.int &+ Int64($0) &* step.int }
  }

  /// `steps` numbers from `start` to `end`, both included: `torch.linspace`.
  public static func linspace(_ start: Scalar, _ end: Scalar, _ steps: Int, dtype: DType? = nil) throws -> Tensor {
    guard steps >= 0 else { throw TensorError("number of steps must be non-negative") }
    let type = dtype ?? DefaultDType.current
    if steps == 1 { return try Tensor.full([1], start, dtype: type) }
    guard type != .bool || steps == 0 else { throw notImplemented("linspace_cpu", type) }
    if type.isFloatingPoint { return try ramp(steps, type, spaced(start.double, end.double, steps, type)) }
    let (first, last) = (try integerEnd(start, type), try integerEnd(end, type))
    let step = Float((last - first) / Double(Swift.max(steps - 1, 1)))
    return try integerRamp(steps, type) { i in
      // PyTorch steps in single precision here, from the nearer end.
      i < steps / 2
        ? Int64(clampingTruncation: Double(Float(first) + step * Float(i)))
        : Int64(clampingTruncation: Double(Float(last) - step * Float(steps - i - 1)))
    }
  }

  /// The start or end of a range of integers: without its fraction, and a negative one as what it wraps around to.
  private static func integerEnd(_ end: Scalar, _ type: DType) throws -> Double {
    try type.checkConversion(of: end)
    guard type != .int64 else { return end.double.rounded(.towardZero) }
    return try Tensor.full([], end.isFloatingPoint ? .double(end.double.rounded(.towardZero)) : end, dtype: type).item()
      .double
  }

  /// `steps` powers of `base`, whose exponents go from `start` to `end`: `torch.logspace`.
  public static func logspace(
    _ start: Scalar, _ end: Scalar, _ steps: Int, base: Double = 10, dtype: DType? = nil
  ) throws -> Tensor {
    guard steps >= 0 else { throw TensorError("number of steps must be non-negative") }
    let type = dtype ?? DefaultDType.current
    guard type != .bool || steps < 2 else { throw notImplemented("logspace_cpu", type) }
    if type.isFloatingPoint {
      let exponent = spaced(start.double, end.double, steps, .float64)
      return try ramp(steps, type) { Glibc.pow(base, exponent($0)) }
    }
    // PyTorch cuts the ends to integers first.
    let exponent = spaced(Double(start.int), Double(end.int), steps, .float64)
    return try integerRamp(steps, type) { Int64(clampingTruncation: Glibc.pow(base, exponent($0))) }
  }

  /// Position `i` of evenly spaced numbers, counted from the nearer end.
  private static func spaced(_ first: Double, _ last: Double, _ steps: Int, _ dtype: DType) -> (Int) -> Double {
    if dtype == .float32 {
      let step = (Float(last) - Float(first)) / Float(Swift.max(steps - 1, 1))
      return { i in
        Double(i < steps / 2 ? Float(first) + step * Float(i) : Float(last) - step * Float(steps - i - 1))
      }
    }
    let step = (last - first) / Double(Swift.max(steps - 1, 1))
    return { i in steps == 1 ? first : i < steps / 2 ? first + step * Double(i) : last - step * Double(steps - i - 1) }
  }

  private static func ramp(_ count: Int, _ dtype: DType, _ value: (Int) -> Double) throws -> Tensor {
    let result = try Tensor(empty: [count], dtype: .float64)
    let out = try result.overwritingPointer().assumingMemoryBound(to: Double.self)
    for part in Interruption.stretches(of: 0..<count) {
      try Interruption.check()
      for i in part { out[i] = value(i) }
    }
    return try result.to(dtype)
  }

  private static func integerRamp(_ count: Int, _ dtype: DType, _ value: (Int) -> Int64) throws -> Tensor {
    let result = try Tensor(empty: [count], dtype: .int64)
    let out = try result.overwritingPointer().assumingMemoryBound(to: Int64.self)
    for part in Interruption.stretches(of: 0..<count) {
      try Interruption.check()
      for i in part { out[i] = value(i) }
    }
    return try result.to(dtype)
  }

  /// A matrix with ones on the diagonal: `torch.eye`.
  public static func eye(_ n: Int, _ m: Int? = nil, dtype: DType? = nil) throws -> Tensor {
    let columns = m ?? n
    guard n >= 0 else { throw TensorError("n must be greater or equal to 0, got \(n)") }
    guard columns >= 0 else { throw TensorError("m must be greater or equal to 0, got \(columns)") }
    let result = try Tensor.zeros([n, columns], dtype: dtype ?? DefaultDType.current)
    let size = Swift.min(n, columns)
    let line = Tensor(unchecked: result.storage, result.dtype, [size], [columns + 1], 0, size)
    try line.fillMemory(1)
    return result
  }

  /// The positions of a matrix' elements on and below (above, if `upper`) a diagonal: two rows.
  public static func triangleIndices(
    _ rows: Int, _ columns: Int, offset: Int = 0, upper: Bool, dtype: DType = .int64
  ) throws -> Tensor {
    guard rows >= 0 else { throw TensorError("row must be non-negative, got\(rows)") }
    guard columns >= 0 else { throw TensorError("col must be non-negative, got\(columns)") }
    guard dtype == .int64 || dtype == .int32 else {
      throw notImplemented(upper ? "triu_indices" : "tril_indices", dtype)
    }
    _ = try Shape.count([2, rows, columns])
    if columns == 0 { return try Tensor(empty: [2, 0], dtype: dtype) }
    // The columns of a row that belong to the triangle.
    func line(_ row: Int) -> Range<Int> {
      let edge = Swift.min(Swift.max(row.addingReportingOverflow(offset).partialValue &+ (upper ? 0 : 1), 0), columns)
      return upper ? edge..<columns : 0..<edge
    }
    try BufferPool.checkAvailable(rows.multipliedReportingOverflow(by: 16).partialValue)
    var total = 0
    for row in 0..<rows { total += line(row).count }
    let result = try Tensor(empty: [2, total], dtype: .int64)
    var first = try result.overwritingPointer().assumingMemoryBound(to: Int64.self)
    var second = first + total
    for row in 0..<rows {
      for column in line(row) {
        (first.pointee, second.pointee) = (Int64(row), Int64(column))
        first += 1
        second += 1
      }
    }
    return try result.to(dtype)
  }

  /// Every element undefined, of this tensor's shape and type unless told otherwise.
  public func fullLike(_ value: Scalar, dtype: DType? = nil) throws -> Tensor {
    let result = try emptyLike(dtype: dtype)
    try result.dtype.checkConversion(of: value)
    try result.fillMemory(value)
    return result
  }

  /// Zeros of this tensor's shape.
  public func zerosLike(dtype: DType? = nil) throws -> Tensor { try fullLike(0, dtype: dtype) }

  /// Ones of this tensor's shape.
  public func onesLike(dtype: DType? = nil) throws -> Tensor { try fullLike(1, dtype: dtype) }

  /// A copy with every element equal to `value`: `torch.fill`.
  public func fill(_ value: some TensorConvertible) throws -> Tensor {
    let value = try value.asTensor()
    let result = try emptyLike().fillInPlace(value.alias())
    guard needsGradient(self, value) else { return result }
    return result.recorded("FillBackward0", [self, value]) { grad, needs in
      [try grad.zerosLike(), needs[1] ? try grad.sum() : nil]
    }
  }

  /// Makes every element equal to `value`: `fill_`.
  @discardableResult
  public func fillInPlace(_ value: some TensorConvertible) throws -> Tensor {
    let value = try value.asTensor()
    guard value.rank == 0 else {
      throw TensorError(
        "fill_ only supports 0-dimension value tensor but got tensor with \(value.rank) dimensions.")
    }
    if value.isWrappedNumber { try checkConversion(of: value) }
    // Elements that share memory are written once.
    var target = self
    for axis in shape.indices where strides[axis] == 0 && shape[axis] > 1 { target = try target.narrow(axis, 0, 1) }
    try target.copyInPlace(value)
    return self
  }

  /// Makes every element 0: `zero_`.
  @discardableResult
  public func zeroInPlace() throws -> Tensor { try fillInPlace(0) }
}
