import CLua
import LuaTrampoline

/// The arguments of a call from Lua.
///
/// For a function with a signature, `a[i]` is the value of parameter `i`, wherever the caller wrote it, and the typed
/// accessors fall back on the default in the signature. Without a signature, `a[i]` is the i-th argument.
@frozen
public struct Arguments {
  @usableFromInline let host: UnsafeMutablePointer<lt_host>
  @usableFromInline let lua: OpaquePointer
  /// The stack index of each parameter, 0: not given; null without a signature.
  @usableFromInline let slots: UnsafeMutablePointer<Int32>?
  /// How many positional arguments the caller gave.
  @usableFromInline let given: Int32
  @usableFromInline unowned(unsafe) let function: BoundFunction
  @usableFromInline unowned(unsafe) let signature: Signature?

  init(
    function: BoundFunction, lua: OpaquePointer, count: Int32, slots: UnsafeMutablePointer<Int32>?,
    signature: Signature?
  ) {
    host = function.host
    self.function = function
    self.lua = lua
    self.given = count
    self.slots = slots
    self.signature = signature
  }

  /// The state that calls.
  public var state: LuaState { LuaState.of(host) }

  /// How many positional arguments the caller gave.
  public var count: Int { Int(given) }

  /// The index of the signature's last parameter; -1 without one.
  public var lastIndex: Int { (signature?.parameters.count ?? 0) - 1 }

  /// The function's name, for errors.
  public var functionName: String { function.function.title }

  /// The value of a parameter. Not given: a value whose `isNil` is true.
  @inlinable
  public subscript(index: Int) -> StackValue {
    let slot: Int32
    if let slots { slot = slots[index] } else { slot = index < Int(given) ? Int32(index) + 1 : 0 }
    return StackValue(host: host, lua: lua, index: slot)
  }

  /// Whether the caller gave a parameter a value other than nil.
  @inlinable public func has(_ index: Int) -> Bool { !self[index].isNil }

  /// All values of a variadic parameter (`any...`), which are those from its position on.
  public func rest(from index: Int) -> [StackValue] {
    let first = slots == nil ? Int32(index) + 1 : self[index].index
    guard first > 0, first <= given else { return [] }
    return (first...given).map { StackValue(host: host, lua: lua, index: $0) }
  }

  private func defaultValue(_ index: Int) -> DefaultValue {
    guard let signature, index < signature.parameters.count else { return .none }
    return signature.parameters[index].defaultValue
  }

  /// The error for a value of the wrong type.
  ///
  /// - Parameter expected: what the parameter takes; nil: as in the signature.
  public func wrongType(_ index: Int, expected: String? = nil) -> LuaError {
    let declared = signature.flatMap { index < $0.parameters.count ? $0.parameters[index] : nil }
    let name = declared.map { "'\($0.name)'" } ?? "\(index + 1)"
    let expected = expected ?? declared?.type.described ?? "another type"
    return LuaError("\(functionName)(): argument \(name) must be \(expected), not \(self[index].typeName)")
  }

  // MARK: Typed access

  /// An integer, or the default.
  @inlinable
  public func int(_ index: Int) throws -> Int {
    if let value = self[index].integer { return Int(value) }
    return try absentInt(index)
  }

  @usableFromInline
  func absentInt(_ index: Int) throws -> Int {
    if self[index].isNil, case .integer(let value) = defaultValue(index) { return Int(value) }
    throw wrongType(index, expected: "int")
  }

  /// An integer; nil when it is nil or was not given and has no default.
  public func optionalInt(_ index: Int) throws -> Int? {
    if self[index].isNil {
      if case .integer(let value) = defaultValue(index) { return Int(value) }
      return nil
    }
    return try int(index)
  }

  /// A number, or the default.
  @inlinable
  public func double(_ index: Int) throws -> Double {
    if let value = self[index].number { return value }
    return try absentDouble(index)
  }

  @usableFromInline
  func absentDouble(_ index: Int) throws -> Double {
    if self[index].isNil {
      switch defaultValue(index) {
      case .integer(let value): return Double(value)
      case .number(let value): return value
      default: break
      }
    }
    throw wrongType(index, expected: "float")
  }

  /// A number; nil when it is nil or was not given and has no default.
  public func optionalDouble(_ index: Int) throws -> Double? {
    if self[index].isNil, defaultValue(index).isNil { return nil }
    return try double(index)
  }

  /// A boolean, or the default.
  @inlinable
  public func bool(_ index: Int) throws -> Bool {
    if let value = self[index].boolean { return value }
    return try absentBool(index)
  }

  @usableFromInline
  func absentBool(_ index: Int) throws -> Bool {
    if self[index].isNil, case .boolean(let value) = defaultValue(index) { return value }
    throw wrongType(index, expected: "bool")
  }

  /// A boolean; nil when it is nil or was not given and has no default.
  public func optionalBool(_ index: Int) throws -> Bool? {
    if self[index].isNil, defaultValue(index).isNil { return nil }
    return try bool(index)
  }

  /// A string, or the default.
  public func string(_ index: Int) throws -> String {
    if let value = self[index].string { return value }
    if self[index].isNil, case .string(let value) = defaultValue(index) { return value }
    throw wrongType(index, expected: "string")
  }

  /// A string; nil when it is nil or was not given and has no default.
  public func optionalString(_ index: Int) throws -> String? {
    if self[index].isNil, defaultValue(index).isNil { return nil }
    return try string(index)
  }

  /// An object of a Swift class.
  @inlinable
  public func object<T: AnyObject>(_ index: Int, as type: T.Type = T.self) throws -> T {
    if let object = self[index].anyObject as? T { return object }
    throw wrongObject(index, type)
  }

  @usableFromInline
  func wrongObject(_ index: Int, _ type: Any.Type) -> LuaError {
    wrongType(index, expected: signature == nil ? "\(type)" : nil)
  }

  /// An object of a Swift class; nil when it is nil or was not given.
  @inlinable
  public func optionalObject<T: AnyObject>(_ index: Int, as type: T.Type = T.self) throws -> T? {
    let value = self[index]
    return value.isNil ? nil : try object(index)
  }

  /// A function, or a table or an object that may be callable, kept.
  public func function(_ index: Int) throws -> LuaFunction {
    switch self[index].kind {
    case .function, .table, .userdata: return LuaFunction(try self[index].reference())
    default: throw wrongType(index, expected: "function")
    }
  }

  /// A table, where it lies.
  public func table(_ index: Int) throws -> StackTable {
    guard let table = self[index].table else { throw wrongType(index, expected: "table") }
    return table
  }

  /// Any value, kept.
  public func value(_ index: Int) throws -> LuaValue { try self[index].value() }

  /// Integers: a table of them, integers from this position on (`int...`), or one for each of the `count` that the
  /// signature asks for (`int[2]`).
  public func ints(_ index: Int) throws -> [Int] {
    if let value = try optionalInts(index) { return value }
    throw wrongType(index)
  }

  /// As ``ints(_:)``; nil when nothing was given and there is no default.
  public func optionalInts(_ index: Int) throws -> [Int]? {
    let value = self[index]
    let type = signature.flatMap { index < $0.parameters.count ? $0.parameters[index].type : nil }
    if let table = value.table {
      var numbers: [Int] = []
      numbers.reserveCapacity(table.count)
      try table.forEachElement { element in
        guard let number = element.integer else { throw wrongType(index, expected: "tuple of ints") }
        numbers.append(Int(number))
      }
      return numbers
    }
    if let numbers = state.declarations.types.integers(of: value) { return numbers }
    if value.isNil {
      switch defaultValue(index) {
      case .integer(let value): return Array(repeating: Int(value), count: type?.fixedCount ?? 1)
      case .integers(let values): return values
      default: return type?.isVariadic == true ? [] : nil
      }
    }
    if type?.isVariadic == true {
      return try rest(from: index).map {
        guard let number = $0.integer else { throw wrongType(index, expected: "tuple of ints") }
        return Int(number)
      }
    }
    return Array(repeating: try int(index), count: type?.fixedCount ?? 1)
  }

  // MARK: Keeping Lua's side alive

  /// Keeps an argument alive as long as the object at parameter `owner` is, in Lua's own graph, where cycles are
  /// collected. For objects whose Lua side matters: modules written in Lua inside a container, say.
  ///
  /// - Parameter key: what is kept under the same key is replaced; nil: kept beside all else.
  public func keep(_ index: Int, in owner: Int, key: LuaValue = .nil) throws {
    let value = self[index]
    let owner = self[owner]
    guard !value.isNil else { return }
    try state.perform(LT_KEEP, results: 0) {
      state.reserve(LT_STACK).pointee.integer = Int64(owner.index)
      try state.describe(key)
      state.reserve(LT_STACK).pointee.integer = Int64(value.index)
    }
  }
}
