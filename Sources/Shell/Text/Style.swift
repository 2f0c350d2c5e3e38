/// How text looks on a terminal; plain elsewhere.
public struct Style: Sendable {
  /// Whether text is marked with a terminal's escape sequences.
  public let isColored: Bool

  /// - Parameter isColored: whether text is marked with a terminal's escape sequences.
  public init(isColored: Bool) { self.isColored = isColored }

  func error(_ text: String) -> String { wrap(text, "31") }
  func faint(_ text: String) -> String { wrap(text, "2") }
  func strong(_ text: String) -> String { wrap(text, "1") }

  private func wrap(_ text: String, _ code: String) -> String {
    isColored && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
