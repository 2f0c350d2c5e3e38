import Synchronization

/// A request to stop what runs: what Ctrl-C means to native code.
///
/// Long work looks by ``check()`` every few milliseconds and then throws. The request stays until whoever started the work takes it
/// back, so that no later part of the same work goes on.
public enum Interruption {
  private static let requested = Atomic<Bool>(false)
  private static let postponements = Atomic<Int>(0)

  /// Whether work should stop.
  public static var isRequested: Bool {
    requested.load(ordering: .relaxed) && postponements.load(ordering: .relaxed) == 0
  }

  /// Asks the running work to stop. A signal handler may do so, once ``clear()`` has been called.
  public static func request() { requested.store(true, ordering: .relaxed) }

  /// Takes the request back: new work begins.
  public static func clear() { requested.store(false, ordering: .relaxed) }

  /// - Throws: ``Interrupted`` if work should stop.
  @inline(__always)
  public static func check() throws {
    if isRequested { throw Interrupted() }
  }

  /// Calls `body` with one stretch of `range` after the other, and looks between them.
  ///
  /// - Parameter stretch: indices whose work takes some milliseconds.
  /// - Throws: ``Interrupted``, or what `body` throws.
  public static func walk(
    _ range: Range<Int>, by stretch: Int = 1 << 20, _ body: (Range<Int>) throws -> Void
  ) throws {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = range.upperBound - start > stretch ? start + stretch : range.upperBound
      if start > range.lowerBound { try check() }
      try body(start..<end)
      start = end
    }
  }

  /// Runs to its end what must not stop half-way, such as the update of a network's parameters. A request waits meanwhile.
  public static func postponed<R>(_ body: () throws -> R) rethrows -> R {
    postponements.wrappingAdd(1, ordering: .relaxed)
    defer { postponements.wrappingSubtract(1, ordering: .relaxed) }
    return try body()
  }
}

/// The work was stopped by ``Interruption/request()``.
public struct Interrupted: Error, Equatable, CustomStringConvertible {
  /// As Lua's own program says it.
  public var description: String { "interrupted!" }
}
