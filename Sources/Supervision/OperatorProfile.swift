import Glibc

/// The time that operators take: functions that Lua calls, layers, primitives, and the gradients of operations.
///
/// Only what runs on the thread that made the profile is noted, threads that it uses included.
public final class OperatorProfile {
  /// What was noted of one operator.
  public struct Entry {
    /// Such as `torch.matmul`, `Conv2d`, `convolution` or `MmBackward0`.
    public let name: String
    /// How often it ran.
    public fileprivate(set) var calls = 0
    /// The time inside of it, without that of the operators which it called.
    public fileprivate(set) var seconds = 0.0
  }

  /// Where times are noted; nil: nowhere.
  nonisolated(unsafe) public private(set) static var current: OperatorProfile?

  private var byName: [String: Entry] = [:]
  /// For each running operator, the time of the operators that it called.
  private var inner: [Double] = []
  private let thread = pthread_self()

  /// A profile of the calling thread, with nothing noted yet.
  public init() {}

  /// What was noted, in no order.
  public var entries: [Entry] { Array(byName.values) }

  /// Notes times while `body` runs.
  public func record<R>(_ body: () throws -> R) rethrows -> R {
    let previous = OperatorProfile.current
    OperatorProfile.current = self
    defer { OperatorProfile.current = previous }
    return try body()
  }

  /// Runs an operator, and notes its time if somebody wants that.
  @inline(__always)
  public static func measure<R>(_ name: @autoclosure () -> String, _ body: () throws -> R) rethrows -> R {
    guard let current else { return try body() }
    return try current.note(name(), body)
  }

  private func note<R>(_ name: String, _ body: () throws -> R) rethrows -> R {
    guard pthread_equal(thread, pthread_self()) != 0 else { return try body() }
    inner.append(0)
    let start = Self.now()
    defer {
      let elapsed = Self.now() - start
      let own = elapsed - (inner.popLast() ?? 0)
      if !inner.isEmpty { inner[inner.count - 1] += elapsed }
      byName[name, default: Entry(name: name)].calls += 1
      byName[name]?.seconds += own
    }
    return try body()
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
