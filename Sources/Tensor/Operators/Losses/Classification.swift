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
    let axis = rank == 1 ? 0 : 1
    try checkClasses(target, weight)
    let classes = shape[axis]
    if rank == 1, target.rank == 1 {
      return try nllLoss(target.reshape([]), weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    }
    let name = rank > 2 ? "NllLoss2DBackward0" : "NllLossBackward0"
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
    case .none: return weighted.named(name)
    case .sum: return try weighted.sum().named(name)
    case .mean:
      let total = try (weights ?? counts.to(dtype)).where(counts, else: 0).sum()
      return try weighted.sum().div(total).named(name)
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
      throw TensorError("label_smoothing must be between 0.0 and 1.0. Got: \(numberText(labelSmoothing))")
    }
    let axis = rank == 1 ? 0 : 1
    if target.shape == shape {
      guard target.dtype.isFloatingPoint else {
        throw TensorError(
          "Expected floating point type for target with class probabilities, got \(target.dtype.scalarTypeName)")
      }
      guard rank > 0 else { throw TensorError.index("Dimension specified as 1 but tensor has no dimensions") }
      let classes = shape[axis]
      guard ignoreIndex < 0 else { throw TensorError("ignore_index is not supported for floating point target") }
      if let weight, weight.shape != [classes] {
        throw TensorError(
          "cross_entropy: weight tensor should be defined either for all \(classes) classes or no classes but got weight tensor of shape: \(Shape.text(weight.shape))"
        )
      }
      return try logSoftmax(axis).probabilityLoss(target, axis, weight, reduction, labelSmoothing)
    }
    let logs = try logSoftmax(axis)
    let classes = shape[axis]
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

  /// Checks what ``nllLoss(_:weight:ignoreIndex:reduction:)`` is given.
  private func checkClasses(_ target: Tensor, _ weight: Tensor?) throws {
    guard rank > 0 else { throw TensorError("Expected 1 or more dimensions (got 0)", kind: .value) }
    let isSpatial = rank > 2
    let classes = shape[rank == 1 ? 0 : 1]
    if rank > 1 {
      let batch = target.shape.first ?? 0
      guard shape[0] == batch, target.rank > 0 else {
        throw TensorError(
          "Expected input batch_size (\(shape[0])) to match target batch_size (\(batch)).", kind: .value)
      }
    }
    if rank == 3 || rank > 4 {
      let expected = [shape[0]] + shape.dropFirst(2)
      guard target.shape.dropFirst() == expected.dropFirst() else {
        throw TensorError("Expected target size \(Shape.text(expected)), got \(Shape.text(target.shape))")
      }
    }
    try weight?.refuseGradient(isSpatial ? "nll_loss2d_forward" : "nll_loss_forward", "weight")
    if rank == 4 {
      guard target.rank == 3 else {
        throw TensorError(
          "only batches of spatial targets supported (3D tensors) but got targets of dimension: \(target.rank)")
      }
      guard Array(target.shape.dropFirst()) == Array(shape.dropFirst(2)) else {
        throw TensorError("size mismatch (got input: \(Shape.text(shape)) , target: \(Shape.text(target.shape))")
      }
    } else if !isSpatial {
      guard target.rank <= 1 else {
        throw TensorError("0D or 1D target tensor expected, multi-target not supported")
      }
      if rank == 1, target.rank == 1, target.count != 1 {
        throw TensorError("For 1D input, 1D target must have size 1, but got target size: \(target.count)")
      }
    }
    if let weight, weight.shape != [classes] {
      throw TensorError(
        isSpatial
          ? "weight tensor should be defined either for all or no classes"
          : "weight tensor should be defined either for all \(classes) classes or no classes but got weight tensor of shape: \(Shape.text(weight.shape))"
      )
    }
    guard dtype.isFloatingPoint else {
      throw notImplemented(isSpatial ? "nll_loss2d_forward_out_frame" : "nll_loss_out_frame", dtype)
    }
    guard target.dtype == .int64 || target.dtype == .uint8 else {
      throw TensorError("expected target dtype to be Long or Byte, but got \(target.dtype.scalarTypeName)")
    }
    if let weight, weight.dtype != dtype {
      throw TensorError("expected scalar type \(dtype.scalarTypeName) but found \(weight.dtype.scalarTypeName)")
    }
  }
}
