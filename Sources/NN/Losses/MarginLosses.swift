import Tensor

/// `log(1 + exp(-target * x))`.
public final class SoftMarginLoss: PairLoss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.softMarginLoss(target, reduction: reduction)
  }
}

/// The margins between the classes that a list of targets (ended by -1) names and all others.
public final class MultiLabelMarginLoss: PairLoss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.multilabelMarginLoss(target, reduction: reduction)
  }
}

/// `x` where the target is 1, `max(0, margin - x)` where it is -1.
public final class HingeEmbeddingLoss: PairLoss {
  /// The least that `x` should be where the target is -1.
  public let margin: Double

  /// - Parameter margin: the least that `x` should be where the target is -1.
  public init(margin: Double = 1, reduction: LossReduction = .mean) {
    self.margin = margin
    super.init(reduction: reduction)
  }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.hingeEmbeddingLoss(target, margin: margin, reduction: reduction)
  }
  public override var options: Attributes { [("margin", .double(margin))] }
}

/// `1 - cos(x1, x2)` where the target is 1, `max(0, cos(x1, x2) - margin)` where it is -1.
public final class CosineEmbeddingLoss: TripleLoss {
  /// The cosine up to which vectors that do not belong together cost nothing.
  public let margin: Double

  /// - Parameter margin: the cosine up to which vectors that do not belong together cost nothing, best from 0 to 0.5.
  public init(margin: Double = 0, reduction: LossReduction = .mean) {
    self.margin = margin
    super.init(reduction: reduction)
  }

  public override func callAsFunction(_ first: Tensor, _ second: Tensor, _ target: Tensor) throws -> Tensor {
    try first.cosineEmbeddingLoss(second, target, margin: margin, reduction: reduction)
  }
  public override var options: Attributes { [("margin", .double(margin))] }
}

/// `max(0, -target * (x1 - x2) + margin)`.
public final class MarginRankingLoss: TripleLoss {
  /// By how much the one input should exceed the other.
  public let margin: Double

  /// - Parameter margin: by how much the one input should exceed the other.
  public init(margin: Double = 0, reduction: LossReduction = .mean) {
    self.margin = margin
    super.init(reduction: reduction)
  }

  public override func callAsFunction(_ first: Tensor, _ second: Tensor, _ target: Tensor) throws -> Tensor {
    try first.marginRankingLoss(second, target, margin: margin, reduction: reduction)
  }
  public override var options: Attributes { [("margin", .double(margin))] }
}

/// `max(0, |anchor - positive| - |anchor - negative| + margin)` with distances in the `p`-norm.
///
/// Source: Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural networks", 2016
public final class TripletMarginLoss: TripleLoss {
  /// By how much the negative should be farther from the anchor than the positive.
  public let margin: Double
  /// The power of the norm.
  public let p: Double
  /// What is added to differences, so that they are nowhere 0.
  public let eps: Double
  /// Whether the positive's distance to the negative counts where it is less than the anchor's.
  public let swap: Bool

  /// - Parameters:
  ///   - eps: what is added to differences, so that they are nowhere 0.
  ///   - swap: whether the positive's distance to the negative counts where it is less than the anchor's.
  public init(
    margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false, reduction: LossReduction = .mean
  ) throws {
    guard margin > 0 else {
      throw TensorError(
        "TripletMarginLoss: expected margin to be greater than 0, got \(pythonText(margin)) instead", kind: .value)
    }
    (self.margin, self.p, self.eps, self.swap) = (margin, p, eps, swap)
    super.init(reduction: reduction)
  }

  override class var names: [String] { ["anchor", "positive", "negative"] }

  public override func callAsFunction(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) throws -> Tensor {
    try anchor.tripletMarginLoss(
      positive, negative, margin: margin, p: p, eps: eps, swap: swap, reduction: reduction)
  }
  public override var options: Attributes {
    [("margin", .double(margin)), ("p", .double(p)), ("eps", .double(eps)), ("swap", .bool(swap))]
  }
}

/// ``TripletMarginLoss`` with any distance.
public final class TripletMarginWithDistanceLoss: TripleLoss {
  /// The distance of two tensors of vectors, one number for each pair.
  public typealias DistanceFunction = (Tensor, Tensor) throws -> Tensor
  /// By how much the negative should be farther from the anchor than the positive.
  public let margin: Double
  /// Whether the positive's distance to the negative counts where it is less than the anchor's.
  public let swap: Bool
  private let distance: DistanceFunction?

  /// A distance that is a module, which becomes part of this one.
  public convenience init(
    distance: Module = PairwiseDistance(), margin: Double = 1, swap: Bool = false, reduction: LossReduction = .mean
  ) throws {
    try self.init(margin, swap, reduction, nil)
    try register(child: "distance_function", distance)
  }

  /// A distance that is a function.
  public convenience init(
    distance: @escaping DistanceFunction, margin: Double = 1, swap: Bool = false, reduction: LossReduction = .mean
  ) throws {
    try self.init(margin, swap, reduction, distance)
  }

  private init(_ margin: Double, _ swap: Bool, _ reduction: LossReduction, _ distance: DistanceFunction?) throws {
    guard margin > 0 else {
      throw TensorError(
        "TripletMarginWithDistanceLoss: expected margin to be greater than 0, got \(pythonText(margin)) instead",
        kind: .value)
    }
    (self.margin, self.swap, self.distance) = (margin, swap, distance)
    super.init(reduction: reduction)
  }

  override class var names: [String] { ["anchor", "positive", "negative"] }

  public override func callAsFunction(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) throws -> Tensor {
    try anchor.tripletMarginLoss(positive, negative, margin: margin, swap: swap, reduction: reduction) {
      if let distance { return try distance($0, $1) }
      return try requiredChild("distance_function").call([.tensor($0), .tensor($1)]).requiredTensor(
        0, "distance", of: self)
    }
  }
  public override var options: Attributes { [("margin", .double(margin)), ("swap", .bool(swap))] }
}
