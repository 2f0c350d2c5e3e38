import Glibc
import Lua
import Notebook

extension Command {
  /// `nnlua notebook SCRIPT`
  ///
  /// - Parameter makeState: opens the state in which the script runs, with everything that scripts find, and what keeps that alive.
  static func notebook(makeState: @escaping @Sendable () throws -> (state: LuaState, owner: Any)) -> Command {
    Command(
      name: "notebook",
      summary: """
        Runs a script and writes a page of HTML with its text, its code, and what the code prints: tables, charts and images too.
        Lines of the script that begin with '---' are text in Markdown; a line '-- %%' splits the code without text.
        An error stands in the page, and the exit code is 1.
        """,
      operands: [Operand(name: "SCRIPT", help: "An ordinary script of Lua")],
      options: [
        Option(name: "-o", value: "OUT.html", help: "The page to write; by default SCRIPT's name, ending in .html")
      ],
      examples: ["notebook lesson.lua", "notebook lesson.lua -o public/lesson.html"]
    ) { invocation in
      let script = invocation.operands[0]
      let output = try invocation.value("-o") ?? page(for: script)
      let (state, owner) = try makeState()
      let notebook = try withExtendedLifetime(owner) { try Notebook(running: script, in: state) }
      try write(notebook.html, to: output)
      if let error = notebook.error {
        invocation.output.writeError("nnlua notebook: \(error)\n")
        return EXIT_FAILURE
      }
      return notebook.exitCode ?? EXIT_SUCCESS
    }
  }

  /// `lesson.html` for `lesson.lua`
  private static func page(for script: String) -> String {
    (script.hasSuffix(".lua") ? String(script.dropLast(4)) : script) + ".html"
  }

  private static func write(_ page: String, to path: String) throws {
    guard let file = fopen(path, "wb") else { throw LuaError("\(path): \(String(cString: strerror(errno)))") }
    var page = page
    let isWritten = page.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) == $0.count }
    guard fclose(file) == 0, isWritten else { throw LuaError("\(path): \(String(cString: strerror(errno)))") }
  }
}
