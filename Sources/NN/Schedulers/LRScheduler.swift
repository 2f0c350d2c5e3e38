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
  public let optimizer: Optimizer
  /// How many epochs have passed.
  public internal(set) var lastEpoch: Int
  /// The learning rates of the groups before any change.
  public internal(set) var baseRates: [Double]
  /// The learning rates that the last step set.
  public internal(set) var lastRates: [Double] = []
  /// Whether this is the step that a new scheduler takes by itself.
  private(set) var isInitial = false
  private(set) var stepCount = 0

  /// - Parameter lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` where rates to go on from are missing.
  init(_ optimizer: Optimizer, lastEpoch: Int = -1) throws {
    self.optimizer = optimizer
    self.lastEpoch = lastEpoch
    for (index, group) in optimizer.groups.enumerated() where group.options["initial_lr"] == nil {
      guard lastEpoch == -1 else {
        throw TensorError(
          "param 'initial_lr' is not specified in param_groups[\(index)] when resuming scheduler with last_epoch >= 0.",
          kind: .key)
      }
      group["initial_lr"] = group["lr"]
    }
    baseRates = optimizer.groups.map { $0.double("initial_lr") }
  }

  /// The name of the class.
  open var typeName: String { String(describing: type(of: self)) }

  /// The step with which a scheduler sets the rates of its first epoch. Initializers of subclasses call it at their end.
  func takeInitialStep() throws {
    stepCount = 0
    isInitial = true
    defer { isInitial = false }
    try step()
  }

  /// The learning rates for ``lastEpoch``, from those of the epoch before.
  func rates() throws -> [Double] { currentRates }

  /// The learning rates for ``lastEpoch`` by a formula of its own; nil where there is none.
  func closedFormRates() -> [Double]? { nil }

  /// The optimizer's rates as they are.
  final var currentRates: [Double] { optimizer.groups.map(\.learningRate) }

  /// Goes on to the next epoch.
  open func step() throws {
    stepCount += 1
    try update()
  }

  /// Sets the rates of the next epoch, or of `epoch`.
  func update(epoch: Int? = nil) throws {
    let values: [Double]
    if let epoch {
      lastEpoch = epoch
      values = try closedFormRates() ?? rates()
    } else {
      lastEpoch += 1
      values = try rates()
    }
    for (group, value) in zip(optimizer.groups, values) { group.learningRate = value }
    lastRates = currentRates
  }

  /// Puts the count of epochs back by one, for schedulers that a sequence starts anew.
  func undo() { lastEpoch -= 1 }

  /// What is needed to go on, by PyTorch's names.
  open func stateDict() -> OrderedDictionary<String, OptimizerValue> {
    var state = configuration
    state["base_lrs"] = .doubles(baseRates)
    state["last_epoch"] = .int(lastEpoch)
    state["_step_count"] = .int(stepCount)
    state["_is_initial"] = false
    state["_get_lr_called_within_step"] = false
    state["_last_lr"] = .doubles(lastRates)
    return state
  }

  /// Takes over what ``stateDict()`` gave.
  open func loadStateDict(_ state: OrderedDictionary<String, OptimizerValue>) throws {
    if let rates = state["base_lrs"]?.elements { baseRates = rates.compactMap(\.double) }
    if let epoch = state["last_epoch"]?.int { lastEpoch = epoch }
    if let count = state["_step_count"]?.int { stepCount = count }
    if let rates = state["_last_lr"]?.elements { lastRates = rates.compactMap(\.double) }
    configuration = state
  }

  /// The options of the kind of scheduler, by PyTorch's names. What is set may hold other entries too.
  var configuration: OrderedDictionary<String, OptimizerValue> {
    get { [:] }
    set {}
  }
}

/// Python's remainder, which has the divisor's sign; 0 for a divisor of 0.
func floorRemainder(_ value: Int, _ divisor: Int) -> Int {
  guard divisor != 0 else { return 0 }
  let remainder = value % divisor
  return remainder != 0 && (remainder < 0) != (divisor < 0) ? remainder + divisor : remainder
}
