import Lua

extension LuaState {
  /// The module whose table this is; nil for all others.
  func declaredModule(of table: LuaTable) throws -> LuaModule? {
    fill(.table(table))
    guard let identity = try table.reference.withStackValue({ $0.identity }) else { return nil }
    let loaded = try global("package").table?.get("loaded").table
    return try declarations.modules.first { module in
      let value = try loaded?.get(module.name) ?? .nil
      let place = value.isNil ? try global(module.name) : value
      return try withStackValue(of: place) { $0.identity } == identity
    }
  }

  /// Declares a module that waits for its first use. Nothing happens to other tables: no code of the user's runs.
  func fill(_ table: LuaValue) {
    guard case .table = table else { return }
    let isOurs = try? withStackValue(of: table) { value in
      try value.metafield("__index") { $0.declaration != nil }
    }
    if isOurs == true { _ = try? get(table, .string("")) }
  }
}
