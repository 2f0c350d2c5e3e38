import Testing

/// What scripts may call, and what it says: run by the built program.
@Suite struct CallTests {
  /// Whatever is called with whatever arguments gives results or an error, and the program goes on.
  @Test(arguments: 1...4)
  func randomCallsNeverEndTheProgram(seed: Int) throws {
    let script = Program.testFile("Scripts/Driven/random_calls.lua")
    let result = try Program.run([script, "\(seed)", "2000"], memoryLimit: 8_000_000)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("2000 calls, "))
  }

  /// Whatever is made with whatever options, and used, likewise.
  @Test(arguments: 1...2)
  func randomObjectsNeverEndTheProgram(seed: Int) throws {
    let script = Program.testFile("Scripts/Driven/random_objects.lua")
    let result = try Program.run([script, "\(seed)", "700"], memoryLimit: 8_000_000)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("700 objects, "))
  }

  @Test func errorsAreInPyTorchsWords() throws {
    let result = try texts("errors")
    #expect(result.output.hasSuffix(" calls, 0 other texts\n"), "\(result.output)\(result.errors)")
  }

  @Test func resultsThatAreEasilyMissedArePyTorchs() throws {
    let result = try texts("results")
    #expect(result.output.hasSuffix(" calls, 0 other texts\n"), "\(result.output)\(result.errors)")
  }

  private func texts(_ name: String) throws -> Program.Result {
    try Program.run([
      Program.testFile("Scripts/Driven/expected_texts.lua"), Program.testFile("Fixtures/Program/\(name).txt"),
    ])
  }
}
