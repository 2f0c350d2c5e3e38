import OrderedCollections
import Tensor

/// What options and states of optimizers and schedulers consist of: the plain data that a checkpoint can hold.
public indirect enum StateValue {
  /// Python's `None`.
  case none
  /// A truth value.
  case bool(Bool)
  /// An integer.
  case int(Int64)
  /// A floating point number.
  case double(Double)
  /// A text.
  case string(String)
  /// A tensor, such as a running average.
  case tensor(Tensor)
  /// A list of values.
  case list([StateValue])
  /// A tuple of values, which PyTorch tells from a list: the two `betas` are one.
  case tuple([StateValue])
  /// Values by key, in order.
  case dictionary(StateDictionary)
}

/// Values by key, in order.
public typealias StateDictionary = OrderedDictionary<StateKey, StateValue>

/// A key of a ``StateDictionary``: a name, or the number of a parameter.
public enum StateKey: Hashable, Sendable {
  /// The name of an option or of an entry.
  case string(String)
  /// The number of a parameter, counted over all groups.
  case int(Int64)
}

extension StateKey: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
}

extension StateValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByDictionaryLiteral
{
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(nilLiteral: ()) { self = .none }
  public init(dictionaryLiteral elements: (StateKey, StateValue)...) {
    self = .dictionary(StateDictionary(elements, uniquingKeysWith: { _, last in last }))
  }

  /// A list of numbers.
  public init(_ values: [Double]) { self = .list(values.map(StateValue.double)) }

  /// An integer of Swift's own type.
  public static func integer(_ value: Int) -> StateValue { .int(Int64(value)) }

  /// A number as an integer where it is a small one.
  static func shortest(_ value: Double) -> StateValue {
    value.magnitude < 0x1p53 && value == value.rounded() ? .int(Int64(value)) : .double(value)
  }
}

extension StateValue {
  /// The number that this is, or that a tensor of one element holds; nil for anything else.
  public var number: Double? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .double(let value): value
    case .tensor(let tensor): try? tensor.item().double
    default: nil
    }
  }

  /// The integer that this is, a floating point number cut towards zero.
  public var integer: Int? {
    if case .int(let value) = self { return Int(value) }
    return number.map { Int(Int64(clampingTruncation: $0)) }
  }

  /// Whether the value counts as true; numbers do unless they are zero.
  public var isTrue: Bool {
    switch self {
    case .none: false
    case .string(let text): !text.isEmpty
    case .list(let values), .tuple(let values): !values.isEmpty
    case .dictionary(let entries): !entries.isEmpty
    default: number != 0
    }
  }

  /// The tensor, if this is one.
  public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }

  /// The text, if this is one.
  public var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The values by key, if this is a dictionary.
  public var dictionary: StateDictionary? { if case .dictionary(let entries) = self { entries } else { nil } }

  /// The elements of a list or tuple.
  public var elements: [StateValue]? {
    switch self {
    case .list(let values), .tuple(let values): values
    default: nil
    }
  }

  /// The elements of a list or tuple of numbers.
  public var numbers: [Double]? {
    guard let elements else { return nil }
    let numbers = elements.compactMap(\.number)
    return numbers.count == elements.count ? numbers : nil
  }
}

extension StateValue: CustomStringConvertible {
  /// What Python's `str` gives.
  public var description: String {
    if case .string(let text) = self { return text }
    return representation
  }

  /// What Python's `repr` gives.
  private var representation: String {
    switch self {
    case .none: "None"
    case .bool(let value): pythonText(value)
    case .int(let value): String(value)
    case .double(let value): pythonText(value)
    case .string(let text): "'\(text)'"
    case .tensor(let tensor): tensor.description
    case .list(let values): "[" + StateValue.joined(values) + "]"
    case .tuple(let values): "(" + StateValue.joined(values) + (values.count == 1 ? ",)" : ")")
    case .dictionary(let entries):
      "{" + entries.map { "\($0.key): \($0.value.representation)" }.joined(separator: ", ") + "}"
    }
  }

  private static func joined(_ values: [StateValue]) -> String {
    values.map(\.representation).joined(separator: ", ")
  }
}

extension StateKey: CustomStringConvertible {
  /// What Python's `repr` gives.
  public var description: String {
    switch self {
    case .string(let text): "'\(text)'"
    case .int(let value): String(value)
    }
  }
}
