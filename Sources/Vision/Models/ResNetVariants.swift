import NN

/// Networks for images by torchvision's names, with initial values that are drawn when somebody reads them.
public enum Models {
  /// ResNet with 18 layers; without `includeTop` it gives `[N, 512, H / 32, W / 32]`.
  public static func resnet18(numClasses: Int = 1000, includeTop: Bool = true) throws -> ResNet {
    try ResNet(.basic, layers: [2, 2, 2, 2], numClasses: numClasses, includeTop: includeTop)
  }

  /// ResNet with 34 layers; without `includeTop` it gives `[N, 512, H / 32, W / 32]`.
  public static func resnet34(numClasses: Int = 1000, includeTop: Bool = true) throws -> ResNet {
    try ResNet(.basic, layers: [3, 4, 6, 3], numClasses: numClasses, includeTop: includeTop)
  }

  /// ResNet with 50 layers; without `includeTop` it gives `[N, 2048, H / 32, W / 32]`.
  public static func resnet50(numClasses: Int = 1000, includeTop: Bool = true) throws -> ResNet {
    try ResNet(.bottleneck, layers: [3, 4, 6, 3], numClasses: numClasses, includeTop: includeTop)
  }

  /// ResNet with 101 layers; without `includeTop` it gives `[N, 2048, H / 32, W / 32]`.
  public static func resnet101(numClasses: Int = 1000, includeTop: Bool = true) throws -> ResNet {
    try ResNet(.bottleneck, layers: [3, 4, 23, 3], numClasses: numClasses, includeTop: includeTop)
  }

  /// ResNet with 152 layers; without `includeTop` it gives `[N, 2048, H / 32, W / 32]`.
  public static func resnet152(numClasses: Int = 1000, includeTop: Bool = true) throws -> ResNet {
    try ResNet(.bottleneck, layers: [3, 8, 36, 3], numClasses: numClasses, includeTop: includeTop)
  }

  /// Source: Xie et al., "Aggregated residual transformations for deep neural networks", 2017,
  /// https://arxiv.org/abs/1611.05431
  public static func resnext50_32x4d(numClasses: Int = 1000, includeTop: Bool = true) throws -> ResNet {
    try ResNet(
      .bottleneck, layers: [3, 4, 6, 3], numClasses: numClasses, includeTop: includeTop, groups: 32, widthPerGroup: 4)
  }

  /// ResNeXt with 101 layers and 32 groups of 8 channels: see ``resnext50_32x4d(numClasses:includeTop:)``.
  public static func resnext101_32x8d(numClasses: Int = 1000, includeTop: Bool = true) throws -> ResNet {
    try ResNet(
      .bottleneck, layers: [3, 4, 23, 3], numClasses: numClasses, includeTop: includeTop, groups: 32, widthPerGroup: 8)
  }

  /// Source: Zagoruyko and Komodakis, "Wide residual networks", 2016, https://arxiv.org/abs/1605.07146
  public static func wide_resnet50_2(numClasses: Int = 1000, includeTop: Bool = true) throws -> ResNet {
    try ResNet(
      .bottleneck, layers: [3, 4, 6, 3], numClasses: numClasses, includeTop: includeTop, widthPerGroup: 128)
  }
}
