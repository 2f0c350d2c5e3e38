import Glibc
import Lua
import Testing

/// Callbacks, interrupts and the collector where several coroutines are at work.
@Suite struct CoroutineTests {
  let tally = Tally()
  let state: LuaState

  init() throws { state = try .forTests(tally) }

  @Test func callbacksRunInTheirCoroutine() throws {
    try state.run(
      """
      local co = coroutine.wrap(function(a)
        local b = coroutine.yield(test.call(function() return a + 1 end))
        test.call(coroutine.wrap(function() coroutine.yield(test.echo(b)) end))
        test.fail('inside')
      end)
      assert(co(1) == 2)
      local ok, e = pcall(co, 5)
      assert(e == 'chunk:4: inside', e)
      """, name: "=chunk")
  }

  @Test func aYieldAcrossSwiftIsAnError() {
    #expect(
      state.message("coroutine.wrap(function() test.call(coroutine.yield) end)()").contains(
        "attempt to yield across a C-call boundary"))
  }

  @Test func coroutinesBehaveAsInStockLua() throws {
    try state.run(
      """
      assert(select(2, pcall(coroutine.resume, 1)):find "bad argument #1 to 'resume'" == nil or true)
      assert(not pcall(coroutine.resume, 1) and not pcall(coroutine.wrap, 1))
      local co = coroutine.create(function(...) return select('#', ...) end)
      assert(select(2, coroutine.resume(co, nil, nil)) == 2)
      local ok, e = coroutine.resume(co)
      assert(not ok and e == 'cannot resume dead coroutine')
      local w = coroutine.wrap(function() return 1, 2 end)
      assert(select('#', w()) == 2)
      ok, e = pcall(w)
      assert(not ok and e:find 'cannot resume dead coroutine$')
      ok, e = pcall(coroutine.wrap(function() error {} end))
      assert(type(e) == 'table')
      local closed
      ok, e = pcall(coroutine.wrap(function()
        local x <close> = setmetatable({}, {__close = function() closed = true end})
        error('x', 0)
      end))
      assert(closed and e:find 'x$')
      """)
  }

  @Test(arguments: [
    "while true do end",
    "coroutine.wrap(function() while true do end end)()",
    "local co = coroutine.create(function() while true do coroutine.yield() end end) while true do coroutine.resume(co) end",
    "while true do test.echo(1) end",
    "while true do pcall(test.fail) end",
  ])
  func interruptsStopALoop(chunk: String) throws {
    var stopper = pthread_t()
    let stop: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { handle in
      usleep(50_000)
      if let handle { LuaState.interrupt(handle) }
      return nil
    }
    try #require(pthread_create(&stopper, nil, stop, state.interruptHandle) == 0)
    let message = state.message(chunk)
    pthread_join(stopper, nil)
    #expect(message.contains("interrupted!"))
    #expect(try state.first("local n = 0 for i = 1, 1000 do n = n + i end return n").integer == 500_500)
  }

  @Test func nativeWorkAsksWhetherItIsInterrupted() throws {
    LuaState.interrupt(state.interruptHandle)
    #expect(state.isInterrupted)
    #expect(throws: LuaError.self) { try state.checkInterrupt() }
    #expect(!state.isInterrupted)
    try state.checkInterrupt()
  }

  @Test func theCollectorHearsOfNativeMemory() throws {
    final class Block {
      let tally: Tally
      init(_ tally: Tally) {
        self.tally = tally
        tally.alive += 1
      }
      deinit { tally.alive -= 1 }
    }
    let tally = Tally()
    let block = 1 << 20
    state.setNativeMemory(floor: 16 * block) { tally.alive * block }
    try state.register(
      LuaModule(
        "native", help: "",
        functions: [],
        classes: [
          LuaClass(
            "Block", of: Block.self, help: "",
            constructor: Function("Block", "()") { a in
              a.state.noteNativeAllocation(block)
              return .object(Block(tally))
            })
        ]))
    try state.run(
      """
      local Block = require 'native'.Block
      local kept = {}
      for i = 1, 40 do kept[i] = Block() end
      for i = 1, 2000 do Block() end
      """)
    #expect(tally.alive < 200)
  }
}
