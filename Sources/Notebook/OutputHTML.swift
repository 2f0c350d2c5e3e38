import Plot

/// What a script wrote to the terminal, as HTML: colors, lines that were written over, and figures.
struct OutputHTML {
  private var html = ""
  /// The line that is being written: it may be written over.
  private var line = ""
  private var styles: [String] = []

  init(_ text: String) {
    var rest = Substring(text)
    var plain = ""
    while let first = rest.first {
      if first == "\u{1B}", let (element, after) = PageElement.take(from: rest) {
        write(&plain)
        // A figure stands between lines of its own.
        endLine()
        html += "</pre><figure>\(element)</figure><pre class=\"out\">"
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
    endLine()
  }

  /// The elements of the page; empty for no output.
  var text: String {
    "<pre class=\"out\">\(html)</pre>".removingEmptyOutputs
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

extension String {
  fileprivate var removingEmptyOutputs: String {
    split(separator: "<pre class=\"out\"></pre>").joined()
  }
}
