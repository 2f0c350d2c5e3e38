import Lua

@testable import Shell

/// A session whose replies are kept.
final class TestSession {
  private var output = ""
  private(set) var session: Session

  init(_ state: LuaState? = nil) throws {
    var write: (String) -> Void = { _ in }
    let surroundings = Session.Surroundings(write: { write($0) })
    session = try Session(state: try state ?? LuaState(), surroundings: surroundings)
    write = { [weak self] in self?.output += $0 }
  }

  /// What the session says to an input.
  func replies(to input: String) -> String {
    output = ""
    _ = session.submit(input)
    return output
  }

  /// The candidates for the text before the cursor.
  func candidates(_ line: String, after earlier: String = "") -> [String] {
    Completer(session: session).complete(Array(line.utf8), after: earlier).candidates
  }
}

extension LuaState {
  /// A state with a module and a class like those of the library.
  static func forShell() throws -> LuaState {
    let state = try LuaState()
    let shelf = LuaClass(
      "Shelf", of: Shelf.self, help: "Holds books.",
      constructor: Function(
        "Shelf", "(size: int, *, padding: int = 0, padding_mode: string = 'zeros') -> Shelf", help: "A new shelf.",
        example: "things.Shelf(3)"
      ) { _ in .object(Shelf()) },
      methods: [
        Function("evaluate", "(self: Shelf) -> Shelf", help: "Looks at every book.") { _ in .argument(0) }
      ],
      properties: [Property("shape", "int", help: "How many.") { _ in .integer(3) }],
      index: { a in
        guard let name = a[1].string, name == "conv1" || name == "fc.weight" else { return .none }
        return .object(Shelf())
      },
      names: { _ in ["conv1", "fc.weight", "fc.bias"] })
    let module = LuaModule(
      "things", help: "Things for tests.",
      functions: [
        Function("clamp", "(input: int, min: int? = nil) -> int", help: "Limits.", example: "things.clamp(1)") { _ in
          .integer(1)
        }
      ], classes: [shelf])
    try state.setGlobal("things", .table(state.register(module)))
    return state
  }
}

final class Shelf {}
