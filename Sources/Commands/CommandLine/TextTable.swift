/// Rows of fields under titles.
struct TextTable {
  let titles: [String]
  /// The columns whose texts end at the same place, as numbers do.
  var rightAligned: Set<Int> = []
  var rows: [[String]] = []

  /// For people, aligned columns under titles; for programs, lines of fields between tabs.
  func text(isTerminal: Bool) -> String {
    guard isTerminal else {
      return rows.map { $0.map(TextTable.escaped).joined(separator: "\t") + "\n" }.joined()
    }
    let shown = rows.map { $0.map(TextTable.escaped) }
    // A column without any text is left out.
    let columns = titles.indices.filter { column in
      shown.contains { $0.indices.contains(column) && !$0[column].isEmpty }
    }
    guard !columns.isEmpty else { return "" }
    let right = Set(columns.indices.filter { rightAligned.contains(columns[$0]) })
    let lines = TextTable.aligned(
      ([titles] + shown).map { row in columns.map { row.indices.contains($0) ? row[$0] : "" } }, rightAligned: right)
    return lines.map { $0 + "\n" }.joined()
  }

  /// Lines of columns with two spaces between.
  static func aligned(_ rows: [[String]], rightAligned: Set<Int> = []) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, text) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], text.count)
      }
    }
    return rows.map { row in
      var line = ""
      for (column, text) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - text.count)
        line += (column == 0 ? "" : "  ") + (rightAligned.contains(column) ? space + text : text + space)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// Text without control characters, which a file's names may have: no tab, newline or escape sequence gets to the terminal.
  static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.map { scalar in
      switch scalar {
      case "\t": "\\t"
      case "\n": "\\n"
      case "\r": "\\r"
      default: isControl(scalar) ? "\\u{" + String(scalar.value, radix: 16) + "}" : String(scalar)
      }
    }.joined()
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
  }
}
