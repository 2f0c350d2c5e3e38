import Tensor

/// What the max poolings share: the largest element of each window.
open class MaxPool: Module {
  /// The window's size: one for all dimensions, or one for each.
  public let kernelSize: [Int]
  /// The distance from window to window.
  public let stride: [Int]
  /// How far windows may begin before the input, and end after it; no element there counts.
  public let padding: [Int]
  /// The distance between the elements that a window sees.
  public let dilation: [Int]
  /// Whether a call gives the elements' positions too, see ``withIndices(_:)``.
  public let returnIndices: Bool
  /// Whether the number of windows is rounded up, so that the last one may reach over the end.
  public let ceilMode: Bool
  /// How many dimensions the window has.
  class var rank: Int { 0 }
  private var rank: Int { type(of: self).rank }

  /// - Parameter stride: the window's size by default.
  public required init(
    _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], returnIndices: Bool = false,
    ceilMode: Bool = false
  ) {
    self.kernelSize = kernelSize
    self.stride = stride ?? kernelSize
    self.padding = padding
    self.dilation = dilation
    self.returnIndices = returnIndices
    self.ceilMode = ceilMode
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try Functional.maxPool(
      input, kernel: try expanded(kernelSize, rank, "kernel_size"), stride: try expanded(stride, rank, "stride"),
      padding: try expanded(padding, rank, "padding"), dilation: try expanded(dilation, rank, "dilation"),
      ceilMode: ceilMode)
  }

  /// The largest elements, and where they are in each channel's flattened input.
  public func withIndices(_ input: Tensor) throws -> (values: Tensor, indices: Tensor) {
    try Functional.maxPoolWithIndices(
      input, kernel: try expanded(kernelSize, rank, "kernel_size"), stride: try expanded(stride, rank, "stride"),
      padding: try expanded(padding, rank, "padding"), dilation: try expanded(dilation, rank, "dilation"),
      ceilMode: ceilMode)
  }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    guard returnIndices else { return try super.forward(inputs) }
    let (values, indices) = try withIndices(try inputs.requiredTensor(0, "input", of: self))
    return [.tensor(values), .tensor(indices)]
  }

  open override var extraText: String {
    "kernel_size=\(sizeText(kernelSize)), stride=\(sizeText(stride)), padding=\(sizeText(padding)), dilation=\(sizeText(dilation)), ceil_mode=\(pythonText(ceilMode))"
  }

  open override var attributes: Attributes {
    [
      ("kernel_size", sizeAttribute(kernelSize)), ("stride", sizeAttribute(stride)),
      ("padding", sizeAttribute(padding)), ("dilation", sizeAttribute(dilation)),
      ("return_indices", .bool(returnIndices)), ("ceil_mode", .bool(ceilMode)),
    ]
  }
}

/// Sizes as they were given: one number alone, or several.
func sizeText(_ sizes: [Int]) -> String { sizes.count == 1 ? "\(sizes[0])" : tupleText(sizes) }

func sizeAttribute(_ sizes: [Int]) -> Attribute { sizes.count == 1 ? .int(sizes[0]) : .ints(sizes) }

/// The largest element of each window of `[N, C, L]`.
public final class MaxPool1d: MaxPool {
  override class var rank: Int { 1 }
}

/// The largest element of each window of `[N, C, H, W]`.
public final class MaxPool2d: MaxPool {
  override class var rank: Int { 2 }
}

/// The largest element of each window of `[N, C, D, H, W]`.
public final class MaxPool3d: MaxPool {
  override class var rank: Int { 3 }
}
