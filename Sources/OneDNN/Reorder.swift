import COneDNN

/// Copies a tensor from one layout, or type, to another.
public final class Reorder: Sendable {
  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let source: MemoryDescriptor
    let destination: MemoryDescriptor
  }
  private static let cache = PrimitiveCache<Key, Reorder>()

  /// Both describe the same shape.
  /// - Throws: `PrimitiveError`, with the reason `unimplemented` where the library cannot get from one to the other.
  public static func prepare(from source: MemoryDescriptor, to destination: MemoryDescriptor) throws -> Reorder {
    try cache.plan(for: Key(source: source, destination: destination), operations: source.passOperations) {
      try Reorder(source, destination)
    }
  }

  private init(_ source: MemoryDescriptor, _ destination: MemoryDescriptor) throws {
    let engine = try Engine.shared()
    let attributes = try PrimitiveAttributes.plain()
    var descriptor: dnnl_primitive_desc_t?
    try check(
      dnnl_reorder_primitive_desc_create(
        &descriptor, source.argument, engine.handle, destination.argument, engine.handle, attributes.handle),
      "reorder", "\(source) to \(destination)")
    primitive = try CompiledPrimitive(
      "reorder", owning: descriptor, engine: engine, arguments: [DNNL_ARG_FROM, DNNL_ARG_TO],
      detail: "\(source) to \(destination)")
  }

  /// - Parameters:
  ///   - source: Read.
  ///   - destination: Written; not `source`.
  public func execute(source: UnsafeRawPointer, destination: UnsafeMutableRawPointer) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = UnsafeRawPointer(destination)
    }
  }
}
