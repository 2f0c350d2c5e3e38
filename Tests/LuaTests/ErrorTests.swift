import Lua
import Testing

/// Errors cross the border between Lua and Swift in both directions.
@Suite struct ErrorTests {
  let tally = Tally()
  let state: LuaState

  init() throws { state = try .forTests(tally) }

  @Test func aThrownErrorHasTheScriptsPosition() {
    #expect(state.message("\n\ntest.fail('no')") == "chunk:3: no")
    #expect(state.message("\nlocal ok, e = pcall(test.fail, 'no') error(e, 0)") == "chunk:2: no")
    #expect(state.message("local function f() return test.fail('tail') end\nf()") == "chunk:1: tail")
  }

  @Test func anErrorValueStaysTheSame() throws {
    let chunk = """
      local value = setmetatable({}, {__tostring = function() return 'it' end})
      local ok, caught = pcall(test.call, function() error(value) end)
      assert(not ok and rawequal(caught, value))
      local ok, caught = pcall(test.call, test.call, function() error() end)
      assert(not ok and caught == nil)
      error(value)
      """
    do {
      try state.run(chunk)
      Issue.record("no error")
    } catch let error as LuaError {
      #expect(error.message == "it")
      #expect(error.value?.kind == .table)
    }
  }

  @Test func errorsWithoutTextAreNamed() {
    #expect(state.message("error({})") == "(error object is a table value)")
    #expect(state.message("error()") == "(error object is a nil value)")
    #expect(
      state.message("error(setmetatable({}, {__tostring = function() error('again') end}))")
        == "(error object is a table value)")
    #expect(
      state.message("error(setmetatable({}, {__tostring = function() return 1 end}))")
        == "(error object is a table value)")
    #expect(state.message("error(12)") == "12")
  }

  @Test func anErrorKeepsBytesThatAreNotText() throws {
    #expect(try state.first("local ok, e = pcall(test.call, error, '\\xff', 0) return e == '\\xff'").isTrue)
  }

  @Test func errorsPassThroughManyBorders() throws {
    let chunk = """
      local function nested(depth)
        if depth == 0 then test.fail('deep') end
        local ok, e = pcall(test.call, nested, depth - 1)
        assert(not ok)
        error(e, 0)
      end
      local ok, e = pcall(nested, 20)
      return e
      """
    #expect(try state.first(chunk).string == "chunk:2: deep")
  }

  @Test func tracebackOfTheOrigin() throws {
    let function = try #require(
      try state.first("return function() local function inner() test.fail('x') end inner() end").function)
    do {
      _ = try state.call(.function(function), withTraceback: true)
      Issue.record("no error")
    } catch let error as LuaError {
      #expect(error.message == "chunk:1: x")
      #expect(error.traceback?.contains("in upvalue 'inner'") == true || error.traceback?.contains("inner") == true)
    }
  }

  @Test func syntaxErrors() {
    #expect(state.message("x =") == "chunk:1: unexpected symbol near <eof>")
    #expect(throws: LuaError.self) { try state.loadFile("/nonexistent/file.lua") }
    do { _ = try state.load("for i = 1, 2 do".utf8, name: "=stdin") } catch {
      #expect((error as? LuaError)?.isIncompleteChunk == true)
    }
  }

  @Test func manyErrorsLeaveMemoryFlat() throws {
    let chunk = """
      local c = test.Counter(3)
      for i = 1, ... do
        pcall(test.fail, 'x')
        pcall(test.clamp, c, 'x')
        pcall(test.call, error, {})
        pcall(test.call, test.fail, 'nested')
        pcall(c.add, test.Counter(1), 'x')
      end
      """
    let loop = try state.load(chunk.utf8, name: "=loop")
    try loop.call(2_000)
    // Other tests use memory at the same time, so one quiet round must be enough. A leak shows in every round.
    let growths = try (0..<5).map { _ in
      let before = residentPages()
      try loop.call(20_000)  // five errors each
      try state.collectGarbage()
      try state.collectGarbage()
      return residentPages() - before
    }
    #expect(growths.contains { $0 < 1_024 })  // 4 MiB
    #expect(tally.alive == 0)
  }

  @Test func recursionThroughSwiftEndsInAnError() {
    let message = state.message("local function f() return (test.call(f)) end f()")
    #expect(message.contains("C stack overflow") || message.contains("stack overflow"))
    #expect(state.message("local function f() f() end f()").contains("stack overflow"))
    #expect(
      state.message(
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return test.call(function() return t[k] end) end return t.x"
      )
      .contains("overflow"))
    #expect(state.message("error('fine', 0)") == "fine")
  }

  @Test func anErrorInAFinalizerIsAWarning() throws {
    try state.run("setmetatable({}, {__gc = function() test.fail('in gc') end}) collectgarbage()")
    #expect(try state.first("return 1").integer == 1)
  }

  @Test func aFailingToStringIsAnErrorLikeAnyOther() throws {
    let value = try state.first("return setmetatable({}, {__tostring = function() test.fail('no text') end})")
    #expect(throws: LuaError.self) { try state.toString(value) }
  }
}
