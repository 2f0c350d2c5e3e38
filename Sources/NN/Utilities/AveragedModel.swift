import Tensor

/// A running average of a network's parameters while it is trained, with which it often generalizes better than with the last
/// ones: `torch.optim.swa_utils.AveragedModel`.
///
/// ```swift
/// let average = try AveragedModel(net, .exponential(decay: 0.999))
/// // after each step of the optimizer:
/// try average.update(from: net)
/// // in the end:
/// let y = try average.eval()(x)
/// ```
///
/// Its state dict has the averaged network under `module`, and how often it was updated as `n_averaged`.
///
/// Source: Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018,
/// https://arxiv.org/abs/1803.05407
public final class AveragedModel: Module {
  /// How an averaged tensor follows the current one.
  public enum Rule {
    /// All states count the same: stochastic weight averaging.
    case equal
    /// `decay * averaged + (1 - decay) * current`
    case exponential(decay: Double)
    /// The new average of each tensor, from the old one, the current tensor, and how many were averaged so far.
    case each((_ averaged: Tensor, _ current: Tensor, _ count: Tensor) throws -> Tensor)
    /// Changes the averages of tensors of one type in place.
    case all((_ averaged: [Tensor], _ current: [Tensor], _ count: Tensor) throws -> Void)
  }

  private let rule: Rule
  private let averagesBuffers: Bool
  /// The network with averaged values.
  public let module: ModuleCopy
  /// How many states are in the average.
  private let count: Tensor

  /// - Parameters:
  ///   - averagesBuffers: whether buffers are averaged too, instead of copied.
  /// - Throws: ``TensorError`` for a decay that is not between 0 and 1.
  public init(_ model: Module, _ rule: Rule = .equal, averagesBuffers: Bool = false) throws {
    if case .exponential(let decay) = rule, !(0...1).contains(decay) {
      throw TensorError(
        "Invalid decay value \(decay) provided. Please provide a value in [0,1] range.", kind: .value)
    }
    self.rule = rule
    self.averagesBuffers = averagesBuffers
    module = try ModuleCopy(model)
    count = try Tensor.zeros([], dtype: .int64)
    super.init()
    try register(child: "module", module)
    try register(buffer: "n_averaged", count)
  }

  public override func forward(_ input: Tensor) throws -> Tensor { try module(input) }
  public override func forward(_ inputs: [Value]) throws -> [Value] { try module.call(inputs) }

  /// Takes the present values of `model` into the average; the first ones are the average.
  ///
  /// - Throws: ``TensorError`` where `model` has not the tensors that were copied.
  public func update(from model: Module) throws {
    try GradMode.with(false) {
      let averaged = try (module.parameters() + (averagesBuffers ? module.buffers() : [])).map { try $0.detach() }
      let current = try (model.parameters() + (averagesBuffers ? model.buffers() : [])).map { try $0.detach() }
      guard averaged.map(\.shape) == current.map(\.shape) else {
        throw TensorError(
          "update_parameters(): the model has other parameters than the one that is averaged", kind: .value)
      }
      if try count.item().int == 0 {
        for (average, tensor) in zip(averaged, current) { _ = try average.copyInPlace(tensor) }
      } else {
        try average(averaged, current)
      }
      if !averagesBuffers {
        for (buffer, tensor) in zip(module.buffers(), model.buffers()) {
          _ = try buffer.copyInPlace(try tensor.detach())
        }
      }
      _ = try count.copyInPlace(try count.add(1))
    }
  }

  private func average(_ averaged: [Tensor], _ current: [Tensor]) throws {
    switch rule {
    case .equal:
      for (average, tensor) in zip(averaged, current) {
        _ = try average.copyInPlace(try average.add(try tensor.sub(average).div(try count.add(1))))
      }
    case .exponential(let decay):
      for (average, tensor) in zip(averaged, current) { try average.follow(tensor, decay: decay) }
    case .each(let rule):
      for (average, tensor) in zip(averaged, current) { _ = try average.copyInPlace(try rule(average, tensor, count)) }
    case .all(let rule):
      var rest = Array(averaged.indices)
      while let first = rest.first {
        let group = rest.filter { averaged[$0].dtype == averaged[first].dtype }
        rest.removeAll { averaged[$0].dtype == averaged[first].dtype }
        try rule(group.map { averaged[$0] }, group.map { current[$0] }, count)
      }
    }
  }

  /// Computes the running statistics of all batch normalizations of `model` anew, as the mean over batches: `update_bn`.
  ///
  /// - Parameter batches: gives the next inputs, nil after the last ones.
  public static func updateBatchNorm(_ model: Module, _ batches: () throws -> [Value]?) throws {
    try GradMode.with(false) {
      var momenta: [(layer: BatchNorm, momentum: Double?)] = []
      for module in model.modules() {
        guard let layer = (module as? ModuleCopy)?.original as? BatchNorm ?? module as? BatchNorm else { continue }
        momenta.append((layer, layer.momentum))
        _ = try module.buffer("running_mean")?.copyInPlace(try Tensor.zeros([1]))
        _ = try module.buffer("running_var")?.copyInPlace(try Tensor.ones([1]))
        _ = try module.buffer("num_batches_tracked")?.copyInPlace(try Tensor.zeros([], dtype: .int64))
      }
      guard !momenta.isEmpty else { return }
      let wasTraining = model.isTraining
      model.train()
      for (layer, _) in momenta { layer.momentum = nil }
      defer {
        for (layer, momentum) in momenta { layer.momentum = momentum }
        model.train(wasTraining)
      }
      while let inputs = try batches() { _ = try model.call(inputs) }
    }
  }
}

extension Tensor {
  /// One step of an exponential moving average, in place: `decay * self + (1 - decay) * current`.
  public func follow(_ current: Tensor, decay: Double) throws {
    let next =
      dtype.isFloatingPoint ? try lerp(current, 1 - decay) : try mul(decay).add(try current.mul(1 - decay))
    _ = try copyInPlace(next)
  }
}
