import Lua

/// Explains what was declared: everything here derives from the binding's declarations.
public struct Help {
  let state: LuaState
  let style: Style
  /// Columns of a line.
  let width: Int
  /// Declares every module.
  private let declareAll: () throws -> Void

  /// - Parameters:
  ///   - width: columns of a line, at least 40.
  ///   - declareAll: declares every module, so that those which no script has asked for yet are explained too.
  public init(
    state: LuaState, style: Style = Style(isColored: false), width: Int = 80,
    declareAll: @escaping () throws -> Void = {}
  ) {
    self.state = state
    self.style = style
    self.width = max(40, width)
    self.declareAll = declareAll
  }

  var formatter: ValueFormatter { ValueFormatter(state: state, width: width) }

  /// Everything that was declared.
  func topics() throws -> [Topic] {
    try declareAll()
    return state.declarations.topics
  }

  /// What to begin with.
  func overview() throws -> String { HelpText(self, try topics()).overview }

  /// Explains a value: a function, class, module or object, or what has the name that a string says.
  func text(for value: LuaValue) throws -> String {
    let topics = try topics()
    let text = HelpText(self, topics)
    switch value {
    case .string(let name): return try self.text(named: name)
    case .function(let function):
      let description = try function.reference.withStackValue { $0.declaration }
      guard let description else { return try LuaFunctionText(state, text).text(for: function) }
      return text.text(for: topics.first { $0.name == description.qualifiedName } ?? Topic(description))
    case .table(let table):
      let number = try state.withStackValue(of: value) { $0.classNumber }
      if let number, let declaration = state.declarations.declaration(of: number) {
        return text.text(forClass: declaration)
      }
      if let module = try state.declaredModule(of: table) { return text.text(forModule: module) }
      return "a table: \(formatter.text(of: value))"
    case .object: return try self.text(forObject: value, text)
    case .nil: return "nil: no value. help() lists what there is."
    case let other:
      let type = try state.call(state.global("type"), [other]).first?.string ?? "value"
      return "a \(type): \(formatter.text(of: other))"
    }
  }

  /// What `?text` explains: a name such as `torch.clamp` or `Tensor:clamp`, or an expression's value.
  func text(forExpression text: String) throws -> String {
    if text.isEmpty { return try overview() }
    let bytes = Array(text.utf8)
    let tokens = LuaScanner.tokens(bytes)
    if let value = ValuePath(endingAt: tokens.count, in: tokens, bytes)?.value(in: state), !value.isNil {
      // A constant's value, such as a number, knows nothing of its name.
      return try topic(named: text).map { HelpText(self, try topics()).text(for: $0) } ?? self.text(for: value)
    }
    if try !matches(for: text).isEmpty { return try self.text(named: text) }
    if tokens.count > 1, let value = try? state.run("return " + text, name: "=?").first, !value.isNil {
      return try self.text(for: value)
    }
    return try self.text(named: text)
  }

  /// Lists everything in whose name or explanation a word appears.
  func search(_ word: String) throws -> String {
    guard !word.isEmpty else { return "??word searches names and explanations" }
    let word = word.lowercased()
    let topics = try topics()
    let text = HelpText(self, topics)
    // A method that is also a function of a module is listed once.
    let distinct = topics.filter { $0.kind != .method || text.function(sharedBy: $0) == nil }
    let named = distinct.filter { $0.ownName.lowercased().contains(word) }
    let helped = distinct.filter { topic in
      !topic.ownName.lowercased().contains(word) && topic.help.lowercased().contains(word)
    }
    let ofLua = StandardLibrary.topics.filter {
      $0.name.lowercased().contains(word) || $0.help.lowercased().contains(word)
    }
    let found = named + helped + ofLua
    return found.isEmpty ? "nothing about '\(word)'" : text.table(found)
  }

  // MARK: Names

  /// Explains what has a name: a whole one such as `torch.clamp`, or its last part alone.
  private func text(named name: String) throws -> String {
    let text = HelpText(self, try topics())
    let matches = try matches(for: name)
    if let first = matches.first {
      let others = matches.dropFirst().filter { text.function(sharedBy: $0)?.name != first.name }
      return text.text(for: first) + (others.isEmpty ? "" : "\n\nOf that name too:\n" + text.table(others))
    }
    let word = name.lowercased()
    let near = try topics().filter { $0.ownName.lowercased().contains(word) || $0.help.lowercased().contains(word) }
    if !near.isEmpty { return "no '\(name)'; perhaps\n" + text.table(Array(near.prefix(12))) }
    let suggestion = try nearestMember(to: name) ?? nearestName(to: name, among: try topics().map(\.ownName))
    return "nothing about '\(name)'" + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
  }

  /// The whole name that was meant by one such as `torch.zeors`, of what its first part has.
  private func nearestMember(to name: String) throws -> String? {
    let bytes = Array(name.utf8)
    let tokens = LuaScanner.tokens(bytes)
    guard tokens.count > 2, let last = tokens.last,
      let owner = ValuePath(endingAt: tokens.count - 2, in: tokens, bytes)?.value(in: state)
    else { return nil }
    state.fill(owner)
    let names = try state.withStackValue(of: owner) { try $0.members().all }
    return nearestName(to: String(decoding: bytes[last.range], as: UTF8.self), among: names).map {
      String(decoding: bytes[..<last.range.lowerBound], as: UTF8.self) + $0
    }
  }

  /// The topic of a whole name, or of one that begins with a global's name for a module, as `F.relu` does.
  private func topic(named name: String) throws -> Topic? {
    let topics = try topics()
    if let exact = topics.first(where: { $0.name == name }) { return exact }
    guard let end = name.lastIndex(where: { $0 == "." || $0 == ":" }) else { return nil }
    let owner = String(name[..<end])
    guard let table = try? state.run("return " + owner, name: "=?").first?.table,
      let module = try state.declaredModule(of: table)
    else { return nil }
    let last = name[name.index(after: end)...]
    return topics.first { $0.path == module.name && $0.ownName == last && $0.kind != .method }
  }

  /// What a name may mean, the likeliest first.
  private func matches(for name: String) throws -> [Topic] {
    if let exact = try topic(named: name) { return [exact] }
    let lowercased = name.lowercased().split { $0 == "." || $0 == ":" }.joined(separator: ".")
    let found = try topics().filter { topic in
      let path = topic.name.lowercased().split { $0 == "." || $0 == ":" }.joined(separator: ".")
      return path == lowercased || path.hasSuffix("." + lowercased)
    }
    let isSpelledSo = found.filter { $0.ownName == name || $0.name.hasSuffix(name) }
    return isSpelledSo + found.filter { topic in !isSpelledSo.contains { $0.name == topic.name } }
  }

  // MARK: Objects

  private func text(forObject value: LuaValue, _ text: HelpText) throws -> String {
    let (name, object) = try state.withStackValue(of: value) { ($0.declaredClassName, $0.anyObject) }
    guard let name, let declaration = state.declarations.classNamed(name) else { return formatter.text(of: value) }
    let lineage = state.declarations.lineage(ofClassNamed: name)
    let maker = object.flatMap { object in lineage.lazy.compactMap { $0.maker?(object) }.first }
    let topic = maker.flatMap { maker in
      text.topics.first { $0.ownName == maker && [.function, .class, .constant].contains($0.kind) }
    }
    let shown = formatter.text(of: value)
    let own = topic.map { text.text(for: $0) } ?? text.text(forClass: declaration)
    return shown + "\n\n" + own
  }
}
