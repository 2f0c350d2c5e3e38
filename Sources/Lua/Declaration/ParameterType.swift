import LuaTrampoline

/// A type that signatures may name.
public struct ParameterType {
  /// Which tables a value of the type may be. A trailing table that the parameter at its place does not take holds
  /// keyword arguments.
  public struct Tables: OptionSet, Sendable {
    /// The kinds of tables, a bit each.
    public let rawValue: Int
    /// - Parameter rawValue: a bit for each kind.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Tables of elements 1 to n.
    public static let lists = Tables(rawValue: 1)
    /// Tables with string keys.
    public static let mappings = Tables(rawValue: 2)
  }

  /// The name in signatures.
  public let name: String
  /// What errors call it: "must be `described`, not string".
  public let described: String
  /// Which tables values of the type may be.
  public let tables: Tables
  let accepts: (StackValue) -> Bool

  /// - Parameters:
  ///   - name: as in signatures, without spaces.
  ///   - described: what errors call it; the name by default.
  ///   - accepts: whether a value, which is not nil, is of the type.
  public init(
    _ name: String, described: String? = nil, tables: Tables = [], accepts: @escaping (StackValue) -> Bool
  ) {
    self.name = name
    self.described = described ?? name
    self.tables = tables
    self.accepts = accepts
  }
}

/// The types that the signatures of a state may name.
final class ParameterTypes {
  private var defined: [String: ParameterType] = [:]
  private var classes: [String: Int32] = [:]
  private var sequences: [(StackValue) -> [Int]?] = []

  func define(_ type: ParameterType) { defined[type.name] = type }
  func define(className: String, number: Int32) { classes[className] = number }
  func defineIntegerSequence(_ convert: @escaping (StackValue) -> [Int]?) { sequences.append(convert) }

  func type(named name: String) -> ParameterType? { defined[name] }
  func classNumber(named name: String) -> Int32? { classes[name] }

  /// The integers of an object that stands for a list of them.
  func integers(of value: StackValue) -> [Int]? {
    guard value.kind == .userdata else { return nil }
    for convert in sequences {
      if let integers = convert(value) { return integers }
    }
    return nil
  }
}

/// A parameter's type, ready for checks.
final class CompiledType {
  enum Alternative {
    case any, number, integer, boolean, string, table, function, callable
    case object(Int32, name: String)
    case list(CompiledType, count: Int?)
    case defined(ParameterType)
  }

  private(set) var alternatives: [Alternative] = []
  private(set) var takesNil = false
  private(set) var isVariadic = false
  /// n of `T[n]`.
  private(set) var fixedCount: Int?
  private(set) var tables: ParameterType.Tables = []
  private(set) var unknownNames: [String] = []
  private let types: ParameterTypes

  init(parsing text: String, types: ParameterTypes) {
    self.types = types
    var text = Substring(text)
    if text.hasSuffix("...") {
      isVariadic = true
      text = text.dropLast(3)
    }
    for part in text.split(separator: "|", omittingEmptySubsequences: false) { add(part) }
    for alternative in alternatives {
      switch alternative {
      case .any, .table: tables.formUnion([.lists, .mappings])
      case .list: tables.formUnion(.lists)
      case .defined(let type): tables.formUnion(type.tables)
      default: break
      }
    }
    if isVariadic { tables.formUnion(.lists) }
  }

  private func add(_ part: Substring) {
    var name = String(part.filter { $0 != " " })
    if name.hasSuffix("?") {
      takesNil = true
      name.removeLast()
    }
    if let type = types.type(named: name) {
      alternatives.append(.defined(type))
      return
    }
    switch name {
    case "any":
      takesNil = takesNil || !isVariadic
      alternatives.append(.any)
    case "nil": takesNil = true
    case "number", "float": alternatives.append(.number)
    case "int": alternatives.append(.integer)
    case "bool": alternatives.append(.boolean)
    case "string": alternatives.append(.string)
    case "table": alternatives.append(.table)
    case "function": alternatives.append(.function)
    case "callable": alternatives.append(.callable)
    default:
      if name.hasSuffix("]"), let bracket = name.lastIndex(of: "[") {
        let count = Int(name[name.index(after: bracket)...].dropLast())
        let element = CompiledType(parsing: String(name[..<bracket]), types: types)
        unknownNames += element.unknownNames
        alternatives.append(.list(element, count: count))
        if let count { fixedCount = count }
      } else if let number = types.classNumber(named: name) {
        alternatives.append(.object(number, name: name))
      } else {
        unknownNames.append(name)
        alternatives.append(.any)
      }
    }
  }

  /// Whether tables of every kind fit.
  var takesAnyTable: Bool {
    alternatives.contains { alternative in
      switch alternative {
      case .any, .table: return true
      default: return false
      }
    }
  }

  /// What a value's Lua type tells: the types that fit as a whole, one class, and whether that is not all.
  var summary: (types: UInt16, classNumber: Int32, needsCloserLook: Bool) {
    var types: UInt16 = 0
    var classNumber: Int32 = -1
    var needsCloserLook = false
    for alternative in alternatives {
      switch alternative {
      case .any: types |= 0b1_1111_1110
      case .number: types |= 1 << 3
      case .boolean: types |= 1 << 1
      case .string: types |= 1 << 4
      case .table: types |= 1 << 5
      case .function: types |= 1 << 6
      case .object(let number, _) where classNumber < 0: classNumber = number
      case .object, .integer, .list, .defined, .callable: needsCloserLook = true
      }
    }
    return (types, classNumber, needsCloserLook)
  }

  /// Whether a value that is not nil is of the type. For `T...`, whether it is one of the elements.
  func accepts(_ value: StackValue) -> Bool {
    let kind = value.type
    for alternative in alternatives where accepts(value, kind, alternative) { return true }
    return false
  }

  /// Whether a table or an object stands for all elements of a `T...`.
  func acceptsAsList(_ value: StackValue) -> Bool {
    if let table = value.table { return table.firstElement { !accepts($0) } == nil }
    guard case .integer? = alternatives.first else { return false }
    return types.integers(of: value) != nil
  }

  @inline(__always)
  private func accepts(_ value: StackValue, _ kind: Int32, _ alternative: Alternative) -> Bool {
    switch alternative {
    case .any: return true
    case .number: return kind == 3
    case .integer: return kind == 3 && value.integer != nil
    case .boolean: return kind == 1
    case .string: return kind == 4
    case .table: return kind == 5
    case .function: return kind == 6
    case .callable: return kind == 6 || kind == 7 || value.classNumber != nil
    case .object(let number, _): return kind == 7 && value.isObject(ofClass: number)
    case .list(let element, let count):
      if let table = value.table {
        if let count, table.count != count, !(table.count == 1 && count > 1) { return false }
        return table.firstElement { !element.accepts($0) } == nil
      }
      if count != nil, element.accepts(value) { return true }
      guard case .integer? = element.alternatives.first else { return false }
      return types.integers(of: value) != nil
    case .defined(let type): return type.accepts(value)
    }
  }

  /// What errors call it.
  var described: String {
    var names: [String] = []
    for alternative in alternatives {
      let name = described(alternative)
      if !names.contains(name) { names.append(name) }
    }
    return names.joined(separator: " or ")
  }

  private func described(_ alternative: Alternative) -> String {
    let isWholeNumber: Bool
    if case .integer = alternative { isWholeNumber = true } else { isWholeNumber = false }
    if isVariadic { return isWholeNumber ? "tuple of ints" : "tuple of \(single(alternative))s" }
    return single(alternative)
  }

  private func single(_ alternative: Alternative) -> String {
    switch alternative {
    case .any: return "any value"
    case .number: return "Number"
    case .integer: return "int"
    case .boolean: return "bool"
    case .string: return "string"
    case .table: return "table"
    case .function: return "function"
    case .callable: return "callable"
    case .object(_, let name): return name
    case .list(let element, _): return "tuple of \(element.described)s"
    case .defined(let type): return type.described
    }
  }

  /// For a table that is no such list: the first element that does not belong, with its position from 0.
  func wrongElement(_ value: StackValue) -> (position: Int, typeName: String)? {
    guard let table = value.table else { return nil }
    if isVariadic { return table.firstElement { !accepts($0) } }
    for case .list(let element, _) in alternatives { return table.firstElement { !element.accepts($0) } }
    return nil
  }
}

extension StackValue {
  /// Whether it is an object of the class or of one that extends it.
  func isObject(ofClass number: Int32) -> Bool {
    guard let box = lt_box_at(lua, host, index), box.pointee.object != nil else { return false }
    var klass = Int32(truncatingIfNeeded: box.pointee.klass)
    while klass >= 0 {
      if klass == number { return true }
      klass = host.pointee.classes[Int(klass)].parent
    }
    return false
  }
}
