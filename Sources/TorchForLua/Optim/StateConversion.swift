import Checkpoint
import Lua
import NN
import OrderedCollections
import Tensor

// Between the plain data of optimizers and schedulers, Lua's values, and what checkpoints hold.

extension StateValue {
  /// A Lua value among options.
  init(_ value: StackValue) throws {
    if let tensor = value.tensor {
      self = .tensor(tensor)
    } else if let scalar = value.scalar {
      switch scalar {
      case .bool(let value): self = .bool(value)
      case .int(let value): self = .int(value)
      case .double(let value): self = .double(value)
      }
    } else if let text = value.string {
      self = .string(text)
    } else if let table = value.table {
      var values: [StateValue] = []
      try table.forEachElement { values.append(try StateValue($0)) }
      self = .tuple(values)
    } else {
      self = .none
    }
  }

  /// A value of a checkpoint.
  init(_ value: CheckpointValue) throws {
    switch value {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .tensor(let tensor): self = .tensor(tensor)
    case .list(let values), .set(let values): self = .list(try values.map { try StateValue($0) })
    case .tuple(let values): self = .tuple(try values.map { try StateValue($0) })
    case .dictionary(let dictionary): self = .dictionary(try StateDictionary(dictionary))
    default: throw TensorError("a state dict of an optimizer or scheduler holds no \(value.typeName)", kind: .type)
    }
  }

  var luaValue: LuaValue {
    switch self {
    case .none: return .nil
    case .bool(let value): return .boolean(value)
    case .int(let value): return .integer(value)
    case .double(let value): return .number(value)
    case .string(let value): return .string(value)
    case .tensor(let tensor): return .same(tensor)
    case .list(let values), .tuple(let values): return .list(values.map(\.luaValue))
    case .dictionary(let entries): return .object(OrderedMap(CheckpointDictionary(entries)))
    }
  }
}

extension StateDictionary {
  init(_ dictionary: CheckpointDictionary) throws {
    self.init()
    for (key, value) in dictionary.entries {
      switch key {
      case .string(let name): self[.string(name)] = try StateValue(value)
      case .int(let number): self[.int(number)] = try StateValue(value)
      default:
        throw TensorError("a state dict's keys are names and integers, not of type \(key.typeName)", kind: .type)
      }
    }
  }

  /// A state dict that a script passes: a map, or a table.
  init(_ a: Arguments, _ index: Int) throws {
    var way = SavingWay()
    let value = try CheckpointValue(a.value(index), &way, a.state)
    if let dictionary = value.dictionary {
      try self.init(dictionary)
    } else if value.elements?.isEmpty == true {
      self.init()
    } else {
      throw a.wrongType(index, expected: "a state dict")
    }
  }
}

extension CheckpointValue {
  init(_ value: StateValue) {
    switch value {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .tensor(let tensor): self = .tensor(tensor)
    case .list(let values): self = .list(values.map { CheckpointValue($0) })
    case .tuple(let values): self = .tuple(values.map { CheckpointValue($0) })
    case .dictionary(let entries): self = .dictionary(CheckpointDictionary(entries))
    }
  }
}

extension CheckpointDictionary {
  init(_ entries: StateDictionary) {
    self.init(
      entries.map { key, value in
        switch key {
        case .string(let name): (CheckpointValue.string(name), CheckpointValue(value))
        case .int(let number): (CheckpointValue.int(number), CheckpointValue(value))
        }
      })
  }
}
