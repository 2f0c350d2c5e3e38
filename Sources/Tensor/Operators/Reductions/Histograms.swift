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
    guard dtype == .float32 || dtype == .float64 else { throw notImplemented("histogramdd", dtype) }
    if let weight {
      guard weight.shape == shape else {
        throw TensorError(
          "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, but got input with shape \(Shape.text([count, 1])) and weight with shape \(Shape.text([weight.count]))"
        )
      }
      guard weight.dtype == dtype else {
        throw TensorError(
          "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input(\(dtype.mangledTypeName)), and weight(\(weight.dtype.mangledTypeName))"
        )
      }
    }
    let edges = try histogramEdges(bins)
    let borders = try edges.doubles()
    let weights = try weight?.doubles()
    var counts = [Double](repeating: 0, count: borders.count - 1)
    for (position, value) in try doubles().enumerated() {
      guard let first = borders.first, let last = borders.last, value >= first, value <= last, !counts.isEmpty else {
        continue
      }
      var (low, high) = (0, borders.count)
      while low < high {
        let middle = (low + high) / 2
        if borders[middle] <= value { low = middle + 1 } else { high = middle }
      }
      counts[Swift.min(low, counts.count) - 1] += weights?[position] ?? 1
    }
    if density {
      let total = counts.reduce(0, +)
      for i in counts.indices { counts[i] /= total * (borders[i + 1] - borders[i]) }
    }
    return (try Tensor(counts, dtype: .float64).to(dtype), edges)
  }

  private func histogramEdges(_ bins: HistogramBins) throws -> Tensor {
    switch bins {
    case .edges(let edges):
      guard edges.rank == 1 else {
        throw TensorError(
          "torch.histogramdd: bins tensor should have one dimension, but got \(edges.rank) dimensions in the bins tensor for dimension 0"
        )
      }
      guard edges.count > 0 else {
        throw TensorError(
          "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins tensor for dimension 0"
        )
      }
      guard edges.dtype == dtype else {
        throw TensorError(
          "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype \(dtype.mangledTypeName) and bins for dimension 0 with dtype \(edges.dtype.mangledTypeName)"
        )
      }
      return try edges.detach()
    case .equal(let number, let range):
      guard number > 0 else {
        throw TensorError("torch.histogram(): bins must be > 0, but got \(number) for dimension 0")
      }
      var (low, high) = (0.0, 1.0)
      if let range {
        (low, high) = range
      } else if count > 0 {
        (low, high) = (try alias().min().item().double, try alias().max().item().double)
      }
      guard low.isFinite, high.isFinite else {
        throw TensorError(
          "torch.histogramdd: dimension 0's range [\(numberText(low)), \(numberText(high))] is not finite")
      }
      guard low <= high else {
        throw TensorError(
          "torch.histogramdd: min should not exceed max, but got min \(numberText(low)) max \(numberText(high)) for dimension 0"
        )
      }
      if low == high { (low, high) = (low - 0.5, high + 0.5) }
      return try Tensor.linspace(.double(low), .double(high), number &+ 1, dtype: dtype)
    }
  }
}
