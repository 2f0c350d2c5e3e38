import OrderedCollections
import Tensor

/// The comparison as a table: a row for each module of the network, then the keys that do not fit, then the diagnosis.
extension StateDictComparison: CustomStringConvertible {
  public var description: String { text() }

  /// The table, whose columns count the keys of each module.
  ///
  /// - Parameter listed: how many keys of a kind are listed at most.
  public func text(listed: Int = 8) -> String {
    var lines = Table(self).lines
    func list(_ title: String, _ items: [String]) {
      guard !items.isEmpty else { return }
      lines.append("\(title):")
      lines += items.prefix(listed).map { "  \($0)" }
      if items.count > listed { lines.append("  … \(items.count - listed) more") }
    }
    list("missing", missingKeys.map { "\($0) \(expected.shapeText($0))" })
    list("unexpected", unexpectedKeys.map { "\($0) \(given.shapeText($0))" })
    list(
      "other shape",
      mismatched.map { mismatch in
        switch mismatch.found {
        case .shape(let shape):
          "\(mismatch.key) \(Shape.text(shape)), in the network \(Shape.text(mismatch.expected))"
        case .noTensor(let typeName):
          "\(mismatch.key) is of type \(typeName), in the network a tensor \(Shape.text(mismatch.expected))"
        }
      })
    list("other type", converted.map { "\($0.key) \($0.found), in the network \($0.expected)" })
    return lines.joined(separator: "\n")
  }
}

extension StateDict {
  fileprivate func shapeText(_ key: String) -> String {
    guard let entry = entries[key] else { return "" }
    return entry.tensor.map { Shape.text($0.shape) } ?? "(\(entry.typeName))"
  }
}

/// The counts of keys, by module.
private struct Table {
  struct Row {
    var matched = 0
    var missing = 0
    var unexpected = 0
    var mismatched = 0

    var isEmpty: Bool { matched + missing + unexpected + mismatched == 0 }
    var cells: [String] { [matched, missing, unexpected, mismatched].map { $0 == 0 ? "" : String($0) } }
  }

  private var rows: OrderedDictionary<String, Row> = [:]
  private var total = Row()
  private let share: Double
  private let counts: (loaded: Int, all: Int)

  init(_ comparison: StateDictComparison) {
    share = comparison.share
    counts = (comparison.loadedParameterCount, comparison.parameterCount)
    let names = comparison.expected.names + comparison.unexpectedKeys
    let depth = Table.depth(names)
    func count(_ keys: [String], _ field: WritableKeyPath<Row, Int>) {
      for key in keys { rows[Table.group(key, depth), default: Row()][keyPath: field] += 1 }
      total[keyPath: field] += keys.count
    }
    // In the network's order, with what it does not know last.
    for name in names { rows[Table.group(name, depth)] = Row() }
    count(comparison.matched, \.matched)
    count(comparison.missingKeys, \.missing)
    count(comparison.unexpectedKeys, \.unexpected)
    count(comparison.mismatched.map(\.key), \.mismatched)
  }

  /// How many names of a path make a group: as many as all paths share at their beginning, and one.
  private static func depth(_ names: [String]) -> Int {
    guard let first = names.first else { return 1 }
    var common = first.split(separator: ".").dropLast()
    for name in names {
      let path = name.split(separator: ".").dropLast()
      common = common.prefix(zip(common, path).prefix { $0 == $1 }.count)
    }
    return common.count + 1
  }

  private static func group(_ key: String, _ depth: Int) -> String {
    let path = key.split(separator: ".", omittingEmptySubsequences: false).dropLast()
    return path.isEmpty ? key : path.prefix(depth).joined(separator: ".")
  }

  var lines: [String] {
    let limit = 40
    var table = [["module", "matched", "missing", "unexpected", "other shape"]]
    table += rows.prefix(limit).map { [$0.key] + $0.value.cells }
    if rows.count > limit { table.append(["… \(rows.count - limit) more", "", "", "", ""]) }
    table.append(["total"] + total.cells)
    let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    let lines = table.map { row in
      row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }.joined(separator: "  ").trimmingTrailingSpaces
    }
    return lines + [
      "\(percent(share)) of the parameters would load: \(grouped(counts.loaded)) of \(grouped(counts.all))"
    ]
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}

/// `99.2 %`; 0 and 100 only where it is none, or all.
func percent(_ share: Double) -> String {
  if share <= 0 { return "0 %" }
  if share >= 1 { return "100 %" }
  let tenths = min(max((share * 1000).rounded(), 1), 999)
  return "\(tenths / 10) %"
}

/// `21,284,672`
func grouped(_ number: Int) -> String {
  var text = ""
  for (index, digit) in String(number).reversed().enumerated() {
    if index > 0 && index % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return String(text.reversed())
}
