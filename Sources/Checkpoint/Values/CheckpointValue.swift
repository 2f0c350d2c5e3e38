import OrderedCollections
import Tensor

/// What a checkpoint holds: tensors, and the plain Python data around them.
public enum CheckpointValue {
  /// Python's `None`.
  case none
  /// A Python `bool`.
  case bool(Bool)
  /// A Python `int` of at most 64 bits.
  case int(Int64)
  /// An integer beyond 64 bits; smaller ones are always `int`.
  case bigInt(BigInteger)
  /// A Python `float`.
  case double(Double)
  /// A Python `complex`.
  case complex(real: Double, imaginary: Double)
  /// A Python `str`.
  case string(String)
  /// A Python `bytes` or `bytearray`.
  case bytes([UInt8])
  /// A Python `list`.
  case list([CheckpointValue])
  /// A Python `tuple`.
  case tuple([CheckpointValue])
  /// A Python `set` or `frozenset`, in the file's order.
  case set([CheckpointValue])
  /// A Python `dict` or `OrderedDict`.
  case dictionary(CheckpointDictionary)
  /// A tensor, or a parameter if it says so of itself.
  case tensor(Tensor)
  /// A `torch.Size`.
  case size([Int])
  /// A `torch.dtype`.
  case dtype(DType)
  /// A `torch.device` by its name, such as `cuda:0`.
  case device(String)
  /// An instance of a class that is not data, as far as the file tells; see ``UnknownClassPolicy``.
  indirect case object(CheckpointObject)
}

/// An instance of a class that is not data: its name and the inert data that the class would make an object of.
public struct CheckpointObject: Hashable {
  /// Module and name, such as `argparse.Namespace`.
  public var className: String
  /// What the class would be called with.
  public var arguments: [CheckpointValue]
  /// What the object would take as its state: mostly a dictionary of attributes, else none.
  public var state: CheckpointValue
  /// The elements of a list-like or set-like object.
  public var elements: [CheckpointValue]
  /// The entries of a dictionary-like object.
  public var entries: CheckpointDictionary

  /// An instance that is made of what is given; the rest is empty.
  public init(
    className: String, arguments: [CheckpointValue] = [], state: CheckpointValue = .none,
    elements: [CheckpointValue] = [],
    entries: CheckpointDictionary = [:]
  ) {
    self.className = className
    self.arguments = arguments
    self.state = state
    self.elements = elements
    self.entries = entries
  }

  /// The attributes in the state: a dictionary, or a pair of dictionaries, the second of which is of a class with `__slots__`.
  /// Empty for a state of another form.
  public var attributes: OrderedDictionary<CheckpointValue, CheckpointValue> {
    switch state {
    case .dictionary(let dictionary): return dictionary.entries
    case .tuple(let parts) where parts.count == 2 && parts.allSatisfy { $0.dictionary != nil || $0 == .none }:
      return (parts[0].dictionary?.entries ?? [:]).merging(parts[1].dictionary?.entries ?? [:]) { $1 }
    default: return [:]
    }
  }
}

/// Values are equal if they are of the same case and content; tensors, if they are the same object.
extension CheckpointValue: Hashable {
  public static func == (a: CheckpointValue, b: CheckpointValue) -> Bool {
    switch (a, b) {
    case (.none, .none): true
    case (.bool(let a), .bool(let b)): a == b
    case (.int(let a), .int(let b)): a == b
    case (.bigInt(let a), .bigInt(let b)): a == b
    case (.double(let a), .double(let b)): a == b
    case (.complex(let a, let b), .complex(let c, let d)): a == c && b == d
    case (.string(let a), .string(let b)): a == b
    case (.bytes(let a), .bytes(let b)): a == b
    case (.list(let a), .list(let b)): a == b
    case (.tuple(let a), .tuple(let b)): a == b
    case (.set(let a), .set(let b)): a == b
    case (.dictionary(let a), .dictionary(let b)): a == b
    case (.tensor(let a), .tensor(let b)): a === b
    case (.size(let a), .size(let b)): a == b
    case (.dtype(let a), .dtype(let b)): a == b
    case (.device(let a), .device(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .none: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .int(let value): hasher.combine(value)
    case .bigInt(let value): hasher.combine(value)
    case .double(let value): hasher.combine(value)
    case .complex(let real, let imaginary):
      hasher.combine(real)
      hasher.combine(imaginary)
    case .string(let value), .device(let value): hasher.combine(value)
    case .bytes(let value): hasher.combine(value)
    case .list(let values), .tuple(let values), .set(let values): hasher.combine(values)
    case .dictionary(let value): hasher.combine(value)
    case .tensor(let value): hasher.combine(ObjectIdentifier(value))
    case .size(let value): hasher.combine(value)
    case .dtype(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }
}

extension CheckpointValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: CheckpointValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (CheckpointValue, CheckpointValue)...) {
    self = .dictionary(CheckpointDictionary(elements))
  }
}

extension CheckpointValue {
  /// The tensor, if this is one.
  public var tensor: Tensor? { if case .tensor(let value) = self { value } else { nil } }
  /// The entries, if this is a dictionary.
  public var dictionary: CheckpointDictionary? { if case .dictionary(let value) = self { value } else { nil } }
  /// The text, if this is a string.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The number, if this is an integer of at most 64 bits.
  public var int: Int64? { if case .int(let value) = self { value } else { nil } }

  /// The elements of a list, tuple, set or size.
  public var elements: [CheckpointValue]? {
    switch self {
    case .list(let values), .tuple(let values), .set(let values): values
    case .size(let sizes): sizes.map { .int(Int64($0)) }
    default: nil
    }
  }

  /// What Python calls the type, for messages.
  public var typeName: String {
    switch self {
    case .none: "NoneType"
    case .bool: "bool"
    case .int, .bigInt: "int"
    case .double: "float"
    case .complex: "complex"
    case .string: "str"
    case .bytes: "bytes"
    case .list: "list"
    case .tuple: "tuple"
    case .set: "set"
    case .dictionary(let value): value.isOrderedDict ? "OrderedDict" : "dict"
    case .tensor(let value): value.isParameter ? "Parameter" : "Tensor"
    case .size: "torch.Size"
    case .dtype: "torch.dtype"
    case .device: "torch.device"
    case .object(let value): value.className
    }
  }

  /// The type with its article, for messages: `a list`, `an int`.
  public var typeWithArticle: String {
    let name = typeName
    return (name.first.map { "aeiouAEIOU".contains($0) } == true ? "an " : "a ") + name
  }
}
