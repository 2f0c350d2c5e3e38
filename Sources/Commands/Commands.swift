import Lua

/// The program's commands by their names.
public struct Commands {
  /// The commands, in the order in which the program's help lists them.
  public let all: [Command]

  /// - Parameter makeState: opens a state with everything that scripts find, and what keeps that alive.
  public init(makeState: @escaping @Sendable () throws -> (state: LuaState, owner: Any)) {
    all = [.inspect, .diff, .convert, .merge, .notebook(makeState: makeState)]
  }

  /// The command called `name`; nil if there is none.
  public func named(_ name: String) -> Command? { all.first { $0.name == name } }
}
