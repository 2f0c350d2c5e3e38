import Lua

/// An error as the shell shows it: the message, the line of input that it names, perhaps a name that was meant, and where
/// it came from.
struct ErrorReport {
  private let error: LuaError
  private let session: Session
  private var style: Style { session.surroundings.style }

  init(_ error: LuaError, in session: Session) {
    self.error = error
    self.session = session
  }

  var text: String {
    ([style.error(message)] + [lineOfInput, suggestion, traceback].compactMap { $0 }).joined(separator: "\n")
  }

  /// The message; an error's table is shown, unless it says itself what it is.
  private var message: String {
    guard error.message.hasPrefix("(error object is a"), let value = error.value else { return error.message }
    let shown = try? value.withStackValue { try session.formatter.text(of: $0.value()) }
    return shown ?? error.message
  }

  /// The number of an input and of a line in it that a text such as `input 3:1: …` begins with.
  private static func place(in text: some StringProtocol) -> (input: Int, line: Int)? {
    guard text.hasPrefix("input ") else { return nil }
    let parts = text.dropFirst(6).split(separator: ":", maxSplits: 2)
    guard parts.count >= 2, let input = Int(parts[0]), let line = Int(parts[1]) else { return nil }
    return (input, line)
  }

  private var lineOfInput: String? {
    guard let place = Self.place(in: error.message), session.inputs.indices.contains(place.input - 1) else {
      return nil
    }
    let lines = session.inputs[place.input - 1].split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 1 || place.input < session.inputs.count, lines.indices.contains(place.line - 1) else {
      return nil
    }
    return style.faint("  \(lines[place.line - 1])")
  }

  // MARK: Suggestions

  private var suggestion: String? {
    guard let missing = missingName, missing.kind != "local", missing.kind != "upvalue" else { return nil }
    if missing.kind == "global", let hint = session.hint(aboutLocal: missing.name) { return hint }
    guard let meant = Suggestions(session).meant(by: missing, in: error.message) else {
      return nil
    }
    return "did you mean '\(meant)'?"
  }

  /// The name in "attempt to call a nil value (global 'pritn')".
  private var missingName: (kind: String, name: String)? {
    guard let start = error.message.range(ofText: "a nil value (") else { return nil }
    let parts = error.message[start...].dropFirst("a nil value (".count).split(separator: "'")
    guard parts.count >= 2 else { return nil }
    return (parts[0].trimmed, String(parts[1]))
  }

  // MARK: The traceback

  /// The stack without the frames below the input and those that every error has; nil if nothing is left to tell.
  private var traceback: String? {
    guard let lines = error.traceback?.split(separator: "\n") else { return nil }
    let frames = lines.dropFirst().filter { line in
      !line.hasSuffix("[C]: in ?") && !line.hasSuffix("[C]: in function 'error'")
        && !line.hasSuffix("(...tail calls...)")
    }
    // The input itself, and the function that it called and that raised the error, tell nothing new.
    let telling = frames.filter { line in
      !line.trimmed.hasPrefix("[C]: ") && !(line.contains("input ") && line.hasSuffix("in main chunk"))
    }
    guard !telling.isEmpty else { return nil }
    return style.faint((["stack traceback:"] + collapsed(frames.map(\.trimmed))).joined(separator: "\n"))
  }

  /// The frames with a recursion's on one line.
  private func collapsed(_ frames: [String]) -> [String] {
    var runs: [(frame: String, count: Int)] = []
    for frame in frames {
      if runs.last?.frame == frame { runs[runs.count - 1].count += 1 } else { runs.append((frame, 1)) }
    }
    return runs.map { "  " + $0.frame + ($0.count > 1 ? "  (\($0.count) times)" : "") }
  }
}

/// Finds the name that was meant by one that does not exist.
struct Suggestions {
  private let session: Session

  init(_ session: Session) { self.session = session }

  /// - Parameter missing: what Lua calls the kind of the name, and the name.
  func meant(by missing: (kind: String, name: String), in message: String) -> String? {
    guard missing.kind == "field" || missing.kind == "method" else {
      let globals = (try? names(of: .table(session.state.globals()))) ?? []
      return nearestName(to: missing.name, among: globals)
    }
    // The value was what stands before the name in the input.
    guard let input = session.inputs.last else { return nil }
    let bytes = Array(input.utf8)
    let tokens = LuaScanner.tokens(bytes)
    for index in tokens.indices.dropFirst(2)
    where tokens[index].kind == .name && bytes[tokens[index].range].elementsEqual(missing.name.utf8) {
      let path = ValuePath(endingAt: index - 1, in: tokens, bytes)
      if let value = path?.value(in: session.state), let names = try? names(of: value),
        let found = nearestName(to: missing.name, among: names)
      {
        return found
      }
    }
    return nil
  }

  private func names(of value: LuaValue) throws -> [String] {
    try session.state.withStackValue(of: value) { try $0.members().all }
  }
}
