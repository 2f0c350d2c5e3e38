import Lua

/// Text in a page.
enum HTML {
  static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }

  /// Lua code with its tokens marked for coloring.
  static func code(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result = ""
    var end = 0
    for token in LuaScanner.tokens(bytes) {
      result += escaped(String(decoding: bytes[end..<token.range.lowerBound], as: UTF8.self))
      let text = escaped(String(decoding: bytes[token.range], as: UTF8.self))
      result += Self.style(of: token).map { "<span class=\"\($0)\">\(text)</span>" } ?? text
      end = token.range.upperBound
    }
    return result + escaped(String(decoding: bytes[end...], as: UTF8.self))
  }

  private static func style(of token: LuaToken) -> String? {
    switch token.kind {
    case .keyword: "k"
    case .string: "s"
    case .number: "n"
    case .comment: "c"
    case .name, .symbol: nil
    }
  }
}
