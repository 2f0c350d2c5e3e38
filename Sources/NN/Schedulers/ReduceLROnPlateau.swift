import OrderedCollections
import Tensor

/// Multiplies the learning rate by `factor` when a measure has not improved for `patience` epochs.
public final class ReduceLROnPlateau {
  /// Which values of the measure are better: small ones, as of a loss, or large ones, as of an accuracy.
  public enum Mode: String, Sendable {
    /// Smaller is better, or larger is.
    case min, max
  }

  /// How an improvement is told from noise: by a share of the best value, or by a difference.
  public enum ThresholdMode: String, Sendable {
    /// A value must be better than the best by the share `threshold` of it.
    case relative = "rel"
    /// A value must be better than the best by `threshold`.
    case absolute = "abs"
  }

  /// Whose learning rates are changed.
  public let optimizer: Optimizer
  /// Which values of the measure are better.
  public private(set) var mode: Mode
  /// What a rate is multiplied by.
  public private(set) var factor: Double
  /// How many epochs in a row may bring no improvement.
  public private(set) var patience: Int
  /// By how much a value must be better than the best to count as an improvement.
  public private(set) var threshold: Double
  /// Whether ``threshold`` is a share of the best value or a difference.
  public private(set) var thresholdMode: ThresholdMode
  /// For how many epochs after a change nothing is counted.
  public private(set) var cooldown: Int
  /// Below which rates do not fall: one for all groups, or one for each.
  public private(set) var minimumRates: [Double]
  /// A change of a rate that is smaller than this is left out.
  public private(set) var eps: Double
  /// The best value so far; infinitely bad before the first.
  public private(set) var best: Double
  /// How many epochs in a row have brought no improvement.
  public private(set) var badEpochs = 0
  /// How many epochs of ``cooldown`` are left.
  public private(set) var cooldownCounter = 0
  /// How many epochs have been noted.
  public private(set) var lastEpoch = 0
  /// The learning rates of the groups after the last epoch: `get_last_lr()`.
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
    lastRates = try optimizer.groups.map { try $0.learningRate() }
  }

  /// Takes note of an epoch's measure.
  public func step(_ measure: Double) throws {
    lastEpoch &+= 1
    if isBetter(measure) {
      best = measure
      badEpochs = 0
    } else {
      badEpochs &+= 1
    }
    if cooldownCounter > 0 {
      cooldownCounter &-= 1
      badEpochs = 0
    }
    if badEpochs > patience {
      try reduce()
      cooldownCounter = cooldown
      badEpochs = 0
    }
    lastRates = try optimizer.groups.map { try $0.learningRate() }
  }

  private func reduce() throws {
    for (index, group) in optimizer.groups.enumerated() {
      let old = try group.learningRate()
      let new = Swift.max(old * factor, minimumRate(index))
      if old - new > eps { try group.setLearningRate(new) }
    }
  }

  private func minimumRate(_ group: Int) -> Double {
    group < minimumRates.count ? minimumRates[group] : minimumRates[0]
  }

  private func isBetter(_ measure: Double) -> Bool {
    switch (mode, thresholdMode) {
    case (.min, .relative): measure < best * (1 - threshold)
    case (.min, .absolute): measure < best - threshold
    case (.max, .relative): measure > best * (threshold + 1)
    case (.max, .absolute): measure > best + threshold
    }
  }

  /// What is needed to go on, by PyTorch's names.
  public func stateDict() -> StateDictionary {
    [
      "factor": .double(factor), "default_min_lr": minimumRates.count == 1 ? .double(minimumRates[0]) : .none,
      "min_lrs": StateValue(optimizer.groups.indices.map(minimumRate)), "patience": .integer(patience),
      "cooldown": .integer(cooldown), "eps": .double(eps), "last_epoch": .integer(lastEpoch),
      "_last_lr": StateValue(lastRates), "mode_worse": .double(mode == .min ? .infinity : -.infinity),
      "mode": .string(mode.rawValue), "threshold": .double(threshold),
      "threshold_mode": .string(thresholdMode.rawValue), "best": .double(best),
      "cooldown_counter": .integer(cooldownCounter), "num_bad_epochs": .integer(badEpochs),
    ]
  }

  /// Takes over what ``stateDict()`` gave, here or in PyTorch. What it lacks stays.
  public func loadStateDict(_ state: StateDictionary) {
    factor = state["factor"]?.number ?? factor
    patience = state["patience"]?.integer ?? patience
    cooldown = state["cooldown"]?.integer ?? cooldown
    eps = state["eps"]?.number ?? eps
    if let rates = state["min_lrs"]?.numbers, !rates.isEmpty { minimumRates = rates }
    lastEpoch = state["last_epoch"]?.integer ?? lastEpoch
    lastRates = state["_last_lr"]?.numbers ?? lastRates
    mode = state["mode"]?.string.flatMap(Mode.init) ?? mode
    threshold = state["threshold"]?.number ?? threshold
    thresholdMode = state["threshold_mode"]?.string.flatMap(ThresholdMode.init) ?? thresholdMode
    best = state["best"]?.number ?? best
    cooldownCounter = state["cooldown_counter"]?.integer ?? cooldownCounter
    badEpochs = state["num_bad_epochs"]?.integer ?? badEpochs
  }
}
