import CLua
import LuaTrampoline

/// The names that a value answers to, for completion and suggestions.
public struct Members {
  /// Entries of a table, plain fields of an object, and what its class answers dynamically.
  public var fields: [String] = []
  /// Methods of an object, called with ':'.
  public var methods: [String] = []
  /// Properties of an object.
  public var properties: [String] = []

  /// No names.
  public init() {}

  /// All names, the fields first.
  public var all: [String] { fields + properties + methods }
}

extension StackValue {
  /// What tells a table, function, coroutine or userdata from all others; nil for other values.
  public var identity: UnsafeRawPointer? {
    guard index != 0, type >= 5 || type == 2 else { return nil }
    return lua_topointer(lua, index)
  }

  /// The declared class of an object, or the nearest that its class extends; nil for other values.
  public var declaredClassName: String? {
    guard index != 0, let box = lt_box_at(lua, state.host, index), box.pointee.klass >= 0 else { return nil }
    return state.declarations.declaration(ofClass: Int32(truncatingIfNeeded: box.pointee.klass))?.name
  }

  /// The names that a table, a string, or an object answers to. No code written in Lua runs.
  public func members() throws -> Members {
    var members = Members()
    if let object = anyObject, let box = lt_box_at(lua, state.host, index) {
      let number = Int32(truncatingIfNeeded: box.pointee.klass)
      let known = state.host.pointee.classes[Int(number)]
      members.methods = try state.names(inTable: known.members)
      members.properties = try state.names(inTable: known.getters)
      let declared = state.declarations.declaration(ofClass: number)?.name
      let lineage = declared.map { state.declarations.lineage(ofClassNamed: $0) } ?? []
      members.fields = lineage.lazy.compactMap(\.names).first?(object) ?? []
      members.fields += try fieldsOfObject()
    } else if let table {
      members.fields = try table.names()
    } else if let metatable = try metatable() {
      members.methods = try metatable.withField("__index") { try $0.table?.names() ?? [] }
    }
    return members
  }

  /// Uses a metafield, such as `__name`; nil without one.
  public func metafield<R>(_ name: String, _ use: (StackValue) throws -> R) throws -> R? {
    try metatable()?.withField(name) { $0.isNil ? nil : try use($0) }
  }

  private func fieldsOfObject() throws -> [String] {
    try state.needStack(lua)
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    guard lua_getiuservalue(lua, index, 1) == LUA_TTABLE else { return [] }
    return try StackValue(host: host, lua: lua, index: top + 1).table?.names() ?? []
  }

  /// The metatable, if there is one.
  public func metatable() throws -> LuaTable? {
    guard index != 0 else { return nil }
    try state.needStack(lua)
    let top = lua_gettop(lua)
    guard lua_getmetatable(lua, index) != 0 else { return nil }
    defer { lua_settop(lua, top) }
    return LuaTable(try StackValue(host: host, lua: lua, index: top + 1).reference())
  }
}

extension LuaTable {
  fileprivate func withField<R>(_ name: String, _ use: (StackValue) throws -> R) throws -> R {
    try reference.withStackValue { value in
      guard let table = value.table else { throw LuaError("a table was expected") }
      return try table.withField(name, use)
    }
  }
}

extension StackTable {
  /// The string keys of the table, and of the tables that it falls back on through `__index`.
  func names() throws -> [String] {
    var names: [String] = []
    var seen: Set<UnsafeRawPointer> = []
    try collectNames(into: &names, &seen)
    return names
  }

  private func collectNames(into names: inout [String], _ seen: inout Set<UnsafeRawPointer>) throws {
    guard let identity = value.identity, seen.insert(identity).inserted else { return }
    try forEachPair { key, _ in
      if let name = key.string { names.append(name) }
    }
    var deeper = names
    try value.metafield("__index") { fallback in
      try fallback.table?.collectNames(into: &deeper, &seen)
    }
    names = deeper
  }
}

extension LuaState {
  fileprivate func names(inTable reference: Int32) throws -> [String] {
    let lua = lua
    try needStack(lua)
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    lua_rawgeti(lua, luaRegistryIndex, Int64(reference))
    return try StackValue(host: host, lua: lua, index: top + 1).table?.names() ?? []
  }
}

extension LuaState {
  /// Uses a value where it lies on Lua's stack.
  public func withStackValue<R>(of value: LuaValue, _ body: (StackValue) throws -> R) throws -> R {
    let lua = lua
    let top = lua_gettop(lua)
    try push(value)
    defer { lua_settop(lua, top) }
    return try body(StackValue(host: host, lua: lua, index: top + 1))
  }
}
