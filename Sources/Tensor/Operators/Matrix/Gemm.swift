import Supervision

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

  /// Where a row begins, in elements.
  func offset(ofRow row: Int) -> Int { isTransposed ? row : row * lead }
  /// Where a column begins, in elements.
  func offset(ofColumn column: Int) -> Int { isTransposed ? column * lead : column }
}

/// A product of matrices in blocks of the result, each of which takes a fraction of a second: a call of a library cannot be
/// interrupted.
struct ProductBlocks {
  private let rows: Int
  private let columns: Int
  private let blockRows: Int
  private let blockColumns: Int

  /// Multiplications of one block.
  private static let multiplications = 1 << 33
  /// Sides from which on a block is multiplied as fast as the whole.
  private static let smallestSide = 256

  init(rows: Int, inner: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    // The quotient cannot overflow, as the product of sizes might.
    let lines = ProductBlocks.multiplications / Swift.max(inner, 1)
    blockRows = Swift.max(lines / Swift.max(columns, 1), Swift.min(ProductBlocks.smallestSide, rows), 1)
    blockColumns = Swift.max(lines / blockRows, ProductBlocks.smallestSide)
  }

  /// Calls `body` with the rows and columns of one block after the other.
  func forEach(_ body: (_ rows: Range<Int>, _ columns: Range<Int>) throws -> Void) throws {
    for top in stride(from: 0, to: rows, by: blockRows) {
      for left in stride(from: 0, to: columns, by: blockColumns) {
        try Interruption.check()
        try body(top..<Swift.min(top + blockRows, rows), left..<Swift.min(left + blockColumns, columns))
      }
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
    return try OperatorProfile.measure("matrix product") { try multiply(a, b, [batch, m, n], kernel) }
  }

  private static func multiply(_ a: Tensor, _ b: Tensor, _ shape: [Int], _ kernel: String) throws -> Tensor {
    let result = try Tensor(empty: shape, dtype: a.dtype)
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

  /// Multiplications of a matrix below which a call of a library takes longer than they do.
  private static let smallProduct = 512

  /// Products of small matrices, row by row.
  private static func multiplySmall<T: BLASElement>(
    _ a: Tensor, _ b: Tensor, _ out: Tensor, _ type: T.Type
  ) throws {
    let (m, k, n) = (a.shape[1], a.shape[2], b.shape[2])
    let second = try b.strides[2] == 1 ? b : b.alias().contiguous()
    let (stepsA, stepsB) = ((a.strides[0], a.strides[1], a.strides[2]), (second.strides[0], second.strides[1]))
    let first = try a.pointer().assumingMemoryBound(to: T.self)
    let lines = try second.pointer().assumingMemoryBound(to: T.self)
    let target = try out.overwritingPointer().assumingMemoryBound(to: T.self)
    try Parallel.forEach(out.shape[0], grain: Swift.max(1, Parallel.grain / (m * k * n))) { part in
      for i in part {
        for row in 0..<m {
          let sums = target + (i * m + row) * n
          for column in 0..<n { sums[column] = 0 }
          for inner in 0..<k {
            let factor = first[i &* stepsA.0 &+ row &* stepsA.1 &+ inner &* stepsA.2]
            let line = lines + (i &* stepsB.0 &+ inner &* stepsB.1)
            for column in 0..<n { sums[column] += factor * line[column] }
          }
        }
      }
    }
  }

  private static func gemm<T: BLASElement>(_ a: Tensor, _ b: Tensor, _ out: Tensor, _ type: T.Type) throws {
    if out.shape[0] > 1, a.shape[1] &* a.shape[2] &* b.shape[2] <= smallProduct,
      Swift.max(a.shape[1], a.shape[2], b.shape[2]) <= smallProduct
    {
      return try multiplySmall(a, b, out, type)
    }
    let ((a, layoutA), (b, layoutB)) = (try dense(a), try dense(b))
    let first = try a.pointer().assumingMemoryBound(to: T.self)
    let second = try b.pointer().assumingMemoryBound(to: T.self)
    let target = try out.overwritingPointer().assumingMemoryBound(to: T.self)
    let blocks = ProductBlocks(rows: a.shape[1], inner: a.shape[2], columns: b.shape[2])
    for i in 0..<out.shape[0] {
      try blocks.forEach { rows, columns in
        try T.gemm(
          rows: rows.count, columns: columns.count, inner: a.shape[2],
          a: first + i * a.strides[0] + layoutA.offset(ofRow: rows.lowerBound), leadingA: layoutA.lead,
          transposesA: layoutA.isTransposed,
          b: second + i * b.strides[0] + layoutB.offset(ofColumn: columns.lowerBound), leadingB: layoutB.lead,
          transposesB: layoutB.isTransposed, beta: 0,
          c: target + i * out.strides[0] + rows.lowerBound * b.shape[2] + columns.lowerBound, leadingC: b.shape[2])
      }
    }
  }

  private static func multiplyIntegers(_ a: Tensor, _ b: Tensor, _ out: Tensor) throws {
    let (m, k, n) = (a.shape[1], a.shape[2], b.shape[2])
    let (first, second) = (try a.alias().to(.int64).contiguous(), try b.alias().to(.int64).contiguous())
    let sums = try Tensor.zeros(out.shape, dtype: .int64)
    let x = try first.pointer().assumingMemoryBound(to: Int64.self)
    let y = try second.pointer().assumingMemoryBound(to: Int64.self)
    let target = try sums.overwritingPointer().assumingMemoryBound(to: Int64.self)
    try Parallel.forEach(out.shape[0] * m, grain: Swift.max(1, Parallel.grain / Swift.max(k * n, 1))) { part in
      for row in part {
        try Interruption.check()
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
