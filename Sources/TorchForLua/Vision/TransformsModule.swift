import Lua
import Tensor
import Vision

/// The module `torchvision.transforms`.
enum TransformsModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torchvision.transforms",
      help:
        "Steps from images, or tensors of them, to what networks take, as in torchvision. A step is called: step(image).",
      example: "transforms.CenterCrop(4)(torch.rand(3, 8, 10)).shape --> torch.Size([3, 4, 4])",
      functions: containers + sizes + crops + flips + conversions + colors,
      classes: [transformClass, ImageClass.declaration],
      constants: [
        LuaModule.Constant(
          "InterpolationMode", help: "How pixels between pixels are computed.",
          example: "transforms.InterpolationMode.BILINEAR --> \"bilinear\""
        ) { _ in
          .map(
            ["NEAREST", "BILINEAR", "BICUBIC", "BOX", "HAMMING", "LANCZOS"].map {
              (.string($0), .string($0.lowercased()))
            })
        }
      ])
  }

  private static var transformClass: LuaClass {
    LuaClass(
      "Transform", of: Transform.self, help: "A step from an image or tensor to another: step(image).",
      example: "transforms.Resize(4)(torch.rand(3, 8, 10)).shape --> torch.Size([3, 4, 5])",
      metamethods: [
        Function("__call") { a in
          guard let picture = a[1].picture else {
            throw TensorError("a transform takes an Image or a Tensor, not \(a[1].typeName)", kind: .type)
          }
          return .value(try a.object(0, as: Transform.self)(picture).luaValue(a.state))
        },
        Function("__tostring") { a in .string(try a.object(0, as: Transform.self).description) },
      ])
  }

  private static let image = "torch.rand(3, 8, 10)"

  /// A constructor of a transform.
  private static func transform(
    _ name: String, _ signature: String, _ help: String, _ arguments: String,
    _ make: @escaping (Arguments) throws -> Transform
  ) -> Function {
    Function(
      name, "\(signature) -> Transform", help: help,
      example: "step = transforms.\(name)\(arguments)\nstep(\(image)) ~= nil --> true"
    ) { a in .object(try make(a)) }
  }

  private static var containers: [Function] {
    [
      transform(
        "Compose", "(transforms: table)", "Steps one after the other. A function of an image is a step too.",
        "{transforms.CenterCrop(4), transforms.Normalize({0.5}, {0.5})}"
      ) { a in Compose(try a.transforms(0)) },
      transform(
        "RandomApply", "(transforms: table, p: float = 0.5)", "All steps, or with a probability of 1 - p none.",
        "({transforms.CenterCrop(4)}, 0.3)"
      ) { a in RandomApply(try a.transforms(0), p: try a.double(1)) },
      transform("Lambda", "(lambd: callable)", "A function as a step.", "(function(x) return x * 2 end)") { a in
        try a.transform(0)
      },
    ]
  }

  private static let interpolation = "interpolation: string|int|nil = 'bilinear'"

  private static var sizes: [Function] {
    [
      transform(
        "Resize", "(size: int|int[], \(interpolation), max_size: int? = nil, antialias: bool? = true)",
        "Another size: of the shorter edge, whose limit for the longer is max_size, or height and width. Images are resampled as Pillow does it.",
        "(4)"
      ) { a in
        try Resize(a.ints(0), a.filter(1), maxSize: a.optionalInt(2), antialias: a.optionalBool(3) ?? true)
      },
      transform(
        "Pad", "(padding: int|int[], fill: number|number[] = 0, padding_mode: string = 'constant')",
        "Margins: one number for all, two for left and right, top and bottom, or four for left, top, right, bottom. padding_mode is constant, edge, reflect or symmetric.",
        "(2)"
      ) { a in try Pad(a.ints(0), fill: a.numbers(1), mode: paddingMode(a, 2)) },
    ]
  }

  static func paddingMode(_ a: Arguments, _ index: Int) throws -> PaddingMode {
    let name = try a.string(index)
    guard let mode = PaddingMode(rawValue: name) else {
      throw TensorError("Padding mode should be either constant, edge, reflect or symmetric", kind: .value)
    }
    return mode
  }

  private static var crops: [Function] {
    [
      transform("CenterCrop", "(size: int|int[])", "The middle; a smaller image gets a black margin.", "(4)") { a in
        try CenterCrop(a.ints(0))
      },
      transform(
        "RandomCrop",
        "(size: int|int[], padding: int|int[]|nil = nil, pad_if_needed: bool = false, fill: number|number[] = 0, padding_mode: string = 'constant')",
        "A part of fixed size at a random position, after padding if that is given.", "(4, {padding = 2})"
      ) { a in
        try RandomCrop(
          a.ints(0), padding: a.has(1) ? a.ints(1) : nil, padsIfNeeded: a.bool(2), fill: a.numbers(3),
          mode: paddingMode(a, 4))
      },
      transform(
        "RandomResizedCrop",
        "(size: int|int[], scale: number[]|nil = nil, ratio: number[]|nil = nil, \(interpolation), antialias: bool? = true)",
        "A part of random size (scale: its share of the area, 0.08 to 1) and shape (ratio: its width by its height, 3/4 to 4/3) at a random position, brought to a fixed size.",
        "(4)"
      ) { a in
        try RandomResizedCrop(
          a.ints(0), scale: a.range(1, default: (0.08, 1)), ratio: a.range(2, default: (3.0 / 4, 4.0 / 3)), a.filter(3),
          antialias: a.optionalBool(4) ?? true)
      },
    ]
  }

  private static var flips: [Function] {
    [
      transform("RandomHorizontalFlip", "(p: float = 0.5)", "Left and right exchanged with a probability of p.", "()") {
        a in RandomHorizontalFlip(p: try a.double(0))
      },
      transform("RandomVerticalFlip", "(p: float = 0.5)", "Top and bottom exchanged with a probability of p.", "()") {
        a in RandomVerticalFlip(p: try a.double(0))
      },
      Function(
        "RandomRotation",
        "(degrees: number|number[], *, expand: bool = false, fill: number|number[] = 0) -> Transform",
        help:
          "Turned by a random angle in degrees, of a range or up to a number both ways. expand makes the result as large as the turned image, fill is what shows beside it.",
        example: "transforms.RandomRotation(30)(transforms.ToPILImage()(\(image))).size --> {10, 8}"
      ) { a in .object(try RandomRotation(a.numbers(0), expands: a.bool(1), fill: a.numbers(2))) },
    ]
  }

  private static var conversions: [Function] {
    let made = "image = transforms.ToPILImage()(\(image))\n"
    func conversion(_ name: String, _ help: String, _ make: @escaping () -> Transform) -> Function {
      Function(
        name, "() -> Transform", help: help,
        example: made + "transforms.\(name)()(image).shape --> torch.Size([3, 8, 10])"
      ) { _ in
        .object(make())
      }
    }
    return [
      conversion("ToTensor", "An image as a tensor of channels, height, width with elements from 0 to 1.") {
        ToTensor()
      },
      conversion("PILToTensor", "An image as a tensor of channels, height, width in uint8.") { PILToTensor() },
      transform("ToPILImage", "()", "A tensor as an image; fractions are taken times 255.", "()") { _ in ToPILImage() },
      transform(
        "ConvertImageDtype", "(dtype: dtype)",
        "Another type of elements, where fractions go from 0 to 1 and whole numbers to their largest.", "(torch.uint8)"
      ) { a in ConvertImageDtype(try a.object(0, as: DTypeObject.self).dtype) },
      transform(
        "Normalize", "(mean: number|number[], std: number|number[], inplace: bool = false)",
        "Each channel of a tensor minus its mean, divided by its standard deviation.",
        "({0.5, 0.5, 0.5}, {0.2, 0.2, 0.2})"
      ) { a in Normalize(mean: try a.numbers(0), deviation: try a.numbers(1), isInPlace: try a.bool(2)) },
    ]
  }

  private static var colors: [Function] {
    let option = "number|number[] = 0"
    return [
      transform("Grayscale", "(num_output_channels: int = 1)", "In gray, in one channel or three alike.", "()") { a in
        try Grayscale(channels: a.int(0))
      },
      transform("RandomGrayscale", "(p: float = 0.1)", "In gray with a probability of p.", "()") { a in
        RandomGrayscale(p: try a.double(0))
      },
      transform(
        "ColorJitter", "(brightness: \(option), contrast: \(option), saturation: \(option), hue: \(option))",
        "Colors changed at random, in random order: each option is the largest change, or a table of the least and the largest factor; hue goes from -0.5 to 0.5.",
        "({brightness = 0.4, contrast = 0.4})"
      ) { a in
        ColorJitter(
          brightness: try ColorJitter.range("brightness", a.numbers(0)),
          contrast: try ColorJitter.range("contrast", a.numbers(1)),
          saturation: try ColorJitter.range("saturation", a.numbers(2)),
          hue: try ColorJitter.range("hue", a.numbers(3)))
      },
    ]
  }
}
