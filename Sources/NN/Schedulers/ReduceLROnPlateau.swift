import OrderedCollections
import Tensor

/// Multiplies the learning rate by `factor` when a measure has not improved for `patience` epochs.
public final class ReduceLROnPlateau {
  public enum Mode: String, Sendable {
    case min, max
  }

  /// How an improvement is told from noise: by a share of the best value, or by a difference.
  public enum ThresholdMode: String, Sendable {
    case relative = "rel"
    case absolute = "abs"
  }

  public let optimizer: Optimizer
  public private(set) var mode: Mode
  public private(set) var factor: Double
  public private(set) var patience: Int
  public private(set) var threshold: Double
  public private(set) var thresholdMode: ThresholdMode
  public private(set) var cooldown: Int
  public private(set) var minimumRates: [Double]
  public private(set) var eps: Double
  public private(set) var best: Double
  public private(set) var badEpochs = 0
  public private(set) var cooldownCounter = 0
  public private(set) var lastEpoch = 0
  public private(set) var lastRates: [Double]

  /// - Parameter minimumRates: below which rates do not fall: one for all groups, or one for each.
  public init(
    _ optimizer: Optimizer, mode: Mode = .min, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
    thresholdMode: ThresholdMode = .relative, cooldown: Int = 0, minimumRates: [Double] = [0], eps: Double = 1e-8
  ) throws {
    guard factor < 1 else { throw TensorError("Factor should be < 1.0.", kind: .value) }
    let count = optimizer.groups.count
    guard minimumRates.count == 1 || minimumRates.count == count else {
      throw TensorError("expected \(count) min_lrs, got \(minimumRates.count)", kind: .value)
    }
    self.optimizer = optimizer
    self.mode = mode
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.thresholdMode = thresholdMode
    self.cooldown = cooldown
    self.minimumRates = minimumRates
    self.eps = eps
    best = mode == .min ? .infinity : -.infinity
    lastRates = optimizer.groups.map(\.learningRate)
  }

  /// Takes note of an epoch's measure.
  public func step(_ measure: Double) {
    lastEpoch += 1
    if isBetter(measure) {
      best = measure
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    if cooldownCounter > 0 {
      cooldownCounter -= 1
      badEpochs = 0
    }
    if badEpochs > patience {
      reduce()
      cooldownCounter = cooldown
      badEpochs = 0
    }
    lastRates = optimizer.groups.map(\.learningRate)
  }

  private func reduce() {
    for (index, group) in optimizer.groups.enumerated() {
      let minimum = index < minimumRates.count ? minimumRates[index] : minimumRates[0]
      let old = group.learningRate
      let new = Swift.max(old * factor, minimum)
      if old - new > eps { group.learningRate = new }
    }
  }

  private func isBetter(_ measure: Double) -> Bool {
    switch (mode, thresholdMode) {
    case (.min, .relative): measure < best * (1 - threshold)
    case (.min, .absolute): measure < best - threshold
    case (.max, .relative): measure > best * (threshold + 1)
    case (.max, .absolute): measure > best + threshold
    }
  }

  public func stateDict() -> OrderedDictionary<String, OptimizerValue> {
    [
      "factor": .double(factor), "patience": .int(patience), "cooldown": .int(cooldown), "eps": .double(eps),
      "min_lrs": .doubles(minimumRates), "last_epoch": .int(lastEpoch), "_last_lr": .doubles(lastRates),
      "mode": .string(mode.rawValue), "threshold": .double(threshold),
      "threshold_mode": .string(thresholdMode.rawValue), "best": .double(best),
      "cooldown_counter": .int(cooldownCounter), "num_bad_epochs": .int(badEpochs),
    ]
  }

  public func loadStateDict(_ state: OrderedDictionary<String, OptimizerValue>) {
    factor = state["factor"]?.double ?? factor
    patience = state["patience"]?.int ?? patience
    cooldown = state["cooldown"]?.int ?? cooldown
    eps = state["eps"]?.double ?? eps
    if let rates = state["min_lrs"]?.elements?.compactMap(\.double), !rates.isEmpty { minimumRates = rates }
    lastEpoch = state["last_epoch"]?.int ?? lastEpoch
    if let rates = state["_last_lr"]?.elements { lastRates = rates.compactMap(\.double) }
    mode = state["mode"]?.string.flatMap(Mode.init) ?? mode
    threshold = state["threshold"]?.double ?? threshold
    thresholdMode = state["threshold_mode"]?.string.flatMap(ThresholdMode.init) ?? thresholdMode
    best = state["best"]?.double ?? best
    cooldownCounter = state["cooldown_counter"]?.int ?? cooldownCounter
    badEpochs = state["num_bad_epochs"]?.int ?? badEpochs
  }
}
