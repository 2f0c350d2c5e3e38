import Tensor

/// Batches of a dataset's samples, in order or shuffled: `torch.utils.data.DataLoader`.
///
/// The order, and the random numbers that a dataset draws, are those that PyTorch gives after the same seed, also those of
/// its worker processes: there are none here, but each has its own sequence of numbers.
///
/// ```swift
/// let loader = try DataLoader(dataset, batches: BatchSampler(sampler, batchSize: 16, dropLast: false))
/// let next = try loader.start()
/// while let batch = try next() { … }
/// ```
public final class DataLoader {
  /// Makes one sample, such as a batch of tensors, of several.
  public typealias Collate = ([Sample]) throws -> Sample

  /// Where positions come from.
  public enum Order {
    /// Several positions at a time, whose samples are collated.
    case batches(BatchSource)
    /// Samples one by one, not collated.
    case samples(Sampler)
  }

  /// Where samples come from.
  public let dataset: Dataset
  /// Which samples a pass gives, and how many at a time.
  public let order: Order
  /// Of how many worker processes the random numbers follow; 0: those of the process itself.
  public let workerCount: Int
  private let generator: Generator?
  private let collate: Collate

  /// - Parameters:
  ///   - workerCount: of how many worker processes to follow the random numbers; 0: those of the process itself.
  ///   - generator: draws the seed of the workers; nil: the default one.
  public init(
    _ dataset: Dataset, order: Order, workerCount: Int = 0, generator: Generator? = nil,
    collate: @escaping Collate = Sample.collate
  ) throws {
    guard workerCount >= 0 else {
      throw TensorError(
        "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.", kind: .value)
    }
    self.dataset = dataset
    self.order = order
    self.workerCount = workerCount
    self.generator = generator
    self.collate = collate
  }

  /// How many batches, or samples, a pass gives.
  public func count() throws -> Int {
    switch order {
    case .batches(let batches): try batches.count()
    case .samples(let sampler): try sampler.count()
    }
  }

  /// Starts a pass: each call of the result gives the next batch, nil at the end.
  public func start() throws -> () throws -> Sample? {
    let nextBatch: () throws -> [Int]?
    switch order {
    case .batches(let batches): nextBatch = try batches.batches()
    case .samples(let sampler):
      let next = try sampler.positions()
      nextBatch = { try next().map { [$0] } }
    }
    let seed = try (generator ?? .default).drawSeed()
    let workers = (0..<workerCount).map { Generator(seed: seed &+ UInt64($0)) }
    var count = 0
    return { [self] in
      guard let positions = try nextBatch() else { return nil }
      defer { count += 1 }
      guard !workers.isEmpty else { return try fetch(positions) }
      return try Generator.default.replaced(by: workers[count % workers.count]) { try fetch(positions) }
    }
  }

  private func fetch(_ positions: [Int]) throws -> Sample {
    let samples = try positions.map { try dataset[$0] }
    switch order {
    case .batches: return try collate(samples)
    case .samples: return samples[0]
    }
  }
}
