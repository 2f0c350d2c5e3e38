import NN
import Tensor

/// A block whose output is added to its input, or to what `downsample` makes of it.
public class ResidualBlock: Module {
  /// How many pairs of `conv` and `bn` the block has.
  fileprivate let depth: Int

  fileprivate init(depth: Int) { self.depth = depth }

  public override func forward(_ input: Tensor) throws -> Tensor {
    let relu = try requiredChild("relu")
    var x = input
    for index in 1...depth {
      x = try requiredChild("conv\(index)")(x)
      x = try requiredChild("bn\(index)")(x)
      if index < depth { x = try relu(x) }
    }
    let shortcut = try child("downsample")?(input) ?? input
    return try relu(try x.addInPlace(shortcut))
  }

  /// Makes the block pass on its input at first.
  func zeroLastNormalization() throws {
    if let weight = child("bn\(depth)")?.parameter("weight") { try Init.zeros(weight) }
  }
}

/// Two 3x3 convolutions.
public final class BasicBlock: ResidualBlock {
  /// - Parameters:
  ///   - channels: of the input.
  ///   - planes: channels of the output.
  ///   - stride: of the first convolution.
  ///   - downsample: what makes the input fit the output; needed where stride or channels differ.
  public init(_ channels: Int, _ planes: Int, stride: Int = 1, downsample: Module? = nil) throws {
    super.init(depth: 2)
    try register(
      child: "conv1",
      try Conv2d(channels, planes, kernelSize: [3], stride: [stride], padding: .sizes([1]), bias: false))
    try register(child: "bn1", try BatchNorm2d(planes))
    try register(child: "relu", ReLU(inplace: true))
    try register(child: "conv2", try Conv2d(planes, planes, kernelSize: [3], padding: .sizes([1]), bias: false))
    try register(child: "bn2", try BatchNorm2d(planes))
    if let downsample { try register(child: "downsample", downsample) }
  }
}

/// A 1x1 convolution to fewer channels, a 3x3 one that takes the stride, and a 1x1 one to more channels.
public final class Bottleneck: ResidualBlock {
  /// - Parameters:
  ///   - channels: of the input.
  ///   - planes: channels inside, for one group of 64; the output has 4 times as many.
  ///   - stride: of the 3x3 convolution.
  ///   - downsample: what makes the input fit the output; needed where stride or channels differ.
  ///   - groups: of the 3x3 convolution.
  ///   - widthPerGroup: channels of a group inside, for 64 `planes`.
  public init(
    _ channels: Int, _ planes: Int, stride: Int = 1, downsample: Module? = nil, groups: Int = 1,
    widthPerGroup: Int = 64
  ) throws {
    super.init(depth: 3)
    let width = planes * widthPerGroup / 64 * groups
    try register(child: "conv1", try Conv2d(channels, width, kernelSize: [1], bias: false))
    try register(child: "bn1", try BatchNorm2d(width))
    try register(
      child: "conv2",
      try Conv2d(
        width, width, kernelSize: [3], stride: [stride], padding: .sizes([1]), groups: groups, bias: false))
    try register(child: "bn2", try BatchNorm2d(width))
    try register(child: "conv3", try Conv2d(width, planes * 4, kernelSize: [1], bias: false))
    try register(child: "bn3", try BatchNorm2d(planes * 4))
    try register(child: "relu", ReLU(inplace: true))
    if let downsample { try register(child: "downsample", downsample) }
  }
}
