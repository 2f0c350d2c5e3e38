extension Tensor {
  /// The squared differences: `F.mse_loss`.
  public func mseLoss(_ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean) throws -> Tensor {
    let squares = try sub(target).square()
    return try (weight.map { try squares.mul($0) } ?? squares).reduced(reduction)
  }

  /// The absolute differences: `F.l1_loss`.
  public func l1Loss(_ target: Tensor, reduction: LossReduction = .mean) throws -> Tensor {
    try sub(target).abs().reduced(reduction)
  }
}
