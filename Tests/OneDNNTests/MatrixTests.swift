import OneDNN
import Testing

@Suite struct MatrixTests {
  /// Row-major (m, k) by (k, n).
  private func product(_ a: [Float], _ b: [Float], _ m: Int, _ k: Int, _ n: Int) -> [Float] {
    var result = [Float](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        result[i * n + j] = Float((0..<k).reduce(0.0) { $0 + Double(a[i * k + $1]) * Double(b[$1 * n + j]) })
      }
    }
    return result
  }

  @Test func productOfMatrices() throws {
    let a = numbers(5 * 7, seed: 1)
    let b = numbers(7 * 6, seed: 2)
    let expected = product(a, b, 5, 7, 6)
    let left = try MemoryDescriptor([5, 7], type: .float32)
    let destination = try MemoryDescriptor([5, 6], type: .float32)
    var result = [Float](repeating: 0, count: 30)
    try MatrixProduct.prepare(
      left: left, right: MemoryDescriptor([7, 6], type: .float32), destination: destination
    ).execute(left: a, right: b, destination: &result)
    #expect(difference(result, expected) < 1e-6)

    var transposed = [Float](repeating: 0, count: 42)
    for i in 0..<7 { for j in 0..<6 { transposed[j * 7 + i] = b[i * 6 + j] } }
    let bias = numbers(6, seed: 3)
    try MatrixProduct.prepare(
      left: left, right: MemoryDescriptor([7, 6], strides: [1, 7], type: .float32), destination: destination,
      bias: MemoryDescriptor([1, 6], type: .float32)
    ).execute(left: a, right: transposed, bias: bias, destination: &result)
    #expect(difference(result, expected.indices.map { expected[$0] + bias[$0 % 6] }) < 1e-6)

    try multiplyMatrices(
      rows: 5, columns: 6, inner: 7, a: a, leadingA: 7, b: transposed, leadingB: 7, transposesB: true, c: &result,
      leadingC: 6)
    #expect(difference(result, expected) < 1e-6)
  }

  @Test func batchesRepeatWhereTheirSizeIsOne() throws {
    let a = numbers(3 * 2 * 4, seed: 1)
    let b = numbers(4 * 5, seed: 2)
    var result = [Float](repeating: 0, count: 30)
    try MatrixProduct.prepare(
      left: MemoryDescriptor([3, 2, 4], type: .float32), right: MemoryDescriptor([1, 4, 5], type: .float32),
      destination: MemoryDescriptor([3, 2, 5], type: .float32)
    ).execute(left: a, right: b, destination: &result)
    #expect(difference(result, product(a, b, 6, 4, 5)) < 1e-6)
  }

  @Test func innerProductAndItsGradients() throws {
    let (batch, inputs, outputs) = (4, 6, 5)
    let problem = InnerProductProblem(batch: batch, inputs: inputs, outputs: outputs)
    let source = numbers(batch * inputs, seed: 1)
    let weights = numbers(outputs * inputs, seed: 2)
    let bias = numbers(outputs, seed: 3)
    let gradient = numbers(batch * outputs, seed: 4)
    func transposed(_ values: [Float], _ rows: Int, _ columns: Int) -> [Float] {
      (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
    }

    var result = [Float](repeating: 0, count: batch * outputs)
    try InnerProductForward.prepare(problem, weights: .rowMajor, hasBias: true)
      .execute(source: source, weights: weights, bias: bias, destination: &result)
    let product1 = product(source, transposed(weights, outputs, inputs), batch, inputs, outputs)
    #expect(difference(result, product1.indices.map { product1[$0] + bias[$0 % outputs] }) < 1e-6)

    var sourceGradient = [Float](repeating: 0, count: batch * inputs)
    try InnerProductBackwardData.prepare(problem, weights: .rowMajor)
      .execute(gradient: gradient, weights: weights, sourceGradient: &sourceGradient)
    #expect(difference(sourceGradient, product(gradient, weights, batch, outputs, inputs)) < 1e-6)

    var weightsGradient = [Float](repeating: 0, count: outputs * inputs)
    var biasGradient = [Float](repeating: 0, count: outputs)
    try InnerProductBackwardWeights.prepare(problem, hasBias: true)
      .execute(source: source, gradient: gradient, weightsGradient: &weightsGradient, biasGradient: &biasGradient)
    #expect(
      difference(weightsGradient, product(transposed(gradient, batch, outputs), source, outputs, batch, inputs)) < 1e-6)
    #expect(
      difference(biasGradient, (0..<outputs).map { o in (0..<batch).reduce(0) { $0 + gradient[$1 * outputs + o] } })
        < 1e-6)
  }

  @Test func bfloat16ProductsGiveFloat32() throws {
    // 1, 2, 3, 4 by the identity.
    let a: [UInt16] = [0x3F80, 0x4000, 0x4040, 0x4080]
    let b: [UInt16] = [0x3F80, 0, 0, 0x3F80]
    var result = [Float](repeating: 0, count: 4)
    let half = try MemoryDescriptor([2, 2], type: .bfloat16)
    do {
      try MatrixProduct.prepare(left: half, right: half, destination: MemoryDescriptor([2, 2], type: .float32))
        .execute(left: a, right: b, destination: &result)
      #expect(result == [1, 2, 3, 4])
    } catch let error as PrimitiveError {
      #expect(error.reason == .unimplemented && !Processor.hasBFloat16)
    }
  }

  @Test func softmaxAndItsGradient() throws {
    let layout = try MemoryDescriptor([2, 3], type: .float32)
    let source: [Float] = [1, 2, 3, -1, 0, 1]
    var result = [Float](repeating: 0, count: 6)
    try SoftmaxForward.prepare(source: layout, destination: layout, axis: 1).execute(
      source: source, destination: &result)
    let expected: [Float] = [0.09003057, 0.24472848, 0.6652409, 0.09003057, 0.24472848, 0.6652409]
    #expect(difference(result, expected) < 1e-6)
    var gradient = [Float](repeating: 0, count: 6)
    try SoftmaxBackward.prepare(destination: layout, gradient: layout, sourceGradient: layout, axis: 1)
      .execute(destination: result, gradient: [1, 0, 0, 0, 0, 1] as [Float], sourceGradient: &gradient)
    #expect(
      difference(
        gradient, [0.08192507, -0.02203304, -0.05989202, -0.05989202, -0.16280352, 0.22269545]) < 1e-5)

    try SoftmaxForward.prepare(source: layout, destination: layout, axis: 1, isLogarithm: true)
      .execute(source: source, destination: &result)
    #expect(difference(result, [-2.407606, -1.407606, -0.407606, -2.407606, -1.407606, -0.407606]) < 1e-6)
  }
}
