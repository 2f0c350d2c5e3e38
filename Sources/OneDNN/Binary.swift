import COneDNN

/// A function of two numbers. Comparisons give 1 or 0.
public enum BinaryOperation: Hashable, Sendable {
  /// Arithmetic; a maximum or minimum is of two numbers.
  case add, subtract, multiply, divide, maximum, minimum
  /// Comparisons of the left number with the right one.
  case greaterOrEqual, greater, lessOrEqual, less, equal, notEqual

  var raw: dnnl_alg_kind_t {
    switch self {
    case .add: dnnl_binary_add
    case .subtract: dnnl_binary_sub
    case .multiply: dnnl_binary_mul
    case .divide: dnnl_binary_div
    case .maximum: dnnl_binary_max
    case .minimum: dnnl_binary_min
    case .greaterOrEqual: dnnl_binary_ge
    case .greater: dnnl_binary_gt
    case .lessOrEqual: dnnl_binary_le
    case .less: dnnl_binary_lt
    case .equal: dnnl_binary_eq
    case .notEqual: dnnl_binary_ne
    }
  }
}

/// `destination = left ∘ right`, element by element; dimensions of size 1 on the right are repeated.
public final class Binary: Sendable {
  private let primitive: CompiledPrimitive
  /// The layout that the result's buffer must have.
  public let destination: MemoryDescriptor

  private struct Key: Hashable {
    let operation: BinaryOperation
    let left: MemoryDescriptor
    let right: MemoryDescriptor
    let destination: Layout
    let postOperations: [PostOperation]
  }
  private static let cache = PrimitiveCache<Key, Binary>()

  /// - Parameter destination: The result's layout; by default the left operand's.
  public static func prepare(
    _ operation: BinaryOperation, left: MemoryDescriptor, right: MemoryDescriptor, destination: Layout? = nil,
    then postOperations: [PostOperation] = []
  ) throws -> Binary {
    let key = Key(
      operation: operation, left: left, right: right, destination: destination ?? .exactly(left),
      postOperations: postOperations)
    return try cache.plan(for: key) { try Binary(key) }
  }

  private init(_ key: Key) throws {
    let name = "binary operation"
    var operation = dnnl_binary_desc_t()
    let destination = try key.destination.descriptor(key.left.dimensions, type: key.left.type ?? .float32)
    let detail = "\(key.operation), \(key.left), \(key.right) to \(destination)"
    try check(
      dnnl_binary_desc_init(
        &operation, key.operation.raw, key.left.argument, key.right.argument, destination.argument),
      name, detail)
    let numbers = [DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST]
    primitive = try CompiledPrimitive(
      name, &operation, attributes: .with(key.postOperations),
      arguments: numbers + PrimitiveAttributes.operandNumbers(key.postOperations), detail: detail)
    self.destination = try primitive.requiredDescriptor(DNNL_ARG_DST)
  }

  /// - Parameter operands: The buffers of the binary post-operations, in their order.
  public func execute(
    left: UnsafeRawPointer, right: UnsafeRawPointer, destination: UnsafeMutableRawPointer,
    operands: [UnsafeRawPointer] = []
  ) throws {
    try primitive.execute {
      $0[0] = left
      $0[1] = right
      $0[2] = UnsafeRawPointer(destination)
      for index in operands.indices { $0[3 + index] = operands[index] }
    }
  }
}
