/// An image: rows of pixels, each of red, green and blue.
public struct Raster: Sendable, Equatable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// `height * width * 3` bytes.
  public private(set) var bytes: [UInt8]

  /// - Precondition: as many bytes as the size needs.
  public init(width: Int, height: Int, bytes: [UInt8]) {
    precondition(width > 0 && height > 0 && bytes.count == width * height * 3)
    self.width = width
    self.height = height
    self.bytes = bytes
  }

  subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    let start = (y * width + x) * 3
    return (bytes[start], bytes[start + 1], bytes[start + 2])
  }

  /// The image in another size: each new pixel is the mean of those that it covers.
  func resized(width newWidth: Int, height newHeight: Int) -> Raster {
    if newWidth == width, newHeight == height { return self }
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    for y in 0..<newHeight {
      let rows = Self.covered(y, newHeight, height)
      for x in 0..<newWidth {
        let columns = Self.covered(x, newWidth, width)
        var (red, green, blue) = (0, 0, 0)
        for row in rows {
          for column in columns {
            let pixel = self[column, row]
            red += Int(pixel.red)
            green += Int(pixel.green)
            blue += Int(pixel.blue)
          }
        }
        let count = rows.count * columns.count
        let start = (y * newWidth + x) * 3
        result[start] = UInt8(red / count)
        result[start + 1] = UInt8(green / count)
        result[start + 2] = UInt8(blue / count)
      }
    }
    return Raster(width: newWidth, height: newHeight, bytes: result)
  }

  private static func covered(_ place: Int, _ count: Int, _ size: Int) -> Range<Int> {
    let start = min(place * size / count, size - 1)
    return start..<max(start + 1, (place + 1) * size / count)
  }

  /// The largest size with the same proportions in a field, no larger than the image unless it is small.
  func size(fitting field: (width: Int, height: Int), largestFactor: Int) -> (width: Int, height: Int) {
    let scale = min(
      Double(field.width) / Double(width), Double(field.height) / Double(height), Double(largestFactor))
    return (max(1, Int((Double(width) * scale).rounded())), max(1, Int((Double(height) * scale).rounded())))
  }
}
