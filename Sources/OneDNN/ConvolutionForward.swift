import COneDNN

/// `destination = post-operations(convolution(source, weights) + bias)`
///
/// ```swift
/// let problem = try ConvolutionProblem(
///   source: [8, 64, 56, 56], weights: [64, 64, 3, 3], stride: Spatial([1, 1]), paddingLow: Spatial([1, 1]))
/// let convolution = try ConvolutionForward.prepare(
///   problem, source: .channelBlocked, destination: .channelBlocked, hasBias: true, then: [.elementwise(.relu())])
/// // reorder the weights from problem.weightsDescriptor() to convolution.weights once, then
/// try convolution.execute(source: x, weights: w, bias: b, destination: y)
/// ```
public final class ConvolutionForward: ConvolutionPlan, Sendable {
  private let primitive: CompiledPrimitive
  /// The layouts that the buffers must have.
  public let source, weights, destination: MemoryDescriptor
  /// The library's name of the kernel.
  public var implementation: String { primitive.implementation }

  private struct Key: Hashable, ConvolutionKey {
    let problem: ConvolutionProblem
    var source, weights, destination: Layout
    let hasBias: Bool
    let postOperations: [PostOperation]

    var withOpenSource: Key {
      var key = self
      key.source = .any
      return key
    }
    var withOpenLayouts: Key {
      var key = self
      (key.source, key.weights, key.destination) = (.any, .any, .any)
      return key
    }
  }
  private static let cache = PrimitiveCache<Key, ConvolutionForward>()

  /// The layouts are wishes: the library's own choice comes instead where it has no fast kernel for them. Compare the
  /// properties `source`, `weights` and `destination`.
  /// - Parameters:
  ///   - hasBias: Whether a bias of shape (output channels) and the destination's type, float32 for integers, is added.
  ///   - postOperations: What follows on each element.
  /// - Throws: `PrimitiveError`, with the reason `unimplemented` where the library has no kernel for what was asked.
  public static func prepare(
    _ problem: ConvolutionProblem, source: Layout = .any, weights: Layout = .any, destination: Layout = .any,
    hasBias: Bool = false, then postOperations: [PostOperation] = []
  ) throws -> ConvolutionForward {
    let key = Key(
      problem: problem, source: source, weights: weights, destination: destination, hasBias: hasBias,
      postOperations: postOperations)
    return try cache.plan(for: key, operations: problem.multiplicationCount) {
      try compileConvolution(key, ConvolutionForward.init)
    }
  }

  private init(_ key: Key) throws {
    let name = "convolution"
    let problem = key.problem
    let detail = "\(problem), \(key.postOperations)"
    let source = try key.source.descriptor(problem.sourceDimensions, type: problem.type)
    let weights = try key.weights.descriptor(problem.weightsDimensions, type: problem.type)
    let destination = try key.destination.descriptor(problem.destinationDimensions, type: problem.destinationType)
    let bias = key.hasBias ? try problem.biasDescriptor() : nil
    var operation = dnnl_convolution_desc_t()
    let status = try problem.withGeometry { geometry in
      dnnl_dilated_convolution_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_convolution_direct, source.argument,
        weights.argument, bias.argument, destination.argument, geometry.strides, geometry.skips, geometry.paddingLow,
        geometry.paddingHigh)
    }
    try check(status, name, detail)
    let numbers = [DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST]
    primitive = try CompiledPrimitive(
      name, &operation, attributes: .with(key.postOperations),
      arguments: numbers + PrimitiveAttributes.operandNumbers(key.postOperations), detail: detail)
    self.source = try primitive.requiredDescriptor(DNNL_ARG_SRC)
    self.weights = try primitive.requiredDescriptor(DNNL_ARG_WEIGHTS)
    self.destination = try primitive.requiredDescriptor(DNNL_ARG_DST)
  }

  /// - Parameters:
  ///   - destination: Begins at a multiple of 64 bytes, as some kernels store past the cache.
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

extension ConvolutionProblem {
  struct Geometry {
    let strides, skips, paddingLow, paddingHigh: UnsafePointer<dnnl_dim_t>
  }

  func withGeometry<Result>(_ body: (Geometry) throws -> Result) throws -> Result {
    try withDims(stride) { strides in
      try withDims(skips) { skips in
        try withDims(paddingLow) { low in
          try withDims(paddingHigh) { high in
            try body(Geometry(strides: strides, skips: skips, paddingLow: low, paddingHigh: high))
          }
        }
      }
    }
  }

  func biasDescriptor() throws -> MemoryDescriptor {
    let isInteger = destinationType != .bfloat16
    return try MemoryDescriptor([outputChannels], type: isInteger ? .float32 : destinationType)
  }
}
