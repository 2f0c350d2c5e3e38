import OneDNN
import Testing

@Suite struct NormalizationTests {
  private let dimensions = [3, 16, 4, 5]
  private let options = NormalizationOptions()
  private var area: Int { 20 }
  private func channel(_ index: Int) -> Int { index / area % 16 }

  /// Sums over each channel.
  private func sums(_ value: (Int) -> Double) -> [Double] {
    var result = [Double](repeating: 0, count: 16)
    for index in 0..<960 { result[channel(index)] += value(index) }
    return result
  }

  @Test(arguments: [false, true], [Layout.rowMajor, .channelBlocked])
  func batchNormalizationAndItsGradients(fusesReLU: Bool, layout: Layout) throws {
    let plain = try MemoryDescriptor(dimensions, type: .float32)
    let data = try layout.descriptor(dimensions, type: .float32)
    let source = numbers(960, seed: 1)
    let scale = numbers(16, seed: 2)
    let shift = numbers(16, seed: 3)
    let gradient = numbers(960, seed: 4)

    let forward = try BatchNormalizationForward.prepare(
      data: data, options: options, statistics: .batch, fusesReLU: fusesReLU, isTraining: true)
    var mean = [Float](repeating: 0, count: 16)
    var variance = mean
    var destination = buffer(data)
    var workspace = [UInt8](repeating: 0, count: max(forward.workspaceByteCount, 1))
    let moved = try reordered(source, from: plain, to: data)
    try forward.execute(
      source: moved, destination: &destination, mean: &mean, variance: &variance, scale: scale, shift: shift,
      workspace: &workspace)

    let expectedMean = sums { Double(source[$0]) }.map { $0 / 60 }
    let expectedVariance = sums { index in
      let distance = Double(source[index]) - expectedMean[channel(index)]
      return distance * distance / 60
    }
    let normalized = (0..<960).map { index -> Double in
      let c = channel(index)
      return (Double(source[index]) - expectedMean[c]) / (expectedVariance[c] + 1e-5).squareRoot()
    }
    let linear = (0..<960).map { Double(scale[channel($0)]) * normalized[$0] + Double(shift[channel($0)]) }
    let expected = linear.map { Float(fusesReLU ? max($0, 0) : $0) }
    #expect(difference(mean, expectedMean.map(Float.init)) < 1e-5)
    #expect(difference(variance, expectedVariance.map(Float.init)) < 1e-5)
    #expect(difference(try reordered(destination, from: data, to: plain), expected) < 1e-5)

    let backward = try BatchNormalizationBackward.prepare(
      data: data, gradient: data, options: options, statistics: .batch, fusesReLU: fusesReLU)
    var sourceGradient = buffer(data)
    var scaleGradient = mean
    var shiftGradient = mean
    try backward.execute(
      source: moved, gradient: reordered(gradient, from: plain, to: data), sourceGradient: &sourceGradient, mean: mean,
      variance: variance, scale: scale, workspace: workspace, scaleGradient: &scaleGradient,
      shiftGradient: &shiftGradient)
    let g = (0..<960).map { fusesReLU && linear[$0] <= 0 ? 0 : Double(gradient[$0]) }
    let expectedShift = sums { g[$0] }
    let expectedScale = sums { g[$0] * normalized[$0] }
    let expectedSource = (0..<960).map { index -> Float in
      let c = channel(index)
      let factor = Double(scale[c]) / (expectedVariance[c] + 1e-5).squareRoot()
      return Float(factor * (g[index] - expectedShift[c] / 60 - normalized[index] * expectedScale[c] / 60))
    }
    #expect(difference(shiftGradient, expectedShift.map(Float.init)) < 1e-5)
    #expect(difference(scaleGradient, expectedScale.map(Float.init)) < 1e-5)
    #expect(difference(try reordered(sourceGradient, from: data, to: plain), expectedSource) < 1e-5)
  }

  @Test func givenStatisticsAreRead() throws {
    let data = try MemoryDescriptor([1, 2, 1, 2], type: .float32)
    let normalization = try BatchNormalizationForward.prepare(
      data: data, options: NormalizationOptions(epsilon: 0), statistics: .given, isTraining: false)
    var mean: [Float] = [1, 2]
    var variance: [Float] = [4, 1]
    var result = [Float](repeating: 0, count: 4)
    try normalization.execute(
      source: [3, 5, 2, 1] as [Float], destination: &result, mean: &mean, variance: &variance,
      scale: [1, 2] as [Float], shift: [0, 1] as [Float])
    #expect(result == [1, 2, 1, -1])
  }
}
