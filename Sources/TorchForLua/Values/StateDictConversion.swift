import Checkpoint
import Lua
import StateDicts
import Tensor

extension StateDict {
  /// A state dict, from a map or from a Lua table.
  ///
  /// - Parameter depth: how many dictionaries inside one another are taken along, for a diagnosis.
  /// - Throws: ``TensorError`` in PyTorch's words for anything else.
  init(_ value: StackValue, depth: Int = 0) throws {
    if let map = value.object(as: OrderedMap.self) {
      try self.init(map, depth: depth)
      return
    }
    guard let table = value.table, table.count == 0 || depth > 0 else {
      throw TensorError("Expected state_dict to be dict-like, got <class '\(try value.pythonTypeName)'>.", kind: .type)
    }
    self.init()
    try table.forEachPair { key, value in
      guard let name = key.string else { return }
      entries[name] = try Entry(try value.value(), depth: depth)
    }
  }

  /// The entries of a map under names, and the versions of its modules.
  private init(_ map: OrderedMap, depth: Int) throws {
    self.init()
    for (key, entry) in map.entries {
      guard let name = key.string else {
        throw TensorError("a state dict's keys are strings, not of type \(key.typeName)", kind: .type)
      }
      switch entry {
      case .stored(let value): entries[name] = Entry(value, depth: depth)
      case .lua(let value): entries[name] = try Entry(value, depth: depth)
      }
    }
    versions = map.versions
  }
}

extension StateDict.Entry {
  fileprivate init(_ value: LuaValue, depth: Int) throws {
    if let tensor = value.object(as: Tensor.self) {
      self = .tensor(tensor)
    } else if depth > 0, let map = value.object(as: OrderedMap.self), map.entries.keys.allSatisfy({ $0.string != nil })
    {
      self = .dictionary(try StateDict(map, depth: depth - 1), typeName: value.pythonTypeName)
    } else if depth > 0, let table = value.table {
      self = .dictionary(
        try table.reference.withStackValue { try StateDict($0, depth: depth - 1) }, typeName: "dict")
    } else {
      self = .other(typeName: value.pythonTypeName)
    }
  }
}

// What Python calls the types of values, for PyTorch's messages.

extension StackValue {
  fileprivate var pythonTypeName: String {
    get throws {
      if let table { return table.count > 0 ? "list" : "dict" }
      if let tensor { return tensor.isParameter ? "torch.nn.parameter.Parameter" : "torch.Tensor" }
      return kind == .userdata ? typeName : try value().pythonTypeName
    }
  }
}

extension LuaValue {
  fileprivate var pythonTypeName: String {
    switch self {
    case .nil: "NoneType"
    case .boolean: "bool"
    case .integer: "int"
    case .number: "float"
    case .string: "str"
    case .bytes: "bytes"
    case .table, .list, .map: "dict"
    case .function, .closure: "function"
    case .object(let object as OrderedMap), .identified(let object as OrderedMap, _):
      object.isOrderedDict ? "collections.OrderedDict" : "dict"
    case .object(let object), .identified(let object, _): "\(type(of: object))"
    case .reference, .argument: "userdata"
    }
  }
}
