import Glibc
import OrderedCollections
import Tensor

/// Raises the learning rate to a maximum and lets it fall far below where it began, in one cycle of `totalSteps` steps, while
/// momentum goes the other way.
///
/// Source: Smith and Topin, "Super-convergence", 2018, https://arxiv.org/abs/1708.07120
public final class OneCycleLR: LRScheduler {
  public enum Annealing: String, Sendable {
    case cosine = "cos"
    case linear
  }

  /// A stretch of the cycle: between which entries of a group the rate and momentum move.
  private struct Phase {
    let end: Double
    let rates: (from: String, to: String)
    let momenta: (from: String, to: String)
  }

  public private(set) var totalSteps: Int
  private let phases: [Phase]
  private let annealing: Annealing
  private let cyclesMomentum: Bool
  private let usesBetas: Bool

  /// - Parameters:
  ///   - maximum: the largest rate of all groups, or of each.
  ///   - warmUp: the share of the cycle in which the rate rises: `pct_start`.
  ///   - divisor, finalDivisor: from the maximum to the initial rate, and from there to the last one.
  public init(
    _ optimizer: Optimizer, maximum: [Double], totalSteps: Int, warmUp: Double = 0.3, annealing: Annealing = .cosine,
    cyclesMomentum: Bool = true, baseMomentum: [Double] = [0.85], maximumMomentum: [Double] = [0.95],
    divisor: Double = 25, finalDivisor: Double = 1e4, threePhase: Bool = false, lastEpoch: Int = -1
  ) throws {
    guard totalSteps > 0 else {
      throw TensorError("Expected positive integer total_steps, but got \(totalSteps)", kind: .value)
    }
    guard warmUp >= 0 && warmUp <= 1 else {
      throw TensorError("Expected float between 0 and 1 pct_start, but got \(pythonText(warmUp))", kind: .value)
    }
    self.totalSteps = totalSteps
    self.annealing = annealing
    self.cyclesMomentum = cyclesMomentum
    usesBetas = optimizer.defaults["betas"] != nil
    phases = OneCycleLR.phases(totalSteps, warmUp, threePhase)
    if cyclesMomentum && !usesBetas && optimizer.defaults["momentum"] == nil {
      throw TensorError(
        "optimizer must support momentum or beta1 with `cycle_momentum` option enabled", kind: .value)
    }
    if lastEpoch == -1 {
      let rates = try OneCycleLR.perGroup("max_lr", optimizer, maximum)
      let high = try OneCycleLR.perGroup("max_momentum", optimizer, maximumMomentum)
      let low = try OneCycleLR.perGroup("base_momentum", optimizer, baseMomentum)
      for (index, group) in optimizer.groups.enumerated() {
        group["initial_lr"] = .double(rates[index] / divisor)
        group["max_lr"] = .double(rates[index])
        group["min_lr"] = .double(rates[index] / divisor / finalDivisor)
        guard cyclesMomentum else { continue }
        group.setMomentum(high[index], usesBetas)
        group["max_momentum"] = .double(high[index])
        group["base_momentum"] = .double(low[index])
      }
    }
    try super.init(optimizer, lastEpoch: lastEpoch)
    try takeInitialStep()
  }

  private static func phases(_ total: Int, _ warmUp: Double, _ isThreePhase: Bool) -> [Phase] {
    let rise = Phase(
      end: warmUp * Double(total) - 1, rates: ("initial_lr", "max_lr"), momenta: ("max_momentum", "base_momentum"))
    let last = Double(total - 1)
    guard isThreePhase else {
      return [rise, Phase(end: last, rates: ("max_lr", "min_lr"), momenta: ("base_momentum", "max_momentum"))]
    }
    return [
      rise,
      Phase(
        end: 2 * warmUp * Double(total) - 2, rates: ("max_lr", "initial_lr"),
        momenta: ("base_momentum", "max_momentum")),
      Phase(end: last, rates: ("initial_lr", "min_lr"), momenta: ("max_momentum", "max_momentum")),
    ]
  }

  private static func perGroup(_ name: String, _ optimizer: Optimizer, _ values: [Double]) throws -> [Double] {
    let count = optimizer.groups.count
    if values.count == 1 { return Array(repeating: values[0], count: count) }
    guard values.count == count else {
      throw TensorError(
        "\(name) must have the same length as optimizer.param_groups: \(count) != \(values.count)", kind: .value)
    }
    return values
  }

  override func rates() throws -> [Double] {
    guard lastEpoch <= totalSteps else {
      throw TensorError(
        "Tried to step \(lastEpoch) times. The specified number of total steps is \(totalSteps)", kind: .value)
    }
    var start = 0.0
    var phase = phases[phases.count - 1]
    for candidate in phases {
      phase = candidate
      if Double(lastEpoch) <= candidate.end { break }
      if candidate.end != phases[phases.count - 1].end { start = candidate.end }
    }
    let share = (Double(lastEpoch) - start) / (phase.end - start)
    return optimizer.groups.map { group in
      if cyclesMomentum {
        group.setMomentum(
          annealed(group.double(phase.momenta.from), group.double(phase.momenta.to), share), usesBetas)
      }
      return annealed(group.double(phase.rates.from), group.double(phase.rates.to), share)
    }
  }

  private func annealed(_ start: Double, _ end: Double, _ share: Double) -> Double {
    switch annealing {
    case .cosine: end + (start - end) / 2 * (cos(.pi * share) + 1)
    case .linear: (end - start) * share + start
    }
  }

  override var configuration: OrderedDictionary<String, OptimizerValue> {
    get {
      [
        "total_steps": .int(totalSteps), "_anneal_func_type": .string(annealing.rawValue),
        "cycle_momentum": .bool(cyclesMomentum), "use_beta1": .bool(usesBetas),
      ]
    }
    set { totalSteps = newValue["total_steps"]?.int ?? totalSteps }
  }
}

extension ParameterGroup {
  /// Sets what the optimizer uses as momentum.
  fileprivate func setMomentum(_ value: Double, _ usesBetas: Bool) {
    if usesBetas {
      self["betas"] = .tuple([.double(value)] + (self["betas"].elements ?? []).dropFirst())
    } else {
      self["momentum"] = .double(value)
    }
  }
}
