import OrderedCollections
import Tensor

/// Changes the learning rates of an optimizer from epoch to epoch.
///
/// ```swift
/// let scheduler = try StepLR(optimizer, stepSize: 30)
/// for epoch in 0..<90 {
///   // train
///   try scheduler.step()
/// }
/// ```
open class LRScheduler {
  /// Whose learning rates are changed.
  public let optimizer: Optimizer
  /// How many epochs have passed: `last_epoch`.
  public internal(set) var lastEpoch: Int
  /// The learning rates of the groups before any change: `base_lrs`.
  public internal(set) var baseRates: [Double]
  /// The learning rates that the last step set: `get_last_lr()`.
  public internal(set) var lastRates: [Double] = []
  /// Whether this is the step that a new scheduler takes by itself.
  private(set) var isInitial = false
  private(set) var stepCount = 0

  /// - Parameter lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` where rates to go on from are missing.
  init(_ optimizer: Optimizer, lastEpoch: Int = -1) throws {
    self.optimizer = optimizer
    self.lastEpoch = lastEpoch
    for (index, group) in optimizer.groups.enumerated() where group["initial_lr"] == nil {
      guard lastEpoch == -1 else {
        throw TensorError(
          "param 'initial_lr' is not specified in param_groups[\(index)] when resuming scheduler with last_epoch >= 0.",
          kind: .key)
      }
      group["initial_lr"] = .double(try group.learningRate())
    }
    baseRates = try optimizer.groups.map { try $0.number("initial_lr") }
  }

  /// The name of the class.
  public var typeName: String { String(describing: type(of: self)) }

  /// The step with which a scheduler sets the rates of its first epoch. Initializers of subclasses call it at their end.
  func takeInitialStep() throws {
    stepCount = 0
    isInitial = true
    defer { isInitial = false }
    try step()
  }

  /// The learning rates for ``lastEpoch``, from those of the epoch before: `get_lr()`.
  func rates() throws -> [Double] { try currentRates() }

  /// The learning rates for ``lastEpoch`` by a formula of its own; nil where there is none.
  func closedFormRates() -> [Double]? { nil }

  /// The optimizer's rates as they are.
  final func currentRates() throws -> [Double] { try optimizer.groups.map { try $0.learningRate() } }

  /// The optimizer's rates times `factor`.
  final func currentRates(times factor: Double) throws -> [Double] { try currentRates().map { $0 * factor } }

  /// Goes on to the next epoch, or to `epoch` by the closed formula where there is one.
  open func step(epoch: Int? = nil) throws {
    stepCount &+= 1
    try update(epoch: epoch)
  }

  /// Sets the rates of the next epoch, or of `epoch`.
  func update(epoch: Int? = nil) throws {
    let values: [Double]
    if let epoch {
      lastEpoch = epoch
      values = try closedFormRates() ?? rates()
    } else {
      lastEpoch &+= 1
      values = try rates()
    }
    for (group, value) in zip(optimizer.groups, values) { try group.setLearningRate(value) }
    lastRates = try currentRates()
  }

  /// Puts the count of epochs back by one, for schedulers that a sequence starts anew.
  func undo() { lastEpoch &-= 1 }

  /// What is needed to go on, by PyTorch's names.
  open func stateDict() -> StateDictionary {
    var state = configuration
    state["base_lrs"] = StateValue(baseRates)
    state["last_epoch"] = .integer(lastEpoch)
    state["_step_count"] = .integer(stepCount)
    state["_is_initial"] = false
    state["_get_lr_called_within_step"] = false
    state["_last_lr"] = StateValue(lastRates)
    return state
  }

  /// Takes over what ``stateDict()`` gave, here or in PyTorch. What it lacks stays.
  open func loadStateDict(_ state: StateDictionary) throws {
    baseRates = state["base_lrs"]?.numbers ?? baseRates
    lastEpoch = state["last_epoch"]?.integer ?? lastEpoch
    stepCount = state["_step_count"]?.integer ?? stepCount
    lastRates = state["_last_lr"]?.numbers ?? lastRates
    configuration = state
  }

  /// The options of the kind of scheduler, by PyTorch's names. What is set may hold other entries too, or lack some.
  var configuration: StateDictionary {
    get { [:] }
    set {}
  }
}

/// One value for each group of `optimizer`, where `values` has one for each or one for all.
///
/// - Throws: ``TensorError`` for any other number of values.
func valuesPerGroup(_ name: String, _ optimizer: Optimizer, _ values: [Double]) throws -> [Double] {
  let count = optimizer.groups.count
  if values.count == 1 { return Array(repeating: values[0], count: count) }
  guard values.count == count else {
    throw TensorError(
      "\(name) must have the same length as optimizer.param_groups. \(name) has \(values.count) values, param_groups has \(count).",
      kind: .value)
  }
  return values
}

extension Optimizer {
  /// Whether momentum is the first of `betas`; else it is an option of its own.
  ///
  /// - Throws: ``TensorError`` for an optimizer without momentum.
  func usesBetasAsMomentum() throws -> Bool {
    if defaults["betas"] != nil { return true }
    if defaults["momentum"] != nil { return false }
    throw TensorError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled", kind: .value)
  }
}

extension ParameterGroup {
  /// Sets what the optimizer uses as momentum.
  func setMomentum(_ value: Double, usesBetas: Bool) {
    if usesBetas {
      self["betas"] = .tuple([.double(value)] + (self["betas"]?.elements ?? []).dropFirst())
    } else {
      self["momentum"] = .double(value)
    }
  }
}
