/// A JSON value.
///
/// Source: https://www.rfc-editor.org/rfc/rfc8259
public enum JSON: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number without point and exponent that fits 64 bits.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// A string, its escapes resolved.
  case string(String)
  /// Elements in order.
  case array([JSON])
  /// Members in order, with all duplicates.
  case object([(name: String, value: JSON)])

  /// Reads a text that is one value, with nothing but white space around it.
  ///
  /// - Throws: ``CheckpointError`` that says at which byte the text is no JSON, or is nested more than 64 levels deep.
  public init(_ text: [UInt8]) throws {
    var parser = JSONParser(text)
    self = try parser.parseText()
  }

  /// A string with quotes and escapes, as JSON has it.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{08}": result += "\\b"
      case "\u{0C}": result += "\\f"
      case _ where scalar.value < 0x20:
        result += scalar.value < 0x10 ? "\\u000" : "\\u00"
        result += String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// A strict parser of RFC 8259.
private struct JSONParser {
  private let text: [UInt8]
  private var position = 0
  private var depth = 0

  private static let depthLimit = 64

  init(_ text: [UInt8]) {
    self.text = text
  }

  mutating func parseText() throws -> JSON {
    let value = try parseValue()
    skipSpace()
    guard position == text.count else { throw error("text follows the value") }
    return value
  }

  private func error(_ message: String) -> CheckpointError {
    .malformed("the JSON is invalid at byte \(position): \(message)")
  }

  private var next: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { position += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return skipByte(character)
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard skip(character) else { throw error("\"\(character)\" is due") }
  }

  private mutating func parseValue() throws -> JSON {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { try $0.parseObject() }
    case UInt8(ascii: "["): return try nested { try $0.parseArray() }
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    default: return try parseNumber()
    }
  }

  private mutating func nested(_ parse: (inout JSONParser) throws -> JSON) throws -> JSON {
    guard depth < JSONParser.depthLimit else { throw error("it is nested too deeply") }
    depth += 1
    defer { depth -= 1 }
    position += 1
    return try parse(&self)
  }

  private mutating func parseObject() throws -> JSON {
    var members: [(name: String, value: JSON)] = []
    if skip("}") { return .object([]) }
    repeat {
      skipSpace()
      let name = try parseString()
      try expect(":")
      members.append((name, try parseValue()))
    } while skip(",")
    try expect("}")
    return .object(members)
  }

  private mutating func parseArray() throws -> JSON {
    var elements: [JSON] = []
    if skip("]") { return .array([]) }
    repeat { elements.append(try parseValue()) } while skip(",")
    try expect("]")
    return .array(elements)
  }

  private mutating func parseWord(_ word: String, _ value: JSON) throws -> JSON {
    guard text[position...].starts(with: word.utf8) else { throw error("a value is due") }
    position += word.utf8.count
    return value
  }

  private mutating func parseNumber() throws -> JSON {
    let start = position
    _ = skipByte("-")
    // No zero stands before other digits.
    guard skipByte("0") || skipDigits() else {
      position = start
      throw error("a value is due")
    }
    let isWhole = next.map { !".eE".utf8.contains($0) } ?? true
    if skipByte("."), !skipDigits() { throw error("a digit is due") }
    if skipByte("e") || skipByte("E") {
      _ = skipByte("+") || skipByte("-")
      guard skipDigits() else { throw error("a digit is due") }
    }
    let digits = String(decoding: text[start..<position], as: UTF8.self)
    if isWhole, let integer = Int(digits) { return .integer(integer) }
    guard let number = Double(digits), number.isFinite else { throw error("the number \(digits) is too large") }
    return .number(number)
  }

  private mutating func skipByte(_ character: Unicode.Scalar) -> Bool {
    guard let byte = next, UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    return position > start
  }

  private mutating func parseString() throws -> String {
    guard next == UInt8(ascii: "\"") else { throw error("a string is due") }
    position += 1
    var bytes: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: bytes, as: UTF8.self) else { throw error("a string is not UTF-8") }
        return string
      case UInt8(ascii: "\\"): bytes += try parseEscape()
      case 0..<0x20: throw error("a string has a control character")
      default: bytes.append(byte)
      }
    }
    throw error("a string has no end")
  }

  private mutating func parseEscape() throws -> [UInt8] {
    guard let byte = next else { throw error("a string has no end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(try parseEscapedScalar()).utf8)
    default: throw error("a string has an unknown escape")
    }
  }

  private mutating func parseEscapedScalar() throws -> Unicode.Scalar {
    let unit = try parseHexadecimal()
    var value = UInt32(unit)
    if UTF16.isLeadSurrogate(unit), text[position...].starts(with: "\\u".utf8) {
      position += 2
      let trail = try parseHexadecimal()
      guard UTF16.isTrailSurrogate(trail) else { throw error("a string has half a surrogate pair") }
      value = 0x10000 + ((value & 0x3FF) << 10 | UInt32(trail) & 0x3FF)
    }
    guard let scalar = Unicode.Scalar(value) else { throw error("a string has half a surrogate pair") }
    return scalar
  }

  private mutating func parseHexadecimal() throws -> UInt16 {
    let digits = text[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ $0 < 0x80 && Character(UnicodeScalar($0)).isHexDigit }),
      let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw error("a string has an incomplete escape") }
    position += 4
    return value
  }
}
