extension Functional {
  /// The `p`-th root of the sum of each window's `p`-th powers: `F.lp_pool1d/2d/3d`.
  ///
  /// - Parameter stride: the kernel's size if nil.
  public static func powerPool(
    _ input: Tensor, p: Double, kernel: [Int], stride: [Int]? = nil, ceilMode: Bool = false
  ) throws -> Tensor {
    let means = try averagePool(input.pow(p), kernel: kernel, stride: stride, ceilMode: ceilMode)
    let size = kernel.reduce(1) { $0 &* $1 }
    return try means.sign().mul(means.abs().relu()).mul(size).pow(1 / p)
  }

  /// Elements put back to where max pooling found them, among zeros: `F.max_unpool1d/2d/3d`.
  ///
  /// - Parameters:
  ///   - input: `[N, C, *]` or `[C, *]`.
  ///   - indices: of the same shape, positions in the flattened spatial dimensions of the result.
  ///   - outputSize: the result's spatial dimensions, or its shape; by default the smallest that was pooled to this size.
  public static func maxUnpool(
    _ input: Tensor, _ indices: Tensor, kernel: [Int], stride: [Int], padding: [Int], outputSize: [Int]? = nil
  ) throws -> Tensor {
    let rank = kernel.count
    guard indices.dtype == .int64 else {
      throw TensorError(
        "elements in indices should be type int64"
          + (rank == 3 ? "" : " but got: \(indices.dtype.scalarTypeName)"))
    }
    guard input.rank == rank + 1 || input.rank == rank + 2 else {
      throw TensorError(
        "Input to max_unpooling\(rank)d should be a \(rank + 1)d or \(rank + 2)d Tensor, but got a tensor with \(input.rank) dimensions."
      )
    }
    // One dimension is computed as the first of two.
    let unit = rank == 1 ? [1] : []
    guard input.shape == indices.shape else {
      throw TensorError(
        "Expected shape of indices to be same as that of the input tensor (\(Shape.text(input.shape + unit))) but got indices tensor with shape: \(Shape.text(indices.shape + unit))"
      )
    }
    guard input.dtype.isComputable, input.dtype != .bool else {
      throw notImplemented("max_unpool\(rank == 3 ? 3 : 2)d", input.dtype)
    }
    let size = try unpooledSize(input, kernel, stride, padding, outputSize)
    let leading = Array(input.shape.dropLast(rank))
    let flat = try Shape.count(size)
    let places = try indices.reshape(leading + [indices.count / Swift.max(leading.reduce(1, *), 1)])
    if let wrong = try places.integers().first(where: { $0 < 0 || $0 >= Int64(flat) }) {
      let volume = (size + unit).map(String.init).joined(separator: "x")
      throw TensorError("Found an invalid max index: \(wrong) (output volumes are of size \(volume))")
    }
    return try Tensor.zeros(leading + [flat], dtype: input.dtype)
      .scatter(-1, places, input.reshape(places.shape)).reshape(leading + size)
  }

  private static func unpooledSize(
    _ input: Tensor, _ kernel: [Int], _ stride: [Int], _ padding: [Int], _ wanted: [Int]?
  ) throws -> [Int] {
    let rank = kernel.count
    let smallest = (0..<rank).map { k in
      (input.shape[input.rank - rank + k] - 1) &* stride[k] &+ kernel[k] &- 2 &* padding[k]
    }
    guard let wanted else { return smallest }
    let size = wanted.count == rank + 2 ? Array(wanted.dropFirst(2)) : wanted
    guard size.count == rank else {
      throw TensorError(
        "output_size should be a sequence containing \(rank) or \(rank + 2) elements, but it has a length of '\(size.count)'",
        kind: .value)
    }
    for k in 0..<rank {
      let (low, high) = (smallest[k] &- stride[k], smallest[k] &+ stride[k])
      guard low < size[k] && size[k] < high else {
        throw TensorError(
          "invalid output_size \"\(Shape.sizeText(size))\" (dim \(k) must be between \(low) and \(high))", kind: .value)
      }
    }
    return size
  }
}
