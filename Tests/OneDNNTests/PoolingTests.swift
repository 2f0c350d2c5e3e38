import OneDNN
import Testing

@Suite struct PoolingTests {
  private func problem(_ kind: PoolingProblem.Kind) throws -> PoolingProblem {
    try PoolingProblem(
      kind, source: [1, 1, 4, 4], output: Spatial([2, 2]), kernel: Spatial([3, 3]), stride: Spatial([2, 2]),
      paddingLow: Spatial([1, 1]))
  }
  private let source = (0..<16).map(Float.init)

  private func forward(_ kind: PoolingProblem.Kind) throws -> [Float] {
    let pooling = try PoolingForward.prepare(
      problem(kind), source: .rowMajor, destination: .rowMajor, isTraining: false)
    var result = buffer(pooling.destination)
    try pooling.execute(source: source, destination: &result)
    return result
  }

  @Test func takesTheMaximumOrTheMeanOfEachWindow() throws {
    #expect(try forward(.maximum) == [5, 7, 13, 15])
    #expect(difference(try forward(.averageWithoutPadding), [2.5, 4, 8.5, 10]) < 1e-6)
    #expect(difference(try forward(.averageWithPadding), [10 / 9, 24 / 9, 51 / 9, 10]) < 1e-6)
  }

  @Test(arguments: [Layout.rowMajor, .channelBlocked])
  func maximumPassesItsGradientToWhereItWas(layout: Layout) throws {
    let problem = try problem(.maximum)
    let pooling = try PoolingForward.prepare(problem, source: layout, isTraining: true)
    let plain = try MemoryDescriptor([1, 1, 4, 4], type: .float32)
    let plainGradient = try MemoryDescriptor([1, 1, 2, 2], type: .float32)
    var result = buffer(pooling.destination)
    var workspace = [UInt8](repeating: 0, count: max(pooling.workspaceByteCount, 1))
    try pooling.execute(
      source: reordered(source, from: plain, to: pooling.source), destination: &result, workspace: &workspace)
    #expect(try reordered(result, from: pooling.destination, to: plainGradient) == [5, 7, 13, 15])
    let backward = try PoolingBackward.prepare(
      problem, forward: pooling, sourceGradient: .exactly(pooling.source), gradient: .exactly(pooling.destination))
    var sourceGradient = buffer(backward.sourceGradient)
    try backward.execute(
      gradient: reordered([1, 2, 3, 4], from: plainGradient, to: backward.gradient), sourceGradient: &sourceGradient,
      workspace: workspace)
    var expected = [Float](repeating: 0, count: 16)
    (expected[5], expected[7], expected[13], expected[15]) = (1, 2, 3, 4)
    #expect(try reordered(sourceGradient, from: backward.sourceGradient, to: plain) == expected)
  }

  @Test func windowsThatDoNotFitAreErrors() {
    #expect(throws: PrimitiveError.self) {
      try PoolingProblem(
        .maximum, source: [1, 1, 4, 4], output: Spatial([2, 2]), kernel: Spatial([2, 2]), stride: Spatial([2, 2]),
        paddingLow: Spatial([2, 2]))
    }
  }
}
