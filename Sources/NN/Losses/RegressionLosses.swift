import Tensor

/// The mean squared difference: `(x - y)^2`.
public final class MSELoss: PairLoss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.mseLoss(target, reduction: reduction)
  }
}

/// The mean absolute difference: `|x - y|`.
public final class L1Loss: PairLoss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.l1Loss(target, reduction: reduction)
  }
}

/// Half the squared difference over `beta` where the difference is below `beta`, the absolute one less `beta / 2` elsewhere.
public final class SmoothL1Loss: PairLoss {
  /// The difference at which the loss becomes linear.
  public let beta: Double

  /// - Parameter beta: the difference at which the loss becomes linear; 0 makes it ``L1Loss``, and a call with less throws.
  public init(reduction: LossReduction = .mean, beta: Double = 1) {
    self.beta = beta
    super.init(reduction: reduction)
  }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.smoothL1Loss(target, reduction: reduction, beta: beta)
  }
  public override var options: Attributes { [("beta", .double(beta))] }
}

/// Half the squared difference where it is below `delta`, linear beyond.
public final class HuberLoss: PairLoss {
  /// The difference at which the loss becomes linear.
  public let delta: Double

  /// - Parameter delta: the difference at which the loss becomes linear, above 0; a call with another throws.
  public init(reduction: LossReduction = .mean, delta: Double = 1) {
    self.delta = delta
    super.init(reduction: reduction)
  }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.huberLoss(target, reduction: reduction, delta: delta)
  }
  public override var options: Attributes { [("delta", .double(delta))] }
}

/// The divergence of the target's distribution from the input's, which is given in logarithms.
public final class KLDivLoss: PairLoss {
  /// Whether the sum is divided by the number of samples, in place of ``Loss/reduction``.
  public let isBatchMean: Bool
  /// Whether the target is given in logarithms too.
  public let logTarget: Bool

  /// - Parameters:
  ///   - batchMean: whether the sum is divided by the number of samples, in place of `reduction`.
  ///   - logTarget: whether the target is given in logarithms too.
  public init(reduction: LossReduction = .mean, batchMean: Bool = false, logTarget: Bool = false) {
    isBatchMean = batchMean
    self.logTarget = logTarget
    super.init(reduction: reduction)
  }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.klDiv(target, reduction: reduction, logTarget: logTarget, batchMean: isBatchMean)
  }
  public override var reductionName: String { isBatchMean ? "batchmean" : super.reductionName }
  public override var options: Attributes { [("log_target", .bool(logTarget))] }
}

/// The negative log likelihood of a Poisson distribution whose mean, or its logarithm, is the input.
public final class PoissonNLLLoss: PairLoss {
  /// Whether the input is the logarithm of the mean.
  public let logInput: Bool
  /// Whether Stirling's approximation of `log(target!)` is added.
  public let full: Bool
  /// What keeps the logarithm of an input that is no logarithm finite.
  public let eps: Double

  /// - Parameters:
  ///   - logInput: whether the input is the logarithm.
  ///   - full: whether Stirling's approximation of `log(target!)` is added.
  public init(logInput: Bool = true, full: Bool = false, eps: Double = 1e-8, reduction: LossReduction = .mean) {
    (self.logInput, self.full, self.eps) = (logInput, full, eps)
    super.init(reduction: reduction)
  }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.poissonNLLLoss(target, logInput: logInput, full: full, eps: eps, reduction: reduction)
  }
  public override var options: Attributes {
    [("log_input", .bool(logInput)), ("full", .bool(full)), ("eps", .double(eps))]
  }
}

/// The negative log likelihood of normal distributions: input the mean, then the target, then the variance.
public final class GaussianNLLLoss: TripleLoss {
  /// Whether the constant term, `log(2 π) / 2`, is added.
  public let full: Bool
  /// What the variance is at least.
  public let eps: Double

  /// - Parameters:
  ///   - full: whether the constant term is added.
  ///   - eps: what the variance is at least.
  public init(full: Bool = false, eps: Double = 1e-6, reduction: LossReduction = .mean) {
    (self.full, self.eps) = (full, eps)
    super.init(reduction: reduction)
  }

  override class var names: [String] { ["input", "target", "var"] }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor, _ variance: Tensor) throws -> Tensor {
    try input.gaussianNLLLoss(target, variance, full: full, eps: eps, reduction: reduction)
  }

  /// The variance may be a number.
  public override func forward(_ inputs: [Value]) throws -> [Value] {
    var inputs = inputs
    if inputs.count > 2, case .scalar(let variance) = inputs[2], let input = inputs.tensor(0) {
      inputs[2] = .tensor(try input.fullLike(variance))
    }
    return try super.forward(inputs)
  }

  public override var options: Attributes { [("full", .bool(full)), ("eps", .double(eps))] }
}
