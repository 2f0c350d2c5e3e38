import Glibc
import Synchronization

/// Working memory that primitives, and kernels beside them, borrow while they run: one buffer that grows to the largest need,
/// and further ones only while several threads run primitives at once.
public enum Scratchpad {
  /// Page-aligned, as the library's kernels read it in whole vectors.
  private static let alignment = 4096
  private static let hugePage = 1 << 21
  private static let idle = Mutex<[Buffer]>([])

  private struct Buffer: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    /// Large ones lie on huge pages: kernels step from plane to plane, so that small ones would each need looking up.
    init(byteCount: Int) {
      let isHuge = byteCount >= hugePage
      let alignment = isHuge ? hugePage : alignment
      self.byteCount = (byteCount + alignment - 1) / alignment * alignment
      base = .allocate(byteCount: self.byteCount, alignment: alignment)
      if isHuge { madvise(base, self.byteCount, MADV_HUGEPAGE) }
    }
  }

  /// Runs `body` with undefined bytes, page-aligned; nil for none.
  public static func withBuffer<Result>(
    byteCount: Int, _ body: (UnsafeMutableRawPointer?) throws -> Result
  ) rethrows -> Result {
    if byteCount == 0 { return try body(nil) }
    var buffer = idle.withLock { $0.popLast() }
    if let small = buffer, small.byteCount < byteCount {
      small.base.deallocate()
      buffer = nil
    }
    let borrowed = buffer ?? Buffer(byteCount: byteCount)
    defer { idle.withLock { $0.append(borrowed) } }
    return try body(borrowed.base)
  }

  /// Gives the idle buffers back to the system.
  static func release() {
    let buffers = idle.withLock { idle in
      defer { idle.removeAll() }
      return idle
    }
    for buffer in buffers { buffer.base.deallocate() }
  }
}
