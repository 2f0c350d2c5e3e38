import Tensor

/// The spatial dimensions of `[N, C, *]` brought to another size.
open class Upsample: Module {
  /// The result's spatial size: one for all dimensions, or one for each; nil where ``scaleFactor`` gives it.
  public let size: [Int]?
  /// The result's size over the input's: one for all dimensions, or one for each.
  public let scaleFactor: [Double]?
  /// How elements between those of the input are found.
  public let mode: Tensor.InterpolationMode
  /// Whether the centres of the corner elements stay where they are, rather than the corners; nil counts as false.
  public let alignCorners: Bool?
  /// Whether the scale is taken from the rounded sizes instead of from ``scaleFactor``; nil counts as false.
  public let recomputeScaleFactor: Bool?

  /// - Parameters:
  ///   - size: of the result, one for all dimensions or one for each.
  ///   - scaleFactor: the result's size over the input's, in place of `size`.
  ///   - alignCorners: whether the centres of the corner elements stay where they are, rather than the corners.
  public init(
    size: [Int]? = nil, scaleFactor: [Double]? = nil, mode: Tensor.InterpolationMode = .nearest,
    alignCorners: Bool? = nil, recomputeScaleFactor: Bool? = nil
  ) {
    self.size = size
    self.scaleFactor = scaleFactor
    self.mode = mode
    self.alignCorners = alignCorners
    self.recomputeScaleFactor = recomputeScaleFactor
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try input.interpolate(
      size: size, scaleFactor: scaleFactor, mode: mode, alignCorners: alignCorners,
      recomputeScaleFactor: recomputeScaleFactor ?? false)
  }

  open override var attributes: Attributes {
    [
      ("size", size.map(sizeAttribute) ?? .none),
      ("scale_factor", scaleFactor.map { $0.count == 1 ? .double($0[0]) : .doubles($0) } ?? .none),
      ("mode", .string(mode.rawValue)), ("align_corners", .init(alignCorners)),
      ("recompute_scale_factor", .init(recomputeScaleFactor)),
    ]
  }

  open override var extraText: String {
    "\(attributes.only(scaleFactor == nil ? "size" : "scale_factor").text), mode='\(mode.rawValue)'"
  }
}

/// ``Upsample`` of `[N, C, H, W]` by repeating elements.
public final class UpsamplingNearest2d: Upsample {
  /// Either `size` or `scaleFactor` must be given: one for both dimensions, or one for each. A call throws otherwise.
  public init(size: [Int]? = nil, scaleFactor: [Double]? = nil) {
    super.init(size: size, scaleFactor: scaleFactor)
  }
}

/// ``Upsample`` of `[N, C, H, W]` by bilinear interpolation that keeps the corners.
public final class UpsamplingBilinear2d: Upsample {
  /// Either `size` or `scaleFactor` must be given: one for both dimensions, or one for each. A call throws otherwise.
  public init(size: [Int]? = nil, scaleFactor: [Double]? = nil) {
    super.init(size: size, scaleFactor: scaleFactor, mode: .bilinear, alignCorners: true)
  }
}

/// `[*, C * r^2, H, W]` to `[*, C, H * r, W * r]`.
///
/// Source: Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
/// network", 2016, https://arxiv.org/abs/1609.05158
public final class PixelShuffle: Module {
  /// How many times as high and as wide the result is: `r`.
  public let upscaleFactor: Int

  /// - Parameter upscaleFactor: its square must divide the channels; a call throws otherwise.
  public init(_ upscaleFactor: Int) { self.upscaleFactor = upscaleFactor }

  public override func forward(_ input: Tensor) throws -> Tensor { try input.pixelShuffle(upscaleFactor) }
  public override var attributes: Attributes { [("upscale_factor", .int(upscaleFactor))] }
  public override var extraText: String { attributes.text }
}

/// The inverse of ``PixelShuffle``.
public final class PixelUnshuffle: Module {
  /// How many times as high and as wide the input is.
  public let downscaleFactor: Int

  /// - Parameter downscaleFactor: it must divide height and width; a call throws otherwise.
  public init(_ downscaleFactor: Int) { self.downscaleFactor = downscaleFactor }

  public override func forward(_ input: Tensor) throws -> Tensor { try input.pixelUnshuffle(downscaleFactor) }
  public override var attributes: Attributes { [("downscale_factor", .int(downscaleFactor))] }
  public override var extraText: String { attributes.text }
}

/// The channels of groups interleaved: `[N, C, *]` to `[N, C, *]`.
///
/// Source: Zhang et al., "ShuffleNet", 2017, https://arxiv.org/abs/1707.01083
public final class ChannelShuffle: Module {
  /// Into how many groups the channels are parted.
  public let groups: Int

  /// - Parameter groups: it must divide the channels; a call throws otherwise.
  public init(_ groups: Int) { self.groups = groups }

  public override func forward(_ input: Tensor) throws -> Tensor { try input.channelShuffle(groups) }
  public override var attributes: Attributes { [("groups", .int(groups))] }
  public override var extraText: String { attributes.text }
}
