import NN
import Tensor
import TestSupport
import Testing
import Vision

extension DefaultGeneratorTests {
  /// torchvision's residual networks: keys, initial values, outputs.
  @Suite(.serialized) struct ResNetTests {
    private static let makers: [(String, @Sendable () throws -> ResNet)] = [
      ("resnet18", { try Models.resnet18() }), ("resnet34", { try Models.resnet34() }),
      ("resnet50", { try Models.resnet50() }), ("resnext50_32x4d", { try Models.resnext50_32x4d() }),
      ("wide_resnet50_2", { try Models.wide_resnet50_2() }),
    ]
    private static let zoo: [(String, @Sendable () throws -> ResNet)] = [
      ("resnet18", { try Models.resnet18(numClasses: 6) }), ("resnet34", { try Models.resnet34(numClasses: 6) }),
      ("resnet50", { try Models.resnet50(numClasses: 6) }), ("resnet101", { try Models.resnet101(numClasses: 6) }),
      ("resnet152", { try Models.resnet152(numClasses: 6) }),
      ("resnext50_32x4d", { try Models.resnext50_32x4d(numClasses: 6) }),
      ("resnext101_32x8d", { try Models.resnext101_32x8d(numClasses: 6) }),
      ("wide_resnet50_2", { try Models.wide_resnet50_2(numClasses: 6) }),
    ]

    @Test func initialValuesAndWhatFollowsAreTorchvisions() throws {
      let fixture = try Fixture.table("NN/resnet.txt")
      for (name, make) in Self.makers {
        Generator.default.manualSeed(0)
        let state = try make().stateDict()
        func check(_ part: String, _ values: [Double]?) throws {
          let record = try #require(fixture["\(name) \(part)"])
          let found = try #require(values)
          #expect(isClose(found, record.values), "\(name) \(part): \(found) is not \(record.values)")
        }
        try check("entries", [Double(state.entries.count)])
        // What follows is read first: nothing but its place in the stream decides its value.
        try check("next", try Tensor.rand([3]).doubles())
        try check("conv1", (try state["conv1.weight"]?.doubles()).map { Array($0.prefix(6)) })
        try check("last", (try state["layer4.1.conv2.weight"]?.doubles()).map { Array($0.suffix(6)) })
        try check("fc", (try state["fc.weight"]?.doubles()).map { Array($0.prefix(6)) })
        try check("bias", (try state["fc.bias"]?.doubles()).map { Array($0.prefix(6)) })
      }
    }

    @Test func keysComeInTorchvisionsOrder() throws {
      let expected = try Fixture.text("NN/resnet34-keys.txt").split(separator: "\n").map(String.init)
      #expect(try Models.resnet34().stateDict().keys == expected)
    }

    @Test func outputsAreTorchvisions() throws {
      let fixture = try Fixture.table("NN/resnet.txt")
      Generator.default.manualSeed(0)
      let net = try Models.resnet18(numClasses: 5)
      Generator.default.manualSeed(1)
      let images = try Tensor.randn([2, 3, 64, 64])
      func check(_ name: String, _ values: [Double]) throws {
        let record = try #require(fixture[name])
        #expect(
          isClose(values, record.values, relative: 1e-4, absolute: 1e-4), "\(name): \(values) is not \(record.values)")
      }
      try check("train", try net(images).detach().doubles())
      net.eval()
      try check("eval", try net(images).detach().doubles())
      let mean = try #require(try net.requiredChild("bn1").buffer("running_mean"))
      try check("running mean", Array(try mean.doubles().prefix(6)))
    }

    @Test(arguments: zoo.indices) func logitsAreTorchvisionsWithWinogradAndWithout(_ index: Int) throws {
      let (name, make) = Self.zoo[index]
      let expected = try #require(try Fixture.table("NN/logits.txt")[name]).values
      let largest = expected.reduce(0) { max($0, abs($1)) }
      Generator.default.manualSeed(0)
      let net = try make().eval()
      Generator.default.manualSeed(1)
      let image = try Tensor.randn([1, 3, 224, 224])
      defer { Functional.mayUseWinograd = true }
      for mayUseWinograd in [true, false] {
        Functional.mayUseWinograd = mayUseWinograd
        let logits = try GradMode.with(false) { try net(image).doubles() }
        #expect(
          isClose(logits, expected, relative: 0, absolute: 1e-4 * largest), "\(name): \(logits) is not \(expected)")
      }
    }

    @Test func lossesOfFineTuningTheHeadArePyTorchs() throws {
      Generator.default.manualSeed(0)
      let net = try Models.resnet34(numClasses: 5).requiresGrad(false)
      let head = try net.requiredChild("fc").requiresGrad()
      Generator.default.manualSeed(1)
      try checkLosses("head", of: net, training: head.parameters(), on: try Tensor.randn([16, 3, 64, 64]))
    }

    /// In float64, from weights that are the same to the last digit: in float32 no two of PyTorch's own layouts agree for long.
    @Test func lossesOfTrainingEverythingArePyTorchs() throws {
      let net = try ResNet(.basic, layers: [1, 1, 1, 1], numClasses: 5).to(.float64)
      try GradMode.with(false) {
        for parameter in net.parameters() where parameter.rank > 1 {
          let inputs = parameter.shape.dropFirst().reduce(1, *)
          try parameter.copyInPlace(
            try Self.scattered(parameter.shape, modulus: 1009).mul((24 / Double(inputs)).squareRoot()))
        }
        try net.requiredChild("fc").parameter("bias")?.copyInPlace(try Tensor.zeros([5]))
      }
      let images = try Self.scattered([8, 3, 32, 32], modulus: 1013).mul(4)
      try checkLosses("everything", of: net, training: net.parameters(), on: images)
    }

    /// Numbers from -0.5 to 0.5 that look random, the same to the last digit wherever they are computed.
    private static func scattered(_ shape: [Int], modulus: Int) throws -> Tensor {
      let numbers = (0..<shape.reduce(1, *)).map { Double($0 * $0 % modulus) / Double(modulus) - 0.5 }
      return try Tensor(numbers, shape: shape, dtype: .float64)
    }

    /// Trains on two batches in turn.
    private func checkLosses(_ name: String, of net: ResNet, training parameters: [Tensor], on images: Tensor) throws {
      let expected = try #require(try Fixture.table("NN/losses.txt")[name]).values
      #expect(expected.count == 20)
      let labels = try Tensor((0..<Int64(images.shape[0])).map { $0 % 5 } as [Int64])
      let half = images.shape[0] / 2
      let optimizer = try SGD(parameters, lr: 0.01, momentum: 0.9)
      for (step, loss) in expected.enumerated() {
        let start = step % 2 * half
        let found = try net(try images.narrow(0, start, half)).crossEntropy(try labels.narrow(0, start, half))
        try optimizer.zeroGrad()
        try Autograd.backward([found])
        try optimizer.step()
        let value = try found.item().double
        #expect(abs(value - loss) <= 1e-4 * abs(loss), "step \(step): \(value) is not \(loss)")
      }
    }

    @Test func withoutTheTopFeaturesComeOut() throws {
      let net = try Models.resnet18(includeTop: false)
      #expect(net.child("fc") == nil)
      #expect(net.child("avgpool") == nil)
      #expect(try net(try Tensor.zeros([1, 3, 64, 64])).shape == [1, 512, 2, 2])
    }
  }
}
