import OneDNN

/// Numbers without a pattern, the same at each run.
func numbers(_ count: Int, seed: UInt64 = 1) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(state >> 40) / Float(1 << 23) - 1
  }
}

/// The largest difference, relative to the largest magnitude expected.
func difference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let scale = max(expected.map(abs).max() ?? 0, 1e-30)
  return (zip(found, expected).map { abs($0 - $1) }.max() ?? 0) / scale
}

/// The same tensor in another layout, padding included.
func reordered(_ values: [Float], from source: MemoryDescriptor, to destination: MemoryDescriptor) throws -> [Float] {
  var result = [Float](repeating: 0, count: max(destination.byteCount / 4, 1))
  try Reorder.prepare(from: source, to: destination).execute(source: values, destination: &result)
  return result
}

/// A buffer that fits a layout.
func buffer(_ descriptor: MemoryDescriptor) -> [Float] { [Float](repeating: .nan, count: descriptor.byteCount / 4) }

/// Convolution by its formula, on row-major arrays, in two dimensions.
struct NaiveConvolution {
  let problem: ConvolutionProblem

  /// Calls `body` with the indices of destination, source and weights of each product.
  func forEachProduct(_ body: (_ destination: Int, _ source: Int, _ weights: Int) -> Void) {
    let p = problem
    let inPerGroup = p.inputChannels / p.groups
    let outPerGroup = p.outputChannels / p.groups
    for n in 0..<p.batch {
      for o in 0..<p.outputChannels {
        for y in 0..<p.output[0] {
          for x in 0..<p.output[1] {
            let destination = ((n * p.outputChannels + o) * p.output[0] + y) * p.output[1] + x
            for i in 0..<inPerGroup {
              for ky in 0..<p.kernel[0] {
                for kx in 0..<p.kernel[1] {
                  let sy = y * p.stride[0] + ky * p.dilation[0] - p.paddingLow[0]
                  let sx = x * p.stride[1] + kx * p.dilation[1] - p.paddingLow[1]
                  guard 0..<p.input[0] ~= sy, 0..<p.input[1] ~= sx else { continue }
                  let channel = o / outPerGroup * inPerGroup + i
                  let source = ((n * p.inputChannels + channel) * p.input[0] + sy) * p.input[1] + sx
                  let weights = ((o * inPerGroup + i) * p.kernel[0] + ky) * p.kernel[1] + kx
                  body(destination, source, weights)
                }
              }
            }
          }
        }
      }
    }
  }

  func forward(_ source: [Float], _ weights: [Float], bias: [Float]? = nil) -> [Float] {
    let area = problem.output[0] * problem.output[1]
    var result = [Double](repeating: 0, count: problem.destinationDimensions.reduce(1, *))
    for index in result.indices { result[index] = Double(bias?[index / area % problem.outputChannels] ?? 0) }
    forEachProduct { result[$0] += Double(source[$1]) * Double(weights[$2]) }
    return result.map(Float.init)
  }

  func sourceGradient(_ gradient: [Float], _ weights: [Float]) -> [Float] {
    var result = [Double](repeating: 0, count: problem.sourceDimensions.reduce(1, *))
    forEachProduct { result[$1] += Double(gradient[$0]) * Double(weights[$2]) }
    return result.map(Float.init)
  }

  func weightsGradient(_ gradient: [Float], _ source: [Float]) -> [Float] {
    var result = [Double](repeating: 0, count: problem.weightsDimensions.reduce(1, *))
    forEachProduct { result[$2] += Double(gradient[$0]) * Double(source[$1]) }
    return result.map(Float.init)
  }

  func biasGradient(_ gradient: [Float]) -> [Float] {
    let area = problem.output[0] * problem.output[1]
    var result = [Double](repeating: 0, count: problem.outputChannels)
    for (index, value) in gradient.enumerated() { result[index / area % problem.outputChannels] += Double(value) }
    return result.map(Float.init)
  }
}
