import COneDNN

/// `destination = Σ scale[i] · source[i]`, element by element, of tensors in any layouts.
public final class Sum: Sendable {
  private let primitive: CompiledPrimitive
  /// The layout that the result's buffer must have.
  public let destination: MemoryDescriptor

  private struct Key: Hashable {
    let sources: [MemoryDescriptor]
    let scales: [Float]
    let destination: Layout
  }
  private static let cache = PrimitiveCache<Key, Sum>()

  /// - Parameters:
  ///   - scales: One for each source; all 1 if nil.
  ///   - destination: The result's layout; by default the first source's.
  public static func prepare(
    _ sources: [MemoryDescriptor], scales: [Float]? = nil, destination: Layout? = nil
  ) throws -> Sum {
    guard let first = sources.first, scales == nil || scales?.count == sources.count else {
      throw PrimitiveError(primitive: "sum", detail: "\(sources.count) sources", reason: .invalidArguments)
    }
    let key = Key(
      sources: sources, scales: scales ?? Array(repeating: 1, count: sources.count),
      destination: destination ?? .exactly(first))
    return try cache.plan(for: key) { try Sum(key, first) }
  }

  private init(_ key: Key, _ first: MemoryDescriptor) throws {
    let engine = try Engine.shared()
    let attributes = try PrimitiveAttributes.plain()
    let target = try key.destination.descriptor(first.dimensions, type: first.type ?? .float32)
    let count = Int32(key.sources.count)
    let sources = key.sources.map { $0.raw }
    var descriptor: dnnl_primitive_desc_t?
    try check(
      dnnl_sum_primitive_desc_create(
        &descriptor, target.argument, count, key.scales, sources, attributes.handle, engine.handle),
      "sum", "\(key.sources)")
    let numbers = (0..<count).map { DNNL_ARG_MULTIPLE_SRC + $0 }
    primitive = try CompiledPrimitive(
      "sum", owning: descriptor, engine: engine, arguments: [DNNL_ARG_DST] + numbers, detail: "\(key.sources)")
    destination = try primitive.requiredDescriptor(DNNL_ARG_DST)
  }

  /// - Parameter sources: One buffer for each source; the first may be the destination's too.
  public func execute(_ sources: [UnsafeRawPointer], destination: UnsafeMutableRawPointer) throws {
    try primitive.execute {
      $0[0] = UnsafeRawPointer(destination)
      for index in sources.indices { $0[1 + index] = sources[index] }
    }
  }
}
