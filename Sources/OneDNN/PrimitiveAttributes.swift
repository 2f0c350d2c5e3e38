import COneDNN

/// A step that a primitive applies to its result while that is still in registers.
public enum PostOperation: Hashable, Sendable {
  /// `destination = function(destination)`
  case elementwise(ElementwiseFunction)
  /// `destination = result + scale · destination`: adds to what the destination's buffer holds before the run.
  case sum(scale: Float = 1)
  /// `destination = destination ∘ operand`, with the operand's dimensions of size 1 repeated; its buffer is passed at each
  /// run.
  case binary(BinaryOperation, MemoryDescriptor)
}

/// The attributes that a primitive is compiled with: scratch memory from the caller, and post-operations.
final class PrimitiveAttributes: @unchecked Sendable {
  let handle: dnnl_primitive_attr_t

  private static let withoutPostOperations = Result { try PrimitiveAttributes([]) }

  /// The attributes of a primitive without post-operations.
  static func plain() throws -> PrimitiveAttributes { try withoutPostOperations.get() }

  static func with(_ operations: [PostOperation]) throws -> PrimitiveAttributes {
    try operations.isEmpty ? plain() : PrimitiveAttributes(operations)
  }

  private init(_ operations: [PostOperation]) throws {
    var attributes: dnnl_primitive_attr_t?
    try check(dnnl_primitive_attr_create(&attributes), "attributes", "")
    guard let attributes else { throw PrimitiveError(primitive: "attributes", detail: "", reason: .outOfMemory) }
    do {
      try check(
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "attributes", "scratchpad")
      if !operations.isEmpty { try Self.append(operations, to: attributes) }
    } catch {
      dnnl_primitive_attr_destroy(attributes)
      throw error
    }
    handle = attributes
  }

  deinit { dnnl_primitive_attr_destroy(handle) }

  private static func append(_ operations: [PostOperation], to attributes: dnnl_primitive_attr_t) throws {
    var chain: dnnl_post_ops_t?
    try check(dnnl_post_ops_create(&chain), "post-operations", "")
    defer { dnnl_post_ops_destroy(chain) }
    for operation in operations {
      let status =
        switch operation {
        case .elementwise(let function):
          dnnl_post_ops_append_eltwise(chain, 1, function.raw.algorithm, function.raw.alpha, function.raw.beta)
        case .sum(let scale):
          dnnl_post_ops_append_sum(chain, scale)
        case .binary(let operation, let operand):
          dnnl_post_ops_append_binary(chain, operation.raw, operand.argument)
        }
      try check(status, "post-operation", "\(operation)")
    }
    try check(dnnl_primitive_attr_set_post_ops(attributes, chain), "post-operations", "\(operations)")
  }

  /// The number of the argument that carries the operand of the post-operation at `index`.
  static func operandNumber(at index: Int) -> Int32 {
    DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (Int32(index) + 1) | DNNL_ARG_SRC_1
  }

  /// The numbers of the arguments that carry the operands of binary post-operations, in their order.
  static func operandNumbers(_ operations: [PostOperation]) -> [Int32] {
    operations.indices.compactMap { index in
      if case .binary = operations[index] { operandNumber(at: index) } else { nil }
    }
  }
}
