import Tensor

/// Stochastic gradient descent, with momentum where wanted: `torch.optim.SGD`.
///
/// `g = grad + weightDecay * p`, `b = momentum * b + (1 - dampening) * g`, `p = p - lr * b`; with Nesterov's momentum
/// `p = p - lr * (g + momentum * b)`. In the first step `b = g`.
///
/// Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013,
/// https://proceedings.mlr.press/v28/sutskever13.html
public final class SGD: Optimizer {
  public convenience init(
    _ parameters: [Tensor], learningRate: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, maximize: Bool = false
  ) throws {
    try self.init(
      groups: [ParameterGroup(parameters)], learningRate: learningRate, momentum: momentum, dampening: dampening,
      weightDecay: weightDecay, nesterov: nesterov, maximize: maximize)
  }

  /// - Throws: ``TensorError`` for options out of range.
  public init(
    groups: [ParameterGroup], learningRate: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, maximize: Bool = false
  ) throws {
    try Optimizer.require(learningRate >= 0, "Invalid learning rate", learningRate)
    try Optimizer.require(momentum >= 0, "Invalid momentum value", momentum)
    try Optimizer.require(weightDecay >= 0, "Invalid weight_decay value", weightDecay)
    guard !nesterov || (momentum > 0 && dampening == 0) else {
      throw TensorError("Nesterov momentum requires a momentum and zero dampening", kind: .value)
    }
    try super.init(
      groups,
      defaults: [
        "lr": .double(learningRate), "momentum": .shortest(momentum), "dampening": .shortest(dampening),
        "weight_decay": .shortest(weightDecay), "nesterov": .bool(nesterov), "maximize": .bool(maximize),
        "foreach": nil, "differentiable": false, "fused": nil,
      ])
  }

  public override func update(_ group: ParameterGroup) throws {
    let momentum = group.double("momentum")
    var items: [UpdateItem<SGDRule>] = []
    for (parameter, grad) in active(group) {
      var tensors = [parameter, grad]
      var isFirst = false
      if momentum != 0 {
        isFirst = state[ObjectIdentifier(parameter)]?["momentum_buffer"]?.tensor == nil
        tensors.append(try stateTensor(parameter, "momentum_buffer"))
      }
      items.append(UpdateItem(tensors: tensors, rule: SGDRule(group, momentum, isFirst)))
    }
    try FusedUpdate.run(items)
  }
}

private struct SGDRule: UpdateRule {
  let rate: Double
  let momentum: Double
  let dampening: Double
  let weightDecay: Double
  let nesterov: Bool
  let maximize: Bool
  let isFirst: Bool

  init(_ group: ParameterGroup, _ momentum: Double, _ isFirst: Bool) {
    rate = group.learningRate
    self.momentum = momentum
    dampening = group.double("dampening")
    weightDecay = group.double("weight_decay")
    nesterov = group.bool("nesterov")
    maximize = group.bool("maximize")
    self.isFirst = isFirst
  }

  func update<T: UpdateElement>(_ x: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int) {
    let (p, g) = (x[0], x[1])
    let gradient = EffectiveGradient<T>(maximize: maximize, weightDecay: weightDecay)
    let rate = T(self.rate)
    guard momentum != 0 else {
      for i in 0..<count { p[i] -= rate * gradient(g[i], p[i]) }
      return
    }
    let buffer = x[2]
    // The first buffer is the gradient itself, undamped.
    let (old, new) = isFirst ? (0, 1) : (T(momentum), T(1 - dampening))
    let (direct, buffered): (T, T) = nesterov ? (1, T(momentum)) : (0, 1)
    for i in 0..<count {
      let d = gradient(g[i], p[i])
      let b = old * buffer[i] + new * d
      buffer[i] = b
      p[i] -= rate * (direct * d + buffered * b)
    }
  }
}

extension OptimizerValue {
  /// A number as Python's defaults are written: an integer where there is no fraction.
  static func shortest(_ value: Double) -> OptimizerValue { value == 0 ? .int(0) : .double(value) }
}
