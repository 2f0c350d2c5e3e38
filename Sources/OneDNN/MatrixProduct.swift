import COneDNN

/// `c = alpha · op(a) · op(b) + beta · c` for row-major float32 matrices, without preparation: op(a) is `rows` x `inner`,
/// op(b) is `inner` x `columns`, and op transposes where asked.
/// - Parameters:
///   - leadingA, leadingB, leadingC: The distance between rows as they lie in memory, in elements.
/// - Throws: `PrimitiveError` if a size is negative or a leading distance too short.
public func multiplyMatrices(
  rows: Int, columns: Int, inner: Int, alpha: Float = 1, a: UnsafePointer<Float>, leadingA: Int,
  transposesA: Bool = false, b: UnsafePointer<Float>, leadingB: Int, transposesB: Bool = false, beta: Float = 0,
  c: UnsafeMutablePointer<Float>, leadingC: Int
) throws {
  let plain = CChar(bitPattern: UInt8(ascii: "N"))
  let transposed = CChar(bitPattern: UInt8(ascii: "T"))
  let status = ThreadLimit.with(operations: Double(rows) * Double(columns) * Double(inner)) {
    dnnl_sgemm(
      transposesA ? transposed : plain, transposesB ? transposed : plain, dnnl_dim_t(rows), dnnl_dim_t(columns),
      dnnl_dim_t(inner), alpha, a, dnnl_dim_t(leadingA), b, dnnl_dim_t(leadingB), beta, c, dnnl_dim_t(leadingC))
  }
  try check(status, "matrix product", "\(rows)x\(inner) by \(inner)x\(columns)")
}
