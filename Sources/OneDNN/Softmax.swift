import COneDNN

/// Softmax, `eˣ / Σ eˣ` along one dimension, or its logarithm.
public final class SoftmaxForward: Sendable {
  fileprivate let primitive: CompiledPrimitive

  fileprivate struct Key: Hashable {
    let source, destination: MemoryDescriptor
    let axis: Int
    let isLogarithm: Bool

    var algorithm: dnnl_alg_kind_t { isLogarithm ? dnnl_softmax_log : dnnl_softmax_accurate }
    var detail: String { "\(source) to \(destination), dimension \(axis)" }
  }
  private static let cache = PrimitiveCache<Key, SoftmaxForward>()

  /// - Parameters:
  ///   - source, destination: The layouts, of one shape.
  ///   - axis: The dimension along which exponentials are added up, from 0.
  ///   - isLogarithm: Whether the result is softmax's logarithm.
  public static func prepare(
    source: MemoryDescriptor, destination: MemoryDescriptor, axis: Int, isLogarithm: Bool = false
  ) throws -> SoftmaxForward {
    try prepare(Key(source: source, destination: destination, axis: axis, isLogarithm: isLogarithm))
  }

  fileprivate static func prepare(_ key: Key) throws -> SoftmaxForward {
    try cache.plan(for: key) { try SoftmaxForward(key) }
  }

  private init(_ key: Key) throws {
    let name = "softmax"
    var operation = dnnl_softmax_v2_desc_t()
    try check(
      dnnl_softmax_v2_forward_desc_init(
        &operation, dnnl_forward_training, key.algorithm, key.source.argument, key.destination.argument,
        Int32(clamping: key.axis)),
      name, key.detail)
    primitive = try CompiledPrimitive(
      name, &operation, arguments: [DNNL_ARG_SRC, DNNL_ARG_DST], detail: key.detail)
  }

  /// - Parameters:
  ///   - source: Read.
  ///   - destination: Written.
  public func execute(source: UnsafeRawPointer, destination: UnsafeMutableRawPointer) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = UnsafeRawPointer(destination)
    }
  }
}

/// The gradient of softmax, or of its logarithm, with respect to its source, from its result.
public final class SoftmaxBackward: Sendable {
  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let forward: SoftmaxForward.Key
    let sourceGradient, gradient: MemoryDescriptor
  }
  private static let cache = PrimitiveCache<Key, SoftmaxBackward>()

  /// - Parameter destination: The layout of the forward pass's result.
  public static func prepare(
    destination: MemoryDescriptor, gradient: MemoryDescriptor, sourceGradient: MemoryDescriptor, axis: Int,
    isLogarithm: Bool = false
  ) throws -> SoftmaxBackward {
    let forward = SoftmaxForward.Key(
      source: destination, destination: destination, axis: axis, isLogarithm: isLogarithm)
    let key = Key(forward: forward, sourceGradient: sourceGradient, gradient: gradient)
    return try cache.plan(for: key) { try SoftmaxBackward(key) }
  }

  private init(_ key: Key) throws {
    let name = "gradient of softmax"
    let hint = try SoftmaxForward.prepare(key.forward).primitive
    var operation = dnnl_softmax_v2_desc_t()
    try check(
      dnnl_softmax_v2_backward_desc_init(
        &operation, key.forward.algorithm, key.sourceGradient.argument, key.gradient.argument,
        key.forward.destination.argument, Int32(clamping: key.forward.axis)),
      name, key.forward.detail)
    primitive = try CompiledPrimitive(
      name, &operation, hint: hint, arguments: [DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC],
      detail: key.forward.detail)
  }

  /// - Parameters:
  ///   - destination: The forward pass's result, read.
  ///   - gradient: With respect to that, read.
  ///   - sourceGradient: Written.
  public func execute(
    destination: UnsafeRawPointer, gradient: UnsafeRawPointer, sourceGradient: UnsafeMutableRawPointer
  ) throws {
    try primitive.execute {
      $0[0] = destination
      $0[1] = gradient
      $0[2] = UnsafeRawPointer(sourceGradient)
    }
  }
}
