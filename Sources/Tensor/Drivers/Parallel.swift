import COpenMP
import Supervision
import Synchronization

/// Loops over ranges on the threads that oneDNN uses too, so that two pools never compete for the cores.
public enum Parallel {
  /// Elements of simple work below which waking other threads costs more than it saves: microseconds on an idle machine, a time
  /// slice on a busy one.
  public static let grain = 131_072
  /// Grains of work between two looks at ``Interruption``: some milliseconds.
  private static let grainsWithoutLook = 32

  /// How many threads take part: `torch.get_num_threads()`.
  public static var threadCount: Int {
    get { Int(omp_get_max_threads()) }
    set { omp_set_num_threads(Int32(clamping: max(newValue, 1))) }
  }

  /// Calls `body` with consecutive parts of `0..<count` that together cover it, each of at least `grain` indices but for the last.
  ///
  /// `body` runs on several threads at once and must touch only what belongs to its part. Nested calls run inline.
  /// - Throws: ``Interrupted`` between two parts, or what `body` throws.
  @inline(__always)
  public static func forEach(
    _ count: Int, grain: Int = Parallel.grain, _ body: (Range<Int>) throws -> Void
  ) throws {
    if count <= grain {
      if count > 0 { try body(0..<count) }
      return
    }
    try spread(count, max(grain, 1), body)
  }

  @inline(never)
  private static func spread(_ count: Int, _ grain: Int, _ body: (Range<Int>) throws -> Void) throws {
    let parts = min(threadCount, (count - 1) / grain + 1)
    let (length, overflows) = grain.multipliedReportingOverflow(by: grainsWithoutLook)
    let stretch = overflows ? count : length
    if parts <= 1 || omp_in_parallel() != 0 { return try walk(0..<count, by: stretch, body) }
    try withoutActuallyEscaping(body) { body in
      let work = Work(count: count, stretch: stretch, body: body)
      GOMP_parallel(
        { context in
          guard let context else { return }
          Unmanaged<Work>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.runShare() }
        }, Unmanaged.passUnretained(work).toOpaque(), UInt32(parts), 0)
      try withExtendedLifetime(work) { try work.throwFailure() }
    }
  }

  private static func walk(_ range: Range<Int>, by stretch: Int, _ body: (Range<Int>) throws -> Void) throws {
    for part in Interruption.stretches(of: range, length: stretch) {
      if part.lowerBound > range.lowerBound { try Interruption.check() }
      try body(part)
    }
  }

  /// A loop that several threads share.
  private final class Work {
    private let count: Int
    private let stretch: Int
    private let body: (Range<Int>) throws -> Void
    private let failure = Mutex<(any Error)?>(nil)

    init(count: Int, stretch: Int, body: @escaping (Range<Int>) throws -> Void) {
      self.count = count
      self.stretch = stretch
      self.body = body
    }

    /// Runs the calling thread's share.
    func runShare() {
      let parts = Int(omp_get_num_threads())
      let part = Int(omp_get_thread_num())
      let size = (count + parts - 1) / parts
      let start = min(part * size, count)
      let end = min(start + size, count)
      do { try walk(start..<end, by: stretch, body) } catch {
        failure.withLock { if $0 == nil { $0 = error } }
      }
    }

    func throwFailure() throws {
      if let error = failure.withLock({ $0 }) { throw error }
    }
  }

  /// Runs `body` once for each of `workers` threads. Its second argument gives the next of `count` tasks until none is left: the
  /// worker's own share first, one after another, then what remains of the others', so that a thread which is held up holds up
  /// nobody else.
  ///
  /// - Throws: what `body` throws; ``Interrupted``.
  static func share(_ count: Int, among workers: Int, _ body: (_ worker: Int, _ next: () -> Int?) throws -> Void) throws
  {
    let shares = TaskShares(count: count, workers: workers)
    try forEach(workers, grain: 1) { part in
      for worker in part { try body(worker) { shares.take(worker) } }
    }
  }
}

/// Consecutive tasks in as many shares as there are workers. Without locks: all workers begin at the same moment, and who finds a
/// lock taken would be sent to sleep.
private final class TaskShares {
  private let shares: UnsafeMutablePointer<Atomic<Share>>
  private let workers: Int

  /// What is left of a share, in one word.
  private struct Share: AtomicRepresentable {
    typealias AtomicRepresentation = UInt64.AtomicRepresentation

    var first, end: UInt32

    var count: UInt32 { end - first }

    static func encodeAtomicRepresentation(_ value: consuming Share) -> AtomicRepresentation {
      UInt64.encodeAtomicRepresentation(UInt64(value.first) << 32 | UInt64(value.end))
    }

    static func decodeAtomicRepresentation(_ storage: consuming AtomicRepresentation) -> Share {
      let word = UInt64.decodeAtomicRepresentation(storage)
      return Share(first: UInt32(word >> 32), end: UInt32(truncatingIfNeeded: word))
    }
  }

  init(count: Int, workers: Int) {
    shares = .allocate(capacity: workers)
    self.workers = workers
    for worker in 0..<workers {
      let share = Share(
        first: UInt32(worker * count / workers), end: UInt32((worker + 1) * count / workers))
      (shares + worker).initialize(to: Atomic(share))
    }
  }

  deinit {
    shares.deinitialize(count: workers)
    shares.deallocate()
  }

  func take(_ worker: Int) -> Int? {
    if let own = change(worker, { $0.first += 1 }) { return Int(own.first) }
    // From the end of another's share: its worker goes on at the beginning.
    for other in 0..<workers where other != worker {
      if let others = change(other, { $0.end -= 1 }) { return Int(others.end) - 1 }
    }
    return nil
  }

  /// Takes a task out of a share; returns what the share was before, or nil where nothing is left of it.
  private func change(_ index: Int, _ take: (inout Share) -> Void) -> Share? {
    var before = shares[index].load(ordering: .relaxed)
    while before.count > 0 {
      var after = before
      take(&after)
      let (isDone, found) = shares[index].weakCompareExchange(expected: before, desired: after, ordering: .relaxed)
      if isDone { return before }
      before = found
    }
    return nil
  }
}
