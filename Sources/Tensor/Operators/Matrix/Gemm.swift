import CLAPACK
import OneDNN

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
    case .float32: try gemmFloat(a, b, result)
    case .float64: try gemmDouble(a, b, result)
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

  /// - Throws: ``TensorError`` for sizes past what BLAS counts with.
  private static func checkedSizes(_ sizes: [Int]) throws -> [Int32] {
    try sizes.map { size in
      guard let value = Int32(exactly: size) else { throw TensorError("matrix product: size \(size) is too large") }
      return value
    }
  }

  private static func gemmFloat(_ a: Tensor, _ b: Tensor, _ out: Tensor) throws {
    let ((a, layoutA), (b, layoutB)) = (try dense(a), try dense(b))
    let first = try a.pointer().assumingMemoryBound(to: Float.self)
    let second = try b.pointer().assumingMemoryBound(to: Float.self)
    let target = try out.overwritingPointer().assumingMemoryBound(to: Float.self)
    for i in 0..<out.shape[0] {
      try OneDNN.multiplyMatrices(
        rows: a.shape[1], columns: b.shape[2], inner: a.shape[2], a: first + i * a.strides[0], leadingA: layoutA.lead,
        transposesA: layoutA.isTransposed, b: second + i * b.strides[0], leadingB: layoutB.lead,
        transposesB: layoutB.isTransposed, c: target + i * out.strides[0], leadingC: b.shape[2])
    }
  }

  private static func gemmDouble(_ a: Tensor, _ b: Tensor, _ out: Tensor) throws {
    let ((a, layoutA), (b, layoutB)) = (try dense(a), try dense(b))
    let s = try checkedSizes([a.shape[1], b.shape[2], a.shape[2], layoutA.lead, layoutB.lead])
    let first = try a.pointer().assumingMemoryBound(to: Double.self)
    let second = try b.pointer().assumingMemoryBound(to: Double.self)
    let target = try out.overwritingPointer().assumingMemoryBound(to: Double.self)
    for i in 0..<out.shape[0] {
      cblas_dgemm(
        Int32(CblasRowMajor), code(layoutA), code(layoutB), s[0], s[1], s[2], 1, first + i * a.strides[0], s[3],
        second + i * b.strides[0], s[4], 0, target + i * out.strides[0], s[1])
    }
  }

  private static func code(_ layout: MatrixLayout) -> Int32 {
    Int32(layout.isTransposed ? CblasTrans : CblasNoTrans)
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
