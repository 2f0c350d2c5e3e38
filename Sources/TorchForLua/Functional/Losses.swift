import Lua
import Tensor

extension OperatorList {
  private static let averaging =
    "size_average: bool? = nil, reduce: bool? = nil, reduction: string = 'mean'"

  /// The losses beside cross entropy and the plain errors.
  mutating func addMoreLosses() {
    addRegressionLosses()
    addBinaryLosses()
    addMarginLosses()
    addDistances()
  }

  private mutating func addRegressionLosses() {
    let pair = "input: Tensor, target: Tensor"
    add(
      "smooth_l1_loss", "(\(pair), \(Self.averaging), beta: float = 1.0) -> Tensor",
      "Squared errors below beta, absolute ones above.", "F.smooth_l1_loss(torch.ones(2), torch.zeros(2))"
    ) { a in try a.tensor(0).smoothL1Loss(a.tensor(1), reduction: a.reduction(4), beta: a.double(5)) }
    add(
      "huber_loss", "(\(pair), reduction: string = 'mean', delta: float = 1.0, weight: Tensor? = nil) -> Tensor",
      "Squared errors below delta, linear above.", "F.huber_loss(torch.ones(2), torch.zeros(2))"
    ) { a in
      try a.tensor(0).huberLoss(
        a.tensor(1), reduction: a.reduction(2), delta: a.double(3), weight: a.optionalTensor(4))
    }
    add(
      "kl_div", "(\(pair), \(Self.averaging), log_target: bool = false) -> Tensor",
      "The divergence from distributions given in logarithms.",
      "F.kl_div(torch.zeros(2), torch.ones(2), {reduction = 'sum'})"
    ) { a in
      let isBatchMean = try a.string(4) == "batchmean"
      return try a.tensor(0).klDiv(
        a.tensor(1), reduction: isBatchMean ? .sum : a.reduction(4), logTarget: a.bool(5), batchMean: isBatchMean)
    }
    add(
      "poisson_nll_loss",
      "(\(pair), log_input: bool = true, full: bool = false, size_average: bool? = nil, eps: float = 1e-08, reduce: bool? = nil, reduction: string = 'mean') -> Tensor",
      "The negative log likelihood of Poisson distributions.", "F.poisson_nll_loss(torch.zeros(2), torch.ones(2))"
    ) { a in
      try a.tensor(0).poissonNLLLoss(
        a.tensor(1), logInput: a.bool(2), full: a.bool(3), eps: a.double(5), reduction: a.reduction(7))
    }
    add(
      "gaussian_nll_loss",
      "(\(pair), var: Tensor|float, full: bool = false, eps: float = 1e-06, reduction: string = 'mean') -> Tensor",
      "The negative log likelihood of normal distributions.",
      "F.gaussian_nll_loss(torch.zeros(2), torch.ones(2), torch.ones(2))"
    ) { a in
      let input = try a.tensor(0)
      let variance = try a.operand(2)
      return try input.gaussianNLLLoss(
        a.tensor(1), variance.isWrappedNumber ? input.zerosLike().add(variance) : variance, full: a.bool(3),
        eps: a.double(4), reduction: a.reduction(5))
    }
  }

  private mutating func addBinaryLosses() {
    add(
      "binary_cross_entropy",
      "(input: Tensor, target: Tensor, weight: Tensor? = nil, \(Self.averaging)) -> Tensor",
      "The cross entropy of probabilities.", "F.binary_cross_entropy(torch.full({2}, 0.5), torch.ones(2))"
    ) { a in
      try a.tensor(0).binaryCrossEntropy(a.tensor(1), weight: a.optionalTensor(2), reduction: a.reduction(5))
    }
    add(
      "binary_cross_entropy_with_logits",
      "(input: Tensor, target: Tensor, weight: Tensor? = nil, \(Self.averaging), pos_weight: Tensor? = nil) -> Tensor",
      "The cross entropy of sigmoid(input).", "F.binary_cross_entropy_with_logits(torch.zeros(2), torch.ones(2))"
    ) { a in
      try a.tensor(0).binaryCrossEntropyWithLogits(
        a.tensor(1), weight: a.optionalTensor(2), reduction: a.reduction(5), posWeight: a.optionalTensor(6))
    }
    add(
      "multilabel_soft_margin_loss",
      "(input: Tensor, target: Tensor, weight: Tensor? = nil, \(Self.averaging)) -> Tensor",
      "The mean cross entropy of each class.", "F.multilabel_soft_margin_loss(torch.zeros(1, 2), torch.ones(1, 2))"
    ) { a in
      try a.tensor(0).multilabelSoftMarginLoss(a.tensor(1), weight: a.optionalTensor(2), reduction: a.reduction(5))
    }
  }

  private mutating func addMarginLosses() {
    let pair = "input: Tensor, target: Tensor"
    let ones = "torch.ones(2)"
    add(
      "soft_margin_loss", "(\(pair), \(Self.averaging)) -> Tensor", "log(1 + exp(-target * input)).",
      "F.soft_margin_loss(\(ones), \(ones))"
    ) { a in try a.tensor(0).softMarginLoss(a.tensor(1), reduction: a.reduction(4)) }
    add(
      "margin_ranking_loss",
      "(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, \(Self.averaging)) -> Tensor",
      "max(0, -target * (input1 - input2) + margin).", "F.margin_ranking_loss(\(ones), \(ones), \(ones))"
    ) { a in
      try a.tensor(0).marginRankingLoss(a.tensor(1), a.tensor(2), margin: a.double(3), reduction: a.reduction(6))
    }
    add(
      "hinge_embedding_loss", "(\(pair), margin: float = 1.0, \(Self.averaging)) -> Tensor",
      "input where target is 1, max(0, margin - input) where it is -1.", "F.hinge_embedding_loss(\(ones), \(ones))"
    ) { a in try a.tensor(0).hingeEmbeddingLoss(a.tensor(1), margin: a.double(2), reduction: a.reduction(5)) }
    add(
      "cosine_embedding_loss",
      "(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, \(Self.averaging)) -> Tensor",
      "1 - cos where target is 1, max(0, cos - margin) where it is -1.",
      "F.cosine_embedding_loss(torch.ones(1, 2), torch.ones(1, 2), torch.ones(1))"
    ) { a in
      try a.tensor(0).cosineEmbeddingLoss(a.tensor(1), a.tensor(2), margin: a.double(3), reduction: a.reduction(6))
    }
    add(
      "multi_margin_loss",
      "(\(pair), p: int = 1, margin: float = 1.0, weight: Tensor? = nil, \(Self.averaging)) -> Tensor",
      "The margins by which other classes come near the target's.",
      "F.multi_margin_loss(torch.randn(1, 3), torch.tensor{1})"
    ) { a in
      try a.tensor(0).multiMarginLoss(
        a.tensor(1), p: a.int(2), margin: a.double(3), weight: a.optionalTensor(4), reduction: a.reduction(7))
    }
    add(
      "multilabel_margin_loss", "(\(pair), \(Self.averaging)) -> Tensor",
      "The margins between the target's classes and all others.",
      "F.multilabel_margin_loss(torch.randn(1, 3), torch.tensor{{1, -1, 0}})"
    ) { a in try a.tensor(0).multilabelMarginLoss(a.tensor(1), reduction: a.reduction(4)) }
    add(
      "triplet_margin_loss",
      "(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-06, swap: bool = false, \(Self.averaging)) -> Tensor",
      "max(0, |anchor - positive| - |anchor - negative| + margin).",
      "F.triplet_margin_loss(torch.zeros(1, 2), torch.ones(1, 2), torch.ones(1, 2))"
    ) { a in
      try a.tensor(0).tripletMarginLoss(
        a.tensor(1), a.tensor(2), margin: a.double(3), p: a.double(4), eps: a.double(5), swap: a.bool(6),
        reduction: a.reduction(9))
    }
  }

  private mutating func addDistances() {
    add(
      "pairwise_distance",
      "(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-06, keepdim: bool = false) -> Tensor",
      "The distance between vectors.", "F.pairwise_distance(torch.zeros(2), torch.ones(2))"
    ) { a in try a.tensor(0).pairwiseDistance(a.tensor(1), p: a.double(2), eps: a.double(3), keepDim: a.bool(4)) }
    add(
      "cosine_similarity", "(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-08) -> Tensor",
      "The cosine of the angle between vectors.", "F.cosine_similarity(torch.ones(1, 2), torch.ones(1, 2))"
    ) { a in try a.tensor(0).cosineSimilarity(a.tensor(1), dim: a.int(2), eps: a.double(3)) }
    add(
      "normalize", "(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor",
      "Vectors divided by their norm.", "F.normalize(torch.ones(1, 2))"
    ) { a in try a.tensor(0).normalize(p: a.double(1), dim: a.int(2), eps: a.double(3)) }
  }
}
