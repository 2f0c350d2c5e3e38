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
      for (key, value) in object.state.dictionary?.entries ?? [:] { map[key] = value }
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
  /// - Parameter path: the containers that hold this value, as one that holds itself cannot be written.
  init(_ value: LuaValue, _ path: inout [AnyObject], _ state: LuaState) throws {
    guard path.count < 200 else {
      throw TensorError("save(): tables and maps are nested too deep, or hold themselves", kind: .value)
    }
    switch value {
    case .nil: self = .none
    case .boolean(let value): self = .bool(value)
    case .integer(let value): self = .int(value)
    case .number(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .bytes(let value): self = .bytes(value)
    case .table(let table):
      path.append(table.reference)
      defer { path.removeLast() }
      self = try CheckpointValue(table: table, &path, state)
    case .object(let object), .identified(let object, _):
      switch object {
      case let tensor as Tensor: self = .tensor(tensor)
      case let map as OrderedMap:
        path.append(map)
        defer { path.removeLast() }
        self = .dictionary(try map.checkpointDictionary(&path, state))
      case let size as SizeObject: self = .size(size.sizes)
      case let dtype as DTypeObject: self = .dtype(dtype.dtype)
      case let device as DeviceObject: self = .device(device.text)
      default:
        throw TensorError("save(): a \(type(of: object)) is not data; save its state_dict()", kind: .type)
      }
    default: throw TensorError("save(): a function, coroutine or foreign userdata cannot be saved", kind: .type)
    }
  }

  private init(table: LuaTable, _ path: inout [AnyObject], _ state: LuaState) throws {
    let pairs = try table.pairs()
    let count = try table.count()
    if pairs.count == count {
      var elements: [CheckpointValue] = []
      elements.reserveCapacity(count)
      for element in try table.elements() { elements.append(try CheckpointValue(element, &path, state)) }
      self = .list(elements)
      return
    }
    var entries: OrderedDictionary<CheckpointValue, CheckpointValue> = [:]
    for (key, value) in pairs {
      entries[try CheckpointValue(key, &path, state)] = try CheckpointValue(value, &path, state)
    }
    // Lua keeps no order of keys: a saved file should not depend on the moment.
    entries.sort { "\($0.key)" < "\($1.key)" }
    self = .dictionary(CheckpointDictionary(entries))
  }
}
