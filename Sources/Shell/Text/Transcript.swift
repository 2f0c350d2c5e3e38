/// What was copied from a session, prompts and answers included.
enum Transcript {
  /// The input alone, where the text begins with a prompt, which no chunk of Lua does; else the text as it is.
  static func input(in text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, typed(on: first) != nil else { return text }
    return lines.compactMap { typed(on: $0) }.joined(separator: "\n")
  }

  private static func typed(on line: Substring) -> Substring? {
    for prompt in ["> ", ">> "] where line.hasPrefix(prompt) { return line.dropFirst(prompt.count) }
    return nil
  }
}
