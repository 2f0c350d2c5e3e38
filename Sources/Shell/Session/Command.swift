import Glibc
import Lua
import Supervision

/// What the shell understands beside Lua.
enum Command {
  /// `?x`
  case help(String)
  /// `??word`
  case search(String)
  /// `$ command`
  case system(String)
  /// `:name argument`
  case named(String, String)

  /// Nil for Lua: none of these can begin a chunk.
  init?(parsing input: String) {
    let text = input.trimmed
    if text.hasPrefix("??") {
      self = .search(text.dropFirst(2).trimmed)
    } else if text.hasPrefix("?") {
      self = .help(text.dropFirst().trimmed)
    } else if text.hasPrefix("$") {
      self = .system(text.dropFirst().trimmed)
    } else if text.hasPrefix(":"), !text.hasPrefix("::") {
      let words = text.dropFirst().split(maxSplits: 1, whereSeparator: \.isWhitespace)
      self = .named(words.first.map { String($0) } ?? "", words.count > 1 ? words[1].trimmed : "")
    } else {
      return nil
    }
  }

  /// A command that begins with ':'.
  struct Named {
    let name: String
    let argument: String
    let summary: String
    let run: (Session, String) throws -> Void
  }

  static var names: [String] { named.map(\.name) }

  static var named: [Named] {
    [
      Named(name: "help", argument: "", summary: "lists the commands") { session, _ in session.write(overview) },
      Named(name: "time", argument: "EXPR", summary: "evaluates, and says how long that took") { session, input in
        try session.time(input)
      },
      Named(name: "profile", argument: "EXPR", summary: "evaluates, and lists the operators by time") {
        session, input in
        try session.profile(input)
      },
      Named(name: "show", argument: "EXPR", summary: "shows tensors as images, and figures") { session, input in
        for value in try session.results(of: input) { try session.showFigure(value) }
      },
      Named(name: "mem", argument: "", summary: "says how much memory Lua's values and tensors hold") { session, _ in
        try session.showMemory()
      },
      Named(name: "edit", argument: "", summary: "opens the last input in $VISUAL or $EDITOR, then runs it") {
        session, _ in session.editLastInput()
      },
      Named(name: "load", argument: "FILE", summary: "runs a file; without a name, the last one again") {
        session, path in try session.load(path)
      },
      Named(name: "save", argument: "FILE", summary: "writes this session's input to a file") { session, path in
        try session.save(path)
      },
      Named(name: "quit", argument: "", summary: "leaves, as Ctrl-D does") { session, _ in session.isLeaving = true },
    ]
  }

  static var overview: String {
    let others = [
      ("?x  or  help(x)", "explains a function, module or value"), ("??word", "searches names and explanations"),
      ("$ command", "runs a command of the system; $ cd changes the folder"),
      ("_  _1  _2 …", "the last result, the one before it, and so on"), ("expression;", "a ';' at the end: no output"),
      ("Ctrl-C", "stops what runs; twice at an empty prompt leaves"),
    ]
    let rows = named.map { (":\($0.name)\($0.argument.isEmpty ? "" : " " + $0.argument)", $0.summary) } + others
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { $0.0.padded(to: width + 2) + $0.1 }.joined(separator: "\n")
  }
}

extension Session {
  func perform(_ command: Command) throws {
    switch command {
    case .help(let subject): write(try help.text(forExpression: subject))
    case .search(let word): write(try help.search(word))
    case .system(let line): try runSystemCommand(line)
    case .named(let name, let argument):
      if let command = Command.named.first(where: { $0.name == name }) {
        if command.argument == "EXPR", argument.isEmpty { throw LuaError(":\(name) needs an expression") }
        return try command.run(self, argument)
      }
      let meant = nearestName(to: name, among: Command.names).map { "; did you mean ':\($0)'?" } ?? ""
      throw LuaError("no command ':\(name)'\(meant) (:help lists them)")
    }
  }

  /// Runs a command of the system; `cd` changes the session's own folder, as a shell's would.
  private func runSystemCommand(_ line: String) throws {
    if line == "cd" || line.hasPrefix("cd ") {
      let folder = line.dropFirst(2).trimmed
      guard chdir(FileNames.expanded(folder.isEmpty ? "~" : folder)) == 0 else {
        throw LuaError("\(folder): \(String(cString: strerror(errno)))")
      }
      return
    }
    let status = line.withCString { system($0) }
    // The lowest seven bits are the signal that ended the command; the terminal has shown ^C for SIGINT.
    let (signal, code) = (status & 0x7F, status >> 8 & 0xFF)
    if signal == SIGINT || code == 128 + SIGINT { return write("\n") }
    if signal != 0 { return write(surroundings.style.faint("ended by signal \(signal)")) }
    if code != 0 { write(surroundings.style.faint("exit code \(code)")) }
  }

  fileprivate func time(_ input: String) throws {
    let start = Clock.now(CLOCK_MONOTONIC)
    let startOfWork = Clock.now(CLOCK_PROCESS_CPUTIME_ID)
    let values = try results(of: input)
    let elapsed = Clock.now(CLOCK_MONOTONIC) - start
    let work = Clock.now(CLOCK_PROCESS_CPUTIME_ID) - startOfWork
    try keep(values)
    show(values)
    write(surroundings.style.faint("\(Clock.text(elapsed)) (\(Clock.text(work)) of processor time)"))
  }

  fileprivate func profile(_ input: String) throws {
    let profile = OperatorProfile()
    // What is computed on demand belongs to the expression: its values are shown under way.
    let values = try state.profiling(profile) {
      let values = try results(of: input)
      for value in values { _ = formatter.text(of: value) }
      return values
    }
    try keep(values)
    show(values)
    let rows = profile.entries.sorted { $0.seconds > $1.seconds }.prefix(20)
    if rows.isEmpty { return write("no operator was called") }
    let width = max(8, rows.map(\.name.count).max() ?? 0)
    write(
      surroundings.style.strong("operator".padded(to: width) + "     calls        time")
        + rows.map { row in
          "\n" + row.name.padded(to: width) + String(row.calls).padded(toRight: 10)
            + Clock.text(row.seconds).padded(toRight: 12)
        }.joined())
  }

  fileprivate func showFigure(_ value: LuaValue) throws {
    let plot = try state.call(state.global("require"), [.string("plot")]).first ?? .nil
    _ = try state.call(state.get(plot, .string("show")), [value])
  }

  fileprivate func showMemory() throws {
    let kilobytes = try state.run("return collectgarbage('count')").first?.number ?? 0
    let tensors = surroundings.tensorMemory()
    write("Lua      \(ByteCount.text(kilobytes * 1024))")
    write(
      "tensors  \(ByteCount.text(Double(tensors.bytes))) in \(tensors.buffers) buffer\(tensors.buffers == 1 ? "" : "s")"
    )
  }

  fileprivate func editLastInput() {
    guard let text = surroundings.edit(inputs.last ?? ""), !text.allSatisfy(\.isWhitespace) else { return }
    write(surroundings.style.faint(text.trimmed))
    evaluate(text)
  }

  fileprivate func load(_ path: String) throws {
    guard let file = path.isEmpty ? loadedFile : FileNames.expanded(path) else {
      throw LuaError(":load needs the name of a file")
    }
    loadedFile = file
    show(try call(try state.loadFile(file)))
  }

  /// Runs a file, such as the one that prepares every session, and reports its failure.
  func runFile(_ path: String) {
    guarding { _ = try self.call(try self.state.loadFile(path)) }
  }

  fileprivate func save(_ path: String) throws {
    guard !path.isEmpty else { throw LuaError(":save needs the name of a file") }
    let text = inputs.map { $0 + "\n" }.joined()
    guard TextFile.write(text, to: FileNames.expanded(path)) else {
      throw LuaError("\(path): \(String(cString: strerror(errno)))")
    }
    write("\(inputs.count) inputs saved in \(path)")
  }
}
