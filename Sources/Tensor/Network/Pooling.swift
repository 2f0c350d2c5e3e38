extension Functional {
  /// The largest element of each window, and its index in the flattened spatial dimensions:
  /// `F.max_pool2d(…, {return_indices = true})` and its kin.
  ///
  /// - Parameters:
  ///   - input: `[N, C, *in]` or `[C, *in]`, with as many spatial dimensions as `kernel` has sizes.
  ///   - stride: the kernel's size if nil.
  /// - Throws: ``TensorError`` for sizes that do not fit.
  public static func maxPoolWithIndices(
    _ input: Tensor, kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil,
    ceilMode: Bool = false
  ) throws -> (values: Tensor, indices: Tensor) {
    let windows = try windows(
      input, "max_pool\(kernel.count)d", kernel, stride, padding, dilation, ceilMode: ceilMode)
    return try maxPool(input, windows, name: "MaxPool\(kernel.count)DWithIndicesBackward0")
  }

  /// The largest element of each window: `F.max_pool1d/2d/3d`.
  public static func maxPool(
    _ input: Tensor, kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil,
    ceilMode: Bool = false
  ) throws -> Tensor {
    let windows = try windows(
      input, "max_pool\(kernel.count)d", kernel, stride, padding, dilation, ceilMode: ceilMode)
    if let fast = try BlockedPooling.max(input, windows) { return fast }
    return try maxPool(input, windows, name: "MaxPool\(kernel.count)DWithIndicesBackward0").values
  }

  /// The mean of each window: `F.avg_pool1d/2d/3d`.
  ///
  /// - Parameters:
  ///   - countIncludePad: whether zeros of the padding count in the mean.
  ///   - divisorOverride: divides the sum instead of the number of elements.
  public static func averagePool(
    _ input: Tensor, kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, ceilMode: Bool = false,
    countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) throws -> Tensor {
    guard divisorOverride != 0 else { throw TensorError("divisor must be not zero") }
    let windows = try windows(input, "avg_pool\(kernel.count)d", kernel, stride, padding, nil, ceilMode: ceilMode)
    if divisorOverride == nil,
      let fast = try BlockedPooling.average(input, windows, countIncludePad: countIncludePad)
    {
      return fast
    }
    return try average(
      input, windows, countIncludePad: countIncludePad, divisor: divisorOverride,
      name: "AvgPool\(kernel.count)DBackward0")
  }

  /// The mean of each of `output` equal parts: `F.adaptive_avg_pool1d/2d/3d`. A nil size keeps the input's.
  public static func adaptiveAveragePool(_ input: Tensor, output: [Int?]) throws -> Tensor {
    let windows = try adaptiveWindows(input, "adaptive_avg_pool\(output.count)d()", output)
    if let fast = try BlockedPooling.average(input, windows, countIncludePad: false) { return fast }
    return try average(
      input, windows, countIncludePad: false, divisor: nil, name: "AdaptiveAvgPool\(output.count)DBackward0")
  }

  /// The largest element of each of `output` equal parts, with indices: `F.adaptive_max_pool1d/2d/3d`.
  public static func adaptiveMaxPool(
    _ input: Tensor, output: [Int?]
  ) throws -> (values: Tensor, indices: Tensor) {
    let windows = try adaptiveWindows(input, "adaptive_max_pool\(output.count)d()", output)
    return try maxPool(input, windows, name: "AdaptiveMaxPool\(output.count)DBackward0")
  }

  private static func windows(
    _ input: Tensor, _ name: String, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int]?, _ dilation: [Int]?,
    ceilMode: Bool
  ) throws -> PoolingWindows {
    let rank = kernel.count
    guard (1...3).contains(rank) else {
      throw TensorError("\(name): kernel_size must either be a single int, or a tuple of 1 to 3 ints")
    }
    try checkRank(input, rank, name)
    return try PoolingWindows(
      input: Array(input.shape.suffix(rank)), kernel: kernel,
      stride: stride.flatMap { $0.isEmpty ? nil : $0 } ?? kernel,
      padding: padding ?? [Int](repeating: 0, count: rank), dilation: dilation ?? [Int](repeating: 1, count: rank),
      ceilMode: ceilMode, leading: [input.shape[input.rank - rank - 1]])
  }

  private static func adaptiveWindows(_ input: Tensor, _ name: String, _ output: [Int?]) throws -> PoolingWindows {
    let rank = output.count
    guard (1...3).contains(rank) else { throw TensorError("\(name): output_size must be 1 to 3 sizes") }
    try checkRank(input, rank, name)
    let spatial = Array(input.shape.suffix(rank))
    return try PoolingWindows(
      input: spatial, adaptiveOutput: zip(output, spatial).map { $0 ?? $1 }, name: name, inputShape: input.shape)
  }

  private static func checkRank(_ input: Tensor, _ rank: Int, _ name: String) throws {
    let hasEmptyPart = input.shape.suffix(rank + 1).contains(0)
    guard input.rank == rank + 1 || input.rank == rank + 2, !hasEmptyPart else {
      throw TensorError(
        "\(name): Expected \(rank + 1)D or \(rank + 2)D (batch mode) tensor with optional 0 dim batch size for input, but got: \(Shape.text(input.shape))"
      )
    }
  }

  private static func maxPool(
    _ input: Tensor, _ windows: PoolingWindows, name: String
  ) throws -> (values: Tensor, indices: Tensor) {
    let shape = Array(input.shape.dropLast(windows.input.count)) + windows.output
    let indices = try Tensor(empty: shape, dtype: .int64)
    let values: Tensor
    switch input.dtype.computeKind {
    case .float: values = try run(input, shape, indices, windows, lowest: -Float.infinity)
    case .double: values = try run(input, shape, indices, windows, lowest: -Double.infinity)
    case .int64: values = try run(input, shape, indices, windows, lowest: Int64.min)
    }
    guard needsGradient(input) else { return (values, indices) }
    let (original, rank) = (input.shape, windows.input.count)
    let result = values.recorded(name, [input]) { grad, _ in [try unpool(grad, indices, to: original, rank: rank)] }
    return (result, indices)
  }

  private static func run<T: ComputeElement & Numeric>(
    _ input: Tensor, _ shape: [Int], _ indices: Tensor, _ windows: PoolingWindows, lowest: T
  ) throws -> Tensor {
    let source = try input.contiguous().to(T.dtype)
    let output = try Tensor(empty: shape, dtype: T.dtype)
    let planes = shape.dropLast(windows.input.count).reduce(1, *)
    PoolingKernels<T>.max(
      windows, planes: planes, input: try source.pointer().assumingMemoryBound(to: T.self), lowest: lowest,
      output: try output.overwritingPointer().assumingMemoryBound(to: T.self),
      indices: try indices.overwritingPointer().assumingMemoryBound(to: Int64.self))
    return try output.alias().to(input.dtype)
  }

  /// The transpose of picking elements by their index in each plane; differentiable itself.
  private static func unpool(_ grad: Tensor, _ indices: Tensor, to shape: [Int], rank: Int) throws -> Tensor {
    let planes = shape.dropLast(rank).reduce(1, *)
    let size = shape.suffix(rank).reduce(1, *)
    let flat = try Tensor.zeros([planes, size], dtype: grad.dtype)
    let (rows, places) = (try grad.reshape([planes, -1]), try indices.reshape([planes, -1]))
    return try flat.scatterAdd(1, places, rows).reshape(shape)
  }

  private static func average(
    _ input: Tensor, _ windows: PoolingWindows, countIncludePad: Bool, divisor: Int?, name: String
  ) throws -> Tensor {
    guard input.dtype.isFloatingPoint || divisor != nil || input.dtype == .int64 else {
      throw TensorError("\"avg_pool\" not implemented for '\(input.dtype.scalarTypeName)'")
    }
    var scales: [Double] = []
    windows.forEachOutput { _, z, y, x in
      let elements =
        countIncludePad
        ? z.paddedLength * y.paddedLength * x.paddedLength
        : max(z.end - z.start, 0) * max(y.end - y.start, 0) * max(x.end - x.start, 0)
      scales.append(1 / Double(divisor ?? max(elements, 1)))
    }
    return try weightedSum(input, windows, scales, name: name)
  }

  private static func weightedSum(
    _ input: Tensor, _ windows: PoolingWindows, _ scales: [Double], name: String
  ) throws -> Tensor {
    let shape = Array(input.shape.dropLast(windows.input.count)) + windows.output
    let planes = shape.dropLast(windows.input.count).reduce(1, *)
    let result: Tensor
    if input.dtype.computeKind == .float {
      result = try linear(input, shape, Float.self) { source, target in
        PoolingKernels.weightedSum(
          windows, planes: planes, input: source, scales: scales.map { Float($0) }, output: target)
      }
    } else {
      result = try linear(input, shape, Double.self) { source, target in
        PoolingKernels.weightedSum(windows, planes: planes, input: source, scales: scales, output: target)
      }
    }
    guard needsGradient(input) else { return result }
    return result.recorded(name, [input]) { grad, _ in [try spread(grad, windows, scales, name: name)] }
  }

  /// The gradient of ``weightedSum``, whose own gradient that is.
  private static func spread(
    _ grad: Tensor, _ windows: PoolingWindows, _ scales: [Double], name: String
  ) throws -> Tensor {
    let shape = Array(grad.shape.dropLast(windows.input.count)) + windows.input
    let planes = shape.dropLast(windows.input.count).reduce(1, *)
    let result: Tensor
    if grad.dtype.computeKind == .float {
      result = try linear(grad, shape, Float.self) { source, target in
        PoolingKernels.spread(
          windows, planes: planes, gradOutput: source, scales: scales.map { Float($0) }, gradInput: target)
      }
    } else {
      result = try linear(grad, shape, Double.self) { source, target in
        PoolingKernels.spread(windows, planes: planes, gradOutput: source, scales: scales, gradInput: target)
      }
    }
    guard needsGradient(grad) else { return result }
    return result.recorded(name + "Backward", [grad]) { gradGrad, _ in
      [try weightedSum(gradGrad, windows, scales, name: name)]
    }
  }

  /// Runs a kernel from contiguous elements of `input` to those of a new tensor, in the compute type `T`.
  private static func linear<T: ComputeElement>(
    _ input: Tensor, _ shape: [Int], _ type: T.Type, _ kernel: (UnsafePointer<T>, UnsafeMutablePointer<T>) -> Void
  ) throws -> Tensor {
    let source = try input.contiguous().to(T.dtype)
    let output = try Tensor(empty: shape, dtype: T.dtype)
    kernel(
      UnsafePointer(try source.pointer().assumingMemoryBound(to: T.self)),
      try output.overwritingPointer().assumingMemoryBound(to: T.self))
    return try output.to(input.dtype)
  }
}
