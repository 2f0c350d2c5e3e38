import Glibc

extension Tensor {
  /// The squared differences: `F.mse_loss`.
  public func mseLoss(_ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean) throws -> Tensor {
    let (x, y) = try broadcast(with: target)
    let (a, b) = try x.promoted(with: y, "mse_cpu")
    let squares = try a.sub(b).square()
    guard let weight else { return try squares.reduced(reduction).named("MseLossBackward0") }
    let weighted = try squares.mul(weight)
    return reduction == .mean ? try weighted.sum().div(weight.sum()) : try weighted.reduced(reduction)
  }

  /// The absolute differences: `F.l1_loss`.
  public func l1Loss(_ target: Tensor, reduction: LossReduction = .mean) throws -> Tensor {
    let (x, y) = try broadcast(with: target)
    return try x.sub(y).abs().reduced(reduction)
  }

  /// Half the squared differences over `beta` where below it, the absolute ones less half of `beta` elsewhere.
  public func smoothL1Loss(_ target: Tensor, reduction: LossReduction = .mean, beta: Double = 1) throws -> Tensor {
    let (x, y) = try broadcast(with: target)
    guard beta >= 0 else { throw TensorError("smooth_l1_loss does not support negative values for beta.") }
    if beta == 0 { return try x.l1Loss(y, reduction: reduction) }
    let (a, b) = try x.promoted(with: y, "smooth_l1_cpu")
    return try smoothMagnitude(beta)(a.sub(b)).reduced(reduction).named("SmoothL1LossBackward0")
  }

  /// Half the squares over `beta` where magnitudes are below it, the magnitudes less half of it elsewhere.
  private func smoothMagnitude(_ beta: Double) -> UnaryOperator {
    let single = Float(beta)
    return UnaryOperator(
      "smooth_l1", float: { x, out, n in map(x, out, n) { smoothed($0, single) } },
      double: { x, out, n in map(x, out, n) { smoothed($0, beta) } },
      gradient: .ofInput { grad, x in try grad.mul(x.div(beta).clamp(min: -1, max: 1)) })
  }

  /// Half the squared differences where below `delta`, linear beyond.
  public func huberLoss(
    _ target: Tensor, reduction: LossReduction = .mean, delta: Double = 1, weight: Tensor? = nil
  ) throws -> Tensor {
    let (x, y) = try broadcast(with: target)
    guard !(delta <= 0) else { throw TensorError("huber_loss does not support non-positive values for delta.") }
    try checkCast(resultType(x, y), to: dtype)
    let (a, b) = try x.promoted(with: y, "huber_cpu")
    let distance = try a.to(dtype).sub(b.to(dtype)).abs()
    let near = try distance.mul(distance).mul(0.5)
    let far = try distance.sub(0.5 * delta).mul(delta)
    let losses = try Tensor.where(distance.alias().le(delta), near, far)
    return try (weight.map { try losses.mul($0) } ?? losses).reduced(reduction).named("HuberLossBackward0")
  }

  /// The divergence of the target's distribution from this one, given in logarithms: `F.kl_div`.
  ///
  /// - Parameter logTarget: the target is given in logarithms too.
  public func klDiv(
    _ target: Tensor, reduction: LossReduction = .mean, logTarget: Bool = false, batchMean: Bool = false
  ) throws -> Tensor {
    guard dtype.isFloatingPoint, target.dtype.isFloatingPoint else {
      throw TensorError("kl_div: Integral inputs not supported.")
    }
    let losses = try logTarget ? target.exp().mul(target.sub(self)) : target.xlogy(target).sub(target.mul(self))
    if batchMean { return try losses.sum().div(rank > 0 ? shape[0] : 1) }
    return try losses.reduced(reduction)
  }

  /// The negative log likelihood of a Poisson distribution with this mean (or its logarithm).
  public func poissonNLLLoss(
    _ target: Tensor, logInput: Bool = true, full: Bool = false, eps: Double = 1e-8,
    reduction: LossReduction = .mean
  ) throws -> Tensor {
    var losses = try logInput ? exp().sub(target.mul(self)) : sub(target.mul(add(eps).log()))
    if full {
      let stirling = try target.mul(target.log()).sub(target).add(target.mul(2 * Double.pi).log().mul(0.5))
      losses = try losses.add(stirling.maskedFill(target.alias().le(1), 0))
    }
    return try losses.reduced(reduction)
  }

  /// The negative log likelihood of normal distributions with this mean and the variance `variance`.
  public func gaussianNLLLoss(
    _ target: Tensor, _ variance: Tensor, full: Bool = false, eps: Double = 1e-6, reduction: LossReduction = .mean
  ) throws -> Tensor {
    var variance = variance
    if variance.shape != shape {
      if Array(shape.dropLast()) == variance.shape {
        variance = try variance.unsqueeze(-1)
      } else if !(Array(shape.dropLast()) == Array(variance.shape.dropLast()) && variance.shape.last == 1)
        && !variance.isWrappedNumber
      {
        throw TensorError("var is of incorrect size", kind: .value)
      }
    }
    if variance.count > 0, try variance.alias().lt(0).any().item().bool {
      throw TensorError("var has negative entry/entries", kind: .value)
    }
    guard variance.dtype.isFloatingPoint else {
      throw TensorError(
        "result type Float can't be cast to the desired output type \(variance.dtype.mangledTypeName)")
    }
    // The limit does not reach the gradient.
    let raised = try variance.alias().clamp(min: eps).sub(variance.alias())
    let safe = try variance.add(raised)
    var losses = try safe.log().add(sub(target).square().div(safe)).mul(0.5)
    if full { losses = try losses.add(0.5 * Glibc.log(2 * Double.pi)) }
    return try losses.reduced(reduction)
  }
}

@inline(__always)
private func smoothed<T: BinaryFloatingPoint>(_ x: T, _ beta: T) -> T {
  let magnitude = abs(x)
  return magnitude < beta ? 0.5 * magnitude * magnitude / beta : magnitude - 0.5 * beta
}
