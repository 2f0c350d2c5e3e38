import Tensor

/// What the transposed convolutions share: each is the gradient of a convolution with respect to its input, as a layer.
///
/// Shapes: weight `[inChannels, outChannels / groups, *kernelSize]`; the output has
/// `(size - 1) * stride - 2 * padding + dilation * (kernelSize - 1) + outputPadding + 1` elements a dimension.
open class TransposedConvolution: ConvolutionLayer {
  /// How many dimensions the kernel has.
  class var rank: Int { 0 }
  private let pads: [Int]

  /// - Parameters:
  ///   - kernelSize, stride, padding, outputPadding, dilation: one size for all dimensions, or one for each.
  ///   - outputPadding: how many elements more the output has at its end, of those that `stride` leaves open.
  ///   - groups: it must divide the channels on both sides.
  ///   - dtype: of the parameters; the default type if nil.
  /// - Throws: ``TensorError`` for sizes below 0, the wrong number of them, or a `paddingMode` other than zeros.
  public required init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int] = [1], padding: [Int] = [0],
    outputPadding: [Int] = [0], groups: Int = 1, bias: Bool = true, dilation: [Int] = [1],
    paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType? = nil
  ) throws {
    let rank = Self.rank
    guard paddingMode == .zeros else {
      throw TensorError("Only \"zeros\" padding mode is supported for ConvTranspose\(rank)d", kind: .value)
    }
    pads = try expanded(padding, rank, "padding")
    try super.init(
      inChannels, outChannels, kernelSize: try expanded(kernelSize, rank, "kernel_size"),
      stride: try expanded(stride, rank, "stride"), padding: .sizes(pads),
      dilation: try expanded(dilation, rank, "dilation"),
      outputPadding: try expanded(outputPadding, rank, "output_padding"), groups: groups, bias: bias,
      paddingMode: paddingMode, isTransposed: true, dtype: dtype)
  }

  public override var inputNames: [String]? { ["input", "output_size"] }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    let input = try inputs.requiredTensor(0, "input", of: self)
    guard let size = try inputs.sizes(1, "output_size", of: self) else { return [.tensor(try forward(input))] }
    return [.tensor(try self(input, outputSize: size))]
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try Functional.transposedConvolution(
      input, try requiredParameter("weight"), parameter("bias"), stride: stride, padding: pads,
      outputPadding: outputPadding, groups: groups, dilation: dilation)
  }

  /// Chooses `outputPadding` so that the output has `outputSize`, spatial dimensions only.
  ///
  /// - Throws: ``TensorError`` where `stride` leaves no such size open.
  public func callAsFunction(_ input: Tensor, outputSize: [Int]) throws -> Tensor {
    let rank = kernelSize.count
    let target = Array(outputSize.suffix(rank))
    guard input.rank > rank, target.count == rank else {
      throw TensorError("ConvTranspose\(rank)d: requires an output_size of \(rank) elements", kind: .value)
    }
    var extra: [Int] = []
    for k in 0..<rank {
      let size = input.shape[input.rank - rank + k]
      let smallest = (size - 1) &* stride[k] &- 2 &* pads[k] &+ dilation[k] &* (kernelSize[k] - 1) &+ 1
      guard target[k] >= smallest && target[k] < smallest &+ stride[k] else {
        throw TensorError(
          "requested an output size of \(Shape.text(target)), but valid sizes range from \(smallest) to \(smallest &+ stride[k] &- 1) in dimension \(k)",
          kind: .value)
      }
      extra.append(target[k] - smallest)
    }
    return try Functional.transposedConvolution(
      input, try requiredParameter("weight"), parameter("bias"), stride: stride, padding: pads, outputPadding: extra,
      groups: groups, dilation: dilation)
  }
}

/// A transposed convolution over sequences: input `[N, C, L]` or `[C, L]`.
public final class ConvTranspose1d: TransposedConvolution {
  override class var rank: Int { 1 }
}

/// A transposed convolution over images: input `[N, C, H, W]` or `[C, H, W]`.
public final class ConvTranspose2d: TransposedConvolution {
  override class var rank: Int { 2 }
}

/// A transposed convolution over volumes: input `[N, C, D, H, W]` or `[C, D, H, W]`.
public final class ConvTranspose3d: TransposedConvolution {
  override class var rank: Int { 3 }
}
