extension Tensor {
  /// `log(1 + exp(-target * x))`.
  public func softMarginLoss(_ target: Tensor, reduction: LossReduction = .mean) throws -> Tensor {
    try target.refuseGradient("soft_margin_loss", "target")
    guard dtype.isFloatingPoint else {
      _ = try neg()
      throw TensorError("result type Float can't be cast to the desired output type \(dtype.scalarTypeName)")
    }
    let product = try neg().mul(target)
    guard product.shape == shape else {
      throw TensorError(
        "output with shape \(Shape.text(shape)) doesn't match the broadcast shape \(Shape.text(product.shape))")
    }
    return try product.exp().log1p().to(dtype).reduced(reduction).named("SoftMarginLossBackward0")
  }

  /// `max(0, -target * (self - other) + margin)`.
  public func marginRankingLoss(
    _ other: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
  ) throws -> Tensor {
    guard rank == other.rank, rank == target.rank else {
      throw TensorError(
        "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: \(Shape.sizeText(shape)), input2: \(Shape.sizeText(other.shape)), target: \(Shape.sizeText(target.shape)) "
      )
    }
    let difference = try sub(other)
    return try target.neg().mul(difference).add(margin).clamp(min: 0).reduced(reduction)
  }

  /// `x` where the target is 1, `max(0, margin - x)` where it is -1.
  public func hingeEmbeddingLoss(
    _ target: Tensor, margin: Double = 1, reduction: LossReduction = .mean
  ) throws -> Tensor {
    // The margin is rounded to this tensor's type.
    let distance = try Tensor.full([], .double(margin), dtype: dtype).sub(self).clamp(min: 0)
    let far = try Tensor.where(target.alias().eq(1), 0, distance)
    let near = try Tensor.where(target.alias().eq(-1), 0, self)
    return try far.add(near).reduced(reduction)
  }

  /// `1 - cos` where the target is 1, `max(0, cos - margin)` where it is -1.
  public func cosineEmbeddingLoss(
    _ other: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
  ) throws -> Tensor {
    guard target.rank <= 1 else {
      throw TensorError("0D or 1D target tensor expected, multi-target not supported")
    }
    guard rank == other.rank, rank == target.rank + 1, rank <= 2, rank > 0 else {
      throw TensorError(
        "\(target.rank)D target tensor expects \(target.rank + 1)D input tensors, but found inputs with sizes \(Shape.text(shape)) and \(Shape.text(other.shape))."
      )
    }
    let axis = rank - 1
    let eps = 1e-12
    let product = try mul(other).sum([axis])
    let lengths = try square().sum([axis]).add(eps).mul(other.square().sum([axis]).add(eps)).sqrt()
    let cosine = try product.div(lengths)
    let near = try cosine.rsub(1).where(target.alias().eq(1), else: 0)
    let far = try cosine.sub(margin).clamp(min: 0).where(target.alias().eq(-1), else: 0)
    return try near.add(far).reduced(reduction)
  }

  /// The margins by which other classes come near the target's.
  public func multiMarginLoss(
    _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: LossReduction = .mean
  ) throws -> Tensor {
    try weight?.refuseGradient("multi_margin_loss", "weight")
    guard p == 1 || p == 2 else { throw TensorError("only p == 1 and p == 2 supported") }
    guard rank <= 1 && count > 0 || rank == 2 && shape[1] > 0 else {
      throw TensorError(
        "Expected non-empty vector or matrix with optional 0-dim batch size, but got: \(Shape.text(shape))")
    }
    let x = rank < 2 ? try reshape([1, count]) : self
    let (rows, classes) = (x.shape[0], x.shape[1])
    guard target.rank <= 1, target.count == rows else {
      throw TensorError(
        "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [\(rows)], but got \(Shape.text(target.shape)). Input has shape \(Shape.text(shape))."
      )
    }
    if let weight {
      guard weight.rank <= 1 else { throw TensorError("weight must be one-dimensional") }
      guard weight.count == classes else {
        throw TensorError("inconsistent weight size, expected \(classes) but got \(Shape.text(weight.shape))")
      }
    }
    guard dtype == .float32 || dtype == .float64 else { throw notImplemented("multi_margin_loss_cpu_kernel", dtype) }
    guard target.dtype == .int64 else {
      throw TensorError("expected scalar type Long but found \(target.dtype.scalarTypeName)")
    }
    if let weight, weight.dtype != dtype {
      throw TensorError("expected scalar type \(dtype.scalarTypeName) but found \(weight.dtype.scalarTypeName)")
    }
    let labels = try target.alias().reshape([rows])
    let index = try labels.unsqueeze(1)
    if index.count > 0, try index.lt(0).logicalOr(index.ge(classes)).any().item().bool {
      throw TensorError("target out of range")
    }
    // At a margin of 0 the gradient is 0.
    var margins = try x.sub(x.gather(1, index)).add(margin).relu()
    if p == 2 { margins = try margins.mul(margins) }
    if let weight { margins = try margins.mul(weight.reshape([classes]).index([labels]).unsqueeze(1)) }
    let own = try Tensor.zeros(x.shape, dtype: .bool).scatter(1, index, Tensor.ones(index.shape, dtype: .bool))
    let losses = try margins.maskedFill(own, 0).sum([1]).div(classes)
    return try (rank < 2 && target.rank == 0 ? losses.reshape([]) : losses).reduced(reduction)
      .named("MultiMarginLossBackward0")
  }

  /// The margins between the classes that a list of targets (ended by -1) names and all others.
  public func multilabelMarginLoss(_ target: Tensor, reduction: LossReduction = .mean) throws -> Tensor {
    if rank == 0, target.count == 1, target.rank <= 1 {
      return try reshape([1]).multilabelMarginLoss(target.reshape([1]), reduction: reduction)
    }
    guard rank >= 1 && rank <= 2, target.shape == shape else {
      throw TensorError("inconsistent target size: \(Shape.text(target.shape)) for input of size: \(Shape.text(shape))")
    }
    let x = rank == 1 ? try unsqueeze(0) : self
    let labels = try target.alias().to(.int64).reshape(x.shape)
    // What follows the first -1 does not count.
    let isListed = try labels.lt(0).to(.int64).cumsum(1).eq(0)
    let safe = try labels.where(isListed, else: 0)
    let flags = try Tensor.zeros(x.shape, dtype: .int64).scatterAdd(1, safe, isListed.to(.int64)).gt(0)
    let wanted = try x.gather(1, safe).unsqueeze(2)
    let margins = try x.unsqueeze(1).sub(wanted).add(1).clamp(min: 0)
    let counts = try isListed.unsqueeze(2).logicalAnd(flags.logicalNot().unsqueeze(1))
    let losses = try margins.where(counts, else: 0).sum([1, 2]).div(x.shape[1])
    return try (rank == 1 ? losses.reshape([]) : losses).reduced(reduction)
  }

  /// The mean over classes of the binary cross entropy of each.
  public func multilabelSoftMarginLoss(
    _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
  ) throws -> Tensor {
    let losses = try target.mul(logSigmoid()).add(target.rsub(1).mul(neg().logSigmoid())).neg()
    let weighted = try weight.map { try losses.mul($0) } ?? losses
    return try weighted.mean([-1]).reduced(reduction)
  }

  /// `max(0, |self - positive| - |self - negative| + margin)` with distances in the `p`-norm.
  public func tripletMarginLoss(
    _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false,
    reduction: LossReduction = .mean
  ) throws -> Tensor {
    try tripletMarginLoss(positive, negative, margin: margin, swap: swap, reduction: reduction) {
      try $0.pairwiseDistance($1, p: p, eps: eps)
    }
  }

  /// `max(0, distance(self, positive) - distance(self, negative) + margin)`.
  ///
  /// - Parameter swap: whether the positive's distance to the negative counts where it is less than this one's.
  public func tripletMarginLoss(
    _ positive: Tensor, _ negative: Tensor, margin: Double = 1, swap: Bool = false, reduction: LossReduction = .mean,
    distance: (Tensor, Tensor) throws -> Tensor
  ) throws -> Tensor {
    guard rank == positive.rank, rank == negative.rank else {
      throw TensorError(
        "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor \(rank)D, positive \(positive.rank)D, and negative \(negative.rank)D inputs"
      )
    }
    if margin <= 0 { throw TensorError("margin must be greater than 0, got \(margin)", kind: .value) }
    let near = try distance(self, positive)
    var far = try distance(self, negative)
    if swap { far = try far.minimum(distance(positive, negative)) }
    return try near.sub(far).add(margin).clamp(min: 0).reduced(reduction)
  }

  /// The `p`-norm of `self - other + eps` along the last dimension.
  public func pairwiseDistance(
    _ other: Tensor, p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false
  ) throws -> Tensor {
    try sub(other).add(eps).vectorNorm(p, dims: [-1], keepDim: keepDim)
  }

  /// The cosine of the angle between vectors along `dim`.
  public func cosineSimilarity(_ other: Tensor, dim: Int = 1, eps: Double = 1e-8) throws -> Tensor {
    let type = try resultType(self, other)
    guard type.isFloatingPoint else {
      throw TensorError("expected common dtype to be floating point, yet common dtype is \(type.scalarTypeName)")
    }
    let shape = try Shape.broadcast(self.shape, other.shape)
    let (a, b) = (try to(type).expand(shape), try other.to(type).expand(shape))
    let axis = try wrapDimension(dim, rank: shape.count)
    func direction(_ x: Tensor) throws -> Tensor {
      try x.div(x.vectorNorm(2, dims: [axis], keepDim: true).clamp(min: eps))
    }
    return try direction(a).mul(direction(b)).sum([axis])
  }

  /// Vectors along `dim` divided by their `p`-norm: `F.normalize`.
  public func normalize(p: Double = 2, dim: Int = 1, eps: Double = 1e-12) throws -> Tensor {
    try div(vectorNorm(p, dims: [dim], keepDim: true).clamp(min: eps))
  }
}
