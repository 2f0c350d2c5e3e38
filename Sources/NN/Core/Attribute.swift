import Tensor

/// A size or option of a layer.
public enum Attribute: Hashable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case ints([Int])
  case doubles([Double])
}

/// Sizes and options of a layer with their names.
public typealias Attributes = [(name: String, value: Attribute)]

extension Attribute {
  /// A number that prints as it was given: `1` or `1.0`.
  public init(_ scalar: Scalar) {
    switch scalar {
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(Int(value))
    case .double(let value): self = .double(value)
    }
  }

  public init(_ value: Int?) { self = value.map(Attribute.int) ?? .none }
  public init(_ value: Double?) { self = value.map(Attribute.double) ?? .none }
  public init(_ value: Bool?) { self = value.map(Attribute.bool) ?? .none }
  public init(_ value: Scalar?) { self = value.map { Attribute($0) } ?? .none }

  /// The value as Python's `str` writes it; tuples for lists.
  public var text: String {
    switch self {
    case .none: "None"
    case .bool(let value): pythonText(value)
    case .int(let value): String(value)
    case .double(let value): pythonText(value)
    case .string(let value): value
    case .ints(let values): tupleText(values)
    case .doubles(let values): tupleText(values.map(pythonText))
    }
  }
}

extension Attributes {
  /// `name=value, …`: how most layers print their options.
  var text: String { map { "\($0.name)=\($0.value.text)" }.joined(separator: ", ") }

  /// Those of the given names, in the order of the names.
  func only(_ names: String...) -> Attributes { names.compactMap { name in first { $0.name == name } } }

  /// Those that differ from what goes without saying.
  func except(_ usual: [String: Attribute]) -> Attributes { filter { usual[$0.name] != $0.value } }
}
