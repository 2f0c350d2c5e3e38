/// An image as text for a terminal.
struct TerminalImage: Sendable {
  /// How a terminal shows images.
  enum Method: String, Sendable, CaseIterable {
    /// https://sw.kovidgoyal.net/kitty/graphics-protocol
    case kitty
    /// https://vt100.net/docs/vt3xx-gp/chapter14.html
    case sixel
    /// Half blocks in 24-bit colors, two pixels a cell.
    case blocks
    /// Shades of one color.
    case shades
  }

  /// Pixels of a cell, where they matter; the usual proportions.
  private static let cell = (width: 10, height: 20)

  private let image: Raster

  init(_ image: Raster) { self.image = image }

  /// The image in at most so many columns and rows, without an end of line.
  func text(_ method: Method, columns: Int, rows: Int) -> String {
    let (columns, rows) = (max(columns, 1), max(rows, 1))
    switch method {
    case .kitty:
      let size = image.size(fitting: (columns * Self.cell.width, rows * Self.cell.height), largestFactor: 8)
      let small = size.width < image.width ? image.resized(width: size.width, height: size.height) : image
      return kitty(small, columns: max(1, (size.width + Self.cell.width - 1) / Self.cell.width))
    case .sixel:
      let size = image.size(fitting: (columns * Self.cell.width, rows * Self.cell.height), largestFactor: 8)
      return sixel(image.resized(width: size.width, height: size.height))
    case .blocks:
      let size = image.size(fitting: (columns, rows * 2), largestFactor: 2)
      return blocks(image.resized(width: size.width, height: size.height))
    case .shades:
      let size = image.size(fitting: (columns / 2, rows), largestFactor: 2)
      return shades(image.resized(width: max(1, size.width) * 2, height: size.height))
    }
  }

  /// Raw pixels in base 64, in pieces of 4096 bytes; the terminal scales them to `columns` cells.
  private func kitty(_ image: Raster, columns: Int) -> String {
    let data = Base64.text(image.bytes)
    var text = ""
    var start = data.startIndex
    var isFirst = true
    while isFirst || start < data.endIndex {
      let end = data.index(start, offsetBy: 4096, limitedBy: data.endIndex) ?? data.endIndex
      let control = isFirst ? "a=T,q=2,f=24,s=\(image.width),v=\(image.height),c=\(columns)," : ""
      text += "\u{1B}_G\(control)m=\(end < data.endIndex ? 1 : 0);\(data[start..<end])\u{1B}\\"
      start = end
      isFirst = false
    }
    return text
  }

  /// Sixteenths from which on a pixel takes the next level, so that areas keep their mean.
  ///
  /// Source: Bayer, "An optimum method for two-level rendition of continuous-tone pictures", 1973.
  private static let thresholds = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]

  /// Bands of six rows, in a palette of 6 x 6 x 6 colors.
  private func sixel(_ image: Raster) -> String {
    let levels = 6
    func level(_ value: UInt8, _ x: Int, _ y: Int) -> Int {
      (Int(value) * (levels - 1) * 16 + Self.thresholds[y % 4 * 4 + x % 4] * 255) / (255 * 16)
    }
    var text = "\u{1B}Pq\"1;1;\(image.width);\(image.height)"
    for red in 0..<levels {
      for green in 0..<levels {
        for blue in 0..<levels {
          text += "#\((red * levels + green) * levels + blue);2;\(red * 20);\(green * 20);\(blue * 20)"
        }
      }
    }
    for top in stride(from: 0, to: image.height, by: 6) {
      var bits: [Int: [UInt8]] = [:]
      for y in top..<min(top + 6, image.height) {
        for x in 0..<image.width {
          let pixel = image[x, y]
          let (red, green) = (level(pixel.red, x, y), level(pixel.green, x, y))
          let color = (red * levels + green) * levels + level(pixel.blue, x, y)
          bits[color, default: [UInt8](repeating: 0, count: image.width)][x] |= 1 << UInt8(y - top)
        }
      }
      let bands = bits.sorted { $0.key < $1.key }.map { color, columns in
        "#\(color)" + runs(of: columns.map { Character(Unicode.Scalar(63 + $0)) })
      }
      text += bands.joined(separator: "$") + "-"
    }
    return text + "\u{1B}\\"
  }

  /// Equal neighbours as a count and the character.
  private func runs(of characters: [Character]) -> String {
    var text = ""
    var index = 0
    while index < characters.count {
      var end = index
      while end < characters.count, characters[end] == characters[index] { end += 1 }
      let count = end - index
      text += count > 3 ? "!\(count)\(characters[index])" : String(repeating: characters[index], count: count)
      index = end
    }
    return text
  }

  private func blocks(_ image: Raster) -> String {
    stride(from: 0, to: image.height, by: 2).map { y in
      var line = ""
      var last = ""
      for x in 0..<image.width {
        let top = image[x, y]
        var colors = "38;2;\(top.red);\(top.green);\(top.blue)"
        if y + 1 < image.height {
          let bottom = image[x, y + 1]
          colors += ";48;2;\(bottom.red);\(bottom.green);\(bottom.blue)"
        }
        if colors != last { line += "\u{1B}[\(colors)m" }
        last = colors
        line += "▀"
      }
      return line + "\u{1B}[0m"
    }.joined(separator: "\n")
  }

  private func shades(_ image: Raster) -> String {
    let characters = Array(" ░▒▓█")
    return (0..<image.height).map { y in
      String(
        (0..<image.width).map { x -> Character in
          let pixel = image[x, y]
          // Luma of ITU-R BT.601.
          let luma = (299 * Int(pixel.red) + 587 * Int(pixel.green) + 114 * Int(pixel.blue)) / 1000
          return characters[luma * (characters.count - 1) / 255]
        })
    }.joined(separator: "\n")
  }
}

/// Bytes as text.
public enum Base64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Source: RFC 4648, section 4.
  public static func text(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var bits = 0
      for offset in 0..<3 { bits = bits << 8 | (offset < count ? Int(bytes[start + offset]) : 0) }
      for place in 0..<4 {
        result.append(place <= count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
