import Supervision
import OneDNN

/// A convolution whose result nobody has read yet, with what followed it so far: a batch normalization with known statistics, an
/// addition, a ReLU. All of that runs as one primitive when the value is needed.
final class PendingConvolution: DeferredValue {
  private let input: Tensor
  private let weight: Tensor
  private let bias: Tensor?
  private let problem: ConvolutionProblem
  private var normalization: ChannelAffine?
  private var residual: Tensor?
  private var hasReLU = false

  init(input: Tensor, weight: Tensor, bias: Tensor?, problem: ConvolutionProblem) {
    self.input = input
    self.weight = weight
    self.bias = bias
    self.problem = problem
  }

  private init(copying other: PendingConvolution) {
    input = other.input
    weight = other.weight
    bias = other.bias
    problem = other.problem
    normalization = other.normalization
    // An alias of its own: whoever computes first must not take the memory that the other one needs.
    residual = other.residual?.alias()
    hasReLU = other.hasReLU
  }

  /// The convolution of a tensor that has not been computed yet, if that is what it is.
  static func of(_ tensor: Tensor) -> PendingConvolution? {
    guard let pending = tensor.storage.pending as? PendingConvolution, tensor.coversStorage,
      tensor.shape == pending.shape
    else { return nil }
    return pending
  }

  var shape: [Int] { problem.destinationDimensions }

  /// The same followed by a batch normalization, or nil where that cannot be merged any more.
  func normalized(_ affine: ChannelAffine) -> PendingConvolution? {
    guard normalization == nil, residual == nil, !hasReLU else { return nil }
    let next = PendingConvolution(copying: self)
    next.normalization = affine
    return next
  }

  /// The same with `other` added, or nil where that cannot be merged any more.
  func added(_ other: Tensor) -> PendingConvolution? {
    guard residual == nil, !hasReLU, other.shape == shape, other.dtype == .float32 else { return nil }
    let next = PendingConvolution(copying: self)
    next.residual = other.alias()
    return next
  }

  /// The same followed by a ReLU.
  func rectified() -> PendingConvolution {
    let next = PendingConvolution(copying: self)
    next.hasReLU = true
    return next
  }

  /// A tensor that is computed when somebody reads it, or when one of its inputs is about to change.
  func deferred() throws -> Tensor {
    // What this reads is computed now, so that chains of pending values never get long.
    try input.storage.settle()
    let count = try Shape.count(shape)
    let storage = Storage(byteCount: count * DType.float32.size, deferred: self)
    watch(from: storage)
    return Tensor(wholeOf: storage, .float32, shape, count)
  }

  /// Takes the place of the value that `storage` waits for.
  func replace(in storage: Storage) throws {
    try storage.replacePending(self)
    watch(from: storage)
  }

  private func watch(from storage: Storage) {
    for tensor in [input, weight, bias, residual].compactMap({ $0 }) + (normalization?.sources ?? []) {
      tensor.storage.addReader(storage)
    }
  }

  /// The result now.
  func computed() throws -> Tensor { try Tensor(try run()) }

  override var mayBeOpaque: Bool { true }

  override func compute(into storage: Storage) throws {
    let memory = try run()
    if memory.descriptor.isRowMajor {
      storage.setPlain(memory.pointer, owner: memory)
    } else {
      storage.setOpaque(memory)
    }
  }

  private func run() throws -> BlockedMemory {
    try residual?.storage.settle()
    try Interruption.check()
    // The sum is made in the addend's memory: once that is taken there is no way back.
    return residual == nil ? try execute() : try Interruption.postponed(execute)
  }

  private func execute() throws -> BlockedMemory {
    if let winograd = try WinogradConvolution(problem) { return try execute(winograd) }
    var steps: [PostOperation] = []
    var destination = Layout.channelBlocked
    if let residual {
      steps.append(.sum())
      if let blocked = residual.blocked { destination = .exactly(blocked.descriptor) }
    }
    if hasReLU { steps.append(.elementwise(.relu())) }
    let source = try Operand(input)
    let plan = try ConvolutionForward.prepare(
      problem, source: input.blocked == nil ? .any : .exactly(source.descriptor), destination: destination,
      hasBias: bias != nil || normalization != nil, then: steps)
    let result = try destinationMemory(plan.destination)
    let reordered = try source.reordered(to: plan.source)
    if let normalization {
      let folded = try normalization.fold(weight, bias, problem, to: plan.weights)
      try plan.execute(
        source: reordered.pointer, weights: folded.weights.pointer, bias: folded.factors.shift?.pointer(),
        destination: result.pointer)
    } else {
      let weights = try ConvolutionWeights.reordered(weight, problem, to: plan.weights)
      let offsets = try bias?.contiguous()
      try plan.execute(
        source: reordered.pointer, weights: weights.pointer, bias: try offsets?.pointer(), destination: result.pointer)
    }
    residual = nil
    return result
  }

  private func execute(_ winograd: WinogradConvolution) throws -> BlockedMemory {
    let source = try Operand(input).reordered(to: winograd.source)
    let weights = try weight.contiguous()
    let factors = try normalization?.factors(bias) ?? ChannelFactors(scale: nil, shift: bias)
    // The sum may be made in the addend's memory, if nobody else will read that.
    let own = residual?.blocked?.descriptor == winograd.result ? residual?.takeBlockedIfUnshared() : nil
    let result = try own ?? BlockedMemory(winograd.result)
    let addend = try own == nil ? residual.map { try Operand($0).reordered(to: winograd.result) } : Operand(result)
    let epilogue = ChannelEpilogue(
      scale: try factors.scale?.floatPointer(), shift: try factors.shift?.floatPointer(), addend: addend?.floats,
      hasReLU: hasReLU)
    try winograd.forward(
      source: source.floats, weights: try weights.floatPointer(), epilogue: epilogue,
      result: result.pointer.assumingMemoryBound(to: Float.self))
    withExtendedLifetime((source, weights, factors, addend)) {}
    residual = nil
    return result
  }

  /// Where the result goes; what is to be added lies there already.
  private func destinationMemory(_ wanted: MemoryDescriptor) throws -> BlockedMemory {
    guard let residual else { return try BlockedMemory(wanted) }
    if residual.blocked?.descriptor == wanted, let memory = residual.takeBlockedIfUnshared() { return memory }
    let memory = try BlockedMemory(wanted)
    let addend = try Operand(residual)
    try Reorder.prepare(from: addend.descriptor, to: wanted).execute(
      source: addend.pointer, destination: memory.pointer)
    return memory
  }
}
