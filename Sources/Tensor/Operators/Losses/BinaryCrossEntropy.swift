extension Tensor {
  /// The cross entropy of probabilities with a target: `F.binary_cross_entropy`.
  public func binaryCrossEntropy(
    _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
  ) throws -> Tensor {
    guard shape == target.shape else {
      throw TensorError(
        "Using a target size (\(Shape.sizeText(target.shape))) that is different to the input size (\(Shape.sizeText(shape))) is deprecated. Please ensure they have the same size.",
        kind: .value)
    }
    try weight?.refuseGradient("binary_cross_entropy", "weight")
    guard dtype.isFloatingPoint else { throw notImplemented("binary_cross_entropy", dtype) }
    guard target.dtype == dtype else {
      throw TensorError("Found dtype \(target.dtype.scalarTypeName) but expected \(dtype.scalarTypeName)")
    }
    if count > 0, try alias().ge(0).logicalAnd(alias().le(1)).logicalNot().any().item().bool {
      throw TensorError("all elements of input should be between 0 and 1")
    }
    // Logarithms are limited to -100, so that a certain wrong answer has a finite loss.
    let plain = alias()
    let (x, wanted) = (plain, target.alias())
    let losses = try wanted.sub(1).mul(x.neg().log1p().clamp(min: -100)).sub(wanted.mul(x.log().clamp(min: -100)))
    var result = losses
    if needsGradient(self, target) {
      let (saved, savedTarget) = (SavedTensor(self), SavedTensor(target))
      result = losses.recorded("BinaryCrossEntropyBackward0", [self, target]) { grad, needs in
        let (x, wanted) = (try saved(), try savedTarget())
        let slope = try x.sub(wanted).div(x.rsub(1).mul(x).clamp(min: 1e-12))
        return [
          needs[0] ? try grad.mul(slope) : nil,
          needs[1]
            ? try grad.mul(x.neg().log1p().clamp(min: -100).sub(x.log().clamp(min: -100))) : nil,
        ]
      }
    }
    return try (weight.map { try result.mul($0) } ?? result).reduced(reduction).named("BinaryCrossEntropyBackward0")
  }

  /// The cross entropy of `sigmoid(self)` with a target, without overflow: `F.binary_cross_entropy_with_logits`.
  ///
  /// - Parameter posWeight: what positive targets count.
  public func binaryCrossEntropyWithLogits(
    _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean, posWeight: Tensor? = nil
  ) throws -> Tensor {
    guard shape == target.shape else {
      throw TensorError(
        "Target size (\(Shape.sizeText(target.shape))) must be the same as input size (\(Shape.sizeText(shape)))",
        kind: .value)
    }
    try weight?.refuseGradient("binary_cross_entropy_with_logits", "weight")
    try posWeight?.refuseGradient("binary_cross_entropy_with_logits", "pos_weight")
    let logs = try logSigmoid()
    guard target.dtype != .bool else {
      throw TensorError(
        "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
      )
    }
    // PyTorch computes in place of the target's complement, whose type the result has.
    try checkCast(resultType(self, target), to: target.dtype)
    let losses: Tensor
    if let posWeight {
      let factor = try posWeight.sub(1).mul(target).add(1)
      losses = try target.rsub(1).mul(self).sub(factor.mul(logs))
    } else {
      losses = try target.rsub(1).mul(self).sub(logs)
    }
    return try (weight.map { try losses.mul($0) } ?? losses).to(target.dtype).reduced(reduction)
      .named("BinaryCrossEntropyWithLogitsBackward0")
  }
}
