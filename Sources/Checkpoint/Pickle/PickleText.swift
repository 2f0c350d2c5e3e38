/// The two escaped forms in which protocol 0 writes text.
enum PickleText {
  /// Text in quotes with the escapes of a Python string literal, as Python 2 wrote `str`.
  static func quoted(_ line: [UInt8]) throws -> String {
    guard line.count >= 2, let quote = line.first, quote == line.last,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { throw CheckpointError.malformed("the pickle has a string without quotes") }
    var result: [UInt8] = []
    var rest = line[1..<(line.count - 1)]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
      case UInt8(ascii: "'"): result.append(UInt8(ascii: "'"))
      case UInt8(ascii: "\""): result.append(UInt8(ascii: "\""))
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "x"): result.append(UInt8(truncatingIfNeeded: try hexadecimal(&rest, digits: 2)))
      default: throw CheckpointError.malformed("the pickle has a string with an unknown escape")
      }
    }
    return try text(result)
  }

  /// Text in which \u and \U escape what is not Latin-1.
  static func rawUnicodeEscaped(_ line: [UInt8]) throws -> String {
    var result = ""
    var rest = line[...]
    while let byte = rest.popFirst() {
      var scalar = UInt32(byte)
      if byte == UInt8(ascii: "\\"), let kind = rest.first, kind == UInt8(ascii: "u") || kind == UInt8(ascii: "U") {
        rest.removeFirst()
        scalar = try hexadecimal(&rest, digits: kind == UInt8(ascii: "u") ? 4 : 8)
      }
      guard let valid = UnicodeScalar(scalar) else {
        throw CheckpointError.malformed("the pickle has a string with an invalid character")
      }
      result.unicodeScalars.append(valid)
    }
    return result
  }

  private static func hexadecimal(_ rest: inout ArraySlice<UInt8>, digits: Int) throws -> UInt32 {
    let text = String(decoding: rest.prefix(digits), as: UTF8.self)
    guard text.utf8.count == digits, let value = UInt32(text, radix: 16) else {
      throw CheckpointError.malformed("the pickle has a string with an incomplete escape")
    }
    rest.removeFirst(digits)
    return value
  }

  private static func text(_ bytes: [UInt8]) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CheckpointError.malformed("the pickle has a string that is not UTF-8")
    }
    return text
  }
}
