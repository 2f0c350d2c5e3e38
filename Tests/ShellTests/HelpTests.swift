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
    #expect(test.replies(to: "?clmp").contains("nothing about"))
  }
}
