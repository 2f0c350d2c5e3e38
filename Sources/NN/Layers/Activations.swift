import Tensor

/// `1 / (1 + exp(-x))`.
public final class Sigmoid: Module {
  public override func forward(_ input: Tensor) throws -> Tensor { try input.sigmoid() }
}

/// The hyperbolic tangent.
public final class Tanh: Module {
  public override func forward(_ input: Tensor) throws -> Tensor { try input.tanh() }
}

/// `log(1 / (1 + exp(-x)))`.
public final class LogSigmoid: Module {
  public override func forward(_ input: Tensor) throws -> Tensor { try input.logSigmoid() }
}

/// What the functions along one dimension share. Without one it is chosen by the input's number of dimensions, as PyTorch did
/// of old.
open class DimensionActivation: Module {
  public let dim: Int?

  public init(dim: Int? = nil) { self.dim = dim }

  final func dim(of input: Tensor) -> Int { dim ?? (input.rank == 0 || input.rank == 1 || input.rank == 3 ? 0 : 1) }

  open override var extraText: String { "dim=\(dim.map(String.init) ?? "None")" }

  open override var attributes: [(name: String, value: Attribute)] { [("dim", dim.map(Attribute.int) ?? .none)] }
}

/// `exp(x) / sum(exp(x))` along a dimension.
public final class Softmax: DimensionActivation {
  public override func forward(_ input: Tensor) throws -> Tensor { try input.softmax(dim(of: input)) }
}

/// The logarithm of ``Softmax``.
public final class LogSoftmax: DimensionActivation {
  public override func forward(_ input: Tensor) throws -> Tensor { try input.logSoftmax(dim(of: input)) }
}

/// ``Softmax`` of `-x`.
public final class Softmin: DimensionActivation {
  public override func forward(_ input: Tensor) throws -> Tensor { try input.softmin(dim(of: input)) }
}
