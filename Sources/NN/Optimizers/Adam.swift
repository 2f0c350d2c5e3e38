import Glibc
import OrderedCollections
import Tensor

/// Adam: steps scaled by running averages of the gradient and of its square.
///
/// With gradient `g` (after weight decay) in step `t`:
///
///     m ← β₁ m + (1 − β₁) g            v ← β₂ v + (1 − β₂) g²
///     p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// With `amsgrad` the largest `v` so far stands in place of `v`.
///
/// Source: https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
public class Adam: Optimizer {
  /// One group of all `parameters`.
  ///
  /// - Parameters:
  ///   - lr, betas, eps: `lr`, `β₁` and `β₂`, and `ε` of the formula.
  ///   - weightDecay: what of the parameter is added to its gradient, or as in ``AdamW`` with `decoupledWeightDecay`.
  ///   - amsgrad: whether the largest average square so far counts.
  ///   - maximize: whether steps go up the gradient.
  /// - Throws: ``TensorError`` for an option out of range, or parameters that cannot be optimized.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false, decoupledWeightDecay: Bool = false
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "betas": .tuple([.double(betas.0), .double(betas.1)]), "eps": .double(eps),
        "weight_decay": .double(weightDecay), "amsgrad": .bool(amsgrad), "maximize": .bool(maximize),
        "decoupled_weight_decay": .bool(decoupledWeightDecay),
      ])
  }

  public override class var standardOptions: StateDictionary {
    [
      "lr": 1e-3, "betas": .tuple([0.9, 0.999]), "eps": 1e-8, "weight_decay": 0, "amsgrad": false, "maximize": false,
      "foreach": nil, "capturable": false, "differentiable": false, "fused": nil, "decoupled_weight_decay": false,
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
    let rule = AdamRule(
      adjustment: try GradientAdjustment(group, decoupled: isDecoupled), beta1: beta1, beta2: beta2,
      eps: try group.number("eps"), amsgrad: group.isOn("amsgrad"),
      decay: isDecoupled ? 1 - lr * (try group.number("weight_decay")) : 1)
    var pass = FusedUpdate(rule)
    for parameter in group.parameters {
      guard let gradient = parameter.grad else { continue }
      let step = try advanceStep(of: parameter)
      var state = [try stateTensor("exp_avg", of: parameter), try stateTensor("exp_avg_sq", of: parameter)]
      if rule.amsgrad { state.append(try stateTensor("max_exp_avg_sq", of: parameter)) }
      try pass.add(
        parameter, gradient: gradient, state: state,
        AdamRule.Factors(stepSize: lr / (1 - pow(beta1, step)), correction: (1 - pow(beta2, step)).squareRoot()))
    }
    try pass.run()
  }
}

/// Adam whose weight decay acts on the parameter itself, not through the gradient: `p ← (1 − lr λ) p` first.
///
/// Source: https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html
public final class AdamW: Adam {
  /// One group of all `parameters`.
  ///
  /// - Parameters:
  ///   - lr, betas, eps: `lr`, `β₁` and `β₂`, and `ε` of the formula.
  ///   - weightDecay: `λ`.
  ///   - amsgrad: whether the largest average square so far counts.
  ///   - maximize: whether steps go up the gradient.
  /// - Throws: ``TensorError`` for an option out of range, or parameters that cannot be optimized.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "betas": .tuple([.double(betas.0), .double(betas.1)]), "eps": .double(eps),
        "weight_decay": .double(weightDecay), "amsgrad": .bool(amsgrad), "maximize": .bool(maximize),
      ])
  }

  public override class var standardOptions: StateDictionary {
    var options = super.standardOptions
    options["weight_decay"] = 1e-2
    return options
  }

  public override func completeOptions(_ options: inout StateDictionary) { options["decoupled_weight_decay"] = true }
}

/// State: the averages of gradients and of their squares, and the largest of the latter with `amsgrad`.
private struct AdamRule: UpdateRule {
  struct Factors {
    /// The learning rate divided by the first average's bias correction.
    let stepSize: Double
    /// The root of the second average's bias correction.
    let correction: Double
  }

  let adjustment: GradientAdjustment
  let beta1: Double
  let beta2: Double
  let eps: Double
  let amsgrad: Bool
  /// What the parameter is multiplied by first.
  let decay: Double

  @inline(__always)
  func update<T: BinaryFloatingPoint & ComputeElement>(
    _ rows: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int, _ factors: Factors
  ) {
    let (parameter, gradient, average, square) = (rows[0], rows[1], rows[2], rows[3])
    updateAverages(average, square, gradient, count, beta1: beta1, beta2: beta2)
    var scale = square
    if amsgrad {
      scale = rows[4]
      for i in 0..<count { scale[i] = scale[i] >= square[i] ? scale[i] : square[i] }
    }
    let (stepSize, correction) = (T(factors.stepSize), T(factors.correction))
    let (eps, decay) = (T(self.eps), T(self.decay))
    for i in 0..<count {
      parameter[i] = parameter[i] * decay - stepSize * average[i] / (scale[i].squareRoot() / correction + eps)
    }
  }
}

/// Moves the running averages of a gradient and of its square, as Adam and its kin do.
@inline(__always)
func updateAverages<T: BinaryFloatingPoint>(
  _ average: UnsafeMutablePointer<T>, _ square: UnsafeMutablePointer<T>, _ gradient: UnsafeMutablePointer<T>,
  _ count: Int, beta1: Double, beta2: Double
) {
  let (share1, beta2, share2) = (T(1 - beta1), T(beta2), T(1 - beta2))
  for i in 0..<count {
    average[i] += share1 * (gradient[i] - average[i])
    square[i] = beta2 * square[i] + share2 * gradient[i] * gradient[i]
  }
}
