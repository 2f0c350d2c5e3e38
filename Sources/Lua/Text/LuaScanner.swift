/// A token of Lua, or of the unfinished end of a chunk.
public struct LuaToken: Equatable, Sendable {
  /// The sorts of tokens; all brackets and operators are symbols.
  public enum Kind: Sendable {
    /// A string may be in quotes or long brackets, and a comment goes on to the end of its line or bracket.
    case name, keyword, number, string, symbol, comment
  }

  /// What the token is.
  public let kind: Kind
  /// Where it stands in the bytes.
  public let range: Range<Int>
  /// Whether it is a string or a comment whose end is missing.
  public let isOpen: Bool
}

/// Takes Lua's text apart as far as an editor needs it: it never fails.
public struct LuaScanner {
  private let bytes: [UInt8]
  private var position = 0

  private init(_ text: some Sequence<UInt8>) { bytes = Array(text) }

  /// The words that are no names.
  public static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not",
    "or", "repeat", "return", "then", "true", "until", "while",
  ]

  /// All tokens of a text.
  public static func tokens(_ text: some Sequence<UInt8>) -> [LuaToken] {
    var scanner = LuaScanner(text)
    var tokens: [LuaToken] = []
    while let token = scanner.next() { tokens.append(token) }
    return tokens
  }

  /// Whether a byte may stand in a name.
  public static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      return true
    default: return false
    }
  }

  /// Whether a text is a name that needs no quotes as a table's key.
  public static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !isDigit(first), !keywords.contains(text) else { return false }
    return text.utf8.allSatisfy(isNameByte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  private func byte(_ offset: Int = 0) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  private mutating func next() -> LuaToken? {
    while let byte = byte(), Self.isSpace(byte) { position += 1 }
    guard let first = byte() else { return nil }
    let start = position
    var kind = LuaToken.Kind.symbol
    var isOpen = false
    if first == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "-") {
      position += 2
      kind = .comment
      isOpen = skipComment()
    } else if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
      kind = .string
      isOpen = skipQuoted(first)
    } else if first == UInt8(ascii: "["), let level = longBracketLevel() {
      kind = .string
      isOpen = skipLongBracket(level)
    } else if Self.isDigit(first) || first == UInt8(ascii: ".") && byte(1).map(Self.isDigit) == true {
      kind = .number
      skipNumber()
    } else if Self.isNameByte(first) {
      while let byte = byte(), Self.isNameByte(byte) { position += 1 }
      kind = Self.keywords.contains(String(decoding: bytes[start..<position], as: UTF8.self)) ? .keyword : .name
    } else {
      skipSymbol(first)
    }
    return LuaToken(kind: kind, range: start..<position, isOpen: isOpen)
  }

  private mutating func skipComment() -> Bool {
    if byte() == UInt8(ascii: "["), let level = longBracketLevel() { return skipLongBracket(level) }
    while let byte = byte(), byte != UInt8(ascii: "\n") { position += 1 }
    return byte() == nil
  }

  /// Skips a string in quotes; returns whether its end is missing.
  private mutating func skipQuoted(_ quote: UInt8) -> Bool {
    position += 1
    while let byte = byte() {
      if byte == UInt8(ascii: "\\") {
        position += 2
        continue
      }
      if byte == UInt8(ascii: "\n") { return true }
      position += 1
      if byte == quote { return false }
    }
    position = min(position, bytes.count)
    return true
  }

  /// The number of '=' of the long bracket that opens here; nil if none does.
  private func longBracketLevel() -> Int? {
    var level = 0
    while byte(1 + level) == UInt8(ascii: "=") { level += 1 }
    return byte(1 + level) == UInt8(ascii: "[") ? level : nil
  }

  private mutating func skipLongBracket(_ level: Int) -> Bool {
    let end =
      [UInt8(ascii: "]")] + Array(repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
    position += level + 2
    while position + end.count <= bytes.count {
      if bytes[position..<position + end.count].elementsEqual(end) {
        position += end.count
        return false
      }
      position += 1
    }
    position = bytes.count
    return true
  }

  private mutating func skipNumber() {
    while let byte = byte() {
      let isSigned = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
      let afterExponent = position > 0 && [101, 69, 112, 80].contains(bytes[position - 1])
      guard Self.isNameByte(byte) || byte == UInt8(ascii: ".") || isSigned && afterExponent else { return }
      position += 1
    }
  }

  private mutating func skipSymbol(_ first: UInt8) {
    let longest = ["...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"]
    for symbol in longest where bytes[position...].starts(with: symbol.utf8) {
      position += symbol.utf8.count
      return
    }
    position += 1
    // A character outside of ASCII stays whole.
    if first >= 0x80 { while let byte = byte(), byte & 0xC0 == 0x80 { position += 1 } }
  }
}
