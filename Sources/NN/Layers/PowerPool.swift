import Tensor

/// What the power-average poolings share: the `p`-th root of the sum of each window's `p`-th powers.
open class PowerPool: Module {
  /// The power `p`.
  public let normType: Scalar
  /// The window's size: one for all dimensions, or one for each.
  public let kernelSize: [Int]
  /// The distance from window to window; nil: the window's size.
  public let stride: [Int]?
  /// Whether the number of windows is rounded up, so that the last one may reach over the end.
  public let ceilMode: Bool
  /// How many dimensions the window has.
  class var rank: Int { 0 }

  /// - Parameters:
  ///   - normType: `p`.
  ///   - stride: the window's size by default.
  public required init(_ normType: Scalar, _ kernelSize: [Int], stride: [Int]? = nil, ceilMode: Bool = false) {
    self.normType = normType
    self.kernelSize = kernelSize
    self.stride = stride
    self.ceilMode = ceilMode
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    let rank = type(of: self).rank
    return try Functional.powerPool(
      input, p: normType.double, kernel: try expanded(kernelSize, rank, "kernel_size"),
      stride: try stride.map { try expanded($0, rank, "stride") }, ceilMode: ceilMode)
  }

  open override var attributes: Attributes {
    [
      ("norm_type", .init(normType)), ("kernel_size", sizeAttribute(kernelSize)),
      ("stride", stride.map(sizeAttribute) ?? .none), ("ceil_mode", .bool(ceilMode)),
    ]
  }

  open override var extraText: String { attributes.text }
}

/// Power-average pooling of `[N, C, L]`.
public final class LPPool1d: PowerPool {
  override class var rank: Int { 1 }
}

/// Power-average pooling of `[N, C, H, W]`.
public final class LPPool2d: PowerPool {
  override class var rank: Int { 2 }
}

/// Power-average pooling of `[N, C, D, H, W]`.
public final class LPPool3d: PowerPool {
  override class var rank: Int { 3 }
}
