import Supervision

/// Random integers, in tensors of any type.
extension Tensor {
  /// Integers in [low, high): `random_(from, to)`. Without `high`, up to the largest that the type holds exactly.
  ///
  /// - Throws: ``TensorError`` for an empty range, or ends that the type cannot hold.
  @discardableResult
  public func randomInPlace(_ low: Int64, _ high: Int64?, generator: Generator? = nil) throws -> Tensor {
    var first = low
    let last: Int64
    if let high {
      guard low < high else {
        throw TensorError("random_ expects 'from' to be less than 'to', but got from=\(low) >= to=\(high)")
      }
      var end = high
      if dtype.isFloatingPoint {
        first = dtype.firstExact(from: low)
        end = dtype.lastExact(before: high)
        guard first < end else {
          throw TensorError(
            "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got from=\(first) >= to=\(end)"
          )
        }
      }
      last = end - 1
    } else if low == .min {
      return try filledWithIntegers(generator) { engine in Int64(bitPattern: engine.bits64()) }
    } else {
      last = dtype.isFloatingPoint ? 1 << Int64(dtype.significandDigits) : dtype.largestInteger
      if dtype.isFloatingPoint { first = dtype.firstExact(from: low) }
    }
    try requireInRange(first, "from")
    try requireInRange(last, "to - 1")
    let range = UInt64(bitPattern: last &- first) &+ 1
    let start = first
    // Above 2^28 a remainder of 32 bits would be visibly uneven. A range of 0 stands for 2^64.
    if range == 0 || range >= 1 << 28 {
      return try filledWithIntegers(generator) { engine in
        let bits = engine.bits64()
        return Int64(bitPattern: range == 0 ? bits : bits % range) &+ start
      }
    }
    let divisor = UInt32(truncatingIfNeeded: range)
    return try filledWithIntegers(generator) { engine in Int64(engine.bits32() % divisor) &+ start }
  }

  /// Integers from 0 to the largest that the type holds exactly: `random_()`.
  @discardableResult
  public func randomInPlace(generator: Generator? = nil) throws -> Tensor {
    let isWide = dtype == .float64 || dtype == .int64
    let modulus: UInt64
    if dtype.isFloatingPoint {
      modulus = (1 << UInt64(dtype.significandDigits)) + 1
    } else {
      modulus = UInt64(bitPattern: dtype.largestInteger) + 1
    }
    return try filledWithIntegers(generator) { engine in
      let bits = isWide ? engine.bits64() : UInt64(engine.bits32())
      return Int64(bitPattern: bits % modulus)
    }
  }

  private func filledWithIntegers(_ generator: Generator?, _ value: (RandomEngine) -> Int64) throws -> Tensor {
    guard !dtype.isComplex else {
      throw TensorError("random_from_to_impl handles only integral, floating-point and boolean types")
    }
    return try filled("RandomBackward0") { tensor in
      let engine = try (generator ?? .default).engine()
      try tensor.writeSerially { (values: UnsafeMutablePointer<Int64>, count) in
        for i in 0..<count { values[i] = value(engine) }
      }
    }
  }

  private func requireInRange(_ value: Int64, _ name: String) throws {
    let fits: Bool
    if dtype.isFloatingPoint {
      fits = Swift.abs(Double(value)) <= dtype.largestFinite
    } else {
      let lowest = dtype == .bool || !dtype.isSigned ? 0 : -dtype.largestInteger - 1
      fits = value >= lowest && value <= dtype.largestInteger
    }
    guard fits else { throw TensorError("\(name) is out of bounds for \(dtype.cName)") }
  }

  /// A random order of 0, 1, …, `count` - 1: `torch.randperm`.
  ///
  /// - Throws: ``TensorError`` for a negative count, or one whose numbers the type cannot hold.
  public static func randperm(
    _ count: Int, dtype: DType = .int64, generator: Generator? = nil
  ) throws -> Tensor {
    guard dtype.isComputable && dtype != .bool else {
      throw TensorError("\"randperm\" not implemented for '\(dtype.scalarTypeName)'", kind: .notImplemented)
    }
    let exact = dtype.isFloatingPoint ? 1 << Int64(dtype.significandDigits) : dtype.largestInteger
    guard count <= 0 || Int64(count - 1) <= exact else {
      throw TensorError("value cannot be converted to type \(dtype.cIntegerName) without overflow")
    }
    let result = try Tensor(empty: [count], dtype: .int64)
    guard count > 0 else { return try result.to(dtype) }
    let order = try result.overwritingPointer().assumingMemoryBound(to: Int64.self)
    let engine = try (generator ?? .default).engine()
    // Each step goes somewhere else in memory.
    let stepsWithoutLook = 1 << 16
    if count < Int(UInt32.max / 20) {
      for part in Interruption.stretches(of: 0..<count) {
        try Interruption.check()
        for i in part { order[i] = Int64(i) }
      }
      for i in 0..<(count - 1) {
        if i % stepsWithoutLook == 0 { try Interruption.check() }
        let other = i + Int(engine.bits32() % UInt32(truncatingIfNeeded: count - i))
        (order[i], order[other]) = (order[other], order[i])
      }
    } else {
      // The inside-out shuffle; a remainder of 32 bits would be uneven.
      for i in 0..<count {
        if i % stepsWithoutLook == 0 { try Interruption.check() }
        let other = Int(engine.bits64() % UInt64(i + 1))
        order[i] = Int64(i)
        order[i] = order[other]
        order[other] = Int64(i)
      }
    }
    return try result.to(dtype)
  }
}

extension DType {
  /// The bits of a floating point type's significand, the leading one included.
  var significandDigits: Int {
    switch self {
    case .float16: 11
    case .bfloat16: 8
    case .float32: 24
    default: 53
    }
  }

  /// The largest value of an integer type, as far as int64 goes; 1 for bool.
  var largestInteger: Int64 {
    switch self {
    case .bool: 1
    case .uint8: 255
    case .int8: 127
    case .int16: 32767
    case .int32: Int64(Int32.max)
    case .uint16: 65535
    case .uint32: Int64(UInt32.max)
    default: .max
    }
  }

  fileprivate var cIntegerName: String {
    switch self {
    case .uint8: "uint8_t"
    case .int8: "int8_t"
    case .int16: "int16_t"
    case .int32: "int"
    default: "c10::\(scalarTypeName)"
    }
  }

  private func rounded(_ value: Int64) -> Int64 {
    switch self {
    case .float16: Int64(clampingTruncation: Double(Float16(Float(value))))
    case .bfloat16: Int64(clampingTruncation: Double(SmallFloat.fromBFloat16(SmallFloat.toBFloat16(Float(value)))))
    case .float32: Int64(clampingTruncation: Double(Float(value)))
    default: Int64(clampingTruncation: Double(value))
    }
  }

  /// Half of the distance between neighbours near `value`, as an integer.
  private func spacing(near value: Int64) -> Int64 {
    let exponent = 63 - max(value.magnitude, 1).leadingZeroBitCount
    return 1 << Int64(min(max(exponent - significandDigits + 1, 0), 62))
  }

  /// The first integer from `value` on that does not fall below it when rounded to this floating point type.
  fileprivate func firstExact(from value: Int64) -> Int64 {
    let next = rounded(value &+ 1)
    return next < value ? next &+ spacing(near: value &+ 1) : value
  }

  /// The end before `value` that values rounded to this floating point type do not reach.
  fileprivate func lastExact(before value: Int64) -> Int64 {
    let previous = rounded(value &- 1)
    return previous >= value ? previous &- spacing(near: value &- 1) : value
  }
}
