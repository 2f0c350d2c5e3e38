/// A stream of random bits with the draws that wait for it, in order.
///
/// Initial values of parameters are drawn when somebody first reads them. Until then they wait here, so that whoever draws
/// meanwhile gets the numbers that it would have got after them: the draws before are carried out where their tensor still
/// wants them, or passed over where it has been overwritten or is gone, which costs a fraction.
final class DrawSequence {
  private let engine: RandomEngine
  private var queue: [Entry] = []
  private var head = 0

  private struct Entry {
    let distribution: Distribution
    let dtype: DType
    let count: Int
    /// Held by the storage that wants the values; gone when none does any more.
    weak var draw: DeferredDraw?
  }

  init(_ engine: RandomEngine) { self.engine = engine }

  /// The stream after all draws that wait.
  func settled() throws -> RandomEngine {
    while let entry = front() {
      if let draw = entry.draw, let storage = draw.storage, storage.pending === draw {
        try storage.settle()
      } else {
        entry.distribution.skip(entry.count, entry.dtype, engine)
        pop()
      }
    }
    return engine
  }

  /// A value for `count` elements of `type` that takes its place in the sequence now.
  func deferred(_ distribution: Distribution, _ dtype: DType, _ count: Int) -> DeferredDraw {
    let draw = DeferredDraw(self)
    queue.append(Entry(distribution: distribution, dtype: dtype, count: count, draw: draw))
    return draw
  }

  /// Carries out `draw`, and the ones before it.
  fileprivate func carryOut(_ draw: DeferredDraw, into storage: Storage) throws {
    while let entry = front() {
      if entry.draw === draw {
        let memory = try storage.allocateForDeferred()
        try entry.distribution.fill(memory, entry.count, entry.dtype, engine)
        pop()
        return
      }
      if let earlier = entry.draw, let other = earlier.storage, other.pending === earlier {
        try other.settle()
      } else {
        entry.distribution.skip(entry.count, entry.dtype, engine)
        pop()
      }
    }
  }

  private func front() -> Entry? { head < queue.count ? queue[head] : nil }

  private func pop() {
    head += 1
    guard head == queue.count else { return }
    queue.removeAll()
    head = 0
  }
}

/// The random values of a storage that nobody has read yet.
final class DeferredDraw: DeferredValue {
  private let sequence: DrawSequence
  fileprivate(set) weak var storage: Storage?

  fileprivate init(_ sequence: DrawSequence) { self.sequence = sequence }

  /// Makes the draw the value of `storage`.
  func attach(to storage: Storage) { self.storage = storage }

  override func compute(into storage: Storage) throws { try sequence.carryOut(self, into: storage) }
}
