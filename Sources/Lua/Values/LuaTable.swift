import CLua
import LuaTrampoline

/// A Lua table that Swift keeps alive.
public struct LuaTable {
  /// What keeps the table alive.
  public let reference: LuaReference

  /// - Parameter reference: to a table.
  public init(_ reference: LuaReference) { self.reference = reference }

  /// `table[key]`, with metamethods.
  public func get(_ key: LuaValue) throws -> LuaValue {
    try reference.state().get(.reference(reference), key)
  }

  /// `table[key] = value`, with metamethods.
  public func set(_ key: LuaValue, _ value: LuaValue) throws {
    try reference.state().set(.reference(reference), key, value)
  }

  /// The value under a string, nil where there is none; with metamethods.
  public func get(_ name: String) throws -> LuaValue { try get(.string(name)) }
  /// Stores a value under a string, or removes it with nil; with metamethods.
  public func set(_ name: String, _ value: LuaValue) throws { try set(.string(name), value) }

  /// The length without metamethods.
  public func count() throws -> Int {
    try reference.withStackValue { Int(lua_rawlen($0.lua, $0.index)) }
  }

  /// The elements from 1 to the length.
  public func elements() throws -> [LuaValue] {
    try reference.withStackValue { value in
      guard let table = value.table else { return [] }
      var elements: [LuaValue] = []
      elements.reserveCapacity(table.count)
      try table.forEachElement { elements.append(try $0.value()) }
      return elements
    }
  }

  /// All pairs, in Lua's order.
  public func pairs() throws -> [(key: LuaValue, value: LuaValue)] {
    try reference.withStackValue { value in
      var pairs: [(key: LuaValue, value: LuaValue)] = []
      try value.table?.forEachPair { pairs.append((try $0.value(), try $1.value())) }
      return pairs
    }
  }
}

/// A Lua function that Swift keeps alive.
public struct LuaFunction {
  /// What keeps the function alive.
  public let reference: LuaReference

  /// - Parameter reference: to a function, or to whatever else can be called.
  public init(_ reference: LuaReference) { self.reference = reference }

  /// Calls it and gives its results.
  ///
  /// - Throws: ``LuaError`` with the value that the function raised.
  @discardableResult
  public func call(_ arguments: LuaValue...) throws -> [LuaValue] {
    try reference.state().call(.reference(reference), arguments)
  }

  /// As ``call(_:)`` with an array.
  @discardableResult
  public func call(arguments: [LuaValue]) throws -> [LuaValue] {
    try reference.state().call(.reference(reference), arguments)
  }

  /// Calls it for its first result, nil if there is none.
  public func callForOne(_ arguments: LuaValue...) throws -> LuaValue {
    try reference.state().callForOne(.reference(reference), arguments)
  }
}
