import COneDNN

/// The shapes of a pooling in one, two or three spatial dimensions.
public struct PoolingProblem: Hashable, Sendable {
  /// What a window becomes.
  public enum Kind: Hashable, Sendable {
    /// Its largest element; padding does not count.
    case maximum
    /// The mean over the window, padding counted as zeros.
    case averageWithPadding
    /// The mean over the elements of the window that exist.
    case averageWithoutPadding

    var raw: dnnl_alg_kind_t {
      switch self {
      case .maximum: dnnl_pooling_max
      case .averageWithPadding: dnnl_pooling_avg_include_padding
      case .averageWithoutPadding: dnnl_pooling_avg_exclude_padding
      }
    }
  }

  /// What a window becomes.
  public let kind: Kind
  /// The number of samples.
  public let batch: Int
  /// The channels on both sides.
  public let channels: Int
  /// The spatial sizes of source and destination.
  public let input, output: Spatial
  /// The window's size, the distance between windows, and that between a window's elements.
  public let kernel, stride, dilation: Spatial
  /// The padding before the first element, and after the last one as far as windows reach.
  public let paddingLow, paddingHigh: Spatial
  /// The type of source and destination.
  public let type: DataType

  /// - Parameters:
  ///   - source: (batch, channels, spatial…)
  ///   - output: The result's spatial size. What the last window reaches beyond source and `paddingLow` is padding.
  ///   - dilation: The distance between the window's elements; 1 where they are adjacent.
  /// - Throws: `PrimitiveError` if shapes do not fit together.
  public init(
    _ kind: Kind, source: [Int], output: Spatial, kernel: Spatial, stride: Spatial, paddingLow: Spatial,
    dilation: Spatial? = nil, type: DataType = .float32
  ) throws {
    let dilation = dilation ?? Spatial(repeating: 1, like: kernel)
    let rank = kernel.count
    let sizes = 1...Int(Int32.max)
    let fits =
      source.count == rank + 2 && output.count == rank && stride.count == rank && paddingLow.count == rank
      && dilation.count == rank && source.allSatisfy { 0...Int(Int32.max) ~= $0 }
      && kernel.allSatisfy(sizes.contains) && stride.allSatisfy(sizes.contains)
      && dilation.allSatisfy(sizes.contains) && output.allSatisfy(sizes.contains)
      && (0..<rank).allSatisfy { 0..<kernel[$0] * dilation[$0] ~= paddingLow[$0] }
    guard fits else {
      throw PrimitiveError(
        primitive: "pooling",
        detail: "source \(source), output \(output), kernel \(kernel), stride \(stride), padding \(paddingLow), "
          + "dilation \(dilation)",
        reason: .invalidArguments)
    }
    let high = (0..<rank).map { axis -> Int in
      let lastStart = (output[axis] - 1) * stride[axis] - paddingLow[axis]
      let reach = dilation[axis] * (kernel[axis] - 1) + 1
      return max(lastStart + reach - source[axis + 2], 0)
    }
    self.kind = kind
    self.batch = source[0]
    self.channels = source[1]
    self.input = try Spatial(source[2...])
    self.output = output
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.paddingLow = paddingLow
    self.paddingHigh = try Spatial(high)
    self.type = type
  }

  /// The source's shape: (batch, channels, spatial…).
  public var sourceDimensions: [Int] { [batch, channels] + input }
  /// The destination's shape: (batch, channels, spatial…).
  public var destinationDimensions: [Int] { [batch, channels] + output }

  /// Roughly what a run costs, as ``ThreadLimit`` counts it.
  var operationCount: Double {
    Double(batch * channels) * input.reduce(ThreadLimit.operationsPerElement) { $0 * Double($1) }
  }

  fileprivate struct Geometry {
    let strides, kernel, skips, paddingLow, paddingHigh: UnsafePointer<dnnl_dim_t>
  }

  fileprivate func withGeometry<Result>(_ body: (Geometry) throws -> Result) throws -> Result {
    try withDims(stride) { strides in
      try withDims(kernel) { kernel in
        try withDims(dilation.map { $0 - 1 } as Spatial) { skips in
          try withDims(paddingLow) { low in
            try withDims(paddingHigh) { high in
              try body(
                Geometry(strides: strides, kernel: kernel, skips: skips, paddingLow: low, paddingHigh: high))
            }
          }
        }
      }
    }
  }
}

extension PoolingProblem: CustomStringConvertible {
  public var description: String {
    "\(kind) of \(type), batch \(batch), \(channels) channels, \(input) to \(output), kernel \(kernel), "
      + "stride \(stride), padding \(paddingLow) and \(paddingHigh), dilation \(dilation)"
  }
}

/// The largest or mean element of each window.
public final class PoolingForward: Sendable {
  fileprivate let primitive: CompiledPrimitive
  /// The layouts that the buffers must have.
  public let source, destination: MemoryDescriptor
  /// The size of the buffer that remembers where each maximum was; 0 if the backward pass needs none.
  public let workspaceByteCount: Int

  fileprivate struct Key: Hashable {
    let problem: PoolingProblem
    let source: Layout
    let destination: Layout
    let isTraining: Bool
  }
  private static let cache = PrimitiveCache<Key, PoolingForward>()

  /// - Parameters:
  ///   - source: The source's layout; not `any`, as pooling follows what is there.
  ///   - isTraining: Whether a backward pass follows.
  public static func prepare(
    _ problem: PoolingProblem, source: Layout, destination: Layout = .any, isTraining: Bool
  ) throws -> PoolingForward {
    try prepare(Key(problem: problem, source: source, destination: destination, isTraining: isTraining))
  }

  fileprivate static func prepare(_ key: Key) throws -> PoolingForward {
    try cache.plan(for: key, operations: key.problem.operationCount) { try PoolingForward(key) }
  }

  private init(_ key: Key) throws {
    let problem = key.problem
    let source = try key.source.descriptor(problem.sourceDimensions, type: problem.type)
    let destination = try key.destination.descriptor(problem.destinationDimensions, type: problem.type)
    var operation = dnnl_pooling_v2_desc_t()
    let status = try problem.withGeometry { geometry in
      dnnl_pooling_v2_forward_desc_init(
        &operation, key.isTraining ? dnnl_forward_training : dnnl_forward_inference, problem.kind.raw, source.argument,
        destination.argument, geometry.strides, geometry.kernel, geometry.skips, geometry.paddingLow,
        geometry.paddingHigh)
    }
    try check(status, "pooling", "\(problem)")
    primitive = try CompiledPrimitive(
      "pooling", &operation, arguments: [DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WORKSPACE], detail: "\(problem)")
    self.source = try primitive.requiredDescriptor(DNNL_ARG_SRC)
    self.destination = try primitive.requiredDescriptor(DNNL_ARG_DST)
    workspaceByteCount = primitive.descriptor(DNNL_ARG_WORKSPACE)?.byteCount ?? 0
  }

  /// - Parameter workspace: `workspaceByteCount` bytes, written.
  public func execute(
    source: UnsafeRawPointer, destination: UnsafeMutableRawPointer, workspace: UnsafeMutableRawPointer? = nil
  ) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = UnsafeRawPointer(destination)
      $0[2] = UnsafeRawPointer(workspace)
    }
  }
}

/// The gradient of a pooling with respect to its source.
public final class PoolingBackward: Sendable {
  private let primitive: CompiledPrimitive
  /// The layouts that the buffers must have.
  public let sourceGradient, gradient: MemoryDescriptor

  private struct Key: Hashable {
    let forward: PoolingForward.Key
    let sourceGradient: Layout
    let gradient: Layout
  }
  private static let cache = PrimitiveCache<Key, PoolingBackward>()

  /// - Parameters:
  ///   - forward: The layouts of the forward pass, which the workspace comes from.
  ///   - sourceGradient, gradient: The layouts of the gradients with respect to source and result.
  public static func prepare(
    _ problem: PoolingProblem, forward: PoolingForward, sourceGradient: Layout, gradient: Layout
  ) throws -> PoolingBackward {
    let key = Key(
      forward: .init(
        problem: problem, source: .exactly(forward.source), destination: .exactly(forward.destination), isTraining: true
      ),
      sourceGradient: sourceGradient, gradient: gradient)
    return try cache.plan(for: key, operations: problem.operationCount) { try PoolingBackward(key) }
  }

  private init(_ key: Key) throws {
    let problem = key.forward.problem
    let name = "gradient of pooling"
    let sourceGradient = try key.sourceGradient.descriptor(problem.sourceDimensions, type: problem.type)
    let gradient = try key.gradient.descriptor(problem.destinationDimensions, type: problem.type)
    let hint = try PoolingForward.prepare(key.forward).primitive
    var operation = dnnl_pooling_v2_desc_t()
    let status = try problem.withGeometry { geometry in
      dnnl_pooling_v2_backward_desc_init(
        &operation, problem.kind.raw, sourceGradient.argument, gradient.argument, geometry.strides, geometry.kernel,
        geometry.skips, geometry.paddingLow, geometry.paddingHigh)
    }
    try check(status, name, "\(problem)")
    primitive = try CompiledPrimitive(
      name, &operation, hint: hint, arguments: [DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, DNNL_ARG_WORKSPACE],
      detail: "\(problem)")
    self.sourceGradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_SRC)
    self.gradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_DST)
  }

  /// - Parameters:
  ///   - gradient: With respect to the result, read.
  ///   - sourceGradient: Written.
  ///   - workspace: As the forward pass wrote it.
  public func execute(
    gradient: UnsafeRawPointer, sourceGradient: UnsafeMutableRawPointer, workspace: UnsafeRawPointer? = nil
  ) throws {
    try primitive.execute {
      $0[0] = gradient
      $0[1] = UnsafeRawPointer(sourceGradient)
      $0[2] = workspace
    }
  }
}
