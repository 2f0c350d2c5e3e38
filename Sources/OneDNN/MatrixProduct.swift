import COneDNN

/// `destination = post-operations(left · right + bias)` for matrices, or batches of them: left (…, m, k), right (…, k, n),
/// destination (…, m, n).
///
/// All three have as many dimensions; a batch dimension of size 1 is repeated. Strides express transposition.
public final class MatrixProduct: Sendable {
  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let left, right, destination: MemoryDescriptor
    let bias: MemoryDescriptor?
    let postOperations: [PostOperation]
  }
  private static let cache = PrimitiveCache<Key, MatrixProduct>()

  /// - Parameter bias: Of as many dimensions as the destination, each equal or 1.
  public static func prepare(
    left: MemoryDescriptor, right: MemoryDescriptor, destination: MemoryDescriptor, bias: MemoryDescriptor? = nil,
    then postOperations: [PostOperation] = []
  ) throws -> MatrixProduct {
    let key = Key(left: left, right: right, destination: destination, bias: bias, postOperations: postOperations)
    return try cache.plan(for: key, operations: Double(destination.elementCount) * Double(left.dimensions.last ?? 1)) {
      try MatrixProduct(key)
    }
  }

  private init(_ key: Key) throws {
    let name = "matrix product"
    let detail = "\(key.left) by \(key.right) to \(key.destination)"
    var operation = dnnl_matmul_desc_t()
    try check(
      dnnl_matmul_desc_init(
        &operation, key.left.argument, key.right.argument, key.bias.argument, key.destination.argument),
      name, detail)
    let numbers = [DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST]
    primitive = try CompiledPrimitive(
      name, &operation, attributes: .with(key.postOperations),
      arguments: numbers + PrimitiveAttributes.operandNumbers(key.postOperations), detail: detail)
  }

  /// - Parameters:
  ///   - bias: The buffer of the bias, where `prepare` was given its layout.
  ///   - operands: The buffers of the binary post-operations, in their order.
  public func execute(
    left: UnsafeRawPointer, right: UnsafeRawPointer, bias: UnsafeRawPointer? = nil,
    destination: UnsafeMutableRawPointer, operands: [UnsafeRawPointer] = []
  ) throws {
    try primitive.execute {
      $0[0] = left
      $0[1] = right
      $0[2] = bias
      $0[3] = UnsafeRawPointer(destination)
      for index in operands.indices { $0[4 + index] = operands[index] }
    }
  }
}

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
