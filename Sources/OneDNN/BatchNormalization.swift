import COneDNN

/// What a normalization multiplies and adds besides, and what it does with its result.
public struct NormalizationOptions: Hashable, Sendable {
  /// `result = scale · normalized + shift`, each of float32 and one number a channel (or feature).
  public var hasScale: Bool
  /// Whether `shift` is added; see ``hasScale``.
  public var hasShift: Bool
  /// What is added to the variance before its root is divided by.
  public var epsilon: Float

  /// A normalization with scale and shift, unless said otherwise.
  public init(hasScale: Bool = true, hasShift: Bool = true, epsilon: Float = 1e-5) {
    self.hasScale = hasScale
    self.hasShift = hasShift
    self.epsilon = epsilon
  }

  var flags: UInt32 {
    (hasScale ? dnnl_use_scale.rawValue : 0) | (hasShift ? dnnl_use_shift.rawValue : 0)
  }
}

/// Normalizes each channel: `destination = scale · (source − mean) / √(variance + epsilon) + shift`, then ReLU if asked.
///
/// Source and destination have one layout and may be one buffer. Mean and variance are float32, one number a channel; the
/// variance is the mean of squared differences (divided by the count, not count − 1).
public final class BatchNormalizationForward: Sendable {
  /// Where the mean and the variance come from.
  public enum Statistics: Hashable, Sendable {
    /// Computed from the source, and written.
    case batch
    /// Read.
    case given
  }

  fileprivate let primitive: CompiledPrimitive
  /// The size of the buffer that a fused ReLU's mask is kept in for the backward pass; 0 if there is none.
  public let workspaceByteCount: Int

  fileprivate struct Key: Hashable {
    let data: MemoryDescriptor
    let options: NormalizationOptions
    let statistics: Statistics
    let fusesReLU: Bool
    let isTraining: Bool

    var flags: UInt32 {
      options.flags | (fusesReLU ? dnnl_fuse_norm_relu.rawValue : 0)
        | (statistics == .given ? dnnl_use_global_stats.rawValue : 0)
    }
  }
  private static let cache = PrimitiveCache<Key, BatchNormalizationForward>()

  /// - Parameters:
  ///   - data: The layout of source and destination: (batch, channels, spatial…).
  ///   - isTraining: Whether a backward pass follows; then a fused ReLU's mask is kept in a workspace.
  public static func prepare(
    data: MemoryDescriptor, options: NormalizationOptions, statistics: Statistics, fusesReLU: Bool = false,
    isTraining: Bool
  ) throws -> BatchNormalizationForward {
    try prepare(
      Key(data: data, options: options, statistics: statistics, fusesReLU: fusesReLU, isTraining: isTraining))
  }

  fileprivate static func prepare(_ key: Key) throws -> BatchNormalizationForward {
    try cache.plan(for: key, operations: key.data.passOperations) { try BatchNormalizationForward(key) }
  }

  private init(_ key: Key) throws {
    let name = "batch normalization"
    let detail = "\(key.data), \(key.options), \(key.statistics) statistics, ReLU \(key.fusesReLU)"
    // The library computes a batch's statistics in training alone.
    let isTraining = key.isTraining || key.statistics == .batch
    var operation = dnnl_batch_normalization_desc_t()
    try check(
      dnnl_batch_normalization_forward_desc_init(
        &operation, isTraining ? dnnl_forward_training : dnnl_forward_inference, key.data.argument, key.options.epsilon,
        key.flags),
      name, detail)
    primitive = try CompiledPrimitive(
      name, &operation,
      arguments: [
        DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE, DNNL_ARG_SCALE, DNNL_ARG_SHIFT,
        DNNL_ARG_WORKSPACE,
      ], detail: detail)
    workspaceByteCount = primitive.descriptor(DNNL_ARG_WORKSPACE)?.byteCount ?? 0
  }

  /// - Parameters:
  ///   - mean, variance: Written with `batch` statistics, read with `given` ones.
  ///   - workspace: `workspaceByteCount` bytes, written.
  public func execute(
    source: UnsafeRawPointer, destination: UnsafeMutableRawPointer, mean: UnsafeMutableRawPointer,
    variance: UnsafeMutableRawPointer, scale: UnsafeRawPointer?, shift: UnsafeRawPointer?,
    workspace: UnsafeMutableRawPointer? = nil
  ) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = UnsafeRawPointer(destination)
      $0[2] = UnsafeRawPointer(mean)
      $0[3] = UnsafeRawPointer(variance)
      $0[4] = scale
      $0[5] = shift
      $0[6] = UnsafeRawPointer(workspace)
    }
  }
}

/// The gradients of a batch normalization (and of the ReLU fused with it) with respect to source, scale and shift.
public final class BatchNormalizationBackward: Sendable {
  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let forward: BatchNormalizationForward.Key
    let gradient: MemoryDescriptor
  }
  private static let cache = PrimitiveCache<Key, BatchNormalizationBackward>()

  /// - Parameters:
  ///   - data: The layout of the forward pass's source.
  ///   - gradient: The layout of the gradients with respect to result and source.
  ///   - statistics: As in the forward pass; with `given` ones the source's gradient does not flow through them.
  public static func prepare(
    data: MemoryDescriptor, gradient: MemoryDescriptor, options: NormalizationOptions,
    statistics: BatchNormalizationForward.Statistics, fusesReLU: Bool = false
  ) throws -> BatchNormalizationBackward {
    let key = Key(
      forward: .init(data: data, options: options, statistics: statistics, fusesReLU: fusesReLU, isTraining: true),
      gradient: gradient)
    return try cache.plan(for: key, operations: data.passOperations) { try BatchNormalizationBackward(key) }
  }

  private init(_ key: Key) throws {
    let name = "gradient of batch normalization"
    let detail = "\(key.forward.data), \(key.gradient), \(key.forward.options)"
    let hint = try BatchNormalizationForward.prepare(key.forward).primitive
    let hasParameters = key.forward.options.hasScale || key.forward.options.hasShift
    var operation = dnnl_batch_normalization_desc_t()
    try check(
      dnnl_batch_normalization_backward_desc_init(
        &operation, hasParameters ? dnnl_backward : dnnl_backward_data, key.gradient.argument,
        key.forward.data.argument,
        key.forward.options.epsilon, key.forward.flags),
      name, detail)
    primitive = try CompiledPrimitive(
      name, &operation, hint: hint,
      arguments: [
        DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE, DNNL_ARG_SCALE,
        DNNL_ARG_WORKSPACE, DNNL_ARG_DIFF_SCALE, DNNL_ARG_DIFF_SHIFT,
        // The library counts it among the inputs, and does not read it.
        DNNL_ARG_SHIFT,
      ], detail: detail)
  }

  /// `gradient` and `sourceGradient` may be one buffer. The gradients of scale and shift are written where there are any.
  public func execute(
    source: UnsafeRawPointer, gradient: UnsafeRawPointer, sourceGradient: UnsafeMutableRawPointer,
    mean: UnsafeRawPointer, variance: UnsafeRawPointer, scale: UnsafeRawPointer?, workspace: UnsafeRawPointer? = nil,
    scaleGradient: UnsafeMutableRawPointer?, shiftGradient: UnsafeMutableRawPointer?
  ) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = gradient
      $0[2] = UnsafeRawPointer(sourceGradient)
      $0[3] = mean
      $0[4] = variance
      $0[5] = scale
      $0[6] = workspace
      $0[7] = UnsafeRawPointer(scaleGradient)
      $0[8] = UnsafeRawPointer(shiftGradient)
    }
  }
}
