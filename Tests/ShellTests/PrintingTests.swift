import Lua
import Testing

@testable import Shell

@Suite struct PrintingTests {
  private func text(_ expression: String) throws -> String { try TestSession().replies(to: expression) }

  @Test func sortsKeysAndQuotesStrings() throws {
    #expect(
      try text("{b = 2, a = 'x', [true] = 1, [10] = 0, 5, 6}") == "{5, 6, [10] = 0, a = \"x\", b = 2, [true] = 1}\n")
    #expect(try text("{['a b'] = 1, ['end'] = 2}") == "{[\"a b\"] = 1, [\"end\"] = 2}\n")
    #expect(try text("{}") == "{}\n")
  }

  @Test func indentsWhatIsLong() throws {
    let name = String(repeating: "x", count: 60)
    #expect(
      try text("{first = {'\(name)', '\(name)'}, second = 2}") == """
        {
          first = {
            "\(name)",
            "\(name)"
          },
          second = 2
        }

        """)
  }

  @Test func numbersInKeysCountAsNumbers() throws {
    #expect(try text("{k10 = 1, k9 = 2, k = 3, ['k09'] = 4}") == "{k = 3, k09 = 4, k9 = 2, k10 = 1}\n")
  }

  @Test func modulesAndClassesShowTheirNames() throws {
    let test = try TestSession(.forShell())
    #expect(test.replies(to: "things") == "module things  (?things lists what is in it)\n")
    #expect(
      test.replies(to: "things.Shelf")
        == "class things.Shelf(size: int, *, padding: int = 0, padding_mode: string = 'zeros') -> Shelf\n")
    #expect(test.replies(to: "things.clamp") == "function things.clamp(input: int, min: int? = nil) -> int\n")
    #expect(
      test.replies(to: "{things, things.Shelf, things.clamp}")
        == "{module things, class things.Shelf, function things.clamp}\n")
  }

  @Test func marksCycles() throws {
    #expect(try text("(function() local t = {} t.self = t return t end)()") == "{self = <cycle>}\n")
  }

  @Test func cutsLongTablesWithACount() throws {
    let long = try text("(function() local t = {} for i = 1, 12345 do t[i] = i end return t end)()")
    #expect(long.contains("… 12,245 more"))
    #expect(long.utf8.count < 1_000)
    let wide = try text("(function() local t = {} for i = 1, 5000 do t['k' .. i] = i end return t end)()")
    #expect(wide.contains("… 4,900 more"))
  }

  @Test func survivesDeepTablesAndFailingMetamethods() throws {
    let deep = "(function() local t = {} for i = 1, 100000 do t = {t} end return t end)()"
    #expect(try text(deep) == "{{{{{{{{{…}}}}}}}}}\n")
    #expect(try text("setmetatable({}, {__tostring = function() error('no', 0) end})") == "<tostring failed: no>\n")
    #expect(try text("setmetatable({}, {__tostring = function() return 'me' end})") == "me\n")
  }

  @Test func showsTheSignatureOfADeclaredFunction() throws {
    let test = try TestSession(.forShell())
    #expect(test.replies(to: "things.clamp") == "function things.clamp(input: int, min: int? = nil) -> int\n")
  }
}
