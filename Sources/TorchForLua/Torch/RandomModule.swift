import Lua
import Tensor

/// The module `torch.random`: the program's random numbers, for a while on a path of their own.
enum RandomModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    let shared: Set = ["get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]
    let functions = TorchModule.operators.filter { shared.contains($0.name) }.map { function in
      Function(
        function.name, help: "The same as torch.\(function.name)(). \(function.help)",
        example: function.example.replacing("torch.\(function.name)(", with: "torch.random.\(function.name)("),
        placement: .function, function.overloads)
    }
    return LuaModule(
      "torch.random",
      help: "The random numbers of the program: their seed, their state, and parts that leave no trace in them.",
      example: "torch.random.manual_seed(7):initial_seed() --> 7", functions: functions + [fork],
      classes: [RandomFork.declaration])
  }

  private static var fork: Function {
    let help = """
      Has the program's random numbers go on from where they were afterwards, as if none had been drawn: after fn, whose \
      results are returned; or without fn after the block: local _ <close> = torch.random.fork_rng(). Without enabled nothing \
      happens. devices are other than the CPU, of which there are none.
      """
    let example = """
      torch.manual_seed(0)
      torch.random.fork_rng(function() torch.rand(5) end)
      torch.rand(1) --> tensor([0.4963])
      """
    func run(_ fork: RandomFork, _ a: Arguments) throws -> LuaResults {
      let function = a.has(0) ? try a.function(0) : nil
      guard let function else { return .object(fork) }
      let result = Result { try a.state.call(.function(function)) }
      try fork.close()
      return .values(try result.get())
    }
    return Function(
      "fork_rng", "(fn: function? = nil, *, devices: any = nil, enabled: bool = true) -> any", help: help,
      example: example
    ) { a in try run(RandomFork(isEnabled: a.bool(2)), a) }
  }
}

/// `local _ <close> = torch.random.fork_rng()`: puts the random numbers back when the block ends.
final class RandomFork {
  private var saved: Tensor?

  init(isEnabled: Bool) throws { saved = isEnabled ? try Generator.default.state() : nil }

  func close() throws {
    guard let state = saved else { return }
    saved = nil
    try Generator.default.setState(state)
  }

  static var declaration: LuaClass {
    LuaClass(
      "RandomFork", of: RandomFork.self,
      help:
        "What torch.random.fork_rng() gives without a function: kept in a variable `local _ <close>`, it puts the random numbers back with the block's end.",
      example: "do local _ <close> = torch.random.fork_rng() end",
      metamethods: [
        Function("__close") { a in
          try a.object(0, as: RandomFork.self).close()
          return .none
        }
      ])
  }
}
