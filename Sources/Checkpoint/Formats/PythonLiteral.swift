/// The few forms of Python's literals that the header of a NumPy file has.
enum PythonLiteral {
  case bool(Bool)
  case int(Int)
  case string(String)
  case tuple([PythonLiteral])
  case list([PythonLiteral])
  case mapping([String: PythonLiteral])

  /// Reads a text that is one literal, with nothing but white space around it.
  init(_ text: String) throws {
    var parser = PythonLiteralParser(text: Array(text.utf8))
    self = try parser.parseText()
  }

  /// The entries of a dictionary, or none.
  var dictionary: [String: PythonLiteral] {
    if case .mapping(let entries) = self { entries } else { [:] }
  }
}

private struct PythonLiteralParser {
  let text: [UInt8]
  private var position = 0
  private var depth = 0

  private static let depthLimit = 16

  init(text: [UInt8]) { self.text = text }

  mutating func parseText() throws -> PythonLiteral {
    let value = try parseValue()
    guard next == nil else { throw invalid }
    return value
  }

  private var invalid: CheckpointError { .malformed("the NumPy header is invalid at byte \(position) of its text") }

  /// The next character that is not white space.
  private var next: UInt8? {
    mutating get {
      while position < text.count, text[position] == 0x20 || (0x09...0x0D).contains(text[position]) { position += 1 }
      return position < text.count ? text[position] : nil
    }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let byte = next, UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func parseValue() throws -> PythonLiteral {
    guard depth < PythonLiteralParser.depthLimit else { throw invalid }
    depth += 1
    defer { depth -= 1 }
    switch next {
    case UInt8(ascii: "{"): return try parseDictionary()
    case UInt8(ascii: "("): return .tuple(try parseElements(until: ")"))
    case UInt8(ascii: "["): return .list(try parseElements(until: "]"))
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try parseString())
    default: return try parseWord()
    }
  }

  private mutating func parseDictionary() throws -> PythonLiteral {
    var entries: [String: PythonLiteral] = [:]
    position += 1
    while !skip("}") {
      guard case .string(let key) = try parseValue(), skip(":") else { throw invalid }
      guard entries.updateValue(try parseValue(), forKey: key) == nil else { throw invalid }
      if skip(",") { continue }
      guard skip("}") else { throw invalid }
      break
    }
    return .mapping(entries)
  }

  private mutating func parseElements(until end: Unicode.Scalar) throws -> [PythonLiteral] {
    var elements: [PythonLiteral] = []
    position += 1
    while !skip(end) {
      elements.append(try parseValue())
      if skip(",") { continue }
      guard skip(end) else { throw invalid }
      break
    }
    return elements
  }

  private mutating func parseString() throws -> String {
    let quote = text[position]
    guard let end = text[(position + 1)...].firstIndex(of: quote) else { throw invalid }
    defer { position = end + 1 }
    return String(decoding: text[(position + 1)..<end], as: UTF8.self)
  }

  /// A number or truth value; Python 2 marked long integers with an L.
  private mutating func parseWord() throws -> PythonLiteral {
    let start = position
    while position < text.count,
      Character(UnicodeScalar(text[position])).isLetter || text[position] == 0x2D
        || (0x30...0x39).contains(text[position])
    {
      position += 1
    }
    let word = String(decoding: text[start..<position], as: UTF8.self)
    if word == "True" || word == "False" { return .bool(word == "True") }
    guard let value = Int(word.hasSuffix("L") ? word.dropLast() : word[...]) else { throw invalid }
    return .int(value)
  }
}
