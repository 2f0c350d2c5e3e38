/// Takes `(name: type = default, *, …) -> result` apart.
struct SignatureParser {
  private let text: [UInt8]
  private let types: ParameterTypes
  private var position = 0
  private(set) var parameters: [Parameter] = []
  private(set) var positionalCount: Int?
  private(set) var result = ""
  private(set) var problems: [String] = []

  init(_ text: String, types: ParameterTypes) {
    self.text = Array(text.utf8)
    self.types = types
  }

  mutating func parse() {
    guard take("(") else { return complain("it starts with no '('") }
    skipSpaces()
    while position < text.count, text[position] != UInt8(ascii: ")") {
      parseParameter()
      skipSpaces()
      guard take(",") else { break }
      skipSpaces()
    }
    guard take(")") else { return complain("it lacks ')'") }
    skipSpaces()
    guard position < text.count else { return }
    guard take("-"), take(">") else { return complain("'->' was expected after ')'") }
    skipSpaces()
    result = String(decoding: text[position...], as: UTF8.self)
  }

  private mutating func parseParameter() {
    if take("*") {
      positionalCount = parameters.count
      return
    }
    let name = takeWhile {
      $0 == UInt8(ascii: "_") || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 >= 0x30 && $0 <= 0x39
    }
    guard !name.isEmpty else {
      complain("a parameter's name was expected at '\(String(decoding: text[position...], as: UTF8.self))'")
      position = text.count
      return
    }
    skipSpaces()
    var typeText = "any"
    if take(":") {
      skipSpaces()
      typeText = takeUntil("=,)")
    }
    var defaultText: String?
    if take("=") {
      skipSpaces()
      defaultText = takeUntil(",)")
    }
    let type = CompiledType(parsing: typeText, types: types)
    problems += type.unknownNames.map { "the type '\($0)' of '\(name)' is unknown" }
    if parameters.contains(where: { $0.name == name }) { complain("'\(name)' stands twice") }
    parameters.append(
      Parameter(
        name: name, typeText: typeText, defaultText: defaultText, isKeywordOnly: positionalCount != nil,
        isOptional: defaultText != nil || type.takesNil || type.isVariadic, type: type,
        defaultValue: defaultText.map { DefaultValue(parsing: $0) } ?? .none, nameBytes: Array(name.utf8)))
  }

  private mutating func complain(_ problem: String) { problems.append(problem) }

  private mutating func skipSpaces() {
    while position < text.count, text[position] <= 0x20 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> String {
    let start = position
    while position < text.count, belongs(text[position]) { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// The text up to one of the `ends` outside of brackets and quotes, without trailing spaces.
  private mutating func takeUntil(_ ends: StaticString) -> String {
    let ends = ends.withUTF8Buffer { Array($0) }
    let start = position
    var depth = 0
    var quote: UInt8?
    while position < text.count {
      let character = text[position]
      if let open = quote {
        if character == open { quote = nil }
      } else if depth == 0, ends.contains(character) {
        break
      } else {
        switch character {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = character
        case UInt8(ascii: "("), UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
      }
      position += 1
    }
    var end = position
    while end > start, text[end - 1] <= 0x20 { end -= 1 }
    return String(decoding: text[start..<end], as: UTF8.self)
  }
}
