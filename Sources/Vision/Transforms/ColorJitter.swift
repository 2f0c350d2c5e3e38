import Tensor

/// Brightness, contrast, saturation and hue changed at random, in random order.
public final class ColorJitter: Transform {
  /// The factors' ranges; nil: no change.
  public let brightness: ClosedRange<Double>?
  /// The range of the factor for differences from the mean gray; nil: no change.
  public let contrast: ClosedRange<Double>?
  /// The range of the factor for differences from gray; nil: no change.
  public let saturation: ClosedRange<Double>?
  /// From -0.5 to 0.5, in turns of the color wheel.
  public let hue: ClosedRange<Double>?

  /// - Parameters:
  ///   - brightness, contrast, saturation: ranges of factors from 0 on.
  ///   - hue: a range within -0.5 to 0.5, in turns of the color wheel; for images, not tensors.
  public init(
    brightness: ClosedRange<Double>? = nil, contrast: ClosedRange<Double>? = nil,
    saturation: ClosedRange<Double>? = nil, hue: ClosedRange<Double>? = nil
  ) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  /// The range that an option stands for: one number is the largest change, two are the range itself.
  ///
  /// - Returns: nil for a range that changes nothing.
  /// - Throws: ``TensorError`` for other options.
  public static func range(_ name: String, _ option: [Double]) throws -> ClosedRange<Double>? {
    let isHue = name == "hue"
    let (center, lowest, highest) = isHue ? (0.0, -0.5, 0.5) : (1.0, 0.0, Double.infinity)
    let ends: (Double, Double)
    switch option.count {
    case 1:
      guard option[0] >= 0 else {
        throw TensorError("If \(name) is a single number, it must be non negative.", kind: .value)
      }
      ends = (isHue ? -option[0] : max(center - option[0], 0), center + option[0])
    case 2: ends = (option[0], option[1])
    default:
      throw TensorError("\(name) should be a single number or a list/tuple with length 2.", kind: .type)
    }
    guard lowest <= ends.0, ends.0 <= ends.1, ends.1 <= highest else {
      throw TensorError(
        "\(name) values should be between (\(lowest), \(highest)), but got [\(ends.0), \(ends.1)].", kind: .value)
    }
    return ends.0 == center && ends.1 == center ? nil : ends.0...ends.1
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    let order = try Tensor.randperm(4).integers()
    func factor(_ range: ClosedRange<Double>?) throws -> Double? {
      try range.map { try Self.uniform($0.lowerBound, $0.upperBound) }
    }
    let factors = [
      try factor(brightness), try factor(contrast), try factor(saturation), try factor(hue),
    ]
    return try order.reduce(input) { picture, step in
      guard let factor = factors[Int(step)] else { return picture }
      switch step {
      case 0: return try picture.brightened(by: factor)
      case 1: return try picture.contrasted(by: factor)
      case 2: return try picture.saturated(by: factor)
      default: return try picture.hueShifted(by: factor)
      }
    }
  }

  public override var description: String {
    func text(_ range: ClosedRange<Double>?) -> String {
      range.map { "(\($0.lowerBound), \($0.upperBound))" } ?? "None"
    }
    return
      "ColorJitter(brightness=\(text(brightness)), contrast=\(text(contrast)), saturation=\(text(saturation)), hue=\(text(hue)))"
  }
}

// What a change of colors does: `torchvision.transforms.functional`, images as Pillow's ImageEnhance.
extension Picture {
  /// `adjust_brightness`
  public func brightened(by factor: Double) throws -> Picture {
    try checkFactor(factor, "brightness")
    switch self {
    case .image(let image): return .image(image.blended(with: [UInt8](repeating: 0, count: image.pixels.count), factor))
    case .tensor(let tensor): return .tensor(try tensor.blended(with: try tensor.zerosLike(), factor))
    }
  }

  /// `adjust_contrast`
  public func contrasted(by factor: Double) throws -> Picture {
    try checkFactor(factor, "contrast")
    switch self {
    case .image(let image):
      let gray = image.converted(to: .gray).pixels
      let sum = gray.reduce(0) { $0 + Int($1) }
      let mean = gray.isEmpty ? 0 : UInt8(Double(sum) / Double(gray.count) + 0.5)
      return .image(image.blended(with: [UInt8](repeating: mean, count: image.pixels.count), factor))
    case .tensor(let tensor):
      guard case .tensor(let gray) = try gray(channels: 1) else { return self }
      let values = gray.dtype.isFloatingPoint ? gray : try gray.to(.float32)
      return .tensor(try tensor.blended(with: try values.mean([-3, -2, -1], keepDim: true), factor))
    }
  }

  /// `adjust_saturation`
  public func saturated(by factor: Double) throws -> Picture {
    try checkFactor(factor, "saturation")
    switch self {
    case .image(let image):
      return .image(image.blended(with: image.converted(to: .gray).converted(to: image.mode).pixels, factor))
    case .tensor(let tensor):
      guard try channels() == 3, case .tensor(let gray) = try gray(channels: 1) else { return self }
      return .tensor(try tensor.blended(with: gray, factor))
    }
  }

  /// `adjust_hue`
  public func hueShifted(by factor: Double) throws -> Picture {
    guard (-0.5...0.5).contains(factor) else {
      throw TensorError("hue_factor (\(factor)) is not in [-0.5, 0.5].", kind: .value)
    }
    guard case .image(let image) = self else {
      throw TensorError("adjust_hue is for images, not tensors; convert after it", kind: .notImplemented)
    }
    return .image(image.hueShifted(by: UInt8(truncatingIfNeeded: Int(factor * 255))))
  }

  private func checkFactor(_ factor: Double, _ name: String) throws {
    guard factor >= 0 else { throw TensorError("\(name)_factor (\(factor)) is not non-negative.", kind: .value) }
  }
}

extension Tensor {
  /// `factor * self + (1 - factor) * other`, within the range of the type.
  fileprivate func blended(with other: Tensor, _ factor: Double) throws -> Tensor {
    let bound: Double = dtype.isFloatingPoint ? 1 : 255
    let sum = try mul(factor).add(other.mul(1 - factor))
    return try sum.clamp(min: 0, max: bound).to(dtype)
  }
}

extension Image {
  /// `other + factor * (self - other)`: Pillow's blend, in float32, cut towards zero. Alpha stays.
  fileprivate func blended(with other: [UInt8], _ factor: Double) -> Image {
    let alpha = Float(factor)
    let hasAlpha = channels == 2 || channels == 4
    var result = self
    for index in pixels.indices {
      if hasAlpha, index % channels == channels - 1 { continue }
      let base = Float(other[index])
      let value = base + alpha * (Float(pixels[index]) - base)
      // What is no number becomes 0.
      result.pixels[index] = value >= 255 ? 255 : value > 0 ? UInt8(value) : 0
    }
    return result
  }

  /// The color wheel turned by a number of 255ths.
  fileprivate func hueShifted(by shift: UInt8) -> Image {
    guard channels >= 3 else { return self }
    var result = self
    for index in Swift.stride(from: 0, to: pixels.count, by: channels) {
      var color = HSV(pixels[index], pixels[index + 1], pixels[index + 2])
      color.hue &+= shift
      let rgb = color.rgb
      (result.pixels[index], result.pixels[index + 1], result.pixels[index + 2]) = rgb
    }
    return result
  }
}

/// A color by hue, saturation and value in 255ths: Pillow's conversions.
private struct HSV {
  var hue: UInt8
  let saturation: UInt8
  let value: UInt8

  init(_ r: UInt8, _ g: UInt8, _ b: UInt8) {
    let (high, low) = (max(r, g, b), min(r, g, b))
    value = high
    guard high != low else {
      (hue, saturation) = (0, 0)
      return
    }
    let range = Float(high - low)
    let (rc, gc, bc) = (Float(high - r) / range, Float(high - g) / range, Float(high - b) / range)
    let sector: Float
    if r == high {
      sector = bc - gc
    } else if g == high {
      sector = Float(2 + Double(rc) - Double(bc))
    } else {
      sector = Float(4 + Double(gc) - Double(rc))
    }
    let turn = Float((Double(sector) / 6 + 1).truncatingRemainder(dividingBy: 1))
    hue = UInt8(max(0, min(255, Int(Double(turn) * 255))))
    saturation = UInt8(max(0, min(255, Int(Double(range / Float(high)) * 255))))
  }

  var rgb: (UInt8, UInt8, UInt8) {
    guard saturation > 0 else { return (value, value, value) }
    // The mixture of float and double that C makes of Pillow's expressions.
    let (v, s) = (Double(value), Float(Double(saturation) / 255))
    let h = Double(hue) * 6 / 255
    let sector = h.rounded(.down)
    let f = Float(h - sector)
    func byte(_ share: Double) -> UInt8 { UInt8(max(0, min(255, (v * share).rounded(.toNearestOrAwayFromZero)))) }
    let (p, q, t) = (byte(1 - Double(s)), byte(1 - Double(s * f)), byte(1 - Double(s) * (1 - Double(f))))
    switch Int(sector) % 6 {
    case 0: return (value, t, p)
    case 1: return (q, value, p)
    case 2: return (p, value, t)
    case 3: return (p, q, value)
    case 4: return (t, p, value)
    default: return (value, p, q)
    }
  }
}
