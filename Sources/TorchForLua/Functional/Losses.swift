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
      """
      0.5 * error^2 / beta where the error |input - target| is below beta, else error - 0.5 * beta. \
      reduction is 'mean', 'sum' or 'none'.
      """, "F.smooth_l1_loss(torch.tensor{0.5, 3.}, torch.zeros(2)) --> tensor(1.3125)"
    ) { a in try a.tensor(0).smoothL1Loss(a.tensor(1), reduction: a.reduction(4), beta: a.double(5)) }
    add(
      "huber_loss", "(\(pair), reduction: string = 'mean', delta: float = 1.0, weight: Tensor? = nil) -> Tensor",
      """
      0.5 * error^2 where the error |input - target| is below delta, else delta * (error - 0.5 * delta). \
      reduction is 'mean', 'sum' or 'none'.
      """, "F.huber_loss(torch.tensor{0.5, 3.}, torch.zeros(2)) --> tensor(1.3125)"
    ) { a in
      try a.tensor(0).huberLoss(
        a.tensor(1), reduction: a.reduction(2), delta: a.double(3), weight: a.optionalTensor(4))
    }
    add(
      "kl_div", "(\(pair), \(Self.averaging), log_target: bool = false) -> Tensor",
      """
      The divergence of target's distribution from input's, which is given as logarithms: target * (log \
      target - input). log_target takes target as logarithms too. reduction 'batchmean' is the sum divided \
      by the first size, the mathematical definition; also 'mean', 'sum', 'none'.
      """,
      "F.kl_div(torch.zeros(2), torch.tensor{0.5, 0.5}, {reduction = 'sum'}) --> tensor(-0.6931)"
    ) { a in
      let isBatchMean = try a.string(4) == "batchmean"
      return try a.tensor(0).klDiv(
        a.tensor(1), reduction: isBatchMean ? .sum : a.reduction(4), logTarget: a.bool(5), batchMean: isBatchMean)
    }
    add(
      "poisson_nll_loss",
      "(\(pair), log_input: bool = true, full: bool = false, size_average: bool? = nil, eps: float = 1e-08, reduce: bool? = nil, reduction: string = 'mean') -> Tensor",
      """
      The negative log likelihood of counts target under Poisson distributions: exp(input) - target * input, \
      or input - target * log(input + eps) without log_input. full adds Stirling's term. reduction is \
      'mean', 'sum' or 'none'.
      """, "F.poisson_nll_loss(torch.zeros(2), torch.ones(2)) --> tensor(1.)"
    ) { a in
      try a.tensor(0).poissonNLLLoss(
        a.tensor(1), logInput: a.bool(2), full: a.bool(3), eps: a.double(5), reduction: a.reduction(7))
    }
    add(
      "gaussian_nll_loss",
      "(\(pair), var: Tensor|float, full: bool = false, eps: float = 1e-06, reduction: string = 'mean') -> Tensor",
      """
      The negative log likelihood of target under normal distributions: 0.5 * (log(var) + (input - target)^2 \
      / var), var being at least eps. full adds 0.5 * log(2 * pi). reduction is 'mean', 'sum' or 'none'.
      """,
      "F.gaussian_nll_loss(torch.zeros(2), torch.tensor{1., 2.}, torch.ones(2)) --> tensor(1.2500)"
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
      """
      -(target * log(input) + (1 - target) * log(1 - input)) of probabilities; logarithms count as -100 at \
      least. reduction is 'mean', 'sum' or 'none'.
      """, "F.binary_cross_entropy(torch.tensor{0.5}, torch.tensor{1.}) --> tensor(0.6931)"
    ) { a in
      try a.tensor(0).binaryCrossEntropy(a.tensor(1), weight: a.optionalTensor(2), reduction: a.reduction(5))
    }
    add(
      "binary_cross_entropy_with_logits",
      "(input: Tensor, target: Tensor, weight: Tensor? = nil, \(Self.averaging), pos_weight: Tensor? = nil) -> Tensor",
      """
      The binary cross entropy of sigmoid(input), computed in one step and exact for large scores. \
      pos_weight weighs the positive targets of each class. reduction is 'mean', 'sum' or 'none'.
      """, "F.binary_cross_entropy_with_logits(torch.tensor{0.}, torch.tensor{1.}) --> tensor(0.6931)"
    ) { a in
      try a.tensor(0).binaryCrossEntropyWithLogits(
        a.tensor(1), weight: a.optionalTensor(2), reduction: a.reduction(5), posWeight: a.optionalTensor(6))
    }
    add(
      "multilabel_soft_margin_loss",
      "(input: Tensor, target: Tensor, weight: Tensor? = nil, \(Self.averaging)) -> Tensor",
      """
      The mean over C classes of the binary cross entropy of sigmoid(input), (N, C) for N samples; weight \
      weighs classes. reduction is 'mean', 'sum' or 'none'.
      """, "F.multilabel_soft_margin_loss(torch.zeros(1, 2), torch.ones(1, 2)) --> tensor(0.6931)"
    ) { a in
      try a.tensor(0).multilabelSoftMarginLoss(a.tensor(1), weight: a.optionalTensor(2), reduction: a.reduction(5))
    }
  }

  private mutating func addMarginLosses() {
    let pair = "input: Tensor, target: Tensor"
    add(
      "soft_margin_loss", "(\(pair), \(Self.averaging)) -> Tensor",
      "log(1 + exp(-target * input)), with targets 1 and -1. reduction is 'mean', 'sum' or 'none'.",
      "F.soft_margin_loss(torch.zeros(2), torch.tensor{1., -1.}) --> tensor(0.6931)"
    ) { a in try a.tensor(0).softMarginLoss(a.tensor(1), reduction: a.reduction(4)) }
    add(
      "margin_ranking_loss",
      "(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, \(Self.averaging)) -> Tensor",
      """
      max(0, -target * (input1 - input2) + margin): with target 1 input1 should be larger, with -1 input2. \
      reduction is 'mean', 'sum' or 'none'.
      """, "F.margin_ranking_loss(torch.tensor{1.}, torch.tensor{3.}, torch.tensor{1.}) --> tensor(2.)"
    ) { a in
      try a.tensor(0).marginRankingLoss(a.tensor(1), a.tensor(2), margin: a.double(3), reduction: a.reduction(6))
    }
    add(
      "hinge_embedding_loss", "(\(pair), margin: float = 1.0, \(Self.averaging)) -> Tensor",
      """
      input where target is 1, max(0, margin - input) where it is -1: input is a distance. reduction is \
      'mean', 'sum' or 'none'.
      """, "F.hinge_embedding_loss(torch.tensor{0.5, 0.5}, torch.tensor{1., -1.}) --> tensor(0.5000)"
    ) { a in try a.tensor(0).hingeEmbeddingLoss(a.tensor(1), margin: a.double(2), reduction: a.reduction(5)) }
    add(
      "cosine_embedding_loss",
      "(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, \(Self.averaging)) -> Tensor",
      """
      1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1. reduction is 'mean', \
      'sum' or 'none'.
      """,
      "F.cosine_embedding_loss(torch.ones(1, 2), torch.ones(1, 2), torch.tensor{-1.}) --> tensor(1.)"
    ) { a in
      try a.tensor(0).cosineEmbeddingLoss(a.tensor(1), a.tensor(2), margin: a.double(3), reduction: a.reduction(6))
    }
    add(
      "multi_margin_loss",
      "(\(pair), p: int = 1, margin: float = 1.0, weight: Tensor? = nil, \(Self.averaging)) -> Tensor",
      """
      For scores (N, C): the sum over the wrong classes of max(0, margin - score[target] + score)^p, divided \
      by C; weight weighs the target's class. reduction is 'mean', 'sum' or 'none'.
      """,
      "F.multi_margin_loss(torch.tensor{{1., 2., 0.}}, torch.tensor{1}) --> tensor(0.)"
    ) { a in
      try a.tensor(0).multiMarginLoss(
        a.tensor(1), p: a.int(2), margin: a.double(3), weight: a.optionalTensor(4), reduction: a.reduction(7))
    }
    add(
      "multilabel_margin_loss", "(\(pair), \(Self.averaging)) -> Tensor",
      """
      For scores (N, C) and targets (N, C) that list class numbers up to a first -1: the sum over targets \
      and other classes of max(0, 1 - (score[target] - score)), divided by C. reduction is 'mean', 'sum' or \
      'none'.
      """,
      "F.multilabel_margin_loss(torch.tensor{{1., 2., 0.}}, torch.tensor{{1, -1, -1}}) --> tensor(0.)"
    ) { a in try a.tensor(0).multilabelMarginLoss(a.tensor(1), reduction: a.reduction(4)) }
    add(
      "triplet_margin_loss",
      "(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-06, swap: bool = false, \(Self.averaging)) -> Tensor",
      """
      max(0, |anchor - positive| - |anchor - negative| + margin) in the p-norm along the last dimension; \
      swap takes the nearer of the negative's distances to anchor and positive. reduction is 'mean', 'sum' \
      or 'none'.
      """,
      "F.triplet_margin_loss(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1, 2)) --> tensor(0.)"
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
      "The p-norm of x1 - x2 + eps along the last dimension, which keepdim keeps.",
      "F.pairwise_distance(torch.zeros(1, 2), torch.tensor{{3., 4.}}) --> tensor([5.0000])"
    ) { a in try a.tensor(0).pairwiseDistance(a.tensor(1), p: a.double(2), eps: a.double(3), keepDim: a.bool(4)) }
    add(
      "pdist", "(input: Tensor, p: float = 2.0) -> Tensor",
      "The p-norm distances between all pairs of rows of a matrix, each pair once: a vector.",
      "F.pdist(torch.tensor{{0., 0.}, {3., 4.}}) --> tensor([5.])"
    ) { a in try a.tensor(0).pdist(p: a.double(1)) }
    add(
      "cosine_similarity", "(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-08) -> Tensor",
      """
      The cosine of the angle between vectors along the dimension dim: x1 . x2 / (|x1| * |x2|), the norms \
      being at least eps.
      """, "F.cosine_similarity(torch.tensor{{1., 0.}}, torch.tensor{{1., 1.}}) --> tensor([0.7071])"
    ) { a in try a.tensor(0).cosineSimilarity(a.tensor(1), dim: a.int(2), eps: a.double(3)) }
    add(
      "normalize", "(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor",
      "Vectors along the dimension dim divided by their p-norm, which counts as eps at least.",
      "F.normalize(torch.tensor{{3., 4.}}) --> tensor([[0.6000, 0.8000]])"
    ) { a in try a.tensor(0).normalize(p: a.double(1), dim: a.int(2), eps: a.double(3)) }
  }
}
