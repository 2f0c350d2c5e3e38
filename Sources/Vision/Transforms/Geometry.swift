import Tensor

/// How pixels beyond an edge are filled.
public enum PaddingMode: String, Sendable {
  /// One color; the pixels at the edge; or the picture mirrored there, without the edge itself or with it.
  case constant, edge, reflect, symmetric
}

/// Throws, as Pillow does, for what no coordinate of a picture can be; sums of a few that can be are numbers.
func checkCoordinates(_ values: Int...) throws {
  for value in values where Int32(exactly: value) == nil {
    throw TensorError("signed integer is \(value < 0 ? "less than minimum" : "greater than maximum")", kind: .value)
  }
}

// What transforms do to the positions of pixels: `torchvision.transforms.functional`.
extension Picture {
  /// `resize`: images as Pillow does it, tensors by interpolation, smoothed where they shrink.
  public func resized(
    height: Int, width: Int, _ filter: ResamplingFilter = .bilinear, antialias: Bool = true
  ) throws -> Picture {
    switch self {
    case .image(let image): return .image(try image.resized(width: width, height: height, filter))
    case .tensor(let tensor):
      let mode: Tensor.InterpolationMode =
        switch filter {
        case .nearest: .nearest
        case .bilinear: .bilinear
        case .bicubic: .bicubic
        default:
          throw TensorError(
            "This interpolation mode is unsupported with Tensor input: \(filter.rawValue)", kind: .value)
        }
      if tensor.shape.suffix(2) == [height, width] { return self }
      let batch = try tensor.reshape([-1] + Array(tensor.shape.suffix(3)))
      let isWhole = !tensor.dtype.isFloatingPoint
      var result = try (isWhole ? batch.to(.float32) : batch).interpolate(
        size: [height, width], mode: mode, antialias: antialias && mode != .nearest)
      if isWhole { result = try result.round().clamp(min: 0, max: 255).to(tensor.dtype) }
      return .tensor(try result.reshape(Array(tensor.shape.dropLast(2)) + [height, width]))
    }
  }

  /// `crop`: what lies outside is 0.
  public func cropped(top: Int, left: Int, height: Int, width: Int) throws -> Picture {
    try checkCoordinates(top, left, height, width)
    switch self {
    case .image(let image): return .image(try image.cropped(left: left, top: top, width: width, height: height))
    case .tensor(let tensor):
      let (rows, columns) = (try tensor.size(-2), try tensor.size(-1))
      let padding = (
        left: max(0, -left), right: max(0, left + width - columns), top: max(0, -top),
        bottom: max(0, top + height - rows)
      )
      guard padding.left + padding.right + padding.top + padding.bottom > 0 else {
        return .tensor(try tensor.narrow(-2, top, height).narrow(-1, left, width))
      }
      let padded = try tensor.pad([padding.left, padding.right, padding.top, padding.bottom])
      return .tensor(try padded.narrow(-2, max(0, top), height).narrow(-1, max(0, left), width))
    }
  }

  /// `center_crop`
  public func centerCropped(height: Int, width: Int) throws -> Picture {
    try checkCoordinates(height, width)
    var picture = self
    let (rows, columns) = (try self.height(), try self.width())
    if width > columns || height > rows {
      let (extraX, extraY) = (max(0, width - columns), max(0, height - rows))
      picture = try padded(left: extraX / 2, top: extraY / 2, right: (extraX + 1) / 2, bottom: (extraY + 1) / 2)
      if try picture.width() == width, try picture.height() == height { return picture }
    }
    func start(_ size: Int, _ wanted: Int) -> Int { Int((Double(size - wanted) / 2).rounded(.toNearestOrEven)) }
    return try picture.cropped(
      top: start(try picture.height(), height), left: start(try picture.width(), width), height: height, width: width)
  }

  /// `hflip`
  public func mirrored() throws -> Picture {
    switch self {
    case .image(let image): .image(image.mirrored())
    case .tensor(let tensor): .tensor(try tensor.flip([-1]))
    }
  }

  /// `vflip`
  public func flipped() throws -> Picture {
    switch self {
    case .image(let image): .image(image.flipped())
    case .tensor(let tensor): .tensor(try tensor.flip([-2]))
    }
  }

  /// `pad`
  ///
  /// - Parameter fill: for each channel, or one for all.
  public func padded(
    left: Int, top: Int, right: Int, bottom: Int, fill: [Double] = [0], mode: PaddingMode = .constant
  ) throws -> Picture {
    guard mode == .constant || min(left, top, right, bottom) >= 0 else {
      throw TensorError("negative padding is for mode constant alone", kind: .value)
    }
    try checkCoordinates(left, top, right, bottom)
    let (rows, columns) = (try height(), try width())
    let (newRows, newColumns) = (rows + top + bottom, columns + left + right)
    switch self {
    case .tensor(let tensor):
      if mode == .constant, fill.count == 1 {
        return .tensor(try tensor.pad([left, right, top, bottom], mode: .constant(fill[0])))
      }
      guard mode != .constant else {
        throw TensorError("a fill for each channel is for images alone", kind: .value)
      }
      let (y, x) = (try mode.sources(rows, top, newRows), try mode.sources(columns, left, newColumns))
      return .tensor(try tensor.indexSelect(-2, y).indexSelect(-1, x))
    case .image(let image):
      if mode == .constant {
        guard fill.count == 1 || fill.count == image.channels else {
          throw TensorError(
            "The number of elements in 'fill' does not match the number of channels of the image (\(fill.count) != \(image.channels))",
            kind: .value)
        }
        var result = try image.cropped(left: -left, top: -top, width: newColumns, height: newRows)
        guard fill.contains(where: { $0 != 0 }) else { return .image(result) }
        let color = (0..<image.channels).map {
          UInt8(max(0, min(255, fill[fill.count == 1 ? 0 : $0])))
        }
        for y in 0..<newRows {
          for x in 0..<newColumns where !(top..<top + rows).contains(y) || !(left..<left + columns).contains(x) {
            for c in 0..<image.channels { result.pixels[(y * newColumns + x) * image.channels + c] = color[c] }
          }
        }
        return .image(result)
      }
      let tensor = try Picture.tensor(image.tensor()).padded(
        left: left, top: top, right: right, bottom: bottom, mode: mode)
      guard case .tensor(let padded) = tensor else { return self }
      return .image(try Image(padded))
    }
  }
}

extension PaddingMode {
  /// For each new position along a dimension the old one that it shows.
  fileprivate func sources(_ size: Int, _ before: Int, _ count: Int) throws -> Tensor {
    guard size > 0 else { throw TensorError("an image without pixels cannot be padded", kind: .value) }
    try BufferPool.checkArray(of: Int64.self, count: count)
    let positions = (0..<count).map { index -> Int64 in
      var position = index - before
      switch self {
      case .constant, .edge: position = max(0, min(size - 1, position))
      case .reflect:
        let period = max(1, 2 * (size - 1))
        position = ((position % period) + period) % period
        if position >= size { position = period - position }
      case .symmetric:
        let period = 2 * size
        position = ((position % period) + period) % period
        if position >= size { position = period - 1 - position }
      }
      return Int64(position)
    }
    return try Tensor(positions, shape: [count], dtype: .int64)
  }
}
