import Tensor

/// What the average poolings share: the mean of each window.
open class AveragePool: Module {
  /// The window's size: one for all dimensions, or one for each.
  public let kernelSize: [Int]
  /// The distance from window to window.
  public let stride: [Int]
  /// How many zeros stand around the input, on both sides.
  public let padding: [Int]
  /// Whether the number of windows is rounded up, so that the last one may reach over the end.
  public let ceilMode: Bool
  /// Whether zeros of the padding count in the mean.
  public let countIncludePad: Bool
  /// What a window's sum is divided by; nil: the number of its elements.
  public let divisorOverride: Int?
  /// How many dimensions the window has.
  class var rank: Int { 0 }
  private var rank: Int { type(of: self).rank }

  /// - Parameters:
  ///   - stride: the window's size by default.
  ///   - divisorOverride: divides a window's sum, in place of the number of its elements. Not in one dimension.
  public required init(
    _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceilMode: Bool = false,
    countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.kernelSize = kernelSize
    self.stride = stride ?? kernelSize
    self.padding = padding
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try Functional.averagePool(
      input, kernel: try expanded(kernelSize, rank, "kernel_size"), stride: try expanded(stride, rank, "stride"),
      padding: try expanded(padding, rank, "padding"), ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }

  open override var extraText: String {
    // PyTorch keeps tuples in the case of one dimension.
    let text = rank == 1 ? tupleText : sizeText
    return "kernel_size=\(text(kernelSize)), stride=\(text(stride)), padding=\(text(padding))"
  }

  open override var attributes: Attributes {
    let size = rank == 1 ? Attribute.ints : sizeAttribute
    return [
      ("kernel_size", size(kernelSize)), ("stride", size(stride)), ("padding", size(padding)),
      ("ceil_mode", .bool(ceilMode)), ("count_include_pad", .bool(countIncludePad)),
    ] + (rank == 1 ? [] : [("divisor_override", .init(divisorOverride))])
  }
}

/// The mean of each window of `[N, C, L]`.
public final class AvgPool1d: AveragePool {
  override class var rank: Int { 1 }
}

/// The mean of each window of `[N, C, H, W]`.
public final class AvgPool2d: AveragePool {
  override class var rank: Int { 2 }
}

/// The mean of each window of `[N, C, D, H, W]`.
public final class AvgPool3d: AveragePool {
  override class var rank: Int { 3 }
}
