import Tensor

/// What the convolutions of one, two and three dimensions share.
///
/// Shapes: input `[N, inChannels, *]`, output `[N, outChannels, *]`, weight `[outChannels, inChannels / groups, *kernelSize]`.
open class ConvolutionLayer: Module {
  public let inChannels: Int
  public let outChannels: Int
  public let kernelSize: [Int]
  public let stride: [Int]
  public let padding: ConvolutionPadding
  public let dilation: [Int]
  public let outputPadding: [Int]
  public let groups: Int

  /// - Throws: ``TensorError`` for sizes below 1, or channels that `groups` does not divide.
  init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int], padding: ConvolutionPadding,
    dilation: [Int], outputPadding: [Int], groups: Int, bias: Bool, isTransposed: Bool, dtype: DType?
  ) throws {
    guard groups > 0 else { throw TensorError("groups must be a positive integer", kind: .value) }
    guard inChannels % groups == 0 else { throw TensorError("in_channels must be divisible by groups", kind: .value) }
    guard outChannels % groups == 0 else { throw TensorError("out_channels must be divisible by groups", kind: .value) }
    if padding == .same, stride.contains(where: { $0 != 1 }) {
      throw TensorError("padding='same' is not supported for strided convolutions", kind: .value)
    }
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.kernelSize = kernelSize
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.outputPadding = outputPadding
    self.groups = groups
    super.init()
    let sides = isTransposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups]
    let shape = sides + kernelSize
    _ = try Shape.count(shape)
    let fan = shape.dropFirst().reduce(1) { $0 &* $1 }
    try registerWeight(shape: shape, bias: bias ? outChannels : nil, fan: fan, dtype: dtype)
  }

  open override var extraText: String {
    var text = "\(inChannels), \(outChannels), kernel_size=\(tupleText(kernelSize)), stride=\(tupleText(stride))"
    switch padding {
    case .sizes(let sizes): if sizes.contains(where: { $0 != 0 }) { text += ", padding=\(tupleText(sizes))" }
    case .same: text += ", padding=same"
    case .valid: text += ", padding=valid"
    }
    if dilation.contains(where: { $0 != 1 }) { text += ", dilation=\(tupleText(dilation))" }
    if outputPadding.contains(where: { $0 != 0 }) { text += ", output_padding=\(tupleText(outputPadding))" }
    if groups != 1 { text += ", groups=\(groups)" }
    if parameter("bias") == nil { text += ", bias=False" }
    return text
  }

  open override var attributes: [(name: String, value: Attribute)] {
    let pads: Attribute =
      switch padding {
      case .sizes(let sizes): .ints(sizes)
      case .same: .string("same")
      case .valid: .string("valid")
      }
    return [
      ("in_channels", .int(inChannels)), ("out_channels", .int(outChannels)), ("kernel_size", .ints(kernelSize)),
      ("stride", .ints(stride)), ("padding", pads), ("dilation", .ints(dilation)),
      ("output_padding", .ints(outputPadding)), ("groups", .int(groups)), ("padding_mode", .string("zeros")),
    ]
  }
}

/// `size` for each of `rank` dimensions, or the sizes given for each.
func expanded(_ sizes: [Int], _ rank: Int, _ name: String) throws -> [Int] {
  if sizes.count == 1 { return [Int](repeating: sizes[0], count: rank) }
  guard sizes.count == rank else {
    throw TensorError("\(name) must be an int or a list of \(rank) ints, but got \(Shape.text(sizes))", kind: .value)
  }
  return sizes
}

/// A convolution whose options are lists of one size for all dimensions, or of one for each.
open class Convolution: ConvolutionLayer {
  init(
    rank: Int, _ inChannels: Int, _ outChannels: Int, _ kernelSize: [Int], _ stride: [Int],
    _ padding: ConvolutionPadding, _ dilation: [Int], _ groups: Int, _ bias: Bool, _ dtype: DType?
  ) throws {
    var padding = padding
    if case .sizes(let sizes) = padding { padding = .sizes(try expanded(sizes, rank, "padding")) }
    try super.init(
      inChannels, outChannels, kernelSize: try expanded(kernelSize, rank, "kernel_size"),
      stride: try expanded(stride, rank, "stride"), padding: padding,
      dilation: try expanded(dilation, rank, "dilation"), outputPadding: [Int](repeating: 0, count: rank),
      groups: groups, bias: bias, isTransposed: false, dtype: dtype)
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try Functional.convolution(
      input, try requiredParameter("weight"), parameter("bias"), stride: stride, padding: padding, dilation: dilation,
      groups: groups)
  }
}

/// A convolution over sequences: input `[N, C, L]` or `[C, L]`.
public final class Conv1d: Convolution {
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int] = [1],
    padding: ConvolutionPadding = .sizes([0]), dilation: [Int] = [1], groups: Int = 1, bias: Bool = true,
    dtype: DType? = nil
  ) throws {
    try super.init(rank: 1, inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, dtype)
  }
}

/// A convolution over images: input `[N, C, H, W]` or `[C, H, W]`. Options have one size, or one for each dimension.
public final class Conv2d: Convolution {
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int] = [1],
    padding: ConvolutionPadding = .sizes([0]), dilation: [Int] = [1], groups: Int = 1, bias: Bool = true,
    dtype: DType? = nil
  ) throws {
    try super.init(rank: 2, inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, dtype)
  }
}

/// A convolution over volumes: input `[N, C, D, H, W]` or `[C, D, H, W]`.
public final class Conv3d: Convolution {
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int] = [1],
    padding: ConvolutionPadding = .sizes([0]), dilation: [Int] = [1], groups: Int = 1, bias: Bool = true,
    dtype: DType? = nil
  ) throws {
    try super.init(rank: 3, inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, dtype)
  }
}
