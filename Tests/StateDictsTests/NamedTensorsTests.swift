import Checkpoint
import StateDicts
import Tensor
import Testing

/// What operations on state dicts keep: order, tensors, metadata, and what they are not about.
@Suite struct NamedTensorsTests {
  private func state() throws -> StateDict {
    var state = StateDict(
      try ["conv1.weight", "bn1.weight", "bn1.num_batches_tracked", "fc.weight", "fc.bias"].map {
        ($0, try Tensor.ones([2]))
      })
    state.versions = ["": 1, "conv1": 1, "bn1": 2, "relu": 1, "fc": 1]
    return state
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch { return "\(error)" }
  }

  @Test func selectingKeepsOrderAndTensors() throws {
    let state = try state()
    let rest = try state.dropping("fc.*", "*.num_batches_tracked")
    #expect(rest.keys == ["conv1.weight", "bn1.weight"])
    #expect(rest["bn1.weight"] === state["bn1.weight"])
    #expect(rest.versions == state.versions)
    #expect(try state.filtering("*.weight").keys == ["conv1.weight", "bn1.weight", "fc.weight"])
    #expect(try state.filtering { name, entry in name.count > 9 && entry.tensor?.rank == 1 }.keys.count == 3)
  }

  @Test func renamingKeepsPlacesAndMovesVersions() throws {
    let state = try state()
    let renamed = try state.renaming("bn1.*", to: "norm.*")
    #expect(renamed.keys == ["conv1.weight", "norm.weight", "norm.num_batches_tracked", "fc.weight", "fc.bias"])
    #expect(renamed.versions == ["": 1, "conv1": 1, "norm": 2, "relu": 1, "fc": 1])
    let inside = try state.addingPrefix("net.body")
    #expect(inside.keys.allSatisfy { $0.hasPrefix("net.body.") })
    #expect(inside.versions["net.body.bn1"] == 2)
    #expect(inside.versions["net.body.relu"] == 1)
    let outside = try inside.strippingPrefix("net.body.")
    #expect(outside.keys == state.keys)
    #expect(outside.versions == state.versions)
  }

  @Test func consumingAPrefixDoesWhatPyTorchDoes() throws {
    var state = StateDict(try ["a", "module.b", "module.c"].map { ($0, try Tensor.ones([1])) })
    state.versions = ["": 1, "module": 3, "module.b": 2]
    let consumed = try state.consumingPrefixIfPresent("module.")
    #expect(consumed.keys == ["a", "b", "c"])
    #expect(consumed.versions == ["": 3, "b": 2])
    #expect(try consumed.consumingPrefixIfPresent("module.").keys == consumed.keys)
  }

  @Test func slipsInPatternsAreErrors() throws {
    let state = try state()
    #expect(
      message { _ = try state.dropping("fc") }
        == "drop(): no key matches 'fc'; a pattern is for the whole key: did you mean 'fc.*'?")
    #expect(
      message { _ = try state.renaming("weight", to: "w") }
        == "rename(): no key matches 'weight'; a pattern is for the whole key: did you mean '*weight'?")
    #expect(
      message { _ = try state.renaming("*.weight", to: "w") }
        == "rename(): 'conv1.weight' and 'bn1.weight' would both become 'w'")
    #expect(
      message { _ = try state.strippingPrefix("module") }
        == "strip_prefix(): no key begins with 'module.'; keys begin with 'conv1', 'bn1', 'fc'")
  }

  @Test func dictionariesOfFilesKeepWhatIsNoTensor() throws {
    let tensor = try Tensor.ones([1])
    var file = CheckpointDictionary(
      [(.int(3), .string("x")), (.string("module.w"), .tensor(tensor)), (.string("module.n"), .int(7))],
      isOrderedDict: true)
    file.attributes["_metadata"] = ["": ["version": 1], "module": ["version": 2]]
    let stripped = try file.strippingPrefix("module")
    #expect(stripped.entries.keys == [.int(3), .string("w"), .string("n")])
    #expect(stripped["w"]?.tensor === tensor)
    #expect(stripped["n"]?.int == 7)
    #expect(stripped.isOrderedDict)
    #expect(stripped.attributes["_metadata"] == ["": ["version": 2]])
    #expect(try file.dropping("module.n").entries.keys == [.int(3), .string("module.w")])
  }

  @Test func averagesAreMeansInFloatAndTheLastCounts() throws {
    func state(_ values: [Double], _ count: Int64, _ dtype: DType) throws -> StateDict {
      StateDict([
        ("w", try Tensor(values).to(dtype)), ("n", try Tensor.full([], .int(count), dtype: .int64)),
      ])
    }
    let states = [try state([1, 2], 5, .float32), try state([2, 4], 6, .float32), try state([6, 0], 9, .float32)]
    let mean = try StateDict.average(states)
    #expect(try mean.requiredTensor("w").doubles() == [3, 2])
    #expect(try mean.requiredTensor("n").item() == .int(9))
    let weighted = try StateDict.average(states, weights: [1, 1, 2])
    #expect(try weighted.requiredTensor("w").doubles() == [3.75, 1.5])
    // In float16 itself the sum would stay 2048 from there on.
    let small = try StateDict.average((0..<4096).map { _ in try state([1, 1], 0, .float16) })
    #expect(try small.requiredTensor("w").doubles() == [1, 1])
    #expect(try small.requiredTensor("w").dtype == .float16)
    let between = try states[0].lerp(states[1], 0.25)
    #expect(try between.requiredTensor("w").doubles() == [1.25, 2.5])
    #expect(try between.requiredTensor("n").item() == .int(5))
    #expect(try states[0].requiredTensor("w").doubles() == [1, 2])
  }

  @Test func onlyLikeIsAveragedWithLike() throws {
    let a = StateDict([("w", try .ones([2]))])
    let b = StateDict([("w", try .ones([3]))])
    let c = StateDict([("v", try .ones([2]))])
    #expect(
      message { _ = try StateDict.average([a, b]) }
        == "average(): 'w' has shape torch.Size([2]) in the first state dict and torch.Size([3]) in state dict 2")
    #expect(
      message { _ = try StateDict.average([a, c]) } == "average(): state dict 2 has no tensor 'w', unlike the first")
    #expect(message { _ = try a.lerp(StateDict(), 0.5) }.hasPrefix("lerp(): state dict 2 has no tensor 'w'"))
    #expect(throws: TensorError.self) { try StateDict.average([a, a], weights: [1, -1]) }
    #expect(throws: TensorError.self) { try StateDict.average([StateDict]()) }
  }
}
