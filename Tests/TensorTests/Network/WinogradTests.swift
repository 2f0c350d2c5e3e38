import Tensor
import Testing

/// Convolutions of 3x3 kernels with stride 1 in float32 give, with their gradients, what the formula gives in float64.
@Suite struct WinogradTests {
  struct Case: CustomTestStringConvertible {
    let batch, inputs, outputs, height, width: Int
    var padding = [1, 1]
    var hasBias = false

    var testDescription: String {
      "\(batch)x\(inputs)x\(height)x\(width) to \(outputs) channels, padding \(padding)\(hasBias ? ", bias" : "")"
    }
  }

  private static let cases = [
    Case(batch: 1, inputs: 16, outputs: 16, height: 8, width: 8),
    Case(batch: 2, inputs: 64, outputs: 64, height: 13, width: 9, hasBias: true),
    // Channels that do not fill their blocks, and columns that do not fill a product.
    Case(batch: 3, inputs: 9, outputs: 21, height: 6, width: 7, hasBias: true),
    Case(batch: 4, inputs: 40, outputs: 112, height: 5, width: 5),
    // Images smaller than a patch, and results smaller than a tile.
    Case(batch: 8, inputs: 16, outputs: 16, height: 3, width: 3),
    Case(batch: 9, inputs: 24, outputs: 8, height: 5, width: 5, padding: [0, 0]),
    Case(batch: 4, inputs: 16, outputs: 24, height: 7, width: 6, padding: [2, 0]),
    // Tiles of each size at the borders, alone and below and beside whole ones.
    Case(batch: 3, inputs: 16, outputs: 32, height: 14, width: 14),
    Case(batch: 2, inputs: 32, outputs: 16, height: 9, width: 10, hasBias: true),
    Case(batch: 5, inputs: 16, outputs: 16, height: 11, width: 8),
    Case(batch: 16, inputs: 16, outputs: 16, height: 2, width: 7),
    Case(batch: 16, inputs: 24, outputs: 16, height: 12, width: 1, padding: [1, 2]),
    // So few results that oneDNN computes them directly.
    Case(batch: 2, inputs: 16, outputs: 16, height: 1, width: 2),
    // Few tiles and many channels: weights are transformed in pieces.
    Case(batch: 1, inputs: 160, outputs: 144, height: 7, width: 7),
    // More tiles than are transformed at a time.
    Case(batch: 40, inputs: 128, outputs: 16, height: 30, width: 30),
  ]

  private struct Outcome {
    let result, source, weight: Tensor
    let bias: Tensor?
  }

  private func outcome(_ shape: Case, _ dtype: DType) throws -> Outcome {
    let generator = Generator(seed: 3)
    func leaf(_ shape: [Int]) throws -> Tensor {
      let leaf = try Tensor.randn(shape, generator: generator).to(dtype)
      try leaf.setRequiresGrad(true)
      return leaf
    }
    let source = try leaf([shape.batch, shape.inputs, shape.height, shape.width])
    let weight = try leaf([shape.outputs, shape.inputs, 3, 3])
    let bias = shape.hasBias ? try leaf([shape.outputs]) : nil
    let result = try Functional.convolution(
      source, weight, bias, stride: [1, 1], padding: .sizes(shape.padding), dilation: [1, 1])
    let gradient = try Tensor.randn(result.shape, generator: generator).to(dtype)
    try Autograd.backward([result], gradients: [gradient])
    return Outcome(
      result: try result.detach(), source: try #require(source.grad), weight: try #require(weight.grad),
      bias: bias?.grad)
  }

  private func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
    let largest = try b.doubles().reduce(0) { max($0, abs($1)) }
    return try zip(a.doubles(), b.doubles()).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
  }

  @Test(arguments: cases) func resultsAndGradientsFollowTheFormula(_ shape: Case) throws {
    let (found, expected) = (try outcome(shape, .float32), try outcome(shape, .float64))
    #expect(try difference(found.result, expected.result) < 1e-5)
    #expect(try difference(found.source, expected.source) < 1e-5)
    #expect(try difference(found.weight, expected.weight) < 1e-5)
    if let bias = found.bias, let other = expected.bias { #expect(try difference(bias, other) < 1e-5) }
  }

  @Test func whatIsNoNumberStaysOne() throws {
    let source = try Tensor.zeros([1, 16, 8, 8])
    _ = try source.select(1, 3).select(1, 4).select(1, 4).fillInPlace(Double.nan)
    let weight = try Tensor.ones([16, 16, 3, 3])
    let result = try GradMode.with(false) {
      try Functional.convolution(
        source, weight, stride: [1, 1], padding: .sizes([1, 1]), dilation: [1, 1]
      ).relu()
    }
    #expect(try result.doubles().contains { $0.isNaN })
  }
}
