/// Conversions of the floating point formats that Swift has no type for, rounding to nearest, ties to even.
enum SmallFloat {
  @inline(__always)
  static func fromBFloat16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  @inline(__always)
  static func toBFloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16
    return value == value ? UInt16(truncatingIfNeeded: rounded) : 0x7FC0
  }

  /// 1 sign, 4 exponent (bias 7), 3 mantissa bits; no infinity, NaN is 0x7F.
  /// Source: https://arxiv.org/abs/2209.05433
  static func fromE4M3FN(_ bits: UInt8) -> Float {
    let sign: Float = bits & 0x80 != 0 ? -1 : 1
    let exponent = Int((bits >> 3) & 0xF)
    let mantissa = Float(bits & 7)
    if exponent == 15 && bits & 7 == 7 { return .nan }
    if exponent == 0 { return sign * mantissa * 0x1p-9 }
    return sign * (1 + mantissa / 8) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
  }

  /// What is too large becomes the largest number.
  static func toE4M3FN(_ value: Float) -> UInt8 {
    small(value, mantissaBits: 3, bias: 7, infinity: 0x7E, nan: 0x7F)
  }

  /// 1 sign, 5 exponent (bias 15), 2 mantissa bits: the upper half of a float16.
  static func fromE5M2(_ bits: UInt8) -> Float { Float(Float16(bitPattern: UInt16(bits) << 8)) }

  static func toE5M2(_ value: Float) -> UInt8 {
    small(value, mantissaBits: 2, bias: 15, infinity: 0x7C, nan: 0x7F)
  }

  /// As E4M3FN with bias 8; 0x80 is NaN, so that there is no negative zero.
  /// Source: https://arxiv.org/abs/2206.02915
  static func fromE4M3FNUZ(_ bits: UInt8) -> Float { unsignedZero(bits, mantissaBits: 3, bias: 8) }

  static func toE4M3FNUZ(_ value: Float) -> UInt8 { unsignedZero(value, mantissaBits: 3, bias: 8) }

  /// As E5M2 with bias 16 and without infinities; 0x80 is NaN.
  static func fromE5M2FNUZ(_ bits: UInt8) -> Float { unsignedZero(bits, mantissaBits: 2, bias: 16) }

  static func toE5M2FNUZ(_ value: Float) -> UInt8 { unsignedZero(value, mantissaBits: 2, bias: 16) }

  /// Powers of two from 2^-127 on: the exponent of a float32; 0xFF is NaN.
  /// Source: https://arxiv.org/abs/2310.10537
  static func fromE8M0FNU(_ bits: UInt8) -> Float {
    switch bits {
    case 0: 0x1p-127
    case 0xFF: .nan
    default: Float(bitPattern: UInt32(bits) << 23)
    }
  }

  /// The sign is lost. Ties go away from 2^-127, which has no even neighbour below.
  static func toE8M0FNU(_ value: Float) -> UInt8 {
    let bits = value.bitPattern
    let exponent = UInt8(truncatingIfNeeded: bits >> 23)
    let fraction = bits & 0x7F_FFFF
    let half: UInt32 = 0x40_0000
    if exponent == 0xFF { return exponent }
    return fraction > half || (fraction == half && exponent > 0) ? exponent + 1 : exponent
  }

  private static func unsignedZero(_ bits: UInt8, mantissaBits: Int, bias: Int) -> Float {
    if bits == 0x80 { return .nan }
    let sign: Float = bits & 0x80 != 0 ? -1 : 1
    let exponent = Int(bits & 0x7F) >> mantissaBits
    let units = Int(bits) & ((1 << mantissaBits) - 1)
    let significand = exponent == 0 ? units : units + 1 << mantissaBits
    return sign * Float(significand)
      * Float(sign: .plus, exponent: max(exponent, 1) - bias - mantissaBits, significand: 1)
  }

  private static func unsignedZero(_ value: Float, mantissaBits: Int, bias: Int) -> UInt8 {
    let code = small(value, mantissaBits: mantissaBits, bias: bias, infinity: 0x80, nan: 0x80)
    return value.isNaN || code & 0x7F != 0 ? code : code & (value.magnitude < 1 ? 0x7F : 0x80)
  }

  /// Rounds to a format of 8 bits; what is too large becomes `infinity`.
  private static func small(_ value: Float, mantissaBits: Int, bias: Int, infinity: UInt8, nan: UInt8) -> UInt8 {
    let sign: UInt8 = value.sign == .minus ? 0x80 : 0
    if value.isNaN { return sign | nan }
    let magnitude = value.magnitude
    if magnitude == 0 { return sign }
    if magnitude.isInfinite { return sign | infinity }
    let exponent = max(Int(magnitude.exponent), 1 - bias)
    let step = Float(sign: .plus, exponent: exponent - mantissaBits, significand: 1)
    let units = Int((magnitude / step).rounded(.toNearestOrEven))
    let base = (exponent + bias - 1) << mantissaBits
    let code = base + units
    return sign | (code >= Int(infinity) ? infinity : UInt8(truncatingIfNeeded: code))
  }
}
