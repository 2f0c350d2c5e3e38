import OrderedCollections
import Tensor

/// Adadelta: gradients scaled by the ratio of the running sizes of past updates and of past gradients.
///
/// With gradient `g` (after weight decay):
///
///     v ← ρ v + (1 − ρ) g²
///     Δ = √(u + ε) / √(v + ε) · g          u ← ρ u + (1 − ρ) Δ²
///     p ← p − lr Δ
///
/// Source: https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html
public final class Adadelta: Optimizer {
  /// One group of all `parameters`.
  ///
  /// - Parameters:
  ///   - lr, rho, eps: `lr`, `ρ` and `ε` of the formula.
  ///   - weightDecay: what of the parameter is added to its gradient.
  ///   - maximize: whether steps go up the gradient.
  /// - Throws: ``TensorError`` for an option out of range, or parameters that cannot be optimized.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0,
    maximize: Bool = false
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "rho": .double(rho), "eps": .double(eps), "weight_decay": .double(weightDecay),
        "maximize": .bool(maximize),
      ])
  }

  public override class var standardOptions: StateDictionary {
    [
      "lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0, "maximize": false, "capturable": false, "foreach": nil,
      "differentiable": false,
    ]
  }

  public override func validate(_ options: ParameterGroup) throws {
    try options.requireNotNegative("lr", "learning rate")
    let rho = try options.number("rho")
    try requireOption(rho >= 0 && rho <= 1, "rho value", options["rho"])
    try options.requireNotNegative("eps", "epsilon value")
    try options.requireNotNegative("weight_decay", "weight_decay value")
  }

  public override func update(_ group: ParameterGroup) throws {
    var pass = FusedUpdate(
      AdadeltaRule(
        adjustment: try GradientAdjustment(group), lr: try group.learningRate(), rho: try group.number("rho"),
        eps: try group.number("eps")))
    for parameter in group.parameters {
      guard let gradient = parameter.grad else { continue }
      _ = try advanceStep(of: parameter)
      let state = [try stateTensor("square_avg", of: parameter), try stateTensor("acc_delta", of: parameter)]
      try pass.add(parameter, gradient: gradient, state: state, ())
    }
    try pass.run()
  }
}

/// State: the average squares of gradients and of updates.
private struct AdadeltaRule: UpdateRule {
  let adjustment: GradientAdjustment
  let lr: Double
  let rho: Double
  let eps: Double

  @inline(__always)
  func update<T: BinaryFloatingPoint & ComputeElement>(
    _ rows: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int, _ factors: Void
  ) {
    let (parameter, gradient, square, updates) = (rows[0], rows[1], rows[2], rows[3])
    let (lr, rho, share, eps) = (T(self.lr), T(self.rho), T(1 - self.rho), T(self.eps))
    for i in 0..<count {
      square[i] = rho * square[i] + share * gradient[i] * gradient[i]
      let delta = (updates[i] + eps).squareRoot() / (square[i] + eps).squareRoot() * gradient[i]
      updates[i] = rho * updates[i] + share * delta * delta
      parameter[i] -= lr * delta
    }
  }
}
