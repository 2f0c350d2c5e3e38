import Tensor

/// The negative log likelihood of label sequences under all their alignments with longer sequences.
///
/// Shapes: logarithms of probabilities `[T, N, C]` or `[T, C]`, targets `[N, S]` or all labels one after the other, and the
/// lengths of both.
public final class CTCLoss: Loss {
  /// The label of no label.
  public let blank: Int
  /// Whether samples without any alignment count as 0 rather than as infinity.
  public let zeroInfinity: Bool

  /// - Parameters:
  ///   - blank: the label of no label.
  ///   - zeroInfinity: whether samples without any alignment count as 0.
  public init(blank: Int = 0, reduction: LossReduction = .mean, zeroInfinity: Bool = false) {
    (self.blank, self.zeroInfinity) = (blank, zeroInfinity)
    super.init(reduction: reduction)
  }

  public override var inputNames: [String]? { ["log_probs", "targets", "input_lengths", "target_lengths"] }

  /// - Parameters:
  ///   - logs: logarithms of probabilities, `[T, N, C]` or `[T, C]`.
  ///   - targets: labels, `[N, S]` or all one after the other.
  ///   - inputLengths: how many of the `T` steps each sample has.
  ///   - targetLengths: how many labels each sample has.
  public func callAsFunction(
    _ logs: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int]
  ) throws -> Tensor {
    try logs.ctcLoss(
      targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank, reduction: reduction,
      zeroInfinity: zeroInfinity)
  }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    func lengths(_ position: Int, _ name: String) throws -> [Int] {
      if let tensor = inputs.tensor(position) { return try tensor.detach().to(.int64).integers().map { Int($0) } }
      return try inputs.sizes(position, name, of: self) ?? []
    }
    return [
      .tensor(
        try self(
          inputs.requiredTensor(0, "log_probs", of: self), inputs.requiredTensor(1, "targets", of: self),
          inputLengths: lengths(2, "input_lengths"), targetLengths: lengths(3, "target_lengths")))
    ]
  }

  public override var options: Attributes { [("blank", .int(blank)), ("zero_infinity", .bool(zeroInfinity))] }
}
