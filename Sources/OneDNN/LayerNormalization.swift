import COneDNN

/// Normalizes along the last dimension: `destination = scale · (source − mean) / √(variance + epsilon) + shift`.
///
/// Mean and variance are float32, row-major, of the source's shape without its last dimension. Scale and shift are float32,
/// one number a feature.
public final class LayerNormalizationForward: Sendable {
  fileprivate let primitive: CompiledPrimitive

  fileprivate struct Key: Hashable {
    let data: MemoryDescriptor
    let options: NormalizationOptions
    let isTraining: Bool
  }
  private static let cache = PrimitiveCache<Key, LayerNormalizationForward>()

  /// - Parameter isTraining: Whether mean and variance are written for a backward pass.
  public static func prepare(
    data: MemoryDescriptor, options: NormalizationOptions, isTraining: Bool
  ) throws -> LayerNormalizationForward {
    try prepare(Key(data: data, options: options, isTraining: isTraining))
  }

  fileprivate static func prepare(_ key: Key) throws -> LayerNormalizationForward {
    try cache.plan(for: key) { try LayerNormalizationForward(key) }
  }

  private init(_ key: Key) throws {
    let name = "layer normalization"
    let statistics = try MemoryDescriptor(key.data.dimensions.dropLast(), type: .float32)
    var operation = dnnl_layer_normalization_desc_t()
    try check(
      dnnl_layer_normalization_forward_desc_init(
        &operation, key.isTraining ? dnnl_forward_training : dnnl_forward_inference, key.data.argument,
        statistics.argument, key.options.epsilon, key.options.flags),
      name, "\(key.data)")
    primitive = try CompiledPrimitive(
      name, &operation,
      arguments: [
        DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE, DNNL_ARG_SCALE, DNNL_ARG_SHIFT,
      ], detail: "\(key.data)")
  }

  /// - Parameters:
  ///   - mean, variance: Written in training, else not used.
  public func execute(
    source: UnsafeRawPointer, destination: UnsafeMutableRawPointer, mean: UnsafeMutableRawPointer?,
    variance: UnsafeMutableRawPointer?, scale: UnsafeRawPointer?, shift: UnsafeRawPointer?
  ) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = UnsafeRawPointer(destination)
      $0[2] = UnsafeRawPointer(mean)
      $0[3] = UnsafeRawPointer(variance)
      $0[4] = scale
      $0[5] = shift
    }
  }
}

/// The gradients of a layer normalization with respect to source, scale and shift.
public final class LayerNormalizationBackward: Sendable {
  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let forward: LayerNormalizationForward.Key
    let gradient: MemoryDescriptor
  }
  private static let cache = PrimitiveCache<Key, LayerNormalizationBackward>()

  /// - Parameters:
  ///   - data: The layout of the forward pass's source.
  ///   - gradient: The layout of the gradients with respect to result and source.
  public static func prepare(
    data: MemoryDescriptor, gradient: MemoryDescriptor, options: NormalizationOptions
  ) throws -> LayerNormalizationBackward {
    let key = Key(forward: .init(data: data, options: options, isTraining: true), gradient: gradient)
    return try cache.plan(for: key) { try LayerNormalizationBackward(key) }
  }

  private init(_ key: Key) throws {
    let name = "gradient of layer normalization"
    let data = key.forward.data
    let options = key.forward.options
    let statistics = try MemoryDescriptor(data.dimensions.dropLast(), type: .float32)
    let hint = try LayerNormalizationForward.prepare(key.forward).primitive
    var operation = dnnl_layer_normalization_desc_t()
    try check(
      dnnl_layer_normalization_backward_desc_init(
        &operation, options.hasScale || options.hasShift ? dnnl_backward : dnnl_backward_data, key.gradient.argument,
        data.argument, statistics.argument, options.epsilon, options.flags),
      name, "\(data)")
    primitive = try CompiledPrimitive(
      name, &operation, hint: hint,
      arguments: [
        DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE, DNNL_ARG_SCALE,
        DNNL_ARG_DIFF_SCALE, DNNL_ARG_DIFF_SHIFT,
        // The library counts it among the inputs, and does not read it.
        DNNL_ARG_SHIFT,
      ], detail: "\(data)")
  }

  /// Mean and variance are those that the forward pass wrote. The gradients of scale and shift are written where there are
  /// any.
  public func execute(
    source: UnsafeRawPointer, gradient: UnsafeRawPointer, sourceGradient: UnsafeMutableRawPointer,
    mean: UnsafeRawPointer, variance: UnsafeRawPointer, scale: UnsafeRawPointer?,
    scaleGradient: UnsafeMutableRawPointer?, shiftGradient: UnsafeMutableRawPointer?
  ) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = gradient
      $0[2] = UnsafeRawPointer(sourceGradient)
      $0[3] = mean
      $0[4] = variance
      $0[5] = scale
      $0[6] = UnsafeRawPointer(scaleGradient)
      $0[7] = UnsafeRawPointer(shiftGradient)
    }
  }
}
