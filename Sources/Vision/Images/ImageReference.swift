/// An image that is passed on without a copy: what datasets of images hold where no transform makes a tensor of it.
public final class ImageReference {
  /// The image that is passed on.
  public let image: Image

  /// A reference to `image`, which is not copied.
  public init(_ image: Image) { self.image = image }
}
