/// How one compute type is made from, and turned into, each element type.
protocol RowConversion {
  associatedtype Value
  static func from(_ x: Int64) -> Value
  static func from(_ x: UInt64) -> Value
  static func from(_ x: Float) -> Value
  static func from(_ x: Double) -> Value
  /// As processors convert: fractions are cut, and what lies out of range (or is NaN) becomes the smallest integer.
  static func int(_ x: Value) -> Int64
  /// The same for types of up to 32 bits, of which the lower ones keep the last bits.
  static func int32(_ x: Value) -> Int32
  static func float(_ x: Value) -> Float
  static func double(_ x: Value) -> Double
  static func isNonZero(_ x: Value) -> Bool
}

enum FloatConversion: RowConversion {
  @inline(__always) static func from(_ x: Int64) -> Float { Float(x) }
  @inline(__always) static func from(_ x: UInt64) -> Float { Float(x) }
  @inline(__always) static func from(_ x: Float) -> Float { x }
  @inline(__always) static func from(_ x: Double) -> Float { Float(x) }
  @inline(__always) static func int(_ x: Float) -> Int64 { x >= -0x1p63 && x < 0x1p63 ? Int64(x) : .min }
  @inline(__always) static func int32(_ x: Float) -> Int32 { x >= -0x1p31 && x < 0x1p31 ? Int32(x) : .min }
  @inline(__always) static func float(_ x: Float) -> Float { x }
  @inline(__always) static func double(_ x: Float) -> Double { Double(x) }
  @inline(__always) static func isNonZero(_ x: Float) -> Bool { x != 0 }
}

enum DoubleConversion: RowConversion {
  @inline(__always) static func from(_ x: Int64) -> Double { Double(x) }
  @inline(__always) static func from(_ x: UInt64) -> Double { Double(x) }
  @inline(__always) static func from(_ x: Float) -> Double { Double(x) }
  @inline(__always) static func from(_ x: Double) -> Double { x }
  @inline(__always) static func int(_ x: Double) -> Int64 { x >= -0x1p63 && x < 0x1p63 ? Int64(x) : .min }
  @inline(__always) static func int32(_ x: Double) -> Int32 { x > -0x1.00000002p31 && x < 0x1p31 ? Int32(x) : .min }
  @inline(__always) static func float(_ x: Double) -> Float { Float(x) }
  @inline(__always) static func double(_ x: Double) -> Double { x }
  @inline(__always) static func isNonZero(_ x: Double) -> Bool { x != 0 }
}

enum IntConversion: RowConversion {
  @inline(__always) static func from(_ x: Int64) -> Int64 { x }
  @inline(__always) static func from(_ x: UInt64) -> Int64 { Int64(truncatingIfNeeded: x) }
  @inline(__always) static func from(_ x: Float) -> Int64 { FloatConversion.int(x) }
  @inline(__always) static func from(_ x: Double) -> Int64 { DoubleConversion.int(x) }
  @inline(__always) static func int(_ x: Int64) -> Int64 { x }
  @inline(__always) static func int32(_ x: Int64) -> Int32 { Int32(truncatingIfNeeded: x) }
  @inline(__always) static func float(_ x: Int64) -> Float { Float(x) }
  @inline(__always) static func double(_ x: Int64) -> Double { Double(x) }
  @inline(__always) static func isNonZero(_ x: Int64) -> Bool { x != 0 }
}

@inline(__always)
private func gather<Stored, Value>(
  _ row: Row, _ count: Int, _ buffer: UnsafeMutablePointer<Value>, _ type: Stored.Type, _ convert: (Stored) -> Value
) {
  let source = row.pointer.assumingMemoryBound(to: Stored.self)
  let stride = row.stride
  if stride == 1 {
    for i in 0..<count { buffer[i] = convert(source[i]) }
  } else {
    for i in 0..<count { buffer[i] = convert(source[i &* stride]) }
  }
}

@inline(__always)
private func scatter<Stored, Value>(
  _ buffer: UnsafePointer<Value>, _ count: Int, _ row: Row, _ type: Stored.Type, _ convert: (Value) -> Stored
) {
  let target = row.pointer.assumingMemoryBound(to: Stored.self)
  let stride = row.stride
  if stride == 1 {
    for i in 0..<count { target[i] = convert(buffer[i]) }
  } else {
    for i in 0..<count { target[i &* stride] = convert(buffer[i]) }
  }
}

/// Reads a row of any type. Of complex numbers it reads the real part.
@inline(__always)
func loadRow<C: RowConversion>(
  _ row: Row, _ count: Int, into buffer: UnsafeMutablePointer<C.Value>, _ conversion: C.Type
) {
  switch row.dtype {
  case .uint8: gather(row, count, buffer, UInt8.self) { C.from(Int64($0)) }
  case .bool: gather(row, count, buffer, UInt8.self) { C.from($0 != 0 ? 1 as Int64 : 0) }
  case .int8: gather(row, count, buffer, Int8.self) { C.from(Int64($0)) }
  case .int16: gather(row, count, buffer, Int16.self) { C.from(Int64($0)) }
  case .int32: gather(row, count, buffer, Int32.self) { C.from(Int64($0)) }
  case .int64: gather(row, count, buffer, Int64.self) { C.from($0) }
  case .uint16: gather(row, count, buffer, UInt16.self) { C.from(Int64($0)) }
  case .uint32: gather(row, count, buffer, UInt32.self) { C.from(Int64($0)) }
  case .uint64: gather(row, count, buffer, UInt64.self) { C.from($0) }
  case .float32: gather(row, count, buffer, Float.self) { C.from($0) }
  case .float64: gather(row, count, buffer, Double.self) { C.from($0) }
  case .float16: gather(row, count, buffer, Float16.self) { C.from(Float($0)) }
  case .bfloat16: gather(row, count, buffer, UInt16.self) { C.from(SmallFloat.fromBFloat16($0)) }
  case .float8_e4m3fn: gather(row, count, buffer, UInt8.self) { C.from(SmallFloat.fromE4M3FN($0)) }
  case .float8_e5m2: gather(row, count, buffer, UInt8.self) { C.from(SmallFloat.fromE5M2($0)) }
  case .float8_e4m3fnuz: gather(row, count, buffer, UInt8.self) { C.from(SmallFloat.fromE4M3FNUZ($0)) }
  case .float8_e5m2fnuz: gather(row, count, buffer, UInt8.self) { C.from(SmallFloat.fromE5M2FNUZ($0)) }
  case .float8_e8m0fnu: gather(row, count, buffer, UInt8.self) { C.from(SmallFloat.fromE8M0FNU($0)) }
  case .complex32:
    let real = Row(pointer: row.pointer, dtype: .float16, stride: row.stride * 2)
    gather(real, count, buffer, Float16.self) { C.from(Float($0)) }
  case .complex64:
    let real = Row(pointer: row.pointer, dtype: .float32, stride: row.stride * 2)
    gather(real, count, buffer, Float.self) { C.from($0) }
  case .complex128:
    let real = Row(pointer: row.pointer, dtype: .float64, stride: row.stride * 2)
    gather(real, count, buffer, Double.self) { C.from($0) }
  }
}

/// Writes a row of any type. Complex numbers get an imaginary part of zero.
@inline(__always)
func storeRow<C: RowConversion>(
  _ buffer: UnsafePointer<C.Value>, _ count: Int, to row: Row, _ conversion: C.Type
) {
  switch row.dtype {
  case .uint8: scatter(buffer, count, row, UInt8.self) { UInt8(truncatingIfNeeded: C.int32($0)) }
  case .bool: scatter(buffer, count, row, UInt8.self) { C.isNonZero($0) ? 1 : 0 }
  case .int8: scatter(buffer, count, row, Int8.self) { Int8(truncatingIfNeeded: C.int32($0)) }
  case .int16: scatter(buffer, count, row, Int16.self) { Int16(truncatingIfNeeded: C.int32($0)) }
  case .int32: scatter(buffer, count, row, Int32.self) { Int32(truncatingIfNeeded: C.int32($0)) }
  case .int64: scatter(buffer, count, row, Int64.self) { C.int($0) }
  case .uint16: scatter(buffer, count, row, UInt16.self) { UInt16(truncatingIfNeeded: C.int($0)) }
  case .uint32: scatter(buffer, count, row, UInt32.self) { UInt32(truncatingIfNeeded: C.int($0)) }
  case .uint64: scatter(buffer, count, row, UInt64.self) { UInt64(truncatingIfNeeded: C.int($0)) }
  case .float32: scatter(buffer, count, row, Float.self) { C.float($0) }
  case .float64: scatter(buffer, count, row, Double.self) { C.double($0) }
  case .float16: scatter(buffer, count, row, Float16.self) { Float16(C.float($0)) }
  case .bfloat16: scatter(buffer, count, row, UInt16.self) { SmallFloat.toBFloat16(C.float($0)) }
  case .float8_e4m3fn: scatter(buffer, count, row, UInt8.self) { SmallFloat.toE4M3FN(C.float($0)) }
  case .float8_e5m2: scatter(buffer, count, row, UInt8.self) { SmallFloat.toE5M2(C.float($0)) }
  case .float8_e4m3fnuz: scatter(buffer, count, row, UInt8.self) { SmallFloat.toE4M3FNUZ(C.float($0)) }
  case .float8_e5m2fnuz: scatter(buffer, count, row, UInt8.self) { SmallFloat.toE5M2FNUZ(C.float($0)) }
  case .float8_e8m0fnu: scatter(buffer, count, row, UInt8.self) { SmallFloat.toE8M0FNU(C.float($0)) }
  case .complex32: scatter(buffer, count, row, SIMD2<Float16>.self) { SIMD2(Float16(C.float($0)), 0) }
  case .complex64: scatter(buffer, count, row, SIMD2<Float>.self) { SIMD2(C.float($0), 0) }
  case .complex128: scatter(buffer, count, row, SIMD2<Double>.self) { SIMD2(C.double($0), 0) }
  }
}
