import Tensor

/// What the transposed convolutions share: each is the gradient of a convolution with respect to its input, as a layer.
///
/// Shapes: weight `[inChannels, outChannels / groups, *kernelSize]`; the output has
/// `(size - 1) * stride - 2 * padding + dilation * (kernelSize - 1) + outputPadding + 1` elements a dimension.
open class TransposedConvolution: ConvolutionLayer {
  private let pads: [Int]

  init(
    rank: Int, _ inChannels: Int, _ outChannels: Int, _ kernelSize: [Int], _ stride: [Int], _ padding: [Int],
    _ outputPadding: [Int], _ groups: Int, _ bias: Bool, _ dilation: [Int], _ dtype: DType?
  ) throws {
    pads = try expanded(padding, rank, "padding")
    try super.init(
      inChannels, outChannels, kernelSize: try expanded(kernelSize, rank, "kernel_size"),
      stride: try expanded(stride, rank, "stride"), padding: .sizes(pads),
      dilation: try expanded(dilation, rank, "dilation"),
      outputPadding: try expanded(outputPadding, rank, "output_padding"), groups: groups, bias: bias,
      isTransposed: true, dtype: dtype)
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

public final class ConvTranspose1d: TransposedConvolution {
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int] = [1], padding: [Int] = [0],
    outputPadding: [Int] = [0], groups: Int = 1, bias: Bool = true, dilation: [Int] = [1], dtype: DType? = nil
  ) throws {
    try super.init(
      rank: 1, inChannels, outChannels, kernelSize, stride, padding, outputPadding, groups, bias, dilation, dtype)
  }
}

public final class ConvTranspose2d: TransposedConvolution {
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int] = [1], padding: [Int] = [0],
    outputPadding: [Int] = [0], groups: Int = 1, bias: Bool = true, dilation: [Int] = [1], dtype: DType? = nil
  ) throws {
    try super.init(
      rank: 2, inChannels, outChannels, kernelSize, stride, padding, outputPadding, groups, bias, dilation, dtype)
  }
}

public final class ConvTranspose3d: TransposedConvolution {
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: [Int], stride: [Int] = [1], padding: [Int] = [0],
    outputPadding: [Int] = [0], groups: Int = 1, bias: Bool = true, dilation: [Int] = [1], dtype: DType? = nil
  ) throws {
    try super.init(
      rank: 3, inChannels, outChannels, kernelSize, stride, padding, outputPadding, groups, bias, dilation, dtype)
  }
}
