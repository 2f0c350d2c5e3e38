import Glibc

extension Tensor {
  /// Matrices of which only the elements on and below a diagonal are left.
  public func tril(_ diagonal: Int = 0) throws -> Tensor { try triangle("tril", diagonal, upper: false) }

  /// Matrices of which only the elements on and above a diagonal are left.
  public func triu(_ diagonal: Int = 0) throws -> Tensor { try triangle("triu", diagonal, upper: true) }

  private func triangle(_ name: String, _ diagonal: Int, upper: Bool) throws -> Tensor {
    guard rank >= 2 else { throw TensorError("\(name): input tensor must have at least 2 dimensions") }
    let result = try triangleCopy(diagonal, upper: upper)
    guard needsGradient(self) else { return result }
    return result.recorded(backwardName(name), [self]) { grad, _ in [try grad.triangle(name, diagonal, upper: upper)] }
  }

  private func triangleCopy(_ diagonal: Int, upper: Bool) throws -> Tensor {
    let result = try Tensor(empty: shape, dtype: dtype)
    guard count > 0 else { return result }
    let contiguous = try alias().contiguous()
    let (source, target) = (UnsafeRawPointer(try contiguous.pointer()), try result.overwritingPointer())
    let (rows, columns, size) = (shape[rank - 2], shape[rank - 1], dtype.size)
    // Past the matrix all diagonals are as good.
    let diagonal = Swift.max(-rows, Swift.min(columns, diagonal))
    try Parallel.forEach(count / columns, grain: Swift.max(1, Parallel.grain / columns)) { part in
      for row in part {
        // Before this column lies one side of the diagonal, from it on the other.
        let border = row % rows + diagonal + (upper ? 0 : 1)
        let first = Swift.max(0, Swift.min(columns, border))
        let (kept, cleared) = upper ? (first..<columns, 0..<first) : (0..<first, first..<columns)
        let start = row * columns
        target.advanced(by: (start + kept.lowerBound) * size).copyMemory(
          from: source.advanced(by: (start + kept.lowerBound) * size), byteCount: kept.count * size)
        memset(target.advanced(by: (start + cleared.lowerBound) * size), 0, cleared.count * size)
      }
    }
    return result
  }
}
