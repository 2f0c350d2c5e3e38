import Lua

/// A script taken apart into what a notebook shows: text in Markdown, from lines of comments that begin with `---`, and code.
///
/// Text splits the code where the code before it is complete; elsewhere, as inside of a function, it is an ordinary comment. A line
/// `-- %%` splits as well, without text.
struct NotebookScript {
  enum Cell: Equatable {
    case text(String)
    /// Code, and the number of its first line in the script, from 1.
    case code(String, line: Int)
  }

  private(set) var cells: [Cell] = []
  /// The script as one chunk that calls ``marker`` with the cell's index before each cell of code. Its lines are the script's.
  private(set) var chunk = ""

  /// What the chunk calls.
  static let marker = "__notebook_cell"

  /// - Parameter isComplete: whether a text is a whole chunk of Lua.
  init(_ source: String, isComplete: (String) -> Bool) {
    var lines = source.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    // The first line may tell the system what runs the script.
    if lines.first?.hasPrefix("#") == true { lines[0] = "" }
    var index = 0
    var code: [String] = []
    var codeStart = 0
    func endCode() {
      guard let first = code.firstIndex(where: { !Self.isBlank($0) }),
        let last = code.lastIndex(where: { !Self.isBlank($0) })
      else { return }
      marked[codeStart + first] = "\(Self.marker)(\(cells.count));" + code[first]
      cells.append(.code(code[first...last].joined(separator: "\n"), line: codeStart + first + 1))
    }
    var marked = lines
    while index < lines.count {
      guard Self.splits(lines[index]), isComplete(lines[..<index].joined(separator: "\n")) else {
        code.append(lines[index])
        index += 1
        continue
      }
      endCode()
      let text = lines[index...].prefix { Self.text(on: $0) != nil }
      if !text.isEmpty { cells.append(.text(text.compactMap(Self.text).joined(separator: "\n"))) }
      index += max(text.count, 1)
      code = []
      codeStart = index
    }
    endCode()
    chunk = marked.joined(separator: "\n")
  }

  /// The cell of code in which a line of the script stands.
  func cell(ofLine line: Int) -> Int? {
    cells.indices.last { index in
      if case .code(_, let first) = cells[index] { return first <= line }
      return false
    }
  }

  private static func isBlank(_ line: String) -> Bool { line.allSatisfy(\.isWhitespace) }

  private static func splits(_ line: String) -> Bool { text(on: line) != nil || line.hasPrefix("-- %%") }

  /// The Markdown on a line; nil on one of code.
  private static func text(on line: String) -> String? {
    guard line.hasPrefix("---") else { return nil }
    let text = line.dropFirst(3)
    if text.isEmpty { return "" }
    return text.first == " " ? String(text.dropFirst()) : nil
  }
}
