import Tensor

/// What the losses of classifiers share: a weight for each class, and a label that does not count.
open class ClassificationLoss: PairLoss {
  /// The label of samples that do not count.
  public let ignoreIndex: Int

  /// - Parameter weight: `[C]`, a factor for each class.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean) throws {
    self.ignoreIndex = ignoreIndex
    super.init(reduction: reduction)
    try register(buffer: "weight", weight)
  }

  open override var options: Attributes { [("ignore_index", .int(ignoreIndex))] }
}

/// The negative logarithm of the probability that softmax gives to the right class.
///
/// Shapes: input `[N, C, *]` of scores; target `[N, *]` of class numbers, or `[N, C, *]` of probabilities.
public final class CrossEntropyLoss: ClassificationLoss {
  /// The share of the target that is spread over all classes.
  public let labelSmoothing: Double

  /// - Parameters:
  ///   - weight: `[C]`, a factor for each class.
  ///   - ignoreIndex: the label of samples that do not count.
  ///   - labelSmoothing: the share of the target that is spread over all classes, 0 to 1; a call with another throws.
  public init(
    weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean, labelSmoothing: Double = 0
  ) throws {
    self.labelSmoothing = labelSmoothing
    try super.init(weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
  }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.crossEntropy(
      target, weight: buffer("weight"), ignoreIndex: ignoreIndex, reduction: reduction,
      labelSmoothing: labelSmoothing)
  }

  public override var options: Attributes { super.options + [("label_smoothing", .double(labelSmoothing))] }
}

/// The negative of the right class's entry, for inputs that are logarithms of probabilities.
public final class NLLLoss: ClassificationLoss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.nllLoss(target, weight: buffer("weight"), ignoreIndex: ignoreIndex, reduction: reduction)
  }
}

/// What the losses share that take a factor for each element or class.
open class WeightedLoss: PairLoss {
  /// - Parameter weight: a factor for each element or class, of a shape that broadcasts with the loss.
  public init(weight: Tensor? = nil, reduction: LossReduction = .mean) throws {
    super.init(reduction: reduction)
    try register(buffer: "weight", weight)
  }
}

/// The cross entropy of probabilities with the target's.
public final class BCELoss: WeightedLoss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.binaryCrossEntropy(target, weight: buffer("weight"), reduction: reduction)
  }
}

/// ``BCELoss`` of the sigmoid of the input.
public final class BCEWithLogitsLoss: WeightedLoss {
  /// - Parameter posWeight: a factor for positive targets.
  public init(weight: Tensor? = nil, reduction: LossReduction = .mean, posWeight: Tensor? = nil) throws {
    try super.init(weight: weight, reduction: reduction)
    try register(buffer: "pos_weight", posWeight)
  }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.binaryCrossEntropyWithLogits(
      target, weight: buffer("weight"), reduction: reduction, posWeight: buffer("pos_weight"))
  }
}

/// The mean over classes of the cross entropy of each, for targets of several classes.
public final class MultiLabelSoftMarginLoss: WeightedLoss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.multilabelSoftMarginLoss(target, weight: buffer("weight"), reduction: reduction)
  }
}

/// The margins by which other classes come near the target's.
public final class MultiMarginLoss: WeightedLoss {
  /// The power of the margins, 1 or 2.
  public let p: Int
  /// By how much the target's score should exceed the others.
  public let margin: Double

  /// - Parameter p: the power of the margins, 1 or 2.
  public init(p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: LossReduction = .mean) throws {
    guard p == 1 || p == 2 else { throw TensorError("only p == 1 and p == 2 supported", kind: .value) }
    if let weight, weight.rank != 1 {
      throw TensorError(
        "MultiMarginLoss: expected weight to be None or 1D tensor, got \(weight.rank)D instead", kind: .value)
    }
    (self.p, self.margin) = (p, margin)
    try super.init(weight: weight, reduction: reduction)
  }

  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.multiMarginLoss(target, p: p, margin: margin, weight: buffer("weight"), reduction: reduction)
  }
  public override var options: Attributes { [("p", .int(p)), ("margin", .double(margin))] }
}
