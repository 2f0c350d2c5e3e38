/// An image that is passed on without a copy: what datasets of images hold where no transform makes a tensor of it.
public final class ImageReference {
  public let image: Image

  public init(_ image: Image) { self.image = image }
}
