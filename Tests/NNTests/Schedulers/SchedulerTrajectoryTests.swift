import Glibc
import NN
import Tensor
import TestSupport
import Testing

/// Each scheduler sets the rates that PyTorch's sets.
@Suite struct SchedulerTrajectoryTests {
  private func optimizer() throws -> SGD {
    let groups = [
      ParameterGroup([try parameter(try Tensor.ones([1]))]),
      ParameterGroup([try parameter(try Tensor.ones([1]))], options: ["lr": 0.02]),
    ]
    return try SGD(groups: groups, options: ["lr": 0.1, "momentum": 0.9])
  }

  private func rates(_ optimizer: Optimizer) -> [Double] { optimizer.groups.map { $0["lr"]?.number ?? .nan } }

  private func make(_ name: String, _ o: Optimizer) throws -> LRScheduler {
    switch name {
    case "StepLR": try StepLR(o, stepSize: 5, gamma: 0.5)
    case "MultiStepLR": try MultiStepLR(o, milestones: [3, 8, 8, 15], gamma: 0.5)
    case "ExponentialLR": try ExponentialLR(o, gamma: 0.9)
    case "ConstantLR": try ConstantLR(o, factor: 0.25, totalIterations: 6)
    case "LinearLR": try LinearLR(o, startFactor: 0.1, endFactor: 0.8, totalIterations: 9)
    case "PolynomialLR": try PolynomialLR(o, totalIterations: 12, power: 2)
    case "CosineAnnealingLR": try CosineAnnealingLR(o, period: 7, minimum: 0.01)
    case "CosineAnnealingWarmRestarts": try CosineAnnealingWarmRestarts(o, firstPeriod: 3, factor: 2, minimum: 0.01)
    case "LambdaLR": try LambdaLR(o, [{ pow(0.9, Double($0)) }, { 1 / (1 + Double($0)) }])
    case "MultiplicativeLR": try MultiplicativeLR(o, [{ _ in 0.9 }])
    case "SequentialLR":
      try SequentialLR(
        o,
        schedulers: [
          try LinearLR(o, startFactor: 0.1, endFactor: 1, totalIterations: 4), try ExponentialLR(o, gamma: 0.8),
          try CosineAnnealingLR(o, period: 6),
        ], milestones: [4, 10])
    case "ChainedScheduler":
      try ChainedScheduler([try ConstantLR(o, factor: 0.1, totalIterations: 3), try ExponentialLR(o, gamma: 0.9)])
    case "OneCycleLR": try OneCycleLR(o, maximum: [0.5], totalSteps: 25)
    default: try OneCycleLR(o, maximum: [0.5, 0.3], totalSteps: 25, annealing: .linear, threePhase: true)
    }
  }

  @Test(arguments: [
    "StepLR", "MultiStepLR", "ExponentialLR", "ConstantLR", "LinearLR", "PolynomialLR", "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts", "LambdaLR", "MultiplicativeLR", "SequentialLR", "ChainedScheduler", "OneCycleLR",
    "OneCycleLR linear",
  ])
  func ratesAndMomentaFollowPyTorchs(_ name: String) throws {
    let record = try #require(try Fixture.table("NN/schedulers.txt")[name])
    let optimizer = try optimizer()
    let scheduler = try make(name, optimizer)
    var rows: [Double] = []
    for _ in 0..<24 {
      rows += rates(optimizer) + [optimizer.groups[0]["momentum"]?.number ?? .nan]
      try optimizer.step()
      try scheduler.step()
    }
    #expect(isClose(rows, record.values, relative: 1e-12, absolute: 1e-15), "\(rows) is not \(record.values)")
  }

  @Test func aPlateauReducesTheRate() throws {
    let record = try #require(try Fixture.table("NN/schedulers.txt")["ReduceLROnPlateau"])
    let optimizer = try optimizer()
    let scheduler = try ReduceLROnPlateau(optimizer, factor: 0.5, patience: 2, cooldown: 1)
    let measures = [5, 4, 3, 3, 3, 3, 3, 2.9999, 3, 3, 3, 3]
    var rows: [Double] = []
    for epoch in 0..<24 {
      rows += rates(optimizer) + [0.9]
      try scheduler.step(measures[epoch % 12])
    }
    #expect(isClose(rows, record.values, relative: 1e-12, absolute: 1e-15), "\(rows) is not \(record.values)")
  }
}
