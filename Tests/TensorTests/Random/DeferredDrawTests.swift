import Tensor
import Testing

/// Values are drawn when somebody reads them, and nobody can tell.
@Suite struct DeferredDrawTests {
  private let shape = [3, 40]

  private func three(_ generator: Generator) throws -> [Tensor] {
    [
      try Tensor.uniform(shape, -1, 1, generator: generator),
      try Tensor.normal(shape, mean: 0, deviation: 2, generator: generator),
      try Tensor.normal([5], mean: 0, deviation: 1, generator: generator),
    ]
  }

  private func expected() throws -> [[Double]] {
    let generator = Generator(seed: 3)
    return try three(generator).map { try $0.doubles() } + [try Tensor.rand([4], generator: generator).doubles()]
  }

  @Test func theOrderOfReadsDoesNotMatter() throws {
    let expected = try expected()
    let generator = Generator(seed: 3)
    let drawn = try three(generator)
    #expect(try Tensor.rand([4], generator: generator).doubles() == expected[3])
    for index in [2, 0, 1] { #expect(try drawn[index].doubles() == expected[index]) }
  }

  @Test func whatIsOverwrittenStillCounts() throws {
    let expected = try expected()
    let generator = Generator(seed: 3)
    let drawn = try three(generator)
    try drawn[0].copyInPlace(try Tensor.zeros(shape))
    try drawn[2].copyInPlace(try Tensor.zeros([5]))
    #expect(try Tensor.rand([4], generator: generator).doubles() == expected[3])
    #expect(try drawn[1].doubles() == expected[1])
    #expect(try drawn[0].doubles().allSatisfy { $0 == 0 })
  }

  @Test func whatIsGoneStillCounts() throws {
    let expected = try expected()
    let generator = Generator(seed: 3)
    _ = try three(generator)
    #expect(try Tensor.rand([4], generator: generator).doubles() == expected[3])
  }

  @Test func aNewSeedLeavesOldDrawsAsTheyWere() throws {
    let expected = try expected()
    let generator = Generator(seed: 3)
    let drawn = try three(generator)
    generator.manualSeed(8)
    #expect(try drawn[1].doubles() == expected[1])
    #expect(
      try Tensor.rand([4], generator: generator).doubles() == Tensor.rand([4], generator: Generator(seed: 8)).doubles())
    #expect(try drawn[0].doubles() == expected[0])
  }

  @Test func drawingTwiceIntoATensorKeepsTheSecond() throws {
    let generator = Generator(seed: 3)
    let x = try Tensor.zeros([20])
    try x.uniformInPlace(generator: generator)
    try x.normalInPlace(generator: generator)
    let other = Generator(seed: 3)
    _ = try Tensor.rand([20], generator: other)
    #expect(try x.doubles() == Tensor.randn([20], generator: other).doubles())
  }

  @Test func aViewOfAWaitingTensorReadsItsValues() throws {
    let expected = try expected()
    let generator = Generator(seed: 3)
    let row = try three(generator)[0].select(0, 1)
    #expect(try row.doubles() == Array(expected[0][40..<80]))
  }
}
