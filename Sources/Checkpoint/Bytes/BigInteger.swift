/// An integer of any size, as Python has them: here only carried, never computed with.
public struct BigInteger: Hashable, Sendable, CustomStringConvertible {
  /// Two's complement, least significant byte first, without bytes that only repeat the sign.
  public let bytes: [UInt8]

  /// - Parameter bytes: two's complement, least significant byte first; no byte at all is zero.
  public init(twosComplement bytes: [UInt8]) {
    var bytes = bytes
    while let last = bytes.last, last == 0x00 || last == 0xFF {
      let sign = bytes.count > 1 ? bytes[bytes.count - 2] & 0x80 : 0
      guard bytes.count > 1 || last == 0, (last == 0xFF) == (sign != 0) else { break }
      bytes.removeLast()
    }
    self.bytes = bytes
  }

  /// The integer of an unsigned number of 64 bits.
  public init(_ value: UInt64) {
    self.init(twosComplement: withUnsafeBytes(of: value.littleEndian, Array.init) + [0])
  }

  /// Decimal digits with an optional sign, or nil for anything else.
  ///
  /// Takes time quadratic in the number of digits, so there may be no more than Python's own limit of 4300.
  public init?(decimal: some StringProtocol) {
    var digits = Substring(decimal)
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits.removeFirst() }
    guard !digits.isEmpty, digits.utf8.count <= 4300 else { return nil }
    var magnitude: [UInt8] = []
    for digit in digits.utf8 {
      guard (0x30...0x39).contains(digit) else { return nil }
      var carry = UInt16(digit - 0x30)
      for index in magnitude.indices {
        carry += UInt16(magnitude[index]) * 10
        magnitude[index] = UInt8(truncatingIfNeeded: carry)
        carry >>= 8
      }
      if carry != 0 { magnitude.append(UInt8(carry)) }
    }
    magnitude.append(0)
    self.init(twosComplement: isNegative ? BigInteger.negated(magnitude) : magnitude)
  }

  /// Whether it is below zero.
  public var isNegative: Bool { (bytes.last ?? 0) & 0x80 != 0 }

  /// The value, if 64 bits hold it.
  public var int64: Int64? {
    guard bytes.count <= 8 else { return nil }
    var value: UInt64 = isNegative ? .max : 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return Int64(bitPattern: value)
  }

  /// Decimal digits, or hexadecimal ones for an integer of more than 64 bytes.
  public var description: String {
    var magnitude = isNegative ? BigInteger.negated(bytes) : bytes
    let sign = isNegative ? "-" : ""
    if magnitude.count > 64 {
      let digits = magnitude.reversed().map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      return sign + "0x" + digits.joined()
    }
    var digits: [Character] = []
    while let last = magnitude.last {
      if last == 0 {
        magnitude.removeLast()
        continue
      }
      var remainder: UInt16 = 0
      for index in magnitude.indices.reversed() {
        remainder = remainder << 8 | UInt16(magnitude[index])
        magnitude[index] = UInt8(remainder / 10)
        remainder %= 10
      }
      digits.append(Character(UnicodeScalar(UInt8(remainder) + 0x30)))
    }
    return digits.isEmpty ? "0" : sign + String(digits.reversed())
  }

  /// The magnitude of a negative number, or the two's complement of a magnitude that ends in a zero byte.
  private static func negated(_ bytes: [UInt8]) -> [UInt8] {
    var carry = true
    return bytes.map { byte in
      let (value, overflow) = (~byte).addingReportingOverflow(carry ? 1 : 0)
      carry = overflow
      return value
    }
  }
}
