import Supervision

extension Tensor {
  /// The distinct elements, sorted; for each element where it is among them; how often each appears.
  public func unique(sorted: Bool = true) throws -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    let flat = try alias().contiguous().reshape([count])
    let (values, order) = try flat.sort(0)
    let (distinct, groups, counts) = try values.unsqueeze(1).grouped()
    let inverse = try Tensor.zeros([count], dtype: .int64).scatter(0, order, groups)
    return (try undifferentiable(distinct.reshape([distinct.count]), "_unique2"), try inverse.reshape(shape), counts)
  }

  /// A result whose derivative PyTorch does not know.
  private func undifferentiable(_ result: Tensor, _ name: String) -> Tensor {
    guard needsGradient(self) else { return result }
    return result.recorded("NotImplemented", [self]) { _, _ in
      throw TensorError("the derivative for '\(name)' is not implemented.")
    }
  }

  /// The distinct slices along `dim` in lexicographic order; for each slice where it is among them; how often each appears.
  public func unique(dim: Int) throws -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    let axis = try wrapDimension(dim, rank: rank)
    guard rank > 0 else { throw TensorError.index("Dimension specified as \(axis) but tensor has no dimensions") }
    let (rows, restored) = try slices(axis)
    // Sorted by the last column first: each stable pass keeps the order of the later columns among equal elements.
    let order = try rows.lexicographicOrder()
    let (distinct, groups, counts) = try rows.indexSelect(0, order).grouped()
    let inverse = try Tensor.zeros([rows.shape[0]], dtype: .int64).scatter(0, order, groups)
    return (undifferentiable(try restored(distinct), "unique_dim"), inverse, counts)
  }

  /// The elements, or slices along `dim`, without the ones equal to their predecessor.
  public func uniqueConsecutive(dim: Int? = nil) throws -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    guard let dim else {
      let flat = try alias().contiguous().reshape([count, 1])
      let (distinct, groups, counts) = try flat.grouped()
      let values = try distinct.reshape([distinct.count])
      return (undifferentiable(values, "unique_consecutive"), try groups.reshape(shape), counts)
    }
    let axis = try wrapDimension(dim, rank: rank)
    guard rank > 0 else { throw TensorError.index("Dimension specified as \(axis) but tensor has no dimensions") }
    let (rows, restored) = try slices(axis)
    let (distinct, groups, counts) = try rows.grouped()
    return (undifferentiable(try restored(distinct), "unique_dim_consecutive"), groups, counts)
  }

  /// The slices along `axis` as rows of a matrix, and the way back.
  private func slices(_ axis: Int) throws -> (Tensor, (Tensor) throws -> Tensor) {
    let moved = try alias().movedim([axis], [0])
    let size = shape[axis]
    let rest = Array(moved.shape.dropFirst())
    guard size == 0 || !rest.contains(0) else {
      throw TensorError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    }
    let rows = try moved.contiguous().reshape([size, try Shape.count(rest)])
    return (rows, { try $0.reshape([$0.shape[0]] + rest).movedim([0], [axis]).contiguous() })
  }

  private func lexicographicOrder() throws -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    let values = try doubles()
    let order = try (0..<Int64(rows)).sorted { a, b in
      try Interruption.check()
      for column in 0..<columns {
        let (u, v) = (values[Int(a) * columns + column], values[Int(b) * columns + column])
        if u != v { return u < v }
      }
      return a < b
    }
    return try Tensor(order, dtype: .int64)
  }

  /// Rows that differ from their predecessor; for each row its group's number; the groups' sizes.
  private func grouped() throws -> (Tensor, Tensor, Tensor) {
    let (rows, columns) = (shape[0], shape[1])
    guard rows > 0 else {
      return (self, try Tensor(empty: [0], dtype: .int64), try Tensor(empty: [0], dtype: .int64))
    }
    let changes =
      columns == 0
      ? try Tensor.zeros([rows - 1], dtype: .bool) : try narrow(0, 1, rows - 1).ne(narrow(0, 0, rows - 1)).any([1])
    let starts = try Tensor.cat([Tensor.ones([1], dtype: .bool), changes])
    let groups = try starts.cumsum(0).sub(1)
    let positions = try starts.nonzero().reshape([-1])
    let ends = try Tensor.cat([positions.narrow(0, 1, positions.count - 1), Tensor([Int64(rows)], dtype: .int64)])
    return (try indexSelect(0, positions), groups, try ends.sub(positions))
  }
}
