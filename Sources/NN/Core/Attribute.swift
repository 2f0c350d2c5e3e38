import Tensor

/// A size or option of a layer.
public enum Attribute: Hashable, Sendable {
  /// Python's `None`: an option that is not given.
  case none
  /// A switch.
  case bool(Bool)
  /// One integer, such as a size that counts for all dimensions.
  case int(Int)
  /// A floating point number, which prints with a point.
  case double(Double)
  /// A name, such as the one of a mode.
  case string(String)
  /// A tuple of integers, such as a size for each dimension.
  case ints([Int])
  /// A tuple of floating point numbers.
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

  /// An integer, or ``none`` for nil.
  public init(_ value: Int?) { self = value.map(Attribute.int) ?? .none }
  /// A floating point number, or ``none`` for nil.
  public init(_ value: Double?) { self = value.map(Attribute.double) ?? .none }
  /// A switch, or ``none`` for nil.
  public init(_ value: Bool?) { self = value.map(Attribute.bool) ?? .none }
  /// A number that prints as it was given, or ``none`` for nil.
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
