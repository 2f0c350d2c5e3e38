import Lua
import Tensor
import Vision

/// Images as Lua sees them: what `torchvision.io.open` gives and transforms take.
enum ImageClass {
  private static let made = "image = transforms.ToPILImage()(torch.rand(3, 8, 10))\n"

  static var declaration: LuaClass {
    LuaClass(
      "Image", of: ImageReference.self, help: "An image of 8 bits a channel, as Pillow has them.",
      example: made + "image --> <Image mode=RGB size=10x8>",
      methods: [
        Function(
          "convert", "(self: Image, mode: string) -> Image", help: "The image in another mode: L, LA, RGB or RGBA.",
          example: made + "image:convert('L').mode --> \"L\""
        ) { a in
          let name = try a.string(1)
          guard let mode = Image.Mode(rawValue: name) else {
            throw TensorError("convert(): a mode is L, LA, RGB or RGBA, not '\(name)'", kind: .value)
          }
          return .object(ImageReference(try a.image(0).converted(to: mode)))
        },
        Function(
          "resize", "(self: Image, size: int[2], resample: string|int|nil = 'bicubic') -> Image",
          help: "The image in another size, width first, as Pillow has it.",
          example: made + "image:resize{4, 3}.size --> {4, 3}"
        ) { a in
          let size = try a.ints(1)
          let filter: ResamplingFilter = a.has(2) ? try a.filter(2) : .bicubic
          return .object(ImageReference(try a.image(0).resized(width: size[0], height: size[1], filter)))
        },
        Function(
          "crop", "(self: Image, box: int[]) -> Image", help: "The part from left, top to right, bottom.",
          example: made + "image:crop{0, 0, 4, 3}.size --> {4, 3}"
        ) { a in
          let box = try a.ints(1)
          guard box.count == 4, box[2] >= box[0], box[3] >= box[1] else {
            throw TensorError("crop(): the box is {left, top, right, bottom}", kind: .value)
          }
          return .object(
            ImageReference(
              try a.image(0).cropped(left: box[0], top: box[1], width: box[2] &- box[0], height: box[3] &- box[1])))
        },
        Function(
          "save", "(self: Image, path: string, quality: int = 75)",
          help: "Writes the image, as PNG or JPEG by the file's ending.",
          example: made + "image:save(os.tmpname() .. '.png')"
        ) { a in
          let path = try a.string(1)
          let (image, lower) = (try a.image(0), path.lowercased())
          if lower.hasSuffix(".png") {
            try ImageFile.writeBytes(try ImageFile.encodePNG(image), to: path)
          } else if lower.hasSuffix(".jpg") || lower.hasSuffix(".jpeg") {
            try ImageFile.writeBytes(try ImageFile.encodeJPEG(image, quality: a.int(2)), to: path)
          } else {
            throw TensorError("unknown file extension: \(path)", kind: .value)
          }
          return .none
        },
      ],
      properties: [
        property("width", "int", "The number of columns.", "image.width --> 10") { .integer(Int64($0.width)) },
        property("height", "int", "The number of rows.", "image.height --> 8") { .integer(Int64($0.height)) },
        property("size", "table", "Width and height.", "image.size --> {10, 8}") { .integers([$0.width, $0.height]) },
        property("mode", "string", "L, LA, RGB or RGBA.", "image.mode --> \"RGB\"") { .string($0.mode.rawValue) },
      ],
      metamethods: [
        Function("__tostring") { a in
          let image = try a.image(0)
          return .string("<Image mode=\(image.mode.rawValue) size=\(image.width)x\(image.height)>")
        },
        Function("__eq") { a in
          .boolean(a[0].object(as: ImageReference.self)?.image == a[1].object(as: ImageReference.self)?.image)
        },
      ])
  }

  private static func property(
    _ name: String, _ type: String, _ help: String, _ example: String, _ get: @escaping (Image) -> LuaValue
  ) -> Property {
    Property(name, type, help: help, example: made + example, get: { a in .value(get(try a.image(0))) })
  }
}

extension Arguments {
  func image(_ index: Int) throws -> Image { try object(index, as: ImageReference.self).image }
}
