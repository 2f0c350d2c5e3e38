import OrderedCollections
import Tensor

/// The parameters and persistent buffers of a module by path, in order: what a checkpoint holds.
public struct StateDict {
  /// Tensors by path, such as `layer1.0.conv1.weight`.
  public var entries: OrderedDictionary<String, Entry>
  /// For each module's path the version of its layout; PyTorch keeps it beside the entries as `_metadata`.
  public var versions: OrderedDictionary<String, Int>

  /// What may stand under a key of a file.
  public enum Entry {
    case tensor(Tensor)
    /// Something else, with the name of its type; an error where a module wants a tensor.
    case other(typeName: String)

    public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }
  }

  public init() {
    entries = [:]
    versions = [:]
  }

  /// A state dict of tensors, without versions.
  public init(_ tensors: some Sequence<(String, Tensor)>) {
    self.init()
    for (key, tensor) in tensors { entries[key] = .tensor(tensor) }
  }

  /// The tensor under `key`.
  public subscript(key: String) -> Tensor? {
    get { entries[key]?.tensor }
    set { entries[key] = newValue.map(Entry.tensor) }
  }

  public var keys: [String] { Array(entries.keys) }
}

/// The keys that did not fit when a state dict was loaded with `strict` off.
public struct IncompatibleKeys: Equatable, Sendable {
  /// Keys of the module that the state dict lacks.
  public var missing: [String] = []
  /// Keys of the state dict that the module does not know.
  public var unexpected: [String] = []

  public init(missing: [String] = [], unexpected: [String] = []) {
    self.missing = missing
    self.unexpected = unexpected
  }
}

extension IncompatibleKeys: CustomStringConvertible {
  public var description: String {
    if missing.isEmpty && unexpected.isEmpty { return "<All keys matched successfully>" }
    func list(_ keys: [String]) -> String { "[" + keys.map { "'\($0)'" }.joined(separator: ", ") + "]" }
    return "_IncompatibleKeys(missing_keys=\(list(missing)), unexpected_keys=\(list(unexpected)))"
  }
}
