import OneDNN

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

  /// Factors and offsets of what follows a convolution with `bias`, kept with the mean's storage until one of the tensors changes.
  func factors(_ bias: Tensor?) throws -> ChannelFactors {
    struct Key: Hashable {
      let eps: Double
      let hasBias: Bool
    }
    let cache = mean.storage.derived(Key(eps: eps, hasBias: bias != nil)) { TensorsCache<ChannelFactors>() }
    return try cache.value(of: sources + (bias.map { [$0] } ?? [])) {
      let (m, v) = (try mean.doubles(), try variance.doubles())
      let (w, b) = (try weight?.doubles(), try self.bias?.doubles())
      let before = try bias?.doubles()
      var (scale, shift) = ([Float](), [Float]())
      for c in m.indices {
        let factor = (w?[c] ?? 1) / (v[c] + eps).squareRoot()
        scale.append(Float(factor))
        shift.append(Float((b?[c] ?? 0) - (m[c] - (before?[c] ?? 0)) * factor))
      }
      return try ChannelFactors(scale: Tensor(scale), shift: Tensor(shift))
    }
  }

  /// Weights and bias of a convolution followed by this, kept with the weight's storage until one of them changes.
  func fold(
    _ weight: Tensor, _ bias: Tensor?, _ problem: ConvolutionProblem, to wanted: MemoryDescriptor
  ) throws -> Folded {
    struct Key: Hashable {
      let layout: MemoryDescriptor
      let eps: Double
    }
    func make() throws -> Folded { try self.make(weight, problem, wanted, factors(bias)) }
    guard weight.coversStorage else { return try make() }
    let cache = weight.storage.derived(Key(layout: wanted, eps: eps)) { TensorsCache<Folded>() }
    return try cache.value(of: sources + (bias.map { [$0] } ?? []), make)
  }

  private func make(
    _ weight: Tensor, _ problem: ConvolutionProblem, _ wanted: MemoryDescriptor, _ factors: ChannelFactors
  ) throws -> Folded {
    let source = try weight.contiguous()
    let scaled = try Tensor(empty: weight.shape)
    let from = try source.floatPointer()
    let to = try scaled.overwritingPointer().assumingMemoryBound(to: Float.self)
    let rowLength = weight.count / max(weight.shape[0], 1)
    let scale = try factors.scale?.floatPointer()
    try Parallel.forEach(weight.shape[0], grain: max(1, Parallel.grain / max(rowLength, 1))) { part in
      for o in part {
        let factor = scale?[o] ?? 1
        for i in (o * rowLength)..<((o + 1) * rowLength) { to[i] = from[i] * factor }
      }
    }
    weight.storage.giveBackPages()
    let plain = Operand(
      descriptor: try problem.weightsDescriptor(), pointer: try scaled.pointer(), owner: scaled.storage)
    return Folded(weights: try plain.reordered(to: wanted), factors: factors)
  }
}

/// What each channel of a result is multiplied by, and what is added to it.
struct ChannelFactors {
  /// `[C]` and zeros up to a whole block of channels, contiguous float32; nil: nothing to do.
  let scale, shift: Tensor?

  init(scale: Tensor?, shift: Tensor?) throws {
    func padded(_ tensor: Tensor) throws -> Tensor {
      let missing = -tensor.count & (Processor.channelBlock - 1)
      if missing == 0 { return try tensor.contiguous() }
      return try Tensor(try tensor.floats() + [Float](repeating: 0, count: missing))
    }
    self.scale = try scale.map(padded)
    self.shift = try shift.map(padded)
  }
}

/// Weights with a batch normalization multiplied in, and what remains of it to be added.
struct Folded {
  let weights: Operand
  let factors: ChannelFactors
}

/// A value made from several tensors, and made anew when one of them has changed.
final class TensorsCache<Value> {
  private struct Source {
    weak var storage: Storage?
    let version: Int

    func isStill(_ tensor: Tensor) -> Bool { storage === tensor.storage && version == tensor.version }
  }

  private var sources: [Source] = []
  private var value: Value?

  func value(of tensors: [Tensor], _ make: () throws -> Value) rethrows -> Value {
    if let value, sources.count == tensors.count, zip(sources, tensors).allSatisfy({ $0.isStill($1) }) { return value }
    let made = try make()
    value = made
    sources = tensors.map { Source(storage: $0.storage, version: $0.version) }
    return made
  }
}
