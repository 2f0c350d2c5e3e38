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
    let windows = try maxPoolWindows(input, kernel, stride, padding, dilation, ceilMode, withIndices: true)
    return try maxPool(input, windows, name: "MaxPool\(kernel.count)DWithIndicesBackward0")
  }

  /// The largest element of each window: `F.max_pool1d/2d/3d`.
  public static func maxPool(
    _ input: Tensor, kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil,
    ceilMode: Bool = false
  ) throws -> Tensor {
    if kernel.count == 1, [2, 3].contains(input.rank), input.count > 0 {
      try checkMaxPool1d(kernel[0], stride, padding, dilation, length: input.shape[input.rank - 1])
    }
    let windows = try maxPoolWindows(input, kernel, stride, padding, dilation, ceilMode)
    if kernel.count == 1, !input.dtype.isFloatingPoint { throw notImplemented("max_pool1d_impl", input.dtype) }
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
    let name = "avg_pool\(kernel.count)d"
    let windows = try windows(input, name, kernel, stride, padding, nil, ceilMode: ceilMode)
    guard input.dtype.isFloatingPoint || input.dtype == .int64 else {
      throw notImplemented(
        kernel.count == 1 ? "avg_pool2d" : kernel.count == 3 ? "avg_pool3d_out_frame" : name, input.dtype)
    }
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
    let rank = output.count
    // One element of each plane is its mean.
    let isMean = !output.isEmpty && output.allSatisfy { $0 == 1 } && rank < 3
    if isMean, !input.dtype.isFloatingPoint, input.count > 0, input.rank == rank + 1 || input.rank == rank + 2 {
      _ = try input.mean(Array(-rank..<0))
    }
    let windows = try adaptiveWindows(input, "adaptive_avg_pool\(rank)d()", output)
    guard input.dtype.isFloatingPoint || input.count == 0 else {
      throw notImplemented(rank == 3 ? "adaptive_avg_pool3d_cpu" : "adaptive_avg_pool2d", input.dtype)
    }
    if let fast = try BlockedPooling.average(input, windows, countIncludePad: false) {
      return fast.named(isMean ? "MeanBackward1" : "AdaptiveAvgPool\(rank)DBackward0")
    }
    return try average(
      input, windows, countIncludePad: false, divisor: nil, name: "AdaptiveAvgPool\(output.count)DBackward0")
  }

  /// The largest element of each of `output` equal parts, with indices: `F.adaptive_max_pool1d/2d/3d`.
  public static func adaptiveMaxPool(
    _ input: Tensor, output: [Int?]
  ) throws -> (values: Tensor, indices: Tensor) {
    let windows = try adaptiveWindows(input, "adaptive_max_pool\(output.count)d()", output)
    guard input.dtype.isFloatingPoint else {
      throw notImplemented(output.count == 3 ? "adaptive_max_pool3d_cpu" : "adaptive_max_pool2d", input.dtype)
    }
    return try maxPool(input, windows, name: "AdaptiveMaxPool\(output.count)DBackward0")
  }

  /// - Throws: ``TensorError`` in the words that PyTorch has for one dimension without indices.
  private static func checkMaxPool1d(
    _ kernel: Int, _ stride: [Int]?, _ padding: [Int]?, _ dilation: [Int]?, length: Int
  ) throws {
    let (step, pad, gap) = (stride?.first ?? kernel, padding?.first ?? 0, dilation?.first ?? 1)
    func refuse(_ complaint: String) -> TensorError { TensorError("max_pool1d() \(complaint)") }
    guard kernel > 0 else { throw refuse("kernel_size must be greater than zero, but got \(kernel)") }
    guard step > 0 else { throw refuse("stride must be greater than zero, but got \(step)") }
    guard pad >= 0 else { throw refuse("padding must be non-negative, but got \(pad)") }
    guard pad <= kernel / 2 else {
      throw refuse("padding should be at most half of kernel size, but got padding=\(pad) and kernel_size=\(kernel)")
    }
    guard gap > 0 else { throw refuse("dilation must be greater than zero, but got \(gap)") }
    let (reach, overflow) = gap.multipliedReportingOverflow(by: kernel - 1)
    guard !overflow, reach < length &+ 2 &* pad else { throw refuse("Invalid computed output size: 0") }
  }

  private static func maxPoolWindows(
    _ input: Tensor, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int]?, _ dilation: [Int]?, _ ceilMode: Bool,
    withIndices: Bool = false
  ) throws -> PoolingWindows {
    // One dimension without indices has a kernel of its own; with them it is the second of two.
    let isPlain = kernel.count == 1 && !withIndices
    let name = "max_pool\(kernel.count)d"
    let windows = try windows(input, name, kernel, stride, padding, dilation, ceilMode: ceilMode, isPlain: isPlain)
    guard input.dtype.isComputable, input.dtype != .bool else {
      throw notImplemented(isPlain ? "max_pool1d_impl" : "max_pool\(max(kernel.count, 2))d", input.dtype)
    }
    return windows
  }

  private static func windows(
    _ input: Tensor, _ name: String, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int]?, _ dilation: [Int]?,
    ceilMode: Bool, isPlain: Bool = false
  ) throws -> PoolingWindows {
    let rank = kernel.count
    guard (1...3).contains(rank) else {
      throw TensorError("\(name): kernel_size must either be a single int, or a tuple of 1 to 3 ints")
    }
    try checkRank(input, rank, name, isPlain: isPlain)
    return try PoolingWindows(
      input: Array(input.shape.suffix(rank)), kernel: kernel,
      stride: stride.flatMap { $0.isEmpty ? nil : $0 } ?? kernel,
      padding: padding ?? [Int](repeating: 0, count: rank), dilation: dilation ?? [Int](repeating: 1, count: rank),
      ceilMode: ceilMode, leading: [input.shape[input.rank - rank - 1]])
  }

  private static func adaptiveWindows(_ input: Tensor, _ name: String, _ output: [Int?]) throws -> PoolingWindows {
    let rank = output.count
    guard (1...3).contains(rank) else { throw TensorError("\(name): output_size must be 1 to 3 sizes") }
    guard input.rank == rank + 1 || input.rank == rank + 2 else {
      guard input.rank > rank || !output.contains(where: { $0 == nil }) else {
        throw TensorError("Input dimension should be at least \(rank + 1)", kind: .value)
      }
      if rank == 1 { throw wrongDimensionCount(input, String(name.dropLast(2))) }
      throw TensorError(
        "\(name): Expected \(rank + 1)D or \(rank + 2)D tensor, but got\(name.contains("max") ? ":" : "") \(Shape.text(input.shape))"
      )
    }
    let spatial = Array(input.shape.suffix(rank))
    let sizes = zip(output, spatial).map { $0 ?? $1 }
    if name.contains("max"), let negative = sizes.first(where: { $0 < 0 }) {
      throw TensorError(
        "Trying to create tensor with negative dimension \(negative): \(Shape.text(input.shape.dropLast(rank) + (rank == 1 ? [1] : []) + sizes))"
      )
    }
    if !sizes.contains(where: { $0 < 0 }) {
      // The result and the weight of each of its elements.
      try BufferPool.checkAvailable(try Shape.count(Array(input.shape.dropLast(rank)) + sizes + [input.dtype.size]))
      try BufferPool.checkAvailable(try Shape.count(sizes + [MemoryLayout<Double>.size]))
    }
    return try PoolingWindows(input: spatial, adaptiveOutput: sizes, name: name, inputShape: input.shape)
  }

  /// - Throws: ``TensorError`` in the words that each of PyTorch's kernels has for itself.
  private static func checkRank(_ input: Tensor, _ rank: Int, _ name: String, isPlain: Bool) throws {
    let hasRank = input.rank == rank + 1 || input.rank == rank + 2
    let isEmpty = input.shape.suffix(rank + 1).contains(0)
    if hasRank && !isEmpty { return }
    let isMax = name.hasPrefix("max")
    func refused(_ shape: [Int], _ prefix: String = "") -> TensorError {
      let (least, most) = prefix.isEmpty ? (max(rank, 2) + 1, max(rank, 2) + 2) : (rank + 1, rank + 2)
      return TensorError(
        "\(prefix)Expected \(least)D or \(most)D (batch mode) tensor with optional 0 dim batch size for input, but got:\(Shape.text(shape))"
      )
    }
    switch rank {
    case 1:
      if isPlain { throw refused(input.shape, "max_pool1d: ") }
      guard hasRank else { throw wrongDimensionCount(input, name) }
      // One dimension is computed as the second of two.
      throw refused(input.shape.dropLast() + [1] + input.shape.suffix(1))
    case 2:
      guard hasRank || !isMax else {
        throw TensorError("non-empty 3D or 4D (batch mode) tensor expected for input")
      }
      if input.rank < 3 { _ = try input.size(-3) }
      throw refused(input.shape)
    default:
      guard hasRank else { throw TensorError("non-empty 4D or 5D (batch mode) tensor expected for input") }
      throw TensorError(
        "\(isMax ? "max_pool3d_with_indices_out_cpu_template" : "avg_pool3d")(): Expected input's non-batch dimensions to have positive length, but input has a shape of \(Shape.text(input.shape)) and non-batch dimension 0 has length zero!"
      )
    }
  }

  private static func wrongDimensionCount(_ input: Tensor, _ name: String) -> TensorError {
    TensorError(
      "Expected 2 to 3 dimensions, but got \(input.rank)-dimensional tensor for argument #1 'self' (while checking arguments for \(name))"
    )
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
    let planes = shape.dropLast(windows.input.count).reduce(1, &*)
    try PoolingKernels<T>.max(
      windows, planes: planes, input: try source.pointer().assumingMemoryBound(to: T.self), lowest: lowest,
      output: try output.overwritingPointer().assumingMemoryBound(to: T.self),
      indices: try indices.overwritingPointer().assumingMemoryBound(to: Int64.self))
    return try output.alias().to(input.dtype)
  }

  /// The transpose of picking elements by their index in each plane; differentiable itself.
  static func unpool(_ grad: Tensor, _ indices: Tensor, to shape: [Int], rank: Int) throws -> Tensor {
    let planes = shape.dropLast(rank).reduce(1, &*)
    let size = shape.suffix(rank).reduce(1, &*)
    let flat = try Tensor.zeros([planes, size], dtype: grad.dtype)
    if planes == 0 { return try flat.reshape(shape) }
    let (rows, places) = (try grad.reshape([planes, -1]), try indices.reshape([planes, -1]))
    return try flat.scatterAdd(1, places, rows).reshape(shape)
  }

  private static func average(
    _ input: Tensor, _ windows: PoolingWindows, countIncludePad: Bool, divisor: Int?, name: String
  ) throws -> Tensor {
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
    let planes = shape.dropLast(windows.input.count).reduce(1, &*)
    let result: Tensor
    if input.dtype.computeKind == .float {
      result = try linear(input, shape, Float.self) { source, target in
        try PoolingKernels.weightedSum(
          windows, planes: planes, input: source, scales: scales.map { Float($0) }, output: target)
      }
    } else {
      result = try linear(input, shape, Double.self) { source, target in
        try PoolingKernels.weightedSum(windows, planes: planes, input: source, scales: scales, output: target)
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
    let planes = shape.dropLast(windows.input.count).reduce(1, &*)
    let result: Tensor
    if grad.dtype.computeKind == .float {
      result = try linear(grad, shape, Float.self) { source, target in
        try PoolingKernels.spread(
          windows, planes: planes, gradOutput: source, scales: scales.map { Float($0) }, gradInput: target)
      }
    } else {
      result = try linear(grad, shape, Double.self) { source, target in
        try PoolingKernels.spread(windows, planes: planes, gradOutput: source, scales: scales, gradInput: target)
      }
    }
    guard needsGradient(grad) else { return result }
    return result.recorded(name + "Backward", [grad]) { gradGrad, _ in
      [try weightedSum(gradGrad, windows, scales, name: name)]
    }
  }

  /// Runs a kernel from contiguous elements of `input` to those of a new tensor, in the compute type `T`.
  private static func linear<T: ComputeElement>(
    _ input: Tensor, _ shape: [Int], _ type: T.Type,
    _ kernel: (UnsafePointer<T>, UnsafeMutablePointer<T>) throws -> Void
  ) throws -> Tensor {
    let source = try input.contiguous().to(T.dtype)
    let output = try Tensor(empty: shape, dtype: T.dtype)
    try kernel(
      UnsafePointer(try source.pointer().assumingMemoryBound(to: T.self)),
      try output.overwritingPointer().assumingMemoryBound(to: T.self))
    return try output.to(input.dtype)
  }
}
