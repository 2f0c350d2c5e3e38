import Tensor

/// The windows that a convolution sees, as columns: `[N, C, H, W]` to `[N, C * window, L]`.
public final class Unfold: Module {
  /// The window's height and width, or one size for both.
  public let kernelSize: [Int]
  /// The distance between the elements that a window sees.
  public let dilation: [Int]
  /// How many zeros stand around the input, on both sides.
  public let padding: [Int]
  /// The distance from window to window.
  public let stride: [Int]

  /// All options are one size for height and width, or one for each; a call throws for more.
  public init(_ kernelSize: [Int], dilation: [Int] = [1], padding: [Int] = [0], stride: [Int] = [1]) {
    (self.kernelSize, self.dilation, self.padding, self.stride) = (kernelSize, dilation, padding, stride)
  }

  public override func forward(_ input: Tensor) throws -> Tensor {
    try input.unfoldWindows(
      try expanded(kernelSize, 2, "kernel_size"), dilation: try expanded(dilation, 2, "dilation"),
      padding: try expanded(padding, 2, "padding"), stride: try expanded(stride, 2, "stride"))
  }

  public override var attributes: Attributes {
    [
      ("kernel_size", sizeAttribute(kernelSize)), ("dilation", sizeAttribute(dilation)),
      ("padding", sizeAttribute(padding)), ("stride", sizeAttribute(stride)),
    ]
  }
  public override var extraText: String { attributes.text }
}

/// Columns of windows added up where they overlap: `[N, C * window, L]` to `[N, C, H, W]`.
public final class Fold: Module {
  /// The result's height and width, or one size for both.
  public let outputSize: [Int]
  /// The window's height and width, or one size for both.
  public let kernelSize: [Int]
  /// The distance between the elements that a window sees.
  public let dilation: [Int]
  /// How many zeros stood around what was cut into windows, on both sides.
  public let padding: [Int]
  /// The distance from window to window.
  public let stride: [Int]

  /// All options are one size for height and width, or one for each; a call throws for more.
  public init(
    _ outputSize: [Int], _ kernelSize: [Int], dilation: [Int] = [1], padding: [Int] = [0], stride: [Int] = [1]
  ) {
    self.outputSize = outputSize
    (self.kernelSize, self.dilation, self.padding, self.stride) = (kernelSize, dilation, padding, stride)
  }

  public override func forward(_ input: Tensor) throws -> Tensor {
    try input.foldWindows(
      try expanded(outputSize, 2, "output_size"), try expanded(kernelSize, 2, "kernel_size"),
      dilation: try expanded(dilation, 2, "dilation"), padding: try expanded(padding, 2, "padding"),
      stride: try expanded(stride, 2, "stride"))
  }

  public override var attributes: Attributes {
    [
      ("output_size", sizeAttribute(outputSize)), ("kernel_size", sizeAttribute(kernelSize)),
      ("dilation", sizeAttribute(dilation)), ("padding", sizeAttribute(padding)), ("stride", sizeAttribute(stride)),
    ]
  }
  public override var extraText: String { attributes.text }
}
