/// A command of the program: its arguments, from which parsing, messages and help derive, and what it does.
public struct Command: Sendable {
  /// An argument by its place.
  struct Operand: Sendable {
    let name: String
    let help: String
    /// Whether there may be several, at least one.
    var isRepeated = false
  }

  /// An argument by its name.
  struct Option: Sendable {
    /// With its dashes, such as `--dtype`.
    let name: String
    /// What its value is called; nil for a switch.
    var value: String?
    let help: String
  }

  /// What calls it, as `inspect` does in `nnlua inspect`.
  public let name: String
  /// A line about it.
  public let summary: String
  let operands: [Operand]
  let options: [Option]
  let examples: [String]
  let body: @Sendable (Invocation) throws -> Int32

  /// A command line that is not the command's.
  struct UsageError: Error {
    let message: String

    init(_ message: String) { self.message = message }
  }

  /// Runs the command.
  ///
  /// - Parameter arguments: what follows the command's name.
  /// - Returns: the exit code; 2 for an error, which is told on the standard error output.
  public func run(_ arguments: [String], output: Output) -> Int32 {
    do {
      guard let invocation = try Invocation(arguments, of: self, output: output) else {
        output.write(help)
        return 0
      }
      return try body(invocation)
    } catch let error as UsageError {
      output.writeError("nnlua \(name): \(error.message)\n\(usage)\n'nnlua \(name) --help' explains\n")
    } catch {
      output.writeError("nnlua \(name): \(error)\n")
    }
    return 2
  }
}

/// Where a command writes.
public struct Output {
  /// Whether people read the standard output, in columns under titles, or a program does, in lines of fields between tabs.
  public let isTerminal: Bool
  /// Writes to the standard output, line ends included.
  public let write: (String) -> Void
  /// Writes to the standard error output, line ends included.
  public let writeError: (String) -> Void

  /// - Parameter isTerminal: whether people read the standard output, or a program does.
  public init(isTerminal: Bool, write: @escaping (String) -> Void, writeError: @escaping (String) -> Void) {
    self.isTerminal = isTerminal
    self.write = write
    self.writeError = writeError
  }
}

// MARK: Help

extension Command {
  var usage: String {
    let operands = operands.map { $0.isRepeated ? "\($0.name)…" : $0.name }
    return "usage: nnlua \(name) \(operands.joined(separator: " "))" + (options.isEmpty ? "" : " [options]")
  }

  private var help: String {
    var lines = [usage, "", summary, ""]
    var rows = operands.map { [$0.name, $0.help] }
    rows += options.map { [[$0.name, $0.value].compactMap { $0 }.joined(separator: " "), $0.help] }
    rows.append(["--help", "Show this text"])
    lines += TextTable.aligned(rows).map { "  " + $0 }
    lines += [""] + examples.map { "  nnlua " + $0 }
    return lines.joined(separator: "\n") + "\n"
  }
}
