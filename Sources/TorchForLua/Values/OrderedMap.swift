import Checkpoint
import Lua
import NN
import OrderedCollections
import StateDicts
import Tensor

/// A Python dict as Lua sees it: entries in order, under keys of any kind. State dicts are such maps.
///
/// Values from a checkpoint become Lua's when somebody looks at them.
final class OrderedMap {
  enum Entry {
    case stored(CheckpointValue)
    case lua(LuaValue)
  }

  private(set) var entries: OrderedDictionary<CheckpointValue, Entry>
  /// Whether it is an `OrderedDict`, as state dicts are.
  let isOrderedDict: Bool
  /// Attributes beside the entries, such as `_metadata`.
  var attributes: OrderedDictionary<String, CheckpointValue>

  init(
    _ entries: OrderedDictionary<CheckpointValue, Entry> = [:], isOrderedDict: Bool = false,
    attributes: OrderedDictionary<String, CheckpointValue> = [:]
  ) {
    self.entries = entries
    self.isOrderedDict = isOrderedDict
    self.attributes = attributes
  }

  convenience init(_ dictionary: CheckpointDictionary) {
    self.init(
      dictionary.entries.mapValues { .stored($0) }, isOrderedDict: dictionary.isOrderedDict,
      attributes: dictionary.attributes)
  }

  convenience init(_ state: StateDict) {
    var entries: OrderedDictionary<CheckpointValue, Entry> = [:]
    for (key, entry) in state.entries {
      if let tensor = entry.tensor { entries[.string(key)] = .stored(.tensor(tensor)) }
    }
    let versions = state.versions.map { path, version in
      (
        CheckpointValue.string(path),
        CheckpointValue.dictionary(CheckpointDictionary([(.string("version"), .int(Int64(version)))]))
      )
    }
    self.init(
      entries, isOrderedDict: true,
      attributes: ["_metadata": .dictionary(CheckpointDictionary(versions, isOrderedDict: true))])
  }

  var count: Int { entries.count }

  /// The value under a key, made Lua's; nil if there is none.
  func value(_ key: CheckpointValue, _ state: LuaState) throws -> LuaValue? {
    guard let entry = entries[key] else { return nil }
    switch entry {
    case .lua(let value): return value
    case .stored(let stored):
      let value = try stored.luaValue(state)
      // What has an identity stays the same from now on.
      switch value {
      case .object, .identified, .table: entries[key] = .lua(value)
      default: break
      }
      return value
    }
  }

  func set(_ key: CheckpointValue, _ value: LuaValue) {
    if value.isNil { entries.removeValue(forKey: key) } else { entries[key] = .lua(value) }
  }

  func removeAll() { entries.removeAll() }

  /// Another map with the same entries.
  func copied() -> OrderedMap { OrderedMap(entries, isOrderedDict: isOrderedDict, attributes: attributes) }

  /// Takes over the entries and attributes of another map.
  func replace(by other: OrderedMap) {
    entries = other.entries
    attributes = other.attributes
  }

  /// The map as a checkpoint holds it.
  func checkpointDictionary(_ path: inout [AnyObject], _ state: LuaState) throws -> CheckpointDictionary {
    var result: OrderedDictionary<CheckpointValue, CheckpointValue> = [:]
    for (key, entry) in entries {
      switch entry {
      case .stored(let value): result[key] = value
      case .lua(let value): result[key] = try CheckpointValue(value, &path, state)
      }
    }
    return CheckpointDictionary(result, isOrderedDict: isOrderedDict, attributes: attributes)
  }

  /// A state dict, from a map or from a Lua table.
  static func stateDict(_ value: StackValue) throws -> StateDict {
    guard let map = value.object(as: OrderedMap.self) else {
      var state = StateDict()
      try value.table?.forEachPair { key, value in
        guard let name = key.string else { return }
        state.entries[name] = value.tensor.map { .tensor($0) } ?? .other(typeName: value.typeName)
      }
      return state
    }
    var state = StateDict()
    for (key, entry) in map.entries {
      guard let name = key.string else {
        throw TensorError("a state dict's keys are strings, not of type \(key.typeName)", kind: .type)
      }
      switch entry {
      case .stored(.tensor(let tensor)): state.entries[name] = .tensor(tensor)
      case .stored(let value): state.entries[name] = .other(typeName: value.typeName)
      case .lua(let value):
        state.entries[name] = value.object(as: Tensor.self).map { .tensor($0) } ?? .other(typeName: value.typeName)
      }
    }
    for (path, entry) in map.attributes["_metadata"]?.dictionary?.entries ?? [:] {
      if let path = path.string, let version = entry.dictionary?["version"]?.int {
        state.versions[path] = Int(truncatingIfNeeded: version)
      }
    }
    return state
  }
}

extension OrderedMap: NamedTensors {
  func with(_ entries: OrderedDictionary<CheckpointValue, Entry>, _ moves: ModuleMoves?) -> OrderedMap {
    OrderedMap(
      entries, isOrderedDict: isOrderedDict,
      attributes: moves.map { CheckpointDictionary.moveModules(of: attributes, $0) } ?? attributes)
  }
}

extension OrderedMap.Entry: TensorEntry {
  init(tensor: Tensor) { self = .stored(.tensor(tensor)) }

  var tensor: Tensor? {
    switch self {
    case .stored(let value): value.tensor
    case .lua(let value): value.object(as: Tensor.self)
    }
  }
}

extension LuaValue {
  /// What Python would call the type, for messages.
  fileprivate var typeName: String {
    switch self {
    case .nil: "NoneType"
    case .boolean: "bool"
    case .integer: "int"
    case .number: "float"
    case .string, .bytes: "str"
    case .table, .list, .map: "table"
    case .function, .closure: "function"
    case .object(let object), .identified(let object, _): object is OrderedMap ? "OrderedDict" : "\(type(of: object))"
    case .reference, .argument: "userdata"
    }
  }
}
