import OrderedCollections
import Tensor

/// An option of a parameter group, or an entry of an optimizer's or scheduler's state: what Python's plain values are there.
public indirect enum OptimizerValue {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  /// A fixed number of values, such as Adam's `betas`.
  case tuple([OptimizerValue])
  case list([OptimizerValue])
  case dictionary(OrderedDictionary<String, OptimizerValue>)
  case tensor(Tensor)

  /// The number, if this is one.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .bool(let value): value ? 1 : 0
    case .tensor(let tensor): try? tensor.item().double
    default: nil
    }
  }

  public var int: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value.rounded())
    case .tensor(let tensor): (try? tensor.item().int).map(Int.init)
    default: nil
    }
  }

  public var bool: Bool? {
    switch self {
    case .bool(let value): value
    case .none: false
    default: double.map { $0 != 0 }
    }
  }

  public var string: String? { if case .string(let value) = self { value } else { nil } }

  public var tensor: Tensor? { if case .tensor(let value) = self { value } else { nil } }

  /// The elements of a tuple or list.
  public var elements: [OptimizerValue]? {
    switch self {
    case .tuple(let values), .list(let values): values
    default: nil
    }
  }

  public var isNone: Bool { if case .none = self { true } else { false } }

  /// A list of numbers.
  static func doubles(_ values: [Double]) -> OptimizerValue { .list(values.map(OptimizerValue.double)) }
}

extension OptimizerValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByStringLiteral
{
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .none }
  public init(stringLiteral value: String) { self = .string(value) }
}

extension OptimizerValue: CustomStringConvertible {
  /// As Python prints it.
  public var description: String {
    switch self {
    case .none: "None"
    case .bool(let value): pythonText(value)
    case .int(let value): "\(value)"
    case .double(let value): pythonText(value)
    case .string(let value): value
    case .tuple(let values): "(" + values.map(\.description).joined(separator: ", ") + ")"
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .dictionary(let entries): "{" + entries.map { "'\($0.key)': \($0.value)" }.joined(separator: ", ") + "}"
    case .tensor: "tensor"
    }
  }
}
