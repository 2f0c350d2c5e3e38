import Plot
import Tensor

extension Raster {
  /// How many images of a batch stand in a row.
  private static let imagesInARow = 8
  /// The largest side of an image that is shown; larger ones are thinned out first.
  private static let largestSide = 4096

  /// The image in a tensor of shape [H, W], [C, H, W] or [N, C, H, W], with one, three or four channels.
  ///
  /// Integers reach from 0 to 255, floating point numbers from 0 to 1; where numbers lie outside, their own range is spread.
  /// - Throws: ``TensorError`` for any other shape, or one without elements.
  init(picturing tensor: Tensor) throws {
    let batch = try Self.batch(tensor)
    let (count, channels) = (batch.shape[0], batch.shape[1])
    let (height, width) = (batch.shape[2], batch.shape[3])
    let values = try Self.scaled(batch.to(.float64), isInteger: !batch.dtype.isFloatingPoint).doubles()
    let across = min(count, Self.imagesInARow)
    let down = (count + across - 1) / across
    let gap = count > 1 ? 1 : 0
    let (fullWidth, fullHeight) = (across * (width + gap) - gap, down * (height + gap) - gap)
    var bytes = [UInt8](repeating: 0, count: fullWidth * fullHeight * 3)
    for n in 0..<count {
      let (left, top) = (n % across * (width + gap), n / across * (height + gap))
      for y in 0..<height {
        for x in 0..<width {
          for color in 0..<3 {
            let channel = channels == 1 ? 0 : color
            let value = values[((n * channels + channel) * height + y) * width + x]
            bytes[((top + y) * fullWidth + left + x) * 3 + color] = UInt8(min(max(value, 0), 255).rounded())
          }
        }
      }
    }
    self.init(width: fullWidth, height: fullHeight, bytes: bytes)
  }

  /// The tensor as [N, C, H, W], its sides within bounds.
  private static func batch(_ tensor: Tensor) throws -> Tensor {
    var batch = try tensor.detach()
    while batch.rank < 4, tensor.rank >= 2 { batch = try batch.unsqueeze(0) }
    guard batch.rank == 4, [1, 3, 4].contains(batch.shape[1]), batch.count > 0, !batch.dtype.isComplex else {
      throw TensorError(
        "an image has the shape [H, W], [C, H, W] or [N, C, H, W] with 1, 3 or 4 channels, not \(Shape.text(tensor.shape))",
        kind: .value)
    }
    for axis in [2, 3] {
      let step = (batch.shape[axis] - 1) / largestSide + 1
      if step > 1 { batch = try batch.slice(axis, step: step) }
    }
    return try batch.narrow(0, 0, min(batch.shape[0], imagesInARow * imagesInARow))
  }

  private static func scaled(_ values: Tensor, isInteger: Bool) throws -> Tensor {
    let (low, high) = (try values.amin([]).item().double, try values.amax([]).item().double)
    if isInteger, low >= 0, high <= 255 { return values }
    if !isInteger, low >= 0, high <= 1 { return try values.mul(255) }
    guard high > low, (high - low).isFinite else { return try values.mul(0).nanToNum() }
    return try values.sub(low).mul(255 / (high - low)).nanToNum()
  }
}
