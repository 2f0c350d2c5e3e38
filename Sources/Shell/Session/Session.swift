import Lua
import Supervision

/// A conversation in Lua: evaluates what somebody typed and says what comes of it. Knows no terminal.
public final class Session {
  /// What a session asks of its surroundings.
  public struct Surroundings {
    /// Where text for the user goes.
    public var write: (String) -> Void
    /// The columns of a line.
    public var width: () -> Int
    /// How errors and hints look.
    public var style: Style
    /// Declares every module, for help and search.
    public var declareAll: () throws -> Void
    /// How many buffers living tensors hold, and of how many bytes.
    public var tensorMemory: () -> (buffers: Int, bytes: Int)
    /// Lets the user edit a text, nil if that came to nothing.
    public var edit: (String) -> String?
    /// Runs something so that the user may stop it.
    public var stoppably: (() throws -> Void) throws -> Void

    /// Surroundings without colors, an editor or a way to stop what runs, unless they are given.
    public init(
      write: @escaping (String) -> Void, width: @escaping () -> Int = { 80 }, style: Style = Style(isColored: false),
      declareAll: @escaping () throws -> Void = {},
      tensorMemory: @escaping () -> (buffers: Int, bytes: Int) = { (0, 0) },
      edit: @escaping (String) -> String? = { _ in nil },
      stoppably: @escaping (() throws -> Void) throws -> Void = { try $0() }
    ) {
      self.write = write
      self.width = width
      self.style = style
      self.declareAll = declareAll
      self.tensorMemory = tensorMemory
      self.edit = edit
      self.stoppably = stoppably
    }
  }

  /// Where inputs run.
  public let state: LuaState
  let surroundings: Surroundings
  private let compiler: InputCompiler
  /// What was evaluated, for messages that show the line, and for `:save`.
  private(set) var inputs: [String] = []
  /// The last results, latest first.
  private var results: [LuaValue] = []
  private let keptResults = 10
  /// Local variables outside of all blocks, and the numbers of the inputs with which they ended.
  private var endedLocals: [String: Int] = [:]
  /// The file that `:load` took last.
  var loadedFile: String?
  var isLeaving = false

  /// Makes `help` a global of the state.
  public init(state: LuaState, surroundings: Surroundings) throws {
    self.state = state
    self.surroundings = surroundings
    compiler = InputCompiler(state: state)
    try HelpModule(
      write: { [weak self] in self?.write($0) },
      help: { [weak self] in
        guard let self else { throw LuaError("the session is over") }
        return self.help
      }
    ).install(in: state)
  }

  var formatter: ValueFormatter { ValueFormatter(state: state, width: surroundings.width()) }
  var help: Help {
    Help(
      state: state, style: surroundings.style, width: surroundings.width(), declareAll: surroundings.declareAll)
  }

  /// Whether the input's end is missing, so that more lines should follow.
  public func isIncomplete(_ input: String) -> Bool {
    let input = Transcript.input(in: input)
    guard Command(parsing: input) == nil else { return false }
    if case .incomplete = compiler.compile(input, name: "=input") { return true }
    return false
  }

  /// Deals with an input: Lua, or a command.
  ///
  /// - Returns: whether the conversation goes on.
  public func submit(_ input: String) -> Bool {
    let input = Transcript.input(in: input)
    if input.allSatisfy(\.isWhitespace) { return true }
    if let command = Command(parsing: input) {
      guarding { try self.perform(command) }
    } else {
      evaluate(input)
    }
    return !isLeaving
  }

  func write(_ text: String) { surroundings.write(text.isEmpty || text.hasSuffix("\n") ? text : text + "\n") }

  // MARK: Evaluation

  /// Runs Lua and shows its results.
  func evaluate(_ input: String) {
    inputs.append(input)
    switch compiler.compile(input, name: "=input \(inputs.count)") {
    case .failure(let error): report(error)
    case .incomplete: report(LuaError("input \(inputs.count): the end is missing"))
    case .chunk(let chunk, let isSilent):
      guarding {
        let values = try self.call(chunk)
        try self.keep(values)
        if !isSilent { self.show(values) }
        self.explainMissingLocal(input, values)
      }
      for name in LocalNames(in: input).all where name.isOutermost { endedLocals[name.text] = inputs.count }
    }
  }

  /// Says why a variable of an earlier input is nil: newcomers expect a local one to stay.
  private func explainMissingLocal(_ input: String, _ values: [LuaValue]) {
    guard case .nil? = values.first, values.count == 1, let hint = hint(aboutLocal: input.trimmed) else { return }
    write(surroundings.style.faint(hint))
  }

  /// What to say about a global variable without a value that was a local one of an earlier input.
  func hint(aboutLocal name: String) -> String? {
    endedLocals[name].map { "'\(name)' was local to input \($0) and ended with it; without 'local' it stays" }
  }

  /// The results of an expression or chunk, for commands that evaluate one.
  func results(of input: String) throws -> [LuaValue] {
    inputs.append(input)
    switch compiler.compile(input, name: "=input \(inputs.count)") {
    case .failure(let error): throw error
    case .incomplete: throw LuaError("the end is missing: \(input)")
    case .chunk(let chunk, _): return try call(chunk)
    }
  }

  func call(_ chunk: LuaFunction) throws -> [LuaValue] {
    let values = try state.call(.function(chunk), withTraceback: true)
    // A Ctrl-C that came too late: the terminal shows ^C.
    if Interruption.isRequested { write("\n") }
    return values
  }

  /// Runs something that Ctrl-C may stop and that may fail, and reports a failure.
  func guarding(_ body: () throws -> Void) {
    do {
      try surroundings.stoppably(body)
    } catch let error as LuaError {
      report(error)
    } catch {
      report(LuaError("\(error)"))
    }
  }

  func show(_ values: [LuaValue]) {
    guard !values.isEmpty else { return }
    write(formatter.text(ofResults: values))
  }

  /// Makes results the globals `_`, `_1`, `_2` …
  func keep(_ values: [LuaValue]) throws {
    guard let value = values.first, !value.isNil else { return }
    results.insert(value, at: 0)
    if results.count > keptResults { results.removeLast() }
    for (age, value) in results.enumerated() { try state.setGlobal(age == 0 ? "_" : "_\(age)", value) }
  }

  func report(_ error: LuaError) {
    // The terminal has shown what was typed to stop it: ^C.
    if error.message.hasSuffix("interrupted!") { write("\n") }
    write(ErrorReport(error, in: self).text)
  }
}
