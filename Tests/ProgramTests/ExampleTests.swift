import TestSupport
import Testing

/// The examples, run as their readers run them.
@Suite struct ExampleTests {
  private static let folder: String = {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(root)/examples"
  }()

  @Test func finetuningFromACheckpointBeatsStartingFromScratch() throws {
    let temporary = try TemporaryFolder()
    let saved = try temporary.file("finetuned.pth", "")
    let result = try Program.run(["\(Self.folder)/finetune.lua", saved])
    #expect(result.errors == "")
    #expect(result.status == 0)

    // The last number of a row of the table, but one: the accuracy after five epochs.
    func accuracy(_ name: String) throws -> Double {
      let row = try #require(result.output.split(separator: "\n").first { $0.hasPrefix(name) })
      return try #require(row.split(separator: " ").dropLast().last.flatMap { Double($0) })
    }
    let scratch = try accuracy("from scratch")
    for way in ["replaced head", "all but head loaded"] {
      let reached = try accuracy(way)
      #expect(reached > 0.9, "\(way): \(reached)")
      #expect(reached > scratch + 0.2, "\(way): \(reached), from scratch: \(scratch)")
    }

    let keys = try Program.run(["-e", "for key in pairs(torch.load(arg[1])) do print(key) end", "-", saved])
    #expect(keys.output.hasPrefix("conv1.weight\nbn1.weight\n"))
    #expect(keys.output.hasSuffix("fc.weight\nfc.bias\n"))
  }

  @Test func surgeryKeepsWhatACheckpointKnows() throws {
    let result = try Program.run(["\(Self.folder)/surgery.lua"])
    #expect(result.errors == "")
    #expect(result.status == 0)
    #expect(
      result.output.contains(
        "\n  net:load_state_dict(ckpt.model:strip_prefix(\"module\"):adapt_input_conv(\"conv1.weight\", 3))\n"))
    func accuracies(_ name: String) throws -> [Double] {
      let row = try #require(result.output.split(separator: "\n").first { $0.hasPrefix(name) })
      return row.dropFirst(34).split(separator: " ").compactMap { Double($0) }
    }
    let (dropped, kept) = (try accuracies("without the old head"), try accuracies("with the rows of 3 and 4, run 1"))
    #expect(kept[0] > dropped[0] + 0.2)
    #expect(try accuracies("the runs' average")[0] > 0.9)
  }
}
