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
        "CrossEntropyLoss", "(\(classes), label_smoothing: float = 0.0)", "The loss of class scores.", ""
      ) { a in
        try CrossEntropyLoss(
          weight: a.optionalTensor(0), ignoreIndex: a.int(2), reduction: a.reduction(4, 1, 3),
          labelSmoothing: a.double(5))
      },
      layer("NLLLoss", "(\(classes))", "The loss of logarithms of probabilities.", "") { a in
        try NLLLoss(weight: a.optionalTensor(0), ignoreIndex: a.int(2), reduction: a.reduction(4, 1, 3))
      },
      layer("BCELoss", "(\(weighted))", "The cross entropy of probabilities.", "") { a in
        try BCELoss(weight: a.optionalTensor(0), reduction: a.reduction(3, 1, 2))
      },
      layer(
        "BCEWithLogitsLoss", "(\(weighted), pos_weight: Tensor? = nil)", "The cross entropy of sigmoid(input).", ""
      ) { a in
        try BCEWithLogitsLoss(
          weight: a.optionalTensor(0), reduction: a.reduction(3, 1, 2), posWeight: a.optionalTensor(4))
      },
      layer("MultiLabelSoftMarginLoss", "(\(weighted))", "The mean cross entropy of each class.", "") { a in
        try MultiLabelSoftMarginLoss(weight: a.optionalTensor(0), reduction: a.reduction(3, 1, 2))
      },
      layer(
        "MultiMarginLoss", "(p: int = 1, margin: float = 1.0, \(weighted))",
        "The margins by which other classes come near the target's.", ""
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
        "The loss of label sequences under all their alignments.", ""
      ) { a in CTCLoss(blank: try a.int(0), reduction: try a.reduction(1), zeroInfinity: try a.bool(2)) }
    ]
  }

  private static var regression: [Function] {
    [
      layer("MSELoss", "(\(averaging))", "The squared error.", "") { MSELoss(reduction: try $0.reduction(2, 0, 1)) },
      layer("L1Loss", "(\(averaging))", "The absolute error.", "") { L1Loss(reduction: try $0.reduction(2, 0, 1)) },
      layer(
        "SmoothL1Loss", "(\(averaging), beta: float = 1.0)", "Squared errors below beta, absolute ones above.", ""
      ) { SmoothL1Loss(reduction: try $0.reduction(2, 0, 1), beta: try $0.double(3)) },
      layer(
        "HuberLoss", "(reduction: string = 'mean', delta: float = 1.0)", "Squared errors below delta, linear above.", ""
      ) { HuberLoss(reduction: try $0.reduction(0), delta: try $0.double(1)) },
      layer(
        "KLDivLoss", "(\(averaging), log_target: bool = false)",
        "The divergence from distributions given in logarithms.",
        "{reduction = 'batchmean'}"
      ) { a in
        let isBatchMean = try a.string(2) == "batchmean"
        return KLDivLoss(
          reduction: isBatchMean ? .mean : try a.reduction(2, 0, 1), batchMean: isBatchMean, logTarget: try a.bool(3))
      },
      layer(
        "PoissonNLLLoss",
        "(log_input: bool = true, full: bool = false, size_average: bool? = nil, eps: float = 1e-08, reduce: bool? = nil, reduction: string = 'mean')",
        "The negative log likelihood of Poisson distributions.", ""
      ) { a in
        PoissonNLLLoss(
          logInput: try a.bool(0), full: try a.bool(1), eps: try a.double(3), reduction: try a.reduction(5, 2, 4))
      },
      layer(
        "GaussianNLLLoss", "(*, full: bool = false, eps: float = 1e-06, reduction: string = 'mean')",
        "The negative log likelihood of normal distributions.", ""
      ) { GaussianNLLLoss(full: try $0.bool(0), eps: try $0.double(1), reduction: try $0.reduction(2)) },
    ]
  }

  private static var margins: [Function] {
    [
      layer("SoftMarginLoss", "(\(averaging))", "log(1 + exp(-target * input)).", "") {
        SoftMarginLoss(reduction: try $0.reduction(2, 0, 1))
      },
      layer(
        "MultiLabelMarginLoss", "(\(averaging))", "The margins between the target's classes and all others.", ""
      ) { MultiLabelMarginLoss(reduction: try $0.reduction(2, 0, 1)) },
      layer(
        "HingeEmbeddingLoss", "(margin: float = 1.0, \(averaging))",
        "input where target is 1, max(0, margin - input) where it is -1.", ""
      ) { HingeEmbeddingLoss(margin: try $0.double(0), reduction: try $0.reduction(3, 1, 2)) },
      layer(
        "CosineEmbeddingLoss", "(margin: float = 0.0, \(averaging))",
        "1 - cos where target is 1, max(0, cos - margin) where it is -1.", ""
      ) { CosineEmbeddingLoss(margin: try $0.double(0), reduction: try $0.reduction(3, 1, 2)) },
      layer(
        "MarginRankingLoss", "(margin: float = 0.0, \(averaging))", "max(0, -target * (input1 - input2) + margin).", ""
      ) { MarginRankingLoss(margin: try $0.double(0), reduction: try $0.reduction(3, 1, 2)) },
      layer(
        "TripletMarginLoss",
        "(margin: float = 1.0, p: float = 2.0, eps: float = 1e-06, swap: bool = false, \(averaging))",
        "max(0, |anchor - positive| - |anchor - negative| + margin).", ""
      ) { a in
        try TripletMarginLoss(
          margin: a.double(0), p: a.double(1), eps: a.double(2), swap: a.bool(3), reduction: a.reduction(6, 4, 5))
      },
      layer(
        "TripletMarginWithDistanceLoss",
        "(*, distance_function: callable? = nil, margin: float = 1.0, swap: bool = false, reduction: string = 'mean')",
        "TripletMarginLoss with any distance.", "{distance_function = nn.PairwiseDistance()}"
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
