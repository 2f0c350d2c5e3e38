import Glibc
import Tensor

/// The picture turned by a random angle around its middle.
public final class RandomRotation: Transform {
  /// From and to, in degrees, counter-clockwise.
  public let degrees: (Double, Double)
  /// Whether the result is as large as the turned picture, instead of the picture.
  public let expands: Bool
  /// What shows where the picture does not, for each channel or one for all.
  public let fill: [Double]

  /// - Parameter degrees: the least and the largest angle, or one number for both directions.
  public init(_ degrees: [Double], expands: Bool = false, fill: [Double] = [0]) throws {
    switch degrees.count {
    case 1:
      guard degrees[0] >= 0 else {
        throw TensorError("If degrees is a single number, it must be positive.", kind: .value)
      }
      self.degrees = (-degrees[0], degrees[0])
    case 2: self.degrees = (degrees[0], degrees[1])
    default: throw TensorError("degrees should be a sequence of length 2.", kind: .value)
    }
    self.expands = expands
    self.fill = fill
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    let angle = try Self.uniform(degrees.0, degrees.1)
    guard case .image(let image) = input else {
      throw TensorError("RandomRotation is for images, not tensors; convert after it", kind: .notImplemented)
    }
    return .image(try image.rotated(by: angle, expands: expands, fill: fill))
  }

  public override var description: String {
    "RandomRotation(degrees=[\(degrees.0), \(degrees.1)], interpolation=nearest, expand=\(expands ? "True" : "False"), fill=\(fill == [0] ? "0" : "\(fill)"))"
  }
}

extension Image {
  /// The image turned counter-clockwise by an angle in degrees; each pixel shows the nearest one. Pillow's `rotate`.
  ///
  /// - Parameters:
  ///   - expands: whether the result is as large as the turned image.
  ///   - fill: what shows where the image does not, for each channel or one for all.
  public func rotated(by angle: Double, expands: Bool = false, fill: [Double] = [0]) throws -> Image {
    guard fill.count == 1 || fill.count == channels, angle.isFinite else {
      throw TensorError("rotate(): an angle, and a fill of 1 or \(channels) numbers, are needed", kind: .value)
    }
    let angle = angle.truncatingRemainder(dividingBy: 360)
    let turn = -(angle < 0 ? angle + 360 : angle) * .pi / 180
    func rounded(_ x: Double) -> Double { (x * 1e15).rounded(.toNearestOrEven) / 1e15 }
    let (c, s) = (rounded(cos(turn)), rounded(sin(turn)))
    // From a place in the result to one in the image: x' = c x + s y + dx, y' = -s x + c y + dy.
    let (centerX, centerY) = (Double(width) / 2, Double(height) / 2)
    var (dx, dy) = (centerX - c * centerX - s * centerY, centerY + s * centerX - c * centerY)
    var (newWidth, newHeight) = (width, height)
    if expands {
      let corners = [(0.0, 0.0), (Double(width), 0.0), (Double(width), Double(height)), (0.0, Double(height))]
      let xs = corners.map { c * $0.0 + s * $0.1 + dx }
      let ys = corners.map { -s * $0.0 + c * $0.1 + dy }
      func extent(_ values: [Double]) -> Int {
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        return Int(high.rounded(.up)) - Int(low.rounded(.down))
      }
      (newWidth, newHeight) = (extent(xs), extent(ys))
      let (shiftX, shiftY) = (-Double(newWidth - width) / 2, -Double(newHeight - height) / 2)
      (dx, dy) = (c * shiftX + s * shiftY + dx, -s * shiftX + c * shiftY + dy)
    }
    try Image.check(newWidth, newHeight)
    // 16 bits behind the point, as Pillow has them.
    func fixed(_ x: Double) -> Int { Int((x * 65536 + 0.5).rounded(.down)) }
    let (stepX, stepY) = (fixed(c), fixed(-s))
    var (rowX, rowY) = (fixed(dx + c * 0.5 + s * 0.5), fixed(dy - s * 0.5 + c * 0.5))
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
    for y in 0..<newHeight {
      var (x, sourceX, sourceY) = (0, rowX, rowY)
      while x < newWidth {
        let (column, row) = (sourceX >> 16, sourceY >> 16)
        let isInside = column >= 0 && column < width && row >= 0 && row < height
        for channel in 0..<channels {
          result[(y * newWidth + x) * channels + channel] =
            isInside
            ? pixels[(row * width + column) * channels + channel]
            : UInt8(max(0, min(255, fill[fill.count == 1 ? 0 : channel])))
        }
        sourceX += stepX
        sourceY += stepY
        x += 1
      }
      rowX += fixed(s)
      rowY += fixed(c)
    }
    return Image(unchecked: newWidth, newHeight, mode, result)
  }
}
