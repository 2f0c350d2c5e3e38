import Commands
import Glibc
import Lua
import Shell
import Supervision
import Tensor
import TorchForLua

/// The stand-alone program: what `lua` does with its command line, environment and standard input.
struct Program {
  private let arguments: [[UInt8]]
  /// The program's own name, in front of its messages.
  private let name: String

  /// - Parameter arguments: the command line with the program's name first.
  init(arguments: [[UInt8]]) {
    self.arguments = arguments
    let own = arguments.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    name = own.isEmpty ? "nnlua" : own
  }

  /// Does what the command line says.
  ///
  /// - Returns: the exit code.
  func run() -> Int32 {
    Progress.install(WorkProgress())
    do {
      let options = try Options(arguments)
      if let status = runCommand(options) { return status }
      let (state, modules) = try Self.makeState(ignoresEnvironment: options.ignoresEnvironment)
      return withExtendedLifetime((state, modules)) {
        do throws(Failure) {
          try run(options, in: state, modules)
          return EXIT_SUCCESS
        } catch {
          report("\(name): \(error.text)")
          return EXIT_FAILURE
        }
      }
    } catch let error as Options.Invalid {
      showUsage(for: error.option)
    } catch {
      report("\(name): cannot create state: \(error)")
    }
    return EXIT_FAILURE
  }

  /// A state with everything that scripts find.
  private static func makeState(ignoresEnvironment: Bool) throws -> (state: LuaState, modules: TorchModules) {
    let state = try LuaState(ignoresEnvironment: ignoresEnvironment)
    let modules = try openTorch(in: state)
    try HelpModule.install(in: state, declareAll: modules.declareAll)
    return (state, modules)
  }

  private let commands = Commands {
    let made = try Program.makeState(ignoresEnvironment: false)
    return (made.state, made.modules)
  }

  /// Runs the command whose name stands where a script's would; nil if it is none, or if there is something to run before it. A script
  /// of such a name is run by its path.
  private func runCommand(_ options: Options) -> Int32? {
    guard options.script < arguments.count, options.actions.isEmpty, !options.showsVersion,
      let command = commands.named(String(decoding: arguments[options.script], as: UTF8.self))
    else { return nil }
    let output = Output(
      isTerminal: isatty(STDOUT_FILENO) != 0, write: Console.write, writeError: Console.writeError)
    return command.run(arguments[(options.script + 1)...].map { String(decoding: $0, as: UTF8.self) }, output: output)
  }

  private func run(_ options: Options, in state: LuaState, _ modules: TorchModules) throws(Failure) {
    let runner = Runner(state: state)
    if options.showsVersion { showVersion() }
    try runner.prepare(arguments: arguments, script: options.script)
    if !options.ignoresEnvironment { try runner.runInitialization() }
    for action in options.actions { try runner.perform(action) }
    if options.script < arguments.count { try runner.runScript(arguments, at: options.script) }
    if options.isInteractive {
      interact(state, modules)
    } else if options.script >= arguments.count, !options.hasRunOrShown {
      if isatty(STDIN_FILENO) != 0 { interact(state, modules) } else { try runner.runFile(nil) }
    }
  }

  /// A session at a terminal is the shell; through pipes it is the prompt of Lua's own program, on which other programs
  /// rely.
  private func interact(_ state: LuaState, _ modules: TorchModules) {
    guard Shell.isPossible else { return PlainPrompt(state: state).run() }
    do {
      try Shell(
        state: state, greeting: "nnlua: Lua 5.4 with PyTorch's tensors and networks  (:help for help)",
        declareAll: modules.declareAll, tensorMemory: { (BufferPool.liveBuffers, BufferPool.liveBytes) }
      ).run()
    } catch {
      report("\(name): \(error)")
    }
  }

  private func showVersion() {
    Console.write(LuaState.copyright + "\n")
  }

  private func showUsage(for option: [UInt8]) {
    let text = String(decoding: option, as: UTF8.self)
    let needsArgument = option.count > 1 && (option[1] == UInt8(ascii: "e") || option[1] == UInt8(ascii: "l"))
    report("\(name): \(needsArgument ? "'\(text)' needs argument" : "unrecognized option '\(text)'")")
    report(
      """
      usage: \(name) [options] [script [args]]
      Available options are:
        -e stat   execute string 'stat'
        -i        enter interactive mode after executing 'script'
        -l mod    require library 'mod' into global 'mod'
        -l g=mod  require library 'mod' into global 'g'
        -v        show version information
        -E        ignore environment variables
        -W        turn warnings on
        --        stop handling options
        -         stop handling options and execute stdin
      """)
    let names = commands.all.map(\.name).joined(separator: ", ")
    report("In place of a script, a command: \(names). '\(name) inspect --help' explains it.")
  }

  private func report(_ message: String) {
    Console.writeError(message + "\n")
  }
}
