import OrderedCollections
import Tensor

/// Adagrad: gradients divided by the root of the sum of all their squares so far.
///
/// With gradient `g` (after weight decay) in step `t`:
///
///     s ← s + g²
///     p ← p − lr / (1 + (t − 1) η) · g / (√s + ε)
///
/// Source: https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html
public final class Adagrad: Optimizer {
  /// One group of all `parameters`.
  ///
  /// - Parameters:
  ///   - lr, lrDecay, eps: `lr`, `η` and `ε` of the formula.
  ///   - initialAccumulatorValue: what the sums `s` begin with.
  ///   - weightDecay: what of the parameter is added to its gradient.
  ///   - maximize: whether steps go up the gradient.
  /// - Throws: ``TensorError`` for an option out of range, or parameters that cannot be optimized.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
    initialAccumulatorValue: Double = 0, eps: Double = 1e-10, maximize: Bool = false
  ) throws {
    try self.init(
      parameters,
      options: [
        "lr": .double(lr), "lr_decay": .double(lrDecay), "eps": .double(eps), "weight_decay": .double(weightDecay),
        "initial_accumulator_value": .double(initialAccumulatorValue), "maximize": .bool(maximize),
      ])
  }

  public override class var standardOptions: StateDictionary {
    [
      "lr": 1e-2, "lr_decay": 0, "eps": 1e-10, "weight_decay": 0, "initial_accumulator_value": 0, "foreach": nil,
      "maximize": false, "differentiable": false, "fused": nil,
    ]
  }

  public override func validate(_ options: ParameterGroup) throws {
    try options.requireNotNegative("lr", "learning rate")
    try options.requireNotNegative("lr_decay", "lr_decay value")
    try options.requireNotNegative("weight_decay", "weight_decay value")
    try options.requireNotNegative("initial_accumulator_value", "initial_accumulator_value value")
    try options.requireNotNegative("eps", "epsilon value")
  }

  /// The sums begin with the group, not with the first gradient.
  public override func add(_ group: ParameterGroup) throws {
    try super.add(group)
    for parameter in group.parameters { _ = try state(of: parameter) { try initialState(of: parameter) } }
  }

  private func initialState(of parameter: Tensor) throws -> StateDictionary {
    let initial = defaults["initial_accumulator_value"]?.number ?? 0
    let type: DType = DefaultDType.current == .float64 ? .float64 : .float32
    return ["step": .tensor(try Tensor.zeros([], dtype: type)), "sum": .tensor(try parameter.filledLike(initial))]
  }

  public override func update(_ group: ParameterGroup) throws {
    let (lr, decay) = (try group.learningRate(), try group.number("lr_decay"))
    var pass = FusedUpdate(AdagradRule(adjustment: try GradientAdjustment(group), eps: try group.number("eps")))
    for parameter in group.parameters {
      guard let gradient = parameter.grad else { continue }
      _ = try state(of: parameter) { try initialState(of: parameter) }
      let step = try advanceStep(of: parameter)
      try pass.add(
        parameter, gradient: gradient, state: [try stateTensor("sum", of: parameter)], lr / (1 + (step - 1) * decay))
    }
    try pass.run()
  }
}

/// State: the sum of squares. Factor: the decayed learning rate.
private struct AdagradRule: UpdateRule {
  let adjustment: GradientAdjustment
  let eps: Double

  @inline(__always)
  func update<T: BinaryFloatingPoint & ComputeElement>(
    _ rows: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int, _ rate: Double
  ) {
    let (parameter, gradient, sum) = (rows[0], rows[1], rows[2])
    let (rate, eps) = (T(rate), T(self.eps))
    for i in 0..<count {
      sum[i] += gradient[i] * gradient[i]
      parameter[i] -= rate * gradient[i] / (sum[i].squareRoot() + eps)
    }
  }
}
