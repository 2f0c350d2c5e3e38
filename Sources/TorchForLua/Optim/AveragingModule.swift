import Lua
import NN
import Tensor

/// The module `torch.optim.swa_utils`.
enum AveragingModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.optim.swa_utils", help: "Running averages of networks while they are trained.",
      example: "optim.swa_utils.AveragedModel(nn.Linear(2, 2)):state_dict():keys()[1] --> n_averaged",
      functions: rules + [updateBatchNorm], classes: [averagedModel])
  }

  private static let network = "net = nn.Linear(2, 2)\n"

  private static var averagedModel: LuaClass {
    LuaClass(
      "AveragedModel", of: AveragedModel.self, parent: "Module",
      help: "A copy of a network whose values are a running average of it.",
      example: "optim.swa_utils.AveragedModel(nn.Linear(2, 2)).module.in_features --> 2", options: [.fields, .unique],
      constructor: Function(
        "AveragedModel",
        "(model: Module, device: Device? = nil, avg_fn: callable? = nil, multi_avg_fn: callable? = nil, use_buffers: bool = false) -> AveragedModel",
        help:
          "A copy of a network that update_parameters makes its running average: of all states alike, or as avg_fn(average, current, n) or multi_avg_fn(averages, currents, n) say.",
        example: network
          + "ema = optim.swa_utils.AveragedModel(net, {multi_avg_fn = optim.swa_utils.get_ema_multi_avg_fn(0.999)})\n"
          + "ema.module --> Linear(in_features=2, out_features=2, bias=True)"
      ) { a in
        if a.has(1) {
          guard let device = try DeviceObject.from(a[1]) else { throw a.wrongType(1, expected: "a device") }
          try device.checkAvailable()
        }
        return .value(.same(try AveragedModel(a.module(0), rule(a), averagesBuffers: a.bool(4))))
      },
      methods: [
        Function(
          "update_parameters", "(self: AveragedModel, model: Module)",
          help: "Takes a network's present values into the average.",
          example: network + "average = optim.swa_utils.AveragedModel(net)\n"
            + "average:update_parameters(net)\naverage.n_averaged --> tensor(1)"
        ) { a in
          try a.object(0, as: AveragedModel.self).update(from: a.module(1))
          return .none
        }
      ],
      index: ModuleClass.declaration.index, newindex: ModuleClass.declaration.newindex)
  }

  private static func rule(_ a: Arguments) throws -> AveragedModel.Rule {
    switch (a.has(2), a.has(3)) {
    case (false, false): return .equal
    case (true, true): throw TensorError("Only one of avg_fn and multi_avg_fn should be provided")
    case (true, false):
      let function = try a.function(2)
      return .each { averaged, current, count in
        let result = try function.callForOne(.same(averaged), .same(current), .same(count))
        guard let tensor = result.object(as: Tensor.self) else {
          throw TensorError("update_parameters(): avg_fn gave no tensor", kind: .type)
        }
        return tensor
      }
    case (false, true):
      let function = try a.function(3)
      return .all { averaged, current, count in
        try function.call(.list(averaged.map { .same($0) }), .list(current.map { .same($0) }), .same(count))
      }
    }
  }

  private static var rules: [Function] {
    func decay(_ a: Arguments) throws -> Double {
      let decay = try a.double(0)
      guard (0...1).contains(decay) else {
        throw TensorError(
          "Invalid decay value \(decay) provided. Please provide a value in [0,1] range.", kind: .value)
      }
      return decay
    }
    func pairs(_ a: Arguments) throws -> Zip2Sequence<[Tensor], [Tensor]> { zip(try a.tensors(0), try a.tensors(1)) }
    return [
      Function(
        "get_ema_multi_avg_fn", "(decay: float = 0.999) -> function",
        help: "An exponential moving average of many parameters: decay * average + (1 - decay) * current, in place.",
        example: "average = torch.zeros(2)\n"
          + "optim.swa_utils.get_ema_multi_avg_fn(0.75)({average}, {torch.ones(2)})\naverage --> tensor([0.2500, 0.2500])"
      ) { a in
        let decay = try decay(a)
        return .closure("ema_update") { a in
          try GradMode.with(false) {
            for (average, current) in try pairs(a) { try average.follow(current, decay: decay) }
          }
          return .none
        }
      },
      Function(
        "get_ema_avg_fn", "(decay: float = 0.999) -> function",
        help: "An exponential moving average of one parameter: decay * average + (1 - decay) * current.",
        example:
          "optim.swa_utils.get_ema_avg_fn(0.75)(torch.zeros(2), torch.ones(2)) --> tensor([0.2500, 0.2500])"
      ) { a in
        let decay = try decay(a)
        return .closure("ema_update") { a in
          try GradMode.with(false) { a.result(try a.tensor(0).mul(decay).add(try a.tensor(1).mul(1 - decay))) }
        }
      },
      Function(
        "get_swa_multi_avg_fn", "() -> function", help: "The mean of all states of many parameters, in place.",
        example: "average = torch.zeros(2)\n"
          + "optim.swa_utils.get_swa_multi_avg_fn()({average}, {torch.ones(2)}, 1)\naverage --> tensor([0.5000, 0.5000])"
      ) { _ in
        .closure("swa_update") { a in
          let weight = 1 / (try count(a) + 1)
          try GradMode.with(false) {
            for (average, current) in try pairs(a) { try average.follow(current, decay: 1 - weight) }
          }
          return .none
        }
      },
      Function(
        "get_swa_avg_fn", "() -> function", help: "The mean of all states of one parameter.",
        example: "optim.swa_utils.get_swa_avg_fn()(torch.zeros(2), torch.ones(2), 1) --> tensor([0.5000, 0.5000])"
      ) { _ in
        .closure("swa_update") { a in
          try GradMode.with(false) {
            let average = try a.tensor(0)
            return a.result(try average.add(try a.tensor(1).sub(average).div(try count(a) + 1)))
          }
        }
      },
    ]
  }

  /// How many states were averaged so far: argument 2, a number or a tensor of one.
  private static func count(_ a: Arguments) throws -> Double {
    if let number = a[2].number { return number }
    return try a.tensor(2).item().double
  }

  private static var updateBatchNorm: Function {
    Function(
      "update_bn", "(loader: any, model: Module, device: Device? = nil)",
      help:
        "Computes the running statistics of batch normalizations anew: from a loader, or a table of inputs, or of tables whose first element is one.",
      example: "net = nn.Sequential(nn.BatchNorm1d(2))\n"
        + "optim.swa_utils.update_bn({torch.tensor{{1, 2}, {3, 4}}:float()}, net)\nnet[0].running_mean --> tensor([2., 3.])"
    ) { a in
      let state = a.state
      let next: () throws -> LuaValue?
      if let table = a[0].table {
        var batches: [LuaValue] = []
        try table.forEachElement { batches.append(try $0.value()) }
        var position = 0
        next = {
          guard position < batches.count else { return nil }
          position += 1
          return batches[position - 1]
        }
      } else {
        var iterator = try a.value(0)
        if a[0].kind != .function { iterator = try state.callForOne(try state.get(iterator, "iter"), [iterator]) }
        next = {
          let batch = try state.call(iterator, []).first ?? .nil
          return batch.isNil ? nil : batch
        }
      }
      try AveragedModel.updateBatchNorm(try a.module(1)) {
        guard let batch = try next() else { return nil }
        let input = try batch.table?.get(.integer(1)) ?? batch
        guard let tensor = input.object(as: Tensor.self) else {
          throw TensorError(
            "update_bn(): the loader gave a batch that is no tensor and no table of tensors", kind: .type)
        }
        return [.tensor(tensor)]
      }
      return .none
    }
  }
}
