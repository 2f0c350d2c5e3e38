import OrderedCollections
import Tensor

/// RMSprop: gradients divided by the root of a running average of their squares.
///
/// With gradient `g` (after weight decay):
///
///     v ← α v + (1 − α) g²
///     p ← p − lr g / (√v + ε)          (momentum: b ← μ b + g / (√v + ε), p ← p − lr b)
///
/// With `centered` the square of the average gradient is taken off `v` under the root.
///
/// Source: https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
public final class RMSprop: Optimizer {
  /// One group of all `parameters`.
  ///
  /// - Parameters:
  ///   - lr, alpha, eps, momentum: `lr`, `α`, `ε` and `μ` of the formula.
  ///   - weightDecay: what of the parameter is added to its gradient.
  ///   - centered: whether the square of the average gradient is taken off `v`.
  ///   - maximize: whether steps go up the gradient.
  /// - Throws: ``TensorError`` for an option out of range, or parameters that cannot be optimized.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0,
    momentum: Double = 0, centered: Bool = false, maximize: Bool = false
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "momentum": .double(momentum), "alpha": .double(alpha), "eps": .double(eps),
        "centered": .bool(centered), "weight_decay": .double(weightDecay), "maximize": .bool(maximize),
      ])
  }

  public override class var standardOptions: StateDictionary {
    [
      "lr": 1e-2, "momentum": 0, "alpha": 0.99, "eps": 1e-8, "centered": false, "weight_decay": 0, "capturable": false,
      "foreach": nil, "maximize": false, "differentiable": false,
    ]
  }

  public override func validate(_ options: ParameterGroup) throws {
    try options.requireNotNegative("lr", "learning rate")
    try options.requireNotNegative("eps", "epsilon value")
    try options.requireNotNegative("momentum", "momentum value")
    try options.requireNotNegative("weight_decay", "weight_decay value")
    try options.requireNotNegative("alpha", "alpha value")
  }

  public override func update(_ group: ParameterGroup) throws {
    let rule = RMSpropRule(
      adjustment: try GradientAdjustment(group), lr: try group.learningRate(), alpha: try group.number("alpha"),
      eps: try group.number("eps"), momentum: try group.number("momentum"), centered: group.isOn("centered"))
    var pass = FusedUpdate(rule)
    for parameter in group.parameters {
      guard let gradient = parameter.grad else { continue }
      _ = try advanceStep(of: parameter)
      var state = [try stateTensor("square_avg", of: parameter)]
      if rule.momentum > 0 { state.append(try stateTensor("momentum_buffer", of: parameter)) }
      if rule.centered { state.append(try stateTensor("grad_avg", of: parameter)) }
      try pass.add(parameter, gradient: gradient, state: state, ())
    }
    try pass.run()
  }
}

/// State: the average square, then the momentum buffer and the average gradient, as far as they are used.
private struct RMSpropRule: UpdateRule {
  let adjustment: GradientAdjustment
  let lr: Double
  let alpha: Double
  let eps: Double
  let momentum: Double
  let centered: Bool

  @inline(__always)
  func update<T: BinaryFloatingPoint & ComputeElement>(
    _ rows: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int, _ factors: Void
  ) {
    let (parameter, gradient, square) = (rows[0], rows[1], rows[2])
    let (lr, alpha, share, eps) = (T(self.lr), T(self.alpha), T(1 - self.alpha), T(self.eps))
    for i in 0..<count { square[i] = alpha * square[i] + share * gradient[i] * gradient[i] }
    // The direction stands in the gradient's place in a buffer of its own where momentum or centering need it.
    withUnsafeTemporaryAllocation(of: T.self, capacity: count) { buffer in
      guard let direction = buffer.baseAddress else { return }
      if centered {
        let average = rows[momentum > 0 ? 4 : 3]
        for i in 0..<count {
          average[i] += share * (gradient[i] - average[i])
          direction[i] = gradient[i] / ((square[i] - average[i] * average[i]).squareRoot() + eps)
        }
      } else {
        for i in 0..<count { direction[i] = gradient[i] / (square[i].squareRoot() + eps) }
      }
      if momentum > 0 {
        let (velocity, momentum) = (rows[3], T(self.momentum))
        for i in 0..<count {
          velocity[i] = momentum * velocity[i] + direction[i]
          parameter[i] -= lr * velocity[i]
        }
      } else {
        for i in 0..<count { parameter[i] -= lr * direction[i] }
      }
    }
  }
}
