import Lua
import Testing

@testable import Shell

@Suite struct CommandTests {
  @Test func timesAnExpression() throws {
    let reply = try TestSession().replies(to: ":time 1 + 1")
    #expect(reply.hasPrefix("2\n"))
    #expect(reply.contains("of processor time"))
  }

  @Test func profilesOperators() throws {
    let reply = try TestSession(.forShell()).replies(to: ":profile things.clamp(1) + things.clamp(2)")
    #expect(reply.contains("things.clamp"))
    #expect(reply.hasPrefix("2\n"))
  }

  @Test func namesAnUnknownCommandsNeighbour() throws {
    #expect(
      try TestSession().replies(to: ":tiem 1") == "no command ':tiem'; did you mean ':time'? (:help lists them)\n")
  }

  @Test func wantsAnExpressionWhereItNeedsOne() throws {
    #expect(try TestSession().replies(to: ":time") == ":time needs an expression\n")
  }

  @Test func leaves() throws {
    let session = try TestSession().session
    #expect(session.submit("1"))
    #expect(!session.submit(":quit"))
  }

  @Test func savesAndLoads() throws {
    let test = try TestSession()
    let path = try temporaryFile()
    _ = test.replies(to: "answer = 42")
    #expect(test.replies(to: ":save \(path)").hasPrefix("1 inputs saved"))
    _ = test.replies(to: "answer = 0")
    _ = test.replies(to: ":load \(path)")
    #expect(test.replies(to: "answer") == "42\n")
    _ = test.replies(to: "answer = 0")
    _ = test.replies(to: ":load")
    #expect(test.replies(to: "answer") == "42\n")
    #expect(test.replies(to: ":load /no/such/file").contains("cannot open"))
  }

  private func temporaryFile() throws -> String {
    try LuaState().run("return os.tmpname()").first?.string ?? ""
  }
}
