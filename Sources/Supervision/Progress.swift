import Glibc
import Synchronization

/// How far long native work is, for whoever shows it: a bar on a terminal.
///
/// ```swift
/// try Progress.reporting("saving", of: byteCount) { progress in
///   for piece in pieces {
///     try write(piece)
///     progress.advance(by: piece.count)
///   }
/// }
/// ```
///
/// Work inside of work that reports is part of it, and reports nothing of its own. Only what runs on the thread that installed the
/// ``display`` is shown.
public final class Progress {
  /// Shows work that takes long, in bytes.
  public protocol Display: AnyObject {
    /// The work goes on. The first call comes when it has taken ``Progress/patience``, others about ten times a second.
    func show(_ progress: Progress)
    /// The work that was shown has ended, or has failed.
    func end(_ progress: Progress)
  }

  /// What the work is, in a word or two; may be empty.
  public let title: String
  /// How many bytes there are; nil while nobody knows.
  public var total: Int?
  /// How many bytes are done.
  public private(set) var done = 0
  /// Whether what was shown of it stays on the screen.
  public let leavesTrace: Bool
  /// Seconds since the work began.
  public var elapsed: Double { Self.now() - start }

  private let start: Double
  private var nextLook: Double
  private let display: (any Display)?
  private var isShown = false

  /// Seconds that work may take before anything is shown of it.
  public static let patience = 0.5
  private static let interval = 0.1

  private static let installation = Mutex<Installation?>(nil)
  /// Whether work reports already, on the thread of the display.
  nonisolated(unsafe) private static var isReporting = false

  /// The display is used on that thread only.
  private struct Installation: @unchecked Sendable {
    let display: any Display
    let thread: pthread_t
  }

  /// What shows the work of this thread; nil if nothing does.
  private static var displayOfThread: (any Display)? {
    installation.withLock { $0.flatMap { pthread_equal($0.thread, pthread_self()) != 0 ? $0 : nil } }?.display
  }

  private init(_ title: String, total: Int?, leavesTrace: Bool, display: (any Display)?) {
    self.title = title
    self.total = total
    self.leavesTrace = leavesTrace
    self.display = display
    start = display == nil ? 0 : Self.now()
    nextLook = start + Self.patience
  }

  /// Has the work of this thread shown from now on.
  public static func install(_ display: any Display) {
    let installation = Installation(display: display, thread: pthread_self())
    self.installation.withLock { $0 = installation }
  }

  /// Runs `body`, which says how far it is.
  ///
  /// - Parameters:
  ///   - title: what it does, in a word or two.
  ///   - total: how many bytes it has to go through; nil if nobody knows.
  ///   - leavesTrace: whether what was shown stays on the screen.
  public static func reporting<R>(
    _ title: @autoclosure () -> String, of total: Int?, leavesTrace: Bool = false, _ body: (Progress) throws -> R
  ) rethrows -> R {
    guard let display = displayOfThread, !isReporting else {
      return try body(Progress("", total: total, leavesTrace: false, display: nil))
    }
    let progress = Progress(title(), total: total, leavesTrace: leavesTrace, display: display)
    isReporting = true
    defer {
      isReporting = false
      if progress.isShown { display.end(progress) }
    }
    return try body(progress)
  }

  /// Runs `body`, of which nothing is shown.
  public static func hidden<R>(_ body: () throws -> R) rethrows -> R {
    guard displayOfThread != nil else { return try body() }
    let before = isReporting
    isReporting = true
    defer { isReporting = before }
    return try body()
  }

  /// Counts on.
  public func advance(by byteCount: Int) {
    // Tensors that repeat one element have as many bytes as they please.
    done = byteCount > .max - done ? .max : done + byteCount
    guard let display else { return }
    let time = Self.now()
    guard time >= nextLook else { return }
    nextLook = time + Self.interval
    isShown = true
    display.show(self)
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
