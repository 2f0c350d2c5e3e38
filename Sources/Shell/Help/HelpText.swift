import Lua

/// Lays out explanations: signatures, a paragraph, an example, and what belongs to it.
struct HelpText {
  let topics: [Topic]
  private let state: LuaState
  private let style: Style
  private let width: Int

  init(_ help: Help, _ topics: [Topic]) {
    self.topics = topics
    state = help.state
    style = help.style
    width = help.width
  }

  var overview: String {
    """
    help(x), ?x    explains a function, class, module or value: ?torch.clamp, ?nn.Linear
    help"name"     explains whatever has a name: help"conv2d"
    ??word         searches names and explanations, as help.search"word" does
    :help          lists the shell's commands
    TAB            completes names, keywords in {…}, keys in ["…"], files in strings

    \(style.strong("Modules"))
    \(table(topics.filter { $0.kind == .module }))

    \(style.strong("Classes"))
    \(table(topics.filter { $0.kind == .class }))
    """
  }

  func text(for topic: Topic) -> String {
    switch topic.kind {
    case .module: state.declarations.moduleNamed(topic.ownName).map { text(forModule: $0) } ?? body(of: topic)
    case .class: state.declarations.classNamed(topic.ownName).map { text(forClass: $0) } ?? body(of: topic)
    default: joined([body(of: topic), membersOfResult(topic), related(to: topic)])
    }
  }

  func text(forModule module: LuaModule) -> String {
    let all = state.declarations.topics(of: module)
    // A class' members stand under the class.
    let contents = all.dropFirst().filter { $0.path == module.name }
    return joined([all.first.map { body(of: $0) } ?? "", table(contents.sorted { $0.ownName < $1.ownName }, own: true)])
  }

  func text(forClass declaration: LuaClass) -> String {
    let topic =
      topics.first { $0.kind == .class && $0.ownName == declaration.name }
      ?? state.declarations.topic(of: declaration, in: "")
    let members = state.declarations.members(of: declaration).sorted { $0.ownName < $1.ownName }
    let properties = members.filter { $0.kind == .property }
    let methods = members.filter { $0.kind == .method }
    let inherited = state.declarations.lineage(ofClassNamed: declaration.name).dropFirst().map { namesOfMembers($0) }
    return joined([body(of: topic), table(properties, own: true), list(methods, of: declaration)] + inherited)
  }

  /// Methods with their explanations; of a class with very many, the names alone.
  private func list(_ methods: [Topic], of declaration: LuaClass) -> String {
    guard methods.count > 100 else { return table(methods, own: true) }
    let names = Set(methods.map(\.ownName))
    let shown = methods.map(\.ownName).filter { !$0.hasSuffix("_") || !names.contains(String($0.dropLast())) }
    return wrapped(
      "Methods: \(shown.map { ":" + $0 }.joined(separator: ", ")). Those that change the \(declaration.name.lowercased()) "
        + "itself have the same names with _ at the end. ?\(declaration.name).abs explains one, ??word finds them.")
  }

  /// Explains one of Lua's own functions.
  func text(forFunctionOfLua topic: Topic) -> String {
    let manual = "A function of Lua's own: https://www.lua.org/manual/5.4/manual.html#pdf-\(topic.name)"
    return joined([body(of: topic), manual])
  }

  // MARK: Parts

  private func joined(_ parts: [String]) -> String { parts.filter { !$0.isEmpty }.joined(separator: "\n\n") }

  /// Signatures, explanation and example.
  private func body(of topic: Topic) -> String {
    joined([signatures(of: topic), wrapped(topic.help), example(of: topic)])
  }

  private func signatures(of topic: Topic) -> String {
    let name = style.strong(topic.name)
    if topic.kind == .property { return "\(name): \(topic.signatures.joined())" }
    return topic.signatures.isEmpty ? name : topic.signatures.map { name + $0 }.joined(separator: "\n")
  }

  private func example(of topic: Topic) -> String {
    guard !topic.example.isEmpty else { return "" }
    let lines = topic.example.split(separator: "\n", omittingEmptySubsequences: false)
    return "Example:\n" + lines.map { "  " + $0 }.joined(separator: "\n")
  }

  /// What one finds in the object that a function makes, if its class is one of a few members.
  private func membersOfResult(_ topic: Topic) -> String {
    let results = Set(topic.signatures.compactMap { Self.result(of: $0) })
    guard results.count == 1, let name = results.first, name != "Tensor" else { return "" }
    return state.declarations.lineage(ofClassNamed: name).map { namesOfMembers($0) }
      .filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private static func result(of signature: String) -> String? {
    guard let arrow = signature.range(ofText: ") -> ") else { return nil }
    return String(signature[arrow...].dropFirst(5))
  }

  /// The names of a class's members in a few lines.
  private func namesOfMembers(_ declaration: LuaClass) -> String {
    let names = state.declarations.members(of: declaration).sorted { $0.ownName < $1.ownName }
      .map { ($0.kind == .method ? ":" : ".") + $0.ownName }
    return names.isEmpty ? "" : wrapped("Every \(declaration.name) has \(names.joined(separator: ", ")).")
  }

  /// Other forms of the same: a method, a function in place, a layer.
  private func related(to topic: Topic) -> String {
    let stem = Self.stem(topic.ownName)
    guard topic.kind == .function || topic.kind == .method, !stem.isEmpty else { return "" }
    let others = topics.filter {
      Self.stem($0.ownName) == stem && $0.name != topic.name && $0.kind != .module
    }
    return others.isEmpty ? "" : wrapped("See also " + others.map(\.name).joined(separator: ", ") + ".")
  }

  /// A name without what tells the forms of an operator apart: `relu`, `relu_` and `ReLU` have the same.
  private static func stem(_ name: String) -> String {
    if name.hasPrefix("__") { return "" }
    return (name.hasSuffix("_") ? String(name.dropLast()) : name).lowercased()
  }

  /// The function of a module that a method is another form of.
  func function(sharedBy method: Topic) -> Topic? {
    guard method.kind == .method else { return nil }
    return topics.first {
      $0.kind == .function && $0.ownName == method.ownName && $0.help == method.help
        && $0.signatures == method.signatures
    }
  }

  /// Names beside the first sentences of their explanations.
  ///
  /// - Parameter own: whether names stand without their path.
  func table(_ topics: [Topic], own: Bool = false) -> String {
    let names = topics.map { topic -> String in
      switch topic.kind {
      case .method where own: ":" + topic.ownName
      case .property where own: "." + topic.ownName
      default: own ? topic.ownName : topic.name
      }
    }
    let column = min(32, names.map(\.count).max() ?? 0) + 2
    return zip(names, topics).map { name, topic in
      let summary = topic.summary
      let room = max(20, width - max(column, name.count + 2))
      let text = summary.count > room ? summary.prefix(room - 1).trimmedAtEnd + "…" : summary
      return (name.padded(to: column - 2) + "  " + text).trimmedAtEnd
    }.joined(separator: "\n")
  }

  /// Paragraphs broken into lines that fit; lines that are set in stay as they are.
  private func wrapped(_ text: String) -> String {
    var lines: [String] = []
    var line = ""
    func end() {
      if !line.isEmpty { lines.append(line) }
      line = ""
    }
    for source in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard !source.isEmpty, !source.hasPrefix("  ") else {
        end()
        lines.append(String(source))
        continue
      }
      for word in source.split(separator: " ") {
        if !line.isEmpty, line.count + 1 + word.count > width { end() }
        line += line.isEmpty ? String(word) : " " + word
      }
    }
    end()
    return lines.joined(separator: "\n")
  }
}
