import COneDNN

/// `destination = source / (k + alpha · mean of squares)^beta`, the mean taken over `size` neighbouring channels.
public final class LocalResponseNormalization: Sendable {
  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let data: MemoryDescriptor
    let size: Int
    let alpha, beta, k: Float
  }
  private static let cache = PrimitiveCache<Key, LocalResponseNormalization>()

  /// - Parameter data: The layout of source and destination: (batch, channels, spatial…).
  public static func prepare(
    data: MemoryDescriptor, size: Int, alpha: Float, beta: Float, k: Float
  ) throws -> LocalResponseNormalization {
    let key = Key(data: data, size: size, alpha: alpha, beta: beta, k: k)
    return try cache.plan(for: key) { try LocalResponseNormalization(key) }
  }

  private init(_ key: Key) throws {
    let name = "local response normalization"
    var operation = dnnl_lrn_desc_t()
    try check(
      dnnl_lrn_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_lrn_across_channels, key.data.argument, dnnl_dim_t(key.size),
        key.alpha,
        key.beta,
        key.k),
      name, "\(key.data)")
    primitive = try CompiledPrimitive(
      name, &operation, arguments: [DNNL_ARG_SRC, DNNL_ARG_DST], detail: "\(key.data)")
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
