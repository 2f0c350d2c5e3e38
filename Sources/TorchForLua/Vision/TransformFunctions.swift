import Lua
import Tensor
import Vision

/// The module `torchvision.transforms.functional`: what transforms do, without chance.
enum TransformFunctions {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torchvision.transforms.functional", help: "What transforms do to an image or a tensor, without chance.",
      example: "require('torchvision.transforms.functional').hflip(torch.tensor{{1, 2}}) --> tensor([[2, 1]])",
      functions: conversions + shapes + colors)
  }

  /// A function of an image or a tensor.
  private static func function(
    _ name: String, _ parameters: String, _ help: String, _ arguments: String = "",
    image: String = "transforms.ToPILImage()(torch.rand(3, 8, 10))",
    _ body: @escaping (Picture, Arguments) throws -> Picture
  ) -> Function {
    Function(
      name, "(img: Image|Tensor\(parameters.isEmpty ? "" : ", " + parameters)) -> Image|Tensor", help: help,
      example:
        "require('torchvision.transforms.functional').\(name)(\(image)\(arguments.isEmpty ? "" : ", " + arguments)) ~= nil --> true"
    ) { a in .value(try body(a.picture(0), a).luaValue(a.state)) }
  }

  private static let tensor = "torch.rand(3, 8, 10)"

  private static var conversions: [Function] {
    [
      function("to_tensor", "", "A tensor of channels, height, width with elements from 0 to 1.") { image, _ in
        try ToTensor()(image)
      },
      function("pil_to_tensor", "", "A tensor of channels, height, width in uint8.") { image, _ in
        try PILToTensor()(image)
      },
      function("to_pil_image", "", "A tensor as an image; fractions are taken times 255.", image: tensor) { image, _ in
        try ToPILImage()(image)
      },
      function(
        "normalize", "mean: number|number[], std: number|number[], inplace: bool = false",
        "Each channel minus its mean, divided by its standard deviation.", "0.5, 0.2", image: tensor
      ) { image, a in
        try Normalize(mean: a.numbers(1), deviation: a.numbers(2), isInPlace: a.bool(3))(image)
      },
    ]
  }

  private static var shapes: [Function] {
    [
      function(
        "resize",
        "size: int|int[], interpolation: string|int|nil = 'bilinear', max_size: int? = nil, antialias: bool? = true",
        "Another size: of the shorter edge, or height and width.", "4"
      ) { image, a in
        try Resize(a.ints(1), a.filter(2), maxSize: a.optionalInt(3), antialias: a.optionalBool(4) ?? true)(image)
      },
      function("center_crop", "output_size: int|int[]", "The middle.", "4") { image, a in
        try CenterCrop(a.ints(1))(image)
      },
      function(
        "crop", "top: int, left: int, height: int, width: int", "A part; what lies outside is black.", "1, 2, 3, 4"
      ) { image, a in try image.cropped(top: a.int(1), left: a.int(2), height: a.int(3), width: a.int(4)) },
      function(
        "pad", "padding: int|int[], fill: number|number[] = 0, padding_mode: string = 'constant'",
        "Margins: for all edges, for left and right, top and bottom, or for left, top, right, bottom.", "2"
      ) { image, a in try Pad(a.ints(1), fill: a.numbers(2), mode: TransformsModule.paddingMode(a, 3))(image) },
      function("hflip", "", "Left and right exchanged.") { image, _ in try image.mirrored() },
      function("vflip", "", "Top and bottom exchanged.") { image, _ in try image.flipped() },
    ]
  }

  private static var colors: [Function] {
    func adjustment(
      _ name: String, _ factor: String, _ help: String, _ body: @escaping (Picture, Double) throws -> Picture
    ) -> Function {
      function(name, "\(factor): float", help, "0.3") { image, a in try body(image, a.double(1)) }
    }
    return [
      function("to_grayscale", "num_output_channels: int = 1", "In gray, in one channel or three alike.") { image, a in
        try Grayscale(channels: a.int(1))(image)
      },
      function("rgb_to_grayscale", "num_output_channels: int = 1", "In gray, in one channel or three alike.") {
        image, a in try Grayscale(channels: a.int(1))(image)
      },
      adjustment("adjust_brightness", "brightness_factor", "Darker below 1, brighter above.") {
        try $0.brightened(by: $1)
      },
      adjustment("adjust_contrast", "contrast_factor", "Grayer below 1, with more contrast above.") {
        try $0.contrasted(by: $1)
      },
      adjustment("adjust_saturation", "saturation_factor", "Less colorful below 1, more above.") {
        try $0.saturated(by: $1)
      },
      adjustment("adjust_hue", "hue_factor", "Colors turned around the wheel, by -0.5 to 0.5 of it.") {
        try $0.hueShifted(by: $1)
      },
    ]
  }
}
