import Tensor

/// What a Torch7 file describes, as inert data: its functions are skipped, and its classes are names.
///
/// Containers lie in one array and refer to each other by index, as tables may contain each other.
struct Torch7Graph {
  var nodes: [Torch7Node] = []
  var root = Torch7Value.none

  func node(_ value: Torch7Value) -> Torch7Node? {
    guard case .node(let index) = value else { return nil }
    return nodes[index]
  }

  /// What an object has under a name.
  func field(_ name: String, of value: Torch7Value) -> Torch7Value? {
    guard case .object(let object) = node(value) else { return nil }
    return object.fields.values[Array(name.utf8)]
  }
}

/// A value small enough to be copied, or the index of a node.
enum Torch7Value: Equatable {
  case none
  case bool(Bool)
  case number(Double)
  case string([UInt8])
  case node(Int)
}

enum Torch7Node {
  /// Key, value, key, value, and so on.
  case table([Torch7Value])
  case tensor(Tensor)
  case storage(Storage, DType)
  indirect case object(Torch7Object)
  case function
  /// Stands in for a node while it is being read.
  case unfinished
}

/// An instance of a class, with what it wrote: a table.
struct Torch7Object {
  let className: String
  let content: Torch7Value
  let fields: Torch7Fields
}

/// The entries of a table whose keys are texts; objects may share one.
final class Torch7Fields: Sendable {
  let values: [[UInt8]: Torch7Value]

  /// - Parameter entries: key, value, key, value, and so on.
  init(_ entries: [Torch7Value]) {
    var values: [[UInt8]: Torch7Value] = [:]
    for index in stride(from: 0, to: entries.count - 1, by: 2) {
      if case .string(let name) = entries[index] { values[name] = entries[index + 1] }
    }
    self.values = values
  }
}

/// Reads the objects of a Torch7 file.
///
/// Source: https://github.com/torch/torch7/blob/master/File.lua, and for `tds` https://github.com/torch/tds
struct Torch7Parser {
  private var stream: Torch7Stream
  private var graph = Torch7Graph()
  /// The nodes by the numbers that the file gives them.
  private var indices: [Int: Int] = [:]
  /// The fields of tables that objects have, by the tables' nodes.
  private var fields: [Int: Torch7Fields] = [:]
  private var depth = 0

  /// The types of objects.
  private enum Kind: Int {
    case none = 0
    case number, string, table, object, bool
    /// Functions by their bytecode; the first sort cannot be referred to again.
    case plainFunction, oldFunction, function
  }

  static func parse(_ file: InputFile, isASCII: Bool) throws -> Torch7Graph {
    var parser = Torch7Parser(stream: Torch7Stream(file, isASCII: isASCII))
    parser.graph.root = try parser.value()
    return parser.graph
  }

  private init(stream: Torch7Stream) { self.stream = stream }

  private mutating func value() throws -> Torch7Value {
    let offset = stream.position
    let number = try stream.int()
    guard let kind = Kind(rawValue: number) else {
      throw CheckpointError.malformed("an object at byte \(offset) has the unknown type \(number)")
    }
    switch kind {
    case .none: return .none
    case .bool: return .bool(try stream.int() == 1)
    case .number: return .number(try stream.double())
    case .string: return .string(try stream.text())
    case .plainFunction: return try nested { try $0.function() }
    case .table: return try referenced { try $0.table() }
    case .object: return try referenced { try $0.object($1) }
    case .oldFunction, .function: return try referenced { try $0.function($1) }
    }
  }

  /// Reads what has a number, or recalls it.
  private mutating func referenced(
    _ read: (inout Torch7Parser, _ node: Int) throws -> Torch7Node
  ) throws -> Torch7Value {
    let number = try stream.int()
    if let node = indices[number] { return .node(node) }
    let node = graph.nodes.count
    graph.nodes.append(.unfinished)
    indices[number] = node
    graph.nodes[node] = try nested { try read(&$0, node) }
    return .node(node)
  }

  private mutating func referenced(_ read: (inout Torch7Parser) throws -> Torch7Node) throws -> Torch7Value {
    try referenced { parser, _ in try read(&parser) }
  }

  private mutating func nested<Result>(_ read: (inout Torch7Parser) throws -> Result) throws -> Result {
    guard depth < Unfolding.depthLimit else {
      throw CheckpointError.unsupported("the file is nested more than \(Unfolding.depthLimit) levels deep")
    }
    depth += 1
    defer { depth -= 1 }
    return try read(&self)
  }

  private mutating func table() throws -> Torch7Node {
    let count = try stream.int()
    guard count >= 0, count <= stream.remaining / 2 else {
      throw CheckpointError.truncated("a table announces \(count) entries, and \(stream.remaining) bytes are left")
    }
    var entries: [Torch7Value] = []
    for _ in 0..<count {
      let key = try value()
      guard key != .none else { throw CheckpointError.malformed("a table has an entry without a key") }
      entries.append(key)
      entries.append(try value())
    }
    return .table(entries)
  }

  /// Its bytecode and its upvalues, both of which are dropped.
  private mutating func function(_ node: Int? = nil) throws -> Torch7Node {
    _ = try stream.text()
    _ = try value()
    return .function
  }

  private mutating func function() throws -> Torch7Value {
    graph.nodes.append(try function(nil))
    return .node(graph.nodes.count - 1)
  }

  // MARK: Classes

  private mutating func object(_ node: Int) throws -> Torch7Node {
    var className = String(decoding: try stream.text(), as: UTF8.self)
    // The oldest files have no version in front.
    if className.hasPrefix("V ") { className = String(decoding: try stream.text(), as: UTF8.self) }
    switch Torch7Class(className) {
    case .tensor(let dtype): return .tensor(try tensor(dtype))
    case .storage(let dtype): return .storage(try stream.storage(dtype, count: try stream.long()), dtype)
    case .vector: return .table(try (0..<(try count())).flatMap { [.number(Double($0 + 1)), try value()] })
    case .hash:
      var entries: [Torch7Value] = []
      for _ in 0..<(try count()) {
        entries.append(try value())
        entries.append(try value())
      }
      return .table(entries)
    case .other:
      let content = try value()
      guard case .node(let table) = content, case .table(let entries) = graph.nodes[table] else {
        throw CheckpointError.unsupported(
          "an object of the class \(className), which writes itself in a way of its own")
      }
      let fields = fields[table] ?? Torch7Fields(entries)
      self.fields[table] = fields
      return .object(Torch7Object(className: className, content: content, fields: fields))
    }
  }

  private mutating func count() throws -> Int {
    let count = try stream.long()
    guard count >= 0, count <= stream.remaining else {
      throw CheckpointError.truncated("\(count) values are due in \(stream.remaining) bytes")
    }
    return count
  }

  /// The number of dimensions, sizes, strides, the offset from 1, and the storage; nothing makes a storage of an empty tensor.
  private mutating func tensor(_ dtype: DType) throws -> Tensor {
    let rank = try stream.int()
    let shape = try stream.longs(rank)
    let strides = try stream.longs(rank)
    let (offset, overflow) = try stream.long().subtractingReportingOverflow(1)
    let content = try value()
    if content == .none || shape.isEmpty { return try Tensor(empty: [0], dtype: dtype) }
    guard case .storage(let storage, dtype)? = graph.node(content), !overflow else {
      throw CheckpointError.malformed("a tensor of \(dtype) has no storage of its type")
    }
    return try TensorData.tensor(storage, dtype: dtype, shape: shape, strides: strides, offset: offset)
  }
}

/// The classes that write themselves in a way of their own.
private enum Torch7Class {
  case tensor(DType)
  case storage(DType)
  /// `tds.Vec` and `tds.Hash`
  case vector
  case hash
  case other

  init(_ name: String) {
    switch name {
    case "tds.Vec": self = .vector
    case "tds.Hash": self = .hash
    default:
      if let dtype = Torch7Class.dtype(name, "Tensor") {
        self = .tensor(dtype)
      } else if let dtype = Torch7Class.dtype(name, "Storage") {
        self = .storage(dtype)
      } else {
        self = .other
      }
    }
  }

  private static let dtypes: [Substring: DType] = [
    "Byte": .uint8, "Char": .int8, "Short": .int16, "Int": .int32, "Long": .int64, "Half": .float16, "Float": .float32,
    "Double": .float64,
  ]

  /// The type in names such as `torch.FloatTensor` and `torch.CudaLongStorage`; without a type, `torch.CudaTensor` has floats.
  private static func dtype(_ name: String, _ suffix: String) -> DType? {
    guard name.hasPrefix("torch."), name.hasSuffix(suffix) else { return nil }
    let type = name.dropFirst("torch.".count).dropLast(suffix.count)
    if type == "Cuda" { return .float32 }
    return dtypes[type.hasPrefix("Cuda") ? type.dropFirst("Cuda".count) : type]
  }
}
