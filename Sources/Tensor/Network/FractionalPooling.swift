extension Functional {
  /// The largest element of each window, and its index in the flattened spatial dimensions, where windows lie apart by one of two
  /// neighbouring distances in an order drawn at random: `F.fractional_max_pool2d/3d`.
  ///
  /// Source: https://arxiv.org/abs/1412.6071
  /// - Parameters:
  ///   - input: `[N, C, *in]` or `[C, *in]`, with as many spatial dimensions as `kernel` has sizes, 2 or 3.
  ///   - output: the result's spatial dimensions.
  ///   - samples: `[N, C, 2 or 3]`, from 0 to 1, what the order comes from; drawn if nil.
  /// - Throws: ``TensorError`` for sizes that do not fit.
  public static func fractionalMaxPool(
    _ input: Tensor, kernel: [Int], output: [Int], samples: Tensor? = nil
  ) throws -> (values: Tensor, indices: Tensor) {
    let rank = kernel.count
    let channels = try input.size(-rank - 1)
    let batch = input.rank == rank + 1 ? 1 : input.shape[0]
    let samples = try samples ?? Tensor.rand([batch, channels, rank], dtype: input.dtype)
    try checkFractional(input, kernel, output, samples, batch: batch, channels: channels)
    let shape = Array(input.shape.dropLast(rank)) + output
    let values = try Tensor(empty: shape, dtype: input.dtype.computeKind == .double ? .float64 : .float32)
    let indices = try Tensor(empty: shape, dtype: .int64)
    let size = Array(input.shape.suffix(rank))
    // Of two dimensions the last has the first sample.
    let starts = try (0..<rank).map { axis in
      try windowStarts(
        samples.select(-1, rank == 2 ? 1 - axis : axis), input: size[axis], kernel: kernel[axis], count: output[axis])
    }
    let places = (size, starts, kernel)
    if values.dtype == .float64 {
      try pool(input, places, values, indices, lowest: -Double.infinity)
    } else {
      try pool(input, places, values, indices, lowest: -Float.infinity)
    }
    let result = try values.to(input.dtype)
    guard needsGradient(input) else { return (result, indices) }
    let original = input.shape
    let recorded = result.recorded("FractionalMaxPool\(rank)DBackward0", [input]) { grad, _ in
      [try unpool(grad, indices, to: original, rank: rank)]
    }
    return (recorded, indices)
  }

  private static func pool<T: ComputeElement & Numeric>(
    _ input: Tensor, _ places: (size: [Int], starts: [[Int]], kernel: [Int]), _ values: Tensor, _ indices: Tensor,
    lowest: T
  ) throws {
    let source = try input.alias().contiguous().to(T.dtype)
    let (from, to) = (source.count, values.count)
    guard from > 0, to > 0 else { return }
    let elements = UnsafePointer(try source.pointer().assumingMemoryBound(to: T.self))
    let targets = try values.overwritingPointer().assumingMemoryBound(to: T.self)
    let positions = try indices.overwritingPointer().assumingMemoryBound(to: Int64.self)
    let (step, outputStep) = (places.size.reduce(1, &*), values.shape.suffix(places.size.count).reduce(1, &*))
    try Parallel.forEach(from / step, grain: max(1, Parallel.grain / step)) { part in
      for plane in part {
        let starts = places.starts.enumerated().map { axis, starts in
          let count = values.shape[values.rank - places.size.count + axis]
          return Array(starts[plane * count..<(plane + 1) * count])
        }
        try PoolingKernels<T>.max(
          PoolingWindows(input: places.size, kernel: places.kernel, starts: starts), planes: 1,
          input: elements + plane * step, lowest: lowest, output: targets + plane * outputStep,
          indices: positions + plane * outputStep)
      }
    }
  }

  /// Where windows start along one dimension, `count` for each of the samples. All of it is rounded to the samples' type.
  private static func windowStarts(_ samples: Tensor, input: Int, kernel: Int, count: Int) throws -> [Int] {
    let (planes, dtype) = (samples.count, samples.dtype)
    guard count > 1, planes > 0 else { return [Int](repeating: input - kernel, count: planes * count) }
    func number(_ value: Int) throws -> Tensor { try Tensor.full([], .int(Int64(value)), dtype: dtype) }
    let distance = try number(input - kernel).div(number(count - 1))
    let column = try samples.alias().reshape([planes, 1])
    let steps = try Tensor.arange(0, .int(Int64(count - 1))).to(dtype)
    let first = try column.mul(distance).to(.int64)
    let starts = try steps.add(column).mul(distance).to(.int64).sub(first)
    let last = try Tensor.full([planes, 1], .int(Int64(input - kernel)), dtype: .int64)
    // Rounding must not carry a window past the end.
    return try Tensor.cat([starts, last], dim: 1).clamp(min: 0, max: input - kernel).integers().map(
      Int.init)
  }

  private static func checkFractional(
    _ input: Tensor, _ kernel: [Int], _ output: [Int], _ samples: Tensor, batch: Int, channels: Int
  ) throws {
    let rank = kernel.count
    let name = rank == 2 ? "fractional_max_pool2d()" : "fractional_max_pool3d_out()"
    guard input.rank == rank + 1 || input.rank == rank + 2 else {
      throw TensorError("\(name): Expected \(rank + 1)D or \(rank + 2)D tensor, but got: \(Shape.text(input.shape))")
    }
    let firstSize = input.rank - rank - 1
    if let empty = input.shape.indices.first(where: { $0 >= firstSize && input.shape[$0] == 0 }) {
      throw TensorError(
        "\(name): Expected input to have non-zero size for non-batch dimensions, but got\(Shape.text(input.shape)) with dimension \(empty) being empty."
      )
    }
    let names = ["time", "height", "width"].suffix(rank)
    for (axis, side) in names.enumerated() {
      let size = input.shape[input.rank - rank + axis]
      guard kernel[axis] <= size, output[axis] <= size, output[axis] &+ kernel[axis] &- 1 <= size else {
        throw TensorError(
          "\(name): pool \(side) \(kernel[axis]) too large relative to input \(side) \(size)")
      }
    }
    guard kernel.allSatisfy({ $0 >= 0 }) else {
      throw TensorError("\(name): kernel size should not be negative, but got \(Shape.text(kernel))")
    }
    if output.contains(where: { $0 < 0 }) {
      throw TensorError(
        "Trying to create tensor with negative dimension \(output.first { $0 < 0 } ?? 0): \(Shape.text(input.shape.dropLast(rank) + output))"
      )
    }
    guard input.dtype.isFloatingPoint else {
      throw notImplemented("fractional_max_pool\(rank)d_out_frame", input.dtype)
    }
    guard samples.dtype == input.dtype else {
      throw TensorError("Expect _random_samples to have the same dtype as input")
    }
    guard samples.rank == 3 else {
      throw TensorError("Expect _random_samples to have 3 dimensions, got \(samples.rank)")
    }
    guard samples.shape[0] >= batch else {
      throw TensorError("Expect _random_samples.size(0) no less then input batch size.")
    }
    guard samples.shape[1] == channels else {
      throw TensorError("Expect _random_samples.size(1) equals to input channel size.")
    }
    guard samples.shape[2] == rank else {
      throw TensorError("Expect _random_samples.size(2) equals to \(rank); got \(samples.shape[2]).")
    }
  }
}
