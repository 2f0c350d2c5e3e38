import Glibc
import ImageCodecs
import Tensor

/// Reading and writing JPEG and PNG.
public enum ImageFile {
  /// The largest image that is read: Pillow's limit, beyond which a small file may be meant to fill the memory.
  static let pixelLimit = 178_956_970

  /// The image in a file.
  ///
  /// - Throws: ``TensorError`` for a file that cannot be read or is no JPEG or PNG.
  public static func read(_ path: String) throws -> Image {
    let bytes = try readBytes(path)
    guard let format = format(of: bytes) else { throw TensorError("cannot identify image file '\(path)'") }
    do { return try decode(bytes, as: format) } catch { throw TensorError("\(error) ('\(path)')") }
  }

  /// The formats of image files that are known.
  public enum Format: Sendable {
    /// JPEG, which loses a little, and PNG, which does not.
    case jpeg, png
  }

  /// What the first bytes say that a file is.
  public static func format(of bytes: [UInt8]) -> Format? {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    return bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) ? .png : nil
  }

  /// Decodes a file in memory.
  public static func decode(_ bytes: [UInt8], as format: Format) throws -> Image {
    var result = codec_image()
    bytes.withUnsafeBufferPointer { bytes in
      switch format {
      case .jpeg: codec_decode_jpeg(bytes.baseAddress, bytes.count, pixelLimit, &result)
      case .png: codec_decode_png(bytes.baseAddress, bytes.count, pixelLimit, &result)
      }
    }
    guard let pixels = result.pixels, let mode = Image.Mode(channels: Int(result.channels)) else {
      throw TensorError(text(&result.message))
    }
    defer { free(pixels) }
    let count = Int(result.width) * Int(result.height) * mode.channels
    return Image(
      unchecked: Int(result.width), Int(result.height), mode, Array(UnsafeBufferPointer(start: pixels, count: count)))
  }

  /// Encodes an image as JPEG.
  ///
  /// - Parameter quality: 1 to 100.
  public static func encodeJPEG(_ image: Image, quality: Int = 75) throws -> [UInt8] {
    guard (1...100).contains(quality) else {
      throw TensorError("Image quality should be a positive number between 1 and 100")
    }
    guard image.channels == 1 || image.channels == 3 else {
      throw TensorError("The number of channels should be 1 or 3, got: \(image.channels)")
    }
    return try encode(image) { codec_encode_jpeg($0, Int32(quality), $1) }
  }

  /// Encodes an image as PNG.
  ///
  /// - Parameter compression: 0 to 9.
  public static func encodePNG(_ image: Image, compression: Int = 6) throws -> [UInt8] {
    guard (0...9).contains(compression) else {
      throw TensorError("Compression level should be between 0 and 9")
    }
    return try encode(image) { codec_encode_png($0, Int32(compression), $1) }
  }

  private static func encode(
    _ image: Image, _ run: (UnsafePointer<codec_image>, UnsafeMutablePointer<codec_bytes>) -> Void
  ) throws -> [UInt8] {
    guard image.width > 0, image.height > 0, image.width <= 65500, image.height <= 65500 else {
      throw TensorError("an image of \(image.width) x \(image.height) pixels cannot be written")
    }
    var pixels = image.pixels
    var result = codec_bytes()
    pixels.withUnsafeMutableBufferPointer { pixels in
      var source = codec_image()
      source.width = Int32(image.width)
      source.height = Int32(image.height)
      source.channels = Int32(image.channels)
      source.pixels = pixels.baseAddress
      run(&source, &result)
    }
    guard let bytes = result.bytes else { throw TensorError(text(&result.message)) }
    defer { free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: result.count))
  }

  private static func text<Message>(_ message: inout Message) -> String {
    withUnsafeBytes(of: &message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// All bytes of a file.
  public static func readBytes(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw failure(path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    guard ferror(file) == 0 else { throw failure(path) }
    return bytes
  }

  /// Writes a file.
  public static func writeBytes(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "wb") else { throw failure(path) }
    let written = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, written == bytes.count else { throw failure(path) }
  }

  private static func failure(_ path: String) -> TensorError {
    TensorError("[Errno \(errno)] \(String(cString: strerror(errno))): '\(path)'")
  }
}
