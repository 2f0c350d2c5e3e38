import Glibc
import OrderedCollections
import Tensor

/// Raises the learning rate to a maximum and lets it fall far below where it began, in one cycle of `totalSteps` steps, while
/// momentum goes the other way.
///
/// Source: Smith and Topin, "Super-convergence", 2018, https://arxiv.org/abs/1708.07120
public final class OneCycleLR: LRScheduler {
  /// The curve between two rates: `anneal_strategy`.
  public enum Annealing: String, Sendable {
    /// Half a period of a cosine: slow at both ends.
    case cosine = "cos"
    /// A straight line.
    case linear
  }

  /// A stretch of the cycle: between which entries of a group the rate and momentum move.
  private struct Phase {
    let end: Double
    let rates: (from: String, to: String)
    let momenta: (from: String, to: String)

    var state: StateValue {
      [
        "end_step": .double(end), "start_lr": .string(rates.from), "end_lr": .string(rates.to),
        "start_momentum": .string(momenta.from), "end_momentum": .string(momenta.to),
      ]
    }

    init(end: Double, rates: (from: String, to: String), momenta: (from: String, to: String)) {
      self.end = end
      self.rates = rates
      self.momenta = momenta
    }

    init?(_ state: StateValue) {
      guard let state = state.dictionary, let end = state["end_step"]?.number, let from = state["start_lr"]?.string,
        let to = state["end_lr"]?.string, let momentumFrom = state["start_momentum"]?.string,
        let momentumTo = state["end_momentum"]?.string
      else { return nil }
      self.init(end: end, rates: (from, to), momenta: (momentumFrom, momentumTo))
    }
  }

  /// How many steps the cycle has: `total_steps`, or epochs times steps of an epoch.
  public private(set) var totalSteps: Int
  private var phases: [Phase]
  private var annealing: Annealing
  private let cyclesMomentum: Bool
  private let usesBetas: Bool

  /// - Parameters:
  ///   - maximum: the largest rate of all groups, or of each: `max_lr`.
  ///   - warmUp: the share of the cycle in which the rate rises: `pct_start`.
  ///   - annealing: `anneal_strategy`.
  ///   - cyclesMomentum: `cycle_momentum`, between `base_momentum` and `max_momentum`.
  ///   - divisor, finalDivisor: from the maximum to the initial rate, and from there to the last one: `div_factor`,
  ///     `final_div_factor`.
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
    usesBetas = cyclesMomentum ? try optimizer.usesBetasAsMomentum() : false
    phases = OneCycleLR.phases(totalSteps, warmUp, threePhase)
    let rates = try valuesPerGroup("max_lr", optimizer, maximum)
    let high = try valuesPerGroup("max_momentum", optimizer, maximumMomentum)
    let low = try valuesPerGroup("base_momentum", optimizer, baseMomentum)
    if lastEpoch == -1 {
      for (index, group) in optimizer.groups.enumerated() {
        group["initial_lr"] = .double(rates[index] / divisor)
        group["max_lr"] = .double(rates[index])
        group["min_lr"] = .double(rates[index] / divisor / finalDivisor)
        guard cyclesMomentum else { continue }
        group.setMomentum(high[index], usesBetas: usesBetas)
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

  override func rates() throws -> [Double] {
    guard lastEpoch <= totalSteps else {
      throw TensorError(
        "Tried to step \(lastEpoch) times. The specified number of total steps is \(totalSteps)", kind: .value)
    }
    let index = phases.firstIndex { Double(lastEpoch) <= $0.end } ?? phases.count - 1
    let phase = phases[index]
    let start = index == 0 ? 0 : phases[index - 1].end
    let share = (Double(lastEpoch) - start) / (phase.end - start)
    return try optimizer.groups.map { group in
      if cyclesMomentum {
        let (from, to) = (try group.number(phase.momenta.from), try group.number(phase.momenta.to))
        group.setMomentum(annealed(from, to, share), usesBetas: usesBetas)
      }
      return annealed(try group.number(phase.rates.from), try group.number(phase.rates.to), share)
    }
  }

  private func annealed(_ start: Double, _ end: Double, _ share: Double) -> Double {
    switch annealing {
    case .cosine: end + (start - end) / 2 * (cos(.pi * share) + 1)
    case .linear: (end - start) * share + start
    }
  }

  override var configuration: StateDictionary {
    get {
      [
        "total_steps": .integer(totalSteps), "_schedule_phases": .list(phases.map(\.state)),
        "_anneal_func_type": .string(annealing.rawValue), "cycle_momentum": .bool(cyclesMomentum),
        "use_beta1": .bool(usesBetas),
      ]
    }
    set {
      totalSteps = newValue["total_steps"]?.integer ?? totalSteps
      annealing = newValue["_anneal_func_type"]?.string.flatMap(Annealing.init) ?? annealing
      let loaded = newValue["_schedule_phases"]?.elements?.compactMap(Phase.init) ?? []
      if !loaded.isEmpty { phases = loaded }
    }
  }
}
