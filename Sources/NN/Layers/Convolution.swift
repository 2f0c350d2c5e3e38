import Tensor

/// What the convolutions of one, two and three dimensions share.
///
/// Shapes: input `[N, inChannels, *]`, output `[N, outChannels, *]`, weight `[outChannels, inChannels / groups, *kernelSize]`.
open class ConvolutionLayer: Module {
  /// How many channels inputs have.
  public let inChannels: Int
  /// How many channels outputs have.
  public let outChannels: Int
  /// The kernel's size in each dimension.
  public let kernelSize: [Int]
  /// The distance from window to window in each dimension.
  public let stride: [Int]
  /// What stands around the input.
  public let padding: ConvolutionPadding
  /// The distance between the elements that a window sees, in each dimension.
  public let dilation: [Int]
  /// What a transposed convolution adds to its output at the end of each dimension; 0 for the others.
  public let outputPadding: [Int]
  /// Into how many groups channels are parted; each output sees the inputs of its group only.
  public let groups: Int
  /// What the elements around the input are.
  public let paddingMode: ConvolutionPaddingMode

  /// - Throws: ``TensorError`` for sizes below 1, or channels that `groups` does not divide.
  init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int], padding: ConvolutionPadding,
    dilation: [Int], outputPadding: [Int], groups: Int, bias: Bool, paddingMode: ConvolutionPaddingMode,
    isTransposed: Bool, dtype: DType?
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
    self.paddingMode = paddingMode
    super.init()
    let sides = isTransposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups]
    let shape = sides + kernelSize
    _ = try Shape.count(shape)
    try register(parameter: "weight", shape: shape, dtype: dtype)
    try register(parameter: "bias", shape: bias ? [outChannels] : nil, dtype: dtype)
    try resetParameters()
  }

  open override func resetParameters() throws { try resetWeightAndBias() }

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
    if paddingMode != .zeros { text += ", padding_mode=\(paddingMode.rawValue)" }
    return text
  }

  open override var attributes: Attributes {
    let pads: Attribute =
      switch padding {
      case .sizes(let sizes): .ints(sizes)
      case .same: .string("same")
      case .valid: .string("valid")
      }
    return [
      ("in_channels", .int(inChannels)), ("out_channels", .int(outChannels)), ("kernel_size", .ints(kernelSize)),
      ("stride", .ints(stride)), ("padding", pads), ("dilation", .ints(dilation)),
      ("output_padding", .ints(outputPadding)), ("groups", .int(groups)),
      ("padding_mode", .string(paddingMode.rawValue)),
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
  /// How many dimensions the kernel has.
  class var rank: Int { 0 }

  /// - Parameters:
  ///   - kernelSize, stride, padding, dilation: one size for all dimensions, or one for each.
  ///   - groups: it must divide the channels on both sides.
  ///   - dtype: of the parameters; the default type if nil.
  /// - Throws: ``TensorError`` for sizes below 0, the wrong number of them, or channels that `groups` does not divide.
  public required init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int] = [1],
    padding: ConvolutionPadding = .sizes([0]), dilation: [Int] = [1], groups: Int = 1, bias: Bool = true,
    paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType? = nil
  ) throws {
    let rank = Self.rank
    var padding = padding
    if case .sizes(let sizes) = padding { padding = .sizes(try expanded(sizes, rank, "padding")) }
    try super.init(
      inChannels, outChannels, kernelSize: try expanded(kernelSize, rank, "kernel_size"),
      stride: try expanded(stride, rank, "stride"), padding: padding,
      dilation: try expanded(dilation, rank, "dilation"), outputPadding: [Int](repeating: 0, count: rank),
      groups: groups, bias: bias, paddingMode: paddingMode, isTransposed: false, dtype: dtype)
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    let (weight, bias) = (try requiredParameter("weight"), parameter("bias"))
    guard let mode = paddingMode.tensorMode else {
      return try Functional.convolution(
        input, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
    return try Functional.convolution(
      input.pad(borders, mode: mode), weight, bias, stride: stride, padding: .valid, dilation: dilation, groups: groups)
  }

  /// What ``padding`` adds before and after each dimension, the last dimension first.
  private var borders: [Int] {
    kernelSize.indices.reversed().flatMap { k in
      switch padding {
      case .valid: return [0, 0]
      case .sizes(let sizes): return [sizes[k], sizes[k]]
      case .same:
        let total = dilation[k] &* (kernelSize[k] &- 1)
        return [total / 2, total - total / 2]
      }
    }
  }
}

/// What stands around the input of a convolution.
public enum ConvolutionPaddingMode: String, Sendable, CaseIterable {
  /// The words of PyTorch's `padding_mode`: zeros, the inside mirrored at the border, the border itself, or the other end.
  case zeros, reflect, replicate, circular

  /// - Throws: ``TensorError`` for another name.
  public init(named name: String) throws {
    guard let mode = Self(rawValue: name) else {
      let names = Self.allCases.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
      throw TensorError("padding_mode must be one of {\(names)}, but got padding_mode='\(name)'", kind: .value)
    }
    self = mode
  }

  fileprivate var tensorMode: Tensor.PaddingMode? {
    switch self {
    case .zeros: nil
    case .reflect: .reflect
    case .replicate: .replicate
    case .circular: .circular
    }
  }
}

/// A convolution over sequences: input `[N, C, L]` or `[C, L]`.
public final class Conv1d: Convolution {
  override class var rank: Int { 1 }
}

/// A convolution over images: input `[N, C, H, W]` or `[C, H, W]`. Options have one size, or one for each dimension.
public final class Conv2d: Convolution {
  override class var rank: Int { 2 }
}

/// A convolution over volumes: input `[N, C, D, H, W]` or `[C, D, H, W]`.
public final class Conv3d: Convolution {
  override class var rank: Int { 3 }
}
