import Lua
import Testing

/// Swift objects in Lua: members, identity, life and death.
@Suite struct ObjectTests {
  let tally = Tally()
  let state: LuaState

  init() throws { state = try .forTests(tally) }

  @Test func membersPropertiesAndDynamicIndex() throws {
    try state.run(
      """
      local c = test.Counter(4)
      assert(c:get() == 4 and c.count == 4 and #c == 4 and c[3] == 30)
      c.count = 7
      assert(c:add():add(2).count == 10 and c.parity == 0)
      assert((c + c):get() == 20)
      """)
  }

  @Test func methodsOfTheParentClass() throws {
    try state.run(
      """
      local s = test.LabelledShelf()
      assert(s:label() == 'label')
      s:hold(test.Shelf())
      assert(s:child())
      assert(not pcall(test.LabelledShelf.label, test.Shelf()))
      """)
  }

  @Test func aClassIsATableOfMethods() throws {
    try state.run(
      """
      local c = test.Counter(1)
      assert(test.Counter.get(c) == 1)
      function test.Counter:twice() return self:get() * 2 end
      assert(c:twice() == 2)
      function test.Shelf.hello() return 'hello' end
      assert(test.LabelledShelf().hello() == 'hello' and test.LabelledShelf.hello() == 'hello')
      """)
  }

  @Test func objectsDieWithTheirUserdata() throws {
    try state.run("for i = 1, 1000 do test.Counter(i) end")
    try state.collectGarbage()
    #expect(tally.alive == 0)
  }

  @Test func garbageOfObjectsStaysBounded() throws {
    try state.run(
      "kept = {} for i = 1, 20000 do kept[i] = {} end local c = test.Counter(1) for i = 1, 1000000 do local d = c + c end"
    )
    #expect(tally.alive < 50_000)
  }

  @Test func finalizersMayRunTwice() throws {
    try state.run(
      """
      local c = test.Counter(1)
      local gc = getmetatable(c).__gc
      gc(c) gc(c)
      assert(not pcall(c.get, c))
      assert(not pcall(function() return c.count end))
      gc(io.stdout) gc(5) gc()
      """)
    #expect(tally.alive == 0)
  }

  @Test func otherUserdataAreNoObjects() throws {
    #expect(
      state.message("test.Counter.get(io.stdout)")
        == "chunk:1: get(): argument 'self' must be Counter, not userdata (a method is called with ':')")
    #expect(state.message("getmetatable(test.Counter()).__index(5, 'count')").contains("Counter"))
    #expect(state.message("getmetatable(test.Shelf()).__index(5, 'x')").contains("no attribute"))
    #expect(state.message("getmetatable(test.Shelf()).__newindex(5, 'x', 1)").contains("no attribute"))
  }

  @Test func uniqueObjectsKeepTheirUserdata() throws {
    try state.run(
      """
      local outer, inner = test.Shelf(), test.Shelf()
      outer:hold(inner)
      assert(rawequal(outer:child(), inner))
      inner.label = 'mine'
      inner = nil
      collectgarbage() collectgarbage()
      assert(outer:child().label == 'mine')
      """)
  }

  @Test func cyclesThroughFieldsAreCollected() throws {
    try state.run(
      """
      do
        local outer, inner = test.Shelf(), test.Shelf()
        outer:hold(inner)
        inner.parent = outer
        outer.self = function() return outer end
        outer.counter = test.Counter()   -- Swift takes it
        inner.value = 5
      end
      collectgarbage() collectgarbage() collectgarbage()
      """)
    #expect(tally.alive == 0)
  }

  @Test func aFieldThatSwiftTakesReplacesAPlainOne() throws {
    try state.run(
      "local s = test.Shelf() s.x = 1 assert(s.x == 1) s.x = test.Counter() assert(not pcall(function() return s.x end))"
    )
  }

  @Test func closingRunsWhenTheScopeEnds() throws {
    try state.run(
      """
      local kept
      do
        local c <close> = test.Counter(3)
        kept = c
      end
      assert(kept.count == -1)
      """)
  }

  @Test func objectsOutliveTheState() throws {
    let tally = Tally()
    var state: LuaState? = try .forTests(tally)
    let counter = try #require(
      try state?.first("c = test.Counter(3) d = test.Counter(4) return c").object(as: Counter.self))
    state = nil
    #expect(tally.alive == 1)
    #expect(counter.count == 3)
  }

  @Test func finalizersWrittenInLuaMayCallSwiftWhileTheStateCloses() throws {
    let tally = Tally()
    var state: LuaState? = try .forTests(tally)
    try state?.run(
      "c = test.Counter(3) setmetatable({}, {__gc = function() pcall(c.add, c) test.Counter(1) test.call(print) end})")
    state = nil
    #expect(tally.alive == 0)
  }

  @Test func classesDefinedAtRunTime() throws {
    final class Scripted: LuaClassChoosing { var luaClass: LuaClassNumber? }
    try state.register(
      LuaClass(
        "Scripted", of: Scripted.self, help: "", options: [.fields, .unique],
        methods: [Function("base", "()") { _ in .string("base") }]))
    let base = try state.classNumber(named: "Scripted")
    let members = try #require(
      try state.first("Net = {} function Net:hello() return 'hello ' .. self.name end return Net").table)
    try state.setMetatable(members, try state.newTable([("__index", .table(try state.membersTable(of: base)))]))
    let net = try state.defineClass("Net", parent: base, members: members)
    let object = Scripted()
    object.luaClass = net
    try state.setGlobal("net", .object(object))
    try state.run(
      "net.name = 'x' assert(net:hello() == 'hello x' and net.base() == 'base') Net.name = 'y' assert(net.name == 'x')")
    #expect(try state.first("return tostring(net)").string?.hasPrefix("Net: ") == true)
  }

  @Test func unregisteredObjectsAreRefused() {
    #expect(throws: LuaError.self) { try state.setGlobal("t", .object(tally)) }
  }
}
