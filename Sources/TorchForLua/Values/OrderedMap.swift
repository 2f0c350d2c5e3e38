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
  /// Attributes beside the entries, but for `_metadata` once a script has seen it.
  private var attributes: OrderedDictionary<String, CheckpointValue>
  /// The `_metadata` that a script has seen, and may have changed.
  private var seenMetadata: OrderedMap?

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
    seenMetadata = other.seenMetadata
  }

  /// What a state dict notes of its modules: the versions of their layouts.
  var metadata: OrderedMap? {
    get {
      if case .dictionary(let dictionary)? = attributes["_metadata"], seenMetadata == nil {
        attributes["_metadata"] = nil
        seenMetadata = OrderedMap(dictionary)
      }
      return seenMetadata
    }
    set {
      attributes["_metadata"] = nil
      seenMetadata = newValue
    }
  }

  /// For each module's path the version of its layout.
  var versions: OrderedDictionary<String, Int> {
    guard let seenMetadata else { return StateDict.versions(attributes) }
    var versions: OrderedDictionary<String, Int> = [:]
    for (path, entry) in seenMetadata.entries {
      let version: Int64?
      switch entry {
      case .stored(let value): version = value.dictionary?["version"]?.int
      case .lua(let value): version = value.object(as: OrderedMap.self)?.entries[.string("version")]?.integer
      }
      if let path = path.string, let version { versions[path] = Int(truncatingIfNeeded: version) }
    }
    return versions
  }

  /// Another map with the same entries and attributes.
  func copy() -> OrderedMap { with(entries, nil) }

  /// The map as a checkpoint holds it.
  func checkpointDictionary(_ way: inout SavingWay, _ state: LuaState) throws -> CheckpointDictionary {
    var result: OrderedDictionary<CheckpointValue, CheckpointValue> = [:]
    for (key, entry) in entries {
      switch entry {
      case .stored(let value): result[key] = value
      case .lua(let value): result[key] = try way.entering(key.keyText) { try CheckpointValue(value, &$0, state) }
      }
    }
    var attributes = attributes
    if let seenMetadata {
      attributes["_metadata"] = .dictionary(try seenMetadata.checkpointDictionary(&way, state))
    }
    return CheckpointDictionary(result, isOrderedDict: isOrderedDict, attributes: attributes)
  }
}

extension OrderedMap: NamedTensors {
  func with(_ entries: OrderedDictionary<CheckpointValue, Entry>, _ moves: ModuleMoves?) -> OrderedMap {
    let map = OrderedMap(
      entries, isOrderedDict: isOrderedDict,
      attributes: moves.map { CheckpointDictionary.moveModules(of: attributes, $0) } ?? attributes)
    if let seenMetadata {
      let moved = seenMetadata.entries.map { path, entry in
        (path.string.flatMap { path in moves.map { .string($0.newPath(of: path)) } } ?? path, entry)
      }
      map.metadata = OrderedMap(
        OrderedDictionary(moved, uniquingKeysWith: { _, last in last }), isOrderedDict: seenMetadata.isOrderedDict)
    }
    return map
  }
}

extension OrderedMap.Entry: TensorEntry {
  init(tensor: Tensor) { self = .stored(.tensor(tensor)) }

  /// The integer, if it is one.
  fileprivate var integer: Int64? {
    switch self {
    case .stored(let value): value.int
    case .lua(let value): value.integer
    }
  }

  var tensor: Tensor? {
    switch self {
    case .stored(let value): value.tensor
    case .lua(let value): value.object(as: Tensor.self)
    }
  }
}
