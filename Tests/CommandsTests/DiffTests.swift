import Checkpoint
import Tensor
import TestSupport
import Testing
import Vision

@Suite("nnlua diff")
struct DiffTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func equalFiles() throws {
    let a = try folder.save(["w": try tensor([1, .nan]), "epoch": 3], "a.pth")
    let result = try run("diff", [a, a])
    #expect(result.status == 0 && result.output.isEmpty)
    #expect(try run("diff", [a, a], isTerminal: true).output == "2 equal\n")
    #expect(try run("diff", [a, a, "--all"]).lines.count == 2)
  }

  @Test func everySortOfDifference() throws {
    let a = try folder.save(
      [
        "same": try tensor([1]), "value": try tensor([1, 2, 4]), "shape": try tensor([1]), "type": try tensor([1, 2]),
        "gone": try tensor([1]), "epoch": 3,
      ], "a.pth")
    let b = try folder.save(
      [
        "same": try tensor([1]), "value": try tensor([1, 2.5, 3]), "shape": try tensor([1, 2]),
        "type": try tensor([1, 2.25], dtype: .bfloat16), "new": try tensor([1]), "epoch": 4,
      ], "b.pth")
    let result = try run("diff", [a, b])
    #expect(result.status == 1)
    #expect(
      result.lines == [
        "value\tvalue\tfloat32 [3]\tfloat32 [3]\t1\t0.25\t2", "shape\tshape\tfloat32 [1]\tfloat32 [2]\t\t\t",
        "type\ttype\tfloat32 [2]\tbfloat16 [2]\t0.25\t0.111111\t1", "gone\tonly in a\tfloat32 [1]\t\t\t\t",
        "epoch\tvalue\tint 3\tint 4\t\t\t", "new\tonly in b\t\tfloat32 [1]\t\t\t",
      ])
    #expect(
      try run("diff", [a, b], isTerminal: true).lines.last
        == "1 equal, 1 only in a, 1 only in b, 1 type, 1 shape, 2 value")
  }

  @Test func tolerances() throws {
    let a = try folder.save(["w": try tensor([100])], "a.pth")
    let b = try folder.save(["w": try tensor([101])], "b.pth")
    #expect(try run("diff", [a, b]).status == 1)
    #expect(try run("diff", [a, b, "--rtol", "0.01"]).status == 0)
    #expect(try run("diff", [a, b, "--atol", "0.5"]).status == 1)
    #expect(try run("diff", [a, b, "--no-values"]).status == 0)
    #expect(try run("diff", [a, b, "--atol", "x"]).errors.hasPrefix("nnlua diff: --atol takes a number, not 'x'\n"))
  }

  @Test func largeIntegersAreComparedExactly() throws {
    let a = try folder.save(["n": .tensor(try Tensor([Int64(1) << 60]))], "a.pth")
    let b = try folder.save(["n": .tensor(try Tensor([Int64(1) << 60 + 1]))], "b.pth")
    #expect(try run("diff", [a, b]).lines == ["n\tvalue\tint64 [1]\tint64 [1]\t1\t8.67362e-19\t1"])
  }

  @Test func aModelHasKeysAndShapesOnly() throws {
    var state = CheckpointDictionary([:], isOrderedDict: true)
    for (key, entry) in try Models.resnet18(numClasses: 5).stateDict().entries {
      if let tensor = entry.tensor { state[key] = .tensor(tensor) }
    }
    let mine = try folder.save(["state_dict": .dictionary(state)], "mine.pth")
    let result = try run("diff", ["resnet18", mine, "--key", "state_dict"])
    #expect(result.status == 1)
    #expect(
      result.lines == [
        "fc.weight\tshape\tfloat32 [1000, 512]\tfloat32 [5, 512]\t\t\t",
        "fc.bias\tshape\tfloat32 [1000]\tfloat32 [5]\t\t\t",
      ])
    #expect(
      try run("diff", ["resnet18", mine], isTerminal: true).output.hasSuffix(
        """
        diagnosis: the state dict is inside, under 'state_dict'; another head: 'fc' has 5 outputs in the state dict and 1000 in \
        the network; then 120 of 122 keys fit, 95.6 % of the parameters

        """))
    #expect(
      try run("diff", ["resnet18", mine, "--key", "state_dikt"]).errors
        == "nnlua diff: \(mine): there is no entry \"state_dikt\"; did you mean \"state_dict\"?\n")
    let unknown = try run("diff", ["resnet17", mine])
    #expect(unknown.status == 2)
    #expect(
      unknown.errors
        == "nnlua diff: resnet17: no such file or directory, nor model of that name; did you mean resnet18?\n")
  }
}
