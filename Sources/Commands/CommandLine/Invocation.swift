import Lua

/// A command line, taken apart: options may stand anywhere, their values follow them or an equals sign, and `--` ends them.
struct Invocation {
  let output: Output
  private(set) var operands: [String] = []
  /// The options as they stand, each with its value; empty for a switch.
  private(set) var options: [(name: String, value: String)] = []

  /// - Returns: nil if the command line asks for help.
  init?(_ arguments: [String], of command: Command, output: Output) throws {
    self.output = output
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        operands += rest
        break
      }
      guard argument.hasPrefix("-"), argument != "-" else {
        operands.append(argument)
        continue
      }
      if argument == "--help" || argument == "-h" { return nil }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let option = command.options.first(where: { $0.name == parts[0] }) else {
        throw Invocation.unknown(parts[0], of: command)
      }
      if option.value == nil {
        guard parts.count == 1 else { throw Command.UsageError("\(option.name) takes no value") }
        options.append((option.name, ""))
      } else {
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
          throw Command.UsageError("\(option.name) needs a value: \(option.name) \(option.value ?? "")")
        }
        options.append((option.name, value))
      }
    }
    try checkOperands(of: command)
  }

  private static func unknown(_ name: String, of command: Command) -> Command.UsageError {
    let suggestion = nearestName(to: name, among: command.options.map(\.name) + ["--help"])
    return Command.UsageError("unknown option \(name)" + (suggestion.map { "; did you mean \($0)?" } ?? ""))
  }

  private func checkOperands(of command: Command) throws {
    let expected = command.operands
    if operands.count < expected.count {
      throw Command.UsageError("\(expected[operands.count].name) is missing")
    }
    if operands.count > expected.count, !expected.contains(where: \.isRepeated) {
      throw Command.UsageError("unexpected argument '\(operands[expected.count])'")
    }
  }

  /// Whether an option is there.
  func has(_ name: String) -> Bool { options.contains { $0.name == name } }

  /// All values of an option, in order.
  func all(_ name: String) -> [String] { options.filter { $0.name == name }.map(\.value) }

  /// The value of an option, which may be there once.
  func value(_ name: String) throws -> String? {
    let values = all(name)
    guard values.count <= 1 else { throw Command.UsageError("\(name) is there twice") }
    return values.first
  }

  /// The value of an option that is a number.
  func number(_ name: String) throws -> Double? {
    try value(name).map { text in
      guard let number = Double(text), number.isFinite else {
        throw Command.UsageError("\(name) takes a number, not '\(text)'")
      }
      return number
    }
  }
}
