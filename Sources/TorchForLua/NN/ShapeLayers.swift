import Lua
import NN
import Tensor

extension Layers {
  /// Padding that makes each size 2 a 4.
  private static func example(_ call: String, _ rank: Int) -> String {
    "nn.\(call)(torch.ones(1, 1, \("2".repeated(rank)))).shape --> torch.Size([1, 1, \("4".repeated(rank))])"
  }

  static var paddings: [Function] {
    let plain: [(help: String, types: [PlainPadding.Type])] = [
      (
        """
        Zeros before and after the last dimensions: one number for all sides, or a pair for each, the last \
        dimension's first; negative ones crop.
        """, [ZeroPad1d.self, ZeroPad2d.self, ZeroPad3d.self]
      ),
      (
        """
        The elements near the border mirrored outwards around the last dimensions: one number for all sides, \
        or a pair for each, the last dimension's first.
        """,
        [ReflectionPad1d.self, ReflectionPad2d.self, ReflectionPad3d.self]
      ),
      (
        """
        The border's elements repeated around the last dimensions: one number for all sides, or a pair for \
        each, the last dimension's first.
        """,
        [ReplicationPad1d.self, ReplicationPad2d.self, ReplicationPad3d.self]
      ),
      (
        """
        The other end's elements around the last dimensions: one number for all sides, or a pair for each, \
        the last dimension's first.
        """,
        [CircularPad1d.self, CircularPad2d.self, CircularPad3d.self]
      ),
    ]
    let constant: [ConstantPadding.Type] = [ConstantPad1d.self, ConstantPad2d.self, ConstantPad3d.self]
    return plain.flatMap { help, types in
      zip(1..., types).map { rank, type in
        layer("\(type)", "(padding: int[\(2 * rank)])", help, example("\(type)(1)", rank)) { a in
          try type.init(a.ints(0))
        }
      }
    }
      + zip(1..., constant).map { rank, type in
        layer(
          "\(type)", "(padding: int[\(2 * rank)], value: float)",
          "A number before and after the last dimensions: one count for all sides, or a pair for each, the last dimension's first; negative ones crop.",
          example("\(type)(1, 0.5)", rank)
        ) { a in try type.init(a.ints(0), a.scalar(1)) }
      }
  }

  static var shapes: [Function] {
    let windows = "dilation: int[2] = 1, padding: int[2] = 0, stride: int[2] = 1"
    return [
      layer(
        "Flatten", "(start_dim: int = 1, end_dim: int = -1)",
        "The dimensions from start_dim to end_dim put together into one; all but the batch unless told.",
        "nn.Flatten()(torch.ones(2, 3, 4)).shape --> torch.Size([2, 12])"
      ) { a in
        Flatten(startDim: try a.int(0), endDim: try a.int(1))
      },
      layer(
        "Unflatten", "(dim: int, unflattened_size: int[])", "The dimension dim taken apart into several.",
        "nn.Unflatten(1, {2, 3})(torch.ones(1, 6)).shape --> torch.Size([1, 2, 3])"
      ) { a in
        Unflatten(try a.int(0), try a.ints(1))
      },
      layer(
        "Unfold", "(kernel_size: int[2], \(windows))",
        "The windows that a convolution sees, as columns: (N, C, H, W) to (N, C * kH * kW, L).",
        "nn.Unfold(2)(torch.ones(1, 1, 3, 3)).shape --> torch.Size([1, 4, 4])"
      ) {
        a in
        Unfold(
          try a.givenInts(0), dilation: try a.givenInts(1), padding: try a.givenInts(2), stride: try a.givenInts(3))
      },
      layer(
        "Fold", "(output_size: int[2], kernel_size: int[2], \(windows))",
        "Columns of windows (N, C * kH * kW, L) added up where they overlap: (N, C, H, W).",
        "nn.Fold(3, 2)(torch.ones(1, 4, 4)).shape --> torch.Size([1, 1, 3, 3])"
      ) { a in
        Fold(
          try a.givenInts(0), try a.givenInts(1), dilation: try a.givenInts(2), padding: try a.givenInts(3),
          stride: try a.givenInts(4))
      },
      layer(
        "PixelShuffle", "(upscale_factor: int)",
        "Channels moved to a finer grid: (N, C * r^2, H, W) to (N, C, H * r, W * r).",
        "nn.PixelShuffle(2)(torch.ones(1, 4, 1, 1)).shape --> torch.Size([1, 1, 2, 2])"
      ) {
        PixelShuffle(try $0.int(0))
      },
      layer(
        "PixelUnshuffle", "(downscale_factor: int)",
        "The inverse of PixelShuffle: (N, C, H * r, W * r) to (N, C * r^2, H, W).",
        "nn.PixelUnshuffle(2)(torch.ones(1, 1, 2, 2)).shape --> torch.Size([1, 4, 1, 1])"
      ) {
        PixelUnshuffle(try $0.int(0))
      },
      layer(
        "ChannelShuffle", "(groups: int)", "The channels, the second dimension, of so many groups interleaved.",
        "nn.ChannelShuffle(2)(torch.arange(4.):view(1, 4, 1, 1)):flatten() --> tensor([0., 2., 1., 3.])"
      ) {
        ChannelShuffle(try $0.int(0))
      },
    ]
  }

  static var resamplings: [Function] {
    let size = "size: int|int[]|nil = nil, scale_factor: float|float[]|nil = nil"
    return [
      layer(
        "Upsample",
        "(\(size), mode: string = 'nearest', align_corners: bool? = nil, recompute_scale_factor: bool? = nil)",
        """
        The spatial dimensions, all but the first two, brought to size, or to scale_factor times theirs; \
        mode is 'nearest', 'linear', 'bilinear', 'bicubic' or 'trilinear'.
        """, "nn.Upsample({scale_factor = 2})(torch.tensor{{{1., 2.}}}) --> tensor([[[1., 1., 2., 2.]]])"
      ) { a in
        Upsample(
          size: try a.optionalInts(0), scaleFactor: try a.optionalDoubles(1), mode: try a.interpolationMode(2),
          alignCorners: try a.optionalBool(3), recomputeScaleFactor: try a.optionalBool(4))
      },
      layer(
        "UpsamplingNearest2d", "(\(size))",
        "Images (N, C, H, W) brought to size, or to scale_factor times theirs, by repeating elements.",
        "nn.UpsamplingNearest2d({scale_factor = 2})(torch.ones(1, 1, 2, 2)).shape --> torch.Size([1, 1, 4, 4])"
      ) {
        a in
        UpsamplingNearest2d(size: try a.optionalInts(0), scaleFactor: try a.optionalDoubles(1))
      },
      layer(
        "UpsamplingBilinear2d", "(\(size))",
        """
        Images (N, C, H, W) brought to size, or to scale_factor times theirs, by bilinear interpolation with \
        corners aligned.
        """, "nn.UpsamplingBilinear2d({scale_factor = 2})(torch.ones(1, 1, 2, 2)).shape --> torch.Size([1, 1, 4, 4])"
      ) { a in
        UpsamplingBilinear2d(size: try a.optionalInts(0), scaleFactor: try a.optionalDoubles(1))
      },
    ]
  }

  static var dropouts: [Function] {
    let types: [(DropoutLayer.Type, String)] = [
      (
        Dropout.self,
        "In training zeros each element with probability p and divides the others by 1 - p; in evaluation the input itself."
      ),
      (
        Dropout1d.self,
        "In training zeros whole channels with probability p and divides the others by 1 - p; in evaluation the input itself."
      ),
      (
        Dropout2d.self,
        "In training zeros whole channels with probability p and divides the others by 1 - p; in evaluation the input itself."
      ),
      (
        Dropout3d.self,
        "In training zeros whole channels with probability p and divides the others by 1 - p; in evaluation the input itself."
      ),
      (
        AlphaDropout.self,
        "In training sets elements with probability p to SELU's negative end, and rescales so that mean and variance stay."
      ),
      (
        FeatureAlphaDropout.self,
        "In training sets whole channels with probability p to SELU's negative end, and rescales so that mean and variance stay."
      ),
    ]
    return types.map { type, help in
      layer(
        "\(type)", "(p: float = 0.5, inplace: bool = false)", help,
        "nn.\(type)():eval()(torch.ones(1, 2)) --> tensor([[1., 1.]])"
      ) { a in
        try type.init(a.scalar(0), inplace: a.bool(1))
      }
    }
  }
}
