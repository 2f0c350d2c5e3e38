import Tensor

/// An order of positions in a dataset: `torch.utils.data.Sampler`.
open class Sampler {
  /// For subclasses: by itself a sampler gives no position.
  public init() {}

  /// How many positions there are.
  open func count() throws -> Int { 0 }

  /// Starts to go through the positions: each call of the result gives the next, nil at the end.
  open func positions() throws -> () throws -> Int? { { nil } }
}

/// From the first to the last.
public final class SequentialSampler: Sampler {
  private let size: () throws -> Int

  /// - Parameter count: how many positions there are, asked for at the beginning of each pass.
  public init(count: @escaping () throws -> Int) { size = count }

  public override func count() throws -> Int { try size() }

  public override func positions() throws -> () throws -> Int? {
    let count = try count()
    var next = 0
    return {
      guard next < count else { return nil }
      next += 1
      return next - 1
    }
  }
}

/// In random order, or with replacement at random.
public final class RandomSampler: Sampler {
  private let size: () throws -> Int
  private let replacement: Bool
  private let sampleCount: Int?
  private let generator: Generator?

  /// - Parameters:
  ///   - sampleCount: how many positions to draw; nil: as many as there are.
  ///   - generator: without one, each pass draws a seed of its own from the default generator.
  public init(
    count: @escaping () throws -> Int, replacement: Bool = false, sampleCount: Int? = nil, generator: Generator? = nil
  ) throws {
    size = count
    self.replacement = replacement
    self.sampleCount = sampleCount
    self.generator = generator
    super.init()
    let samples = try self.count()
    guard samples > 0 else {
      throw TensorError("num_samples should be a positive integer value, but got num_samples=\(samples)", kind: .value)
    }
  }

  public override func count() throws -> Int { try sampleCount ?? size() }

  public override func positions() throws -> () throws -> Int? {
    let (given, size, sampleCount, replacement) = (generator, try size(), try count(), replacement)
    var source: Generator?
    var drawn: [Int64] = []
    var left = sampleCount
    var isOver = size == 0
    return {
      if drawn.isEmpty, !isOver {
        let generator = try source ?? given ?? Generator(seed: try Generator.default.drawSeed())
        source = generator
        // As in PyTorch the last permutation is drawn even if no position of it is needed.
        let count = min(left, replacement ? 32 : size)
        isOver = replacement ? count == left : count < size
        let values =
          replacement
          ? try Tensor.randint(0, Int64(size), [count], generator: generator)
          : try Tensor.randperm(size, generator: generator)
        drawn = try values.integers().prefix(count).reversed()
        left -= count
      }
      return drawn.popLast().map { Int($0) }
    }
  }
}

/// Given positions in random order.
public final class SubsetRandomSampler: Sampler {
  /// The positions that are given, each once a pass.
  public let indices: [Int]
  private let generator: Generator?

  /// - Parameter generator: draws the order of each pass; nil: the default one.
  public init(_ indices: [Int], generator: Generator? = nil) {
    self.indices = indices
    self.generator = generator
  }

  public override func count() throws -> Int { indices.count }

  public override func positions() throws -> () throws -> Int? {
    lazily { [indices, generator] in
      try Tensor.randperm(indices.count, generator: generator).integers().map { indices[Int($0)] }
    }
  }
}

/// Positions drawn in proportion to their weights.
public final class WeightedRandomSampler: Sampler {
  /// A weight for each position, in float64; they need not add up to 1.
  public let weights: Tensor
  private let sampleCount: Int
  private let replacement: Bool
  private let generator: Generator?

  /// - Parameters:
  ///   - weights: one dimension, a weight for each position.
  ///   - sampleCount: how many positions to draw, at least 1.
  ///   - replacement: whether a position may be drawn more than once.
  ///   - generator: nil: the default one.
  /// - Throws: ``TensorError`` for no samples, or weights of another number of dimensions.
  public init(_ weights: Tensor, _ sampleCount: Int, replacement: Bool = true, generator: Generator? = nil) throws {
    guard sampleCount > 0 else {
      throw TensorError(
        "num_samples should be a positive integer value, but got num_samples=\(sampleCount)", kind: .value)
    }
    guard weights.rank == 1 else {
      throw TensorError(
        "weights should be a 1d sequence but given weights have shape \(Shape.sizeText(weights.shape))", kind: .value)
    }
    self.weights = try weights.detach().to(.float64)
    self.sampleCount = sampleCount
    self.replacement = replacement
    self.generator = generator
  }

  public override func count() throws -> Int { sampleCount }

  public override func positions() throws -> () throws -> Int? {
    lazily { [weights, sampleCount, replacement, generator] in
      try weights.multinomial(sampleCount, replacement: replacement, generator: generator).integers().map { Int($0) }
    }
  }
}

/// Goes through positions that are drawn when the first is asked for.
private func lazily(_ draw: @escaping () throws -> [Int]) -> () throws -> Int? {
  var drawn: [Int]?
  return {
    if drawn == nil { drawn = try draw().reversed() }
    return drawn?.popLast()
  }
}

/// The positions of each batch: `BatchSampler`.
open class BatchSource {
  /// For subclasses: by itself a source gives no batch.
  public init() {}

  /// How many batches there are.
  open func count() throws -> Int { 0 }

  /// Starts to go through the batches: each call of the result gives the next, nil at the end.
  open func batches() throws -> () throws -> [Int]? { { nil } }
}

/// Batches of the positions that a sampler gives.
public final class BatchSampler: BatchSource {
  /// Where positions come from.
  public let sampler: Sampler
  /// How many positions a batch has.
  public let batchSize: Int
  /// Whether a last batch that is smaller is left out.
  public let dropLast: Bool

  /// - Throws: ``TensorError`` for a `batchSize` below 1.
  public init(_ sampler: Sampler, batchSize: Int, dropLast: Bool) throws {
    guard batchSize > 0 else {
      throw TensorError("batch_size should be a positive integer value, but got batch_size=\(batchSize)", kind: .value)
    }
    self.sampler = sampler
    self.batchSize = batchSize
    self.dropLast = dropLast
  }

  public override func count() throws -> Int {
    let count = try sampler.count()
    return dropLast ? count / batchSize : count / batchSize + (count % batchSize > 0 ? 1 : 0)
  }

  public override func batches() throws -> () throws -> [Int]? {
    let next = try sampler.positions()
    return { [batchSize, dropLast] in
      var batch: [Int] = []
      while batch.count < batchSize, let position = try next() { batch.append(position) }
      return batch.isEmpty || dropLast && batch.count < batchSize ? nil : batch
    }
  }
}

extension Generator {
  /// A seed for another generator: what `torch.empty((), dtype=torch.int64).random_()` draws.
  func drawSeed() throws -> UInt64 {
    let value = try Tensor(empty: [], dtype: .int64).randomInPlace(generator: self).item().int
    return UInt64(bitPattern: value)
  }
}
