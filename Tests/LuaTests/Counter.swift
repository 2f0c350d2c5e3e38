import Lua

/// A class for tests that counts its living objects.
final class Counter {
  var count: Int
  private let tally: Tally

  init(_ count: Int, _ tally: Tally) {
    self.count = count
    self.tally = tally
    tally.alive += 1
  }

  deinit { tally.alive -= 1 }
}

/// How many counters are alive.
final class Tally {
  var alive = 0
}

/// A container that holds counters on Swift's side.
class Shelf {
  var counters: [Counter] = []
  var child: Shelf?
}

final class LabelledShelf: Shelf {}

struct TestError: Error, CustomStringConvertible {
  let description: String
}

extension LuaState {
  /// A state with the module `test` and the classes `Counter` and `Shelf`.
  static func forTests(_ tally: Tally = Tally()) throws -> LuaState {
    let state = try LuaState()
    try state.register(
      LuaModule(
        "test", help: "For tests.",
        functions: [
          Function("fail", "(message: string = 'failed')", help: "Throws.") { a in
            throw TestError(description: try a.string(0))
          },
          Function("call", help: "Calls a function.") { a in
            .values(try a.function(0).call(arguments: try a.rest(from: 1).map { try $0.value() }))
          },
          Function("echo", help: "Gives its arguments back, converted to Swift and back.") { a in
            .values(try a.rest(from: 0).map { try $0.value() })
          },
          Function(
            "clamp",
            "(input: Counter, min: Counter|number? = nil, max: number? = nil, *, strict: bool = false) -> string",
            help: "Limits.", example: "test.clamp(test.Counter(3), {min = 0})"
          ) { a in
            .string(
              "\(try a.object(0, as: Counter.self).count) \(a[1].isNil ? "-" : a[1].typeName) "
                + "\(try a.optionalDouble(2) ?? -1) \(try a.bool(3))")
          },
          Function("size", "(size: int..., *, name: string? = nil) -> table") { a in
            .list(try a.ints(0).map { .integer(Int64($0)) } + [.optional(try a.optionalString(1)) { .string($0) }])
          },
          Function("pair", "(k: int[2] = 1) -> table") { a in .value(.integers(try a.ints(0))) },
          Function(
            "max", help: "The largest.",
            [
              Overload("(input: Counter) -> Counter") { _ in .string("all") },
              Overload("(input: Counter, dim: int, keepdim: bool = false) -> (Counter, Counter)") { a in
                [.string("dim"), .boolean(try a.bool(2))]
              },
              Overload("(input: Counter, other: Counter) -> Counter") { _ in .string("other") },
            ]),
        ],
        classes: [counterClass(tally), shelfClass, labelledShelfClass]))
    _ = try state.run("test = require 'test'")
    return state
  }

  private static func counterClass(_ tally: Tally) -> LuaClass {
    LuaClass(
      "Counter", of: Counter.self, help: "Counts.",
      constructor: Function("Counter", "(start: int = 0) -> Counter") { a in .object(Counter(try a.int(0), tally)) },
      methods: [
        Function("add", "(self: Counter, n: int = 1) -> Counter", help: "Counts on.") { a in
          try a.object(0, as: Counter.self).count &+= try a.int(1)
          return .argument(0)
        },
        Function("get", "(self: Counter) -> int") { a in .integer(try a.object(0, as: Counter.self).count) },
      ],
      properties: [
        Property(
          "count", "int", help: "How many.", get: { a in .integer(try a.object(0, as: Counter.self).count) },
          set: { a in try a.object(0, as: Counter.self).count = try a.int(1) }),
        Property("parity", "int", help: "0 or 1.") { a in .integer(try a.object(0, as: Counter.self).count & 1) },
      ],
      metamethods: [
        Function("__len", body: { a in .integer(try a.object(0, as: Counter.self).count) }),
        Function("__add", "(a: Counter, b: Counter) -> Counter") { a in
          .object(Counter(try a.object(0, as: Counter.self).count + a.object(1, as: Counter.self).count, tally))
        },
        Function(
          "__close",
          body: { a in
            try a.object(0, as: Counter.self).count = -1
            return .none
          }),
      ],
      index: { a in a[1].integer.map { .integer($0 * 10) } ?? .none })
  }

  private static var shelfClass: LuaClass {
    LuaClass(
      "Shelf", of: Shelf.self, help: "Holds counters.", options: [.fields, .unique],
      constructor: Function("Shelf", "()") { _ in .object(Shelf()) },
      methods: [
        Function("hold", "(self: Shelf, shelf: Shelf)", help: "Holds another.") { a in
          try a.object(0, as: Shelf.self).child = try a.object(1)
          try a.keep(1, in: 0, key: "child")
          return .none
        },
        Function("child", "(self: Shelf)") { a in
          .value(.optional(try a.object(0, as: Shelf.self).child) { .object($0) })
        },
      ],
      newindex: { a in
        guard let counter = a[2].object(as: Counter.self) else { return .plainField }
        try a.object(0, as: Shelf.self).counters.append(counter)
        return .taken
      })
  }

  private static var labelledShelfClass: LuaClass {
    LuaClass(
      "LabelledShelf", of: LabelledShelf.self, parent: "Shelf", help: "A shelf.", options: [.fields, .unique],
      constructor: Function("LabelledShelf", "()") { _ in .object(LabelledShelf()) },
      methods: [Function("label", "(self: LabelledShelf)") { _ in .string("label") }])
  }

  /// Runs a chunk for its first result.
  func first(_ chunk: String) throws -> LuaValue { try run(chunk, name: "=chunk").first ?? .nil }

  /// The message of the error that a chunk raises.
  func message(_ chunk: String) -> String {
    do {
      try run(chunk, name: "=chunk")
      return "no error"
    } catch { return "\(error)" }
  }
}
