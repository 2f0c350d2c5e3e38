import OneDNN

/// Convolutions of float32 tensors in blocked layouts: by Winograd's algorithm where that serves, else by oneDNN.
enum BlockedConvolution {
  /// The convolution, or nil where neither serves.
  ///
  /// - Parameter mayWait: whether the result may stay pending, to be computed together with what follows.
  static func forward(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ g: ConvolutionGeometry, mayWait: Bool
  ) throws -> Tensor? {
    guard suits(input, weight), let problem = g.problem else { return nil }
    let pending = PendingConvolution(
      input: input.alias(), weight: weight.alias(), bias: bias?.alias(), problem: problem)
    return mayWait ? try pending.deferred() : try pending.computed()
  }

  /// The gradient with respect to the input, or nil where neither serves.
  static func backwardData(_ grad: Tensor, _ weight: Tensor, _ g: ConvolutionGeometry) throws -> Tensor? {
    guard suits(grad, weight), let problem = g.problem else { return nil }
    if let winograd = try WinogradConvolution(problem) {
      let gradient = try Operand(grad).reordered(to: winograd.result)
      let plain = try weight.contiguous()
      let result = try BlockedMemory(winograd.source)
      try winograd.backwardData(
        gradient: gradient.floats, weights: try plain.floatPointer(),
        sourceGradient: result.pointer.assumingMemoryBound(to: Float.self))
      withExtendedLifetime((gradient, plain)) {}
      return try Tensor(result)
    }
    let given = try Operand(grad)
    let plan = try ConvolutionBackwardData.prepare(
      problem, sourceGradient: .channelBlocked, gradient: layout(of: grad, given))
    let gradient = try given.reordered(to: plan.gradient)
    let weights = try ConvolutionWeights.reordered(weight, problem, to: plan.weights)
    let result = try BlockedMemory(plan.sourceGradient)
    try plan.execute(gradient: gradient.pointer, weights: weights.pointer, sourceGradient: result.pointer)
    return try Tensor(result)
  }

  /// The gradients with respect to weight and bias, or nil where neither serves.
  static func backwardWeight(
    _ grad: Tensor, _ input: Tensor, _ g: ConvolutionGeometry, withBias: Bool
  ) throws -> (weight: Tensor, bias: Tensor?)? {
    guard suits(grad, input), let problem = g.problem else { return nil }
    if let winograd = try WinogradConvolution(problem) {
      let gradient = try Operand(grad).reordered(to: winograd.result)
      let source = try Operand(input).reordered(to: winograd.source)
      let weight = try Tensor(empty: g.weightShape)
      try winograd.backwardWeights(
        source: source.floats, gradient: gradient.floats,
        weightsGradient: try weight.overwritingPointer().assumingMemoryBound(to: Float.self))
      withExtendedLifetime((source, gradient)) {}
      return (weight, withBias ? try grad.sum([0, 2, 3]) : nil)
    }
    let (givenSource, givenGradient) = (try Operand(input), try Operand(grad))
    let plan = try ConvolutionBackwardWeights.prepare(
      problem, source: layout(of: input, givenSource), gradient: layout(of: grad, givenGradient), hasBias: withBias)
    let gradient = try givenGradient.reordered(to: plan.gradient)
    let source = try givenSource.reordered(to: plan.source)
    let bias = withBias ? try Tensor(empty: [g.outputChannels]) : nil
    let weight = try Tensor(empty: g.weightShape)
    let target = try weight.overwritingPointer()
    let plain = try problem.weightsDescriptor()
    if plan.weightsGradient == plain {
      try plan.execute(
        source: source.pointer, gradient: gradient.pointer, weightsGradient: target,
        biasGradient: try bias?.overwritingPointer())
    } else {
      let blocked = try BlockedMemory(plan.weightsGradient)
      try plan.execute(
        source: source.pointer, gradient: gradient.pointer, weightsGradient: blocked.pointer,
        biasGradient: try bias?.overwritingPointer())
      try Reorder.prepare(from: plan.weightsGradient, to: plain).execute(source: blocked.pointer, destination: target)
    }
    return (weight, bias)
  }

  /// The layout that a tensor has already, if it is a blocked one; else the kernel's choice.
  private static func layout(of tensor: Tensor, _ operand: Operand) -> Layout {
    tensor.blocked == nil ? .any : .exactly(operand.descriptor)
  }

  private static func suits(_ a: Tensor, _ b: Tensor) -> Bool { a.suitsOneDNN && b.suitsOneDNN }
}

extension ConvolutionGeometry {
  /// The same sizes for oneDNN; nil where it cannot express them.
  var problem: ConvolutionProblem? {
    guard paddingAfter.allSatisfy({ $0 >= 0 }), !outputShape.contains(0), !inputShape.contains(0),
      let stride = try? Spatial(stride), let low = try? Spatial(paddingBefore), let high = try? Spatial(paddingAfter),
      let dilation = try? Spatial(dilation)
    else { return nil }
    return try? ConvolutionProblem(
      source: inputShape, weights: weightShape, stride: stride, paddingLow: low, paddingHigh: high, dilation: dilation,
      groups: groups)
  }
}

/// Weights in the layout that a primitive wants, kept with the weight's storage until its version changes.
enum ConvolutionWeights {
  static func reordered(
    _ weight: Tensor, _ problem: ConvolutionProblem, to wanted: MemoryDescriptor
  ) throws -> Operand {
    let plain = try problem.weightsDescriptor(strides: weight.strides)
    if plain == wanted { return Operand(descriptor: plain, pointer: try weight.pointer(), owner: weight.storage) }
    guard weight.coversStorage else { return try copy(weight, plain, wanted) }
    let memory: BlockedMemory = try weight.storage.derived(wanted) {
      let copy = try BlockedMemory(wanted)
      try Reorder.prepare(from: plain, to: wanted).execute(source: try weight.pointer(), destination: copy.pointer)
      weight.storage.giveBackPages()
      return copy
    }
    return Operand(memory)
  }

  private static func copy(
    _ weight: Tensor, _ plain: MemoryDescriptor, _ wanted: MemoryDescriptor
  ) throws -> Operand {
    try Operand(descriptor: plain, pointer: try weight.pointer(), owner: weight.storage).reordered(to: wanted)
  }
}
