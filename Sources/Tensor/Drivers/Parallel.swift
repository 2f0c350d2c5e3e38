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
}
