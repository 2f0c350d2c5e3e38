import Lua
import Tensor

/// One element of an index: what stands between two commas in Python's `x[…]`.
enum IndexItem {
  case integer(Int)
  case slice(start: Int?, stop: Int?, step: Int)
  case ellipsis
  case newAxis
  case boolean(Bool)
  case tensor(Tensor)
}

/// Reads indices: `x[0]`, `x["1:3, :, -1"]`, `x[{{1, 3}, ":", mask}]`.
enum IndexGrammar {
  /// The index that a Lua value stands for; nil for a text that is none, such as a member's name.
  static func items(_ value: StackValue) throws -> [IndexItem]? {
    switch value.kind {
    case .string: return try value.string.flatMap { try items(text: $0) }
    case .table:
      guard let table = value.table else { return nil }
      var items: [IndexItem] = []
      try table.forEachElement { items += try element($0) }
      return items
    default: return [try single(value)]
    }
  }

  private static func element(_ value: StackValue) throws -> [IndexItem] {
    switch value.kind {
    case .nil: return [.newAxis]
    case .string:
      guard let text = value.string, let items = try items(text: text) else {
        throw TensorError("an index has the form of a slice such as '1:3', not '\(value.string ?? "")'", kind: .index)
      }
      return items
    case .table: return [try slice(value)]
    default: return [try single(value)]
    }
  }

  private static func single(_ value: StackValue) throws -> IndexItem {
    if let integer = value.integer { return .integer(Int(integer)) }
    if let tensor = value.tensor { return .tensor(tensor) }
    if let boolean = value.boolean { return .boolean(boolean) }
    throw TensorError(
      "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got \(value.typeName))",
      kind: .index)
  }

  /// `{start, stop[, step]}`; nil leaves an end open.
  static func slice(_ value: StackValue) throws -> IndexItem {
    guard let table = value.table else { return .slice(start: nil, stop: nil, step: 1) }
    var parts: [Int?] = []
    for position in 1...3 {
      try table.withElement(position) { part in
        guard part.isNil || part.integer != nil else {
          throw TensorError("slice indices must be integers or None, not \(part.typeName)", kind: .type)
        }
        parts.append(part.integer.map { Int($0) })
      }
    }
    guard table.count <= 3, parts.contains(where: { $0 != nil }) || table.isEmpty else {
      throw TensorError(
        "a table inside of an index is a slice {start, stop, step}; write torch.tensor{…} for a list of indices",
        kind: .index)
    }
    return try slice(parts[0], parts[1], parts[2])
  }

  private static func slice(_ start: Int?, _ stop: Int?, _ step: Int?) throws -> IndexItem {
    guard step != 0 else { throw TensorError("slice step cannot be zero", kind: .value) }
    guard step ?? 1 > 0 else { throw TensorError("step must be greater than zero", kind: .value) }
    return .slice(start: start, stop: stop, step: step ?? 1)
  }

  /// Slice text: integers, slices, `...` and `None` between commas. Nil if the text is nothing of the kind.
  private static func items(text: String) throws -> [IndexItem]? {
    var items: [IndexItem] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let part = part.filter { $0 != " " }
      switch part {
      case "...": items.append(.ellipsis)
      case "None": items.append(.newAxis)
      case "True": items.append(.boolean(true))
      case "False": items.append(.boolean(false))
      default:
        if let integer = Int(part) {
          items.append(.integer(integer))
          continue
        }
        let bounds = part.split(separator: ":", omittingEmptySubsequences: false)
        guard bounds.count == 2 || bounds.count == 3, bounds.allSatisfy({ $0.isEmpty || Int($0) != nil }) else {
          return nil
        }
        items.append(try slice(Int(bounds[0]), Int(bounds[1]), bounds.count == 3 ? Int(bounds[2]) : nil))
      }
    }
    return items
  }
}
