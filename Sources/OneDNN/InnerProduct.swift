import COneDNN

/// The shapes of a fully connected layer: source (batch, inputs), weights (outputs, inputs), destination (batch, outputs).
public struct InnerProductProblem: Hashable, Sendable {
  /// The number of samples, and how many numbers go in and come out.
  public let batch, inputs, outputs: Int
  /// The type of the source and the weights.
  public let type: DataType
  /// The type of the destination and the bias.
  public let destinationType: DataType

  /// - Parameter destinationType: That of the source if nil.
  public init(batch: Int, inputs: Int, outputs: Int, type: DataType = .float32, destinationType: DataType? = nil) {
    self.batch = batch
    self.inputs = inputs
    self.outputs = outputs
    self.type = type
    self.destinationType = destinationType ?? type
  }

  fileprivate func source(_ layout: Layout) throws -> MemoryDescriptor {
    try layout.descriptor([batch, inputs], type: type)
  }
  fileprivate func weights(_ layout: Layout) throws -> MemoryDescriptor {
    try layout.descriptor([outputs, inputs], type: type)
  }
  fileprivate func destination(_ layout: Layout) throws -> MemoryDescriptor {
    try layout.descriptor([batch, outputs], type: destinationType)
  }
  fileprivate func bias() throws -> MemoryDescriptor { try MemoryDescriptor([outputs], type: destinationType) }
}

/// `destination = post-operations(source · weightsᵀ + bias)`
public final class InnerProductForward: Sendable {
  fileprivate let primitive: CompiledPrimitive
  /// The layouts that the buffers must have.
  public let source, weights, destination: MemoryDescriptor

  private struct Key: Hashable {
    let problem: InnerProductProblem
    let source, weights, destination: Layout
    let hasBias: Bool
    let postOperations: [PostOperation]
  }
  private static let cache = PrimitiveCache<Key, InnerProductForward>()

  /// The layouts are wishes; those that `any` leaves open are the result's properties afterwards.
  /// - Throws: `PrimitiveError`, with the reason `unimplemented` where the library has no kernel for what was asked.
  public static func prepare(
    _ problem: InnerProductProblem, source: Layout = .rowMajor, weights: Layout = .any,
    destination: Layout = .rowMajor, hasBias: Bool = false, then postOperations: [PostOperation] = []
  ) throws -> InnerProductForward {
    let key = Key(
      problem: problem, source: source, weights: weights, destination: destination, hasBias: hasBias,
      postOperations: postOperations)
    return try cache.plan(for: key) { try InnerProductForward(key) }
  }

  private init(_ key: Key) throws {
    let name = "inner product"
    let bias = key.hasBias ? try key.problem.bias() : nil
    var operation = dnnl_inner_product_desc_t()
    try check(
      dnnl_inner_product_forward_desc_init(
        &operation, dnnl_forward_inference, key.problem.source(key.source).argument,
        key.problem.weights(key.weights).argument, bias.argument, key.problem.destination(key.destination).argument),
      name, "\(key.problem)")
    let numbers = [DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST]
    primitive = try CompiledPrimitive(
      name, &operation, attributes: .with(key.postOperations),
      arguments: numbers + PrimitiveAttributes.operandNumbers(key.postOperations), detail: "\(key.problem)")
    source = try primitive.requiredDescriptor(DNNL_ARG_SRC)
    weights = try primitive.requiredDescriptor(DNNL_ARG_WEIGHTS)
    destination = try primitive.requiredDescriptor(DNNL_ARG_DST)
  }

  /// - Parameters:
  ///   - bias: (outputs), where `prepare` was asked for one.
  ///   - operands: The buffers of the binary post-operations, in their order.
  public func execute(
    source: UnsafeRawPointer, weights: UnsafeRawPointer, bias: UnsafeRawPointer? = nil,
    destination: UnsafeMutableRawPointer, operands: [UnsafeRawPointer] = []
  ) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = weights
      $0[2] = bias
      $0[3] = UnsafeRawPointer(destination)
      for index in operands.indices { $0[4 + index] = operands[index] }
    }
  }
}

/// The gradient of an inner product with respect to its source.
public final class InnerProductBackwardData: Sendable {
  private let primitive: CompiledPrimitive
  /// The layouts that the buffers must have.
  public let sourceGradient, weights, gradient: MemoryDescriptor

  private struct Key: Hashable {
    let problem: InnerProductProblem
    let sourceGradient, weights, gradient: Layout
  }
  private static let cache = PrimitiveCache<Key, InnerProductBackwardData>()

  /// The layouts are wishes, as for `InnerProductForward`.
  /// - Parameter gradient: The layout of the gradient with respect to the result.
  public static func prepare(
    _ problem: InnerProductProblem, sourceGradient: Layout = .rowMajor, weights: Layout = .any,
    gradient: Layout = .rowMajor
  ) throws -> InnerProductBackwardData {
    let key = Key(problem: problem, sourceGradient: sourceGradient, weights: weights, gradient: gradient)
    return try cache.plan(for: key) { try InnerProductBackwardData(key) }
  }

  private init(_ key: Key) throws {
    let name = "gradient of an inner product's source"
    let hint = try InnerProductForward.prepare(key.problem).primitive
    var operation = dnnl_inner_product_desc_t()
    try check(
      dnnl_inner_product_backward_data_desc_init(
        &operation, key.problem.source(key.sourceGradient).argument, key.problem.weights(key.weights).argument,
        key.problem.destination(key.gradient).argument),
      name, "\(key.problem)")
    primitive = try CompiledPrimitive(
      name, &operation, hint: hint, arguments: [DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC],
      detail: "\(key.problem)")
    sourceGradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_SRC)
    weights = try primitive.requiredDescriptor(DNNL_ARG_WEIGHTS)
    gradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_DST)
  }

  /// - Parameters:
  ///   - gradient: With respect to the result, read.
  ///   - sourceGradient: Written.
  public func execute(
    gradient: UnsafeRawPointer, weights: UnsafeRawPointer, sourceGradient: UnsafeMutableRawPointer
  ) throws {
    try primitive.execute {
      $0[0] = gradient
      $0[1] = weights
      $0[2] = UnsafeRawPointer(sourceGradient)
    }
  }
}

/// The gradients of an inner product with respect to its weights and its bias.
public final class InnerProductBackwardWeights: Sendable {
  private let primitive: CompiledPrimitive
  /// The layouts that the buffers must have.
  public let source, weightsGradient, gradient: MemoryDescriptor

  private struct Key: Hashable {
    let problem: InnerProductProblem
    let source, weightsGradient, gradient: Layout
    let hasBias: Bool
  }
  private static let cache = PrimitiveCache<Key, InnerProductBackwardWeights>()

  /// The layouts are wishes, as for `InnerProductForward`.
  /// - Parameters:
  ///   - gradient: The layout of the gradient with respect to the result.
  ///   - hasBias: Whether the bias's gradient is computed too.
  public static func prepare(
    _ problem: InnerProductProblem, source: Layout = .rowMajor, weightsGradient: Layout = .rowMajor,
    gradient: Layout = .rowMajor, hasBias: Bool = false
  ) throws -> InnerProductBackwardWeights {
    let key = Key(
      problem: problem, source: source, weightsGradient: weightsGradient, gradient: gradient, hasBias: hasBias)
    return try cache.plan(for: key) { try InnerProductBackwardWeights(key) }
  }

  private init(_ key: Key) throws {
    let name = "gradient of an inner product's weights"
    let hint = try InnerProductForward.prepare(key.problem).primitive
    let bias = key.hasBias ? try key.problem.bias() : nil
    var operation = dnnl_inner_product_desc_t()
    try check(
      dnnl_inner_product_backward_weights_desc_init(
        &operation, key.problem.source(key.source).argument, key.problem.weights(key.weightsGradient).argument,
        bias.argument, key.problem.destination(key.gradient).argument),
      name, "\(key.problem)")
    primitive = try CompiledPrimitive(
      name, &operation, hint: hint,
      arguments: [DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS], detail: "\(key.problem)")
    source = try primitive.requiredDescriptor(DNNL_ARG_SRC)
    weightsGradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_WEIGHTS)
    gradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_DST)
  }

  /// - Parameters:
  ///   - gradient: With respect to the result, read.
  ///   - weightsGradient, biasGradient: Written; the latter where `prepare` was asked for it.
  public func execute(
    source: UnsafeRawPointer, gradient: UnsafeRawPointer, weightsGradient: UnsafeMutableRawPointer,
    biasGradient: UnsafeMutableRawPointer? = nil
  ) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = gradient
      $0[2] = UnsafeRawPointer(weightsGradient)
      $0[3] = UnsafeRawPointer(biasGradient)
    }
  }
}
