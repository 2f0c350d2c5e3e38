import Checkpoint
import Lua
import NN
import Tensor

/// `torch.optim.lr_scheduler.ReduceLROnPlateau`.
enum PlateauClass {
  static var declaration: LuaClass {
    LuaClass(
      "ReduceLROnPlateau", of: ReduceLROnPlateau.self,
      help: "Lowers the learning rate when a measure has not improved for some epochs.", options: [.fields, .unique],
      constructor: Function(
        "ReduceLROnPlateau",
        "(optimizer: Optimizer, mode: string = 'min', factor: float = 0.1, patience: int = 10, threshold: float = 0.0001, threshold_mode: string = 'rel', cooldown: int = 0, min_lr: float|float[] = 0, eps: float = 1e-08) -> ReduceLROnPlateau",
        help: "Lowers the learning rate when a measure stops improving.",
        example: SchedulerModule.example("ReduceLROnPlateau", "")
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
        Property("best", "float", help: "The best measure so far.", get: { a in .number(try a.plateau(0).best) }),
        Property(
          "num_bad_epochs", "int", help: "How many epochs ago that was.",
          get: { a in .integer(try a.plateau(0).badEpochs) }),
        Property(
          "last_epoch", "int", help: "How many epochs have passed.",
          get: { a in .integer(try a.plateau(0).lastEpoch) }),
        Property(
          "optimizer", "Optimizer", help: "The optimizer.", get: { a in .value(.same(try a.plateau(0).optimizer)) }),
      ])
  }

  private static var methods: [Function] {
    let example = SchedulerModule.example("ReduceLROnPlateau", "")
    return [
      Function(
        "step", "(self: ReduceLROnPlateau, metrics: float|Tensor)", help: "Takes note of an epoch's measure.",
        example: example + ":step(0.5)"
      ) { a in
        try a.plateau(0).step(a.scalar(1).double)
        return .none
      },
      Function(
        "get_last_lr", "(self: ReduceLROnPlateau) -> table", help: "The learning rates of the groups, counted from 1.",
        example: example + ":get_last_lr()"
      ) { a in .value(.list(try a.plateau(0).lastRates.map { .number($0) })) },
      Function(
        "state_dict", "(self: ReduceLROnPlateau) -> OrderedMap", help: "What is needed to go on, by PyTorch's names.",
        example: example + ":state_dict()"
      ) { a in .object(OrderedMap(CheckpointDictionary(try a.plateau(0).stateDict()))) },
      Function(
        "load_state_dict", "(self: ReduceLROnPlateau, state_dict: OrderedMap|table)",
        help: "Goes on from a state dict, written here or by PyTorch.",
        example: "local s = \(example); s:load_state_dict(s:state_dict())"
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
