import Glibc
import OrderedCollections
import Tensor

/// Multiplies the learning rate by `gamma` every `stepSize` epochs.
public final class StepLR: LRScheduler {
  public private(set) var stepSize: Int
  public private(set) var gamma: Double

  public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1, lastEpoch: Int = -1) throws {
    guard stepSize != 0 else { throw TensorError("integer modulo by zero", kind: .value) }
    self.stepSize = stepSize
    self.gamma = gamma
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    lastEpoch == 0 || lastEpoch % stepSize != 0 ? currentRates : currentRates.map { $0 * gamma }
  }

  override func closedFormRates() -> [Double]? {
    let power = (Double(lastEpoch) / Double(stepSize)).rounded(.down)
    return baseRates.map { $0 * pow(gamma, power) }
  }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get { ["step_size": .int(stepSize), "gamma": .double(gamma)] }
    set {
      if let value = newValue["step_size"]?.int, value != 0 { stepSize = value }
      gamma = newValue["gamma"]?.double ?? gamma
    }
  }
}

/// Multiplies the learning rate by `gamma` at each of the epochs in `milestones`.
public final class MultiStepLR: LRScheduler {
  /// How often each epoch is among the milestones.
  public private(set) var milestones: OrderedDictionary<Int, Int> = [:]
  public private(set) var gamma: Double

  public init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1, lastEpoch: Int = -1) throws {
    for milestone in milestones { self.milestones[milestone, default: 0] += 1 }
    self.gamma = gamma
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    guard let count = milestones[lastEpoch] else { return currentRates }
    return currentRates.map { $0 * pow(gamma, Double(count)) }
  }

  override func closedFormRates() -> [Double]? {
    let passed = milestones.reduce(0) { $1.key <= lastEpoch ? $0 + $1.value : $0 }
    return baseRates.map { $0 * pow(gamma, Double(passed)) }
  }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get {
      let counts = milestones.map { (String($0.key), OptimizerValue.int($0.value)) }
      return [
        "milestones": .dictionary(OrderedDictionary(uniqueKeysWithValues: counts)), "gamma": .double(gamma),
      ]
    }
    set {
      if case .dictionary(let counts) = newValue["milestones"] {
        milestones = [:]
        for (epoch, count) in counts { if let epoch = Int(epoch) { milestones[epoch] = count.int ?? 1 } }
      }
      gamma = newValue["gamma"]?.double ?? gamma
    }
  }
}

/// Multiplies the learning rate by `gamma` every epoch.
public final class ExponentialLR: LRScheduler {
  public private(set) var gamma: Double

  public init(_ optimizer: Optimizer, gamma: Double, lastEpoch: Int = -1) throws {
    self.gamma = gamma
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] { isInitial ? currentRates : currentRates.map { $0 * gamma } }

  override func closedFormRates() -> [Double]? { baseRates.map { $0 * pow(gamma, Double(lastEpoch)) } }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get { ["gamma": .double(gamma)] }
    set { gamma = newValue["gamma"]?.double ?? gamma }
  }
}

/// Multiplies the learning rate by `factor` for the first `totalIterations` epochs.
public final class ConstantLR: LRScheduler {
  public private(set) var factor: Double
  public private(set) var totalIterations: Int

  public init(
    _ optimizer: Optimizer, factor: Double = 1.0 / 3, totalIterations: Int = 5, lastEpoch: Int = -1
  ) throws {
    guard factor >= 0 && factor <= 1 else {
      throw TensorError("Constant multiplicative factor expected to be between 0 and 1.", kind: .value)
    }
    self.factor = factor
    self.totalIterations = totalIterations
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    if lastEpoch == 0 { return currentRates.map { $0 * factor } }
    return lastEpoch == totalIterations ? currentRates.map { $0 * (1 / factor) } : currentRates
  }

  override func closedFormRates() -> [Double]? {
    baseRates.map { $0 * (factor + (lastEpoch >= totalIterations ? 1 - factor : 0)) }
  }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get { ["factor": .double(factor), "total_iters": .int(totalIterations)] }
    set {
      factor = newValue["factor"]?.double ?? factor
      totalIterations = newValue["total_iters"]?.int ?? totalIterations
    }
  }
}

/// Moves the factor of the learning rate linearly from `startFactor` to `endFactor` over `totalIterations` epochs.
public final class LinearLR: LRScheduler {
  public private(set) var startFactor: Double
  public private(set) var endFactor: Double
  public private(set) var totalIterations: Int

  public init(
    _ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, totalIterations: Int = 5,
    lastEpoch: Int = -1
  ) throws {
    guard startFactor > 0 && startFactor <= 1 else {
      throw TensorError(
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.", kind: .value)
    }
    guard endFactor >= 0 && endFactor <= 1 else {
      throw TensorError("Ending multiplicative factor expected to be between 0 and 1.", kind: .value)
    }
    self.startFactor = startFactor
    self.endFactor = endFactor
    self.totalIterations = totalIterations
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    if lastEpoch == 0 { return currentRates.map { $0 * startFactor } }
    if isInitial || lastEpoch > totalIterations { return currentRates }
    let change = endFactor - startFactor
    let before = Double(totalIterations) * startFactor + Double(lastEpoch - 1) * change
    return currentRates.map { $0 * (1 + change / before) }
  }

  override func closedFormRates() -> [Double]? {
    let share = Double(min(totalIterations, lastEpoch)) / Double(totalIterations)
    return baseRates.map { $0 * (startFactor + (endFactor - startFactor) * share) }
  }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get {
      [
        "start_factor": .double(startFactor), "end_factor": .double(endFactor), "total_iters": .int(totalIterations),
      ]
    }
    set {
      startFactor = newValue["start_factor"]?.double ?? startFactor
      endFactor = newValue["end_factor"]?.double ?? endFactor
      totalIterations = newValue["total_iters"]?.int ?? totalIterations
    }
  }
}

/// Lets the learning rate fall to 0 over `totalIterations` epochs like a power of what is left.
public final class PolynomialLR: LRScheduler {
  public private(set) var totalIterations: Int
  public private(set) var power: Double

  public init(_ optimizer: Optimizer, totalIterations: Int = 5, power: Double = 1, lastEpoch: Int = -1) throws {
    self.totalIterations = totalIterations
    self.power = power
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    if isInitial || lastEpoch > totalIterations { return currentRates }
    let total = Double(totalIterations)
    let factor = pow((1 - Double(lastEpoch) / total) / (1 - Double(lastEpoch - 1) / total), power)
    return currentRates.map { $0 * factor }
  }

  override func closedFormRates() -> [Double]? {
    let left = 1 - Double(min(totalIterations, lastEpoch)) / Double(totalIterations)
    return baseRates.map { $0 * pow(left, power) }
  }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get { ["total_iters": .int(totalIterations), "power": .double(power)] }
    set {
      totalIterations = newValue["total_iters"]?.int ?? totalIterations
      power = newValue["power"]?.double ?? power
    }
  }
}
