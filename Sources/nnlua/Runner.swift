import Glibc
import Lua
import Shell

/// What ended the program early: the text for the user.
struct Failure: Error {
  let text: String

  init(_ text: String) { self.text = text }

  /// An error with the stack of its origin, if that was noted.
  init(_ error: any Error) {
    let error = error as? LuaError
    text = error.map { $0.message + ($0.traceback.map { "\n" + $0 } ?? "") } ?? "\(error as Any)"
  }
}

/// Runs what a command line names.
struct Runner {
  let state: LuaState

  /// Makes the global `arg`: the script's name at 0, its arguments after it, what stands before it below.
  func prepare(arguments: [[UInt8]], script: Int) throws(Failure) {
    let base = script < arguments.count ? script : 0
    try reporting {
      let table = arguments.enumerated().map { index, argument in
        (key: LuaValue.integer(Int64(index - base)), value: LuaValue.bytes(argument))
      }
      try state.setGlobal("arg", .table(state.newTable(table)))
      try state.run("collectgarbage('generational')")
    }
  }

  /// Runs what the environment's `LUA_INIT_5_4`, or else `LUA_INIT`, says: a chunk, or `@` and a file's name.
  func runInitialization() throws(Failure) {
    for name in ["LUA_INIT_5_4", "LUA_INIT"] {
      guard let start = getenv(name) else { continue }
      let value = Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
      if value.first == UInt8(ascii: "@") {
        try runFile(String(decoding: value.dropFirst(), as: UTF8.self))
      } else {
        try run(value, name: "=\(name)")
      }
      return
    }
  }

  func perform(_ action: Options.Action) throws(Failure) {
    switch action {
    case .run(let chunk): try run(chunk, name: "=(command line)")
    case .require(let module, let global):
      try reporting {
        let result = try call(state.global("require"), [.string(module)])
        try state.setGlobal(global, result.first ?? .nil)
      }
    case .switchWarningsOn: state.warn("@on")
    }
  }

  /// Runs the script with what `arg` then holds as its arguments.
  func runScript(_ arguments: [[UInt8]], at index: Int) throws(Failure) {
    let isInput = arguments[index] == [UInt8(ascii: "-")] && arguments[index - 1] != Array("--".utf8)
    try reporting {
      let script = try state.loadFile(isInput ? nil : String(decoding: arguments[index], as: UTF8.self))
      guard let arg = try state.global("arg").table else { throw LuaError("'arg' is not a table") }
      let count = try state.length(.table(arg))
      let values = try count > 0 ? (1...count).map { try arg.get(.integer(Int64($0))) } : []
      try call(.function(script), values)
    }
  }

  /// Runs a file, or the standard input.
  func runFile(_ path: String?) throws(Failure) {
    try reporting { try call(.function(state.loadFile(path))) }
  }

  private func run(_ chunk: [UInt8], name: String) throws(Failure) {
    try reporting { try call(.function(state.load(chunk, name: name))) }
  }

  @discardableResult
  private func call(_ function: LuaValue, _ arguments: [LuaValue] = []) throws -> [LuaValue] {
    try Interrupts.stopping(state, secondEndsProcess: true) {
      try state.call(function, arguments, withTraceback: true)
    }
  }

  private func reporting(_ body: () throws -> Void) throws(Failure) {
    do { try body() } catch { throw Failure(error) }
  }
}
