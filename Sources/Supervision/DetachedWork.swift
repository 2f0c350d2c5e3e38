import Glibc
import Synchronization

/// Calls of a library that look at no ``Interruption``, on a thread of their own: who waits for them can go away.
///
/// A call that was left runs to its end, with nobody to take its result. It may use only memory that it owns, which goes with it.
public enum DetachedWork {
  /// From how many multiplications on a call is worth a thread: some milliseconds.
  private static let smallestCost = 1 << 27

  /// Calls that nobody waits for any more.
  private static let abandoned = Atomic<Int>(0)

  /// Runs `body`, and waits for it until an interruption is requested.
  ///
  /// - Parameters:
  ///   - cost: about how many multiplications it takes.
  ///   - body: it keeps what it works on, and shares that with nobody.
  /// - Throws: ``Interrupted``; `body` then goes on.
  public static func run<Result>(cost: Double, _ body: @escaping () -> Result) throws -> Result {
    try Interruption.check()
    guard cost >= Double(smallestCost) else { return body() }
    let task = Task(body)
    guard task.start() else { return body() }
    guard let result = task.wait() else { throw Interrupted() }
    return result
  }

  /// Whether calls that were left still run.
  public static var isRunning: Bool { abandoned.load(ordering: .relaxed) > 0 }

  private class AnyTask {
    func run() {}
  }

  private final class Task<Result>: AnyTask {
    private let body: () -> Result
    private var result: Result?
    private var isAbandoned = false
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let ended = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(_ body: @escaping () -> Result) {
      self.body = body
      pthread_mutex_init(lock, nil)
      pthread_cond_init(ended, nil)
    }

    deinit {
      pthread_cond_destroy(ended)
      pthread_mutex_destroy(lock)
      ended.deallocate()
      lock.deallocate()
    }

    /// - Returns: whether there is a thread for it.
    func start() -> Bool {
      // Signals go to those who wait.
      var (all, previous) = (sigset_t(), sigset_t())
      sigfillset(&all)
      pthread_sigmask(SIG_SETMASK, &all, &previous)
      defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
      var thread = pthread_t()
      let own = Unmanaged<AnyTask>.passRetained(self)
      let status = pthread_create(
        &thread, nil,
        { context in
          if let context { Unmanaged<AnyTask>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, own.toOpaque())
      guard status == 0 else {
        own.release()
        return false
      }
      pthread_detach(thread)
      return true
    }

    override func run() {
      let value = body()
      pthread_mutex_lock(lock)
      result = value
      let isAbandoned = isAbandoned
      pthread_cond_signal(ended)
      pthread_mutex_unlock(lock)
      if isAbandoned { DetachedWork.abandoned.subtract(1, ordering: .relaxed) }
    }

    /// - Returns: nil if an interruption was requested first.
    func wait() -> Result? {
      pthread_mutex_lock(lock)
      defer { pthread_mutex_unlock(lock) }
      while result == nil {
        if Interruption.isRequested {
          _ = DetachedWork.leaveEarlyAtExit
          isAbandoned = true
          DetachedWork.abandoned.add(1, ordering: .relaxed)
          return nil
        }
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_nsec += 20_000_000
        if deadline.tv_nsec >= 1_000_000_000 {
          deadline.tv_sec += 1
          deadline.tv_nsec -= 1_000_000_000
        }
        pthread_cond_timedwait(ended, lock, &deadline)
      }
      return result
    }
  }

  /// The end of the process does not take a library's memory away below a call that still runs.
  private static let leaveEarlyAtExit: Void = {
    on_exit(
      { status, _ in
        guard DetachedWork.isRunning else { return }
        fflush(nil)
        _exit(status)
      }, nil)
  }()
}
