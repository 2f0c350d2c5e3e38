import Glibc
import OrderedCollections
import Tensor

/// Adam that scales by the average square only once that is reliable.
///
/// With the averages `m` and `v` of Adam in step `t`, `ρ = 2 / (1 − β₂) − 1` and `ρₜ = ρ − 2 t β₂ᵗ / (1 − β₂ᵗ)`:
///
///     r = √((ρₜ − 4)(ρₜ − 2) ρ / ((ρ − 4)(ρ − 2) ρₜ)) · √(1 − β₂ᵗ) / (√v + ε)  where ρₜ > 5, else 1
///     p ← p − lr r m / (1 − β₁ᵗ)
///
/// Source: https://pytorch.org/docs/stable/generated/torch.optim.RAdam.html
public final class RAdam: Optimizer {
  /// One group of all `parameters`.
  ///
  /// - Parameters:
  ///   - lr, betas, eps: `lr`, `β₁` and `β₂`, and `ε` of the formula.
  ///   - weightDecay: what of the parameter is added to its gradient, or as in ``AdamW`` with `decoupledWeightDecay`.
  ///   - maximize: whether steps go up the gradient.
  /// - Throws: ``TensorError`` for an option out of range, or parameters that cannot be optimized.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "betas": .tuple([.double(betas.0), .double(betas.1)]), "eps": .double(eps),
        "weight_decay": .double(weightDecay), "maximize": .bool(maximize),
        "decoupled_weight_decay": .bool(decoupledWeightDecay),
      ])
  }

  public override class var standardOptions: StateDictionary {
    [
      "lr": 1e-3, "betas": .tuple([0.9, 0.999]), "eps": 1e-8, "weight_decay": 0, "maximize": false, "foreach": nil,
      "capturable": false, "decoupled_weight_decay": false, "differentiable": false,
    ]
  }

  public override func validate(_ options: ParameterGroup) throws {
    try options.requireNotNegative("lr", "learning rate")
    try options.requireNotNegative("eps", "epsilon value")
    try options.requireBetas()
    try options.requireNotNegative("weight_decay", "weight_decay value")
  }

  public override func update(_ group: ParameterGroup) throws {
    let (beta1, beta2) = try group.betas()
    let lr = try group.learningRate()
    let isDecoupled = group.isOn("decoupled_weight_decay")
    var pass = FusedUpdate(
      RAdamRule(
        adjustment: try GradientAdjustment(group, decoupled: isDecoupled), beta1: beta1, beta2: beta2,
        eps: try group.number("eps"), decay: isDecoupled ? 1 - lr * (try group.number("weight_decay")) : 1))
    let longest = 2 / (1 - beta2) - 1
    for parameter in group.parameters {
      guard let gradient = parameter.grad else { continue }
      let step = try advanceStep(of: parameter)
      let correction = 1 - pow(beta2, step)
      let length = longest - 2 * step * pow(beta2, step) / correction
      let ratio = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
      let state = [try stateTensor("exp_avg", of: parameter), try stateTensor("exp_avg_sq", of: parameter)]
      try pass.add(
        parameter, gradient: gradient, state: state,
        RAdamRule.Factors(
          stepSize: lr / (1 - pow(beta1, step)),
          rectification: length > 5 ? ratio.squareRoot() * correction.squareRoot() : nil))
    }
    try pass.run()
  }
}

/// State: the averages of gradients and of their squares.
private struct RAdamRule: UpdateRule {
  struct Factors {
    /// The learning rate divided by the average gradient's bias correction.
    let stepSize: Double
    /// What the root of the average square is to be divided into; nil while that is not reliable.
    let rectification: Double?
  }

  let adjustment: GradientAdjustment
  let beta1: Double
  let beta2: Double
  let eps: Double
  /// What the parameter is multiplied by first.
  let decay: Double

  @inline(__always)
  func update<T: BinaryFloatingPoint & ComputeElement>(
    _ rows: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int, _ factors: Factors
  ) {
    let (parameter, gradient, average, square) = (rows[0], rows[1], rows[2], rows[3])
    updateAverages(average, square, gradient, count, beta1: beta1, beta2: beta2)
    let (stepSize, eps, decay) = (T(factors.stepSize), T(self.eps), T(self.decay))
    if let rectification = factors.rectification {
      let scale = stepSize * T(rectification)
      for i in 0..<count {
        parameter[i] = parameter[i] * decay - scale * average[i] / (square[i].squareRoot() + eps)
      }
    } else {
      for i in 0..<count { parameter[i] = parameter[i] * decay - stepSize * average[i] }
    }
  }
}
