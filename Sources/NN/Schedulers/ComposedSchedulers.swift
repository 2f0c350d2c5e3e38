import OrderedCollections
import Tensor

/// Several schedulers one after the other: the next one takes over at each milestone.
public final class SequentialLR: LRScheduler {
  /// The schedulers, in the order in which they take charge.
  public let schedulers: [LRScheduler]
  /// The epochs at which the next one takes over.
  public private(set) var milestones: [Int]

  /// - Parameters:
  ///   - schedulers: at least one, all of `optimizer`; each has taken its first step already.
  ///   - milestones: the epochs at which the next one takes over, in order; one fewer than there are schedulers.
  ///   - lastEpoch: where to go on; -1 starts.
  /// - Throws: ``TensorError`` for another number of milestones, or a scheduler of another optimizer.
  public init(
    _ optimizer: Optimizer, schedulers: [LRScheduler], milestones: [Int], lastEpoch: Int = -1
  ) throws {
    try check(schedulers, optimizer, "SequentialLR", "")
    guard milestones.count == schedulers.count - 1 else {
      throw TensorError(
        "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers \(schedulers.count) and the number of milestones to be equal to \(milestones.count)",
        kind: .value)
    }
    self.schedulers = schedulers
    self.milestones = milestones
    try super.init(optimizer, lastEpoch: lastEpoch)
    self.lastEpoch = lastEpoch &+ 1
    for group in optimizer.groups { try group.setLearningRate(try group.number("initial_lr")) }
    // The schedulers took their first step when they were made.
    undo()
    let first = schedulers[position(0)]
    try first.takeInitialStep()
    lastRates = first.lastRates
  }

  /// Which scheduler is in charge.
  private func position(_ epoch: Int) -> Int { milestones.prefix { $0 <= epoch }.count }

  override func undo() {
    for scheduler in schedulers { scheduler.undo() }
  }

  public override func step(epoch: Int? = nil) throws {
    lastEpoch &+= 1
    let index = position(lastEpoch)
    let scheduler = schedulers[index]
    if index > 0 && milestones[index - 1] == lastEpoch {
      try scheduler.update(epoch: 0)
    } else {
      try scheduler.step()
    }
    lastRates = scheduler.lastRates
  }

  public override func stateDict() -> StateDictionary {
    [
      "_milestones": .list(milestones.map(StateValue.integer)), "last_epoch": .integer(lastEpoch),
      "_last_lr": StateValue(lastRates), "_schedulers": .list(schedulers.map { .dictionary($0.stateDict()) }),
    ]
  }

  public override func loadStateDict(_ state: StateDictionary) throws {
    if let loaded = state["_milestones"]?.elements {
      let epochs = loaded.compactMap(\.integer)
      // More of them than schedulers take over would lead to one that does not exist.
      guard epochs.count == loaded.count, epochs.count < schedulers.count else {
        throw TensorError(
          "SequentialLR.load_state_dict(): _milestones must be at most \(schedulers.count - 1) integers", kind: .value)
      }
      milestones = epochs
    }
    try super.loadStateDict(state)
    try load(schedulers, state)
  }
}

/// Several schedulers at once, each changing what the one before set.
public final class ChainedScheduler: LRScheduler {
  /// The schedulers, in the order in which they change the rates.
  public let schedulers: [LRScheduler]

  /// - Parameters:
  ///   - schedulers: at least one, all of the same optimizer.
  ///   - optimizer: that of the schedulers, by default.
  /// - Throws: ``TensorError`` without schedulers, or for one of another optimizer.
  public init(_ schedulers: [LRScheduler], optimizer: Optimizer? = nil) throws {
    guard let optimizer = optimizer ?? schedulers.first?.optimizer else {
      throw TensorError(
        "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.", kind: .value)
    }
    try check(schedulers, optimizer, "ChainedScheduler", " to be chained")
    self.schedulers = schedulers
    try super.init(optimizer)
    lastRates = try currentRates()
  }

  public override func step(epoch: Int? = nil) throws {
    for scheduler in schedulers { try scheduler.step() }
    lastRates = try currentRates()
  }

  override func undo() {
    for scheduler in schedulers { scheduler.undo() }
  }

  public override func stateDict() -> StateDictionary {
    ["_last_lr": StateValue(lastRates), "_schedulers": .list(schedulers.map { .dictionary($0.stateDict()) })]
  }

  public override func loadStateDict(_ state: StateDictionary) throws {
    try super.loadStateDict(state)
    try load(schedulers, state)
  }
}

private func check(_ schedulers: [LRScheduler], _ optimizer: Optimizer, _ name: String, _ purpose: String) throws {
  guard !schedulers.isEmpty else {
    throw TensorError("\(name) expects at least one scheduler\(purpose), but got no scheduler.", kind: .value)
  }
  for (index, scheduler) in schedulers.enumerated() where scheduler.optimizer !== optimizer {
    throw TensorError(
      "\(name) expects all schedulers to belong to the same optimizer, but got scheduler \(scheduler.typeName) at index \(index) has \(scheduler.optimizer), which is different from \(optimizer.typeName).",
      kind: .value)
  }
}

private func load(_ schedulers: [LRScheduler], _ state: StateDictionary) throws {
  for (scheduler, value) in zip(schedulers, state["_schedulers"]?.elements ?? []) {
    if let entries = value.dictionary { try scheduler.loadStateDict(entries) }
  }
}
