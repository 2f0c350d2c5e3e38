import Lua

/// Runs the examples of declarations as if they were typed at the prompt, and compares what they print.
struct ExampleCheck {
  private let state: LuaState
  private let compiler: InputCompiler
  private let formatter: ValueFormatter
  private static let arrow = "-->"

  init(state: LuaState) {
    self.state = state
    compiler = InputCompiler(state: state)
    formatter = ValueFormatter(state: state, width: 100)
  }

  /// What is wrong with the example of a topic; nil if nothing.
  func problem(of topic: Topic) throws -> String? {
    guard !topic.example.isEmpty else { return nil }
    let before = try state.globals().pairs()
    defer { try? restore(before) }
    do {
      for step in Self.steps(of: topic.example) {
        let printed = try run(step.code)
        guard let expected = step.expected, printed != expected else { continue }
        return "\(topic.name): \(step.code) --> \(printed), not \(expected)"
      }
      return nil
    } catch {
      return "\(topic.name): \(error)"
    }
  }

  // MARK: Steps

  private struct Step {
    var code: String
    var expected: String?
  }

  /// Lines up to one that tells what is printed; lines that begin with the arrow go on telling.
  private static func steps(of example: String) -> [Step] {
    var steps: [Step] = []
    var isOpen = false
    for line in example.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix(arrow), let last = steps.indices.last {
        let text = line.dropFirst(arrow.count + 1)
        steps[last].expected = steps[last].expected.map { $0 + "\n" + text } ?? String(text)
        isOpen = false
        continue
      }
      let end = line.range(ofText: " " + arrow)
      let code = String(line[..<(end ?? line.endIndex)])
      if isOpen, let last = steps.indices.last {
        steps[last].code += "\n" + code
      } else {
        steps.append(Step(code: code))
      }
      isOpen = end == nil
      if let end { steps[steps.count - 1].expected = String(line[end...].dropFirst(arrow.count + 2)) }
    }
    return steps
  }

  // MARK: Running

  /// What code prints, with the results of its last expression as the prompt shows them.
  private func run(_ code: String) throws -> String {
    var output = ""
    let print = LuaClosure("print") { a in
      let texts = try (0..<a.count).map { try state.toString(a.value($0)).string ?? "" }
      output += texts.joined(separator: "\t") + "\n"
      return .none
    }
    try state.setGlobal("print", .closure(print))
    switch compiler.compile(code, name: "=example") {
    case .chunk(let chunk, _):
      let results = try state.call(.function(chunk))
      if !results.isEmpty { output += formatter.text(ofResults: results, separator: "  ") + "\n" }
    case .incomplete: throw LuaError("the end of '\(code)' is missing")
    case .failure(let error): throw error
    }
    return output.trimmedAtEnd
  }

  /// Makes globals what they were.
  private func restore(_ pairs: [(key: LuaValue, value: LuaValue)]) throws {
    let globals = try state.globals()
    let names = Set(pairs.compactMap(\.key.string))
    for (key, _) in try globals.pairs() {
      if let name = key.string, !names.contains(name) { try globals.set(key, .nil) }
    }
    for (key, value) in pairs { try globals.set(key, value) }
  }
}
