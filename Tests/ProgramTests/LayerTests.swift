import Testing

/// Layers and losses as scripts make them: what they print and hold, compute and give as gradients is PyTorch's.
@Suite struct LayerTests {
  @Test func everyLayerAgreesWithPyTorch() throws {
    let result = try Program.run(
      [Program.testFile("Scripts/Driven/layers.lua"), Program.testFile("Fixtures/NN/layers.json")])
    #expect(result.errors == "")
    let lines = result.output.split(separator: "\n")
    let count = try #require(lines.last?.split(separator: " ").first.flatMap { Int($0) })
    #expect(lines.count == 1, "\(result.output)")
    #expect(count > 200)
  }
}
