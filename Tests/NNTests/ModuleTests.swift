import NN
import Tensor
import TestSupport
import Testing

extension DefaultGeneratorTests {
  /// What modules promise: order, modes, hooks, state dicts.
  @Suite struct ModuleTests {
    private func net() throws -> Sequential {
      try Sequential([
        try Conv2d(1, 2, kernelSize: [3]), try BatchNorm2d(2), ReLU(), Flatten(), try Linear(8, 3),
      ])
    }

    private func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch { return "\(error)" }
    }

    @Test func namesComeInTheOrderOfRegistration() throws {
      let net = try net()
      #expect(
        net.namedParameters().map(\.name) == ["0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias"])
      #expect(net.namedBuffers().map(\.name) == ["1.running_mean", "1.running_var", "1.num_batches_tracked"])
      #expect(net.namedModules().map(\.name) == ["", "0", "1", "2", "3", "4"])
      #expect(try net.stateDict().versions.keys.elements == ["", "0", "1", "2", "3", "4"])
      #expect(try net.stateDict().versions["1"] == 2)
    }

    @Test func sharedParametersAreNamedOnceAndSavedTwice() throws {
      let (a, b) = (try Linear(2, 2), try Linear(2, 2))
      try b.set(parameter: "weight", to: a.parameter("weight"))
      let net = try Sequential([a, b])
      #expect(net.namedParameters().map(\.name) == ["0.weight", "0.bias", "1.bias"])
      #expect(try net.stateDict().keys == ["0.weight", "0.bias", "1.weight", "1.bias"])
    }

    @Test func aStateDictRestoresValuesAndSharesMemory() throws {
      let (first, second) = (try net(), try net())
      try second.loadStateDict(try first.stateDict())
      for (a, b) in zip(first.parameters(), second.parameters()) {
        #expect(try a.detach().doubles() == b.detach().doubles())
      }
      let shared = try #require(try second.stateDict()["4.bias"])
      try GradMode.with(false) {
        _ = try second.requiredChild("4").requiredParameter("bias").copyInPlace(try Tensor.ones([3]))
      }
      #expect(try shared.doubles() == [1, 1, 1])
    }

    @Test func whatDoesNotFitIsListedInPyTorchsWords() throws {
      let net = try net()
      var state = try net.stateDict()
      state["4.weight"] = try Tensor.zeros([5, 8])
      state["4.bias"] = nil
      state["extra"] = try Tensor.zeros([1])
      state["4.other"] = try Tensor.zeros([1])
      #expect(
        message { try net.loadStateDict(state) }
          == "Error(s) in loading state_dict for Sequential:\n\tMissing key(s) in state_dict: \"4.bias\". \n\tUnexpected key(s) in state_dict: \"extra\", \"4.other\". \n\tsize mismatch for 4.weight: copying a param with shape torch.Size([5, 8]) from checkpoint, the shape in current model is torch.Size([3, 8])."
      )
      state["4.weight"] = nil
      let keys = try net.loadStateDict(state, strict: false)
      #expect(keys.missing == ["4.weight", "4.bias"])
      #expect(keys.unexpected == ["extra", "4.other"])
    }

    @Test func filesWithoutBatchCountsLoad() throws {
      let net = try net()
      var state = try net.stateDict()
      state.versions = [:]
      state["1.num_batches_tracked"] = nil
      #expect(try net.loadStateDict(state) == IncompatibleKeys())
    }

    @Test func theHeadCanBeReplaced() throws {
      let net = try net()
      try net.replace(-1, by: try Linear(8, 7))
      let shape = try net(try Tensor.zeros([2, 1, 4, 4])).shape
      #expect(shape == [2, 7])
    }

    @Test func modesReachAllModulesInside() throws {
      let net = try net()
      net.eval()
      #expect(!net.modules().contains { $0.isTraining })
      net.train()
      #expect(!net.modules().contains { !$0.isTraining })
    }

    @Test func batchNormCountsBatchesWhileTraining() throws {
      let layer = try BatchNorm1d(2)
      _ = try layer(try Tensor.rand([4, 2]))
      _ = try layer.eval()(try Tensor.rand([4, 2]))
      let tracked = try #require(layer.buffer("num_batches_tracked"))
      #expect(try tracked.item() == .int(1))
      #expect(message { _ = try layer(try Tensor.zeros([2])) } == "expected 2D or 3D input (got 1D input)")
    }

    @Test func hooksSeeAndReplace() throws {
      let layer = Identity()
      let pre = layer.registerForwardPreHook { _, inputs in [Value(try inputs.tensor(0)?.neg())] }
      let post = layer.registerForwardHook { _, _, outputs in [Value(try outputs.tensor(0)?.neg())] }
      let x = try Tensor([1, 2] as [Double])
      var seen = try layer(x).doubles()
      #expect(seen == [1, 2])
      pre.remove()
      seen = try layer(x).doubles()
      #expect(seen == [-1, -2])
      post.remove()
      seen = try layer(x).doubles()
      #expect(seen == [1, 2])
    }

    @Test func convertingKeepsIntegersAndIdentity() throws {
      let net = try net()
      let weight = net.parameters()[0]
      try net.to(.float64)
      #expect(weight.dtype == .float64)
      #expect(net.buffers().map(\.dtype) == [.float64, .float64, .int64])
      #expect(message { try net.to(.int32) }.hasSuffix("but got desired dtype=torch.int32"))
    }

    @Test func badNamesAreErrors() throws {
      let module = Module()
      #expect(message { try module.register(child: "a.b", Identity()) } == "module name can't contain \".\", got: a.b")
      #expect(message { try module.register(parameter: "", nil) } == "parameter name can't be empty string \"\"")
      try module.register(buffer: "x", nil)
      #expect(message { try module.register(parameter: "x", nil) } == "attribute 'x' already exists")
      #expect(message { _ = try module.requiredChild("y") } == "'Module' object has no attribute 'y'")
      #expect(
        message { _ = try module(try Tensor.zeros([1])) }
          == "Module [Module] is missing the required \"forward\" function")
    }
  }
}
