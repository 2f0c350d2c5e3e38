import Checkpoint
import Lua
import Tensor

/// A map as text: a line for each entry, tensors with their shapes and types in columns, and what they come to.
extension OrderedMap {
  private static let shownEntries = 1000

  func text(_ state: LuaState) throws -> String {
    let keys = entries.keys.prefix(Self.shownEntries)
    var rows: [(key: String, shape: String, type: String)] = []
    for key in keys {
      let name = try state.toString(key.luaValue(state)).string ?? ""
      let value = try value(key, state) ?? .nil
      if let tensor = value.object(as: Tensor.self) {
        rows.append((name, Shape.text(tensor.shape), "\(tensor.dtype)"))
      } else {
        rows.append((name, try Self.summary(value, state), ""))
      }
    }
    let keyWidth = rows.map(\.key.count).max() ?? 0
    let shapeWidth = rows.filter { !$0.type.isEmpty }.map(\.shape.count).max() ?? 0
    var lines = rows.map { row in
      let start = "  " + row.key + String(repeating: " ", count: keyWidth - row.key.count) + "  " + row.shape
      return row.type.isEmpty
        ? start : start + String(repeating: " ", count: shapeWidth - row.shape.count) + "  " + row.type
    }
    if count > rows.count { lines.append("  … \(count - rows.count) more") }
    let title = (isOrderedDict ? "OrderedDict" : "dict") + " of " + (try total(state))
    return ([title] + lines).joined(separator: "\n")
  }

  /// How much is in the map: `62 tensors, 11,699,132 elements, 44.6 MB`.
  private func total(_ state: LuaState) throws -> String {
    let tensors = try entries.keys.compactMap { try value($0, state)?.object(as: Tensor.self) }
    guard !tensors.isEmpty else { return "\(count)" }
    let counted = "\(tensors.count) tensor\(tensors.count == 1 ? "" : "s")"
    let parts = tensors.count == count ? [counted] : ["\(count)", counted]
    let elements = "\(Self.grouped(tensors.map(\.count).saturatingSum())) elements"
    return (parts + [elements, Self.byteText(tensors.map(\.byteCount).saturatingSum())]).joined(separator: ", ")
  }

  /// What stands for a value that is no tensor: its text if that is one line, else the beginning.
  private static func summary(_ value: LuaValue, _ state: LuaState) throws -> String {
    if let map = value.object(as: OrderedMap.self) {
      return "\(map.isOrderedDict ? "OrderedDict" : "dict") of \(map.count)"
    }
    if let table = value.table { return try listSummary(table, state) }
    let text = try state.toString(value).string ?? ""
    let line = text.prefix { $0 != "\n" }
    return line.count == text.count && line.count <= 60 ? text : line.prefix(60) + "…"
  }

  /// A list as it is written, if it is short and plain, else how long it is.
  private static func listSummary(_ table: LuaTable, _ state: LuaState) throws -> String {
    let count = try table.count()
    guard try table.pairs().count == count else { return "table" }
    let shown =
      try count > 16
      ? []
      : table.elements().map { element in
        try element.table == nil && element.object(as: OrderedMap.self) == nil
          ? state.toString(element).string ?? "" : "\n"
      }
    let text = "{" + shown.joined(separator: ", ") + "}"
    return shown.count < count || text.count > 60 || text.contains("\n") ? "list of \(count)" : text
  }

  private static func grouped(_ number: Int) -> String {
    var text = ""
    for (position, digit) in String(number).reversed().enumerated() {
      if position > 0, position % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  private static func byteText(_ count: Int) -> String {
    var (number, unit) = (Double(count), "bytes")
    for next in ["KB", "MB", "GB"] where number >= 1024 { (number, unit) = (number / 1024, next) }
    return unit == "bytes" ? "\(count) bytes" : "\((number * 10).rounded() / 10) \(unit)"
  }
}
