/// The shapes of a convolution in one, two or three spatial dimensions.
///
///     output[k] = 1 + (input[k] + paddingLow[k] + paddingHigh[k] − dilation[k] · (kernel[k] − 1) − 1) / stride[k]
///
/// Shapes are PyTorch's: the source is (batch, input channels, spatial…), the weights are (output channels, input channels /
/// groups, kernel…), the bias is (output channels).
///
/// A transposed convolution is a convolution with its ends exchanged: let the problem map the transposed one's *output* to
/// its *input*; then `ConvolutionBackwardData` computes it, `ConvolutionForward` its source's gradient, and
/// `ConvolutionBackwardWeights` its weights' gradient; PyTorch's weights of `ConvTranspose` already have this shape.
public struct ConvolutionProblem: Hashable, Sendable {
  /// The number of samples.
  public let batch: Int
  /// The channels of the source, all groups together.
  public let inputChannels: Int
  /// The channels of the destination, all groups together.
  public let outputChannels: Int
  /// Into how many groups the channels on both sides are parted.
  public let groups: Int
  /// The spatial size of the source.
  public let input: Spatial
  /// The spatial size of the destination, by the formula above.
  public let output: Spatial
  /// The size of the kernel.
  public let kernel: Spatial
  /// The distance between windows.
  public let stride: Spatial
  /// The distance between the kernel's taps; 1 where they are adjacent, as in PyTorch.
  public let dilation: Spatial
  /// The zeros before the first element.
  public let paddingLow: Spatial
  /// The zeros after the last element.
  public let paddingHigh: Spatial
  /// The type of the source and the weights.
  public let type: DataType
  /// The type of the destination.
  public let destinationType: DataType

  /// - Parameters:
  ///   - source: (batch, input channels, spatial…)
  ///   - weights: (output channels, input channels / groups, kernel…)
  ///   - paddingHigh: The padding after the last element; as much as before the first one if nil.
  /// - Throws: `PrimitiveError` if shapes do not fit together.
  public init(
    source: [Int], weights: [Int], stride: Spatial, paddingLow: Spatial, paddingHigh: Spatial? = nil,
    dilation: Spatial? = nil, groups: Int = 1, type: DataType = .float32, destinationType: DataType? = nil
  ) throws {
    let paddingHigh = paddingHigh ?? paddingLow
    let dilation = dilation ?? Spatial(repeating: 1, like: stride)
    let rank = stride.count
    let range = 0...Int(Int32.max)
    func invalid() -> PrimitiveError {
      PrimitiveError(
        primitive: "convolution",
        detail: "source \(source), weights \(weights), stride \(stride), padding \(paddingLow) and \(paddingHigh), "
          + "dilation \(dilation), \(groups) groups",
        reason: .invalidArguments)
    }
    guard source.count == rank + 2, weights.count == rank + 2, paddingLow.count == rank, paddingHigh.count == rank,
      dilation.count == rank, groups > 0, source.allSatisfy(range.contains), weights.allSatisfy(range.contains),
      stride.allSatisfy({ $0 > 0 && range ~= $0 }), dilation.allSatisfy({ $0 > 0 && range ~= $0 }),
      paddingLow.allSatisfy(range.contains), paddingHigh.allSatisfy(range.contains),
      weights[0] % groups == 0, source[1] == weights[1] &* groups
    else { throw invalid() }
    var output: [Int] = []
    for axis in 0..<rank {
      let reach = dilation[axis] * (weights[axis + 2] - 1) + 1
      let room = source[axis + 2] + paddingLow[axis] + paddingHigh[axis] - reach
      guard weights[axis + 2] > 0, room >= 0 else { throw invalid() }
      output.append(room / stride[axis] + 1)
    }
    self.batch = source[0]
    self.inputChannels = source[1]
    self.outputChannels = weights[0]
    self.groups = groups
    self.input = try Spatial(source[2...])
    self.output = try Spatial(output)
    self.kernel = try Spatial(weights[2...])
    self.stride = stride
    self.dilation = dilation
    self.paddingLow = paddingLow
    self.paddingHigh = paddingHigh
    self.type = type
    self.destinationType = destinationType ?? type
  }

  /// The source's shape: (batch, input channels, spatial…).
  public var sourceDimensions: [Int] { [batch, inputChannels] + input }
  /// The destination's shape: (batch, output channels, spatial…).
  public var destinationDimensions: [Int] { [batch, outputChannels] + output }
  /// The weights' shape as the library has it: a leading dimension for the groups if there are several.
  public var weightsDimensions: [Int] {
    let perGroup = inputChannels / groups
    return groups == 1
      ? [outputChannels, perGroup] + kernel : [groups, outputChannels / groups, perGroup] + kernel
  }

  /// The descriptor of weights with PyTorch's shape and these strides (row-major ones if nil).
  public func weightsDescriptor(strides: [Int]? = nil) throws -> MemoryDescriptor {
    guard let strides else { return try MemoryDescriptor(weightsDimensions, type: type) }
    guard groups > 1, let first = strides.first else {
      return try MemoryDescriptor(weightsDimensions, strides: strides, type: type)
    }
    return try MemoryDescriptor(
      weightsDimensions, strides: [first &* (outputChannels / groups)] + strides, type: type)
  }

  /// The multiplications of a direct algorithm.
  public var multiplicationCount: Double {
    let perOutput = Double(inputChannels / groups) * kernel.reduce(1.0) { $0 * Double($1) }
    return perOutput * Double(batch) * Double(outputChannels) * output.reduce(1.0) { $0 * Double($1) }
  }

  /// The library counts the elements that a dilated kernel skips.
  var skips: Spatial { dilation.map { $0 - 1 } }
}

extension ConvolutionProblem: CustomStringConvertible {
  public var description: String {
    "\(type) batch \(batch), \(inputChannels) to \(outputChannels) channels in \(groups) groups, \(input) to \(output), "
      + "kernel \(kernel), stride \(stride), padding \(paddingLow) and \(paddingHigh), dilation \(dilation)"
  }
}
