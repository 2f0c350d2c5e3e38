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
