import NN
import Tensor
import TestSupport
import Testing

/// Each optimizer walks the same way as PyTorch's.
@Suite struct OptimizerTrajectoryTests {
  private func make(_ name: String, _ p: [Tensor]) throws -> Optimizer {
    switch name {
    case "SGD": try SGD(p, lr: 0.1)
    case "SGD momentum": try SGD(p, lr: 0.1, momentum: 0.9, weightDecay: 0.01)
    case "SGD dampened": try SGD(p, lr: 0.1, momentum: 0.9, dampening: 0.5)
    case "SGD nesterov": try SGD(p, lr: 0.1, momentum: 0.9, nesterov: true, maximize: true)
    case "Adam": try Adam(p, lr: 0.1)
    case "Adam amsgrad":
      try Adam(p, lr: 0.1, betas: (0.8, 0.95), weightDecay: 0.1, amsgrad: true)
    case "AdamW": try AdamW(p, lr: 0.1, weightDecay: 0.1)
    case "RMSprop": try RMSprop(p, lr: 0.05)
    case "RMSprop centered":
      try RMSprop(p, lr: 0.05, weightDecay: 0.1, momentum: 0.9, centered: true)
    case "Adagrad":
      try Adagrad(p, lr: 0.1, lrDecay: 0.1, weightDecay: 0.1, initialAccumulatorValue: 0.1)
    case "Adadelta": try Adadelta(p, lr: 0.5, weightDecay: 0.1)
    case "NAdam": try NAdam(p, lr: 0.05, weightDecay: 0.1)
    case "NAdam decoupled": try NAdam(p, lr: 0.05, weightDecay: 0.1, decoupledWeightDecay: true)
    default: try RAdam(p, lr: 0.05, weightDecay: 0.1)
    }
  }

  /// The loss of `scripts/fixtures.py`: a bowl whose bottom moves from step to step.
  private func loss(_ parameters: [Tensor], _ step: Int) throws -> Tensor {
    var loss = try Tensor.zeros([])
    for p in parameters {
      let positions = try Tensor((0..<p.count).map(Double.init), shape: p.shape)
      let ones = try Tensor.ones(p.shape)
      let offset = try p.sub(try positions.mul(try Tensor([Float(0.1 * Double(step))])))
      let bowl = try positions.add(ones).mul(try offset.mul(offset)).sum()
      loss = try loss.add(try bowl.mul(try Tensor([Float(0.05)], shape: [])))
    }
    return loss
  }

  @Test(arguments: [
    "SGD", "SGD momentum", "SGD dampened", "SGD nesterov", "Adam", "Adam amsgrad", "AdamW", "RMSprop",
    "RMSprop centered", "Adagrad", "Adadelta", "NAdam", "NAdam decoupled", "RAdam",
  ])
  func twentyStepsGoPyTorchsWay(_ name: String) throws {
    let fixture = try Fixture.table("NN/optimizers.txt")
    let parameters = [
      try parameter(try Tensor((0..<7).map { Double($0) - 3 })), try parameter(try Tensor.ones([2, 3])),
    ]
    let optimizer = try make(name, parameters)
    for step in 0..<20 {
      try optimizer.step {
        try optimizer.zeroGrad()
        let loss = try loss(parameters, step)
        try Autograd.backward([loss])
        return try loss.detach().item().double
      }
      guard let record = fixture["\(name) \(step + 1)"] else { continue }
      let values = try parameters.flatMap { try $0.detach().doubles() }
      #expect(
        isClose(values, record.values, relative: 2e-5, absolute: 2e-5),
        "step \(step + 1): \(values) is not \(record.values)")
    }
  }

  @Test func halfPrecisionParametersAreUpdatedToo() throws {
    let p = try parameter(try Tensor.ones([3], dtype: .bfloat16))
    try p.setGrad(try Tensor.ones([3], dtype: .bfloat16))
    try SGD([p], lr: 0.5).step()
    #expect(try p.detach().doubles() == [0.5, 0.5, 0.5])
  }
}
