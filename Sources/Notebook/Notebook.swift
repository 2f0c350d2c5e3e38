import Glibc
import Lua
import Plot

/// A script that explains itself, run, and shown with what it wrote, as one page of HTML that needs no other file.
///
/// The script is an ordinary one. Lines that begin with `---` are text in Markdown, all else is code; what a cell of code writes stands
/// below it, with charts and images as such. The script runs once, as one chunk: locals live on from cell to cell.
public struct Notebook {
  /// The page.
  public let html: String
  /// What ended the script early, with its place; nil if it ran to its end.
  public let error: String?
  /// What the script gave to `os.exit`; nil if it did not call it.
  public let exitCode: Int32?

  /// Runs a script in a state made for it.
  ///
  /// - Throws: `LuaError` or another error where it cannot be read or run at all. What fails inside of it stands on the page.
  public init(running path: String, in state: LuaState) throws {
    let source = try Self.read(path)
    let script = NotebookScript(source) { (try? state.load($0.utf8, name: "=", mode: "t")) != nil }
    let run = try NotebookRun(script, path: path, in: state)
    error = run.error.map { $0.message + ($0.traceback.map { "\n" + $0 } ?? "") }
    exitCode = run.exitCode
    html = Page(script, run, path: path).html
  }

  static func read(_ path: String) throws -> String {
    guard let bytes = Self.bytes(of: path) else { throw LuaError("\(path): \(String(cString: strerror(errno)))") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What is in a file; nil, and `errno`, where it cannot be read.
  static func bytes(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return ferror(file) == 0 ? bytes : nil }
      bytes += buffer[..<count]
    }
  }
}

/// What came of a script's cells.
struct NotebookRun {
  /// What each cell wrote; cells that did not run have none.
  private(set) var outputs: [Int: String] = [:]
  private(set) var error: LuaError?
  /// The cell in which the error happened.
  private(set) var failedCell: Int?
  private(set) var exitCode: Int32?

  /// Whether the last cell of code was reached.
  func ran(_ cell: Int) -> Bool { outputs[cell] != nil }

  init(_ script: NotebookScript, path: String, in state: LuaState) throws {
    let run = Running()
    let capture = try OutputCapture()
    defer { capture.end() }
    Display.target = .page
    defer { Display.target = .terminal }
    // Lines of the output and of the error output stay in order.
    try state.run("io.stdout:setvbuf 'line'")
    try state.setGlobal("arg", .table(state.newTable([(.integer(0), .string(path))])))
    let marker = LuaClosure(NotebookScript.marker) { a in
      run.begin(Int(a[0].integer ?? 0), capture)
      return .none
    }
    try state.setGlobal(NotebookScript.marker, .closure(marker))
    try replaceExit(in: state, run)
    do {
      let chunk = try state.load(script.chunk.utf8, name: "@" + path, mode: "t")
      _ = try state.call(.function(chunk), withTraceback: true)
    } catch {
      if run.exitCode == nil { self.error = error as? LuaError ?? LuaError("\(error)") }
    }
    run.take(capture)
    outputs = run.outputs
    exitCode = run.exitCode
    if let error { failedCell = run.cell ?? Self.line(in: error.message, path).flatMap(script.cell(ofLine:)) }
  }

  /// The cell that runs, and what was written so far.
  private final class Running {
    var cell: Int?
    var outputs: [Int: String] = [:]
    var exitCode: Int32?

    func begin(_ next: Int, _ capture: OutputCapture) {
      take(capture)
      cell = next
      outputs[next, default: ""] += ""
    }

    func take(_ capture: OutputCapture) {
      let text = capture.take()
      if let cell { outputs[cell, default: ""] += text }
    }
  }

  /// `os.exit` ends the script, not the process that has to write the page.
  private func replaceExit(in state: LuaState, _ run: Running) throws {
    guard let os = try state.global("os").table else { return }
    let exit = LuaClosure("os.exit") { a in
      let code = a[0].integer.map { Int32(truncatingIfNeeded: $0) }
      run.exitCode = code ?? (a[0].boolean == false ? EXIT_FAILURE : EXIT_SUCCESS)
      throw LuaError("os.exit() ends the script")
    }
    try os.set("exit", .closure(exit))
  }

  /// The line in an error such as `path:12: message`.
  private static func line(in message: String, _ path: String) -> Int? {
    guard message.hasPrefix(path + ":") else { return nil }
    return Int(message.dropFirst(path.count + 1).prefix { $0.isNumber })
  }
}
