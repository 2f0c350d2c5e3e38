import Glibc
import OrderedCollections
import Tensor

/// Moves the learning rate up and down between two bounds, again and again, while momentum goes the other way.
///
/// Source: Smith, "Cyclical learning rates for training neural networks", 2017, https://arxiv.org/abs/1506.01186
public final class CyclicLR: LRScheduler {
  /// How the height of the cycles changes.
  public enum Mode: String, Sendable {
    /// All cycles are equally high.
    case triangular
    /// Each cycle is half as high as the one before.
    case triangular2
    /// The height is multiplied by `gamma` in every step.
    case exponential = "exp_range"
  }

  /// Whether a function of the height gets the number of the cycle, from 1, or of the step.
  public enum ScaleMode: String, Sendable {
    /// The number of the cycle, from 1, or the number of the step.
    case cycle, iterations
  }

  private var maximumRates: [Double]
  private var totalSize: Double
  private var stepRatio: Double
  private var mode: Mode
  private var gamma: Double
  private let scale: ((Double) throws -> Double)?
  private var scaleMode: ScaleMode
  private let cyclesMomentum: Bool
  private let usesBetas: Bool
  private var baseMomenta: [Double]
  private var maximumMomenta: [Double]

  /// - Parameters:
  ///   - base, maximum: the bounds of the rates of all groups, or of each: `base_lr`, `max_lr`.
  ///   - stepsUp, stepsDown: how long the rate rises and falls: `step_size_up`, `step_size_down`.
  ///   - scale: the height of a cycle instead of `mode`: `scale_fn`.
  ///   - cyclesMomentum: `cycle_momentum`, between `base_momentum` and `max_momentum`.
  public init(
    _ optimizer: Optimizer, base: [Double], maximum: [Double], stepsUp: Int = 2000, stepsDown: Int? = nil,
    mode: Mode = .triangular, gamma: Double = 1, scale: ((Double) throws -> Double)? = nil,
    scaleMode: ScaleMode = .cycle, cyclesMomentum: Bool = true, baseMomentum: [Double] = [0.8],
    maximumMomentum: [Double] = [0.9], lastEpoch: Int = -1
  ) throws {
    let baseRates = try valuesPerGroup("base_lr", optimizer, base)
    maximumRates = try valuesPerGroup("max_lr", optimizer, maximum)
    totalSize = Double(stepsUp) + Double(stepsDown ?? stepsUp)
    guard totalSize != 0 else { throw TensorError("float division by zero", kind: .value) }
    stepRatio = Double(stepsUp) / totalSize
    self.mode = mode
    self.gamma = gamma
    self.scale = scale
    self.scaleMode = scale != nil ? scaleMode : mode == .exponential ? .iterations : .cycle
    self.cyclesMomentum = cyclesMomentum
    usesBetas = cyclesMomentum ? try optimizer.usesBetasAsMomentum() : false
    baseMomenta = try valuesPerGroup("base_momentum", optimizer, baseMomentum)
    maximumMomenta = try valuesPerGroup("max_momentum", optimizer, maximumMomentum)
    if lastEpoch == -1 {
      for (index, group) in optimizer.groups.enumerated() {
        try group.setLearningRate(baseRates[index])
        guard cyclesMomentum else { continue }
        group.setMomentum(maximumMomenta[index], usesBetas: usesBetas)
        group["max_momentum"] = .double(maximumMomenta[index])
        group["base_momentum"] = .double(baseMomenta[index])
      }
    }
    try super.init(optimizer, lastEpoch: lastEpoch)
    // As in PyTorch, the first step takes an earlier scheduler's initial rates where there are some.
    try takeInitialStep()
    self.baseRates = baseRates
  }

  override func rates() throws -> [Double] {
    let epoch = Double(lastEpoch)
    let cycle = (1 + epoch / totalSize).rounded(.down)
    let position = 1 + epoch / totalSize - cycle
    let share = position <= stepRatio ? position / stepRatio : (position - 1) / (stepRatio - 1)
    let height = try height(scaleMode == .cycle ? cycle : epoch)
    if cyclesMomentum {
      for (group, (low, high)) in zip(optimizer.groups, zip(baseMomenta, maximumMomenta)) {
        group.setMomentum(high - (high - low) * share * height, usesBetas: usesBetas)
      }
    }
    return zip(baseRates, maximumRates).map { base, maximum in base + (maximum - base) * share * height }
  }

  private func height(_ x: Double) throws -> Double {
    if let scale { return try scale(x) }
    return switch mode {
    case .triangular: 1
    case .triangular2: 1 / pow(2, x - 1)
    case .exponential: pow(gamma, x)
    }
  }

  override var configuration: StateDictionary {
    get {
      var state: StateDictionary = [
        "max_lrs": StateValue(maximumRates), "total_size": .double(totalSize), "step_ratio": .double(stepRatio),
        "mode": .string(mode.rawValue), "gamma": .double(gamma), "scale_mode": .string(scaleMode.rawValue),
        "cycle_momentum": .bool(cyclesMomentum), "_scale_fn_custom": nil,
      ]
      if cyclesMomentum {
        state["use_beta1"] = .bool(usesBetas)
        state["base_momentums"] = StateValue(baseMomenta)
        state["max_momentums"] = StateValue(maximumMomenta)
      }
      return state
    }
    set {
      maximumRates = newValue["max_lrs"]?.numbers ?? maximumRates
      if let size = newValue["total_size"]?.number, size != 0 { totalSize = size }
      stepRatio = newValue["step_ratio"]?.number ?? stepRatio
      mode = newValue["mode"]?.string.flatMap(Mode.init) ?? mode
      gamma = newValue["gamma"]?.number ?? gamma
      scaleMode = newValue["scale_mode"]?.string.flatMap(ScaleMode.init) ?? scaleMode
      baseMomenta = newValue["base_momentums"]?.numbers ?? baseMomenta
      maximumMomenta = newValue["max_momentums"]?.numbers ?? maximumMomenta
    }
  }
}
