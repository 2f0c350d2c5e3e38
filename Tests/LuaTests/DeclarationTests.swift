import Lua
import Testing

/// What completion, help and the reference learn from the declarations.
@Suite struct DeclarationTests {
  let state: LuaState

  init() throws { state = try .forTests() }

  @Test func signaturesAreSound() { #expect(state.declarations.problems().isEmpty) }

  @Test func aFunctionIsFoundByName() throws {
    let clamp = try #require(state.declarations.function(named: "test.clamp"))
    #expect(clamp.qualifiedName == "test.clamp")
    #expect(clamp.example == "test.clamp(test.Counter(3), {min = 0})")
    let parameters = try #require(clamp.signatures.first).parameters
    #expect(parameters.map(\.name) == ["input", "min", "max", "strict"])
    #expect(parameters.map(\.typeText) == ["Counter", "Counter|number?", "number?", "bool"])
    #expect(parameters.map(\.defaultText) == [nil, "nil", "nil", "false"])
    #expect(parameters.map(\.isKeywordOnly) == [false, false, false, true])
    #expect(clamp.signatures.first?.result == "string")
    #expect(state.declarations.function(named: "LabelledShelf:hold")?.qualifiedName == "Shelf:hold")
    #expect(state.declarations.function(named: "Counter.add")?.isMethod == true)
  }

  @Test func aFunctionValueKnowsItsDeclaration() throws {
    let describe = Function("describe") { a in .string(a[0].declaration?.qualifiedName ?? "none") }
    try state.register(LuaModule("more", help: "", functions: [describe]))
    try state.run(
      """
      local describe = require 'more'.describe
      assert(describe(test.clamp) == 'test.clamp')
      assert(describe(test.Counter(1).add) == 'Counter:add')
      assert(describe(test.Counter) == 'test.Counter')
      assert(describe(print) == 'none' and describe(5) == 'none')
      """)
  }

  @Test func topicsTellEverythingThatIsDeclared() throws {
    let topics = state.declarations.topics
    let clamp = try #require(topics.first { $0.name == "test.clamp" })
    #expect(clamp.kind == .function)
    #expect(clamp.example == "test.clamp(test.Counter(3), {min = 0})")
    #expect(topics.first { $0.name == "test.Counter" }?.kind == .class)
    #expect(topics.contains { $0.name == "Counter:add" && $0.kind == .method })
    #expect(topics.contains { $0.name == "Counter.count" && $0.kind == .property })
    #expect(topics.first?.kind == .module)
  }

  @Test func aSummaryIsTheFirstSentence() {
    func summary(_ help: String) -> String {
      Topic(FunctionDescription(of: Function("f", help: help) { _ in .none })).summary
    }
    #expect(summary("The sine. In radians.") == "The sine.")
    #expect(summary("Limits to\nmin ... max. More.") == "Limits to min ... max.")
    #expect(summary("x is 0.5 or so, e.g. here\n\nMore") == "x is 0.5 or so, e.g. here")
    #expect(summary("no end") == "no end")
  }

  @Test func unsoundSignaturesAreReported() throws {
    try state.register(
      LuaModule(
        "bad", help: "",
        functions: [
          Function("a", "(x: Tenso)") { _ in .none }, Function("b", "(x: int") { _ in .none },
          Function("c", "x") { _ in .none }, Function("d", "(x, x)") { _ in .none },
          Function("e", "(x: string = 'a,)b', y: table = {1, 2}) -> (int, int)") { _ in .none },
        ]))
    #expect(state.declarations.problems().count == 4)
  }

  @Test func modulesNest() throws {
    try state.register(LuaModule("test.inner", help: "", constants: [.init("pi", help: "", 3.5)]))
    #expect(try state.first("return require 'test.inner'.pi + test.inner.pi").number == 7)
  }

  @Test func theNearestNameIsSuggested() {
    #expect(nearestName(to: "evla", among: ["eval", "train", "apply"]) == "eval")
    #expect(nearestName(to: "xyz", among: ["eval", "train"]) == nil)
    #expect(nearestName(to: "", among: ["eval", ""]) == "")
  }
}
