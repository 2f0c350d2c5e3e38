import OneDNN
import Testing

@Suite struct ConvolutionTests {
  static let problems: [ConvolutionProblem] = {
    func problem(
      _ source: [Int], _ weights: [Int], stride: [Int] = [1, 1], low: [Int] = [1, 1], high: [Int]? = nil,
      dilation: [Int] = [1, 1], groups: Int = 1
    ) -> ConvolutionProblem? {
      try? ConvolutionProblem(
        source: source, weights: weights, stride: Spatial(stride), paddingLow: Spatial(low),
        paddingHigh: high.map { try Spatial($0) }, dilation: Spatial(dilation), groups: groups)
    }
    return [
      problem([2, 16, 9, 8], [32, 16, 3, 3]),
      problem([1, 3, 11, 13], [8, 3, 5, 5], stride: [2, 2], low: [2, 2]),
      problem([2, 5, 7, 7], [6, 5, 3, 3], stride: [2, 1], low: [0, 1], high: [1, 2]),
      problem([2, 8, 10, 10], [8, 4, 3, 3], low: [2, 2], dilation: [2, 2], groups: 2),
      problem([1, 16, 6, 6], [16, 1, 3, 3], groups: 16),
      problem([2, 32, 5, 5], [48, 32, 1, 1], low: [0, 0]),
    ].compactMap { $0 }
  }()

  private func plain(_ dimensions: [Int]) throws -> MemoryDescriptor {
    try MemoryDescriptor(dimensions, type: .float32)
  }

  @Test(arguments: problems, [Layout.any, .rowMajor, .channelsLast, .channelBlocked])
  func forwardFollowsTheFormulaInEveryLayout(problem: ConvolutionProblem, layout: Layout) throws {
    let source = numbers(problem.sourceDimensions.reduce(1, *), seed: 1)
    let weights = numbers(problem.weightsDimensions.reduce(1, *), seed: 2)
    let bias = numbers(problem.outputChannels, seed: 3)
    let convolution = try ConvolutionForward.prepare(
      problem, source: layout, destination: layout, hasBias: true, then: [.elementwise(.relu())])
    var destination = buffer(convolution.destination)
    try convolution.execute(
      source: reordered(source, from: plain(problem.sourceDimensions), to: convolution.source),
      weights: reordered(weights, from: problem.weightsDescriptor(), to: convolution.weights), bias: bias,
      destination: &destination)
    let found = try reordered(
      destination, from: convolution.destination, to: plain(problem.destinationDimensions))
    let expected = NaiveConvolution(problem: problem).forward(source, weights, bias: bias).map { max($0, 0) }
    #expect(difference(found, expected) < 1e-5)
  }

  @Test(arguments: problems)
  func gradientsFollowTheFormula(problem: ConvolutionProblem) throws {
    let naive = NaiveConvolution(problem: problem)
    let source = numbers(problem.sourceDimensions.reduce(1, *), seed: 1)
    let weights = numbers(problem.weightsDimensions.reduce(1, *), seed: 2)
    let gradient = numbers(problem.destinationDimensions.reduce(1, *), seed: 4)
    let sourceLayout = try plain(problem.sourceDimensions)
    let gradientLayout = try plain(problem.destinationDimensions)

    let data = try ConvolutionBackwardData.prepare(problem)
    var sourceGradient = buffer(data.sourceGradient)
    try data.execute(
      gradient: reordered(gradient, from: gradientLayout, to: data.gradient),
      weights: reordered(weights, from: problem.weightsDescriptor(), to: data.weights),
      sourceGradient: &sourceGradient)
    let foundSource = try reordered(sourceGradient, from: data.sourceGradient, to: sourceLayout)
    #expect(difference(foundSource, naive.sourceGradient(gradient, weights)) < 1e-5)

    let backward = try ConvolutionBackwardWeights.prepare(problem, hasBias: true)
    var weightsGradient = buffer(backward.weightsGradient)
    var biasGradient = [Float](repeating: .nan, count: problem.outputChannels)
    try backward.execute(
      source: reordered(source, from: sourceLayout, to: backward.source),
      gradient: reordered(gradient, from: gradientLayout, to: backward.gradient), weightsGradient: &weightsGradient,
      biasGradient: &biasGradient)
    let foundWeights = try reordered(
      weightsGradient, from: backward.weightsGradient, to: problem.weightsDescriptor())
    #expect(difference(foundWeights, naive.weightsGradient(gradient, source)) < 1e-5)
    #expect(difference(biasGradient, naive.biasGradient(gradient)) < 1e-5)
  }

  @Test func sumAddsToWhatTheDestinationHolds() throws {
    let problem = try #require(Self.problems.first)
    let convolution = try ConvolutionForward.prepare(
      problem, source: .channelBlocked, destination: .channelBlocked,
      then: [.sum(), .elementwise(.relu())])
    let source = numbers(problem.sourceDimensions.reduce(1, *), seed: 1)
    let weights = numbers(problem.weightsDimensions.reduce(1, *), seed: 2)
    let before = numbers(problem.destinationDimensions.reduce(1, *), seed: 5)
    let layout = try plain(problem.destinationDimensions)
    var destination = try reordered(before, from: layout, to: convolution.destination)
    try convolution.execute(
      source: reordered(source, from: plain(problem.sourceDimensions), to: convolution.source),
      weights: reordered(weights, from: problem.weightsDescriptor(), to: convolution.weights),
      destination: &destination)
    let found = try reordered(destination, from: convolution.destination, to: layout)
    let expected = zip(NaiveConvolution(problem: problem).forward(source, weights), before).map { max($0 + $1, 0) }
    #expect(difference(found, expected) < 1e-5)
  }

  @Test func binaryPostOperationReadsItsOperand() throws {
    let problem = try #require(Self.problems.first)
    let layout = try plain(problem.destinationDimensions)
    let blocked = try Layout.channelBlocked.descriptor(problem.destinationDimensions, type: .float32)
    let convolution = try ConvolutionForward.prepare(
      problem, source: .channelBlocked, destination: .exactly(blocked), then: [.binary(.add, blocked)])
    let source = numbers(problem.sourceDimensions.reduce(1, *), seed: 1)
    let weights = numbers(problem.weightsDimensions.reduce(1, *), seed: 2)
    let operand = numbers(problem.destinationDimensions.reduce(1, *), seed: 5)
    var destination = buffer(convolution.destination)
    try reordered(operand, from: layout, to: blocked).withUnsafeBytes { operand in
      let address = try #require(operand.baseAddress)
      try convolution.execute(
        source: reordered(source, from: plain(problem.sourceDimensions), to: convolution.source),
        weights: reordered(weights, from: problem.weightsDescriptor(), to: convolution.weights),
        destination: &destination, operands: [address])
    }
    let found = try reordered(destination, from: convolution.destination, to: layout)
    let expected = zip(NaiveConvolution(problem: problem).forward(source, weights), operand).map { $0 + $1 }
    #expect(difference(found, expected) < 1e-5)
  }

  @Test func layoutsWithoutAFastKernelAreReplaced() throws {
    let problem = try ConvolutionProblem(
      source: [1, 3, 32, 32], weights: [16, 3, 7, 7], stride: Spatial([2, 2]), paddingLow: Spatial([3, 3]))
    let convolution = try ConvolutionForward.prepare(problem, source: .channelBlocked, destination: .channelBlocked)
    #expect(!convolution.implementation.hasPrefix("ref"))
    #expect(convolution.source.channelBlock == nil)
    #expect(convolution.destination.channelBlock == Processor.channelBlock)
  }

  @Test func convolvesInOneAndThreeDimensions() throws {
    func convolve(_ problem: ConvolutionProblem, _ source: [Float], _ weights: [Float]) throws -> [Float] {
      let convolution = try ConvolutionForward.prepare(problem)
      var destination = buffer(convolution.destination)
      try convolution.execute(
        source: reordered(source, from: plain(problem.sourceDimensions), to: convolution.source),
        weights: reordered(weights, from: problem.weightsDescriptor(), to: convolution.weights),
        destination: &destination)
      return try reordered(destination, from: convolution.destination, to: plain(problem.destinationDimensions))
    }
    let line = try ConvolutionProblem(
      source: [1, 1, 4], weights: [1, 1, 2], stride: Spatial([1]), paddingLow: Spatial([0]))
    #expect(try convolve(line, [1, 2, 3, 4], [1, 10]) == [21, 32, 43])
    let cube = try ConvolutionProblem(
      source: [1, 1, 2, 2, 2], weights: [1, 1, 2, 2, 2], stride: Spatial([1, 1, 1]), paddingLow: Spatial([0, 0, 0]))
    #expect(try convolve(cube, (1...8).map(Float.init), [Float](repeating: 1, count: 8)) == [36])
  }

  @Test func weightsMayHavePyTorchsStrides() throws {
    let problem = try ConvolutionProblem(
      source: [1, 4, 5, 5], weights: [4, 2, 3, 3], stride: Spatial([1, 1]), paddingLow: Spatial([1, 1]), groups: 2)
    let channelsLast = try problem.weightsDescriptor(strides: [18, 1, 6, 2])
    let weights = numbers(72)
    let there = try reordered(weights, from: problem.weightsDescriptor(), to: channelsLast)
    #expect(there[1] == weights[9])
    #expect(try reordered(there, from: channelsLast, to: problem.weightsDescriptor()) == weights)
  }

  @Test func shapesThatDoNotFitAreErrors() throws {
    let one = try Spatial([1, 1])
    let sources = [[1, 3, 8], [1, 4, 8, 8], [1, 3, 1, 1], [1, 3, -8, 8], [Int.max, 3, 8, 8]]
    for source in sources {
      #expect(throws: PrimitiveError.self) {
        try ConvolutionProblem(
          source: source, weights: [8, 3, 5, 5], stride: one, paddingLow: Spatial(repeating: 0, like: one))
      }
    }
    #expect(throws: PrimitiveError.self) { try Spatial([1, 1, 1, 1]) }
    #expect(throws: PrimitiveError.self) { try MemoryDescriptor([Int.max, Int.max], type: .float32) }
    #expect(throws: PrimitiveError.self) { try MemoryDescriptor([-1, 2], type: .float32) }
  }
}
