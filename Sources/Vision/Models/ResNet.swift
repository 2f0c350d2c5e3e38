import NN
import Tensor

/// A residual network for images, with torchvision's names, keys and initial values.
///
/// Source: He et al., "Deep residual learning for image recognition", 2016, https://arxiv.org/abs/1512.03385
///
/// Shapes: input `[N, 3, H, W]`, output `[N, numClasses]`; without the top `[N, C, H / 32, W / 32]`.
public final class ResNet: Module {
  /// What a residual block adds to its input.
  public enum BlockKind: Sendable {
    /// Two 3x3 convolutions.
    case basic
    /// A 3x3 convolution between two 1x1 ones, the last of which has four times as many channels.
    case bottleneck

    var expansion: Int { self == .basic ? 1 : 4 }
  }

  private let includesTop: Bool
  private var channels = 64
  private let groups: Int
  private let widthPerGroup: Int

  /// - Parameters:
  ///   - layers: how many blocks the four stages have.
  ///   - groups, widthPerGroup: of the 3x3 convolutions of bottlenecks.
  ///   - includeTop: whether the network ends in `avgpool` and `fc`.
  ///   - zeroInitResidual: begins with blocks that pass on their input, by zero weights in their last normalization.
  public init(
    _ kind: BlockKind, layers: [Int], numClasses: Int = 1000, includeTop: Bool = true, zeroInitResidual: Bool = false,
    groups: Int = 1, widthPerGroup: Int = 64
  ) throws {
    includesTop = includeTop
    self.groups = groups
    self.widthPerGroup = widthPerGroup
    super.init()
    guard layers.count == 4 else {
      throw TensorError("ResNet has four stages, but got \(layers.count) numbers of blocks", kind: .value)
    }
    try register(
      child: "conv1",
      try Conv2d(3, 64, kernelSize: [7], stride: [2], padding: .sizes([3]), bias: false))
    try register(child: "bn1", try BatchNorm2d(64))
    try register(child: "relu", ReLU(inplace: true))
    try register(child: "maxpool", MaxPool2d([3], stride: [2], padding: [1]))
    for (index, count) in layers.enumerated() {
      let stage = try stage(kind, planes: 64 << index, count: count, stride: index == 0 ? 1 : 2)
      try register(child: "layer\(index + 1)", stage)
    }
    if includeTop {
      try register(child: "avgpool", AdaptiveAvgPool2d([1, 1]))
      try register(child: "fc", try Linear(512 * kind.expansion, numClasses))
    }
    for module in modules() {
      if let convolution = module as? Conv2d, let weight = convolution.parameter("weight") {
        try Init.kaimingNormal(weight, mode: .fanOut, nonlinearity: "relu")
      }
    }
    if zeroInitResidual {
      for module in modules() {
        if let block = module as? ResidualBlock { try block.zeroLastNormalization() }
      }
    }
  }

  private func stage(_ kind: BlockKind, planes: Int, count: Int, stride: Int) throws -> Sequential {
    let output = planes * kind.expansion
    var blocks: [Module] = []
    for index in 0..<max(count, 1) {
      let step = index == 0 ? stride : 1
      var downsample: Module?
      if step != 1 || channels != output {
        downsample = try Sequential([
          try Conv2d(channels, output, kernelSize: [1], stride: [step], bias: false), try BatchNorm2d(output),
        ])
      }
      switch kind {
      case .basic: blocks.append(try BasicBlock(channels, planes, stride: step, downsample: downsample))
      case .bottleneck:
        blocks.append(
          try Bottleneck(
            channels, planes, stride: step, downsample: downsample, groups: groups, widthPerGroup: widthPerGroup))
      }
      channels = output
    }
    return try Sequential(blocks)
  }

  public override func forward(_ input: Tensor) throws -> Tensor {
    var x = try requiredChild("conv1")(input)
    x = try requiredChild("bn1")(x)
    x = try requiredChild("relu")(x)
    x = try requiredChild("maxpool")(x)
    for stage in ["layer1", "layer2", "layer3", "layer4"] { x = try requiredChild(stage)(x) }
    guard includesTop else { return x }
    x = try requiredChild("avgpool")(x)
    return try requiredChild("fc")(try x.flatten(1))
  }
}
