import Checkpoint
import Lua
import NN
import Tensor

/// The module `torch.optim.lr_scheduler`.
enum SchedulerModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.optim.lr_scheduler",
      help:
        "Schedulers: learning rates that change from epoch to epoch. Call step() after each epoch, after the optimizer's.",
      example: chain("StepLR", "3", "step()"),
      classes: [base] + stepped + annealed + composed + [PlateauClass.declaration])
  }

  // MARK: All schedulers

  private static var base: LuaClass {
    LuaClass(
      "LRScheduler", of: LRScheduler.self,
      help: "What all schedulers have: they change an optimizer's learning rates from epoch to epoch.",
      example: chain("StepLR", "3", "get_last_lr() --> {0.1}"),
      options: [.fields, .unique],
      methods: [
        Function(
          "step", "(self: LRScheduler, epoch: float? = nil)",
          help: """
            Goes on to the next epoch, or to the one given: sets the learning rates of the optimizer's groups. \
            Comes after the optimizer's step().
            """,
          example: chain("StepLR", "1", "step()\ns:get_last_lr() --> {0.01}")
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
          "get_last_lr", "(self: LRScheduler) -> table",
          help: "The learning rates of the groups, a table counted from 1.",
          example: chain("StepLR", "3", "get_last_lr() --> {0.1}")
        ) { a in .value(.list(try a.scheduler(0).lastRates.map { .number($0) })) },
        Function(
          "state_dict", "(self: LRScheduler) -> OrderedMap",
          help: "What is needed to go on, by PyTorch's names. To be saved.",
          example: chain("StepLR", "3", "state_dict().last_epoch --> 0")
        ) { a in .object(OrderedMap(CheckpointDictionary(try a.scheduler(0).stateDict()))) },
        Function(
          "load_state_dict", "(self: LRScheduler, state_dict: OrderedMap|table)",
          help: "Goes on from a state dict, written here or by PyTorch.",
          example: chain("StepLR", "3", "load_state_dict(s:state_dict())")
        ) { a in
          try a.scheduler(0).loadStateDict(StateDictionary(a, 1))
          return .none
        },
      ],
      properties: [
        Property(
          "last_epoch", "int", help: "How many epochs have passed.",
          example: example("StepLR", "3") + "\ns.last_epoch --> 0",
          get: { a in .integer(try a.scheduler(0).lastEpoch) }),
        Property(
          "base_lrs", "table", help: "The learning rates before any change, a table counted from 1.",
          example: example("StepLR", "3") + "\ns.base_lrs --> {0.1}",
          get: { a in .value(.list(try a.scheduler(0).baseRates.map { .number($0) })) }),
        Property(
          "optimizer", "Optimizer", help: "The optimizer whose rates it changes.",
          example: example("StepLR", "3") + "\ns.optimizer == o --> true",
          get: { a in .value(.same(try a.scheduler(0).optimizer)) }),
      ])
  }

  /// An example that makes a scheduler `s` of an optimizer `o` with the learning rate 0.1.
  static func example(_ name: String, _ options: String) -> String {
    "o = optim.SGD(nn.Linear(2, 2):parameters(), {lr = 0.1, momentum = 0.9})\ns = optim.lr_scheduler.\(name)(o"
      + (options.isEmpty ? ")" : ", \(options))")
  }

  /// An example that goes on with a method of the scheduler.
  static func chain(_ name: String, _ options: String, _ call: String) -> String {
    "\(example(name, options))\no:step()\ns:\(call)"
  }

  /// A class of schedulers whose constructor takes the optimizer first.
  private static func scheduler<T: LRScheduler>(
    _ type: T.Type, _ parameters: String, _ help: String, _ options: String, rate: String,
    _ make: @escaping (Arguments, Optimizer) throws -> T
  ) -> LuaClass {
    let name = String(describing: type)
    return LuaClass(
      name, of: type, parent: "LRScheduler", help: help, options: [.fields, .unique],
      constructor: Function(
        name, "(optimizer: Optimizer, \(parameters), last_epoch: int = -1) -> \(name)", help: "",
        example: chain(name, options, "step()\ns:get_last_lr() --> {\(rate)}")
      ) { a in .value(.same(try make(a, a.optimizer(0)))) }.asConstructor())
  }

  // MARK: Schedulers by steps and functions

  private static var stepped: [LuaClass] {
    [
      scheduler(
        StepLR.self, "step_size: int, gamma: float = 0.1", "The learning rate times gamma every step_size epochs.",
        "30", rate: "0.1"
      ) {
        try StepLR($1, stepSize: $0.int(1), gamma: $0.double(2), lastEpoch: $0.int(3))
      },
      scheduler(
        MultiStepLR.self, "milestones: int[], gamma: float = 0.1",
        "The learning rate times gamma at each milestone, a number of epochs.", "{30, 80}", rate: "0.1"
      ) { try MultiStepLR($1, milestones: $0.ints(1), gamma: $0.double(2), lastEpoch: $0.int(3)) },
      scheduler(ExponentialLR.self, "gamma: float", "The learning rate times gamma every epoch.", "0.9", rate: "0.09") {
        try ExponentialLR($1, gamma: $0.double(1), lastEpoch: $0.int(2))
      },
      scheduler(
        ConstantLR.self, "factor: float = 0.3333333333333333, total_iters: int = 5",
        "The learning rate times factor for the first total_iters epochs, then as it was.", "0.5", rate: "0.05"
      ) { try ConstantLR($1, factor: $0.double(1), totalIterations: $0.int(2), lastEpoch: $0.int(3)) },
      scheduler(
        LinearLR.self, "start_factor: float = 0.3333333333333333, end_factor: float = 1.0, total_iters: int = 5",
        """
        The learning rate times a factor that moves in a line from start_factor to end_factor over \
        total_iters epochs.
        """, "0.5", rate: "0.06"
      ) {
        try LinearLR(
          $1, startFactor: $0.double(1), endFactor: $0.double(2), totalIterations: $0.int(3), lastEpoch: $0.int(4))
      },
      scheduler(
        PolynomialLR.self, "total_iters: int = 5, power: float = 1.0",
        "The learning rate times (1 - epoch / total_iters) ^ power, 0 after total_iters epochs.", "10, 2.0",
        rate: "0.081"
      ) { try PolynomialLR($1, totalIterations: $0.int(1), power: $0.double(2), lastEpoch: $0.int(3)) },
      scheduler(
        LambdaLR.self, "lr_lambda: callable|table",
        """
        The initial learning rate times what lr_lambda gives for the epoch, counted from 0; a table has a \
        function for each group.
        """,
        "function(epoch) return 0.95 ^ epoch end", rate: "0.095"
      ) { try LambdaLR($1, functions($0), lastEpoch: $0.int(2)) },
      scheduler(
        MultiplicativeLR.self, "lr_lambda: callable|table",
        """
        The learning rate times what lr_lambda gives for the epoch, every epoch; a table has a function for \
        each group.
        """,
        "function(epoch) return 0.95 end", rate: "0.095"
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
        """
        A learning rate that falls along half a cosine to eta_min over T_max epochs: eta_min + (lr - \
        eta_min) * (1 + cos(pi * epoch / T_max)) / 2.
        """,
        "10", rate: "0.097552825814758"
      ) { try CosineAnnealingLR($1, period: $0.int(1), minimum: $0.double(2), lastEpoch: $0.int(3)) },
      scheduler(
        CosineAnnealingWarmRestarts.self, "T_0: int, T_mult: int = 1, eta_min: float = 0.0",
        """
        A learning rate that falls along half a cosine to eta_min over T_0 epochs and starts again, each \
        time T_mult times as long.
        """, "10", rate: "0.097552825814758"
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
      """
      A learning rate that goes up from base_lr to max_lr in step_size_up steps and down again, over and \
      over; the momentum moves the other way. mode 'triangular2' halves the height each time, 'exp_range' \
      shrinks it by gamma ^ step, scale_fn by what it says. Call step() after each batch.
      """, "0.01, 0.1", rate: "0.010045"
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
      """
      One cycle over total_steps (or epochs * steps_per_epoch) steps: up from max_lr / div_factor to \
      max_lr for pct_start of them, then down to the beginning divided by final_div_factor; the momentum \
      moves the other way. Call step() after each batch.
      """, "0.1, {total_steps = 100}", rate: "0.0042813780565907"
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
    let inner = "o = optim.SGD(nn.Linear(2, 2):parameters(), {lr = 0.1})\nkinds = optim.lr_scheduler\ns = "
    return [
      LuaClass(
        "SequentialLR", of: SequentialLR.self, parent: "LRScheduler",
        help: "Schedulers one after the other: at each milestone, a number of epochs, the next one takes over.",
        options: [.fields, .unique],
        constructor: Function(
          "SequentialLR",
          "(optimizer: Optimizer, schedulers: LRScheduler[], milestones: int[], last_epoch: int = -1) -> SequentialLR",
          help: "",
          example: inner
            + "kinds.SequentialLR(o, {kinds.ConstantLR(o, 0.5), kinds.ExponentialLR(o, 0.9)}, {5})\ns:get_last_lr() --> {0.05}"
        ) { a in
          .value(
            .same(
              try SequentialLR(
                a.optimizer(0), schedulers: schedulers(a, 1), milestones: a.ints(2), lastEpoch: a.int(3))))
        }),
      LuaClass(
        "ChainedScheduler", of: ChainedScheduler.self, parent: "LRScheduler",
        help: "Several schedulers at once, each changing what the one before set.", options: [.fields, .unique],
        constructor: Function(
          "ChainedScheduler", "(schedulers: LRScheduler[], optimizer: Optimizer? = nil) -> ChainedScheduler",
          help: "",
          example: inner
            + "kinds.ChainedScheduler({kinds.ConstantLR(o, 0.5), kinds.ExponentialLR(o, 0.9)})\ns:get_last_lr() --> {0.05}"
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
