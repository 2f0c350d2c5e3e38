import Lua
import Testing

/// Ways to call a declared function.
@Suite struct CallTests {
  let state: LuaState

  init() throws { state = try .forTests() }

  @Test(arguments: [
    ("test.clamp(test.Counter(3))", "3 - -1.0 false"),
    ("test.clamp(test.Counter(3), nil, 4)", "3 - 4.0 false"),
    ("test.clamp(test.Counter(3), 1, {max = 5, strict = true})", "3 int 5.0 true"),
    ("test.clamp(test.Counter(3), {min = test.Counter()})", "3 Counter -1.0 false"),
    ("test.clamp{input = test.Counter(3), max = 2}", "3 - 2.0 false"),
    ("test.clamp{test.Counter(3), 7, strict = true}", "3 int -1.0 true"),
    ("test.clamp(test.Counter(3), {})", "3 - -1.0 false"),
    ("table.concat(test.size(), ',')", ""),
    ("table.concat(test.size(2, 3), ',')", "2,3"),
    ("table.concat(test.size{2, 3}, ',')", "2,3"),
    ("table.concat(test.size({}), ',')", ""),
    ("table.concat(test.size(2, 3, {name = 'x'}), ',')", "2,3,x"),
    ("table.concat(test.size{2, 3, name = 'x'}, ',')", "2,3,x"),
    ("table.concat(test.size{size = {2, 3}, name = 'x'}, ',')", "2,3,x"),
    ("table.concat(test.pair(), ',')", "1,1"),
    ("table.concat(test.pair(3), ',')", "3,3"),
    ("table.concat(test.pair{3, 4}, ',')", "3,4"),
    ("test.max(test.Counter())", "all"),
    ("test.max(test.Counter(), test.Counter())", "other"),
    ("test.max(test.Counter(), 0)", "dim"),
    ("test.max(test.Counter(), {dim = 0, keepdim = true})", "dim"),
    ("tostring(test.Counter(8.0):get())", "8"),
  ])
  func findsEveryArgument(call: String, result: String) throws {
    #expect(try state.first("return \(call)").string == result)
  }

  @Test func severalResultsAreSeveralValues() throws {
    let results = try state.run("return test.max(test.Counter(), 0, true)")
    #expect(results.count == 2)
    #expect(results.last?.boolean == true)
  }

  @Test func aTableIsReadAsKeywordsWhereItNamesWhatWasNotGiven() throws {
    let load = Function("load", "(path: string, place: any = nil, *, strict: bool = true)") { a in
      .string("\(a[1].isNil ? "nowhere" : a[1].typeName) \(try a.bool(2))")
    }
    let encode = Function("encode", "(value: any, indent: int? = nil)") { a in
      .string("\(a[0].typeName) \(try a.optionalInt(1) ?? -1)")
    }
    try state.register(LuaModule("swallowing", help: "", functions: [load, encode]))
    try state.run(
      """
      local m = require 'swallowing'
      assert(m.load('a', {place = 'cpu'}) == 'string true')
      assert(m.load('a', {strict = false}) == 'nowhere false')
      assert(m.load('a', {strict = false, other = 1}) == 'table true')
      assert(m.load('a', {cpu = 'cpu'}) == 'table true')
      assert(m.load('a', 'cpu', {strict = false}) == 'string false')
      assert(m.encode({indent = 4}) == 'table -1')
      assert(m.encode({indent = 4}, {indent = 2}) == 'table 2')
      assert(m.encode{value = 1, indent = 4} == 'int 4')
      """)
  }
}
