import Glibc
import Supervision
import Synchronization

/// Computes the checksums of some buffers, one after the other, on a thread of its own, so that they can be written meanwhile.
final class ConcurrentChecksums {
  private let work: Work
  /// Nil where the system gave no thread; the work is done then already.
  private var thread: pthread_t?
  private var taken = 0

  /// What both threads see.
  private final class Work: Sendable {
    // The buffers stay as they are until the thread has ended.
    nonisolated(unsafe) let buffers: [UnsafeRawBufferPointer]
    /// A result is written before, and read after, the semaphore counts it.
    nonisolated(unsafe) let results: UnsafeMutablePointer<UInt32>
    nonisolated(unsafe) let finished: UnsafeMutablePointer<sem_t>
    let isCancelled = Atomic(false)

    private static let pieceSize = 1 << 20

    init(_ buffers: [UnsafeRawBufferPointer]) {
      self.buffers = buffers
      results = .allocate(capacity: buffers.count)
      finished = .allocate(capacity: 1)
      sem_init(finished, 0, 0)
    }

    deinit {
      sem_destroy(finished)
      finished.deallocate()
      results.deallocate()
    }

    /// Waits a moment for another result.
    ///
    /// - Returns: whether there is one.
    func waitForResult() -> Bool {
      let millisecond = 1_000_000
      var deadline = timespec()
      clock_gettime(CLOCK_REALTIME, &deadline)
      deadline.tv_nsec += 50 * millisecond
      if deadline.tv_nsec >= 1000 * millisecond {
        deadline.tv_sec += 1
        deadline.tv_nsec -= 1000 * millisecond
      }
      return sem_timedwait(finished, &deadline) == 0
    }

    func run() {
      for (index, buffer) in buffers.enumerated() {
        var checksum = CRC32()
        var rest = buffer[...]
        while !rest.isEmpty {
          if isCancelled.load(ordering: .relaxed) { return }
          let piece = rest.prefix(Work.pieceSize)
          checksum.update(UnsafeRawBufferPointer(rebasing: piece))
          rest = rest.dropFirst(piece.count)
        }
        results[index] = checksum.value
        sem_post(finished)
      }
    }
  }

  init(_ buffers: [UnsafeRawBufferPointer]) {
    work = Work(buffers)
    var created = pthread_t()
    let context = Unmanaged.passRetained(work)
    let status = pthread_create(
      &created, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context.toOpaque())
    if status == 0 {
      thread = created
    } else {
      context.release()
      work.run()
    }
  }

  deinit {
    work.isCancelled.store(true, ordering: .relaxed)
    if let thread { pthread_join(thread, nil) }
  }

  /// The checksum of the next buffer, as soon as it is there.
  ///
  /// - Throws: `Interrupted`.
  func next() throws -> UInt32 {
    while !work.waitForResult() { try Interruption.check() }
    defer { taken += 1 }
    return work.results[taken]
  }
}
