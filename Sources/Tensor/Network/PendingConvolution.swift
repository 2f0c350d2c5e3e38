import Supervision
import OneDNN

/// A convolution whose result nobody has read yet, with what followed it so far: a batch normalization with known statistics, an
/// addition, a ReLU. All of that runs as one primitive when the value is needed.
final class PendingConvolution: DeferredValue {
  private let input: Tensor
  private let weight: Tensor
  private let bias: Tensor?
  private let problem: ConvolutionProblem
  private let isTraining: Bool
  private var normalization: ChannelAffine?
  private var residual: Tensor?
  private var hasReLU = false

  init(input: Tensor, weight: Tensor, bias: Tensor?, problem: ConvolutionProblem, isTraining: Bool) {
    self.input = input
    self.weight = weight
    self.bias = bias
    self.problem = problem
    self.isTraining = isTraining
  }

  private init(copying other: PendingConvolution) {
    input = other.input
    weight = other.weight
    bias = other.bias
    problem = other.problem
    isTraining = other.isTraining
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
    return try Interruption.postponed(execute)
  }

  private func execute() throws -> BlockedMemory {
    var steps: [PostOperation] = []
    var destination = Layout.any
    if let residual {
      steps.append(.sum())
      if let blocked = residual.blocked { destination = .exactly(blocked.descriptor) }
    }
    if hasReLU { steps.append(.elementwise(.relu())) }
    let source = try Operand(input)
    let plan = try ConvolutionForward.prepare(
      problem, source: input.blocked == nil ? .any : .exactly(source.descriptor), destination: destination,
      hasBias: bias != nil || normalization != nil, isTraining: isTraining, then: steps)
    let result = try destinationMemory(plan.destination)
    let reordered = try source.reordered(to: plan.source)
    if let normalization {
      let folded = try normalization.fold(weight, bias, problem, to: plan.weights)
      try plan.execute(
        source: reordered.pointer, weights: folded.weights.pointer, bias: folded.bias.pointer(),
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

/// `y = x * scale[c] + shift[c]`: a batch normalization whose statistics are known.
final class ChannelAffine {
  private let mean: Tensor
  private let variance: Tensor
  private let weight: Tensor?
  private let bias: Tensor?
  private let eps: Double

  init?(_ call: BatchNormCall) {
    guard let mean = call.runningMean, let variance = call.runningVar else { return nil }
    self.mean = mean.alias()
    self.variance = variance.alias()
    weight = call.weight?.alias()
    bias = call.bias?.alias()
    eps = call.eps
  }

  /// The tensors that it reads.
  var sources: [Tensor] { [mean, variance, weight, bias].compactMap { $0 } }

  /// Factors and offsets of the channels.
  func coefficients() throws -> (scale: [Float], shift: [Float]) {
    let (m, v) = (try mean.doubles(), try variance.doubles())
    let (w, b) = (try weight?.doubles(), try bias?.doubles())
    var (scale, shift) = ([Float](), [Float]())
    for c in m.indices {
      let factor = (w?[c] ?? 1) / (v[c] + eps).squareRoot()
      scale.append(Float(factor))
      shift.append(Float((b?[c] ?? 0) - m[c] * factor))
    }
    return (scale, shift)
  }

  /// Weights and bias of a convolution followed by this, kept with the weight's storage until one of them changes.
  func fold(
    _ weight: Tensor, _ bias: Tensor?, _ problem: ConvolutionProblem, to wanted: MemoryDescriptor
  ) throws -> Folded {
    let stamp = (sources + (bias.map { [$0] } ?? [])).map { Folded.Source(storage: $0.storage, version: $0.version) }
    if weight.coversStorage {
      let known: FoldedCell = weight.storage.derived(FoldedCell.Key(layout: wanted)) { FoldedCell() }
      if let folded = known.folded, folded.isMade(from: stamp, eps) { return folded }
      let folded = try make(weight, bias, problem, wanted, stamp)
      known.folded = folded
      return folded
    }
    return try make(weight, bias, problem, wanted, stamp)
  }

  private func make(
    _ weight: Tensor, _ bias: Tensor?, _ problem: ConvolutionProblem, _ wanted: MemoryDescriptor,
    _ stamp: [Folded.Source]
  ) throws -> Folded {
    let (scale, shift) = try coefficients()
    let source = try weight.contiguous()
    let scaled = try Tensor(empty: weight.shape)
    let from = try source.pointer().assumingMemoryBound(to: Float.self)
    let to = try scaled.overwritingPointer().assumingMemoryBound(to: Float.self)
    let rowLength = weight.count / max(weight.shape[0], 1)
    try Parallel.forEach(weight.shape[0], grain: max(1, Parallel.grain / max(rowLength, 1))) { part in
      for o in part {
        let factor = scale[o]
        for i in (o * rowLength)..<((o + 1) * rowLength) { to[i] = from[i] * factor }
      }
    }
    weight.storage.giveBackPages()
    let offsets = try bias?.floats()
    let folded = shift.indices.map { shift[$0] + (offsets?[$0] ?? 0) * scale[$0] }
    let plain = Operand(
      descriptor: try problem.weightsDescriptor(), pointer: try scaled.pointer(), owner: scaled.storage)
    return Folded(weights: try plain.reordered(to: wanted), bias: try Tensor(folded), sources: stamp, eps: eps)
  }
}

/// Weights and bias with a batch normalization multiplied in.
final class Folded {
  struct Source {
    weak var storage: Storage?
    let version: Int
  }

  let weights: Operand
  let bias: Tensor
  private let sources: [Source]
  private let eps: Double

  init(weights: Operand, bias: Tensor, sources: [Source], eps: Double) {
    self.weights = weights
    self.bias = bias
    self.sources = sources
    self.eps = eps
  }

  func isMade(from stamp: [Source], _ eps: Double) -> Bool {
    eps == self.eps && stamp.count == sources.count
      && zip(stamp, sources).allSatisfy { $0.storage === $1.storage && $1.storage != nil && $0.version == $1.version }
  }
}

/// Where a weight's storage keeps the latest ``Folded`` for one layout.
final class FoldedCell {
  struct Key: Hashable {
    let layout: MemoryDescriptor
  }
  var folded: Folded?
}
