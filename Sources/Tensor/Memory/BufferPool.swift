import Glibc
import Synchronization

/// Memory for tensors' elements. Freed buffers are kept by size for the next step of a loop, as fresh pages cost more than
/// most operators.
public enum BufferPool {
  /// Where buffers begin: a cache line, and what AVX-512 loads want.
  public static let alignment = 64
  /// Below this the C library's own lists of free blocks serve best.
  private static let smallest = 1 << 16
  private static let hugePage = 1 << 21

  private struct State {
    var free: [Int: [UnsafeMutableRawPointer]] = [:]
    var cachedBytes = 0
    var liveBytes = 0
    var peakLiveBytes = 0
  }

  nonisolated(unsafe) private static var state = State()
  private static let lock = Mutex<Void>(())

  /// Bytes of all buffers in use.
  public static var liveBytes: Int { lock.withLock { _ in state.liveBytes } }
  /// The largest value that ``liveBytes`` has had.
  public static var peakLiveBytes: Int { lock.withLock { _ in state.peakLiveBytes } }
  /// Bytes kept for reuse.
  public static var cachedBytes: Int { lock.withLock { _ in state.cachedBytes } }

  /// The size that a request is rounded to, so that nearly equal requests share buffers.
  static func capacity(for byteCount: Int) -> Int {
    guard byteCount >= smallest else { return max(byteCount, 1) }
    let step = byteCount >= hugePage * 2 ? hugePage / 8 : 4096
    return (byteCount &+ (step - 1)) & ~(step - 1)
  }

  /// A buffer of at least `byteCount` bytes, its content undefined.
  ///
  /// - Throws: ``TensorError`` if the system has no such memory.
  static func allocate(_ byteCount: Int) throws -> UnsafeMutableRawPointer {
    guard byteCount <= Int.max / 2 else { throw outOfMemory(byteCount) }
    let capacity = capacity(for: byteCount)
    if capacity >= smallest, let reused = take(capacity) { return reused }
    var pointer: UnsafeMutableRawPointer?
    let isLarge = capacity >= hugePage * 2
    var status = posix_memalign(&pointer, isLarge ? hugePage : alignment, capacity)
    if status != 0 {
      releaseCached()
      status = posix_memalign(&pointer, alignment, capacity)
    }
    guard status == 0, let pointer else { throw outOfMemory(byteCount) }
    if isLarge { madvise(pointer, capacity, MADV_HUGEPAGE) }
    count(capacity)
    return pointer
  }

  /// Gives back what ``allocate(_:)`` returned for the same `byteCount`.
  static func deallocate(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
    let capacity = capacity(for: byteCount)
    guard capacity >= smallest else {
      free(pointer)
      count(-capacity)
      return
    }
    let kept = lock.withLock { _ in
      state.liveBytes -= capacity
      // What no live tensor ever needed at once is not worth keeping.
      guard state.cachedBytes + state.liveBytes + capacity <= max(state.peakLiveBytes, 1 << 26) else { return false }
      state.free[capacity, default: []].append(pointer)
      state.cachedBytes += capacity
      return true
    }
    if !kept { free(pointer) }
  }

  /// Returns every cached buffer to the system.
  public static func releaseCached() {
    let buffers = lock.withLock { _ in
      let buffers = state.free.values.flatMap { $0 }
      state.free.removeAll()
      state.cachedBytes = 0
      return buffers
    }
    for buffer in buffers { free(buffer) }
  }

  private static func take(_ capacity: Int) -> UnsafeMutableRawPointer? {
    lock.withLock { _ in
      guard let pointer = state.free[capacity]?.popLast() else { return nil }
      state.cachedBytes -= capacity
      state.liveBytes += capacity
      state.peakLiveBytes = max(state.peakLiveBytes, state.liveBytes)
      return pointer
    }
  }

  private static func count(_ bytes: Int) {
    lock.withLock { _ in
      state.liveBytes += bytes
      state.peakLiveBytes = max(state.peakLiveBytes, state.liveBytes)
    }
  }

  private static func outOfMemory(_ byteCount: Int) -> TensorError {
    TensorError(
      "DefaultCPUAllocator: can't allocate memory: you tried to allocate \(byteCount) bytes. Error code 12 (Cannot allocate memory)"
    )
  }
}
