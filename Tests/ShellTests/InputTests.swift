import Testing

@testable import Shell

@Suite struct InputTests {
  @Test(arguments: [
    "for i = 1, 3 do", "function f(", "x = {", "return {1,", "s = [[long", "--[[ comment", "1 +", "{1,", "f(function()",
    "if x then\n  y()",
  ])
  func asksForMore(_ input: String) throws {
    #expect(try TestSession().session.isIncomplete(input))
  }

  @Test(arguments: [
    "1 + 1", "x = 3", "print('a')", "x = 'open", "end", "?for", ":time (", "$ echo (", "foo bar", "-- done",
  ])
  func takesWhatIsWhole(_ input: String) throws {
    #expect(try !TestSession().session.isIncomplete(input))
  }

  @Test func showsAnExpressionsValueWithoutReturn() throws {
    #expect(try TestSession().replies(to: "1 + 1") == "2\n")
    #expect(try TestSession().replies(to: "= 3") == "3\n")
    #expect(try TestSession().replies(to: "1, 'a', nil") == "1\t\"a\"\tnil\n")
    #expect(try TestSession().replies(to: "x = 1").isEmpty)
  }

  @Test func aSemicolonSilences() throws {
    #expect(try TestSession().replies(to: "1 + 1;").isEmpty)
    #expect(try TestSession().replies(to: "1 + 1; -- quiet").isEmpty)
    #expect(try TestSession().replies(to: "'a;'") == "\"a;\"\n")
  }

  @Test func pastedLinesShowTheLastValue() throws {
    #expect(try TestSession().replies(to: "local a = 2\nlocal b = 3\na * b") == "6\n")
    #expect(try TestSession().replies(to: "f = math.abs\nf(-2)") == "2\n")
    // A parenthesis goes on with the line before, as in Lua.
    #expect(try TestSession().replies(to: "x = math.abs\n(-2)").isEmpty)
  }

  @Test func aLineShowsTheValueThatItEndsIn() throws {
    #expect(try TestSession().replies(to: "a = 2 a * 3") == "6\n")
    #expect(try TestSession().replies(to: "for i = 1, 2 do end math.abs(-2)") == "2\n")
    #expect(try TestSession().replies(to: "function f() return 7 end f(), f()") == "7\t7\n")
    #expect(try TestSession().replies(to: "a = 1 b = 2").isEmpty)
    #expect(try TestSession().replies(to: "a = 2 a * 3;").isEmpty)
  }

  @Test func takesTheInputOutOfACopiedSession() throws {
    #expect(try TestSession().replies(to: "> a = 2\n> for i = 1, 3 do\n>> a = a + i end\n3\n> a") == "8\n")
    #expect(try TestSession().session.isIncomplete("> function f()\n>> return 1"))
  }

  @Test func keepsTheLastResults() throws {
    let test = try TestSession()
    _ = test.replies(to: "10")
    _ = test.replies(to: "20")
    #expect(test.replies(to: "_, _1") == "20\t10\n")
    #expect(test.replies(to: "_") == "20\n")
  }
}
