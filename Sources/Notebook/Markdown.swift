/// The part of Markdown that notebooks need, as HTML: headings, paragraphs, lists, quotes, tables, code, emphasis, links and images.
///
/// Source: https://spec.commonmark.org, and for tables https://github.github.com/gfm/#tables-extension-
struct Markdown {
  /// What stands for an image's address: the page holds images itself.
  let embed: (String) -> String

  /// The text of the first heading; nil without one.
  static func title(of text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix("#") }.map { line in
      line.drop { $0 == "#" || $0 == " " }.filter { $0 != "*" && $0 != "`" }
    }
  }

  func html(_ text: String) -> String {
    var rest = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    var blocks: [String] = []
    while let line = rest.first {
      if line.allSatisfy(\.isWhitespace) {
        rest.removeFirst()
      } else if line.hasPrefix("```") {
        rest.removeFirst()
        blocks.append(codeBlock(&rest))
      } else if let level = Self.headingLevel(line) {
        rest.removeFirst()
        blocks.append("<h\(level)>\(inline(line.dropFirst(level + 1)))</h\(level)>")
      } else if Self.item(line) != nil {
        blocks.append(list(&rest))
      } else if line.hasPrefix(">") {
        let quoted = Self.take(&rest) { $0.hasPrefix(">") }.map { $0.dropFirst($0.hasPrefix("> ") ? 2 : 1) }
        blocks.append("<blockquote>\(html(quoted.joined(separator: "\n")))</blockquote>")
      } else if line.hasPrefix("|") {
        blocks.append(table(Self.take(&rest) { $0.hasPrefix("|") }))
      } else {
        // At least one line, whatever it looks like.
        let first = rest.removeFirst()
        let others = Self.take(&rest) { !Self.beginsBlock($0) }
        blocks.append("<p>\(inline(([first] + others).joined(separator: "\n")))</p>")
      }
    }
    return blocks.joined(separator: "\n")
  }

  // MARK: Blocks

  private static func take(_ lines: inout ArraySlice<Substring>, while isPart: (Substring) -> Bool) -> [Substring] {
    let taken = lines.prefix(while: isPart)
    lines = lines.dropFirst(taken.count)
    return Array(taken)
  }

  private static func beginsBlock(_ line: Substring) -> Bool {
    line.allSatisfy(\.isWhitespace) || line.hasPrefix("```") || headingLevel(line) != nil || item(line) != nil
      || line.hasPrefix(">") || line.hasPrefix("|")
  }

  private static func headingLevel(_ line: Substring) -> Int? {
    let level = line.prefix { $0 == "#" }.count
    return (1...6).contains(level) && line.dropFirst(level).first == " " ? level : nil
  }

  /// The text of a list's item, and whether the list is numbered.
  private static func item(_ line: Substring) -> (text: Substring, isNumbered: Bool)? {
    if line.hasPrefix("- ") || line.hasPrefix("* ") { return (line.dropFirst(2), false) }
    let digits = line.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty, line.dropFirst(digits.count).hasPrefix(". ") else { return nil }
    return (line.dropFirst(digits.count + 2), true)
  }

  private func list(_ lines: inout ArraySlice<Substring>) -> String {
    let isNumbered = lines.first.flatMap { Self.item($0) }?.isNumbered ?? false
    var items: [String] = []
    while let line = lines.first, let item = Self.item(line), item.isNumbered == isNumbered {
      lines.removeFirst()
      let more = Self.take(&lines) { $0.hasPrefix("  ") && !$0.allSatisfy(\.isWhitespace) }
      items.append("<li>\(inline(([item.text] + more).joined(separator: "\n")))</li>")
    }
    let tag = isNumbered ? "ol" : "ul"
    return "<\(tag)>\(items.joined())</\(tag)>"
  }

  private func codeBlock(_ lines: inout ArraySlice<Substring>) -> String {
    let code = Self.take(&lines) { !$0.hasPrefix("```") }
    lines = lines.dropFirst()
    return "<pre>\(HTML.escaped(code.joined(separator: "\n")))</pre>"
  }

  private func table(_ lines: [Substring]) -> String {
    let rows = lines.map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).dropFirst()
        .prefix(max(1, line.split(separator: "|", omittingEmptySubsequences: false).count - 2))
        .map { inline(Self.trimmed($0)) }
    }
    let isHeaded = lines.count > 1 && lines[1].allSatisfy { "|-: ".contains($0) }
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>\(cells.map { "<\(tag)>\($0)</\(tag)>" }.joined())</tr>"
    }
    let head = isHeaded ? row(rows[0], "th") : ""
    return "<table>\(head)\(rows.dropFirst(isHeaded ? 2 : 0).map { row($0, "td") }.joined())</table>"
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let start = text.drop { $0 == " " }
    return start.prefix((start.lastIndex { $0 != " " }).map { start.distance(from: start.startIndex, to: $0) + 1 } ?? 0)
  }

  // MARK: Inline

  private func inline(_ text: some StringProtocol) -> String {
    var result = ""
    var rest = Substring(text)
    while let first = rest.first {
      if first == "\\", let next = rest.dropFirst().first, next.isPunctuation || next.isSymbol {
        result += HTML.escaped(String(next))
        rest = rest.dropFirst(2)
      } else if let (content, after) = Self.enclosed(rest, "`") {
        result += "<code>\(HTML.escaped(content))</code>"
        rest = after
      } else if let (content, after) = Self.enclosed(rest, "**") {
        result += "<strong>\(inline(content))</strong>"
        rest = after
      } else if let (content, after) = Self.enclosed(rest, "*"), content.first != " " {
        result += "<em>\(inline(content))</em>"
        rest = after
      } else if let (label, address, after) = Self.link(rest, "![") {
        result += "<img src=\"\(HTML.escaped(embed(String(address))))\" alt=\"\(HTML.escaped(label))\">"
        rest = after
      } else if let (label, address, after) = Self.link(rest, "[") {
        result += "<a href=\"\(HTML.escaped(address))\">\(inline(label))</a>"
        rest = after
      } else {
        result += HTML.escaped(String(first))
        rest = rest.dropFirst()
      }
    }
    return result
  }

  /// What stands between two marks at the beginning of a text, and what follows.
  private static func enclosed(_ text: Substring, _ mark: String) -> (content: Substring, rest: Substring)? {
    guard text.hasPrefix(mark) else { return nil }
    let inner = text.dropFirst(mark.count)
    guard let end = position(of: mark, in: inner), end > inner.startIndex else { return nil }
    return (inner[..<end], inner[end...].dropFirst(mark.count))
  }

  /// `[label](address)` at the beginning of a text.
  private static func link(
    _ text: Substring, _ start: String
  ) -> (label: Substring, address: Substring, rest: Substring)? {
    guard text.hasPrefix(start) else { return nil }
    let inner = text.dropFirst(start.count)
    guard let middle = position(of: "](", in: inner) else { return nil }
    let address = inner[middle...].dropFirst(2)
    guard let end = address.firstIndex(of: ")") else { return nil }
    return (inner[..<middle], address[..<end], address[end...].dropFirst())
  }

  private static func position(of mark: String, in text: Substring) -> Substring.Index? {
    text.indices.first { text[$0...].hasPrefix(mark) }
  }
}
