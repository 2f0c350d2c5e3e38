import Glibc
import NN
import Tensor
import TestSupport
import Testing

/// Schedulers set PyTorch's learning rates and momenta.
@Suite struct SchedulerTests {
  private static let wave = [1.0, 0.9, 0.95, 0.94, 0.93, 0.9, 0.5, 0.5001, 0.49999, 0.6, 0.7, 0.8, 0.2]

  @Test func everySchedulerFollowsPyTorch() throws {
    for record in try Fixture.records("NN/Schedulers/trajectories.txt") {
      let schedule = try Schedule(record.name)
      var values = try schedule.values()
      for step in 1...24 {
        try schedule.step(step)
        values += try schedule.values()
      }
      #expect(isClose(values, record.values, relative: 1e-12, absolute: 1e-17), "\(record.name)")
    }
  }

  @Test func aLoadedStateGoesOn() throws {
    for record in try Fixture.records("NN/Schedulers/trajectories.txt") where !record.name.contains("Plateau") {
      let first = try Schedule(record.name)
      for step in 1...9 { try first.step(step) }
      let second = try Schedule(record.name)
      try second.optimizer.loadStateDict(first.optimizer.stateDict())
      try second.scheduler?.loadStateDict(first.scheduler?.stateDict() ?? [:])
      for step in 10...24 {
        try first.step(step)
        try second.step(step)
        #expect(try second.values() == first.values(), "\(record.name) after \(step)")
      }
      #expect(second.scheduler?.lastRates == first.scheduler?.lastRates)
    }
  }

  @Test func aPlateausStateGoesOn() throws {
    let first = try Schedule("ReduceLROnPlateau")
    for step in 1...9 { try first.step(step) }
    let second = try Schedule("ReduceLROnPlateau")
    try second.optimizer.loadStateDict(first.optimizer.stateDict())
    second.plateau?.loadStateDict(first.plateau?.stateDict() ?? [:])
    for step in 10...24 {
      try first.step(step)
      try second.step(step)
      #expect(try second.values() == first.values())
    }
  }

  @Test func resumingNeedsInitialRates() throws {
    let optimizer = try SGD([try parameter(try Tensor.ones([1]))], lr: 0.1)
    #expect(throws: TensorError.self) { try StepLR(optimizer, stepSize: 2, lastEpoch: 3) }
    for group in optimizer.groups { group["initial_lr"] = 0.1 }
    #expect(try StepLR(optimizer, stepSize: 2, lastEpoch: 3).lastEpoch == 4)
  }

  @Test func badOptionsAreErrors() throws {
    let optimizer = try SGD([try parameter(try Tensor.ones([1]))], lr: 0.1)
    #expect(throws: TensorError.self) { try StepLR(optimizer, stepSize: 0) }
    #expect(throws: TensorError.self) { try CosineAnnealingLR(optimizer, period: 0) }
    #expect(throws: TensorError.self) { try CosineAnnealingWarmRestarts(optimizer, firstPeriod: 0) }
    #expect(throws: TensorError.self) { try OneCycleLR(optimizer, maximum: [0.1, 0.2], totalSteps: 5) }
    #expect(throws: TensorError.self) { try SequentialLR(optimizer, schedulers: [], milestones: []) }
    let other = try SGD([try parameter(try Tensor.ones([1]))], lr: 0.1)
    let scheduler = try ExponentialLR(other, gamma: 0.9)
    #expect(throws: TensorError.self) { try ChainedScheduler([scheduler], optimizer: optimizer) }
    let short = try OneCycleLR(optimizer, maximum: [0.1], totalSteps: 1)
    try short.step()
    #expect(throws: TensorError.self) { try short.step() }
  }

  /// The optimizer and scheduler that a record's name stands for.
  private struct Schedule {
    let optimizer: SGD
    private(set) var scheduler: LRScheduler?
    private(set) var plateau: ReduceLROnPlateau?
    private let name: String

    init(_ name: String) throws {
      self.name = name
      let tensors = try SampleOptimizer.parameters(.float32)
      let o = try SGD(
        groups: [ParameterGroup([tensors[0]]), ParameterGroup([tensors[1]], options: ["lr": 0.02])],
        options: ["lr": 0.1, "momentum": 0.5])
      optimizer = o
      switch name {
      case "StepLR": scheduler = try StepLR(o, stepSize: 4, gamma: 0.3)
      case "MultiStepLR": scheduler = try MultiStepLR(o, milestones: [3, 7, 7, 15], gamma: 0.5)
      case "ExponentialLR": scheduler = try ExponentialLR(o, gamma: 0.9)
      case "ConstantLR": scheduler = try ConstantLR(o, factor: 0.25, totalIterations: 6)
      case "LinearLR": scheduler = try LinearLR(o, startFactor: 0.2, endFactor: 0.9, totalIterations: 7)
      case "PolynomialLR": scheduler = try PolynomialLR(o, totalIterations: 9, power: 2)
      case "CosineAnnealingLR": scheduler = try CosineAnnealingLR(o, period: 6, minimum: 0.001)
      case "CosineAnnealingWarmRestarts":
        scheduler = try CosineAnnealingWarmRestarts(o, firstPeriod: 3, factor: 2, minimum: 0.001)
      case "CosineAnnealingWarmRestarts equal": scheduler = try CosineAnnealingWarmRestarts(o, firstPeriod: 5)
      case "CosineAnnealingWarmRestarts at":
        scheduler = try CosineAnnealingWarmRestarts(o, firstPeriod: 3, factor: 2)
      case "LambdaLR": scheduler = try LambdaLR(o, [{ pow(0.95, Double($0)) }, { 1 / (1 + Double($0)) }])
      case "MultiplicativeLR": scheduler = try MultiplicativeLR(o, [{ 1 - 0.01 * Double($0) }])
      case "OneCycleLR": scheduler = try OneCycleLR(o, maximum: [0.2], totalSteps: 24)
      case "OneCycleLR linear":
        scheduler = try OneCycleLR(o, maximum: [0.2, 0.3], totalSteps: 30, warmUp: 0.4, annealing: .linear)
      case "OneCycleLR three":
        scheduler = try OneCycleLR(o, maximum: [0.2], totalSteps: 24, cyclesMomentum: false, threePhase: true)
      case "CyclicLR function":
        scheduler = try CyclicLR(
          o, base: [0.01], maximum: [0.1], stepsUp: 5, scale: { 1 / ($0 + 1) }, cyclesMomentum: false)
      case "SequentialLR":
        let parts = [
          try LinearLR(o, startFactor: 0.1, totalIterations: 5), try ExponentialLR(o, gamma: 0.9),
          try StepLR(o, stepSize: 2),
        ]
        scheduler = try SequentialLR(o, schedulers: parts, milestones: [5, 15])
      case "SequentialLR cosine":
        let parts = [
          try ConstantLR(o, factor: 0.5, totalIterations: 3), try CosineAnnealingLR(o, period: 8),
          try CosineAnnealingWarmRestarts(o, firstPeriod: 4),
        ]
        scheduler = try SequentialLR(o, schedulers: parts, milestones: [4, 12])
      case "ChainedScheduler":
        scheduler = try ChainedScheduler([
          try ConstantLR(o, factor: 0.1, totalIterations: 5), try ExponentialLR(o, gamma: 0.9),
        ])
      case "ReduceLROnPlateau": plateau = try ReduceLROnPlateau(o, factor: 0.5, patience: 2)
      case "ReduceLROnPlateau max":
        plateau = try ReduceLROnPlateau(
          o, mode: .max, factor: 0.5, patience: 1, threshold: 0.05, thresholdMode: .absolute, cooldown: 2,
          minimumRates: [0.02, 0.001])
      default:
        let mode = CyclicLR.Mode(rawValue: String(name.split(separator: " ")[1])) ?? .triangular
        scheduler = try CyclicLR(
          o, base: [0.01], maximum: [0.1, 0.3], stepsUp: 4, stepsDown: 3, mode: mode, gamma: 0.95)
      }
    }

    func step(_ index: Int) throws {
      try plateau?.step(SchedulerTests.wave[index % SchedulerTests.wave.count])
      if name.hasSuffix(" at"), let cosine = scheduler as? CosineAnnealingWarmRestarts {
        try cosine.step(at: Double(index) * 0.75)
      } else {
        try scheduler?.step()
      }
    }

    func values() throws -> [Double] {
      try optimizer.groups.flatMap { [try $0.learningRate(), try $0.number("momentum")] }
    }
  }
}
