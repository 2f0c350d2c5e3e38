import Supervision

extension Tensor {
  /// How many elements fall into each of `bins` equal parts of `min ... max` (of the elements' range, if both are equal).
  public func histc(bins: Int = 100, min low: Double = 0, max high: Double = 0) throws -> Tensor {
    guard bins > 0 else { throw TensorError("torch.histogram(): bins must be > 0, but got \(bins) for dimension 0") }
    guard dtype != .bool else { throw notImplemented("linspace_cpu", dtype) }
    guard dtype.isFloatingPoint else { throw notImplemented("histogram_cpu", dtype) }
    let range = try histogramRange(low, high)
    try BufferPool.checkArray(of: Double.self, count: bins)
    var counts = [Double](repeating: 0, count: bins)
    for value in try doubles() where value >= range.low && value <= range.high {
      // A span past the largest number leaves the first bin, or none.
      let place = (value - range.low) / (range.high - range.low) * Double(bins)
      counts[place < Double(bins - 1) ? Int(place) : place.isNaN ? 0 : bins - 1] += 1
    }
    return try Tensor(counts, dtype: .float64).to(dtype)
  }

  private func histogramRange(_ low: Double, _ high: Double) throws -> (low: Double, high: Double) {
    var (first, last) = (low, high)
    if first == last && count > 0 {
      (first, last) = (try alias().min().item().double, try alias().max().item().double)
    }
    if first == last { (first, last) = (first - 1, last + 1) }
    guard first.isFinite, last.isFinite else {
      throw TensorError("torch.histc: range of [\(first), \(last)] is not finite")
    }
    guard first < last else { throw TensorError("torch.histc: max must be larger than min") }
    return (first, last)
  }

  /// Where the bins of a histogram begin and end.
  public enum HistogramBins {
    /// So many of equal width from the first end to the last; nil: from the smallest element to the largest.
    case equal(Int, range: (low: Double, high: Double)?)
    /// Between neighbours of a sorted vector.
    case edges(Tensor)
  }

  /// How many elements fall into each bin, or the sum of their weights, and the edges of the bins: `torch.histogram`. The last
  /// bin has both of its ends.
  ///
  /// - Parameter density: whether the counts are scaled so that their integral is 1.
  /// - Throws: ``TensorError`` for types other than float32 and float64, ranges without width, and weights of another shape.
  public func histogram(
    _ bins: HistogramBins, weight: Tensor? = nil, density: Bool = false
  ) throws -> (counts: Tensor, edges: Tensor) {
    let weights = try weight.map { weight in
      weight.shape == shape ? try weight.reshape([weight.count]) : weight
    }
    let found = try contiguous().reshape([count, 1]).histogramdd([bins], weight: weights, density: density)
    return (found.counts, found.edges[0])
  }

  /// How many of the points in the rows of this tensor fall into each cell of a grid, or the sum of their weights:
  /// `torch.histogramdd`.
  ///
  /// - Parameters:
  ///   - bins: those of each coordinate. The last bin has both of its ends.
  ///   - weight: of the tensor's shape without the last dimension, which holds the coordinates.
  ///   - density: whether the counts are scaled so that their integral is 1.
  /// - Returns: a tensor with a dimension for each coordinate, and the edges of its bins.
  /// - Throws: ``TensorError`` for types other than float32 and float64, ranges without width, and what does not fit.
  public func histogramdd(
    _ bins: [HistogramBins], weight: Tensor? = nil, density: Bool = false
  ) throws -> (counts: Tensor, edges: [Tensor]) {
    guard rank >= 2 else { throw TensorError("torch.histogramdd: input tensor should have at least 2 dimensions") }
    let coordinates = shape[rank - 1]
    guard dtype == .float32 || dtype == .float64 else { throw notImplemented("histogramdd", dtype) }
    if let weight {
      guard weight.shape == shape.dropLast() else {
        throw TensorError(
          "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, but got input with shape \(Shape.text(shape)) and weight with shape \(Shape.text(weight.shape))"
        )
      }
      guard weight.dtype == dtype else {
        throw TensorError(
          "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input(\(dtype.mangledTypeName)), and weight(\(weight.dtype.mangledTypeName))"
        )
      }
    }
    let points = try contiguous().reshape([try Shape.count(Array(shape.dropLast())), coordinates])
    let edges = try bins.enumerated().map { try points.select(1, $0.offset).histogramEdges($0.element, $0.offset) }
    let borders = try edges.map { try $0.doubles() }
    let sizes = borders.map { $0.count - 1 }
    let cells = try Shape.count(sizes)
    try BufferPool.checkArray(of: Double.self, count: cells)
    var counts = [Double](repeating: 0, count: cells)
    let (values, weights) = (try points.doubles(), try weight?.doubles())
    for point in 0..<points.shape[0] {
      if point % 4096 == 0 { try Interruption.check() }
      if let cell = borders.cell(of: values[(point * coordinates)...]) { counts[cell] += weights?[point] ?? 1 }
    }
    let result = try Tensor(counts, shape: sizes, dtype: .float64)
    guard density else { return (try result.to(dtype), edges) }
    var scaled = try result.div(counts.reduce(0, +))
    for (axis, border) in borders.enumerated() {
      let widths = try Tensor(zip(border.dropFirst(), border).map { $0 - $1 }, dtype: .float64)
      let wide = [Int](repeating: 1, count: sizes.count - axis - 1)
      scaled = try scaled.div(widths.reshape([sizes[axis]] + wide))
    }
    return (try scaled.to(dtype), edges)
  }

  /// - Parameter axis: which coordinate these are.
  private func histogramEdges(_ bins: HistogramBins, _ axis: Int) throws -> Tensor {
    switch bins {
    case .edges(let edges):
      guard edges.rank == 1 else {
        throw TensorError(
          "torch.histogramdd: bins tensor should have one dimension, but got \(edges.rank) dimensions in the bins tensor for dimension \(axis)"
        )
      }
      guard edges.count > 0 else {
        throw TensorError(
          "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins tensor for dimension \(axis)"
        )
      }
      guard edges.dtype == dtype else {
        throw TensorError(
          "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype \(dtype.mangledTypeName) and bins for dimension \(axis) with dtype \(edges.dtype.mangledTypeName)"
        )
      }
      return try edges.detach()
    case .equal(let number, let range):
      guard number > 0 else {
        throw TensorError("torch.histogram(): bins must be > 0, but got \(number) for dimension \(axis)")
      }
      var (low, high) = (0.0, 1.0)
      if let range {
        (low, high) = range
      } else if count > 0 {
        (low, high) = (try alias().min().item().double, try alias().max().item().double)
      }
      guard low.isFinite, high.isFinite else {
        throw TensorError(
          "torch.histogramdd: dimension \(axis)'s range [\(numberText(low)), \(numberText(high))] is not finite")
      }
      guard low <= high else {
        throw TensorError(
          "torch.histogramdd: min should not exceed max, but got min \(numberText(low)) max \(numberText(high)) for dimension \(axis)"
        )
      }
      if low == high { (low, high) = (low - 0.5, high + 0.5) }
      return try Tensor.linspace(.double(low), .double(high), number &+ 1, dtype: dtype)
    }
  }
}

extension [[Double]] {
  /// Between which of these edges the coordinates of a point lie, as an index into the grid of all cells; nil: outside.
  fileprivate func cell(of point: ArraySlice<Double>) -> Int? {
    var cell = 0
    for (edges, value) in zip(self, point) {
      guard let first = edges.first, let last = edges.last, edges.count > 1, value >= first, value <= last else {
        return nil
      }
      var (low, high) = (0, edges.count)
      while low < high {
        let middle = (low + high) / 2
        if edges[middle] <= value { low = middle + 1 } else { high = middle }
      }
      cell = cell * (edges.count - 1) + Swift.min(low, edges.count - 1) - 1
    }
    return cell
  }
}
