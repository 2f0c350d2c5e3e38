/// A matrix in memory, as a matrix product reads it: rows or columns are neighbours' lines, `lead` elements apart.
struct MatrixLayout {
  let isTransposed: Bool
  let lead: Int

  /// The layout of `rows` times `columns` elements with the given strides; nil where neither rows nor columns are dense.
  init?(rows: Int, columns: Int, rowStride: Int, columnStride: Int) {
    if columnStride == 1 || columns == 1, rowStride >= max(columns, 1) || rows == 1 {
      isTransposed = false
      lead = max(rows == 1 ? columns : rowStride, columns, 1)
    } else if rowStride == 1 || rows == 1, columnStride >= max(rows, 1) || columns == 1 {
      isTransposed = true
      lead = max(columns == 1 ? rows : columnStride, rows, 1)
    } else {
      return nil
    }
  }
}

extension Tensor {
  /// Products of matrices: `a` is `[batch, m, k]`, `b` is `[batch, k, n]`, the result `[batch, m, n]`; past autograd.
  ///
  /// A batch stride of 0 reads the same matrix for all.
  /// - Parameter kernel: what a complaint about the type calls it.
  static func multiplyMatrices(_ a: Tensor, _ b: Tensor, _ kernel: String) throws -> Tensor {
    let (batch, m, k, n) = (a.shape[0], a.shape[1], a.shape[2], b.shape[2])
    guard k > 0 else { return try Tensor.zeros([batch, m, n], dtype: a.dtype) }
    let result = try Tensor(empty: [batch, m, n], dtype: a.dtype)
    guard result.count > 0 else { return result }
    guard a.dtype.isComputable, a.dtype != .bool else { throw notImplemented(kernel, a.dtype) }
    switch a.dtype {
    case .float32: try gemm(a, b, result, Float.self)
    case .float64: try gemm(a, b, result, Double.self)
    case .float16, .bfloat16:
      return try multiplyMatrices(a.alias().to(.float32), b.alias().to(.float32), kernel).to(a.dtype)
    default:
      try multiplyIntegers(a, b, result)
    }
    return result
  }

  private static func dense(_ x: Tensor) throws -> (Tensor, MatrixLayout) {
    if let layout = MatrixLayout(
      rows: x.shape[1], columns: x.shape[2], rowStride: x.strides[1], columnStride: x.strides[2])
    {
      return (x, layout)
    }
    let packed = try x.alias().contiguous()
    guard
      let layout = MatrixLayout(
        rows: x.shape[1], columns: x.shape[2], rowStride: packed.strides[1], columnStride: packed.strides[2])
    else { throw TensorError("a contiguous matrix has no dense rows") }
    return (packed, layout)
  }

  private static func gemm<T: BLASElement>(_ a: Tensor, _ b: Tensor, _ out: Tensor, _ type: T.Type) throws {
    let ((a, layoutA), (b, layoutB)) = (try dense(a), try dense(b))
    let first = try a.pointer().assumingMemoryBound(to: T.self)
    let second = try b.pointer().assumingMemoryBound(to: T.self)
    let target = try out.overwritingPointer().assumingMemoryBound(to: T.self)
    for i in 0..<out.shape[0] {
      try T.gemm(
        rows: a.shape[1], columns: b.shape[2], inner: a.shape[2], a: first + i * a.strides[0], leadingA: layoutA.lead,
        transposesA: layoutA.isTransposed, b: second + i * b.strides[0], leadingB: layoutB.lead,
        transposesB: layoutB.isTransposed, beta: 0, c: target + i * out.strides[0], leadingC: b.shape[2])
    }
  }

  private static func multiplyIntegers(_ a: Tensor, _ b: Tensor, _ out: Tensor) throws {
    let (m, k, n) = (a.shape[1], a.shape[2], b.shape[2])
    let (first, second) = (try a.alias().to(.int64).contiguous(), try b.alias().to(.int64).contiguous())
    let sums = try Tensor.zeros(out.shape, dtype: .int64)
    let x = try first.pointer().assumingMemoryBound(to: Int64.self)
    let y = try second.pointer().assumingMemoryBound(to: Int64.self)
    let target = try sums.overwritingPointer().assumingMemoryBound(to: Int64.self)
    Parallel.forEach(out.shape[0] * m, grain: Swift.max(1, Parallel.grain / Swift.max(k * n, 1))) { part in
      for row in part {
        let matrix = y + row / m * k * n
        let line = target + row * n
        for j in 0..<k {
          let factor = x[row * k + j]
          map(UnsafePointer(line), matrix + j * n, line, n) { $0 &+ factor &* $1 }
        }
      }
    }
    try out.copyMemory(from: sums)
  }
}
