import Tensor

/// What the losses of classifiers share: a weight for each class, and a label that does not count.
open class ClassificationLoss: Loss {
  public let ignoreIndex: Int

  /// - Parameter weight: `[C]`, a factor for each class.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean) throws {
    self.ignoreIndex = ignoreIndex
    super.init(reduction: reduction)
    try register(buffer: "weight", weight)
  }

  open override var attributes: [(name: String, value: Attribute)] {
    super.attributes + [("ignore_index", .int(ignoreIndex))]
  }
}

/// The negative logarithm of the probability that softmax gives to the right class.
///
/// Shapes: input `[N, C, *]` of scores; target `[N, *]` of class numbers, or `[N, C, *]` of probabilities.
public final class CrossEntropyLoss: ClassificationLoss {
  /// The share of the target that is spread over all classes.
  public let labelSmoothing: Double

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

  public override var attributes: [(name: String, value: Attribute)] {
    super.attributes + [("label_smoothing", .double(labelSmoothing))]
  }
}

/// The negative of the right class's entry, for inputs that are logarithms of probabilities.
public final class NLLLoss: ClassificationLoss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.nllLoss(target, weight: buffer("weight"), ignoreIndex: ignoreIndex, reduction: reduction)
  }
}
