import Glibc
import Tensor

/// Steps scaled by running means of gradients and their squares: `torch.optim.Adam`.
///
/// `m = beta1 * m + (1 - beta1) * g`, `v = beta2 * v + (1 - beta2) * g^2`,
/// `p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)`. With `amsgrad` the largest `v` so far divides.
///
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, https://arxiv.org/abs/1412.6980
public class Adam: Optimizer {
  public convenience init(
    _ parameters: [Tensor], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false, decoupledWeightDecay: Bool = false
  ) throws {
    try self.init(
      groups: [ParameterGroup(parameters)], learningRate: learningRate, betas: betas, eps: eps,
      weightDecay: weightDecay, amsgrad: amsgrad, maximize: maximize, decoupledWeightDecay: decoupledWeightDecay)
  }

  /// - Parameter decoupledWeightDecay: shrinks parameters directly, as ``AdamW`` does, instead of adding to gradients.
  /// - Throws: ``TensorError`` for options out of range.
  public init(
    groups: [ParameterGroup], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false, decoupledWeightDecay: Bool = false
  ) throws {
    try Optimizer.checkMoments(learningRate, betas, eps, weightDecay)
    try super.init(
      groups,
      defaults: [
        "lr": .double(learningRate), "betas": .tuple([.double(betas.0), .double(betas.1)]), "eps": .double(eps),
        "weight_decay": .shortest(weightDecay), "amsgrad": .bool(amsgrad), "maximize": .bool(maximize),
        "foreach": nil, "capturable": false, "differentiable": false, "fused": nil,
        "decoupled_weight_decay": .bool(decoupledWeightDecay),
      ])
  }

  public override func update(_ group: ParameterGroup) throws {
    var items: [UpdateItem<AdamRule>] = []
    for (parameter, grad) in active(group) {
      let step = try countStep(parameter)
      var tensors = [
        parameter, grad, try stateTensor(parameter, "exp_avg"), try stateTensor(parameter, "exp_avg_sq"),
      ]
      if group.bool("amsgrad") { tensors.append(try stateTensor(parameter, "max_exp_avg_sq")) }
      items.append(UpdateItem(tensors: tensors, rule: AdamRule(group, step, keepsLargest: tensors.count == 5)))
    }
    try FusedUpdate.run(items)
  }
}

/// ``Adam`` whose weight decay shrinks the parameters themselves: `torch.optim.AdamW`.
///
/// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, https://arxiv.org/abs/1711.05101
public final class AdamW: Adam {
  public convenience init(
    _ parameters: [Tensor], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
  ) throws {
    try self.init(
      groups: [ParameterGroup(parameters)], learningRate: learningRate, betas: betas, eps: eps,
      weightDecay: weightDecay, amsgrad: amsgrad, maximize: maximize)
  }

  public init(
    groups: [ParameterGroup], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
  ) throws {
    try super.init(
      groups: groups, learningRate: learningRate, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad,
      maximize: maximize, decoupledWeightDecay: true)
  }
}

extension Optimizer {
  /// The checks that Adam and its relatives share.
  static func checkMoments(_ rate: Double, _ betas: (Double, Double), _ eps: Double, _ weightDecay: Double) throws {
    try require(rate >= 0, "Invalid learning rate", rate)
    try require(eps >= 0, "Invalid epsilon value", eps)
    try require(betas.0 >= 0 && betas.0 < 1, "Invalid beta parameter at index 0", betas.0)
    try require(betas.1 >= 0 && betas.1 < 1, "Invalid beta parameter at index 1", betas.1)
    try require(weightDecay >= 0, "Invalid weight_decay value", weightDecay)
  }
}

private struct AdamRule: UpdateRule {
  let shrink: Double
  let weightDecay: Double
  let maximize: Bool
  let beta1: Double
  let beta2: Double
  let eps: Double
  let stepSize: Double
  let secondCorrection: Double
  let keepsLargest: Bool

  init(_ group: ParameterGroup, _ step: Double, keepsLargest: Bool) {
    self.keepsLargest = keepsLargest
    let rate = group.learningRate
    let decay = group.double("weight_decay")
    let isDecoupled = group.bool("decoupled_weight_decay")
    shrink = isDecoupled ? 1 - rate * decay : 1
    weightDecay = isDecoupled ? 0 : decay
    maximize = group.bool("maximize")
    (beta1, beta2) = group.pair("betas")
    eps = group.double("eps")
    stepSize = rate / (1 - pow(beta1, step))
    secondCorrection = (1 - pow(beta2, step)).squareRoot()
  }

  func update<T: UpdateElement>(_ x: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int) {
    let (p, g, first, second) = (x[0], x[1], x[2], x[3])
    let gradient = EffectiveGradient<T>(maximize: maximize, weightDecay: weightDecay)
    let (shrink, newFirst, beta2, newSecond) = (T(self.shrink), T(1 - beta1), T(self.beta2), T(1 - self.beta2))
    let (stepSize, correction, eps) = (T(self.stepSize), T(secondCorrection), T(self.eps))
    // Without a record of its own the mean itself is the largest.
    let largest = keepsLargest ? x[4] : second
    for i in 0..<count {
      let parameter = p[i] * shrink
      let d = gradient(g[i], parameter)
      let m = first[i] + newFirst * (d - first[i])
      let v = beta2 * second[i] + newSecond * d * d
      first[i] = m
      second[i] = v
      let divisor = keepsLargest ? max(largest[i], v) : v
      largest[i] = divisor
      p[i] = parameter - stepSize * (m / (divisor.squareRoot() / correction + eps))
    }
  }
}
