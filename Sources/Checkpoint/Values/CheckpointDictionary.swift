import OrderedCollections
import Tensor

/// A Python `dict` or `OrderedDict`: entries in order, under keys of any kind.
public struct CheckpointDictionary: Hashable {
  /// Keys and values in the file's order.
  public var entries: OrderedDictionary<CheckpointValue, CheckpointValue>
  /// Whether it is an `OrderedDict`, as state dicts are.
  public var isOrderedDict: Bool
  /// Attributes of an `OrderedDict` beside its entries, such as the `_metadata` of a state dict.
  public var attributes: OrderedDictionary<String, CheckpointValue>

  /// Entries in this order; a plain `dict` unless said otherwise.
  public init(
    _ entries: OrderedDictionary<CheckpointValue, CheckpointValue>, isOrderedDict: Bool = false,
    attributes: OrderedDictionary<String, CheckpointValue> = [:]
  ) {
    self.entries = entries
    self.isOrderedDict = isOrderedDict
    self.attributes = attributes
  }

  /// The entries of `pairs`; of several with the same key the last one counts, at the place of the first.
  public init(_ pairs: some Sequence<(CheckpointValue, CheckpointValue)>, isOrderedDict: Bool = false) {
    self.init(OrderedDictionary(pairs, uniquingKeysWith: { _, last in last }), isOrderedDict: isOrderedDict)
  }

  /// How many entries there are.
  public var count: Int { entries.count }
  /// Whether there is no entry.
  public var isEmpty: Bool { entries.isEmpty }

  /// The value under `key`, nil where there is none. Setting nil removes the entry; a new key comes last.
  public subscript(key: CheckpointValue) -> CheckpointValue? {
    get { entries[key] }
    set { entries[key] = newValue }
  }

  /// The value under a key that is a string, nil where there is none. Setting nil removes the entry; a new key comes last.
  public subscript(key: String) -> CheckpointValue? {
    get { entries[.string(key)] }
    set { entries[.string(key)] = newValue }
  }
}

extension CheckpointDictionary: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (CheckpointValue, CheckpointValue)...) {
    self.init(elements)
  }
}

extension CheckpointValue {
  /// The entries of a dictionary that holds nothing but tensors under names, in order.
  ///
  /// - Parameter holder: the sort of file that can hold nothing else, for the error.
  func namedTensors(for holder: String) throws -> [(name: String, tensor: Tensor)] {
    guard case .dictionary(let dictionary) = self else {
      throw CheckpointError.unsupported("\(holder) holds tensors under names, not \(typeWithArticle)")
    }
    return try dictionary.entries.map { key, value in
      guard let name = key.string else {
        throw CheckpointError.unsupported("\(holder) holds tensors under names; a key is \(key.typeWithArticle)")
      }
      guard case .tensor(let tensor) = value else {
        throw CheckpointError.unsupported("\(holder) holds tensors only; \"\(name)\" is \(value.typeWithArticle)")
      }
      return (name, tensor)
    }
  }
}
