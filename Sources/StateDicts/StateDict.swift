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
    /// A tensor, shared with whoever has it too.
    case tensor(Tensor)
    /// Another dictionary, as where a checkpoint has the state dict beside other things.
    indirect case dictionary(StateDict, typeName: String)
    /// Something else, with what Python calls its type; an error where a module wants a tensor.
    case other(typeName: String)

    /// The tensor; nil for something else.
    public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }

    /// What Python calls the type, for messages: `int`, `collections.OrderedDict`.
    public var typeName: String {
      switch self {
      case .tensor: "torch.Tensor"
      case .dictionary(_, let typeName), .other(let typeName): typeName
      }
    }
  }

  /// Nothing: no entries, no versions.
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

  /// The keys, in order.
  public var keys: [String] { Array(entries.keys) }
}

extension StateDict: NamedTensors {
  public func with(_ entries: OrderedDictionary<String, Entry>, _ moves: ModuleMoves?) -> StateDict {
    var state = self
    state.entries = entries
    if let moves {
      state.versions = OrderedDictionary(
        versions.map { (moves.newPath(of: $0.key), $0.value) }, uniquingKeysWith: { _, last in last })
    }
    return state
  }
}

extension StateDict.Entry: TensorEntry {
  public init(tensor: Tensor) { self = .tensor(tensor) }
}
