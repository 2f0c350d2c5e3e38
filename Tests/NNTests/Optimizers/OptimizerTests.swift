import NN
import Tensor
import TestSupport
import Testing

/// Optimizers move parameters as PyTorch's do.
@Suite struct OptimizerTests {
  @Test func everyOptimizerFollowsPyTorch() throws {
    let records = try Fixture.records("NN/Optimizers/trajectories.txt")
    #expect(records.count > 80)
    for record in records {
      var words = record.name.split(separator: " ").map(String.init)
      let steps = try #require(Int(words.removeLast()))
      let name = words.removeLast()
      let dtype = try #require(DType.allCases.first { $0.name == name })
      let sample = try SampleOptimizer(words, dtype)
      try sample.run(1...steps)
      // PyTorch rounds bfloat16 after each operation, this only when a step is done; the product of NAdam's momenta is kept in
      // float32 whatever the parameters have.
      let relative = dtype == .float64 ? (words[0] == "NAdam" ? 1e-6 : 1e-11) : dtype == .float32 ? 1e-5 : 0.1
      let values = try sample.values()
      #expect(
        isClose(values, record.values, relative: relative, absolute: relative), "\(record.name): \(values)")
    }
  }

  @Test func parametersWithoutGradientsStay() throws {
    let sample = try SampleOptimizer(["Adam", "lr=0.1"], .float32)
    let before = try sample.parameters[1].doubles()
    try sample.setGradients(1)
    try sample.parameters[1].setGrad(nil)
    try sample.optimizer.step()
    #expect(try sample.parameters[1].doubles() == before)
    #expect(sample.optimizer.state(of: sample.parameters[1]).isEmpty)
    #expect(sample.optimizer.state(of: sample.parameters[0]).keys == ["step", "exp_avg", "exp_avg_sq"])
  }

  @Test func memoryOrderDoesNotMatter() throws {
    for words in [["Adam", "lr=0.1"], ["SGD", "lr=0.1", "momentum=0.9"]] {
      let plain = try SampleOptimizer(words, .float32)
      let values = try plain.parameters[0].detach()
      let turned = try parameter(try values.t().contiguous().t())
      let part = try parameter(try Tensor.cat([values, values], dim: 1).slice(1, 0, 4))
      for other in [turned, part] {
        let optimizer = try type(of: plain.optimizer).init(
          groups: [ParameterGroup([other])], options: SampleOptimizer.options(Array(words.dropFirst())))
        let expected = try SampleOptimizer(words, .float32)
        for step in 1...3 {
          try expected.setGradients(step)
          try other.setGrad(expected.parameters[0].grad)
          try expected.optimizer.step()
          try optimizer.step()
        }
        #expect(try other.doubles() == expected.parameters[0].doubles())
      }
    }
  }

  @Test func manyElementsAreUpdatedOnAllThreads() throws {
    let sizes = [1, 70_001, 3, 150_000, 0, 40_000]
    let parameters = try sizes.map { try parameter(try Tensor.ones([$0])) }
    for parameter in parameters { try parameter.setGrad(try Tensor.full(parameter.shape, 0.5, dtype: .float32)) }
    try SGD(parameters, lr: 1).step()
    for parameter in parameters { #expect(try parameter.doubles().allSatisfy { $0 == 0.5 }) }
  }

  @Test func anUpdateCountsAsAChangeInPlace() throws {
    let x = try parameter(try Tensor.ones([2]))
    let loss = try x.mul(x).sum()
    let optimizer = try SGD([x], lr: 0.1)
    try x.setGrad(try Tensor.ones([2]))
    try optimizer.step()
    #expect(throws: TensorError.self) { try Autograd.backward([loss]) }
  }

  @Test func gradientsAreForgottenOrZero() throws {
    let sample = try SampleOptimizer(["SGD", "lr=0.1"], .float32)
    try sample.setGradients(1)
    try sample.optimizer.zeroGrad(setToNone: false)
    #expect(try sample.parameters[1].grad?.doubles() == [0, 0, 0, 0, 0])
    try sample.optimizer.zeroGrad()
    #expect(sample.parameters[1].grad == nil)
  }

  @Test func aChangedOptionCountsInTheNextStep() throws {
    let x = try parameter(try Tensor.ones([1]))
    let optimizer = try SGD([x], lr: 0.5)
    try x.setGrad(try Tensor.ones([1]))
    try optimizer.step()
    optimizer.groups[0]["lr"] = 0.25
    try optimizer.step()
    #expect(try x.item().double == 0.25)
    optimizer.groups[0]["lr"] = "fast"
    #expect(throws: TensorError.self) { try optimizer.step() }
  }

  @Test func theClosureRunsWithGradients() throws {
    let x = try parameter(try Tensor.ones([1]))
    let optimizer = try SGD([x], lr: 0.5)
    let loss = try GradMode.with(false) {
      try optimizer.step {
        let loss = try x.mul(x).sum()
        try Autograd.backward([loss])
        return try loss.item().double
      }
    }
    #expect(loss == 1)
    #expect(try x.item().double == 0)
  }

  @Test func badOptionsAreErrorsInPyTorchsWords() throws {
    let x = try parameter(try Tensor.ones([1]))
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch { return "\(error)" }
    }
    #expect(message { _ = try SGD([x], lr: -1) } == "Invalid learning rate: -1.0")
    #expect(
      message { _ = try SGD([x], nesterov: true) } == "Nesterov momentum requires a momentum and zero dampening")
    #expect(message { _ = try Adam([x], betas: (1, 0.9)) } == "Invalid beta parameter at index 0: 1.0")
    #expect(message { _ = try Adadelta([x], rho: 1.5) } == "Invalid rho value: 1.5")
    #expect(message { _ = try SGD([Tensor]()) } == "optimizer got an empty parameter list")
    #expect(message { _ = try SGD([x.mul(x)]) } == "can't optimize a non-leaf Tensor")
    #expect(
      message { _ = try SGD([x], options: ["beta": 1]) } == "SGD.__init__() got an unexpected keyword argument 'beta'")
    let optimizer = try SGD([x])
    #expect(
      message { try optimizer.add(ParameterGroup([x])) } == "some parameters appear in more than one parameter group")
    #expect(
      message { _ = try LBFGS([x]).step() } == "LBFGS.step() missing 1 required positional argument: 'closure'")
  }
}
