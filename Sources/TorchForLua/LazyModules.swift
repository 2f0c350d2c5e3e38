import Lua

/// Modules whose functions are declared on the first access to one of them, so that a script pays for what it uses.
///
/// The module's table is there from the start. Until then it has a metatable, whose every access fills it.
final class LazyModules {
  struct Entry {
    let name: String
    /// A global variable that holds the module too.
    let global: String?
    /// Modules that have to be declared before.
    let requires: [String]
    let declare: (LuaState) throws -> LuaModule
  }

  private var waiting: [String: Entry] = [:]
  private var tables: [String: LuaTable] = [:]
  private var metatables: [String: LuaTable] = [:]

  /// Puts the empty modules where `require` and scripts find them.
  init(_ entries: [Entry], in state: LuaState) throws {
    guard let loaded = try state.global("package").table?.get("loaded").table else {
      throw LuaError("package.loaded is missing")
    }
    let globals = try state.globals()
    for entry in entries {
      let table = try state.newTable()
      tables[entry.name] = table
      waiting[entry.name] = entry
      try loaded.set(entry.name, .table(table))
      if let global = entry.global { try globals.set(global, .table(table)) }
      if let dot = entry.name.lastIndex(of: "."), let owner = tables[String(entry.name[..<dot])] {
        try owner.set(String(entry.name[entry.name.index(after: dot)...]), .table(table))
      }
    }
    for (name, table) in tables {
      let metatable = try metatable(for: name, table, state)
      metatables[name] = metatable
      try state.setMetatable(table, metatable)
    }
  }

  private func metatable(for name: String, _ table: LuaTable, _ state: LuaState) throws -> LuaTable {
    func filled(_ name: String, _ body: @escaping (Arguments, LuaTable) throws -> LuaResults) -> LuaValue {
      .closure(
        LuaClosure("__index") { [unowned self] a in
          try self.fill(name, in: a.state)
          return try body(a, table)
        })
    }
    return try state.newTable([
      ("__index", filled(name) { a, table in .value(try table.get(try a.value(1))) }),
      (
        "__newindex",
        filled(name) { a, table in
          try table.set(try a.value(1), try a.value(2))
          return .none
        }
      ),
      (
        "__call",
        filled(name) { a, table in .values(try a.state.call(.table(table), a.rest(from: 1).map { try $0.value() })) }
      ),
      (
        "__pairs",
        filled(name) { a, table in [try a.state.global("next"), .table(table), .nil] }
      ),
    ])
  }

  /// Declares what a module holds, if that has not happened yet.
  func fill(_ name: String, in state: LuaState) throws {
    guard let entry = waiting.removeValue(forKey: name), let table = tables[name] else { return }
    do {
      for required in entry.requires { try fill(required, in: state) }
      let module = try entry.declare(state)
      try state.setMetatable(table, nil)
      try state.register(module, into: table)
      metatables[name] = nil
    } catch {
      waiting[name] = entry
      try state.setMetatable(table, metatables[name])
      throw error
    }
  }

  /// Declares all modules: for help and search.
  func fillAll(in state: LuaState) throws {
    for name in waiting.keys.sorted() { try fill(name, in: state) }
  }
}
