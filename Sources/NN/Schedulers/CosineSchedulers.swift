import Glibc
import OrderedCollections
import Tensor

/// Lets the learning rate fall to `minimum` along a cosine over `period` epochs, and rise again: `T_max`, `eta_min`.
///
/// Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
/// https://arxiv.org/abs/1608.03983
public final class CosineAnnealingLR: LRScheduler {
  public private(set) var period: Int
  public private(set) var minimum: Double

  public init(_ optimizer: Optimizer, period: Int, minimum: Double = 0, lastEpoch: Int = -1) throws {
    guard period != 0 else { throw TensorError("float division by zero", kind: .value) }
    self.period = period
    self.minimum = minimum
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    if isInitial { return currentRates }
    if stepCount == 1 && lastEpoch > 0 {
      return closedForm { cos(Double($0) * .pi / Double(period)) }
    }
    if floorRemainder(lastEpoch - 1 - period, 2 * period) == 0 {
      let rise = 1 - cos(.pi / Double(period))
      return zip(currentRates, baseRates).map { rate, base in rate + (base - minimum) * rise / 2 }
    }
    let ratio =
      (1 + cos(.pi * Double(lastEpoch) / Double(period))) / (1 + cos(.pi * Double(lastEpoch - 1) / Double(period)))
    return currentRates.map { ratio * ($0 - minimum) + minimum }
  }

  override func closedFormRates() -> [Double]? { closedForm { cos(.pi * Double($0) / Double(period)) } }

  private func closedForm(_ cosine: (Int) -> Double) -> [Double] {
    let height = 1 + cosine(lastEpoch)
    return baseRates.map { minimum + ($0 - minimum) * height / 2 }
  }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get { ["T_max": .int(period), "eta_min": .double(minimum)] }
    set {
      if let value = newValue["T_max"]?.int, value != 0 { period = value }
      minimum = newValue["eta_min"]?.double ?? minimum
    }
  }
}

/// A falling cosine that starts again after `period` epochs, each period `factor` times as long as the one before: `T_0`,
/// `T_mult`, `eta_min`.
public final class CosineAnnealingWarmRestarts: LRScheduler {
  public private(set) var firstPeriod: Int
  public private(set) var factor: Int
  public private(set) var minimum: Double
  private var period: Int
  private var position: Int

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
    period = firstPeriod
    position = lastEpoch
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  override func rates() throws -> [Double] {
    baseRates.map { minimum + ($0 - minimum) * (1 + cos(.pi * Double(position) / Double(period))) / 2 }
  }

  override func update(epoch: Int?) throws {
    if let epoch = epoch ?? (lastEpoch < 0 ? 0 : nil) {
      position = epoch
      period = firstPeriod
      while position >= period {
        position -= period
        period = period.multipliedReportingOverflow(by: factor).partialValue
      }
      lastEpoch = epoch - 1
    } else {
      position += 1
      if position >= period {
        position %= period
        period = period.multipliedReportingOverflow(by: factor).partialValue
      }
    }
    try super.update()
  }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get {
      [
        "T_0": .int(firstPeriod), "T_i": .int(period), "T_mult": .int(factor), "eta_min": .double(minimum),
        "T_cur": .int(position),
      ]
    }
    set {
      if let value = newValue["T_0"]?.int, value > 0 { firstPeriod = value }
      if let value = newValue["T_i"]?.int, value > 0 { period = value }
      if let value = newValue["T_mult"]?.int, value > 0 { factor = value }
      minimum = newValue["eta_min"]?.double ?? minimum
      position = newValue["T_cur"]?.int ?? position
    }
  }
}
