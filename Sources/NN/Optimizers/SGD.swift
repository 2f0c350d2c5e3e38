import OrderedCollections
import Tensor

/// Stochastic gradient descent, with momentum if asked for.
///
/// With gradient `g` (after weight decay), momentum `μ` and dampening `τ`:
///
///     b ← μ b + (1 − τ) g        (b = g in the first step)
///     p ← p − lr b               (nesterov: p − lr (g + μ b))
///
/// Source: https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
public final class SGD: Optimizer {
  /// One group of all `parameters`.
  ///
  /// - Parameters:
  ///   - lr, momentum, dampening: `lr`, `μ` and `τ` of the formula.
  ///   - weightDecay: what of the parameter is added to its gradient.
  ///   - nesterov: whether the step looks ahead; it needs momentum, and no dampening.
  ///   - maximize: whether steps go up the gradient.
  /// - Throws: ``TensorError`` for an option out of range, or parameters that cannot be optimized.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, maximize: Bool = false
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "momentum": .double(momentum), "dampening": .double(dampening),
        "weight_decay": .double(weightDecay), "nesterov": .bool(nesterov), "maximize": .bool(maximize),
      ])
  }

  public override class var standardOptions: StateDictionary {
    [
      "lr": 1e-3, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": false, "maximize": false,
      "foreach": nil, "differentiable": false, "fused": nil,
    ]
  }

  public override func validate(_ options: ParameterGroup) throws {
    try options.requireNotNegative("lr", "learning rate")
    try options.requireNotNegative("momentum", "momentum value")
    try options.requireNotNegative("weight_decay", "weight_decay value")
    if options.isOn("nesterov"), try options.number("momentum") <= 0 || options.number("dampening") != 0 {
      throw TensorError("Nesterov momentum requires a momentum and zero dampening", kind: .value)
    }
  }

  public override func update(_ group: ParameterGroup) throws {
    let rule = MomentumRule(
      adjustment: try GradientAdjustment(group), lr: try group.learningRate(), momentum: try group.number("momentum"),
      dampening: try group.number("dampening"), nesterov: group.isOn("nesterov"))
    var pass = FusedUpdate(rule)
    for parameter in group.parameters {
      guard let gradient = parameter.grad else { continue }
      var state: [Tensor] = []
      var isFirst = false
      if rule.momentum != 0 {
        isFirst = self.state(of: parameter)["momentum_buffer"]?.tensor == nil
        state = [try stateTensor("momentum_buffer", of: parameter)]
      }
      try pass.add(parameter, gradient: gradient, state: state, isFirst)
    }
    try pass.run()
  }
}

/// State: the momentum buffer, if there is momentum. Factor: whether the buffer is new.
private struct MomentumRule: UpdateRule {
  let adjustment: GradientAdjustment
  let lr: Double
  let momentum: Double
  let dampening: Double
  let nesterov: Bool

  @inline(__always)
  func update<T: BinaryFloatingPoint & ComputeElement>(
    _ rows: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int, _ isFirst: Bool
  ) {
    let (parameter, gradient) = (rows[0], rows[1])
    let lr = T(self.lr)
    guard momentum != 0 else {
      for i in 0..<count { parameter[i] -= lr * gradient[i] }
      return
    }
    let buffer = rows[2]
    let momentum = T(self.momentum)
    if isFirst {
      buffer.update(from: gradient, count: count)
    } else {
      let share = T(1 - dampening)
      for i in 0..<count { buffer[i] = momentum * buffer[i] + share * gradient[i] }
    }
    if nesterov {
      for i in 0..<count { parameter[i] -= lr * (gradient[i] + momentum * buffer[i]) }
    } else {
      for i in 0..<count { parameter[i] -= lr * buffer[i] }
    }
  }
}
