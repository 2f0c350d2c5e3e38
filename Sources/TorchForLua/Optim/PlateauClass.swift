import Checkpoint
import Lua
import NN
import Tensor

/// `torch.optim.lr_scheduler.ReduceLROnPlateau`.
enum PlateauClass {
  static var declaration: LuaClass {
    LuaClass(
      "ReduceLROnPlateau", of: ReduceLROnPlateau.self,
      help: """
        Lowers the learning rates by factor when a measure has not improved for more than patience epochs. mode 'min' or \
        'max' says which way is better; an improvement is more than threshold, relative ('rel') or absolute ('abs'). After \
        that it waits cooldown epochs; rates stay at min_lr or above.
        """, options: [.fields, .unique],
      constructor: Function(
        "ReduceLROnPlateau",
        "(optimizer: Optimizer, mode: string = 'min', factor: float = 0.1, patience: int = 10, threshold: float = 0.0001, threshold_mode: string = 'rel', cooldown: int = 0, min_lr: float|float[] = 0, eps: float = 1e-08) -> ReduceLROnPlateau",
        help: "",
        example: SchedulerModule.example("ReduceLROnPlateau", "{patience = 0}")
          + "\nfor _, loss in ipairs {1, 2, 2} do s:step(loss) end\ns:get_last_lr() --> {0.001}"
      ) { a in
        let (modeName, thresholdName) = (try a.string(1), try a.string(5))
        guard let mode = ReduceLROnPlateau.Mode(rawValue: modeName) else {
          throw TensorError("mode \(modeName) is unknown!", kind: .value)
        }
        guard let thresholdMode = ReduceLROnPlateau.ThresholdMode(rawValue: thresholdName) else {
          throw TensorError("threshold mode \(thresholdName) is unknown!", kind: .value)
        }
        return .value(
          .same(
            try ReduceLROnPlateau(
              a.optimizer(0), mode: mode, factor: a.double(2), patience: a.int(3), threshold: a.double(4),
              thresholdMode: thresholdMode, cooldown: a.int(6), minimumRates: a.doubles(7), eps: a.double(8))))
      },
      methods: methods,
      properties: [
        Property(
          "best", "float", help: "The best measure so far.",
          example: SchedulerModule.example("ReduceLROnPlateau", "") + "\ns:step(0.5)\ns.best --> 0.5",
          get: { a in .number(try a.plateau(0).best) }),
        Property(
          "num_bad_epochs", "int", help: "How many epochs have passed since the measure improved.",
          example: SchedulerModule.example("ReduceLROnPlateau", "")
            + "\ns:step(0.5)\ns:step(0.7)\ns.num_bad_epochs --> 1",
          get: { a in .integer(try a.plateau(0).badEpochs) }),
        Property(
          "last_epoch", "int", help: "How many epochs have passed.",
          example: SchedulerModule.example("ReduceLROnPlateau", "") + "\ns:step(0.5)\ns.last_epoch --> 1",
          get: { a in .integer(try a.plateau(0).lastEpoch) }),
        Property(
          "optimizer", "Optimizer", help: "The optimizer whose rates it changes.",
          example: SchedulerModule.example("ReduceLROnPlateau", "") + "\ns.optimizer == o --> true",
          get: { a in .value(.same(try a.plateau(0).optimizer)) }),
      ])
  }

  private static var methods: [Function] {
    let example = SchedulerModule.example("ReduceLROnPlateau", "") + "\n"
    return [
      Function(
        "step", "(self: ReduceLROnPlateau, metrics: float|Tensor)",
        help: "Takes note of an epoch's measure, such as the validation loss, and lowers the rates if it is time.",
        example: example + "s:step(0.5)\ns.best --> 0.5"
      ) { a in
        try a.plateau(0).step(a.scalar(1).double)
        return .none
      },
      Function(
        "get_last_lr", "(self: ReduceLROnPlateau) -> table",
        help: "The learning rates of the groups, a table counted from 1.",
        example: example + "s:get_last_lr() --> {0.1}"
      ) { a in .value(.list(try a.plateau(0).lastRates.map { .number($0) })) },
      Function(
        "state_dict", "(self: ReduceLROnPlateau) -> OrderedMap",
        help: "What is needed to go on, by PyTorch's names. To be saved.",
        example: example + "s:state_dict().patience --> 10"
      ) { a in .object(OrderedMap(CheckpointDictionary(try a.plateau(0).stateDict()))) },
      Function(
        "load_state_dict", "(self: ReduceLROnPlateau, state_dict: OrderedMap|table)",
        help: "Goes on from a state dict, written here or by PyTorch.",
        example: example + "s:load_state_dict(s:state_dict())"
      ) { a in
        try a.plateau(0).loadStateDict(StateDictionary(a, 1))
        return .none
      },
    ]
  }
}

extension Arguments {
  fileprivate func plateau(_ index: Int) throws -> ReduceLROnPlateau { try object(index) }
}
