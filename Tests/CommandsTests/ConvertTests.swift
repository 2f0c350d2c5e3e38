import Checkpoint
import Tensor
import TestSupport
import Testing

@Suite("nnlua convert and nnlua merge")
struct ConvertTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func formatsFollowNames() throws {
    let path = try folder.save(["w": try tensor([1, 2])], "in.pth")
    for (name, format) in [
      ("out.safetensors", CheckpointFormat.safeTensors), ("out.npz", .numPyArchive), ("out.ckpt", .pyTorch),
    ] {
      let out = try folder.file(name)
      let result = try run("convert", [path, out])
      #expect(result.status == 0 && result.output.isEmpty)
      #expect(try CheckpointFile(out).format == format)
      #expect(try elements(entries(of: out)["w"]) == [1, 2])
    }
    let named = try folder.file("named")
    #expect(try run("convert", [path, named, "--format", "safetensors"]).status == 0)
    #expect(try CheckpointFile(named).format == .safeTensors)
    #expect(
      try run("convert", [path, try folder.file("said.pth")], isTerminal: true).output.hasSuffix(
        "said.pth: PyTorch: 1 tensor, 2 elements, 8 bytes\n"))
  }

  @Test func typesChangeAndTiesStay() throws {
    let base = try Tensor([1, 2, 3, 4] as [Float]).view([2, 2])
    let parameter = try Tensor([0.5] as [Float])
    parameter.isParameter = true
    try parameter.setRequiresGrad(true)
    let path = try folder.save(
      [
        "base": .tensor(base), "tied": .tensor(base), "turned": .tensor(try base.t()),
        "steps": .tensor(try Tensor([Int64(3)])),
        "inner": [.tensor(parameter)],
      ], "in.pth")
    let out = try folder.file("out.pth")
    #expect(try run("convert", [path, out, "--dtype", "bfloat16"]).status == 0)
    let result = try entries(of: out)
    let converted = try #require(result["base"]?.tensor)
    #expect(converted.dtype == .bfloat16)
    #expect(result["tied"]?.tensor === converted)
    #expect(result["turned"]?.tensor?.storage === converted.storage)
    #expect(try elements(result["turned"]) == [1, 3, 2, 4])
    #expect(result["steps"]?.tensor?.dtype == .int64)
    let kept = try #require(result["inner"]?.elements?.first?.tensor)
    #expect(kept.isParameter && kept.requiresGrad && kept.dtype == .bfloat16)
    #expect(try run("convert", [path, out, "--dtype", "bfloat61"]).errors.contains("did you mean bfloat16?"))
    #expect(try run("convert", [path, out, "--dtype", "int64"]).status == 2)
  }

  @Test func keysAreChosenAndRenamed() throws {
    let path = try folder.save(
      ["state_dict": ["module.a": try tensor([1]), "module.fc": try tensor([2]), "x": try tensor([3])], "epoch": 1],
      "in.pth")
    let out = try folder.file("out.safetensors")
    #expect(
      try run(
        "convert", [path, out, "--key", "state_dict", "--keep", "module.*", "--drop", "*.fc", "--rename", "module.*=*"]
      ).status == 0)
    #expect(try entries(of: out).entries.keys == ["a"])
    #expect(
      try run("convert", [path, out, "--key", "state_dict", "--drop=x", "--rename", "module.*=*", "--drop", "fc"])
        .status
        == 0)
    #expect(try entries(of: out).entries.keys == ["a"])
    let missing = try run("convert", [path, out, "--key", "state_dict", "--drop", "head.*"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("head.*"))
    #expect(
      try run("convert", [path, out]).errors.hasSuffix(
        "a safetensors file holds tensors only; \"state_dict\" is a dict; --key state_dict takes that entry alone\n"))
    #expect(try entries(of: out).entries.keys == ["a"])
  }

  @Test func whatIsNotDataIsInTheWayOfItselfOnly() throws {
    let path = Fixture.path("Checkpoint/namespace.pth")
    let out = try folder.file("out.pth")
    let whole = try run("convert", [path, out])
    #expect(whole.status == 2)
    #expect(whole.errors.hasSuffix("an instance of argparse.Namespace cannot be saved, as its class is not data\n"))
    #expect(try run("convert", [path, out, "--drop", "args"]).status == 0)
    #expect(try elements(entries(of: out)["weight"]) == [0, 1])
  }

  @Test func averages() throws {
    let a = try folder.save(["w": try tensor([0, 4]), "n": .tensor(try Tensor([Int64(1)]))], "a.pth")
    let b = try folder.save(["w": try tensor([2, 8]), "n": .tensor(try Tensor([Int64(2)]))], "b.pth")
    let out = try folder.file("out.pth")
    #expect(try run("merge", [a, b, out]).status == 0)
    #expect(try elements(entries(of: out)["w"]) == [1, 6])
    #expect(try elements(entries(of: out)["n"]) == [2])
    #expect(try run("merge", [a, b, out, "--weights", "3,1"]).status == 0)
    #expect(try elements(entries(of: out)["w"]) == [0.5, 5])
    #expect(try run("merge", [a, b, out, "--lerp", "0.25"]).status == 0)
    #expect(try elements(entries(of: out)["w"]) == [0.5, 5])
    #expect(try run("merge", [a, b, out, "--weights", "1"]).errors.contains("--weights takes 2 numbers"))
    #expect(try run("merge", [a, b, out, "--lerp", "1", "--update"]).errors.contains("--lerp and --update exclude"))
    #expect(try run("merge", [a, out]).errors.contains("at least two files IN"))
  }

  @Test func updates() throws {
    let a = try folder.save(["w": try tensor([1]), "fc": try tensor([2]), "epoch": 1], "a.pth")
    let b = try folder.save(["fc": try tensor([3]), "new": try tensor([4])], "b.pth")
    let out = try folder.file("out.pth")
    #expect(try run("merge", [a, b, out, "--update"]).status == 0)
    let result = try entries(of: out)
    #expect(result.entries.keys == ["w", "fc", "epoch", "new"])
    #expect(try elements(result["fc"]) == [3])
    #expect(result["epoch"] == 1)
  }
}
