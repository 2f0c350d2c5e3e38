import Glibc

extension Tensor {
  /// How `F.interpolate` finds values between elements.
  public enum InterpolationMode: String, Sendable {
    /// The element at the rounded down position, as PyTorch has always done.
    case nearest
    /// The element whose center is nearest.
    case nearestExact = "nearest-exact"
    /// On straight lines between neighbours along one, two or three dimensions; on cubic curves through four of them along
    /// two; or the mean of all elements that the new one covers.
    case linear, bilinear, trilinear, bicubic, area
  }

  /// The spatial dimensions of `[N, C, ...]` brought to other sizes: `F.interpolate`.
  ///
  /// - Parameters:
  ///   - size: the new sizes, or
  ///   - scaleFactor: how many times the old ones.
  ///   - alignCorners: whether the corner elements' centers, and not their outer edges, stay where they are.
  ///   - recomputeScaleFactor: takes the scale from the rounded sizes instead of from `scaleFactor`.
  public func interpolate(
    size: [Int]? = nil, scaleFactor: [Double]? = nil, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil,
    recomputeScaleFactor: Bool = false, antialias: Bool = false
  ) throws -> Tensor {
    let spatial = rank - 2
    guard spatial >= 1, spatial <= 3 else {
      throw TensorError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported (got \(rank)D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got \(mode.rawValue))",
        kind: .notImplemented)
    }
    if alignCorners != nil && [.nearest, .nearestExact, .area].contains(mode) {
      throw TensorError(
        "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
        kind: .value)
    }
    try checkSpatial(mode, spatial)
    if antialias && mode != .bilinear && mode != .bicubic {
      throw TensorError(
        "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input", kind: .value
      )
    }
    let old = Array(shape.dropFirst(2))
    var (sizes, factors) = ([Int](), [Double]?.none)
    switch (size, scaleFactor) {
    case (let size?, nil):
      sizes = size.count == 1 ? [Int](repeating: size[0], count: spatial) : size
    case (nil, let scale?):
      let all = scale.count == 1 ? [Double](repeating: scale[0], count: spatial) : scale
      guard all.count == spatial else {
        throw wrongSpatialCount("scale_factor", "scale_factor of shape", all.map { "\($0)" }, "(s1, s2, ...,sK)")
      }
      for (length, factor) in zip(old, all) {
        let scaled = (Double(length) * factor).rounded(.down)
        guard scaled.isFinite, scaled < 0x1p53, scaled > -0x1p53 else {
          throw TensorError("interpolate: the scale factor \(factor) is not possible")
        }
        sizes.append(Int(scaled))
      }
      if !recomputeScaleFactor { factors = all }
    case (nil, nil): throw TensorError("either size or scale_factor should be defined", kind: .value)
    case (_?, _?): throw TensorError("only one of size or scale_factor should be defined", kind: .value)
    }
    guard sizes.count == spatial else {
      throw wrongSpatialCount("output", "output size of", sizes.map { "\($0)" }, "(o1, o2, ...,oK)")
    }
    guard mode == .area || (old + sizes).allSatisfy({ $0 > 0 }) else {
      throw TensorError(
        "Input and output sizes should be greater than 0, but got input (\(named(old)))\(spatial == 1 ? " and" : "") output (\(named(sizes)))"
      )
    }
    // The result, and a table of positions and weights for each dimension.
    try BufferPool.checkAvailable(try Shape.count(shape.prefix(2) + sizes + [dtype.size]))
    for size in sizes { try BufferPool.checkAvailable(try Shape.count([size, 128])) }
    if mode == .area { return try Functional.adaptiveAveragePool(self, output: sizes) }
    let isByteMode = [.nearest, .nearestExact, .bilinear, .bicubic].contains(mode)
    guard dtype.isFloatingPoint || dtype == .uint8 && isByteMode else { throw notImplemented(kernelName(mode), dtype) }
    let isWeighted = mode != .nearest && mode != .nearestExact
    // Half precision is rounded once, when all dimensions are done; bytes after each, the last dimension first.
    let isBytes = isWeighted && dtype == .uint8
    var result = isWeighted && dtype.size < 4 ? try to(.float32) : self
    for k in isBytes ? Array((0..<spatial).reversed()) : Array(0..<spatial) {
      let axis = 2 + k
      let map = CoordinateMap(
        from: old[k], to: sizes[k], factor: factors?[k], alignCorners: alignCorners ?? false,
        isSingle: dtype != .float64 && !isBytes)
      result = try result.resampled(axis, map, mode, antialias, ofBytes: isBytes)
      if isBytes { result = try result.add(0.5).floor().clamp(min: 0, max: 255) }
    }
    if result.dtype != dtype { result = try result.to(dtype) }
    if result === self { result = try clone() }
    let words: [InterpolationMode: String] = [
      .nearest: "Nearest", .nearestExact: "NearestExact", .linear: "Linear", .bilinear: "Bilinear",
      .trilinear: "Trilinear", .bicubic: "Bicubic",
    ]
    return result.named("Upsample\(words[mode] ?? "")\(spatial)DBackward0")
  }

  /// - Throws: ``TensorError`` where a list of new sizes, or of factors, has not one number for each spatial dimension.
  public func checkSpatialCount(sizes: [Int]? = nil, factors: [Double]? = nil) throws {
    if let sizes, sizes.count != rank - 2 {
      throw wrongSpatialCount("output", "output size of", sizes.map { "\($0)" }, "(o1, o2, ...,oK)")
    }
    if let factors, factors.count != rank - 2 {
      throw wrongSpatialCount("scale_factor", "scale_factor of shape", factors.map { "\($0)" }, "(s1, s2, ...,sK)")
    }
  }

  private func wrongSpatialCount(
    _ name: String, _ what: String, _ numbers: [String], _ format: String
  ) -> TensorError {
    let list = numbers.count == 1 ? "(\(numbers[0]),)" : "(\(numbers.joined(separator: ", ")))"
    return TensorError(
      "Input and \(name) must have the same number of spatial dimensions, but got input with spatial dimensions of \(Shape.text(Array(shape.dropFirst(2)))) and \(what) \(list). Please provide input tensor in (N, C, d1, d2, ...,dK) format and \(name == "output" ? "output size" : name) in \(format) format.",
      kind: .value)
  }

  /// `H: 2, W: 3`.
  private func named(_ sizes: [Int]) -> String {
    zip(["D", "H", "W"].suffix(sizes.count), sizes).map { "\($0): \($1)" }.joined(separator: ", ")
  }

  /// What PyTorch's complaint about a type calls the kernel.
  private func kernelName(_ mode: InterpolationMode) -> String {
    switch mode {
    case .bilinear: "upsample_bilinear2d_channels_last"
    case .bicubic: "compute_indices_weights_cubic"
    case .nearest, .nearestExact: rank == 4 ? "upsample_nearest2d_channels_last" : "compute_indices_weights_nearest"
    default: "compute_indices_weights_linear"
    }
  }

  private func checkSpatial(_ mode: InterpolationMode, _ spatial: Int) throws {
    let needed: [InterpolationMode: Int] = [.linear: 1, .bilinear: 2, .bicubic: 2, .trilinear: 3]
    guard let wanted = needed[mode], wanted != spatial else { return }
    throw TensorError("Got \(rank)D input, but \(mode.rawValue) mode needs \(wanted + 2)D input", kind: .notImplemented)
  }

  /// One dimension resampled: a weighted sum of a few neighbours.
  private func resampled(
    _ axis: Int, _ map: CoordinateMap, _ mode: InterpolationMode, _ antialias: Bool, ofBytes: Bool
  ) throws -> Tensor {
    if antialias {
      var matrix = try map.smoothingMatrix(cubic: mode == .bicubic)
      if ofBytes { matrix = CoordinateMap.inFixedPoint(matrix) }
      let weights = try Tensor(matrix, shape: [map.size, shape[axis]], dtype: dtype)
      return try transpose(axis, -1).matmul(weights.t()).transpose(axis, -1).contiguous()
    }
    switch mode {
    case .nearest, .nearestExact:
      let positions = (0..<map.size).map { Int64(map.nearest($0, exact: mode == .nearestExact)) }
      return try indexSelect(axis, Tensor(positions, dtype: .int64))
    default:
      let taps = mode == .bicubic ? 4 : 2
      var positions = [[Int64]](repeating: [], count: taps)
      var weights = [[Double]](repeating: [], count: taps)
      for i in 0..<map.size {
        let found = mode == .bicubic ? map.cubic(i) : map.linear(i)
        for (tap, (position, weight)) in found.enumerated() {
          positions[tap].append(Int64(position))
          weights[tap].append(weight)
          // Weights of one element beyond the edge count as one number when they are rounded.
          guard ofBytes, tap > 0, positions[tap][i] == positions[tap - 1][i] else { continue }
          weights[tap][i] += weights[tap - 1][i]
          weights[tap - 1][i] = 0
        }
      }
      if ofBytes {
        let rounded = CoordinateMap.inFixedPoint(weights.flatMap { $0 })
        weights = (0..<taps).map { Array(rounded[($0 * map.size)..<(($0 + 1) * map.size)]) }
      }
      var column = [Int](repeating: 1, count: rank)
      column[axis] = map.size
      var result: Tensor?
      for tap in 0..<taps {
        let part = try indexSelect(axis, Tensor(positions[tap], dtype: .int64)).mul(
          Tensor(weights[tap], shape: column, dtype: dtype))
        result = try result.map { try $0.add(part) } ?? part
      }
      return try result ?? clone()
    }
  }
}

/// Where the elements of a resampled dimension lie in the original one.
private struct CoordinateMap {
  /// The new size.
  let size: Int
  private let old: Int
  private let scale: Double
  private let alignCorners: Bool
  private let isSingle: Bool

  init(from old: Int, to size: Int, factor: Double?, alignCorners: Bool, isSingle: Bool) {
    self.old = old
    self.size = size
    self.alignCorners = alignCorners
    self.isSingle = isSingle
    if alignCorners {
      scale = size > 1 ? Double(old - 1) / Double(size - 1) : 0
    } else {
      scale = factor.map { $0 > 0 ? 1 / $0 : Double(old) / Double(size) } ?? Double(old) / Double(size)
    }
  }

  private func source(_ i: Int, cubic: Bool) -> Double {
    if alignCorners { return scale * Double(i) }
    let position =
      isSingle ? Double(Float(scale) * (Float(i) + 0.5) - 0.5) : scale * (Double(i) + 0.5) - 0.5
    return cubic ? position : max(position, 0)
  }

  func nearest(_ i: Int, exact: Bool) -> Int {
    let shift = exact ? 0.5 : 0
    let position = isSingle ? Double((Float(i) + Float(shift)) * Float(scale)) : (Double(i) + shift) * scale
    return min(Int(position.rounded(.down)), old - 1)
  }

  func linear(_ i: Int) -> [(Int, Double)] {
    let position = source(i, cubic: false)
    let first = min(Int(position), old - 1)
    let weight = min(max(position - Double(first), 0), 1)
    return [(first, 1 - weight), (min(first + 1, old - 1), weight)]
  }

  /// Source: Keys, Cubic convolution interpolation for digital image processing, with a = -0.75.
  func cubic(_ i: Int) -> [(Int, Double)] {
    let position = source(i, cubic: true)
    let first = Int(position.rounded(.down))
    let t = position - Double(first)
    return (-1...2).map { k in
      (min(max(first + k, 0), old - 1), CoordinateMap.cubicWeight(Double(k) - t, -0.75))
    }
  }

  static func cubicWeight(_ distance: Double, _ a: Double) -> Double {
    let x = distance.magnitude
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
  }

  /// Weights as PyTorch rounds those of bytes: with as many binary places as leave the largest below 2^15.
  static func inFixedPoint(_ weights: [Double]) -> [Double] {
    let largest = weights.max() ?? 0
    var places = 0
    while places < 22 && 0.5 + largest * Double(1 << (places + 1)) < 0x1p15 { places += 1 }
    let unit = Double(1 << places)
    return weights.map { ($0 * unit).rounded(.toNearestOrAwayFromZero) / unit }
  }

  /// The weights of all old elements for each new one, row by row: a filter as wide as the reduction.
  func smoothingMatrix(cubic: Bool) throws -> [Double] {
    let stretch = max(scale, 1)
    let support = (cubic ? 2 : 1) * stretch
    let count = try Shape.count([size, old])
    try BufferPool.checkArray(of: Double.self, count: count)
    var weights = [Double](repeating: 0, count: count)
    for i in 0..<size {
      let center = scale * (Double(i) + 0.5)
      let first = max(Int(center - support + 0.5), 0)
      let last = min(Int(center + support + 0.5), old)
      var total = 0.0
      for j in first..<max(last, first) {
        let x = (Double(j) - center + 0.5) / stretch
        let weight = cubic ? CoordinateMap.cubicWeight(x, -0.5) : max(0, 1 - x.magnitude)
        weights[i * old + j] = weight
        total += weight
      }
      if total != 0 { for j in first..<last { weights[i * old + j] /= total } }
    }
    return weights
  }
}
