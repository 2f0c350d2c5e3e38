import Lua
import Testing

@testable import Shell

@Suite struct HelpTests {
  private let test: TestSession

  init() throws { test = try TestSession(.forShell()) }

  @Test func explainsAFunctionFromItsDeclaration() {
    let text = """
      things.clamp(input: int, min: int? = nil) -> int

      Limits.

      Example:
        things.clamp(1)

      """
    #expect(test.replies(to: "?things.clamp") == text)
    #expect(test.replies(to: "help(things.clamp)") == text)
    #expect(test.replies(to: "help('things.clamp')") == text)
  }

  @Test func explainsModulesAndObjects() {
    #expect(test.replies(to: "?things").contains("Things for tests."))
    _ = test.replies(to: "shelf = things.Shelf(1)")
    #expect(test.replies(to: "?shelf").contains(":evaluate"))
    #expect(test.replies(to: "help()").contains("things"))
  }

  @Test func searches() {
    #expect(test.replies(to: "??every book") == "Shelf:evaluate  Looks at every book.\n")
    #expect(test.replies(to: "??nosuchthing") == "nothing about 'nosuchthing'\n")
    #expect(test.replies(to: "?clmp") == "nothing about 'clmp'; did you mean 'clamp'?\n")
    #expect(test.replies(to: "?things.clmp") == "nothing about 'things.clmp'; did you mean 'things.clamp'?\n")
    #expect(test.replies(to: "help.search 'Limits'").hasPrefix("things.clamp  Limits.\n"))
  }

  @Test func explainsFunctionsWrittenInLua() {
    _ = test.replies(to: "function add(a, b, ...) return a + b end")
    #expect(test.replies(to: "?add") == "function(a, b, ...)\n\nDefined in input 1, line 1.\n")
    #expect(test.replies(to: "?string.rep").hasPrefix("string.rep(s: string, n: int, sep: string = \"\") -> string\n"))
    #expect(test.replies(to: "?string.rep").contains("manual.html#pdf-string.rep"))
    #expect(test.replies(to: "??printf").hasPrefix("string.format  "))
  }

  @Test func explainsWhatLuaHasAlone() throws {
    let state = test.session.state
    for topic in StandardLibrary.topics {
      #expect(try state.run("return type(\(topic.name))").first?.string == "function", "\(topic.name)")
      #expect(topic.summary.hasSuffix(".") && !topic.signatures.isEmpty, "\(topic.name)")
    }
    #expect(StandardLibrary.topic(named: "math.random")?.signatures.count == 3)
  }

  @Test func explainsClassesWithTheirMembers() {
    let text = test.replies(to: "?things.Shelf")
    #expect(text.hasPrefix("things.Shelf(size: int, *, padding: int = 0, padding_mode: string = 'zeros') -> Shelf\n"))
    #expect(text.contains("\n.shape"))
    #expect(text.contains("\n:evaluate"))
    #expect(test.replies(to: "?Shelf.shape") == "Shelf.shape: int\n\nHow many.\n")
  }

  @Test func checksExamples() throws {
    #expect(test.replies(to: "help.check 'clamp'") == "{}\n")
    let state = test.session.state
    func add(_ name: String, _ example: String) throws {
      try state.addFunctions([Function(name, example: example) { _ in .integer(2) }], toModuleNamed: "things")
    }
    try add("right", "things.right() --> 2\nx = 3\nprint('a')\nx --> a\n--> 3")
    try add("wrong", "things.wrong() --> 3")
    try add("failing", "error('oh')")
    #expect(test.replies(to: "#help.check 'right', x") == "0\tnil\n")
    #expect(test.replies(to: "help.check 'wrong'").contains("things.wrong: things.wrong() --> 2, not 3"))
    #expect(test.replies(to: "help.check 'failing'").contains("oh"))
  }
}
