import OneDNN
import Testing

/// The switch is a setting of the process, so these run one after another.
@Suite(.serialized) struct WinogradTests {
  private func problem() throws -> ConvolutionProblem {
    try ConvolutionProblem(
      source: [2, 64, 28, 28], weights: [64, 64, 3, 3], stride: Spatial([1, 1]), paddingLow: Spatial([1, 1]))
  }

  /// What `body` writes to a buffer of this layout, which begins at a cache line: the kernels store past the cache.
  private func written(
    _ layout: MemoryDescriptor, _ body: (UnsafeMutableRawPointer) throws -> Void
  ) throws -> [Float] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: layout.byteCount, alignment: 64)
    defer { buffer.deallocate() }
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    try body(try #require(buffer.baseAddress))
    return Array(buffer.bindMemory(to: Float.self))
  }

  @Test func switchTurnsWinogradOff() throws {
    let problem = try problem()
    ConvolutionAlgorithm.isWinogradEnabled = false
    #expect(try ConvolutionForward.prepare(problem).algorithm == .direct)
    ConvolutionAlgorithm.isWinogradEnabled = true
    #expect(try ConvolutionForward.prepare(problem).algorithm == (Processor.hasAVX512 ? .winograd : .direct))
  }

  @Test(.enabled(if: Processor.hasAVX512)) func winogradAgreesWithTheDirectAlgorithm() throws {
    let problem = try problem()
    let source = numbers(problem.sourceDimensions.reduce(1, *), seed: 1)
    let weights = numbers(problem.weightsDimensions.reduce(1, *), seed: 2)
    let gradient = numbers(problem.destinationDimensions.reduce(1, *), seed: 3)
    let sourceLayout = try MemoryDescriptor(problem.sourceDimensions, type: .float32)
    let gradientLayout = try MemoryDescriptor(problem.destinationDimensions, type: .float32)
    let weightsLayout = try problem.weightsDescriptor()

    func results(_ algorithm: ConvolutionAlgorithm) throws -> [[Float]] {
      var all: [[Float]] = []
      for isTraining in [false, true] {
        let forward = try ConvolutionForward.prepare(problem, isTraining: isTraining, algorithm: algorithm)
        let destination = try written(forward.destination) {
          try forward.execute(
            source: reordered(source, from: sourceLayout, to: forward.source),
            weights: reordered(weights, from: weightsLayout, to: forward.weights), destination: $0)
        }
        all.append(try reordered(destination, from: forward.destination, to: gradientLayout))
      }
      let data = try ConvolutionBackwardData.prepare(problem, algorithm: algorithm)
      let sourceGradient = try written(data.sourceGradient) {
        try data.execute(
          gradient: reordered(gradient, from: gradientLayout, to: data.gradient),
          weights: reordered(weights, from: weightsLayout, to: data.weights), sourceGradient: $0)
      }
      all.append(try reordered(sourceGradient, from: data.sourceGradient, to: sourceLayout))
      let backward = try ConvolutionBackwardWeights.prepare(problem, algorithm: algorithm)
      let weightsGradient = try written(backward.weightsGradient) {
        try backward.execute(
          source: reordered(source, from: sourceLayout, to: backward.source),
          gradient: reordered(gradient, from: gradientLayout, to: backward.gradient), weightsGradient: $0)
      }
      all.append(try reordered(weightsGradient, from: backward.weightsGradient, to: weightsLayout))
      return all
    }
    for (winograd, direct) in zip(try results(.winograd), try results(.direct)) {
      #expect(difference(winograd, direct) < 1e-5)
    }
  }

  @Test func winogradWhereThereIsNoneIsUnimplemented() throws {
    let strided = try ConvolutionProblem(
      source: [1, 16, 8, 8], weights: [16, 16, 3, 3], stride: Spatial([2, 2]), paddingLow: Spatial([1, 1]))
    let error = #expect(throws: PrimitiveError.self) {
      try ConvolutionForward.prepare(strided, algorithm: .winograd)
    }
    #expect(error?.reason == .unimplemented)
  }
}
