extension Tensor {
  /// The negative log likelihood of classes: `F.nll_loss`.
  ///
  /// - Parameters:
  ///   - target: class positions, `[N, ...]` for this tensor's `[N, C, ...]`.
  ///   - weight: of each class.
  ///   - ignoreIndex: a target that does not count.
  public func nllLoss(
    _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean
  ) throws -> Tensor {
    guard rank > 0 else { throw TensorError("input tensor should be 1D or 2D") }
    let axis = rank == 1 ? 0 : 1
    let classes = shape[axis]
    guard target.dtype == .int64 || target.dtype == .uint8 || target.dtype == .int32 else {
      throw TensorError("expected scalar type Long but found \(target.dtype.scalarTypeName)")
    }
    var expected = shape
    expected.remove(at: axis)
    guard target.shape == expected else {
      if rank <= 2 {
        throw TensorError("size mismatch (got input: \(Shape.text(shape)), target: \(Shape.text(target.shape)))")
      }
      throw TensorError("Expected target size \(Shape.text(expected)), got \(Shape.text(target.shape))", kind: .runtime)
    }
    if let weight, weight.shape != [classes] {
      throw TensorError(
        "weight tensor should be defined either for all \(classes) classes or no classes but got weight tensor of shape: \(Shape.text(weight.shape))"
      )
    }
    let plain = target.alias()
    let counts = try plain.ne(ignoreIndex)
    let safe = try plain.to(.int64).where(counts, else: 0)
    if safe.count > 0 {
      let (low, high) = (try safe.min().item().int, try safe.max().item().int)
      for value in [low, high] where value < 0 || value >= Int64(classes) {
        throw TensorError.index("Target \(value) is out of bounds.")
      }
    }
    let picked = try gather(axis, safe.unsqueeze(axis)).squeeze([axis]).neg()
    let weights = try weight.map { try $0.alias().index([safe]) }
    let weighted = try (weights.map { try picked.mul($0) } ?? picked).where(counts, else: 0)
    switch reduction {
    case .none: return weighted
    case .sum: return try weighted.sum()
    case .mean:
      let total = try (weights ?? counts.to(dtype)).where(counts, else: 0).sum()
      return try weighted.sum().div(total)
    }
  }

  /// The cross entropy of classes: `F.cross_entropy`.
  ///
  /// - Parameters:
  ///   - target: class positions, or the probabilities of all classes in this tensor's own shape.
  ///   - labelSmoothing: how much of the target is spread over all classes, 0 to 1.
  public func crossEntropy(
    _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean,
    labelSmoothing: Double = 0
  ) throws -> Tensor {
    guard labelSmoothing >= 0 && labelSmoothing <= 1 else {
      throw TensorError("label_smoothing must be between 0.0 and 1.0. Got: \(labelSmoothing)")
    }
    guard rank > 0 else { throw TensorError("input tensor should be 1D or 2D") }
    let axis = rank == 1 ? 0 : 1
    let classes = shape[axis]
    let logs = try logSoftmax(axis)
    if target.shape == shape && target.dtype.isFloatingPoint {
      return try logs.probabilityLoss(target, axis, weight, reduction, labelSmoothing)
    }
    guard target.dtype.isInteger else {
      throw TensorError("expected scalar type Long but found \(target.dtype.scalarTypeName)")
    }
    let likelihood = try logs.nllLoss(target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    guard labelSmoothing > 0 else { return likelihood }
    var weights: Tensor?
    if let weight {
      var sizes = [Int](repeating: 1, count: rank)
      sizes[axis] = classes
      weights = try weight.reshape(sizes)
    }
    let counts = try target.alias().ne(ignoreIndex)
    let all = try (weights.map { try logs.mul($0) } ?? logs).sum([axis]).neg().where(counts, else: 0)
    let smooth: Tensor
    switch reduction {
    case .none: smooth = all
    case .sum: smooth = try all.sum()
    case .mean:
      let safe = try target.alias().to(.int64).where(counts, else: 0)
      let total = try (weight.map { try $0.index([safe]) } ?? counts.to(dtype)).where(counts, else: 0).sum()
      smooth = try all.sum().div(total)
    }
    return try likelihood.mul(1 - labelSmoothing).add(smooth.mul(labelSmoothing / Double(classes)))
  }

  /// The cross entropy of these log probabilities with the target's probabilities.
  private func probabilityLoss(
    _ target: Tensor, _ axis: Int, _ weight: Tensor?, _ reduction: LossReduction, _ labelSmoothing: Double
  ) throws -> Tensor {
    let classes = Double(shape[axis])
    let wanted =
      labelSmoothing > 0 ? try target.mul(1 - labelSmoothing).add(labelSmoothing / classes) : target
    var product = try mul(wanted)
    if let weight {
      var sizes = [Int](repeating: 1, count: rank)
      sizes[axis] = shape[axis]
      product = try product.mul(weight.reshape(sizes))
    }
    let losses = try product.sum([axis]).neg()
    switch reduction {
    case .none: return losses
    case .sum: return try losses.sum()
    case .mean: return try losses.sum().div(Double(rank == 1 ? 1 : count / Swift.max(shape[axis], 1)))
    }
  }
}
