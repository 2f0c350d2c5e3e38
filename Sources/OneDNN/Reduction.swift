import COneDNN

/// Reduces the dimensions in which the destination has size 1 and the source has not.
public final class Reduction: Sendable {
  /// What the elements become together.
  public enum Kind: Hashable, Sendable {
    /// Their sum, mean, largest, smallest or product.
    case sum, mean, maximum, minimum, product

    var raw: dnnl_alg_kind_t {
      switch self {
      case .sum: dnnl_reduction_sum
      case .mean: dnnl_reduction_mean
      case .maximum: dnnl_reduction_max
      case .minimum: dnnl_reduction_min
      case .product: dnnl_reduction_mul
      }
    }
  }

  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let kind: Kind
    let source, destination: MemoryDescriptor
  }
  private static let cache = PrimitiveCache<Key, Reduction>()

  /// - Parameter destination: Of as many dimensions as the source, each equal or 1.
  public static func prepare(
    _ kind: Kind, source: MemoryDescriptor, destination: MemoryDescriptor
  ) throws -> Reduction {
    try cache.plan(for: Key(kind: kind, source: source, destination: destination)) {
      try Reduction(kind, source, destination)
    }
  }

  private init(_ kind: Kind, _ source: MemoryDescriptor, _ destination: MemoryDescriptor) throws {
    let detail = "\(kind), \(source) to \(destination)"
    var operation = dnnl_reduction_desc_t()
    try check(
      dnnl_reduction_desc_init(&operation, kind.raw, source.argument, destination.argument, 0, 0), "reduction", detail)
    primitive = try CompiledPrimitive(
      "reduction", &operation, arguments: [DNNL_ARG_SRC, DNNL_ARG_DST], detail: detail)
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
