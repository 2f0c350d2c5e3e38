import Tensor

/// What the functions along one dimension share. Without one it is chosen by the input's number of dimensions, as PyTorch did
/// of old.
open class DimensionActivation: Module {
  /// The dimension, negative ones counted from the end; nil lets the input choose.
  public let dim: Int?

  /// - Parameter dim: nil takes the first where the input has no, one or three dimensions, else the second.
  public init(dim: Int? = nil) { self.dim = dim }

  final func dim(of input: Tensor) -> Int { dim ?? (input.rank == 0 || input.rank == 1 || input.rank == 3 ? 0 : 1) }

  open override var extraText: String { attributes.text }
  open override var attributes: Attributes { [("dim", .init(dim))] }
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

/// ``Softmax`` over the channels of `[N, C, H, W]` or `[C, H, W]`.
public final class Softmax2d: Module {
  public override func forward(_ input: Tensor) throws -> Tensor {
    guard input.rank == 3 || input.rank == 4 else {
      throw TensorError("Softmax2d: expected input to be 3D or 4D, got \(input.rank)D instead", kind: .value)
    }
    return try input.softmax(-3)
  }
}

/// The first half along a dimension times the sigmoid of the second.
public final class GLU: DimensionActivation {
  public override init(dim: Int? = -1) { super.init(dim: dim) }

  public override func forward(_ input: Tensor) throws -> Tensor { try input.glu(dim ?? -1) }
}
