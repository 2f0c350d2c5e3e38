import Lua

/// The global `help`: a table that can be called.
public struct HelpModule {
  /// Where text for the user goes.
  let write: (String) -> Void
  /// What explains, as things are when it is asked.
  let help: () throws -> Help

  /// Makes the global for scripts, which print explanations plainly.
  ///
  /// - Parameter declareAll: declares every module.
  public static func install(in state: LuaState, declareAll: @escaping () throws -> Void) throws {
    try HelpModule(
      write: { Console.write($0 + "\n") },
      help: { [unowned state] in Help(state: state, declareAll: declareAll) }
    ).install(in: state)
  }

  /// Makes the global. `package.loaded` stays free for a script's own module of that name.
  func install(in state: LuaState) throws {
    let module = LuaModule(
      "help",
      help: """
        Explains whatever is bound. Called with a function, class, module, object or name it prints the explanation, \
        and without anything an overview. At the prompt `?x` does the same, and `??word` searches.
        """,
      example: "help.text('torch.clamp'):sub(1, 11) --> \"torch.clamp\"", functions: functions)
    let table = try state.newTable()
    for function in functions {
      try table.set(function.name, .function(try state.makeFunction(function, path: module.name)))
    }
    let call = LuaClosure("help") { a in
      let help = try self.help()
      self.write(try a.count < 2 ? help.overview() : help.text(for: a.value(1)))
      return .none
    }
    try state.setMetatable(table, state.newTable([("__call", .closure(call))]))
    try state.setGlobal(module.name, .table(table))
    if state.declarations.moduleNamed(module.name) == nil { state.declarations.add(module) }
  }

  private var functions: [Function] {
    [
      Function(
        "text", "(subject: any = nil) -> string",
        help: "The explanation that `help(subject)` prints, as a string.",
        example: "help.text(torch.relu):match '[^(]+' --> \"torch.relu\""
      ) { a in
        let help = try self.help()
        return .string(try a.has(0) ? help.text(for: a.value(0)) : help.overview())
      },
      Function(
        "search", "(word: string)",
        help: "Prints the names of everything in whose name or explanation a word appears, with a line each.",
        example: "type(help.search) --> \"function\""
      ) { a in
        self.write(try self.help().search(a.string(0)))
        return .none
      },
      Function(
        "declarations", "() -> table",
        help: """
          Everything that is bound, as a list of tables with the fields kind ('module', 'class', 'function', 'method', \
          'property' or 'constant'), path, name, signatures, help, summary and example. The reference is made of it.
          """,
        example: "help.declarations()[1].kind --> \"module\""
      ) { _ in .list(try self.help().topics().map(\.luaValue)) },
      Function(
        "check", "(word: string = '') -> table",
        help: """
          Runs the examples of everything whose name contains a word, and gives a line for each that fails, or does \
          not print what stands behind its `-->`.
          """,
        example: "help.check 'torch.Tensor' --> {}"
      ) { a in
        let (help, word) = (try self.help(), try a.string(0))
        let check = ExampleCheck(state: a.state)
        let topics = try help.topics().filter { word.isEmpty || $0.name.contains(word) }
        return .value(.strings(try topics.compactMap { topic in try check.problem(of: topic) }))
      },
    ]
  }
}

extension Topic {
  fileprivate var luaValue: LuaValue {
    .map([
      ("kind", .string(kind.rawValue)), ("path", .string(path)), ("name", .string(ownName)),
      ("signatures", .strings(signatures)), ("help", .string(help)), ("summary", .string(summary)),
      ("example", .string(example)), ("parent", .optional(parent) { .string($0) }),
    ])
  }
}
