import Glibc
import OrderedCollections
import Tensor

/// Lets the learning rate fall to `minimum` along a cosine over `period` epochs, and rise again: `T_max`, `eta_min`.
///
/// Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
/// https://arxiv.org/abs/1608.03983
public final class CosineAnnealingLR: LRScheduler {
  /// How many epochs the rate falls: `T_max`.
  public private(set) var period: Int
  /// The rate at the bottom: `eta_min`.
  public private(set) var minimum: Double

  /// - Parameters:
  ///   - period: how many epochs the rate falls, not 0: `T_max`.
  ///   - minimum: the rate at the bottom: `eta_min`.
  ///   - lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` for a `period` of 0, or where rates to go on from are missing.
  public init(_ optimizer: Optimizer, period: Int, minimum: Double = 0, lastEpoch: Int = -1) throws {
    guard period != 0 else { throw TensorError("float division by zero", kind: .value) }
    self.period = period
    self.minimum = minimum
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    if isInitial { return try currentRates() }
    let (epoch, length) = (Double(lastEpoch), Double(period))
    if stepCount == 1 && lastEpoch > 0 { return closedForm(cos(epoch * .pi / length)) }
    // At the bottom the formula below would divide by zero.
    if (epoch - 1 - length).truncatingRemainder(dividingBy: 2 * length) == 0 {
      let rise = 1 - cos(.pi / length)
      return zip(try currentRates(), baseRates).map { rate, base in rate + (base - minimum) * rise / 2 }
    }
    let ratio = (1 + cos(.pi * epoch / length)) / (1 + cos(.pi * (epoch - 1) / length))
    return try currentRates().map { ratio * ($0 - minimum) + minimum }
  }

  override func closedFormRates() -> [Double]? { closedForm(cos(.pi * Double(lastEpoch) / Double(period))) }

  private func closedForm(_ cosine: Double) -> [Double] {
    baseRates.map { minimum + ($0 - minimum) * (1 + cosine) / 2 }
  }

  override var configuration: StateDictionary {
    get { ["T_max": .integer(period), "eta_min": .double(minimum)] }
    set {
      if let value = newValue["T_max"]?.integer, value != 0 { period = value }
      minimum = newValue["eta_min"]?.number ?? minimum
    }
  }
}

/// A falling cosine that starts again after `period` epochs, each period `factor` times as long as the one before: `T_0`,
/// `T_mult`, `eta_min`.
public final class CosineAnnealingWarmRestarts: LRScheduler {
  /// The length of the first period, in epochs: `T_0`.
  public private(set) var firstPeriod: Int
  /// How many times as long as the one before each period is: `T_mult`.
  public private(set) var factor: Int
  /// The rate at the end of a period: `eta_min`.
  public private(set) var minimum: Double
  /// The length of the current period, and how far into it the schedule is; epochs may be fractions.
  private var period: Double
  private var position: Double

  /// - Throws: ``TensorError`` unless both `firstPeriod` and `factor` are positive.
  public init(
    _ optimizer: Optimizer, firstPeriod: Int, factor: Int = 1, minimum: Double = 0, lastEpoch: Int = -1
  ) throws {
    guard firstPeriod > 0 else {
      throw TensorError("Expected positive integer T_0, but got \(firstPeriod)", kind: .value)
    }
    guard factor >= 1 else { throw TensorError("Expected integer T_mult >= 1, but got \(factor)", kind: .value) }
    self.firstPeriod = firstPeriod
    self.factor = factor
    self.minimum = minimum
    period = Double(firstPeriod)
    position = Double(lastEpoch)
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    baseRates.map { minimum + ($0 - minimum) * (1 + cos(.pi * position / period)) / 2 }
  }

  public override func step(epoch: Int? = nil) throws {
    if let epoch = epoch ?? (lastEpoch < 0 ? 0 : nil) { return try step(at: Double(epoch)) }
    position += 1
    if position >= period {
      position = position.truncatingRemainder(dividingBy: period)
      period *= Double(factor)
    }
    try update()
  }

  /// Goes to `epoch`, which may lie between two: `step(epoch + batch / batches)`.
  public func step(at epoch: Double) throws {
    guard epoch >= 0 else {
      throw TensorError("Expected non-negative epoch, but got \(pythonText(epoch))", kind: .value)
    }
    let (first, factor) = (Double(firstPeriod), Double(self.factor))
    if epoch < first {
      (position, period) = (epoch, first)
    } else if factor == 1 {
      (position, period) = (epoch.truncatingRemainder(dividingBy: first), first)
    } else {
      let restarts = (log(epoch / first * (factor - 1) + 1) / log(factor)).rounded(.towardZero)
      position = epoch - first * (pow(factor, restarts) - 1) / (factor - 1)
      period = first * pow(factor, restarts)
    }
    try update(epoch: Int(Int64(clampingTruncation: epoch.rounded(.down))))
  }

  override var configuration: StateDictionary {
    get {
      [
        "T_0": .integer(firstPeriod), "T_i": .shortest(period), "T_mult": .integer(factor),
        "eta_min": .double(minimum), "T_cur": .shortest(position),
      ]
    }
    set {
      if let value = newValue["T_0"]?.integer, value > 0 { firstPeriod = value }
      if let value = newValue["T_i"]?.number, value > 0 { period = value }
      if let value = newValue["T_mult"]?.integer, value > 0 { factor = value }
      minimum = newValue["eta_min"]?.number ?? minimum
      position = newValue["T_cur"]?.number ?? position
    }
  }
}
