import Glibc
import ImageCodecs

/// A figure in the output of a program whose output becomes a page: markup between marks that no terminal shows.
public enum PageElement {
  private static let start = "\u{1B}]nnlua;"
  private static let end = "\u{1B}\\"

  static func marked(_ markup: String) -> String { start + markup + end }

  /// The markup at the beginning of a text, and what follows it; nil if none is there.
  public static func take(from text: Substring) -> (markup: Substring, rest: Substring)? {
    guard text.hasPrefix(start) else { return nil }
    let inner = text.dropFirst(start.count)
    var index = inner.startIndex
    while let mark = inner[index...].firstIndex(of: "\u{1B}") {
      if inner[mark...].hasPrefix(end) { return (inner[..<mark], inner[mark...].dropFirst(end.count)) }
      index = inner.index(after: mark)
    }
    return nil
  }
}

extension Raster {
  /// The image as an element of HTML that holds it as PNG; small ones are magnified.
  var element: String {
    let size = size(fitting: (720, 480), largestFactor: 8)
    guard let png else { return "" }
    return "<img width=\"\(size.width)\" height=\"\(size.height)\" src=\"data:image/png;base64,\(Base64.text(png))\">"
  }

  /// The image as a file of PNG; nil without memory.
  private var png: [UInt8]? {
    var bytes = bytes
    return bytes.withUnsafeMutableBufferPointer { pixels in
      var image = codec_image()
      (image.width, image.height, image.channels) = (Int32(width), Int32(height), 3)
      image.pixels = pixels.baseAddress
      var result = codec_bytes()
      codec_encode_png(&image, 6, &result)
      guard let start = result.bytes else { return nil }
      defer { free(start) }
      return Array(UnsafeBufferPointer(start: start, count: result.count))
    }
  }
}
