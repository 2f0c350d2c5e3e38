import Lua

/// The local variables, parameters and loop variables that a text declares, in blocks that have ended too.
struct LocalNames {
  struct Name {
    let text: String
    /// Whether it is declared outside of all blocks, and ends with the whole text.
    let isOutermost: Bool
    /// The tokens of the expression that it starts as; empty where none is known.
    let value: Range<Int>
  }

  private(set) var all: [Name] = []
  private let tokens: [LuaToken]
  private let bytes: [UInt8]

  init(in text: String) {
    let bytes = Array(text.utf8)
    self.init(LuaScanner.tokens(bytes).filter { $0.kind != .comment }, bytes)
  }

  init(_ tokens: [LuaToken], _ bytes: [UInt8]) {
    self.tokens = tokens
    self.bytes = bytes
    var depth = 0
    for index in tokens.indices where tokens[index].kind == .keyword {
      switch text(index) {
      case "function":
        collectParameters(after: index)
        depth += 1
      case "if", "repeat": depth += 1
      case "do": depth += 1
      case "end", "until": depth -= 1
      case "for": collectList(from: index + 1, isOutermost: false)
      case "local" where text(index + 1) == "function":
        all.append(Name(text: text(index + 2), isOutermost: depth == 0, value: 0..<0))
      case "local": collectList(from: index + 1, isOutermost: depth == 0)
      default: break
      }
    }
  }

  /// The last declaration of a name.
  func named(_ name: String) -> Name? { all.last { $0.text == name } }

  private func text(_ index: Int) -> String {
    tokens.indices.contains(index) ? String(decoding: bytes[tokens[index].range], as: UTF8.self) : ""
  }

  private func isName(_ index: Int) -> Bool { tokens.indices.contains(index) && tokens[index].kind == .name }

  /// `a, b <const> = …`
  private mutating func collectList(from start: Int, isOutermost: Bool) {
    var names: [String] = []
    var index = start
    while isName(index) {
      names.append(text(index))
      index += 1
      if text(index) == "<" { index += 3 }
      guard text(index) == "," else { break }
      index += 1
    }
    // The value of one variable alone is easily told.
    let value = names.count == 1 && text(index) == "=" ? index + 1..<endOfExpression(from: index + 1) : 0..<0
    all += names.map { Name(text: $0, isOutermost: isOutermost, value: value) }
  }

  /// `function name(a, b)`
  private mutating func collectParameters(after keyword: Int) {
    guard let open = tokens.indices[(keyword + 1)...].first(where: { text($0) == "(" }) else { return }
    for index in (open + 1)..<tokens.count {
      if isName(index) { all.append(Name(text: text(index), isOutermost: false, value: 0..<0)) }
      if text(index) == ")" { return }
    }
  }

  /// Where an expression ends: at a ';', a keyword or the line's end outside of brackets.
  private func endOfExpression(from start: Int) -> Int {
    var depth = 0
    for index in start..<max(start, tokens.count) {
      let isNewLine =
        index > start
        && bytes[tokens[index - 1].range.upperBound..<tokens[index].range.lowerBound].contains(UInt8(ascii: "\n"))
      if depth == 0, isNewLine || tokens[index].kind == .keyword || text(index) == ";" { return index }
      switch text(index) {
      case "(", "[", "{": depth += 1
      case ")", "]", "}": depth -= 1
      default: break
      }
    }
    return tokens.count
  }
}
