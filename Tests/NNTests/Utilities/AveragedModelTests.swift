import NN
import Tensor
import TestSupport
import Testing

extension DefaultGeneratorTests {
  /// Running averages of networks, beside PyTorch's.
  @Suite struct AveragedModelTests {
    private func waves(_ count: Int) throws -> [Double] {
      try Tensor.arange(0, .int(Int64(count))).to(.float64).sin().to(.float32).doubles()
    }

    private func waves(_ shape: [Int]) throws -> Tensor {
      try Tensor(try waves(shape.reduce(1, *)), shape: shape)
    }

    private func rule(_ name: String) -> AveragedModel.Rule {
      switch name {
      case "ema": .exponential(decay: 0.9)
      case "ema with buffers": .exponential(decay: 0.75)
      case "single ema": .each { average, current, _ in try average.mul(0.9).add(try current.mul(0.1)) }
      default: .equal
      }
    }

    @Test(arguments: ["equal", "equal with buffers", "ema", "ema with buffers", "single ema"])
    func averagesArePyTorchs(_ name: String) throws {
      let fixture = try Fixture.table("NN/averages.txt")
      let net = try Sequential([try Linear(3, 4), try BatchNorm1d(4)])
      let average = try AveragedModel(net, rule(name), averagesBuffers: name.hasSuffix("with buffers"))
      for step in 0..<4 {
        try GradMode.with(false) {
          for (i, entry) in try net.stateDict().entries.values.enumerated() {
            let tensor = try #require(entry.tensor)
            let values =
              tensor.dtype.isFloatingPoint
              ? Array(try waves(tensor.count + 10 * step + i).suffix(tensor.count)) : [Double(step)]
            _ = try tensor.copyInPlace(try Tensor(values, shape: tensor.shape))
          }
        }
        try average.update(from: net)
      }
      func check(_ prefix: String) throws {
        for (key, entry) in try average.stateDict().entries {
          guard let record = fixture["\(prefix): \(key)"] else { continue }
          #expect(isClose(try #require(entry.tensor).doubles(), record.values), "\(prefix): \(key)")
        }
      }
      #expect(
        try average.stateDict().keys
          == ["n_averaged"] + net.stateDict().keys.map { "module." + $0 })
      try check(name)
      let batches = [try waves([5, 3]), try waves([7, 3]).mul(2)]
      var next = 0
      try AveragedModel.updateBatchNorm(average) {
        defer { next += 1 }
        return next < batches.count ? [.tensor(batches[next])] : nil
      }
      try check("\(name), update_bn")
      let output = try average.eval()(try waves([2, 3]))
      #expect(isClose(try output.detach().doubles(), try #require(fixture["\(name): output"]).values, absolute: 1e-6))
    }

    @Test func aCopyHasStateOfItsOwn() throws {
      let tied = try Linear(2, 2)
      let net = try Sequential([tied, try Dropout(1), tied, try BatchNorm1d(2)])
      let copy = try ModuleCopy(net)
      #expect(copy.parameters().count == net.parameters().count)
      #expect(zip(copy.parameters(), net.parameters()).allSatisfy { $0 !== $1 && !$0.isSameView(as: $1) })
      #expect("\(copy)" == "\(net)")
      let x = try waves([4, 2])
      copy.eval()
      #expect(net.isTraining)
      let before = try copy(x).detach().doubles()
      try GradMode.with(false) {
        for parameter in net.parameters() { _ = try parameter.copyInPlace(try Tensor.zeros([1])) }
      }
      #expect(try copy(x).detach().doubles() == before)
      // Dropout of everything while training, and running statistics, are the copy's own.
      copy.train()
      _ = try copy(x)
      #expect(try copy.buffers()[2].item() == .int(1))
      #expect(try net.buffers()[2].item() == .int(0))
      // Gradients, too.
      try Autograd.backward([try copy(x).sum()])
      #expect(copy.parameters().allSatisfy { $0.grad != nil } && net.parameters().allSatisfy { $0.grad == nil })
    }

    @Test func otherNetworksAreErrors() throws {
      let net = try Sequential([try Linear(2, 2)])
      let average = try AveragedModel(net)
      #expect(throws: TensorError.self) { try average.update(from: try Linear(2, 3)) }
      try net.replace(0, by: try Linear(2, 2))
      #expect(throws: TensorError.self) { try average(try Tensor.zeros([1, 2])) }
      #expect(throws: TensorError.self) { try AveragedModel(net, .exponential(decay: 1.5)) }
    }
  }
}
