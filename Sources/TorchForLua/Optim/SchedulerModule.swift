import Checkpoint
import Lua
import NN
import Tensor

/// The module `torch.optim.lr_scheduler`.
enum SchedulerModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.optim.lr_scheduler", help: "Learning rates that change from epoch to epoch.",
      classes: [base] + stepped + annealed + composed + [PlateauClass.declaration])
  }

  // MARK: All schedulers

  private static var base: LuaClass {
    LuaClass(
      "LRScheduler", of: LRScheduler.self, help: "Changes an optimizer's learning rates from epoch to epoch.",
      options: [.fields, .unique],
      methods: [
        Function(
          "step", "(self: LRScheduler, epoch: float? = nil)", help: "Goes on to the next epoch.",
          example: example("StepLR", "3") + ":step()"
        ) { a in
          let scheduler = try a.scheduler(0)
          let epoch = try a.optionalDouble(1)
          if let restarting = scheduler as? CosineAnnealingWarmRestarts, let epoch {
            try restarting.step(at: epoch)
          } else {
            guard let epoch else {
              try scheduler.step()
              return .none
            }
            guard let whole = Int(exactly: epoch) else { throw a.wrongType(1, expected: "int") }
            try scheduler.step(epoch: whole)
          }
          return .none
        },
        Function(
          "get_last_lr", "(self: LRScheduler) -> table", help: "The learning rates of the groups, counted from 1.",
          example: example("StepLR", "3") + ":get_last_lr()"
        ) { a in .value(.list(try a.scheduler(0).lastRates.map { .number($0) })) },
        Function(
          "state_dict", "(self: LRScheduler) -> OrderedMap", help: "What is needed to go on, by PyTorch's names.",
          example: example("StepLR", "3") + ":state_dict()"
        ) { a in .object(OrderedMap(CheckpointDictionary(try a.scheduler(0).stateDict()))) },
        Function(
          "load_state_dict", "(self: LRScheduler, state_dict: OrderedMap|table)",
          help: "Goes on from a state dict, written here or by PyTorch.",
          example: "local s = \(example("StepLR", "3")); s:load_state_dict(s:state_dict())"
        ) { a in
          try a.scheduler(0).loadStateDict(StateDictionary(a, 1))
          return .none
        },
      ],
      properties: [
        Property(
          "last_epoch", "int", help: "How many epochs have passed.",
          get: { a in .integer(try a.scheduler(0).lastEpoch) }),
        Property(
          "base_lrs", "table", help: "The learning rates before any change, counted from 1.",
          get: { a in .value(.list(try a.scheduler(0).baseRates.map { .number($0) })) }),
        Property(
          "optimizer", "Optimizer", help: "The optimizer.", get: { a in .value(.same(try a.scheduler(0).optimizer)) }),
      ])
  }

  static func example(_ name: String, _ options: String) -> String {
    "optim.lr_scheduler.\(name)(optim.SGD(nn.Linear(2, 2):parameters(), {lr = 0.1, momentum = 0.9})"
      + (options.isEmpty ? ")" : ", \(options))")
  }

  /// A class of schedulers whose constructor takes the optimizer first.
  private static func scheduler<T: LRScheduler>(
    _ type: T.Type, _ parameters: String, _ help: String, _ options: String,
    _ make: @escaping (Arguments, Optimizer) throws -> T
  ) -> LuaClass {
    let name = String(describing: type)
    return LuaClass(
      name, of: type, parent: "LRScheduler", help: help, options: [.fields, .unique],
      constructor: Function(
        name, "(optimizer: Optimizer, \(parameters), last_epoch: int = -1) -> \(name)", help: help,
        example: example(name, options)
      ) { a in .value(.same(try make(a, a.optimizer(0)))) }.asConstructor())
  }

  // MARK: Schedulers by steps and functions

  private static var stepped: [LuaClass] {
    [
      scheduler(StepLR.self, "step_size: int, gamma: float = 0.1", "Times gamma every step_size epochs.", "30") {
        try StepLR($1, stepSize: $0.int(1), gamma: $0.double(2), lastEpoch: $0.int(3))
      },
      scheduler(
        MultiStepLR.self, "milestones: int[], gamma: float = 0.1", "Times gamma at each milestone.", "{30, 80}"
      ) { try MultiStepLR($1, milestones: $0.ints(1), gamma: $0.double(2), lastEpoch: $0.int(3)) },
      scheduler(ExponentialLR.self, "gamma: float", "Times gamma every epoch.", "0.9") {
        try ExponentialLR($1, gamma: $0.double(1), lastEpoch: $0.int(2))
      },
      scheduler(
        ConstantLR.self, "factor: float = 0.3333333333333333, total_iters: int = 5",
        "Times factor for the first total_iters epochs.", "0.5"
      ) { try ConstantLR($1, factor: $0.double(1), totalIterations: $0.int(2), lastEpoch: $0.int(3)) },
      scheduler(
        LinearLR.self, "start_factor: float = 0.3333333333333333, end_factor: float = 1.0, total_iters: int = 5",
        "A factor that moves from start to end over total_iters epochs.", "0.5"
      ) {
        try LinearLR(
          $1, startFactor: $0.double(1), endFactor: $0.double(2), totalIterations: $0.int(3), lastEpoch: $0.int(4))
      },
      scheduler(
        PolynomialLR.self, "total_iters: int = 5, power: float = 1.0",
        "Falls to 0 over total_iters epochs like a power of what is left.", "10, 2.0"
      ) { try PolynomialLR($1, totalIterations: $0.int(1), power: $0.double(2), lastEpoch: $0.int(3)) },
      scheduler(
        LambdaLR.self, "lr_lambda: callable|table", "The initial rate times a function of the epoch.",
        "function(epoch) return 0.95 ^ epoch end"
      ) { try LambdaLR($1, functions($0), lastEpoch: $0.int(2)) },
      scheduler(
        MultiplicativeLR.self, "lr_lambda: callable|table", "Times a function of the epoch, every epoch.",
        "function(epoch) return 0.95 end"
      ) { try MultiplicativeLR($1, functions($0), lastEpoch: $0.int(2)) },
    ]
  }

  /// Functions of the epoch: one, or a table of one for each group.
  private static func functions(_ a: Arguments) throws -> [(Int) throws -> Double] {
    func function(_ value: StackValue) throws -> (Int) throws -> Double {
      let function = LuaFunction(try value.reference())
      return { epoch in
        guard let factor = try function.callForOne(.integer(Int64(epoch))).number else {
          throw TensorError("lr_lambda must give a number", kind: .type)
        }
        return factor
      }
    }
    guard let table = a[1].table, table.count > 0 else { return [try function(a[1])] }
    var functions: [(Int) throws -> Double] = []
    try table.forEachElement { functions.append(try function($0)) }
    return functions
  }

  // MARK: Schedulers along curves

  private static var annealed: [LuaClass] {
    [
      scheduler(
        CosineAnnealingLR.self, "T_max: int, eta_min: float = 0.0",
        "Falls to eta_min along a cosine over T_max epochs.",
        "10"
      ) { try CosineAnnealingLR($1, period: $0.int(1), minimum: $0.double(2), lastEpoch: $0.int(3)) },
      scheduler(
        CosineAnnealingWarmRestarts.self, "T_0: int, T_mult: int = 1, eta_min: float = 0.0",
        "A falling cosine that starts again, each time T_mult times as long.", "10"
      ) {
        try CosineAnnealingWarmRestarts(
          $1, firstPeriod: $0.int(1), factor: $0.int(2), minimum: $0.double(3), lastEpoch: $0.int(4))
      },
      cyclic, oneCycle,
    ]
  }

  private static var cyclic: LuaClass {
    scheduler(
      CyclicLR.self,
      "base_lr: float|float[], max_lr: float|float[], step_size_up: int = 2000, step_size_down: int? = nil, mode: string = 'triangular', gamma: float = 1.0, scale_fn: callable? = nil, scale_mode: string = 'cycle', cycle_momentum: bool = true, base_momentum: float|float[] = 0.8, max_momentum: float|float[] = 0.9",
      "Goes up and down between two bounds, again and again.", "0.01, 0.1"
    ) { a, optimizer in
      let mode = try a.string(5)
      guard let mode = CyclicLR.Mode(rawValue: mode), let scaleMode = CyclicLR.ScaleMode(rawValue: try a.string(8))
      else {
        throw TensorError("mode is invalid and scale_fn is None", kind: .value)
      }
      let scale: LuaFunction? = a.has(7) ? try a.function(7) : nil
      return try CyclicLR(
        optimizer, base: a.doubles(1), maximum: a.doubles(2), stepsUp: a.int(3), stepsDown: a.optionalInt(4),
        mode: mode,
        gamma: a.double(6), scale: scale.map { scale in { try scale.callForOne(.number($0)).number ?? .nan } },
        scaleMode: scaleMode, cyclesMomentum: a.bool(9), baseMomentum: a.doubles(10), maximumMomentum: a.doubles(11),
        lastEpoch: a.int(12))
    }
  }

  private static var oneCycle: LuaClass {
    scheduler(
      OneCycleLR.self,
      "max_lr: float|float[], total_steps: int? = nil, epochs: int? = nil, steps_per_epoch: int? = nil, pct_start: float = 0.3, anneal_strategy: string = 'cos', cycle_momentum: bool = true, base_momentum: float|float[] = 0.85, max_momentum: float|float[] = 0.95, div_factor: float = 25.0, final_div_factor: float = 10000.0, three_phase: bool = false",
      "Up to a maximum and down below where it began, in one cycle.", "0.1, {total_steps = 100}"
    ) { a, optimizer in
      let name = try a.string(6)
      guard let annealing = OneCycleLR.Annealing(rawValue: name) else {
        throw TensorError("anneal_strategy must be one of 'cos' or 'linear', instead got \(name)", kind: .value)
      }
      return try OneCycleLR(
        optimizer, maximum: a.doubles(1), totalSteps: totalSteps(a), warmUp: a.double(5), annealing: annealing,
        cyclesMomentum: a.bool(7), baseMomentum: a.doubles(8), maximumMomentum: a.doubles(9), divisor: a.double(10),
        finalDivisor: a.double(11), threePhase: a.bool(12), lastEpoch: a.int(13))
    }
  }

  private static func totalSteps(_ a: Arguments) throws -> Int {
    if let total = try a.optionalInt(2) { return total }
    guard let epochs = try a.optionalInt(3), let steps = try a.optionalInt(4) else {
      throw TensorError(
        "You must define either total_steps OR (epochs AND steps_per_epoch)", kind: .value)
    }
    guard epochs > 0 else { throw TensorError("Expected positive integer epochs, but got \(epochs)", kind: .value) }
    guard steps > 0 else {
      throw TensorError("Expected positive integer steps_per_epoch, but got \(steps)", kind: .value)
    }
    let (total, overflows) = epochs.multipliedReportingOverflow(by: steps)
    if overflows { throw TensorError("epochs times steps_per_epoch is too large", kind: .value) }
    return total
  }

  // MARK: Schedulers of schedulers

  private static var composed: [LuaClass] {
    let inner = "local o = optim.SGD(nn.Linear(2, 2):parameters(), {lr = 0.1}); local s = optim.lr_scheduler; "
    return [
      LuaClass(
        "SequentialLR", of: SequentialLR.self, parent: "LRScheduler",
        help: "Schedulers one after the other: the next one takes over at each milestone.",
        options: [.fields, .unique],
        constructor: Function(
          "SequentialLR",
          "(optimizer: Optimizer, schedulers: LRScheduler[], milestones: int[], last_epoch: int = -1) -> SequentialLR",
          help: "Schedulers one after the other.",
          example: inner + "s.SequentialLR(o, {s.ConstantLR(o), s.ExponentialLR(o, 0.9)}, {5})"
        ) { a in
          .value(
            .same(
              try SequentialLR(
                a.optimizer(0), schedulers: schedulers(a, 1), milestones: a.ints(2), lastEpoch: a.int(3))))
        }),
      LuaClass(
        "ChainedScheduler", of: ChainedScheduler.self, parent: "LRScheduler",
        help: "Schedulers at once, each changing what the one before set.", options: [.fields, .unique],
        constructor: Function(
          "ChainedScheduler", "(schedulers: LRScheduler[], optimizer: Optimizer? = nil) -> ChainedScheduler",
          help: "Schedulers at once.",
          example: inner + "s.ChainedScheduler({s.ConstantLR(o), s.ExponentialLR(o, 0.9)})"
        ) { a in .value(.same(try ChainedScheduler(schedulers(a, 0), optimizer: a.optionalObject(1)))) }),
    ]
  }

  private static func schedulers(_ a: Arguments, _ index: Int) throws -> [LRScheduler] {
    var schedulers: [LRScheduler] = []
    try a.table(index).forEachElement { element in
      guard let scheduler = element.object(as: LRScheduler.self) else {
        throw a.wrongType(index, expected: "tuple of LRSchedulers")
      }
      schedulers.append(scheduler)
    }
    return schedulers
  }
}

extension Arguments {
  fileprivate func scheduler(_ index: Int) throws -> LRScheduler { try object(index) }

  /// Numbers: a table of them, or a single one.
  func doubles(_ index: Int) throws -> [Double] {
    guard let table = self[index].table else { return [try double(index)] }
    var numbers: [Double] = []
    try table.forEachElement { element in
      guard let number = element.number else { throw wrongType(index, expected: "tuple of floats") }
      numbers.append(number)
    }
    return numbers
  }
}
