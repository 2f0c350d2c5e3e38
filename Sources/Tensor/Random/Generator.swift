import Glibc

/// A source of random numbers, with PyTorch's numbers for every seed: `torch.Generator`.
///
/// ```swift
/// Generator.default.manualSeed(0)
/// let x = try Tensor.rand([2, 3])  // what torch.manual_seed(0); torch.rand(2, 3) gives
/// ```
///
/// Values that nobody has read yet may not be drawn yet (see ``DrawSequence``); no observer can tell. A generator serves one
/// thread at a time; give each thread its own.
public final class Generator {
  /// The one that operations use when none is named.
  nonisolated(unsafe) public static let `default` = Generator()

  /// The seed of a generator that was given none.
  public static let defaultSeed: UInt64 = 67_280_421_310_721

  /// The last seed given.
  public private(set) var initialSeed: UInt64
  private(set) var sequence: DrawSequence

  /// A generator at the beginning of the numbers that PyTorch draws from `seed`.
  public init(seed: UInt64 = Generator.defaultSeed) {
    initialSeed = seed
    sequence = DrawSequence(RandomEngine(seed: seed))
  }

  /// Starts again from `seed`. Draws that wait still come from where the generator was.
  public func manualSeed(_ seed: UInt64) {
    initialSeed = seed
    sequence = DrawSequence(RandomEngine(seed: seed))
  }

  /// Starts from a seed that the system's source of randomness gives, and returns it.
  @discardableResult
  public func seed() -> UInt64 {
    var system = SystemRandomNumberGenerator()
    let seed = system.next()
    manualSeed(seed)
    return seed
  }

  /// The stream, past all draws that wait.
  func engine() throws -> RandomEngine { try sequence.settled() }

  /// The state as 5056 bytes in PyTorch's layout: `get_state`, `torch.get_rng_state`.
  public func state() throws -> Tensor {
    let state = try engine().state(seed: initialSeed)
    let bytes = try Tensor(empty: [RandomState.byteCount], dtype: .uint8)
    state.write(to: try bytes.overwritingPointer())
    return bytes
  }

  /// Goes on from a state that ``state()`` or PyTorch gave.
  ///
  /// - Throws: ``TensorError`` where `bytes` is no state.
  public func setState(_ bytes: Tensor) throws {
    guard bytes.dtype == .uint8 else { throw TensorError.type("RNG state must be a torch.ByteTensor") }
    let packed = try bytes.contiguous()
    let state = try RandomState(bytes: UnsafeRawBufferPointer(start: try packed.pointer(), count: packed.count))
    initialSeed = state.seed
    sequence = DrawSequence(RandomEngine(state))
  }

  /// Runs `body` with numbers of its own and then goes on as if nothing had been drawn. Unlike ``fork(_:)`` it leaves draws that
  /// wait where they are, and those of `body` are never carried out unless somebody reads their tensors: this is for networks
  /// of which only the shapes matter.
  public func aside<Result>(_ body: () throws -> Result) rethrows -> Result {
    let (seed, current) = (initialSeed, sequence)
    sequence = DrawSequence(RandomEngine(seed: Generator.defaultSeed))
    defer { (initialSeed, sequence) = (seed, current) }
    return try body()
  }

  /// Runs `body` and then goes on as if it had drawn nothing: `torch.random.fork_rng`.
  public func fork<Result>(_ body: () throws -> Result) throws -> Result {
    let seed = initialSeed
    let state = try engine().state(seed: seed)
    defer {
      initialSeed = seed
      sequence = DrawSequence(RandomEngine(state))
    }
    return try body()
  }

  /// Runs `body`, for which this generator goes on where `other` is; then each has its own numbers again.
  public func replaced<Result>(by other: Generator, _ body: () throws -> Result) rethrows -> Result {
    exchange(with: other)
    defer { exchange(with: other) }
    return try body()
  }

  private func exchange(with other: Generator) {
    swap(&sequence, &other.sequence)
    swap(&initialSeed, &other.initialSeed)
  }
}
