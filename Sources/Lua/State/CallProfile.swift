import Glibc

/// The time that declared functions take, see ``LuaState/profile``.
public final class CallProfile {
  public struct Entry {
    /// The qualified name, such as `torch.matmul`.
    public let name: String
    public fileprivate(set) var calls = 0
    /// The time inside of it, without that of the functions which it called.
    public fileprivate(set) var seconds = 0.0
  }

  private var byName: [String: Entry] = [:]
  /// For each running call, the time of the calls that it made.
  private var inner: [Double] = []

  public init() {}

  public var entries: [Entry] { Array(byName.values) }

  /// Runs a call and adds its time to the function's.
  func measure<R>(_ name: @autoclosure () -> String, _ body: () -> R) -> R {
    inner.append(0)
    let start = Self.now()
    let result = body()
    let elapsed = Self.now() - start
    let own = elapsed - (inner.popLast() ?? 0)
    if !inner.isEmpty { inner[inner.count - 1] += elapsed }
    let name = name()
    byName[name, default: Entry(name: name)].calls += 1
    byName[name]?.seconds += own
    return result
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
