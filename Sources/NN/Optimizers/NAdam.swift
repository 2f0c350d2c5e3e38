import Glibc
import OrderedCollections
import Tensor

/// Adam with Nesterov's momentum, whose share grows from step to step.
///
/// With the averages `m` and `v` of Adam, `μₜ = β₁ (1 − 0.96^(t ψ) / 2)` and the product `Πₜ` of all `μ` up to step `t`:
///
///     p ← p − lr ((1 − μₜ) / (1 − Πₜ) · g + μₜ₊₁ / (1 − Πₜ₊₁) · m) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// Source: https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html
public final class NAdam: Optimizer {
  /// One group of all `parameters`.
  ///
  /// - Parameters:
  ///   - lr, betas, eps, momentumDecay: `lr`, `β₁` and `β₂`, `ε` and `ψ` of the formula.
  ///   - weightDecay: what of the parameter is added to its gradient, or as in ``AdamW`` with `decoupledWeightDecay`.
  ///   - maximize: whether steps go up the gradient.
  /// - Throws: ``TensorError`` for an option out of range, or parameters that cannot be optimized.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "betas": .tuple([.double(betas.0), .double(betas.1)]), "eps": .double(eps),
        "weight_decay": .double(weightDecay), "momentum_decay": .double(momentumDecay),
        "decoupled_weight_decay": .bool(decoupledWeightDecay), "maximize": .bool(maximize),
      ])
  }

  public override class var standardOptions: StateDictionary {
    [
      "lr": 2e-3, "betas": .tuple([0.9, 0.999]), "eps": 1e-8, "weight_decay": 0, "momentum_decay": 4e-3,
      "decoupled_weight_decay": false, "maximize": false, "foreach": nil, "capturable": false,
      "differentiable": false,
    ]
  }

  public override func validate(_ options: ParameterGroup) throws {
    try options.requireNotNegative("lr", "learning rate")
    try options.requireNotNegative("eps", "epsilon value")
    try options.requireBetas()
    try options.requireNotNegative("weight_decay", "weight_decay value")
    try options.requireNotNegative("momentum_decay", "momentum_decay value")
  }

  public override func update(_ group: ParameterGroup) throws {
    let (beta1, beta2) = try group.betas()
    let (lr, momentumDecay) = (try group.learningRate(), try group.number("momentum_decay"))
    let isDecoupled = group.isOn("decoupled_weight_decay")
    var pass = FusedUpdate(
      NAdamRule(
        adjustment: try GradientAdjustment(group, decoupled: isDecoupled), beta1: beta1, beta2: beta2,
        eps: try group.number("eps"), decay: isDecoupled ? 1 - lr * (try group.number("weight_decay")) : 1))
    func momentum(_ step: Double) -> Double { beta1 * (1 - 0.5 * pow(0.96, step * momentumDecay)) }
    for parameter in group.parameters {
      guard let gradient = parameter.grad else { continue }
      let step = try advanceStep(of: parameter)
      let (now, next) = (momentum(step), momentum(step + 1))
      let product = try updateNumber("mu_product", of: parameter, initial: 1) { $0 * now }
      let state = [try stateTensor("exp_avg", of: parameter), try stateTensor("exp_avg_sq", of: parameter)]
      try pass.add(
        parameter, gradient: gradient, state: state,
        NAdamRule.Factors(
          gradient: lr * (1 - now) / (1 - product), average: lr * next / (1 - product * next),
          correction: 1 - pow(beta2, step)))
    }
    try pass.run()
  }
}

/// State: the averages of gradients and of their squares.
private struct NAdamRule: UpdateRule {
  struct Factors {
    /// What the gradient and its average count for, learning rate included.
    let gradient: Double
    let average: Double
    /// The bias correction of the average square.
    let correction: Double
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
    let (direct, averaged, correction) = (T(factors.gradient), T(factors.average), T(factors.correction))
    let (eps, decay) = (T(self.eps), T(self.decay))
    for i in 0..<count {
      let scale = (square[i] / correction).squareRoot() + eps
      parameter[i] = parameter[i] * decay - (direct * gradient[i] + averaged * average[i]) / scale
    }
  }
}
