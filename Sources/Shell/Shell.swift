import Glibc
import Lua

/// The interactive face on a terminal.
public final class Shell {
  private let session: Session
  private let history = History.usual
  private let style: Style
  private let greeting: String

  /// Whether the standard input and output are a terminal, which the shell needs.
  public static var isPossible: Bool { Terminal.isInteractive }

  /// - Parameters:
  ///   - greeting: the first line.
  ///   - declareAll: declares every module, for help and search.
  ///   - tensorMemory: how many buffers living tensors hold, and of how many bytes.
  public init(
    state: LuaState, greeting: String, declareAll: @escaping () throws -> Void,
    tensorMemory: @escaping () -> (buffers: Int, bytes: Int)
  ) throws {
    self.greeting = greeting
    style = Style(isColored: Terminal.isColored)
    session = try Session(
      state: state,
      surroundings: Session.Surroundings(
        write: { Console.write($0) }, width: { Terminal.width }, style: style, declareAll: declareAll,
        tensorMemory: tensorMemory, edit: Editor.edit,
        stoppably: { try Interrupts.stopping(state, secondEndsProcess: false, $0) }))
  }

  /// Talks until somebody leaves.
  public func run() {
    var previous = sigaction()
    // A Ctrl-C that meets neither the editor nor a running chunk has nothing to stop.
    Interrupts.install({ _ in }, for: SIGINT, previous: &previous)
    defer { sigaction(SIGINT, &previous, nil) }
    session.write(greeting)
    runStartFile()
    var pending = ""
    let editor = LineEditor { [session] line in Completer(session: session).complete(line, after: pending) }
    for entry in history?.load() ?? [] { editor.remember(entry) }
    var emptyInterrupts = 0
    while true {
      Console.startLine()
      switch editor.readLine(prompt: prompt(isFirst: pending.isEmpty)) {
      case .end:
        Console.write("\n")
        if pending.isEmpty { return }
        pending = ""
      case .interrupt(let wasUntouched):
        emptyInterrupts = wasUntouched && pending.isEmpty ? emptyInterrupts + 1 : 0
        if emptyInterrupts == 2 { return }
        if emptyInterrupts == 1 { session.write(style.faint("(Ctrl-C again leaves, as Ctrl-D does)")) }
        pending = ""
      case .line(let line):
        emptyInterrupts = 0
        pending += pending.isEmpty ? line : "\n" + line
        if session.isIncomplete(pending) { continue }
        let input = pending
        pending = ""
        remember(input, editor)
        if !session.submit(input) { return }
      }
    }
  }

  private var lastInput = ""

  private func remember(_ input: String, _ editor: LineEditor) {
    guard !input.allSatisfy(\.isWhitespace), input != lastInput else { return }
    lastInput = input
    editor.remember(input)
    history?.append(input)
  }

  private func runStartFile() {
    guard let folder = Folders.configuration else { return }
    let file = folder + "/init.lua"
    if access(file, R_OK) == 0 { session.runFile(file) }
  }

  /// `_PROMPT` or `_PROMPT2` through `tostring`, or Lua's own.
  private func prompt(isFirst: Bool) -> String { Prompt.text(isFirst: isFirst, in: session.state) }
}

/// The prompts that a session may set: `_PROMPT`, and `_PROMPT2` for further lines.
enum Prompt {
  static func text(isFirst: Bool, in state: LuaState) -> String {
    let value = (try? state.global(isFirst ? "_PROMPT" : "_PROMPT2")) ?? .nil
    if !value.isNil, let text = try? state.toString(value).string { return text }
    return isFirst ? "> " : ">> "
  }
}

/// The user's editor.
enum Editor {
  /// Lets the user edit a text in `$VISUAL` or `$EDITOR`; nil if the editor failed.
  static func edit(_ text: String) -> String? {
    let folder = Environment.value("TMPDIR") ?? "/tmp"
    var template = Array("\(folder)/nnlua-XXXXXX.lua".utf8CString)
    let file = mkstemps(&template, 4)
    guard file >= 0 else { return nil }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    guard TextFile.writeAll(text, to: file), close(file) == 0 else { return nil }
    let editor = Environment.value("VISUAL") ?? Environment.value("EDITOR") ?? "vi"
    return system("\(editor) '\(path)'") == 0 ? TextFile.read(path) : nil
  }
}
