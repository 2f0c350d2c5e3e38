import Plot

/// What a script wrote to the terminal, as HTML: colors, lines that were written over, and figures.
struct OutputHTML {
  /// The elements of the page, in order.
  private(set) var text = ""
  /// The lines of the present element of text.
  private var html = ""
  /// The line that is being written: it may be written over.
  private var line = ""
  private var styles: [String] = []

  init(_ output: String) {
    var rest = Substring(output)
    var plain = ""
    while let first = rest.first {
      if first == "\u{1B}", let (element, after) = PageElement.take(from: rest) {
        write(&plain)
        endText()
        text += "<figure>\(element)</figure>"
        rest = after.first == "\n" ? after.dropFirst() : after
        continue
      }
      rest.removeFirst()
      switch first {
      case "\u{1B}" where rest.first == "[":
        write(&plain)
        let parameters = rest.dropFirst().prefix { $0.isNumber || $0 == ";" || $0 == "?" }
        rest = rest.dropFirst(1 + parameters.count)
        if rest.popFirst() == "m" { setStyle(parameters) }
      case "\r":
        plain = ""
        line = ""
      case "\n", "\r\n":
        write(&plain)
        line += "\n"
        endLine()
      default: plain.append(first)
      }
    }
    write(&plain)
    endText()
  }

  /// Ends an element of text; one without anything to see is left out.
  private mutating func endText() {
    endLine()
    if !html.allSatisfy(\.isWhitespace) { text += "<pre class=\"out\">\(html)</pre>" }
    html = ""
  }

  private mutating func write(_ plain: inout String) {
    let text = HTML.escaped(plain)
    plain = ""
    guard !text.isEmpty else { return }
    line += styles.isEmpty ? text : "<span class=\"\(styles.joined(separator: " "))\">\(text)</span>"
  }

  private mutating func endLine() {
    html += line
    line = ""
  }

  /// Bold, and the eight colors of text.
  private mutating func setStyle(_ parameters: Substring) {
    for code in parameters.split(separator: ";", omittingEmptySubsequences: false).map({ Int($0) ?? 0 }) {
      switch code {
      case 0: styles = []
      case 1: styles.append("bold")
      case 30...37, 90...97:
        styles.removeAll { $0.hasPrefix("color") }
        styles.append("color\(code % 10)")
      case 39: styles.removeAll { $0.hasPrefix("color") }
      default: break
      }
    }
  }
}
