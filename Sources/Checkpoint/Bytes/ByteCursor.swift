/// Reads numbers and runs of bytes one after the other from an array, never past its end.
struct ByteCursor {
  let bytes: [UInt8]
  private(set) var position: Int

  init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  var remaining: Int { bytes.count - position }
  var isAtEnd: Bool { position == bytes.count }

  /// The next `count` bytes, as a range of indices of `bytes`.
  mutating func skip(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw CheckpointError.truncated("the data ends early: \(count) more bytes are due and \(remaining) are there")
    }
    defer { position += count }
    return position..<position + count
  }

  mutating func take(_ count: Int) throws -> [UInt8] {
    Array(bytes[try skip(count)])
  }

  mutating func byte() throws -> UInt8 {
    bytes[try skip(1).lowerBound]
  }

  /// The next little-endian integer.
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws -> Value {
    let range = try skip(MemoryLayout<Value>.size)
    return bytes.withUnsafeBytes {
      Value(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: Value.self))
    }
  }

  /// The next little-endian count of 4 or 8 bytes, as far as an `Int` holds it.
  mutating func count<Width: FixedWidthInteger>(_ type: Width.Type) throws -> Int {
    let value = try integer(type)
    guard let count = Int(exactly: value), count >= 0 else {
      throw CheckpointError.malformed("a count of \(value) is out of range")
    }
    return count
  }

  /// The bytes up to the next newline, which is consumed and left out.
  mutating func line() throws -> [UInt8] {
    guard let end = bytes[position...].firstIndex(of: 0x0A) else {
      throw CheckpointError.truncated("the data ends early: a line has no end")
    }
    defer { position = end + 1 }
    return Array(bytes[position..<end])
  }

  /// The next `count` bytes as text; bytes which are not UTF-8 are an error.
  mutating func string(_ count: Int) throws -> String {
    let start = position
    let range = try skip(count)
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw CheckpointError.malformed("the text at byte \(start) is not UTF-8")
    }
    return text
  }
}
