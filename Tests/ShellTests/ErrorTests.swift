import Lua
import Testing

@testable import Shell

@Suite struct ErrorTests {
  @Test func showsTheMessageAndGoesOn() throws {
    let test = try TestSession()
    #expect(test.replies(to: "error('no', 0)") == "no\n")
    #expect(test.replies(to: "1") == "1\n")
  }

  @Test func showsWhereItCameFromWithoutItsOwnFrames() throws {
    let test = try TestSession()
    _ = test.replies(to: "function inner(x)\n  return x.y.z + 1\nend")
    let reply = test.replies(to: "local r = inner({}) + 1")
    #expect(
      reply == """
        input 1:2: attempt to index a nil value (field 'y')
            return x.y.z + 1
        stack traceback:
          input 1:2: in function 'inner'
          input 2:1: in main chunk

        """)
  }

  @Test func showsARecursionOnOneLine() throws {
    let test = try TestSession()
    _ = test.replies(to: "function deep(n) if n == 0 then error('here') end return 1 + deep(n - 1) end")
    #expect(test.replies(to: "local r = deep(5)").contains("  input 1:1: in function 'deep'  (6 times)\n"))
  }

  @Test func explainsWhereALocalWent() throws {
    let test = try TestSession()
    _ = test.replies(to: "local net = {} do local inner = 1 end")
    let hint = "'net' was local to input 1 and ended with it; without 'local' it stays\n"
    #expect(test.replies(to: "net") == "nil\n" + hint)
    #expect(test.replies(to: "net.x").hasSuffix("(global 'net')\n" + hint))
    #expect(test.replies(to: "inner") == "nil\n")
    _ = test.replies(to: "net = 3")
    #expect(test.replies(to: "net") == "3\n")
  }

  @Test func oneLetterIsNotTakenForAnother() throws {
    let test = try TestSession()
    _ = test.replies(to: "F = {}")
    #expect(!test.replies(to: "x.y").contains("did you mean"))
    #expect(test.replies(to: "f.y").contains("did you mean 'F'?"))
    #expect(!test.replies(to: "local q; q.y = 1").contains("did you mean"))
  }

  @Test func showsATableThatWasRaised() throws {
    #expect(try TestSession().replies(to: "error({code = 3})") == "{code = 3}\n")
  }

  @Test func suggestsTheNameThatWasMeant() throws {
    let test = try TestSession(.forShell())
    #expect(test.replies(to: "pritn(3)").contains("did you mean 'print'?"))
    #expect(test.replies(to: "string.fromat('x')").contains("did you mean 'format'?"))
    #expect(test.replies(to: "things.Shelf(1):evalaute()").contains("evaluate"))
  }

  @Test func nothingEndsTheSession() throws {
    let test = try TestSession(.forShell())
    for input in [
      "(function() local function f() return 1 + f() end return f() end)()", "string.rep('x', 1 << 40)",
      "error(setmetatable({}, {__tostring = function() error('again') end}))", "error()",
      "setmetatable({}, {__gc = function() error('in gc') end}); collectgarbage()",
      "coroutine.wrap(function() error('inside') end)()", "local t <close> = 3", "goto nowhere", "\u{0}", "(((",
      String(repeating: "(", count: 1_000), String(repeating: "{", count: 100_000), "_G._G = nil; print = nil",
      "debug.setmetatable(nil, {__index = error})", "package = nil", "help('x'); help({}); help(help)",
    ] { _ = test.replies(to: input) }
    #expect(test.replies(to: "1 + 1") == "2\n")
  }
}
