import Glibc
import Tensor

/// How pixels between pixels are computed; Pillow's filters.
public enum ResamplingFilter: String, Sendable {
  /// The nearest pixel, or a weighted mean: by a triangle, a cubic curve, all alike, a raised cosine, or three lobes of a
  /// sinc.
  case nearest, bilinear, bicubic, box, hamming, lanczos

  /// How far the filter reaches, in pixels.
  var support: Double {
    switch self {
    case .nearest: 0
    case .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  func weight(_ x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .nearest: return 0
    case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear: return distance < 1 ? 1 - distance : 0
    case .bicubic:
      let a = -0.5
      if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
      return distance < 2 ? (((distance - 5) * distance + 8) * distance - 4) * a : 0
    case .hamming:
      if distance == 0 { return 1 }
      guard distance < 1 else { return 0 }
      let angle = distance * .pi
      return sin(angle) / angle * (0.54 + 0.46 * cos(angle))
    case .lanczos:
      func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0
    }
  }
}

/// The source pixels of each target pixel along one dimension, with weights in fixed point: `Resample.c` of Pillow.
private struct FixedPointWeights {
  /// Bits behind the point: 8 of 32 hold the pixel, 2 the overshoot of negative weights.
  static let precision = 22

  private(set) var first: [Int] = []
  private(set) var counts: [Int] = []
  private(set) var weights: [Int32] = []
  let stride: Int

  init(from source: Int, to target: Int, _ filter: ResamplingFilter) {
    let scale = Double(source) / Double(target)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    weights = [Int32](repeating: 0, count: target * stride)
    for index in 0..<target {
      let center = (Double(index) + 0.5) * scale
      let start = max(0, Int(center - support + 0.5))
      let end = min(source, Int(center + support + 0.5))
      let values = (start..<max(start, end)).map { filter.weight((Double($0) - center + 0.5) / filterScale) }
      let sum = values.reduce(0, +)
      for (offset, value) in values.enumerated() {
        let scaled = (sum == 0 ? value : value / sum) * Double(1 << Self.precision)
        weights[index * stride + offset] = Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
      }
      first.append(start)
      counts.append(values.count)
    }
  }
}

extension Image {
  /// The image in another size, smoothed where it shrinks: Pillow's `resize`, bit for bit.
  ///
  /// - Throws: ``TensorError`` for a size without pixels.
  public func resized(width: Int, height: Int, _ filter: ResamplingFilter = .bilinear) throws -> Image {
    guard width > 0, height > 0, self.width > 0, self.height > 0 else {
      throw TensorError("height and width must be > 0", kind: .value)
    }
    try Image.check(width, height)
    if width == self.width && height == self.height { return self }
    if filter == .nearest { return nearest(width, height) }
    // Which dimension comes first shows in the rounding: Pillow 13 takes the height where that loses more than twice as
    // many rows as columns go.
    if height < self.height, self.height - height > 2 * (self.width - width) {
      let low = resampledColumns(height, filter)
      return width == self.width ? low : low.resampledRows(width, filter)
    }
    let wide = width == self.width ? self : resampledRows(width, filter)
    return height == wide.height ? wide : wide.resampledColumns(height, filter)
  }

  private func nearest(_ width: Int, _ height: Int) -> Image {
    func positions(_ source: Int, _ target: Int) -> [Int] {
      // Added up, as Pillow does it: rounding decides in the end.
      let scale = Double(source) / Double(target)
      var position = scale * 0.5
      return (0..<target).map { _ in
        defer { position += scale }
        return min(source - 1, Int(position))
      }
    }
    let columns = positions(self.width, width)
    var result: [UInt8] = []
    result.reserveCapacity(width * height * channels)
    for y in positions(self.height, height) {
      for x in columns {
        let source = (y * self.width + x) * channels
        result += pixels[source..<source + channels]
      }
    }
    return Image(unchecked: width, height, mode, result)
  }

  private func resampledRows(_ width: Int, _ filter: ResamplingFilter) -> Image {
    let plan = FixedPointWeights(from: self.width, to: width, filter)
    let (channels, sourceWidth) = (channels, self.width)
    var result = [UInt8](repeating: 0, count: width * height * channels)
    result.withUnsafeMutableBufferPointer { target in
      pixels.withUnsafeBufferPointer { source in
        plan.weights.withUnsafeBufferPointer { weights in
          for y in 0..<height {
            let row = y * sourceWidth
            for x in 0..<width {
              let (first, count, at) = (plan.first[x], plan.counts[x], x * plan.stride)
              for c in 0..<channels {
                var sum: Int32 = 1 << Int32(FixedPointWeights.precision - 1)
                for k in 0..<count {
                  sum &+= Int32(source[(row + first + k) * channels + c]) &* weights[at + k]
                }
                target[(y * width + x) * channels + c] = clipped(sum)
              }
            }
          }
        }
      }
    }
    return Image(unchecked: width, height, mode, result)
  }

  private func resampledColumns(_ height: Int, _ filter: ResamplingFilter) -> Image {
    let plan = FixedPointWeights(from: self.height, to: height, filter)
    let row = width * channels
    var result = [UInt8](repeating: 0, count: row * height)
    var sums = [Int32](repeating: 0, count: row)
    result.withUnsafeMutableBufferPointer { target in
      pixels.withUnsafeBufferPointer { source in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<height {
            for i in 0..<row { sums[i] = 1 << Int32(FixedPointWeights.precision - 1) }
            for k in 0..<plan.counts[y] {
              let weight = plan.weights[y * plan.stride + k]
              let from = (plan.first[y] + k) * row
              for i in 0..<row { sums[i] &+= Int32(source[from + i]) &* weight }
            }
            for i in 0..<row { target[y * row + i] = clipped(sums[i]) }
          }
        }
      }
    }
    return Image(unchecked: width, height, mode, result)
  }

  @inline(__always)
  private func clipped(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, min(255, sum >> Int32(FixedPointWeights.precision))))
  }
}
