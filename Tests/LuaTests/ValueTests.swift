import Lua
import Testing

/// Values keep what they are on their way through Swift.
@Suite struct ValueTests {
  let state: LuaState

  init() throws { state = try .forTests() }

  @Test(arguments: [
    "nil", "true", "false", "0", "-1", "math.maxinteger", "math.mininteger", "0.5", "-0.0", "1/0", "2^53", "''",
    "'text'", "'a\\0b'", "'\\xff\\xfe'", "'äöü'", "('x'):rep(100000)", "print", "io.stdout", "test",
    "coroutine.create(print)", "test.Shelf",
  ])
  func roundTrip(expression: String) throws {
    let chunk = "local v = \(expression) local w = test.echo(v) return rawequal(v, w) and math.type(v) == math.type(w)"
    #expect(try state.first(chunk).boolean == true)
  }

  @Test func notANumber() throws {
    #expect(try state.first("local v = test.echo(0/0) return v ~= v").boolean == true)
  }

  @Test func positionsOfNilsAreKept() throws {
    #expect(try state.first("return select('#', test.echo(nil, 1, nil))").integer == 3)
  }

  @Test func listsAndMapsBecomeTables() throws {
    let value = LuaValue.map([("list", .list([1, "two", .list([])])), (.integer(5), 0.5), (.nil, 1)])
    try state.setGlobal("value", value)
    #expect(try state.first("return #value.list == 3 and value.list[2] == 'two' and value[5] == 0.5").isTrue)
  }

  @Test func listsMayBeLongerThanTheStackIsDeep() throws {
    let count = 1_500_000
    let lists = LuaValue.list([.list((0..<count).map { .integer(Int64($0)) }), .map([("last", .integer(7))])])
    try state.setGlobal("value", lists)
    #expect(try state.first("return #value[1] == \(count) and value[1][\(count)] == \(count - 1)").isTrue)
    #expect(try state.first("return value[2].last").integer == 7)
  }

  @Test func tablesAreReadAndWritten() throws {
    let table = try #require(try state.first("return {10, 20, x = 'y', [0.5] = true}").table)
    #expect(try table.count() == 2)
    #expect(try table.elements().compactMap(\.integer) == [10, 20])
    #expect(try table.get("x").string == "y")
    #expect(try table.pairs().count == 4)
    try table.set("x", nil)
    #expect(try table.get("x").isNil)
    #expect(throws: LuaError.self) { try table.set(.nil, 1) }
    #expect(throws: LuaError.self) { try table.set(.number(.nan), 1) }
  }

  @Test func aTableThatChangesUnderTheLoopEndsIt() throws {
    let table = try #require(try state.first("t = {} for i = 1, 100 do t['k' .. i] = i end return t").table)
    let grow = try #require(
      try state.first("return function() for k in pairs(t) do t[k] = nil end for i = 1, 999 do t[{}] = i end end")
        .function)
    try table.reference.withStackValue { value in
      try #require(value.table).forEachPair { _, _ in try grow.call() }
    }
  }

  @Test func manyArgumentsAndResults() throws {
    #expect(try state.first("return select('#', test.echo(table.unpack({}, 1, 100000)))").integer == 100_000)
    let results = try state.call(
      .function(#require(state.global("table").table?.get("pack").function)), Array(repeating: 1, count: 50_000))
    #expect(try results.first?.table?.count() == 50_000)
    let tooMany = "local function f(n) return test.echo(table.unpack({}, 1, n)) end return f(600000)"
    #expect(state.message(tooMany).contains("stack overflow"))
  }

  @Test func objectsAreTheirOwnSwiftObjects() throws {
    let counter = Counter(5, Tally())
    try state.setGlobal("c", .object(counter))
    try state.run("c:add(2)")
    #expect(counter.count == 7)
    #expect(try state.global("c").object(as: Counter.self) === counter)
  }

  @Test func aReferenceOutlivesItsState() throws {
    var state: LuaState? = try LuaState()
    let table = try #require(try state?.newTable([("a", 1)]))
    state = nil
    #expect(throws: LuaError.self) { try table.get("a") }
    #expect(table.reference.kind == .none)
  }

  @Test func aReferenceOfAnotherStateIsRefused() throws {
    let other = try LuaState().newTable()
    #expect(throws: LuaError.self) { try state.setGlobal("t", .table(other)) }
  }

  @Test func droppedReferencesGiveTheirSlotsBack() throws {
    let reference = try state.newTable().reference
    var last = reference
    for _ in 0..<10_000 { last = try state.newTable().reference }
    #expect(last !== reference)
    try state.collectGarbage()
    #expect(try #require(state.first("return collectgarbage 'count'").number) < 2_000)
  }
}
