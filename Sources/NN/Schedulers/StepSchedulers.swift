import Glibc
import OrderedCollections
import Tensor

/// Multiplies the learning rate by `gamma` every `stepSize` epochs.
public final class StepLR: LRScheduler {
  /// How many epochs lie between two changes.
  public private(set) var stepSize: Int
  /// What the rate is multiplied by at each change.
  public private(set) var gamma: Double

  /// - Parameter lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` for a `stepSize` of 0, or where rates to go on from are missing.
  public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1, lastEpoch: Int = -1) throws {
    guard stepSize != 0 else { throw TensorError("integer modulo by zero", kind: .value) }
    self.stepSize = stepSize
    self.gamma = gamma
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    try currentRates(times: lastEpoch == 0 || !lastEpoch.isMultiple(of: stepSize) ? 1 : gamma)
  }

  override func closedFormRates() -> [Double]? {
    let power = (Double(lastEpoch) / Double(stepSize)).rounded(.down)
    return baseRates.map { $0 * pow(gamma, power) }
  }

  override var configuration: StateDictionary {
    get { ["step_size": .integer(stepSize), "gamma": .double(gamma)] }
    set {
      if let value = newValue["step_size"]?.integer, value != 0 { stepSize = value }
      gamma = newValue["gamma"]?.number ?? gamma
    }
  }
}

/// Multiplies the learning rate by `gamma` at each of the epochs in `milestones`.
public final class MultiStepLR: LRScheduler {
  /// How often each epoch is among the milestones.
  public private(set) var milestones: OrderedDictionary<Int, Int> = [:]
  /// What the rate is multiplied by at each milestone.
  public private(set) var gamma: Double

  /// - Parameters:
  ///   - milestones: the epochs of a change, in any order; an epoch that stands there twice changes the rate twice.
  ///   - lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` where rates to go on from are missing.
  public init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1, lastEpoch: Int = -1) throws {
    for milestone in milestones { self.milestones[milestone, default: 0] += 1 }
    self.gamma = gamma
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    try currentRates(times: pow(gamma, Double(milestones[lastEpoch] ?? 0)))
  }

  override func closedFormRates() -> [Double]? {
    let passed = milestones.reduce(0) { $1.key <= lastEpoch ? $0 &+ $1.value : $0 }
    return baseRates.map { $0 * pow(gamma, Double(passed)) }
  }

  override var configuration: StateDictionary {
    get {
      let counts = milestones.map { (StateKey.int(Int64($0.key)), StateValue.integer($0.value)) }
      return [
        "milestones": .dictionary(StateDictionary(uniqueKeysWithValues: counts)), "gamma": .double(gamma),
      ]
    }
    set {
      if let counts = newValue["milestones"]?.dictionary {
        milestones = [:]
        for case (.int(let epoch), let count) in counts { milestones[Int(epoch)] = count.integer ?? 1 }
      }
      gamma = newValue["gamma"]?.number ?? gamma
    }
  }
}

/// Multiplies the learning rate by `gamma` every epoch.
public final class ExponentialLR: LRScheduler {
  /// What the rate is multiplied by every epoch.
  public private(set) var gamma: Double

  /// - Parameter lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` where rates to go on from are missing.
  public init(_ optimizer: Optimizer, gamma: Double, lastEpoch: Int = -1) throws {
    self.gamma = gamma
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] { try currentRates(times: isInitial ? 1 : gamma) }

  override func closedFormRates() -> [Double]? { baseRates.map { $0 * pow(gamma, Double(lastEpoch)) } }

  override var configuration: StateDictionary {
    get { ["gamma": .double(gamma)] }
    set { gamma = newValue["gamma"]?.number ?? gamma }
  }
}

/// Multiplies the learning rate by `factor` for the first `totalIterations` epochs.
public final class ConstantLR: LRScheduler {
  /// What the rate is multiplied by at first.
  public private(set) var factor: Double
  /// After how many epochs the rate is the initial one again.
  public private(set) var totalIterations: Int

  /// - Parameter lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` for a `factor` outside of 0 to 1, or where rates to go on from are missing.
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
    try currentRates(times: lastEpoch == 0 ? factor : lastEpoch == totalIterations ? 1 / factor : 1)
  }

  override func closedFormRates() -> [Double]? {
    baseRates.map { $0 * (factor + (lastEpoch >= totalIterations ? 1 - factor : 0)) }
  }

  override var configuration: StateDictionary {
    get { ["factor": .double(factor), "total_iters": .integer(totalIterations)] }
    set {
      factor = newValue["factor"]?.number ?? factor
      totalIterations = newValue["total_iters"]?.integer ?? totalIterations
    }
  }
}

/// Moves the factor of the learning rate linearly from `startFactor` to `endFactor` over `totalIterations` epochs.
public final class LinearLR: LRScheduler {
  /// The factor of the initial rate in the first epoch.
  public private(set) var startFactor: Double
  /// The factor of the initial rate from epoch ``totalIterations`` on.
  public private(set) var endFactor: Double
  /// Over how many epochs the factor moves.
  public private(set) var totalIterations: Int

  /// - Parameter lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` for factors outside of 0 to 1, a `startFactor` of 0, or where rates to go on from are
  ///   missing.
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
    if lastEpoch == 0 { return try currentRates(times: startFactor) }
    if isInitial || lastEpoch > totalIterations { return try currentRates() }
    let change = endFactor - startFactor
    let before = Double(totalIterations) * startFactor + (Double(lastEpoch) - 1) * change
    return try currentRates(times: 1 + change / before)
  }

  override func closedFormRates() -> [Double]? {
    let share = Double(min(totalIterations, lastEpoch)) / Double(totalIterations)
    return baseRates.map { $0 * (startFactor + (endFactor - startFactor) * share) }
  }

  override var configuration: StateDictionary {
    get {
      [
        "start_factor": .double(startFactor), "end_factor": .double(endFactor),
        "total_iters": .integer(totalIterations),
      ]
    }
    set {
      startFactor = newValue["start_factor"]?.number ?? startFactor
      endFactor = newValue["end_factor"]?.number ?? endFactor
      totalIterations = newValue["total_iters"]?.integer ?? totalIterations
    }
  }
}

/// Lets the learning rate fall to 0 over `totalIterations` epochs like a power of what is left.
public final class PolynomialLR: LRScheduler {
  /// Over how many epochs the rate falls.
  public private(set) var totalIterations: Int
  /// The power of the share of epochs that are left; 1 makes the rate fall along a straight line.
  public private(set) var power: Double

  /// - Parameter lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` where rates to go on from are missing.
  public init(_ optimizer: Optimizer, totalIterations: Int = 5, power: Double = 1, lastEpoch: Int = -1) throws {
    self.totalIterations = totalIterations
    self.power = power
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    if isInitial || lastEpoch > totalIterations { return try currentRates() }
    let total = Double(totalIterations)
    let factor = pow((1 - Double(lastEpoch) / total) / (1 - (Double(lastEpoch) - 1) / total), power)
    return try currentRates(times: factor)
  }

  override func closedFormRates() -> [Double]? {
    let left = 1 - Double(min(totalIterations, lastEpoch)) / Double(totalIterations)
    return baseRates.map { $0 * pow(left, power) }
  }

  override var configuration: StateDictionary {
    get { ["total_iters": .integer(totalIterations), "power": .double(power)] }
    set {
      totalIterations = newValue["total_iters"]?.integer ?? totalIterations
      power = newValue["power"]?.number ?? power
    }
  }
}
