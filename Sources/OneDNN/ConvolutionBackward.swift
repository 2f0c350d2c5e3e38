import COneDNN

/// The gradient of a convolution with respect to its source; also a transposed convolution's forward pass.
public final class ConvolutionBackwardData: ConvolutionPlan, Sendable {
  private let primitive: CompiledPrimitive
  /// The layouts that the buffers must have.
  public let sourceGradient, weights, gradient: MemoryDescriptor
  /// The library's name of the kernel.
  public var implementation: String { primitive.implementation }

  private struct Key: Hashable, ConvolutionKey {
    let problem: ConvolutionProblem
    var sourceGradient, weights, gradient: Layout

    var withOpenSource: Key {
      var key = self
      key.sourceGradient = .any
      return key
    }
    var withOpenLayouts: Key {
      var key = self
      (key.sourceGradient, key.weights, key.gradient) = (.any, .any, .any)
      return key
    }
  }
  private static let cache = PrimitiveCache<Key, ConvolutionBackwardData>()

  /// The layouts are wishes, as for `ConvolutionForward`.
  /// - Parameter gradient: The layout of the gradient with respect to the convolution's result.
  /// - Throws: `PrimitiveError`, with the reason `unimplemented` where the library has no kernel for what was asked.
  public static func prepare(
    _ problem: ConvolutionProblem, sourceGradient: Layout = .any, weights: Layout = .any, gradient: Layout = .any
  ) throws -> ConvolutionBackwardData {
    let key = Key(
      problem: problem, sourceGradient: sourceGradient, weights: weights, gradient: gradient)
    return try cache.plan(for: key, operations: problem.multiplicationCount) {
      try compileConvolution(key, ConvolutionBackwardData.init)
    }
  }

  private init(_ key: Key) throws {
    let name = "gradient of a convolution's source"
    let problem = key.problem
    let detail = "\(problem)"
    let sourceGradient = try key.sourceGradient.descriptor(problem.sourceDimensions, type: problem.type)
    let weights = try key.weights.descriptor(problem.weightsDimensions, type: problem.type)
    let gradient = try key.gradient.descriptor(problem.destinationDimensions, type: problem.destinationType)
    let hint = try problem.forwardHint()
    var operation = dnnl_convolution_desc_t()
    let status = try problem.withGeometry { geometry in
      dnnl_dilated_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, sourceGradient.argument, weights.argument, gradient.argument,
        geometry.strides,
        geometry.skips, geometry.paddingLow, geometry.paddingHigh)
    }
    try check(status, name, detail)
    primitive = try CompiledPrimitive(
      name, &operation, hint: hint, arguments: [DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC],
      detail: detail)
    self.sourceGradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_SRC)
    self.weights = try primitive.requiredDescriptor(DNNL_ARG_WEIGHTS)
    self.gradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_DST)
  }

  /// - Parameters:
  ///   - gradient: With respect to the convolution's result, read.
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

/// The gradients of a convolution with respect to its weights and its bias.
public final class ConvolutionBackwardWeights: ConvolutionPlan, Sendable {
  private let primitive: CompiledPrimitive
  /// The layouts that the buffers must have.
  public let source, weightsGradient, gradient: MemoryDescriptor
  /// The library's name of the kernel.
  public var implementation: String { primitive.implementation }

  private struct Key: Hashable, ConvolutionKey {
    let problem: ConvolutionProblem
    var source, weightsGradient, gradient: Layout
    let hasBias: Bool

    var withOpenSource: Key {
      var key = self
      key.source = .any
      return key
    }
    var withOpenLayouts: Key {
      var key = self
      (key.source, key.weightsGradient, key.gradient) = (.any, .any, .any)
      return key
    }
  }
  private static let cache = PrimitiveCache<Key, ConvolutionBackwardWeights>()

  /// The layouts are wishes, as for `ConvolutionForward`.
  /// - Parameters:
  ///   - gradient: The layout of the gradient with respect to the convolution's result.
  ///   - hasBias: Whether the bias's gradient is computed too.
  /// - Throws: `PrimitiveError`, with the reason `unimplemented` where the library has no kernel for what was asked.
  public static func prepare(
    _ problem: ConvolutionProblem, source: Layout = .any, weightsGradient: Layout = .any, gradient: Layout = .any,
    hasBias: Bool = false
  ) throws -> ConvolutionBackwardWeights {
    let key = Key(
      problem: problem, source: source, weightsGradient: weightsGradient, gradient: gradient, hasBias: hasBias)
    return try cache.plan(for: key, operations: problem.multiplicationCount) {
      try compileConvolution(key, ConvolutionBackwardWeights.init)
    }
  }

  private init(_ key: Key) throws {
    let name = "gradient of a convolution's weights"
    let problem = key.problem
    let detail = "\(problem)"
    let source = try key.source.descriptor(problem.sourceDimensions, type: problem.type)
    let weightsGradient = try key.weightsGradient.descriptor(problem.weightsDimensions, type: problem.type)
    let gradient = try key.gradient.descriptor(problem.destinationDimensions, type: problem.destinationType)
    let bias = key.hasBias ? try problem.biasDescriptor() : nil
    let hint = try problem.forwardHint()
    var operation = dnnl_convolution_desc_t()
    let status = try problem.withGeometry { geometry in
      dnnl_dilated_convolution_backward_weights_desc_init(
        &operation, dnnl_convolution_direct, source.argument, weightsGradient.argument, bias.argument,
        gradient.argument,
        geometry.strides, geometry.skips, geometry.paddingLow, geometry.paddingHigh)
    }
    try check(status, name, detail)
    let numbers = [DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS]
    primitive = try CompiledPrimitive(name, &operation, hint: hint, arguments: numbers, detail: detail)
    self.source = try primitive.requiredDescriptor(DNNL_ARG_SRC)
    self.weightsGradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_WEIGHTS)
    self.gradient = try primitive.requiredDescriptor(DNNL_ARG_DIFF_DST)
  }

  /// - Parameters:
  ///   - gradient: With respect to the convolution's result, read.
  ///   - weightsGradient, biasGradient: Written; the latter where `prepare` was asked for it, of the type of the bias.
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

extension ConvolutionProblem {
  /// The forward convolution that the library asks for when it describes a backward one.
  fileprivate func forwardHint() throws -> CompiledPrimitive {
    let source = try Layout.any.descriptor(sourceDimensions, type: type)
    let weights = try Layout.any.descriptor(weightsDimensions, type: type)
    let destination = try Layout.any.descriptor(destinationDimensions, type: destinationType)
    var operation = dnnl_convolution_desc_t()
    let status = try withGeometry { geometry in
      dnnl_dilated_convolution_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_convolution_direct, source.argument, weights.argument, nil,
        destination.argument,
        geometry.strides, geometry.skips, geometry.paddingLow, geometry.paddingHigh)
    }
    try check(status, "convolution", "\(self)")
    return try CompiledPrimitive("convolution", &operation, arguments: [], detail: "\(self)")
  }
}
