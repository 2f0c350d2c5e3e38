import Checkpoint
import Commands
import Lua
import Tensor
import TestSupport
import Testing

extension TemporaryFolder {
  /// Writes a checkpoint, in the format that its name asks for, and gives its path.
  func save(_ value: CheckpointValue, _ name: String) throws -> String {
    let path = "\(self.path)/\(name)"
    try CheckpointFile.save(value, to: path, format: CheckpointFormat(writing: path))
    return path
  }
}

/// What a command did.
struct CommandResult {
  var status: Int32 = 0
  var output = ""
  var errors = ""

  var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }
}

/// Runs `nnlua NAME ARGUMENTS…`.
func run(_ name: String, _ arguments: [String], isTerminal: Bool = false) throws -> CommandResult {
  let command = try #require(Commands { (try LuaState(), ()) }.named(name))
  final class Sink { var result = CommandResult() }
  let sink = Sink()
  let output = Output(
    isTerminal: isTerminal, write: { sink.result.output += $0 }, writeError: { sink.result.errors += $0 })
  sink.result.status = command.run(arguments, output: output)
  return sink.result
}

func tensor(_ elements: [Float], dtype: DType = .float32) throws -> CheckpointValue {
  .tensor(try Tensor(elements).to(dtype))
}

/// The entries of a file.
func entries(of path: String) throws -> CheckpointDictionary {
  try #require(try CheckpointFile(path).load().dictionary)
}

/// The elements of a tensor.
func elements(_ value: CheckpointValue?) throws -> [Double] {
  try #require(value?.tensor).doubles()
}
