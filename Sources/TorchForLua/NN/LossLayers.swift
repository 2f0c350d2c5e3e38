import Lua
import NN
import Tensor

extension Layers {
  static var losses: [Function] { classification + sequences + regression + margins }

  /// The arguments that all losses end with; the first two are an old way to say the third.
  private static let averaging = "size_average: bool? = nil, reduce: bool? = nil, reduction: string = 'mean'"

  private static var classification: [Function] {
    let classes =
      "weight: Tensor? = nil, size_average: bool? = nil, ignore_index: int = -100, reduce: bool? = nil, reduction: string = 'mean'"
    let weighted = "weight: Tensor? = nil, \(averaging)"
    return [
      layer(
        "CrossEntropyLoss", "(\(classes), label_smoothing: float = 0.0)",
        """
        The loss of scores (N, C, ...) of C classes: the mean of -log softmax(input)[target]. target holds \
        class numbers (N, ...), of which ignore_index does not count, or probabilities (N, C, ...); weight \
        weighs classes, label_smoothing shares some of each target's probability among all.
        """, "nn.CrossEntropyLoss()(torch.tensor{{2., 0.}}, torch.tensor{0}) --> tensor(0.1269)"
      ) { a in
        try CrossEntropyLoss(
          weight: a.optionalTensor(0), ignoreIndex: a.int(2), reduction: a.reduction(4, 1, 3),
          labelSmoothing: a.double(5))
      },
      layer(
        "NLLLoss", "(\(classes))",
        """
        The loss of logarithms of probabilities (N, C, ...): the mean of -input[target], weighted by weight; \
        classes equal to ignore_index do not count.
        """, "nn.NLLLoss()(torch.tensor{{-0.1, -2.3}}, torch.tensor{1}) --> tensor(2.3000)"
      ) { a in
        try NLLLoss(weight: a.optionalTensor(0), ignoreIndex: a.int(2), reduction: a.reduction(4, 1, 3))
      },
      layer(
        "BCELoss", "(\(weighted))",
        "The mean of -(target * log(input) + (1 - target) * log(1 - input)) of probabilities.",
        "nn.BCELoss()(torch.tensor{0.5}, torch.tensor{1.}) --> tensor(0.6931)"
      ) { a in
        try BCELoss(weight: a.optionalTensor(0), reduction: a.reduction(3, 1, 2))
      },
      layer(
        "BCEWithLogitsLoss", "(\(weighted), pos_weight: Tensor? = nil)",
        """
        The binary cross entropy of sigmoid(input), exact for large scores; pos_weight weighs positive targets.
        """, "nn.BCEWithLogitsLoss()(torch.tensor{0.}, torch.tensor{1.}) --> tensor(0.6931)"
      ) { a in
        try BCEWithLogitsLoss(
          weight: a.optionalTensor(0), reduction: a.reduction(3, 1, 2), posWeight: a.optionalTensor(4))
      },
      layer(
        "MultiLabelSoftMarginLoss", "(\(weighted))",
        "The mean over C classes of the binary cross entropy of sigmoid(input), (N, C) for N samples.",
        "nn.MultiLabelSoftMarginLoss()(torch.zeros(1, 2), torch.ones(1, 2)) --> tensor(0.6931)"
      ) { a in
        try MultiLabelSoftMarginLoss(weight: a.optionalTensor(0), reduction: a.reduction(3, 1, 2))
      },
      layer(
        "MultiMarginLoss", "(p: int = 1, margin: float = 1.0, \(weighted))",
        """
        For scores (N, C): the sum over the wrong classes of max(0, margin - score[target] + score)^p, \
        divided by C.
        """, "nn.MultiMarginLoss()(torch.tensor{{1., 2., 0.}}, torch.tensor{1}) --> tensor(0.)"
      ) { a in
        try MultiMarginLoss(
          p: a.int(0), margin: a.double(1), weight: a.optionalTensor(2), reduction: a.reduction(5, 3, 4))
      },
    ]
  }

  private static var sequences: [Function] {
    [
      layer(
        "CTCLoss", "(blank: int = 0, reduction: string = 'mean', zero_infinity: bool = false)",
        """
        The loss of label sequences (N, S) under all their alignments to logarithms of probabilities (T, N, C), of the lengths given: \
        the negative log likelihood, divided by the target's length and averaged. blank is the class between labels; \
        zero_infinity counts impossible alignments as 0.
        """,
        """
        probabilities = torch.zeros(4, 1, 3):log_softmax(2)
        nn.CTCLoss()(probabilities, torch.tensor{{1, 2}}, torch.tensor{4}, torch.tensor{2}) --> tensor(0.8432)
        """
      ) { a in CTCLoss(blank: try a.int(0), reduction: try a.reduction(1), zeroInfinity: try a.bool(2)) }
    ]
  }

  private static var regression: [Function] {
    [
      layer(
        "MSELoss", "(\(averaging))",
        "The mean of the squared errors (input - target) ^ 2; reduction 'sum' gives their sum, 'none' each.",
        "nn.MSELoss()(torch.tensor{1., 3.}, torch.tensor{0., 0.}) --> tensor(5.)"
      ) { MSELoss(reduction: try $0.reduction(2, 0, 1)) },
      layer(
        "L1Loss", "(\(averaging))",
        "The mean of the absolute errors |input - target|; reduction 'sum' gives their sum, 'none' each.",
        "nn.L1Loss()(torch.tensor{1., 3.}, torch.tensor{0., 0.}) --> tensor(2.)"
      ) { L1Loss(reduction: try $0.reduction(2, 0, 1)) },
      layer(
        "SmoothL1Loss", "(\(averaging), beta: float = 1.0)",
        """
        0.5 * error^2 / beta where the error |input - target| is below beta, else error - 0.5 * beta; the \
        mean of these.
        """, "nn.SmoothL1Loss()(torch.tensor{0.5, 3.}, torch.zeros(2)) --> tensor(1.3125)"
      ) { SmoothL1Loss(reduction: try $0.reduction(2, 0, 1), beta: try $0.double(3)) },
      layer(
        "HuberLoss", "(reduction: string = 'mean', delta: float = 1.0)",
        """
        0.5 * error^2 where the error |input - target| is below delta, else delta * (error - 0.5 * delta); \
        the mean of these.
        """, "nn.HuberLoss()(torch.tensor{0.5, 3.}, torch.zeros(2)) --> tensor(1.3125)"
      ) { HuberLoss(reduction: try $0.reduction(0), delta: try $0.double(1)) },
      layer(
        "KLDivLoss", "(\(averaging), log_target: bool = false)",
        """
        The divergence of target's distribution from input's, which is given as logarithms: target * (log \
        target - input). reduction 'batchmean' is the mathematical definition; log_target takes target as \
        logarithms too.
        """, "nn.KLDivLoss({reduction = 'batchmean'})(torch.zeros(1, 2), torch.tensor{{0.5, 0.5}}) --> tensor(-0.6931)"
      ) { a in
        let isBatchMean = try a.string(2) == "batchmean"
        return KLDivLoss(
          reduction: isBatchMean ? .mean : try a.reduction(2, 0, 1), batchMean: isBatchMean, logTarget: try a.bool(3))
      },
      layer(
        "PoissonNLLLoss",
        "(log_input: bool = true, full: bool = false, size_average: bool? = nil, eps: float = 1e-08, reduce: bool? = nil, reduction: string = 'mean')",
        """
        The negative log likelihood of counts under Poisson distributions: exp(input) - target * input, or \
        with log_input = false input - target * log(input + eps). full adds Stirling's term.
        """, "nn.PoissonNLLLoss()(torch.zeros(2), torch.ones(2)) --> tensor(1.)"
      ) { a in
        PoissonNLLLoss(
          logInput: try a.bool(0), full: try a.bool(1), eps: try a.double(3), reduction: try a.reduction(5, 2, 4))
      },
      layer(
        "GaussianNLLLoss", "(*, full: bool = false, eps: float = 1e-06, reduction: string = 'mean')",
        """
        The negative log likelihood of target under normal distributions, given means and variances: 0.5 * \
        (log(var) + (input - target)^2 / var). full adds 0.5 * log(2 * pi).
        """, "nn.GaussianNLLLoss()(torch.zeros(2), torch.tensor{1., 2.}, torch.ones(2)) --> tensor(1.2500)"
      ) { GaussianNLLLoss(full: try $0.bool(0), eps: try $0.double(1), reduction: try $0.reduction(2)) },
    ]
  }

  private static var margins: [Function] {
    [
      layer(
        "SoftMarginLoss", "(\(averaging))", "The mean of log(1 + exp(-target * input)), with targets 1 and -1.",
        "nn.SoftMarginLoss()(torch.zeros(2), torch.tensor{1., -1.}) --> tensor(0.6931)"
      ) {
        SoftMarginLoss(reduction: try $0.reduction(2, 0, 1))
      },
      layer(
        "MultiLabelMarginLoss", "(\(averaging))",
        """
        For scores (N, C) and targets (N, C) that list class numbers up to a first -1: the sum over targets \
        and other classes of max(0, 1 - (score[target] - score)), divided by C.
        """, "nn.MultiLabelMarginLoss()(torch.tensor{{1., 2., 0.}}, torch.tensor{{1, -1, -1}}) --> tensor(0.)"
      ) { MultiLabelMarginLoss(reduction: try $0.reduction(2, 0, 1)) },
      layer(
        "HingeEmbeddingLoss", "(margin: float = 1.0, \(averaging))",
        "The mean of input where target is 1, of max(0, margin - input) where it is -1: input is a distance.",
        "nn.HingeEmbeddingLoss()(torch.tensor{0.5, 0.5}, torch.tensor{1., -1.}) --> tensor(0.5000)"
      ) { HingeEmbeddingLoss(margin: try $0.double(0), reduction: try $0.reduction(3, 1, 2)) },
      layer(
        "CosineEmbeddingLoss", "(margin: float = 0.0, \(averaging))",
        "1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1; the mean of these.",
        "nn.CosineEmbeddingLoss()(torch.ones(1, 2), torch.ones(1, 2), torch.tensor{-1.}) --> tensor(1.)"
      ) { CosineEmbeddingLoss(margin: try $0.double(0), reduction: try $0.reduction(3, 1, 2)) },
      layer(
        "MarginRankingLoss", "(margin: float = 0.0, \(averaging))",
        """
        The mean of max(0, -target * (input1 - input2) + margin): with target 1 input1 should be larger, \
        with -1 input2.
        """, "nn.MarginRankingLoss()(torch.tensor{1.}, torch.tensor{3.}, torch.tensor{1.}) --> tensor(2.)"
      ) { MarginRankingLoss(margin: try $0.double(0), reduction: try $0.reduction(3, 1, 2)) },
      layer(
        "TripletMarginLoss",
        "(margin: float = 1.0, p: float = 2.0, eps: float = 1e-06, swap: bool = false, \(averaging))",
        """
        max(0, |anchor - positive| - |anchor - negative| + margin) in the p-norm along the last dimension; \
        swap takes the nearer of the negative's distances to anchor and positive.
        """, "nn.TripletMarginLoss()(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1, 2)) --> tensor(0.)"
      ) { a in
        try TripletMarginLoss(
          margin: a.double(0), p: a.double(1), eps: a.double(2), swap: a.bool(3), reduction: a.reduction(6, 4, 5))
      },
      layer(
        "TripletMarginWithDistanceLoss",
        "(*, distance_function: callable? = nil, margin: float = 1.0, swap: bool = false, reduction: string = 'mean')",
        "TripletMarginLoss with any distance: a module or a function of two tensors.",
        """
        nn.TripletMarginWithDistanceLoss({distance_function = nn.PairwiseDistance()})(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1, 2)) --> tensor(0.)
        """
      ) { a in
        let (margin, swap, reduction) = (try a.double(1), try a.bool(2), try a.reduction(3))
        guard a.has(0) else {
          return try TripletMarginWithDistanceLoss(margin: margin, swap: swap, reduction: reduction)
        }
        if let module = a[0].object(as: Module.self) {
          return try TripletMarginWithDistanceLoss(distance: module, margin: margin, swap: swap, reduction: reduction)
        }
        return try TripletMarginWithDistanceLoss(
          distance: a.tensorFunction(0), margin: margin, swap: swap, reduction: reduction)
      },
    ]
  }
}

extension Arguments {
  /// How the elements of a loss are put together.
  ///
  /// - Parameters:
  ///   - sizeAverage, reduce: the arguments that said so of old: they count where one was given.
  func reduction(_ index: Int, _ sizeAverage: Int, _ reduce: Int) throws -> LossReduction {
    guard has(sizeAverage) || has(reduce) else { return try reduction(index) }
    guard try optionalBool(reduce) ?? true else { return .none }
    return try optionalBool(sizeAverage) ?? true ? .mean : .sum
  }

  /// A function of two tensors that is written in Lua, or bound to it.
  func tensorFunction(_ index: Int) throws -> (Tensor, Tensor) throws -> Tensor {
    let body = try function(index)
    return { first, second in
      let state = try body.reference.state()
      return try state.call(.function(body), [.same(first), .same(second)]) { results in
        guard let tensor = results.first?.tensor else {
          throw TensorError("a distance function must return a Tensor", kind: .type)
        }
        return tensor
      }
    }
  }
}
