import CLua
import LuaTrampoline

/// A value that lies on Lua's stack: an argument, a table's element.
///
/// It is valid while the callback or the closure that got it runs. Reading never raises and never allocates in Lua.
@frozen
public struct StackValue {
  @usableFromInline let host: UnsafeMutablePointer<lt_host>
  @usableFromInline let lua: OpaquePointer
  /// Its index; 0: no value.
  @usableFromInline let index: Int32

  @inlinable
  init(host: UnsafeMutablePointer<lt_host>, lua: OpaquePointer, index: Int32) {
    self.host = host
    self.lua = lua
    self.index = index
  }

  /// The state that it belongs to.
  public var state: LuaState { LuaState.of(host) }

  @inlinable var type: Int32 { index == 0 ? -1 : lua_type(lua, index) }

  /// Lua's type of the value.
  public var kind: LuaKind { LuaKind(rawValue: type) ?? .none }

  /// Whether it is nil, or was not given.
  @inlinable public var isNil: Bool { type <= 0 }

  /// Whether it is a number of Lua's integer type.
  @inlinable public var isInteger: Bool { index != 0 && lua_isinteger(lua, index) != 0 }

  /// Lua's truth: everything but nil and false.
  @inlinable public var isTrue: Bool { index != 0 && lua_toboolean(lua, index) != 0 }

  /// The truth value, if it is one.
  @inlinable public var boolean: Bool? { type == 1 ? lua_toboolean(lua, index) != 0 : nil }

  /// The integer, also of a float without a fraction; never of a string.
  @inlinable
  public var integer: Int64? {
    guard type == 3 else { return nil }
    var isInteger: Int32 = 0
    let value = lua_tointegerx(lua, index, &isInteger)
    return isInteger != 0 ? value : nil
  }

  /// The number; never of a string.
  @inlinable public var number: Double? { type == 3 ? lua_tonumberx(lua, index, nil) : nil }

  /// The text of a string (never of a number); what is not UTF-8 in it is replaced.
  public var string: String? { withBytes { String(decoding: $0, as: UTF8.self) } }

  /// A string's bytes.
  public var bytes: [UInt8]? { withBytes { Array($0) } }

  /// A string's bytes, where they lie.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
    guard type == 4 else { return nil }
    var length = 0
    guard let start = lua_tolstring(lua, index, &length) else { return nil }
    return try body(UnsafeRawBufferPointer(start: start, count: length))
  }

  /// The object of a Swift class, if it is one of `type`.
  @inlinable
  public func object<T: AnyObject>(as type: T.Type = T.self) -> T? { anyObject as? T }

  /// The object of a Swift class.
  @inlinable
  public var anyObject: AnyObject? {
    guard index != 0, let box = lt_box_at(lua, host, index), box.pointee.klass >= 0,
      let pointer = box.pointee.object
    else { return nil }
    return Unmanaged<AnyObject>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// The table, if it is one, for reading where it lies.
  public var table: StackTable? { type == 5 ? StackTable(self) : nil }

  /// The value, kept.
  public func value() throws -> LuaValue {
    switch kind {
    case .none, .nil: return .nil
    case .boolean: return .boolean(lua_toboolean(lua, index) != 0)
    case .number:
      if lua_isinteger(lua, index) != 0 { return .integer(lua_tointegerx(lua, index, nil)) }
      return .number(lua_tonumberx(lua, index, nil))
    case .string:
      return withBytes { bytes in
        String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(Array(bytes))
      } ?? .nil
    case .table: return .table(LuaTable(try reference()))
    case .function: return .function(LuaFunction(try reference()))
    case .userdata:
      if let object = anyObject { return .object(object) }
      return .reference(try reference())
    case .lightUserdata, .thread: return .reference(try reference())
    }
  }

  /// A reference to the value.
  public func reference() throws -> LuaReference { try state.refer(to: self) }

  /// The name of its type as errors say it: a class's name, `int` and `float` for Lua's kinds of number, else Lua's.
  public var typeName: String {
    switch kind {
    case .none: return "nil"
    case .boolean: return "bool"
    case .number: return isInteger ? "int" : "float"
    case .userdata:
      guard let box = lt_box_at(lua, host, index), box.pointee.klass >= 0 else { return "userdata" }
      let name = (anyObject as? any LuaTypeNaming)?.luaTypeName ?? state.className(Int32(box.pointee.klass))
      return box.pointee.object == nil ? "released \(name)" : name
    case let kind: return kind.name
    }
  }

  /// The class that a class's table stands for; nil for all others.
  public var classNumber: LuaClassNumber? {
    guard type == 5, let table = lua_topointer(lua, index) else { return nil }
    return state.classTables[table].map { LuaClassNumber(number: $0) }
  }

  /// The declaration of a function that was registered, or of a class's constructor; nil for all others.
  public var declaration: FunctionDescription? {
    if let classNumber { return state.declarations.constructor(of: classNumber) }
    guard index != 0, let context = lt_context_of(lua, index) else { return nil }
    return Unmanaged<BoundFunction>.fromOpaque(context).takeUnretainedValue().description
  }
}

/// A table that lies on Lua's stack. Reading is raw: no metamethod runs.
public struct StackTable {
  /// The table as a value.
  public let value: StackValue

  init(_ value: StackValue) { self.value = value }

  /// The length without metamethods.
  public var count: Int { Int(truncatingIfNeeded: lua_rawlen(value.lua, value.index)) }

  /// Whether it has no key at all.
  public var isEmpty: Bool {
    guard let lua = room() else { return true }
    lua_pushnil(lua)
    if lua_next(lua, value.index) == 0 { return true }
    lua_settop(lua, -3)
    return false
  }

  /// Uses the element at `position`, from 1.
  public func withElement<R>(_ position: Int, _ body: (StackValue) throws -> R) throws -> R {
    let lua = try needRoom()
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    lua_rawgeti(lua, value.index, Int64(position))
    return try body(StackValue(host: value.host, lua: lua, index: top + 1))
  }

  /// Uses the elements from 1 to the length.
  public func forEachElement(_ body: (StackValue) throws -> Void) throws {
    let lua = try needRoom()
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    var position: Int64 = 1
    let count = Int64(count)
    while position <= count {
      lua_rawgeti(lua, value.index, position)
      try body(StackValue(host: value.host, lua: lua, index: top + 1))
      lua_settop(lua, top)
      position += 1
    }
  }

  /// Uses all pairs, in Lua's order. A body that changes the table may end the loop early.
  public func forEachPair(_ body: (_ key: StackValue, _ value: StackValue) throws -> Void) throws {
    let lua = try needRoom()
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    lua_pushnil(lua)
    while lt_next(lua, value.index) {
      try body(
        StackValue(host: value.host, lua: lua, index: top + 1),
        StackValue(host: value.host, lua: lua, index: top + 2))
      lua_settop(lua, top + 1)
    }
  }

  /// Uses the value under a string key, nil if there is none.
  public func withField<R>(_ name: String, _ body: (StackValue) throws -> R) throws -> R {
    let lua = try needRoom()
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    try value.state.push(.string(name))
    lua_rawget(lua, value.index)
    return try body(StackValue(host: value.host, lua: lua, index: top + 1))
  }

  /// The first element that `isWrong` accepts, with its position from 0.
  func firstElement(where isWrong: (StackValue) -> Bool) -> (position: Int, typeName: String)? {
    guard let lua = room() else { return nil }
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    let count = count
    var position = 0
    while position < count {
      lua_rawgeti(lua, value.index, Int64(position) + 1)
      let element = StackValue(host: value.host, lua: lua, index: top + 1)
      if isWrong(element) { return (position, element.typeName) }
      lua_settop(lua, top)
      position += 1
    }
    return nil
  }

  private func room() -> OpaquePointer? { lua_checkstack(value.lua, 8) != 0 ? value.lua : nil }

  private func needRoom() throws -> OpaquePointer {
    guard let lua = room() else { throw LuaError("stack overflow") }
    return lua
  }
}
