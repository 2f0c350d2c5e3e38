import Lua
import NN
import Tensor

extension Layers {
  static var paddings: [Function] {
    let plain: [(help: String, types: [PlainPadding.Type])] = [
      ("Zeros around the last dimensions.", [ZeroPad1d.self, ZeroPad2d.self, ZeroPad3d.self]),
      (
        "Mirrored elements around the last dimensions.",
        [ReflectionPad1d.self, ReflectionPad2d.self, ReflectionPad3d.self]
      ),
      (
        "The border's elements around the last dimensions.",
        [ReplicationPad1d.self, ReplicationPad2d.self, ReplicationPad3d.self]
      ),
      (
        "The other end's elements around the last dimensions.",
        [CircularPad1d.self, CircularPad2d.self, CircularPad3d.self]
      ),
    ]
    let constant: [ConstantPadding.Type] = [ConstantPad1d.self, ConstantPad2d.self, ConstantPad3d.self]
    return plain.flatMap { help, types in
      zip(1..., types).map { rank, type in
        layer("\(type)", "(padding: int[\(2 * rank)])", help, "1") { a in try type.init(a.ints(0)) }
      }
    }
      + zip(1..., constant).map { rank, type in
        layer(
          "\(type)", "(padding: int[\(2 * rank)], value: float)", "A number around the last dimensions.", "1, 0.5"
        ) { a in try type.init(a.ints(0), a.scalar(1)) }
      }
  }

  static var shapes: [Function] {
    let windows = "dilation: int[2] = 1, padding: int[2] = 0, stride: int[2] = 1"
    return [
      layer("Flatten", "(start_dim: int = 1, end_dim: int = -1)", "Dimensions put together.", "") { a in
        Flatten(startDim: try a.int(0), endDim: try a.int(1))
      },
      layer("Unflatten", "(dim: int, unflattened_size: int[])", "A dimension taken apart.", "1, {2, 3}") { a in
        Unflatten(try a.int(0), try a.ints(1))
      },
      layer("Unfold", "(kernel_size: int[2], \(windows))", "The windows that a convolution sees, as columns.", "2") {
        a in
        Unfold(
          try a.givenInts(0), dilation: try a.givenInts(1), padding: try a.givenInts(2), stride: try a.givenInts(3))
      },
      layer(
        "Fold", "(output_size: int[2], kernel_size: int[2], \(windows))",
        "Columns of windows added up where they overlap.", "3, 2"
      ) { a in
        Fold(
          try a.givenInts(0), try a.givenInts(1), dilation: try a.givenInts(2), padding: try a.givenInts(3),
          stride: try a.givenInts(4))
      },
      layer("PixelShuffle", "(upscale_factor: int)", "Channels moved to a finer grid.", "2") {
        PixelShuffle(try $0.int(0))
      },
      layer("PixelUnshuffle", "(downscale_factor: int)", "The inverse of PixelShuffle.", "2") {
        PixelUnshuffle(try $0.int(0))
      },
      layer("ChannelShuffle", "(groups: int)", "Channels of groups interleaved.", "2") {
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
        "The spatial dimensions brought to another size.", "{scale_factor = 2}"
      ) { a in
        Upsample(
          size: try a.optionalInts(0), scaleFactor: try a.optionalDoubles(1), mode: try a.interpolationMode(2),
          alignCorners: try a.optionalBool(3), recomputeScaleFactor: try a.optionalBool(4))
      },
      layer("UpsamplingNearest2d", "(\(size))", "Images made larger by repeating elements.", "{scale_factor = 2}") {
        a in
        UpsamplingNearest2d(size: try a.optionalInts(0), scaleFactor: try a.optionalDoubles(1))
      },
      layer("UpsamplingBilinear2d", "(\(size))", "Images made larger by interpolation.", "{scale_factor = 2}") { a in
        UpsamplingBilinear2d(size: try a.optionalInts(0), scaleFactor: try a.optionalDoubles(1))
      },
    ]
  }

  static var dropouts: [Function] {
    let types: [(DropoutLayer.Type, String)] = [
      (Dropout.self, "In training, zeros some elements."), (Dropout1d.self, "In training, zeros some channels."),
      (Dropout2d.self, "In training, zeros some channels."), (Dropout3d.self, "In training, zeros some channels."),
      (AlphaDropout.self, "In training, sets some elements to SELU's negative end."),
      (FeatureAlphaDropout.self, "In training, sets some channels to SELU's negative end."),
    ]
    return types.map { type, help in
      layer("\(type)", "(p: float = 0.5, inplace: bool = false)", help, "") { a in
        try type.init(a.scalar(0), inplace: a.bool(1))
      }
    }
  }
}
