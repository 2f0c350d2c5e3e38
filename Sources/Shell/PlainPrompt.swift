import CReadline
import Glibc
import Lua

/// The prompt of Lua's own program: what scripts and other programs that talk through pipes expect.
public struct PlainPrompt {
  private let state: LuaState

  /// - Parameter state: where the lines run, by its own global `print`.
  public init(state: LuaState) { self.state = state }

  /// Reads, evaluates and prints until the input ends.
  public func run() {
    while let line = readLine(isFirst: true) {
      do {
        let chunk = try load(line)
        let results = try Interrupts.stopping(state, secondEndsProcess: true) {
          try state.call(.function(chunk), withTraceback: true)
        }
        show(results)
      } catch let error as LuaError {
        report(error.message + (error.traceback.map { "\n" + $0 } ?? ""))
      } catch {
        report("\(error)")
      }
    }
    Console.write("\n")
  }

  /// Compiles a line as an expression, else as a statement, which further lines may continue.
  private func load(_ line: [UInt8]) throws -> LuaFunction {
    var text = line
    if let first = line.first, first == UInt8(ascii: "=") { text = Array("return ".utf8) + line.dropFirst() }
    if let chunk = try? state.load("return ".utf8 + text + ";".utf8, name: "=stdin") { return chunk }
    while true {
      do { return try state.load(text, name: "=stdin") } catch let error as LuaError {
        guard error.isIncompleteChunk, let more = readLine(isFirst: false) else { throw error }
        text += [UInt8(ascii: "\n")] + more
      }
    }
  }

  private func readLine(isFirst: Bool) -> [UInt8]? {
    guard let line = readline(Prompt.text(isFirst: isFirst, in: state)) else { return nil }
    defer { free(line) }
    return Array(UnsafeRawBufferPointer(start: line, count: strlen(line)))
  }

  /// Prints with the global `print`, which a session may replace.
  private func show(_ results: [LuaValue]) {
    guard !results.isEmpty else { return }
    do { _ = try state.call(state.global("print"), results) } catch {
      report("error calling 'print' (\(error))")
    }
  }

  private func report(_ message: String) {
    Console.writeError(message + "\n")
  }
}
