import OrderedCollections
import StateDicts
import Tensor

// A dictionary of a file is changed as a state dict is.
extension CheckpointDictionary: NamedTensors {
  /// The same dictionary with other entries, and with attributes that follow modules to their new paths.
  public func with(
    _ entries: OrderedDictionary<CheckpointValue, CheckpointValue>, _ moves: ModuleMoves?
  ) -> CheckpointDictionary {
    CheckpointDictionary(
      entries, isOrderedDict: isOrderedDict,
      attributes: moves.map { CheckpointDictionary.moveModules(of: attributes, $0) } ?? attributes)
  }

  /// The attributes of a state dict whose modules have moved: its `_metadata` under their new paths.
  public static func moveModules(
    of attributes: OrderedDictionary<String, CheckpointValue>, _ moves: ModuleMoves
  ) -> OrderedDictionary<String, CheckpointValue> {
    guard case .dictionary(var metadata)? = attributes["_metadata"] else { return attributes }
    let moved = metadata.entries.map { path, version in
      (path.string.map { CheckpointValue.string(moves.newPath(of: $0)) } ?? path, version)
    }
    metadata.entries = OrderedDictionary(moved, uniquingKeysWith: { _, last in last })
    var attributes = attributes
    attributes["_metadata"] = .dictionary(metadata)
    return attributes
  }
}

extension CheckpointValue: TensorName, TensorEntry {
  /// A key of a state dict.
  public init(name: String) { self = .string(name) }
  /// The key, if this is a string.
  public var name: String? { string }
  /// An entry of a state dict.
  public init(tensor: Tensor) { self = .tensor(tensor) }
}
