import Lua
import Testing

@testable import Shell

@Suite struct CompletionTests {
  private let test: TestSession

  init() throws {
    test = try TestSession(.forShell())
    _ = test.replies(to: "shelf = things.Shelf(3); config = {name = 1, nested = {deep = {key = 2}}, [0] = {zero = 1}}")
  }

  @Test func globalsAndKeywords() {
    #expect(test.candidates("prin") == ["print"])
    #expect(test.candidates("x = func") == ["function"])
    #expect(test.candidates("thin") == ["things"])
  }

  @Test func fieldsAlongAPath() {
    #expect(test.candidates("config.nes") == ["nested"])
    #expect(test.candidates("print(config.nested.deep.k") == ["key"])
    #expect(test.candidates("config[0].ze") == ["zero"])
    #expect(test.candidates("config['nested'].d") == ["deep"])
    #expect(test.candidates("string.form") == ["format"])
    #expect(test.candidates("nothing.here").isEmpty)
    #expect(test.candidates("f().na").isEmpty)
  }

  @Test func keysInVariables() {
    _ = test.replies(to: "k = 'nested' i = 0")
    #expect(test.candidates("config[k].d") == ["deep"])
    #expect(test.candidates("config[i].z") == ["zero"])
    #expect(test.candidates("config[missing].d").isEmpty)
  }

  @Test func localsOfTheInput() {
    #expect(test.candidates("local zebra, zoo <const> = 1, 2 print(z") == ["zebra", "zoo"])
    #expect(test.candidates("local function walk(first, second) return fir") == ["first"])
    #expect(test.candidates("for index in pairs(t) do ind") == ["index"])
    #expect(test.candidates("return b", after: "local book = things.Shelf(3)") == ["book", "break"])
    #expect(test.candidates("book:ev", after: "local book = things.Shelf(3)") == ["evaluate"])
    #expect(test.candidates("other.nes", after: "local other = config\nx = 1") == ["nested"])
    #expect(test.candidates("other:ev", after: "local other <const> = things.Shelf {\n 3 }; x = 1") == ["evaluate"])
  }

  @Test func nothingOfTheUsersRuns() {
    _ = test.replies(to: "calls = 0 lazy = setmetatable({}, {__index = function() calls = calls + 1 error 'oh' end})")
    for line in ["lazy.", "lazy:", "lazy['", "lazy.a.", "lazy[1].x", "print(lazy.b"] { _ = test.candidates(line) }
    #expect(test.replies(to: "calls") == "0\n")
  }

  @Test func objects() {
    #expect(test.candidates("shelf:ev") == ["evaluate"])
    #expect(test.candidates("shelf.sh") == ["shape"])
    #expect(test.candidates("shelf.co") == ["conv1"])
    #expect(test.candidates("shelf.conv1.conv1:") == ["evaluate"])
  }

  @Test func whatACallGives() {
    #expect(test.candidates("things.Shelf(3):ev") == ["evaluate"])
    #expect(test.candidates("things.Shelf(3):evaluate():evaluate().sh") == ["shape"])
    #expect(test.candidates("things.Shelf{3}.sh") == ["shape"])
    #expect(test.candidates("('text'):upp") == ["upper"])
    #expect(test.candidates("(unknown(1)):ev").isEmpty)
    #expect(test.candidates("things.clamp(1):ev").isEmpty)
  }

  @Test func keysInQuotes() {
    #expect(test.candidates("shelf[\"fc.") == ["fc.bias", "fc.weight"])
    #expect(test.candidates("config['ne") == ["nested"])
  }

  @Test func keywordsInAnArgumentTable() {
    #expect(test.candidates("things.Shelf(3, {pad") == ["padding", "padding_mode"])
    #expect(test.candidates("things.Shelf(3, {padding = 1, pad") == ["padding_mode"])
    #expect(test.candidates("things.Shelf{3, pad") == ["padding", "padding_mode"])
    #expect(test.candidates("x = {thin") == ["things"])
  }

  @Test func modulesAfterRequire() {
    #expect(test.candidates("require \"str") == ["string"])
    #expect(test.candidates("local s = require('thi") == ["things"])
  }

  @Test func commands() {
    #expect(test.candidates(":ti") == [":time"])
    #expect(test.candidates("?things.cl") == ["clamp"])
    #expect(test.candidates(":help ti") == ["time"])
  }

  @Test func nothingInComments() {
    #expect(test.candidates("-- prin").isEmpty)
  }
}
