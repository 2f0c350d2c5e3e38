import CLua
import LuaTrampoline

extension LuaState {
  /// Makes a module: `require` finds it, and a module of which it is a part has it as a field, if that exists already.
  ///
  /// - Parameter existing: a table that becomes the module's; nil: a new one.
  /// - Returns: the module's table.
  @discardableResult
  public func register(_ module: LuaModule, into existing: LuaTable? = nil) throws -> LuaTable {
    for declaration in module.classes { try register(declaration, in: module.name) }
    let table = try existing ?? newTable()
    let functions = module.functions.filter { $0.placement != .method }
    try addMembers(LT_STATIC, to: table.reference.number, functions, path: module.name)
    for declaration in module.classes {
      try table.set(declaration.name, .table(try membersTable(of: try classNumber(named: declaration.name))))
    }
    for constant in module.constants { try table.set(constant.name, try constant.make(self)) }
    if let call = module.call {
      // Lua passes the module before the arguments, as a method's receiver.
      let function = try makeFunction(call, path: module.name)
      let drop = try load("local f = ...; return function(_, ...) return f(...) end".utf8, name: "=call")
      try setMetatable(table, try newTable([("__call", try drop.callForOne(.function(function)))]))
    }
    guard let loaded = try global("package").table?.get("loaded").table else {
      throw LuaError("package.loaded is missing")
    }
    try loaded.set(module.name, .table(table))
    if let dot = module.name.lastIndex(of: "."),
      let owner = try loaded.get(String(module.name[..<dot])).table
    {
      try owner.set(String(module.name[module.name.index(after: dot)...]), .table(table))
    }
    declarations.add(module)
    return table
  }

  /// Adds functions to a module that is registered.
  public func addFunctions(_ functions: [Function], toModuleNamed name: String) throws {
    guard let table = try global("package").table?.get("loaded").table?.get(name).table else {
      throw LuaError("module '\(name)' is not registered")
    }
    try addMembers(
      LT_STATIC, to: table.reference.number, functions.filter { $0.placement != .method }, path: name)
    declarations.addFunctions(functions, toModuleNamed: name)
  }

  /// A new Lua function of a declaration that is in no module, for a table that Swift builds.
  public func makeFunction(_ function: Function, path: String? = nil) throws -> LuaFunction {
    let context = bind(function, path: path)
    try perform(LT_PUSH, results: 1) { reserve(LT_FUNCTION).pointee.object = context }
    defer { lua_settop(lua, -2) }
    return LuaFunction(try StackValue(host: host, lua: lua, index: lua_gettop(lua)).reference())
  }
}
