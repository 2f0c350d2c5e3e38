import Foundation
import TestSupport
import Testing

/// What the program says of itself: `help`, the examples in it, and the reference made of it.
@Suite struct HelpTests {
  private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func everyExampleDoesWhatItShows() throws {
    let result = try Program.run(["-e", "for _, problem in ipairs(help.check()) do print(problem) end"])
    #expect(result.output == "")
    #expect(result.errors == "")
    #expect(result.status == 0)
  }

  @Test func everythingIsExplainedWithAnExample() throws {
    let script = """
      for _, entry in ipairs(help.declarations()) do
        if #entry.help < 12 or not entry.help:find "[.:)]$" or entry.example == "" then
          print(entry.path, entry.name, entry.help)
        end
      end
      """
    #expect(try Program.run(["-e", script]).output == "")
  }

  @Test func theReferenceIsUpToDate() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nnlua-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = try Program.run([root.appendingPathComponent("scripts/reference.lua").path, folder.path])
    #expect(result.errors == "")
    let committed = root.appendingPathComponent("docs/reference")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(try FileManager.default.contentsOfDirectory(atPath: committed.path).sorted() == names)
    for name in names {
      let (new, old) = (folder.appendingPathComponent(name), committed.appendingPathComponent(name))
      #expect(
        try String(contentsOf: new, encoding: .utf8) == String(contentsOf: old, encoding: .utf8),
        "\(name) is not what the declarations say; run scripts/reference")
    }
  }

  @Test func scriptsGetHelpInPlainText() throws {
    let text = try Program.run(["-e", "help(torch.clamp)"]).output
    #expect(
      text.hasPrefix(
        "torch.clamp(input: Tensor, min: Tensor|Scalar? = nil, max: Tensor|Scalar? = nil, *, out: Tensor? = nil) -> Tensor\n"
      ))
    #expect(text.contains("\n\nExample:\n  torch.clamp("))
    #expect(!text.contains("\u{1B}"))
    #expect(try Program.run(["-e", "help()"]).output.contains("\ntorch.nn.functional "))
  }

  @Test func aLayerShowsItsConstructorAndWhatModulesHave() throws {
    let text = try Program.run(["-e", "help(nn.Linear(2, 3))"]).output
    #expect(text.contains("torch.nn.Linear(in_features: int, out_features: int, bias: bool = true"))
    #expect(text.contains(":load_state_dict"))
  }

  @Test func aNameAloneFindsAllThatHaveIt() throws {
    let text = try Program.run(["-e", "help 'conv2d'"]).output
    #expect(text.contains("torch.nn.functional.conv2d"))
    #expect(text.contains("torch.nn.Conv2d"))
    #expect(try Program.run(["-e", "help 'convv2d'"]).output.contains("did you mean"))
  }

  @Test func constantsAndPropertiesAreExplained() throws {
    #expect(try Program.run(["-e", "help 'torch.float16'"]).output.contains("65504"))
    #expect(try Program.run(["-e", "help(torch.half)"]).output.contains("65504"))
    #expect(try Program.run(["-e", "help 'Tensor.grad'"]).output.hasPrefix("Tensor.grad: Tensor?\n"))
  }

  @Test func aScriptsOwnModuleCalledHelpIsFound() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("help.lua", "return 'mine'")
    let result = try Program.run(["-e", "print(require 'help')"], environment: ["LUA_PATH": "\(folder.path)/?.lua"])
    #expect(result.output.hasPrefix("mine\t"))
  }
}
