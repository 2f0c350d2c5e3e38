import OneDNN

/// Batch normalizations of float32 tensors: merged into a pending convolution, or by oneDNN in the layout that the input has.
enum BlockedBatchNorm {
  /// The result, or nil where oneDNN does not serve.
  static func run(_ call: BatchNormCall) throws -> Tensor? {
    let tensors = [call.input, call.weight, call.bias, call.runningMean, call.runningVar].compactMap { $0 }
    guard call.input.suitsOneDNN, tensors.allSatisfy({ $0.dtype == .float32 }) else { return nil }
    let needs = needsGradient([call.input, call.weight, call.bias].compactMap { $0 })
    if !call.training, !needs, let affine = ChannelAffine(call),
      let joined = PendingConvolution.of(call.input)?.normalized(affine)
    {
      return try joined.deferred()
    }
    let pending = PendingNormalization(try Normalization(call), hasReLU: false)
    let result = try pending.deferred()
    return needs ? try record(pending, result, call) : result
  }

  private static func record(
    _ pending: PendingNormalization, _ result: Tensor, _ call: BatchNormCall
  ) throws -> Tensor {
    let recorded = try call.recorded(result) { grad, needs in try pending.gradient(grad, needs) }
    pending.record = { [weak pending, weak node = recorded.autograd?.node] rectified, output in
      guard let pending, node?.isObserved != true else { return false }
      func beforeReLU(_ grad: Tensor) throws -> Tensor {
        try grad.mul(try rectified.output().gt(0).to(.float32))
      }
      _ = try call.recorded(output, name: "ReluBackward0", before: beforeReLU) { grad, needs in
        guard let node, node.isObserved else { return try rectified.gradient(grad, needs) }
        // Somebody wants to see the gradient between the two after all.
        var grads: [Tensor?] = [try beforeReLU(grad)]
        try node.runHooks(&grads)
        return try grads[0].map { try pending.gradient($0, needs) } ?? []
      }
      return true
    }
    return recorded
  }
}

/// One batch normalization whose statistics are known: what its result and its gradients are computed from.
final class Normalization {
  let input: Operand
  let shape: [Int]
  let mean: Tensor
  let variance: Tensor
  let weight: Tensor?
  let bias: Tensor?
  let options: NormalizationOptions
  let isTraining: Bool

  /// Takes the batch's statistics, and updates the running ones, now.
  init(_ call: BatchNormCall) throws {
    shape = call.input.shape
    let operand = try Operand(call.input)
    let layout = operand.descriptor
    let block = layout.isRowMajor ? 1 : layout.channelBlock
    if block == nil {
      input = try operand.reordered(to: try Layout.channelBlocked.descriptor(shape, type: .float32))
    } else {
      input = operand
    }
    weight = try call.weight?.alias().contiguous()
    bias = try call.bias?.alias().contiguous()
    options = NormalizationOptions(hasScale: weight != nil, hasShift: bias != nil, epsilon: Float(call.eps))
    isTraining = call.training
    if call.training {
      let statistics = try ChannelStatistics.of(
        input.pointer.assumingMemoryBound(to: Float.self), batch: shape[0], channels: shape[1],
        spatial: shape[2...].reduce(1, &*), block: block ?? Processor.channelBlock)
      (mean, variance) = statistics
      try call.updateRunning(mean: mean, variance: variance)
    } else {
      guard let runningMean = call.runningMean, let runningVar = call.runningVar else {
        throw TensorError("Expected running_mean and running_var to be defined when training=False")
      }
      mean = try runningMean.alias().clone()
      variance = try runningVar.alias().clone()
    }
  }

  func forward(into result: BlockedMemory, fusesReLU: Bool, keepsMask: Bool) throws -> BlockedMemory? {
    let plan = try BatchNormalizationForward.prepare(
      data: input.descriptor, options: options, statistics: .given, fusesReLU: fusesReLU, isTraining: keepsMask)
    let mask = plan.workspaceByteCount > 0 ? try BlockedMemory(byteCount: plan.workspaceByteCount) : nil
    try plan.execute(
      source: input.pointer, destination: result.pointer, mean: try mean.pointer(), variance: try variance.pointer(),
      scale: try weight?.pointer(), shift: try bias?.pointer(), workspace: mask?.pointer)
    return mask
  }

  /// The gradients of input, weight and bias.
  func backward(_ grad: Tensor, mask: BlockedMemory?, needs: GradientNeeds) throws -> [Tensor?] {
    let layout = input.descriptor
    let gradient = try Operand(grad).reordered(to: layout)
    let plan = try BatchNormalizationBackward.prepare(
      data: layout, gradient: layout, options: options, statistics: isTraining ? .batch : .given,
      fusesReLU: mask != nil)
    let result = try BlockedMemory(layout)
    let scale = weight == nil ? nil : try Tensor(empty: [shape[1]])
    let shift = bias == nil ? nil : try Tensor(empty: [shape[1]])
    try plan.execute(
      source: input.pointer, gradient: gradient.pointer, sourceGradient: result.pointer, mean: try mean.pointer(),
      variance: try variance.pointer(), scale: try weight?.pointer(), workspace: mask?.pointer,
      scaleGradient: try scale?.overwritingPointer(), shiftGradient: try shift?.overwritingPointer())
    return [try Tensor(result), scale, shift]
  }
}

/// The result of a batch normalization that nobody has read yet; a ReLU that follows runs in the same pass.
final class PendingNormalization: DeferredValue {
  private let normalization: Normalization
  private let hasReLU: Bool
  private var mask: BlockedMemory?
  private weak var storage: Storage?
  /// Records a ReLU's output with the gradients of both at once; false where that must not be. Nil without gradients.
  var record: ((PendingNormalization, Tensor) throws -> Bool)?

  init(_ normalization: Normalization, hasReLU: Bool) {
    self.normalization = normalization
    self.hasReLU = hasReLU
  }

  /// The normalization of a tensor that has not been computed yet, if that is what it is.
  static func of(_ tensor: Tensor) -> PendingNormalization? {
    guard let pending = tensor.storage.pending as? PendingNormalization, !pending.hasReLU, tensor.coversStorage,
      tensor.shape == pending.normalization.shape
    else { return nil }
    return pending
  }

  /// The same followed by a ReLU.
  func rectified() -> PendingNormalization { PendingNormalization(normalization, hasReLU: true) }

  /// A tensor that is computed when somebody reads it.
  func deferred() throws -> Tensor {
    let shape = normalization.shape
    let count = try Shape.count(shape)
    let storage = Storage(byteCount: count * DType.float32.size, deferred: self)
    self.storage = storage
    return Tensor(wholeOf: storage, .float32, shape, count)
  }

  /// Takes the place of the value that `tensor` waits for.
  func replace(in tensor: Tensor) throws {
    try tensor.storage.replacePending(self)
    storage = tensor.storage
  }

  override var mayBeOpaque: Bool { true }

  override func compute(into storage: Storage) throws {
    let result = try BlockedMemory(normalization.input.descriptor)
    mask = try normalization.forward(into: result, fusesReLU: hasReLU, keepsMask: hasReLU)
    if result.descriptor.isRowMajor {
      storage.setPlain(result.pointer, owner: result)
    } else {
      storage.setOpaque(result)
    }
  }

  /// The output, computed if it was not.
  func output() throws -> Tensor {
    if let storage {
      return Tensor(wholeOf: storage, .float32, normalization.shape, try Shape.count(normalization.shape))
    }
    return try PendingNormalization(normalization, hasReLU: hasReLU).deferred()
  }

  /// The gradients of input, weight and bias.
  func gradient(_ grad: Tensor, _ needs: GradientNeeds) throws -> [Tensor?] {
    if hasReLU && mask == nil {
      let memory = try BlockedMemory(normalization.input.descriptor)
      mask = try normalization.forward(into: memory, fusesReLU: true, keepsMask: true)
    }
    return try normalization.backward(grad, mask: mask, needs: needs)
  }
}
