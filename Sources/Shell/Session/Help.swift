import Lua

/// Explains what was declared: everything here derives from the binding's declarations.
struct Help {
  private let session: Session
  private var state: LuaState { session.state }
  private var style: Style { session.surroundings.style }

  init(session: Session) { self.session = session }

  /// - Parameter value: what to explain; Lua's nil for an overview.
  func text(for value: LuaValue) throws -> String {
    try session.surroundings.declareAll()
    switch value {
    case .nil: return overview
    case .string(let name): return try text(named: name)
    case .function(let function):
      let declaration = try function.reference.withStackValue { $0.declaration }
      return declaration.map(text(for:)) ?? "\(session.formatter.text(of: .function(function)))"
    case .table(let table):
      // A class, which is a table that can be called.
      if let declaration = try state.withStackValue(of: value, { $0.declaration }) { return text(for: declaration) }
      if let module = try module(of: table) { return text(for: module) }
      return "a table, of \(try table.pairs().count) entries"
    case .object:
      let name = try state.withStackValue(of: value) { $0.declaredClassName }
      return name.flatMap { text(forClassNamed: $0) } ?? session.formatter.text(of: value)
    case let other:
      let type = try state.call(state.global("type"), [other]).first?.string ?? "value"
      return "a \(type): \(session.formatter.text(of: other))"
    }
  }

  /// What `?text` explains: a name such as `torch.clamp` or `Tensor:clamp`, or an expression's value.
  func text(forExpression text: String) throws -> String {
    if text.isEmpty { return try self.text(for: .nil) }
    let bytes = Array(text.utf8)
    let tokens = LuaScanner.tokens(bytes)
    if let value = ValuePath(endingAt: tokens.count, in: tokens, bytes)?.value(in: state) {
      return try self.text(for: value)
    }
    try session.surroundings.declareAll()
    if let known = lookUp(text) { return known }
    if tokens.count > 1, let value = try? state.run("return " + text, name: "=?").first, !value.isNil {
      return try self.text(for: value)
    }
    return try self.text(named: text)
  }

  /// The functions in whose name or help a word appears.
  func search(_ word: String) throws -> String {
    guard !word.isEmpty else { return "??word searches names and explanations" }
    try session.surroundings.declareAll()
    let found = state.declarations.search(word)
    guard !found.isEmpty else { return "nothing about '\(word)'" }
    return table(found.map { ($0.qualifiedName, $0.help) })
  }

  // MARK: Names

  private func text(named name: String) throws -> String {
    if let known = lookUp(name) { return known }
    let found = state.declarations.search(name)
    if found.isEmpty { return "nothing about '\(name)'" }
    return "no '\(name)'; perhaps\n" + table(found.prefix(12).map { ($0.qualifiedName, $0.help) })
  }

  private func lookUp(_ name: String) -> String? {
    let declarations = state.declarations
    if let function = declarations.function(named: name) { return text(for: function) }
    if let module = declarations.moduleNamed(name) { return text(for: module) }
    if let text = text(forClassNamed: name) { return text }
    // A name alone, or with the alias of a module in front: `nn.Linear`, `Linear`.
    let matches = declarations.all().filter { $0.name == name || $0.qualifiedName.hasSuffix("." + name) }
    return matches.first.map(text(for:))
  }

  private func module(of table: LuaTable) throws -> LuaModule? {
    for module in state.declarations.modules {
      let loaded = try state.global("package").table?.get("loaded").table?.get(module.name) ?? .nil
      if try state.equal(loaded, .table(table)) { return module }
    }
    return nil
  }

  // MARK: Texts

  private var overview: String {
    let modules = state.declarations.modules.map { ($0.name, $0.help) }
    return """
      help(x), ?x    explains a function, module or value: ?torch.clamp, ?nn.Linear
      ??word         searches names and explanations
      :help          lists the shell's commands
      TAB            completes names, keywords in {…}, keys in ["…"], files in strings

      \(style.strong("Modules"))
      \(table(modules))
      """
  }

  private func text(for function: FunctionDescription) -> String {
    let separator = function.isMethod ? ":" : "."
    let name = function.path.map { $0 + separator + function.name } ?? function.name
    let signatures = function.signatures.map { style.strong(name) + $0.text }
    var parts = [signatures.isEmpty ? style.strong(name) : signatures.joined(separator: "\n")]
    if !function.help.isEmpty { parts.append(function.help) }
    if !function.example.isEmpty {
      let lines = function.example.split(separator: "\n", omittingEmptySubsequences: false)
      parts.append("Example:\n" + lines.map { "  " + $0 }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  private func text(for module: LuaModule) -> String {
    let functions = state.declarations.functions(ofModuleNamed: module.name).map { ($0.name, $0.help) }
    let constants = module.constants.map { ($0.name, $0.help) }
    return "\(style.strong(module.name))\n\n\(module.help)\n\n\(table((functions + constants).sorted { $0.0 < $1.0 }))"
  }

  private func text(forClassNamed name: String) -> String? {
    guard let declaration = state.declarations.classNamed(name) else { return nil }
    var parts = [style.strong(name), declaration.help]
    if let constructor = declaration.constructor {
      parts.append(
        constructor.overloads.compactMap { overload in overload.signature.map { constructor.name + $0 } }
          .joined(separator: "\n"))
    }
    let properties = state.declarations.properties(ofClassNamed: name).map { ("." + $0.name, $0.help) }
    let methods = state.declarations.methods(ofClassNamed: name).map { (":" + $0.name, $0.help) }
    if !(properties + methods).isEmpty {
      parts.append(table(properties.sorted { $0.0 < $1.0 } + methods.sorted { $0.0 < $1.0 }))
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// Names beside the first sentence of their help.
  private func table(_ rows: [(String, String)]) -> String {
    let width = min(32, rows.map(\.0.count).max() ?? 0)
    let room = max(20, session.surroundings.width() - width - 2)
    return rows.map { name, help in
      let line = help.prefix { $0 != "\n" }
      let text = line.count > room ? line.prefix(room - 1) + "…" : line
      return (name.padded(to: width + 2) + text).trimmedAtEnd
    }.joined(separator: "\n")
  }
}
