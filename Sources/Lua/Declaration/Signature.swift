/// A signature taken apart.
public final class Signature {
  /// What stands in the declaration.
  public let text: String
  /// The parameters, in order, the one before which `*` stands first among those that are taken by name only.
  public let parameters: [Parameter]
  /// What stands after `->`, "" for nothing.
  public let result: String
  /// How many parameters may be given by position: those before `*`.
  let positionalCount: Int
  /// The index of the parameter that takes all further arguments.
  let variadic: Int?
  /// The parameters' quick checks, in memory of their own: calls read them without reference counting.
  let checks: UnsafeMutableBufferPointer<QuickCheck>
  /// What is wrong with the text; empty in a sound declaration.
  public let problems: [String]

  init(parsing text: String, types: ParameterTypes) {
    var parser = SignatureParser(text, types: types)
    parser.parse()
    self.text = text
    parameters = parser.parameters
    result = parser.result
    positionalCount = parser.positionalCount ?? parser.parameters.count
    variadic = parser.parameters.firstIndex { $0.type.isVariadic }
    problems = parser.problems
    checks = .allocate(capacity: parameters.count)
    _ = checks.initialize(from: parameters.map { QuickCheck($0) })
  }

  deinit { checks.deallocate() }
}

/// A parameter's type, as far as it can be told by a value's Lua type or one class.
struct QuickCheck {
  /// A bit for each Lua type all of whose values fit.
  private let types: UInt16
  /// A class whose objects fit; -1: none.
  let classNumber: Int32
  let isOptional: Bool
  /// Whether values of other types may fit.
  let needsCloserLook: Bool

  init(_ parameter: Parameter) {
    let summary = parameter.type.summary
    types = parameter.type.isVariadic ? 0 : summary.types
    classNumber = parameter.type.isVariadic ? -1 : summary.classNumber
    needsCloserLook = summary.needsCloserLook
    isOptional = parameter.isOptional
  }

  /// Whether all values of a Lua type fit.
  @inline(__always)
  func acceptsAny(ofType type: Int32) -> Bool { types >> UInt16(truncatingIfNeeded: type) & 1 != 0 }
}

/// A parameter of a signature.
public struct Parameter {
  /// The name, by which calls may give it too.
  public let name: String
  /// The type as it stands in the signature.
  public let typeText: String
  /// The default as it stands in the signature.
  public let defaultText: String?
  /// Whether calls give it by name only.
  public let isKeywordOnly: Bool
  /// Whether a call may leave it out.
  public let isOptional: Bool
  let type: CompiledType
  let defaultValue: DefaultValue
  let nameBytes: [UInt8]
}

/// A default that accessors fall back on.
enum DefaultValue {
  /// None, or a text that only the body understands.
  case none
  case `nil`
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case integers([Int])

  var isNil: Bool {
    switch self {
    case .none, .nil: return true
    default: return false
    }
  }

  init(parsing text: String) {
    switch text {
    case "nil": self = .nil
    case "true": self = .boolean(true)
    case "false": self = .boolean(false)
    case "inf": self = .number(.infinity)
    case "-inf": self = .number(-.infinity)
    default:
      if let integer = Int64(text) {
        self = .integer(integer)
      } else if let number = Double(text) {
        self = .number(number)
      } else if text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote {
        self = .string(String(text.dropFirst().dropLast()))
      } else if text.first == "{", text.last == "}" {
        let elements = text.dropFirst().dropLast().split(separator: ",")
        let integers = elements.compactMap { element in Int(String(element.filter { $0 != " " })) }
        self = integers.count == elements.count ? .integers(integers) : .none
      } else {
        self = .none
      }
    }
  }
}
