import OrderedCollections
import StateDicts
import Tensor

extension StateDict {
  /// What a file's dictionary has under names, and the versions of its modules.
  ///
  /// - Parameter depth: how many dictionaries inside one another are taken along, for a diagnosis.
  public init(_ dictionary: CheckpointDictionary, depth: Int = 0) {
    self.init()
    for (key, value) in dictionary.entries {
      if let name = key.string { entries[name] = Entry(value, depth: depth) }
    }
    versions = StateDict.versions(dictionary.attributes)
  }

  /// For each module's path the version of its layout, from the attributes of a dictionary.
  public static func versions(
    _ attributes: OrderedDictionary<String, CheckpointValue>
  ) -> OrderedDictionary<String, Int> {
    var versions: OrderedDictionary<String, Int> = [:]
    for (path, entry) in attributes["_metadata"]?.dictionary?.entries ?? [:] {
      if let path = path.string, let version = entry.dictionary?["version"]?.int {
        versions[path] = Int(truncatingIfNeeded: version)
      }
    }
    return versions
  }
}

extension StateDict.Entry {
  /// - Parameter depth: see ``StateDict/init(_:depth:)``.
  public init(_ value: CheckpointValue, depth: Int) {
    switch value {
    case .tensor(let tensor): self = .tensor(tensor)
    case .dictionary(let dictionary) where depth > 0:
      self = .dictionary(StateDict(dictionary, depth: depth - 1), typeName: value.qualifiedTypeName)
    default: self = .other(typeName: value.qualifiedTypeName)
    }
  }
}

extension CheckpointValue {
  /// What Python calls the type with its module, as PyTorch's messages have it: `collections.OrderedDict`.
  public var qualifiedTypeName: String {
    switch self {
    case .dictionary(let dictionary) where dictionary.isOrderedDict: "collections.OrderedDict"
    default: typeName
    }
  }
}
