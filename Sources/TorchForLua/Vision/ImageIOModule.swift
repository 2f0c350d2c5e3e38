import Lua
import Tensor
import Vision

/// The module `torchvision.io`.
enum ImageIOModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torchvision.io", help: "Images read from files and written to them.",
      example:
        "torchvision.io.decode_png(torchvision.io.encode_png(torch.zeros(3, 4, 5):byte())).shape --> torch.Size([3, 4, 5])",
      functions: [open] + reading + writing,
      constants: [
        LuaModule.Constant(
          "ImageReadMode", help: "Which channels a reader gives.",
          example: "torchvision.io.ImageReadMode.RGB --> \"RGB\""
        ) { _ in
          .map(
            ["UNCHANGED", "GRAY", "GRAY_ALPHA", "RGB", "RGB_ALPHA"].map { (.string($0), .string($0)) })
        }
      ])
  }

  private static let file = "path = os.tmpname()\ntorchvision.io.write_png(torch.zeros(3, 4, 5):byte(), path)\n"
  private static let pixels = "torch.zeros(3, 4, 5):byte()"

  private static var open: Function {
    Function(
      "open", "(path: string) -> Image", help: "The image in a JPEG or PNG file, as Pillow's Image.open gives it.",
      example: file + "torchvision.io.open(path) --> <Image mode=RGB size=5x4>"
    ) { a in .value(Picture.image(try ImageFile.read(a.string(0))).luaValue(a.state)) }
  }

  private static let mode = "mode: string = 'UNCHANGED'"

  private static var reading: [Function] {
    [
      Function(
        "read_image", "(path: string, \(mode)) -> Tensor",
        help: "The image in a JPEG or PNG file as a tensor of channels, height, width in uint8.",
        example: file + "torchvision.io.read_image(path).shape --> torch.Size([3, 4, 5])"
      ) { a in a.result(try tensor(try ImageFile.read(a.string(0)), a, 1)) },
      Function(
        "read_file", "(path: string) -> Tensor", help: "A file's bytes as a tensor of one dimension in uint8.",
        example: file + "torchvision.io.read_file(path)[1] --> tensor(80, dtype=torch.uint8)"
      ) { a in
        let bytes = try ImageFile.readBytes(a.string(0)).map { Int64($0) }
        return a.result(try Tensor(bytes, shape: [bytes.count], dtype: .uint8))
      },
      decoder("decode_image", "A JPEG or PNG", nil), decoder("decode_jpeg", "A JPEG", .jpeg),
      decoder("decode_png", "A PNG", .png),
    ]
  }

  private static func decoder(_ name: String, _ what: String, _ format: ImageFile.Format?) -> Function {
    let encoder = format == .jpeg ? "encode_jpeg" : "encode_png"
    return Function(
      name, "(input: Tensor, \(mode)) -> Tensor",
      help: "\(what) in memory, a tensor of bytes, as a tensor of channels, height, width in uint8.",
      example: "torchvision.io.\(name)(torchvision.io.\(encoder)(\(pixels))).shape --> torch.Size([3, 4, 5])"
    ) { a in
      let bytes = try a.tensor(0)
      guard bytes.dtype == .uint8, bytes.rank == 1, bytes.count > 0 else {
        throw TensorError("Expected a non empty 1-dimensional tensor")
      }
      let packed = try bytes.detach().contiguous()
      let memory = Array(UnsafeRawBufferPointer(start: try packed.pointer(), count: packed.count))
      guard let format = format ?? ImageFile.format(of: memory) else {
        throw TensorError("Unsupported image file. Only jpeg and png are currently supported.")
      }
      return a.result(try tensor(try ImageFile.decode(memory, as: format), a, 1))
    }
  }

  /// The image in the mode that parameter `index` names.
  private static func tensor(_ image: Image, _ a: Arguments, _ index: Int) throws -> Tensor {
    switch try a.string(index).uppercased() {
    case "UNCHANGED": return try image.tensor()
    case "GRAY": return try image.converted(to: .gray).tensor()
    case "GRAY_ALPHA": return try image.converted(to: .grayAlpha).tensor()
    case "RGB": return try image.converted(to: .rgb).tensor()
    case "RGB_ALPHA", "RGBA": return try image.converted(to: .rgba).tensor()
    default: throw TensorError("\(a.functionName)(): unknown mode '\(try a.string(index))'", kind: .value)
    }
  }

  private static var writing: [Function] {
    [
      Function(
        "encode_jpeg", "(input: Tensor, quality: int = 75) -> Tensor",
        help: "Pixels as a JPEG: a tensor of bytes. quality goes from 1 to 100.",
        example: "torchvision.io.encode_jpeg(\(pixels)).dtype --> torch.uint8"
      ) { a in try bytes(try ImageFile.encodeJPEG(try Image(a.tensor(0)), quality: a.int(1)), a) },
      Function(
        "encode_png", "(input: Tensor, compression_level: int = 6) -> Tensor",
        help: "Pixels as a PNG: a tensor of bytes. compression_level goes from 0 to 9.",
        example: "torchvision.io.encode_png(\(pixels)).dtype --> torch.uint8"
      ) { a in try bytes(try ImageFile.encodePNG(try Image(a.tensor(0)), compression: a.int(1)), a) },
      Function(
        "write_jpeg", "(input: Tensor, filename: string, quality: int = 75)",
        help: "Writes pixels, channels, height, width in uint8, as a JPEG file.",
        example: "torchvision.io.write_jpeg(\(pixels), os.tmpname())"
      ) { a in
        try ImageFile.writeBytes(
          try ImageFile.encodeJPEG(try Image(a.tensor(0)), quality: a.int(2)), to: a.string(1))
        return .none
      },
      Function(
        "write_png", "(input: Tensor, filename: string, compression_level: int = 6)",
        help: "Writes pixels, channels, height, width in uint8, as a PNG file.",
        example: "torchvision.io.write_png(\(pixels), os.tmpname())"
      ) { a in
        try ImageFile.writeBytes(
          try ImageFile.encodePNG(try Image(a.tensor(0)), compression: a.int(2)), to: a.string(1))
        return .none
      },
    ]
  }

  private static func bytes(_ bytes: [UInt8], _ a: Arguments) throws -> LuaResults {
    a.result(try Tensor(bytes.map { Int64($0) }, shape: [bytes.count], dtype: .uint8))
  }
}
