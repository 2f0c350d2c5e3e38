import Supervision
import Tensor

/// Arithmetic between state dicts of the same network: averages of checkpoints, and what lies between two.
///
/// Only tensors of floating point or complex numbers are computed with. What is counted, such as `num_batches_tracked`, and what
/// is no tensor cannot be averaged: it is taken from one of the state dicts.
extension NamedTensors {
  /// The mean of each tensor over several checkpoints, each with its weight; all else is the last one's.
  ///
  /// Sums are taken in float32 at least and then made the tensors' type, so that many small floats lose nothing.
  ///
  /// Source: Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018,
  /// https://arxiv.org/abs/1803.05407
  ///
  /// - Parameter weights: one for each state dict; only their proportions count. Equal ones by default.
  /// - Throws: ``TensorError`` where keys or shapes differ, or weights are no proportions.
  public static func average(_ dictionaries: [Self], weights: [Double]? = nil) throws -> Self {
    guard let first = dictionaries.first, let last = dictionaries.last else {
      throw TensorError("average(): there is no state dict to average", kind: .value)
    }
    let weights = weights ?? [Double](repeating: 1, count: dictionaries.count)
    let total = weights.reduce(0, +)
    guard weights.count == dictionaries.count, total.isFinite, total != 0 else {
      throw TensorError(
        "average(): \(dictionaries.count) state dicts need as many weights, whose sum is a number other than 0, but got \(weights)",
        kind: .value)
    }
    for (index, other) in dictionaries.enumerated().dropFirst() { try first.checkFits(other, index, "average") }
    return try last.computingTensors { name, tensor in
      guard tensor.isAveraged else { return tensor }
      let sumType: DType = tensor.dtype.size < 4 ? .float32 : tensor.dtype
      var sum: Tensor?
      for (dictionary, weight) in zip(dictionaries, weights) {
        let part = try dictionary.requiredTensor(name).detach().to(sumType)
        let weighted = weight == 1 ? part : try part.mul(weight)
        sum = try sum?.add(weighted) ?? weighted
      }
      return try (sum ?? tensor).div(total).to(tensor.dtype)
    }
  }

  /// What lies `weight` of the way from these values to those of `end`: `torch.lerp` for each tensor. All else comes from the
  /// nearer of the two.
  ///
  /// - Throws: ``TensorError`` where keys, shapes or types differ.
  public func lerp(_ end: Self, _ weight: Double) throws -> Self {
    try checkFits(end, 1, "lerp")
    let base = weight < 0.5 ? self : end
    return try base.computingTensors { name, tensor in
      let (from, to) = (try requiredTensor(name).detach(), try end.requiredTensor(name).detach())
      return tensor.isAveraged ? try from.lerp(to, weight) : tensor
    }
  }

  /// Computes other tensors, without gradients, and shows how far that is.
  private func computingTensors(_ compute: (String, Tensor) throws -> Tensor) throws -> Self {
    let byteCount = names.compactMap { tensor($0)?.byteCount }.saturatingSum()
    return try Progress.reporting("averaging", of: byteCount) { progress in
      try GradMode.with(false) {
        try mappingTensors { name, tensor in
          defer { progress.advance(by: tensor.byteCount) }
          return try compute(name, tensor)
        }
      }
    }
  }

  /// Throws where `other`, the one at `index`, has not the same tensors under the same names.
  private func checkFits(_ other: Self, _ index: Int, _ function: String) throws {
    if let name = names.first(where: { tensor($0) != nil && other.tensor($0) == nil }) {
      throw TensorError("\(function)(): state dict \(index + 1) has no tensor '\(name)', unlike the first", kind: .key)
    }
    if let name = other.names.first(where: { other.tensor($0) != nil && tensor($0) == nil }) {
      throw TensorError("\(function)(): the first state dict has no tensor '\(name)', unlike \(index + 1)", kind: .key)
    }
    for name in names {
      guard let a = tensor(name), let b = other.tensor(name), a.shape != b.shape else { continue }
      throw TensorError(
        "\(function)(): '\(name)' has shape \(Shape.sizeText(a.shape)) in the first state dict and \(Shape.sizeText(b.shape)) in state dict \(index + 1)"
      )
    }
  }
}

extension Tensor {
  /// Whether a mean of the elements means something.
  fileprivate var isAveraged: Bool { dtype.isFloatingPoint || dtype.isComplex }
}
