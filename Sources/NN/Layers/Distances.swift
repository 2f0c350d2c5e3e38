import Tensor

/// What the layers of two tensors share that say how near vectors are.
open class Distance: Module {
  /// The distance, or nearness, of `first` and `second`.
  open func callAsFunction(_ first: Tensor, _ second: Tensor) throws -> Tensor { try first.sub(second) }

  public final override var inputNames: [String]? { ["x1", "x2"] }

  public final override func forward(_ inputs: [Value]) throws -> [Value] {
    [.tensor(try self(try inputs.requiredTensor(0, "x1", of: self), try inputs.requiredTensor(1, "x2", of: self)))]
  }
}

/// The cosine of the angle between vectors along `dim`.
public final class CosineSimilarity: Distance {
  /// The dimension along which a vector lies; the result lacks it.
  public let dim: Int
  /// What the vectors' lengths are at least.
  public let eps: Double

  /// - Parameter eps: what the vectors' lengths are at least.
  public init(dim: Int = 1, eps: Double = 1e-8) { (self.dim, self.eps) = (dim, eps) }

  public override func callAsFunction(_ first: Tensor, _ second: Tensor) throws -> Tensor {
    try first.cosineSimilarity(second, dim: dim, eps: eps)
  }
  public override var attributes: Attributes { [("dim", .int(dim)), ("eps", .double(eps))] }
}

/// The `p`-norm of the difference of vectors along the last dimension.
public final class PairwiseDistance: Distance {
  /// The power of the norm.
  public let p: Double
  /// What is added to the difference, so that it is nowhere 0.
  public let eps: Double
  /// Whether the result keeps the last dimension, with size 1.
  public let keepDim: Bool

  /// - Parameter eps: what is added to the difference, so that it is nowhere 0.
  public init(p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) {
    (self.p, self.eps, self.keepDim) = (p, eps, keepDim)
  }

  public override func callAsFunction(_ first: Tensor, _ second: Tensor) throws -> Tensor {
    try first.pairwiseDistance(second, p: p, eps: eps, keepDim: keepDim)
  }
  public override var attributes: Attributes {
    [("norm", .double(p)), ("eps", .double(eps)), ("keepdim", .bool(keepDim))]
  }
}
