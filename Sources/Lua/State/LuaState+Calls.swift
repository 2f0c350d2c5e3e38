import CLua
import LuaTrampoline

extension LuaState {
  // MARK: Operations with metamethods

  /// `container[key]`
  public func get(_ container: LuaValue, _ key: LuaValue) throws -> LuaValue {
    try value(of: LT_GET) {
      try describe(container)
      try describe(key)
    }
  }

  /// `container[key] = value`
  public func set(_ container: LuaValue, _ key: LuaValue, _ value: LuaValue) throws {
    try perform(LT_SET, results: 0) {
      try describe(container)
      try describe(key)
      try describe(value)
    }
  }

  /// `#value`
  public func length(_ value: LuaValue) throws -> Int {
    Int(try self.value(of: LT_LENGTH) { try describe(value) }.integer ?? 0)
  }

  /// `a == b`
  public func equal(_ a: LuaValue, _ b: LuaValue) throws -> Bool {
    try value(of: LT_EQUAL) {
      try describe(a)
      try describe(b)
    }.isTrue
  }

  /// `tostring(value)`: its text, a string or bytes.
  public func toString(_ value: LuaValue) throws -> LuaValue {
    try self.value(of: LT_TO_STRING) { try describe(value) }
  }

  /// `setmetatable(table, metatable)`, also where the metatable is protected.
  public func setMetatable(_ table: LuaTable, _ metatable: LuaTable?) throws {
    try perform(LT_SET_METATABLE, results: 0) {
      try describe(.table(table))
      try describe(metatable.map { .table($0) } ?? .nil)
    }
  }

  /// The stack of the running code as `debug.traceback` shows it.
  public func traceback(_ message: String? = nil) throws -> String {
    try value(of: LT_TRACEBACK) { try describe(message.map { .string($0) } ?? .nil) }.string ?? ""
  }

  /// Runs a full cycle of the collector, with the finalizers of what it finds.
  public func collectGarbage() throws {
    try perform(LT_COLLECT, results: 0) {}
    nativeMemory.noteCollection()
  }

  // MARK: Calls

  /// Calls a function, or a value with `__call`.
  ///
  /// - Parameter withTraceback: whether an error brings the stack of its origin.
  /// - Throws: ``LuaError`` with the value that was raised.
  public func call(
    _ function: LuaValue, _ arguments: [LuaValue] = [], withTraceback: Bool = false
  ) throws -> [LuaValue] {
    try withResults(of: function, arguments, count: LUA_MULTRET, withTraceback: withTraceback) { lua, range in
      try range.map { try StackValue(host: host, lua: lua, index: $0).value() }
    }
  }

  /// Calls a function for its first result, nil if there is none.
  public func callForOne(_ function: LuaValue, _ arguments: [LuaValue] = []) throws -> LuaValue {
    try withResults(of: function, arguments, count: 1, withTraceback: false) { lua, range in
      try StackValue(host: host, lua: lua, index: range.lowerBound).value()
    }
  }

  /// Calls a function and uses its results where they lie on Lua's stack.
  public func call<R>(
    _ function: LuaValue, _ arguments: [LuaValue], withTraceback: Bool = false,
    use: ([StackValue]) throws -> R
  ) throws -> R {
    try withResults(of: function, arguments, count: LUA_MULTRET, withTraceback: withTraceback) { lua, range in
      try use(range.map { StackValue(host: host, lua: lua, index: $0) })
    }
  }

  private func withResults<R>(
    of function: LuaValue, _ arguments: [LuaValue], count: Int32, withTraceback: Bool,
    _ use: (OpaquePointer, Range<Int32>) throws -> R
  ) throws -> R {
    let lua = lua
    drainReferences()
    let top = lua_gettop(lua)
    let (base, bytesBase) = mark
    do {
      try describe(function)
      for argument in arguments { try describe(argument) }
    } catch {
      lt_forget(host, base, bytesBase)
      throw error
    }
    let status = lt_call(lua, base, bytesBase, count, withTraceback)
    defer { lua_settop(lua, top) }
    if status != LUA_OK { throw takeError(lua, status, withTraceback: withTraceback) }
    return try use(lua, top + 1..<lua_gettop(lua) + 1)
  }

  // MARK: The machinery below

  /// Tells Lua which references are gone, unless described values are under way, which may name one of them.
  func drainReferences() {
    if host.pointee.count == 0 { references.drain(lua) }
  }

  /// Where the buffers of described values end.
  var mark: (base: Int, bytesBase: Int) { (host.pointee.count, host.pointee.bytes_count) }

  /// Does a protected operation with described operands; its results are left on the stack.
  func perform(_ operation: Int, results: Int32, _ operands: () throws -> Void) throws {
    let lua = lua
    drainReferences()
    let (base, bytesBase) = mark
    do { try operands() } catch {
      lt_forget(host, base, bytesBase)
      throw error
    }
    let status = lt_perform(lua, Int32(operation), base, bytesBase, results)
    if status != LUA_OK { throw takeError(lua, status, withTraceback: false) }
  }

  /// As ``perform(_:results:_:)`` for one result.
  func value(of operation: Int, _ operands: () throws -> Void) throws -> LuaValue {
    let lua = lua
    try perform(operation, results: 1, operands)
    defer { lua_settop(lua, -2) }
    return try StackValue(host: host, lua: lua, index: lua_gettop(lua)).value()
  }

  /// Pushes a value onto the running coroutine's stack.
  func push(_ value: LuaValue) throws { try perform(LT_PUSH, results: 1) { try describe(value) } }

  /// A reference to a value, which keeps it alive.
  public func refer(to value: LuaValue) throws -> LuaReference {
    let number = try self.value(of: LT_REFER) { try describe(value) }.integer ?? 0
    return LuaReference(pool: references, number: Int32(truncatingIfNeeded: number))
  }

  func refer(to value: StackValue) throws -> LuaReference {
    let lua = lua
    // The value may lie on the stack of a coroutine that started this one.
    guard value.lua == lua else {
      try needStack(value.lua)
      try needStack(lua)
      lua_pushvalue(value.lua, value.index)
      lua_xmove(value.lua, lua, 1)
      defer { lua_settop(lua, -2) }
      return try refer(to: StackValue(host: host, lua: lua, index: lua_gettop(lua)))
    }
    drainReferences()
    let (number, status) = referenceNumber(of: value)
    if status != LUA_OK { throw takeError(lua, status, withTraceback: false) }
    return LuaReference(pool: references, number: number)
  }

  /// Makes a registry reference. With a status other than `LUA_OK`, an error's value is left on the stack, as by
  /// `lt_perform`.
  private func referenceNumber(of value: StackValue) -> (number: Int32, status: Int32) {
    let (base, bytesBase) = mark
    reserve(LT_STACK).pointee.integer = Int64(value.index)
    let status = lt_perform(value.lua, Int32(LT_REFER), base, bytesBase, 1)
    guard status == LUA_OK else { return (0, status) }
    let number = lua_tointegerx(value.lua, -1, nil)
    lua_settop(value.lua, -2)
    return (Int32(truncatingIfNeeded: number), status)
  }

  func needStack(_ lua: OpaquePointer) throws {
    if lua_checkstack(lua, 8) == 0 { throw LuaError("stack overflow") }
  }

  /// Makes the error of what a failed operation left on the stack, and pops that.
  func takeError(_ lua: OpaquePointer, _ status: Int32, withTraceback: Bool) -> LuaError {
    if status == LT_NO_STACK { return LuaError("stack overflow") }
    let value = StackValue(host: host, lua: lua, index: lua_gettop(lua))
    defer { lua_settop(lua, -2) }
    let noted = withTraceback ? host.pointee : nil
    return LuaError(
      message: noted?.error_text.map { String(cString: $0) } ?? errorMessage(value), value: errorReference(value),
      traceback: noted?.traceback.map { String(cString: $0) })
  }

  /// A reference to an error's value; nil where Lua has no room left to make one.
  private func errorReference(_ value: StackValue) -> LuaReference? {
    let (number, status) = referenceNumber(of: value)
    if status == LUA_OK { return LuaReference(pool: references, number: number) }
    if status != LT_NO_STACK { lua_settop(value.lua, -2) }
    return nil
  }

  /// An error value's text, as Lua's own program shows it.
  private func errorMessage(_ value: StackValue) -> String {
    if let text = value.string { return text }
    let lua = value.lua
    let (base, bytesBase) = mark
    reserve(LT_STACK).pointee.integer = Int64(value.index)
    let status = lt_perform(lua, Int32(LT_ERROR_TEXT), base, bytesBase, 1)
    if status == LT_NO_STACK { return "stack overflow" }
    defer { lua_settop(lua, -2) }
    if status == LUA_OK, let text = StackValue(host: host, lua: lua, index: lua_gettop(lua)).string { return text }
    return "(error object is a \(value.kind.name) value)"
  }
}
