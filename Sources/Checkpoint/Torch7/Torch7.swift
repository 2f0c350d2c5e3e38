import OrderedCollections
import Tensor

/// The format of Torch7's `torch.save`, `.t7`: Lua's values, tensors, and networks of `nn` as state dicts.
struct Torch7 {
  private let file: InputFile
  private let isASCII: Bool
  private let options: CheckpointReadingOptions

  /// Nil if a file that begins so is not of this format, as far as one can tell: it has no signature. What is saved is a table, an
  /// object, or a number, text or boolean that is all of the file.
  init?(_ file: InputFile, start: [UInt8], options: CheckpointReadingOptions) {
    self.file = file
    self.options = options
    if start.starts(with: Array("3\n1\n".utf8)) || start.starts(with: Array("4\n1\n".utf8)) {
      isASCII = true
      return
    }
    isASCII = false
    var cursor = ByteCursor(start)
    guard let kind = try? cursor.integer(Int32.self), let next = try? cursor.integer(Int32.self) else { return nil }
    switch kind {
    case 3, 4: guard next == 1 else { return nil }
    case 1: guard file.size == 12 else { return nil }
    case 2: guard next >= 0, file.size == 8 + Int(next) else { return nil }
    case 5: guard file.size == 8, next == 0 || next == 1 else { return nil }
    default: return nil
    }
  }

  func load() throws -> CheckpointValue {
    var decoder = Torch7Decoder(
      try Torch7Parser.parse(file, isASCII: isASCII), unknownClasses: options.unknownClasses)
    return try decoder.decode()
  }
}

/// Turns the graph of a Torch7 file into checkpoint values.
///
/// A table of elements 1 to n is a list, every other a dictionary. Numbers without a fraction are integers. A module of `nn` is the
/// state dict that PyTorch's counterpart would have.
struct Torch7Decoder {
  let graph: Torch7Graph
  private let unknownClasses: UnknownClassPolicy
  private var unfolding: Unfolding

  init(_ graph: Torch7Graph, unknownClasses: UnknownClassPolicy) {
    self.graph = graph
    self.unknownClasses = unknownClasses
    unfolding = Unfolding("the file", nodeCount: graph.nodes.count)
  }

  mutating func decode() throws -> CheckpointValue { try value(graph.root) }

  private mutating func value(_ value: Torch7Value) throws -> CheckpointValue {
    if case .node(let index) = value {
      if let made = try unfolding.open(index) { return made }
      let made = try makeValue(graph.nodes[index], value)
      unfolding.close(index, made)
      return made
    }
    try unfolding.count(1)
    switch value {
    case .none, .node: return .none
    case .bool(let value): return .bool(value)
    case .number(let value): return Int64(exactly: value).map { .int($0) } ?? .double(value)
    case .string(let bytes): return String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(bytes)
    }
  }

  private mutating func makeValue(_ node: Torch7Node, _ reference: Torch7Value) throws -> CheckpointValue {
    switch node {
    case .tensor(let tensor): return .tensor(tensor)
    case .storage(let storage, let dtype):
      let count = storage.byteCount / dtype.size
      return .tensor(try TensorData.tensor(storage, dtype: dtype, shape: [count], strides: [1]))
    case .table(let entries): return try table(entries)
    case .function: return try unknown("function", content: .none)
    case .object(let object):
      guard Torch7Modules.isModule(reference, in: graph) else {
        return try unknown(object.className, content: object.content)
      }
      var modules = Torch7Modules(graph)
      return .dictionary(try modules.stateDict(of: reference))
    case .unfinished: return .none
    }
  }

  private mutating func table(_ entries: [Torch7Value]) throws -> CheckpointValue {
    if let elements = Torch7Decoder.elements(entries) { return .list(try elements.map { try value($0) }) }
    return .dictionary(CheckpointDictionary(try self.entries(entries)))
  }

  private mutating func entries(
    _ flat: [Torch7Value]
  ) throws -> OrderedDictionary<CheckpointValue, CheckpointValue> {
    var result = OrderedDictionary<CheckpointValue, CheckpointValue>(minimumCapacity: flat.count / 2)
    for index in stride(from: 0, to: flat.count - 1, by: 2) {
      let key = try value(flat[index])
      result[key] = try value(flat[index + 1])
    }
    return result
  }

  /// The values of a table whose keys are 1 to n, in any order, by their keys; nil for another table, and for an empty one.
  static func elements(_ entries: [Torch7Value]) -> [Torch7Value]? {
    guard !entries.isEmpty else { return nil }
    var elements = [Torch7Value?](repeating: nil, count: entries.count / 2)
    for index in stride(from: 0, to: entries.count - 1, by: 2) {
      guard case .number(let key) = entries[index], let position = Int(exactly: key),
        elements.indices.contains(position - 1), elements[position - 1] == nil
      else { return nil }
      elements[position - 1] = entries[index + 1]
    }
    return elements.compactMap { $0 }
  }

  private mutating func unknown(_ className: String, content: Torch7Value) throws -> CheckpointValue {
    guard unknownClasses == .table else { throw CheckpointError.unknownClass(className) }
    var object = CheckpointObject(className: className)
    if case .table(let entries) = graph.node(content) {
      object.state = .dictionary(CheckpointDictionary(try self.entries(entries)))
    }
    return .object(object)
  }
}
