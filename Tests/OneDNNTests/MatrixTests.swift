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
    var transposed = [Float](repeating: 0, count: 42)
    for i in 0..<7 { for j in 0..<6 { transposed[j * 7 + i] = b[i * 6 + j] } }
    var result = [Float](repeating: 0, count: 30)
    try multiplyMatrices(
      rows: 5, columns: 6, inner: 7, a: a, leadingA: 7, b: transposed, leadingB: 7, transposesB: true, c: &result,
      leadingC: 6)
    #expect(difference(result, expected) < 1e-6)
  }
}
