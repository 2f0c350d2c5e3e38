import Tensor

/// What torchvision's pretrained classifiers expect: the middle of a resized image, normalized as ImageNet is.
public final class ImageClassification: Transform {
  private let cropSize: Int
  private let resizeSize: Int
  private let steps: [Transform]
  private let normalization: Normalize

  /// - Parameters:
  ///   - cropSize: the height and width of the result.
  ///   - resizeSize: the shorter edge before the crop.
  /// - Throws: ``TensorError`` for sizes that are none.
  public init(cropSize: Int, resizeSize: Int = 256) throws {
    self.cropSize = cropSize
    self.resizeSize = resizeSize
    steps = [try Resize([resizeSize]), try CenterCrop([cropSize])]
    normalization = Normalize(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    var picture = try steps.reduce(input) { try $1($0) }
    if case .image = picture { picture = try PILToTensor()(picture) }
    return try normalization(ConvertImageDtype(.float32)(picture))
  }

  public override var description: String {
    """
    ImageClassification(
        crop_size=[\(cropSize)]
        resize_size=[\(resizeSize)]
        mean=\(normalization.mean)
        std=\(normalization.deviation)
        interpolation=InterpolationMode.BILINEAR
    )
    """
  }
}
