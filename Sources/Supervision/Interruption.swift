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

  /// The parts of a range, one after the other, between which long loops look:
  ///
  /// ```swift
  /// for part in Interruption.stretches(of: 0..<count) {
  ///   try Interruption.check()
  ///   for i in part { … }
  /// }
  /// ```
  ///
  /// - Parameter length: as many indices as work takes some milliseconds for.
  @inlinable
  public static func stretches(of range: Range<Int>, length: Int = 1 << 20) -> Stretches {
    Stretches(range: range, length: length)
  }

  /// See ``Interruption/stretches(of:length:)``.
  public struct Stretches: Sequence, IteratorProtocol {
    @usableFromInline var start: Int
    @usableFromInline let end: Int
    @usableFromInline let length: Int

    @usableFromInline
    init(range: Range<Int>, length: Int) {
      (start, end) = (range.lowerBound, range.upperBound)
      self.length = length
    }

    @inlinable
    public mutating func next() -> Range<Int>? {
      guard start < end else { return nil }
      let stop = end - start > length ? start + length : end
      defer { start = stop }
      return start..<stop
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
