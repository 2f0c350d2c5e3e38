import NN
import Tensor
import TestSupport
import Testing

/// States are PyTorch's, and an optimizer that loads one goes on where the other stopped.
@Suite struct OptimizerStateTests {
  @Test func statesAndTextsArePyTorchs() throws {
    for block in try Fixture.text("NN/Optimizers/states.txt").split(separator: "====\n") {
      let end = try #require(block.firstIndex(of: "\n"))
      let sample = try SampleOptimizer(block[..<end].split(separator: " ").map(String.init), .float32)
      try sample.run(1...2)
      let text = "\(outline(.dictionary(sample.optimizer.stateDict())))\n\(sample.optimizer)\n"
      #expect(text == block[block.index(after: end)...])
    }
  }

  @Test func aLoadedStateGoesOn() throws {
    let blocks = try Fixture.text("NN/Optimizers/states.txt").split(separator: "====\n")
    for words in blocks.compactMap({ $0.split(separator: "\n").first?.split(separator: " ").map(String.init) }) {
      let first = try SampleOptimizer(words, .float64)
      try first.run(1...7)
      let second = try SampleOptimizer([words[0]], .float64)
      for (target, source) in zip(second.parameters, first.parameters) {
        try GradMode.with(false) { _ = try target.copyInPlace(source) }
      }
      try second.optimizer.loadStateDict(try copied(first.optimizer.stateDict()))
      try first.run(8...12)
      try second.run(8...12)
      // NAdam's product of momenta takes the parameters' type when it is loaded, as in PyTorch.
      #expect(isClose(try second.values(), try first.values(), relative: 1e-7), "\(words)")
    }
  }

  @Test func statesTakeTheParametersType() throws {
    let saved = try SampleOptimizer(["Adam", "lr=0.1"], .float64)
    try saved.run(1...2)
    let other = try SampleOptimizer(["Adam", "lr=0.1"], .float32)
    try other.optimizer.loadStateDict(saved.optimizer.stateDict())
    let state = other.optimizer.state(of: other.parameters[0])
    #expect(state["exp_avg"]?.tensor?.dtype == .float32)
    #expect(state["step"]?.number == 2)
    try other.run(3...3)
    #expect(other.optimizer.state(of: other.parameters[0])["step"]?.number == 3)
  }

  @Test func aStateThatDoesNotFitIsAnError() throws {
    let sample = try SampleOptimizer(["Adam", "lr=0.1"], .float32)
    let whole = try Adam(sample.parameters)
    #expect(throws: TensorError("loaded state dict has a different number of parameter groups", kind: .value)) {
      try whole.loadStateDict(sample.optimizer.stateDict())
    }
    let one = try Adam([sample.parameters[0]])
    #expect(
      throws: TensorError(
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group", kind: .value)
    ) { try one.loadStateDict(whole.stateDict()) }
    #expect(throws: TensorError.self) { try one.loadStateDict([:]) }
    // A state of another shape is found out in the next step.
    try one.loadStateDict([
      "state": [0: ["step": 1, "exp_avg": .tensor(try Tensor.ones([2])), "exp_avg_sq": .tensor(try Tensor.ones([2]))]],
      "param_groups": .list([["params": .list([0])]]),
    ])
    try sample.setGradients(1)
    #expect(throws: TensorError.self) { try one.step() }
  }

  @Test func namesOfParametersAreKept() throws {
    let x = try parameter(try Tensor.ones([1]))
    let optimizer = try SGD(groups: [ParameterGroup([("weight", x)])])
    #expect("\(optimizer.stateDict())".contains("param_names"))
    #expect(throws: TensorError.self) { try optimizer.add(ParameterGroup([try parameter(try Tensor.ones([1]))])) }
  }

  /// The value with tensors replaced by their types and shapes.
  private func outline(_ value: StateValue) -> StateValue {
    switch value {
    case .tensor(let tensor): .string("\(tensor.dtype)\(Shape.text(tensor.shape))")
    case .dictionary(let entries): .dictionary(entries.mapValues(outline))
    default: value
    }
  }

  /// A deep copy, as a file would give.
  private func copied(_ dictionary: StateDictionary) throws -> StateDictionary { try dictionary.mapValues(copied) }

  private func copied(_ value: StateValue) throws -> StateValue {
    switch value {
    case .tensor(let tensor): .tensor(try tensor.clone())
    case .dictionary(let entries): .dictionary(try copied(entries))
    case .list(let values): .list(try values.map(copied))
    default: value
    }
  }
}
