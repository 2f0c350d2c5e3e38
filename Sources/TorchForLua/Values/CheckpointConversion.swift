import Checkpoint
import Lua
import OrderedCollections
import Tensor

extension CheckpointValue {
  /// The value as Lua sees it: a dict is an ``OrderedMap``, a list or tuple a table that counts from 1.
  func luaValue(_ state: LuaState) throws -> LuaValue {
    switch self {
    case .none: return .nil
    case .bool(let value): return .boolean(value)
    case .int(let value): return .integer(value)
    case .bigInt(let value): return .string("\(value)")
    case .double(let value): return .number(value)
    case .complex(let real, let imaginary): return .list([.number(real), .number(imaginary)])
    case .string(let value): return .string(value)
    case .bytes(let value): return .bytes(value)
    case .list(let values), .tuple(let values), .set(let values):
      let table = try state.newTable()
      for (index, value) in values.enumerated() {
        try table.set(.integer(Int64(index + 1)), try value.luaValue(state))
      }
      return .table(table)
    case .dictionary(let dictionary): return .object(OrderedMap(dictionary))
    case .tensor(let tensor): return .same(tensor)
    case .size(let sizes): return .object(SizeObject(sizes))
    case .dtype(let dtype): return .object(DTypeObject.of(dtype))
    case .device(let name): return .object(try DeviceObject(parsing: name))
    case .object(let object):
      var map = object.entries
      map["__class"] = .string(object.className)
      if !object.arguments.isEmpty { map["__args"] = .tuple(object.arguments) }
      if !object.elements.isEmpty { map["__items"] = .list(object.elements) }
      let attributes = object.attributes
      for (key, value) in attributes { map[key] = value }
      if attributes.isEmpty, object.state != .none { map["__state"] = object.state }
      return .object(OrderedMap(map))
    }
  }

  /// The value of a key, if it may be one.
  init?(key: StackValue) {
    if let text = key.string {
      self = .string(text)
    } else if let integer = key.integer {
      self = .int(integer)
    } else if let number = key.number {
      self = .double(number)
    } else if let boolean = key.boolean {
      self = .bool(boolean)
    } else {
      return nil
    }
  }

  /// What `torch.save` writes for a Lua value: a table of elements 1 to n is a list, every other a dict.
  ///
  /// - Parameter way: the way to this value, as a container that holds itself cannot be written.
  init(_ value: LuaValue, _ way: inout SavingWay, _ state: LuaState) throws {
    guard way.containers.count < 200 else {
      throw TensorError("save(): tables and maps are nested too deep, or hold themselves\(way.text)", kind: .value)
    }
    switch value {
    case .nil: self = .none
    case .boolean(let value): self = .bool(value)
    case .integer(let value): self = .int(value)
    case .number(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .bytes(let value): self = .bytes(value)
    case .table(let table):
      way.containers.append(table.reference)
      defer { way.containers.removeLast() }
      self = try CheckpointValue(table: table, &way, state)
    case .object(let object), .identified(let object, _):
      switch object {
      case let tensor as Tensor: self = .tensor(tensor)
      case let map as OrderedMap:
        way.containers.append(map)
        defer { way.containers.removeLast() }
        self = .dictionary(try map.checkpointDictionary(&way, state))
      case let size as SizeObject: self = .size(size.sizes)
      case let dtype as DTypeObject: self = .dtype(dtype.dtype)
      case let device as DeviceObject: self = .device(device.text)
      default:
        throw TensorError("save(): a \(type(of: object)) is not data; save its state_dict()\(way.text)", kind: .type)
      }
    default:
      throw TensorError("save(): a function, coroutine or foreign userdata cannot be saved\(way.text)", kind: .type)
    }
  }

  private init(table: LuaTable, _ way: inout SavingWay, _ state: LuaState) throws {
    let pairs = try table.pairs()
    let count = try table.count()
    if pairs.count == count {
      var elements: [CheckpointValue] = []
      elements.reserveCapacity(count)
      for (index, element) in try table.elements().enumerated() {
        elements.append(try way.entering(String(index + 1)) { try CheckpointValue(element, &$0, state) })
      }
      self = .list(elements)
      return
    }
    var entries: OrderedDictionary<CheckpointValue, CheckpointValue> = [:]
    for (key, value) in pairs {
      let key = try CheckpointValue(key, &way, state)
      entries[key] = try way.entering(key.keyText) { try CheckpointValue(value, &$0, state) }
    }
    // Lua keeps no order of keys: a saved file should not depend on the moment.
    entries.sort { "\($0.key)" < "\($1.key)" }
    self = .dictionary(CheckpointDictionary(entries))
  }
}

extension CheckpointValue {
  /// A key, in a message.
  var keyText: String {
    switch self {
    case .string(let text): text
    case .int(let number): String(number)
    default: typeName
    }
  }
}

/// The way from what `torch.save` was given to a value in it.
struct SavingWay {
  var containers: [AnyObject] = []
  private var keys: [String] = []

  /// The end of a message: ` (under 'optimizer.hook')`; nothing for the value itself.
  var text: String { keys.isEmpty ? "" : " (under '\(keys.prefix(8).joined(separator: "."))')" }

  mutating func entering<R>(_ key: String, _ body: (inout SavingWay) throws -> R) rethrows -> R {
    keys.append(key)
    defer { keys.removeLast() }
    return try body(&self)
  }
}
