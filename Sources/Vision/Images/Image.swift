import Tensor

/// An image of 8 bits a channel, as PIL has them: rows from top to bottom, channels innermost.
public struct Image: Equatable, Sendable {
  /// What the channels are.
  public enum Mode: String, Sendable {
    /// One channel, from black to white.
    case gray = "L"
    /// Gray, and how opaque the pixel is.
    case grayAlpha = "LA"
    /// Red, green and blue.
    case rgb = "RGB"
    /// Red, green and blue, and how opaque the pixel is.
    case rgba = "RGBA"

    /// How many bytes a pixel has.
    public var channels: Int {
      switch self {
      case .gray: 1
      case .grayAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }

    /// The mode with so many channels, 1 to 4; nil for another number.
    public init?(channels: Int) {
      guard let mode = [Mode.gray, .grayAlpha, .rgb, .rgba].first(where: { $0.channels == channels }) else {
        return nil
      }
      self = mode
    }
  }

  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// What the channels are.
  public let mode: Mode
  /// `width * height * channels` bytes.
  public internal(set) var pixels: [UInt8]

  /// How many bytes a pixel has.
  public var channels: Int { mode.channels }

  /// - Throws: ``TensorError`` where the number of pixels does not fit the size.
  public init(width: Int, height: Int, mode: Mode, pixels: [UInt8]) throws {
    let count = try Shape.count([height, width, mode.channels])
    guard pixels.count == count else {
      throw TensorError("\(pixels.count) bytes do not make an image of \(width) x \(height) in mode \(mode.rawValue)")
    }
    self.init(unchecked: width, height, mode, pixels)
  }

  init(unchecked width: Int, _ height: Int, _ mode: Mode, _ pixels: [UInt8]) {
    self.width = width
    self.height = height
    self.mode = mode
    self.pixels = pixels
  }

  /// - Throws: ``TensorError`` for sizes of no image, or of one that is beyond all bounds.
  static func check(_ width: Int, _ height: Int) throws {
    guard width >= 0, height >= 0, width == 0 || height <= ImageFile.pixelLimit / width else {
      throw TensorError("an image of \(width) x \(height) pixels cannot be made", kind: .value)
    }
  }

  /// The image in another mode: `convert`. Alpha is dropped, or full; gray is the luma of ITU-R 601-2.
  public func converted(to mode: Mode) -> Image {
    if mode == self.mode { return self }
    let isGray = channels <= 2
    let alphaIndex = channels == 2 ? 1 : channels == 4 ? 3 : nil
    var result = [UInt8](repeating: 255, count: width * height * mode.channels)
    var target = 0
    for source in stride(from: 0, to: pixels.count, by: channels) {
      if mode.channels <= 2 {
        result[target] = isGray ? pixels[source] : luma(source)
      } else {
        for c in 0..<3 { result[target + c] = pixels[isGray ? source : source + c] }
      }
      if let alphaIndex, mode.channels == 2 || mode.channels == 4 {
        result[target + mode.channels - 1] = pixels[source + alphaIndex]
      }
      target += mode.channels
    }
    return Image(unchecked: width, height, mode, result)
  }

  /// Pillow's fixed-point luma of the color at an index.
  private func luma(_ index: Int) -> UInt8 {
    let sum = Int(pixels[index]) * 19595 + Int(pixels[index + 1]) * 38470 + Int(pixels[index + 2]) * 7471
    return UInt8((sum + 0x8000) >> 16)
  }

  /// The part from (left, top) on; what lies outside of the image is 0.
  ///
  /// - Throws: ``TensorError`` for a negative size.
  public func cropped(left: Int, top: Int, width: Int, height: Int) throws -> Image {
    try Image.check(width, height)
    var result = [UInt8](repeating: 0, count: width * height * channels)
    let firstX = max(0, left)
    let endX = min(self.width, left &+ width)
    if firstX < endX {
      for y in max(0, top)..<max(0, top, min(self.height, top &+ height)) {
        let source = (y * self.width + firstX) * channels
        let target = ((y - top) * width + firstX - left) * channels
        let bytes = (endX - firstX) * channels
        result.replaceSubrange(target..<target + bytes, with: pixels[source..<source + bytes])
      }
    }
    return Image(unchecked: width, height, mode, result)
  }

  /// Left and right exchanged.
  public func mirrored() -> Image {
    var result = self
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<channels {
          result.pixels[(y * width + x) * channels + c] = pixels[(y * width + width - 1 - x) * channels + c]
        }
      }
    }
    return result
  }

  /// Top and bottom exchanged.
  public func flipped() -> Image {
    let row = width * channels
    var result = self
    for y in 0..<height {
      let source = (height - 1 - y) * row
      result.pixels.replaceSubrange(y * row..<(y + 1) * row, with: pixels[source..<source + row])
    }
    return result
  }
}

extension Image {
  /// The pixels as a tensor of `[channels, height, width]` in uint8.
  public func tensor() throws -> Tensor {
    let result = try Tensor(empty: [channels, height, width], dtype: .uint8)
    let memory = try result.overwritingPointer().assumingMemoryBound(to: UInt8.self)
    let plane = width * height
    pixels.withUnsafeBufferPointer { pixels in
      for c in 0..<channels {
        for i in 0..<plane { memory[c * plane + i] = pixels[i * channels + c] }
      }
    }
    return result
  }

  /// The image that a tensor of `[channels, height, width]`, or `[height, width]`, in uint8 shows.
  ///
  /// - Throws: ``TensorError`` for another shape or type.
  public init(_ tensor: Tensor) throws {
    guard tensor.dtype == .uint8 else {
      throw TensorError("Input tensor dtype should be uint8, got torch.\(tensor.dtype.name)")
    }
    let tensor = tensor.rank == 2 ? try tensor.unsqueeze(0) : tensor
    guard tensor.rank == 3, let mode = Mode(channels: tensor.shape[0]) else {
      throw TensorError(
        "Input data should be a 3-dimensional tensor of 1 to 4 channels, got \(Shape.sizeText(tensor.shape))")
    }
    let rows = try tensor.detach().permute([1, 2, 0]).contiguous()
    let pixels = UnsafeRawBufferPointer(start: try rows.pointer(), count: rows.count)
    self.init(unchecked: tensor.shape[2], tensor.shape[1], mode, Array(pixels))
  }
}
