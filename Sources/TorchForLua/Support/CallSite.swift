import Glibc
import Lua
import NN

/// The place in a script that calls a bound function: where it is, and what it calls the values that it passes.
///
/// It is looked up for errors and warnings only, by Lua's own debug library.
struct CallSite {
  private let state: LuaState
  private let debug: LuaTable?
  /// How many calls away the innermost function written in Lua is.
  private var level: Int64?

  init(_ state: LuaState) {
    self.state = state
    debug = try? state.global("package").table?.get("loaded").table?.get("debug").table
    level = (1...20).first { level in
      let what = try? information(level, "S")?.get("what").string
      return what == "Lua" || what == "main"
    }
  }

  private func information(_ level: Int64, _ what: String) throws -> LuaTable? {
    try call("getinfo", .integer(level), .string(what)).first?.table
  }

  private func call(_ function: String, _ arguments: LuaValue...) throws -> [LuaValue] {
    guard let debug else { return [] }
    return try state.call(debug.get(function), arguments)
  }

  /// `script.lua:3: `, or nothing where no script calls.
  var position: String {
    guard let level, let info = try? information(level, "Sl"), let source = try? info.get("short_src").string,
      let line = try? info.get("currentline").integer
    else { return "" }
    return "\(source):\(line): "
  }

  /// Shows a warning on the standard error, with the script's position as an error has it.
  func warn(_ message: String) {
    var text = "\(position)warning: \(message)\n"
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  // MARK: - Names

  /// What the script can write for an object or a table: a variable, or what is directly inside of one.
  func expression(for value: LuaValue) -> String? {
    guard let wanted = value.identity, let variables = try? variables() else { return nil }
    if let variable = variables.first(where: { $0.value.identity == wanted }) { return variable.name }
    // The tables of Lua's libraries are nobody's data.
    for (name, value) in variables where name != "package" && name != "_G" {
      if let path = try? Self.path(to: wanted, in: value) { return LuaText.path(name, path) }
    }
    return nil
  }

  /// The variables that are visible at the call, innermost first: each name once, with the value that it has there.
  private func variables() throws -> [(name: String, value: LuaValue)] {
    guard let level else { return [] }
    var locals: [(name: String, value: LuaValue)] = []
    var upvalues: [(name: String, value: LuaValue)] = []
    func collect(_ list: inout [(name: String, value: LuaValue)], _ get: (Int64) throws -> [LuaValue]) throws {
      for index in 1...250 {
        let found = try get(Int64(index))
        guard let name = found.first?.string else { return }
        if LuaText.isName(name), name != "_ENV", found.count > 1 { list.append((name, found[1])) }
      }
    }
    try collect(&locals) { try call("getlocal", .integer(level), .integer($0)) }
    if let function = try information(level, "f")?.get("func") {
      try collect(&upvalues) { try call("getupvalue", function, .integer($0)) }
    }
    let globals = try state.globals().pairs().compactMap { key, value in
      key.string.flatMap { LuaText.isName($0) && value.identity != nil ? ($0, value) : nil }
    }
    var seen: Set<String> = []
    return (locals.reversed() + upvalues + globals.sorted { $0.0 < $1.0 }).filter { seen.insert($0.0).inserted }
  }

  /// The keys that lead from a value to what is inside of it; nil if it is not there.
  private static func path(to wanted: LuaValue.Identity, in value: LuaValue) throws -> [String]? {
    if let map = value.object(as: OrderedMap.self) {
      for case (let key, .lua(let entry)) in map.entries where entry.identity == wanted {
        return key.string.map { [$0] }
      }
    } else if let module = value.object(as: Module.self) {
      let inside = module.namedModules().first { .object(ObjectIdentifier($0.module)) == wanted }
      return inside.map { $0.name.split(separator: ".").map(String.init) }
    } else if let table = value.table {
      // A long list is data.
      guard try table.count() < 100 else { return nil }
      for (key, entry) in try table.pairs() where entry.identity == wanted { return key.string.map { [$0] } }
    }
    return nil
  }
}

extension LuaValue {
  /// What tells an object or a table from all others.
  enum Identity: Equatable {
    case object(ObjectIdentifier)
    case table(UnsafeRawPointer)
  }

  fileprivate var identity: Identity? {
    switch self {
    case .object(let object), .identified(let object, _): .object(ObjectIdentifier(object))
    case .table(let table): (try? table.reference.withStackValue(\.identity)).flatMap { $0.map(Identity.table) }
    default: nil
    }
  }
}
