import Lua

/// What TAB offers.
public struct Completion {
  /// The byte of the line where the text begins that candidates replace.
  public var start: Int
  /// Texts that begin with what stands between `start` and the cursor.
  public var candidates: [String] = []
  /// What follows a candidate that is the only one.
  public var suffix = ""
}

/// Offers names for the text before the cursor.
public struct Completer {
  private let session: Session
  private var state: LuaState { session.state }

  /// - Parameter session: whose state has the names.
  public init(session: Session) { self.session = session }

  /// - Parameters:
  ///   - line: the bytes of the line up to the cursor.
  ///   - earlier: the lines before it, where the input is not complete yet.
  public func complete(_ line: [UInt8], after earlier: String = "") -> Completion {
    if earlier.isEmpty, let completion = completeCommand(line) { return completion }
    let before = Array(earlier.utf8) + (earlier.isEmpty ? [] : [UInt8(ascii: "\n")])
    let bytes = before + line
    var completion = complete(Context(bytes))
    completion.start -= before.count
    let typed = bytes[(completion.start + before.count)...]
    completion.candidates = Set(completion.candidates.filter { $0.utf8.starts(with: typed) }).sorted()
    if typed.first != UInt8(ascii: "_") {
      let published = completion.candidates.filter { !$0.hasPrefix("_") }
      if !published.isEmpty { completion.candidates = published }
    }
    return completion
  }

  /// The tokens before the cursor, and the unfinished one at it.
  private struct Context {
    let bytes: [UInt8]
    /// All tokens but the one that is being completed.
    let tokens: [LuaToken]
    /// The token at the cursor: a name, an open string, a comment.
    let current: LuaToken?

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      let tokens = LuaScanner.tokens(bytes)
      let last = tokens.last
      if let last, last.range.upperBound == bytes.count, last.isOpen || last.kind == .name || last.kind == .keyword {
        current = last
        self.tokens = tokens.dropLast().filter { $0.kind != .comment }
      } else {
        current = nil
        self.tokens = tokens.filter { $0.kind != .comment }
      }
    }

    /// The text of the token that stands `back` tokens before the current one.
    func text(_ back: Int) -> String {
      let index = tokens.count - back
      return tokens.indices.contains(index) ? String(decoding: bytes[tokens[index].range], as: UTF8.self) : ""
    }

    func path(endingAt end: Int) -> ValuePath? { ValuePath(endingAt: end, in: tokens, bytes) }
  }

  private func complete(_ context: Context) -> Completion {
    if let current = context.current, current.isOpen {
      return current.kind == .string ? completeString(context, current) : Completion(start: context.bytes.count)
    }
    let start = context.current?.range.lowerBound ?? context.bytes.count
    let separator = context.text(1)
    if separator == "." || separator == ":" {
      return Completion(start: start, candidates: members(context, isMethod: separator == ":"))
    }
    if let keywords = keywords(context), !keywords.isEmpty {
      return Completion(start: start, candidates: keywords, suffix: "=")
    }
    let globals = (try? state.withStackValue(of: .table(state.globals())) { try $0.members().fields }) ?? []
    let locals = LocalNames(context.tokens, context.bytes).all.map(\.text)
    return Completion(start: start, candidates: globals.filter(LuaScanner.isName) + locals + LuaScanner.keywords)
  }

  private func members(of value: LuaValue) -> Members {
    state.fill(value)
    return (try? state.withStackValue(of: value) { try $0.members() }) ?? Members()
  }

  private func members(_ context: Context, isMethod: Bool) -> [String] {
    let end = context.tokens.count - 1
    let known =
      membersOfLocal(context, endingAt: end) ?? context.path(endingAt: end)?.value(in: state).map(members(of:))
      ?? CallResult(context.tokens, context.bytes, state).members(ofExpressionEndingAt: end)
    guard let members = known else { return [] }
    let names = isMethod ? members.methods : members.fields + members.properties
    return (names.isEmpty ? members.all : names).filter(LuaScanner.isName)
  }

  /// What a local variable of the lines before holds, told from the expression that it started as.
  private func membersOfLocal(_ context: Context, endingAt end: Int) -> Members? {
    guard context.tokens.indices.contains(end - 1), context.tokens[end - 1].kind == .name,
      ![".", ":"].contains(text(context, end - 2)),
      let local = LocalNames(context.tokens, context.bytes).named(text(context, end - 1)), !local.value.isEmpty
    else { return nil }
    let value = local.value.upperBound
    return context.path(endingAt: value)?.value(in: state).map(members(of:))
      ?? CallResult(context.tokens, context.bytes, state).members(ofExpressionEndingAt: value)
  }

  // MARK: Keywords

  /// The parameters of the function in whose argument table the cursor is, where a key may stand.
  private func keywords(_ context: Context) -> [String]? {
    let before = context.text(1)
    guard before == "{" || before == "," || before == ";" else { return nil }
    guard let brace = openBracket(context, before: context.tokens.count), text(context, brace) == "{" else {
      return nil
    }
    var end = brace
    if ["(", ","].contains(text(context, brace - 1)) {
      guard let parenthesis = openBracket(context, before: brace), text(context, parenthesis) == "(" else { return nil }
      end = parenthesis
    }
    // A function, or a class, which is a table that can be called.
    guard let callee = context.path(endingAt: end)?.value(in: state),
      let declaration = (try? state.withStackValue(of: callee, { $0.declaration })) ?? nil
    else { return nil }
    var names = declaration.signatures.flatMap { $0.parameters.map(\.name) }
    if declaration.isMethod { names.removeAll { $0 == declaration.signatures.first?.parameters.first?.name } }
    let given = context.tokens.indices.dropLast().filter { $0 > brace && text(context, $0 + 1) == "=" }
    let used = Set(given.map { text(context, $0) })
    return names.filter { !used.contains($0) }
  }

  private func text(_ context: Context, _ index: Int) -> String { context.text(context.tokens.count - index) }

  /// The innermost bracket that is open before a token.
  private func openBracket(_ context: Context, before end: Int) -> Int? {
    var depth = 0
    for index in context.tokens.indices.prefix(end).reversed() {
      switch text(context, index) {
      case ")", "]", "}": depth += 1
      case "(", "[", "{":
        if depth == 0 { return index }
        depth -= 1
      default: break
      }
    }
    return nil
  }

  // MARK: Strings

  private func completeString(_ context: Context, _ string: LuaToken) -> Completion {
    let quote = String(decoding: context.bytes[string.range].prefix(1), as: UTF8.self)
    let start = string.range.lowerBound + 1
    guard quote != "[" else { return Completion(start: context.bytes.count) }
    if context.text(1) == "[", let value = context.path(endingAt: context.tokens.count - 1)?.value(in: state) {
      return Completion(start: start, candidates: members(of: value).fields, suffix: quote)
    }
    if context.text(1) == "require" || context.text(1) == "(" && context.text(2) == "require" {
      return Completion(start: start, candidates: ModuleNames(state: state).all, suffix: quote)
    }
    return completeFile(String(decoding: context.bytes[start...], as: UTF8.self), start: start, suffix: quote)
  }

  private func completeFile(_ path: String, start: Int, suffix: String) -> Completion {
    let candidates = FileNames.completing(path)
    let isFolder = candidates.count == 1 && candidates[0].hasSuffix("/")
    return Completion(start: start, candidates: candidates, suffix: isFolder ? "" : suffix)
  }

  // MARK: Commands

  private func completeCommand(_ line: [UInt8]) -> Completion? {
    guard let first = line.first else { return nil }
    let text = String(decoding: line, as: UTF8.self)
    let lastSpace = line.lastIndex(of: 32)
    switch first {
    case UInt8(ascii: ":"):
      guard let lastSpace else {
        return Completion(
          start: 0, candidates: Command.names.map { ":" + $0 }.filter { $0.hasPrefix(text) }, suffix: " ")
      }
      if text.hasPrefix(":help ") {
        let names = Command.names.filter { $0.utf8.starts(with: line[(lastSpace + 1)...]) }
        return Completion(start: lastSpace + 1, candidates: names)
      }
      guard text.hasPrefix(":load ") || text.hasPrefix(":save ") else { return nil }
      return completeFile(String(decoding: line[(lastSpace + 1)...], as: UTF8.self), start: lastSpace + 1, suffix: " ")
    case UInt8(ascii: "$"):
      guard let lastSpace else { return nil }
      return completeFile(String(decoding: line[(lastSpace + 1)...], as: UTF8.self), start: lastSpace + 1, suffix: " ")
    case UInt8(ascii: "?"):
      var completion = complete(Array(line.drop { $0 == UInt8(ascii: "?") }), after: "")
      completion.start += line.prefix { $0 == UInt8(ascii: "?") }.count
      return completion
    default: return nil
    }
  }
}
