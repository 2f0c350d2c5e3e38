import Glibc
import Supervision
import Synchronization

/// Memory for tensors' elements. Freed buffers are kept by size for the next step of a loop, as fresh pages cost more than
/// most operators.
public enum BufferPool {
  /// Where buffers begin: a cache line, and what AVX-512 loads want.
  public static let alignment = 64
  /// Below this the C library's own lists of free blocks serve best.
  private static let smallest = 1 << 16
  /// From here on a buffer is a mapping of its own.
  private static let smallestMapping = 1 << 20
  private static let hugePage = 1 << 21
  /// Fresh memory after which the machine is asked what it has left.
  private static let growthWithoutCheck = 1 << 28
  private static let growthAfterRefusal = 1 << 22

  /// The free buffers of one size, and when one was last taken or kept.
  private struct Shelf {
    var buffers: [UnsafeMutableRawPointer] = []
    var lastUse = 0
  }

  private struct State {
    var free: [Int: Shelf] = [:]
    /// Counts what is taken and kept.
    var clock = 0
    var cachedBytes = 0
    var liveBytes = 0
    var liveBuffers = 0
    var peakLiveBytes = 0
    /// Fresh memory since the machine was last asked what it has left.
    var uncheckedBytes = 0
  }

  nonisolated(unsafe) private static var state = State()
  private static let lock = Mutex<Void>(())

  /// Bytes of all buffers in use.
  public static var liveBytes: Int { lock.withLock { _ in state.liveBytes } }
  /// How many buffers are in use: one for the elements of a tensor and its views.
  public static var liveBuffers: Int { lock.withLock { _ in state.liveBuffers } }
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
    try checkAvailable(byteCount)
    let capacity = capacity(for: byteCount)
    if capacity >= smallest, let reused = take(capacity) { return reused }
    var pointer = fresh(capacity)
    if pointer == nil {
      releaseCached()
      pointer = fresh(capacity)
    }
    guard let pointer else { throw outOfMemory(byteCount) }
    let needsCheck = count(capacity)
    if needsCheck, !hasRoom(for: capacity) {
      release(pointer, capacity)
      count(-capacity)
      // Some small ones may follow, so that there is a way out of the error.
      lock.withLock { _ in state.uncheckedBytes = growthWithoutCheck - growthAfterRefusal }
      throw outOfMemory(byteCount)
    }
    return pointer
  }

  /// Whether the machine has memory for a new buffer, which nobody has written yet, and for what comes until it is asked again.
  private static func hasRoom(for capacity: Int) -> Bool {
    let growth = max(capacity, growthWithoutCheck)
    if SystemMemory.has(growth) { return true }
    releaseCached()
    return SystemMemory.has(growth)
  }

  /// - Throws: ``TensorError`` for more memory than the machine has left: the system would grant it, and end the process when it is
  ///   written.
  static func checkAvailable(_ byteCount: Int) throws {
    guard byteCount >= 1 << 30 else { return }
    guard byteCount <= Int.max / 4, byteCount <= min(SystemMemory.availableBytes, Int.max / 4) + cachedBytes else {
      throw outOfMemory(byteCount)
    }
  }

  /// Gives back what ``allocate(_:)`` returned for the same `byteCount`.
  static func deallocate(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
    let capacity = capacity(for: byteCount)
    guard capacity >= smallest else {
      free(pointer)
      count(-capacity)
      return
    }
    let surplus = lock.withLock { _ in
      state.liveBytes -= capacity
      state.liveBuffers -= 1
      state.clock += 1
      state.free[capacity, default: Shelf()].buffers.append(pointer)
      state.free[capacity]?.lastUse = state.clock
      state.cachedBytes += capacity
      return takeSurplus()
    }
    for (pointer, capacity) in surplus { release(pointer, capacity) }
  }

  /// What no live tensors ever needed at once is not worth keeping: the buffers of sizes that have not been used for longest go.
  private static func takeSurplus() -> [(UnsafeMutableRawPointer, Int)] {
    var surplus: [(UnsafeMutableRawPointer, Int)] = []
    let limit = max(state.peakLiveBytes, 1 << 26)
    while state.cachedBytes + state.liveBytes > limit,
      let oldest = state.free.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
    {
      guard let pointer = pop(oldest) else { break }
      surplus.append((pointer, oldest))
      state.cachedBytes -= oldest
    }
    return surplus
  }

  /// A free buffer of a size. A shelf that is empty then is forgotten.
  private static func pop(_ capacity: Int) -> UnsafeMutableRawPointer? {
    let pointer = state.free[capacity]?.buffers.popLast()
    if state.free[capacity]?.buffers.isEmpty ?? false { state.free[capacity] = nil }
    return pointer
  }

  /// Returns every cached buffer to the system.
  public static func releaseCached() {
    let buffers = lock.withLock { _ in
      let buffers = state.free.flatMap { capacity, shelf in shelf.buffers.map { ($0, capacity) } }
      state.free.removeAll()
      state.cachedBytes = 0
      return buffers
    }
    for (pointer, capacity) in buffers { release(pointer, capacity) }
  }

  /// Memory from the system: mappings of their own for large buffers, as the C library's heap would keep the gaps that they
  /// leave.
  private static func fresh(_ capacity: Int) -> UnsafeMutableRawPointer? {
    guard capacity >= smallestMapping else {
      var pointer: UnsafeMutableRawPointer?
      return posix_memalign(&pointer, alignment, capacity) == 0 ? pointer : nil
    }
    let isHuge = capacity >= hugePage * 2
    let slack = isHuge ? hugePage : 0
    guard let mapping = mmap(nil, capacity + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      mapping != MAP_FAILED
    else { return nil }
    guard isHuge else { return mapping }
    // Huge pages begin at multiples of their size; what lies before and after goes back.
    let before = (hugePage - Int(bitPattern: mapping) % hugePage) % hugePage
    let pointer = mapping + before
    if before > 0 { munmap(mapping, before) }
    if slack > before { munmap(pointer + capacity, slack - before) }
    madvise(pointer, capacity, MADV_HUGEPAGE)
    return pointer
  }

  private static func release(_ pointer: UnsafeMutableRawPointer, _ capacity: Int) {
    if capacity >= smallestMapping { munmap(pointer, capacity) } else { free(pointer) }
  }

  private static func take(_ capacity: Int) -> UnsafeMutableRawPointer? {
    lock.withLock { _ in
      guard let pointer = pop(capacity) else { return nil }
      state.clock += 1
      state.free[capacity]?.lastUse = state.clock
      state.cachedBytes -= capacity
      state.liveBytes += capacity
      state.liveBuffers += 1
      state.peakLiveBytes = max(state.peakLiveBytes, state.liveBytes)
      return pointer
    }
  }

  /// Counts a buffer that comes, or goes where `bytes` is negative.
  ///
  /// - Returns: whether it is time to ask the machine what it has left.
  @discardableResult
  private static func count(_ bytes: Int) -> Bool {
    lock.withLock { _ in
      state.liveBytes += bytes
      state.liveBuffers += bytes.signum()
      state.peakLiveBytes = max(state.peakLiveBytes, state.liveBytes)
      // Small blocks come and go on the C library's heap, which grows by what is alive.
      state.uncheckedBytes = max(0, state.uncheckedBytes + bytes)
      guard state.uncheckedBytes >= growthWithoutCheck else { return false }
      state.uncheckedBytes = 0
      return true
    }
  }

  private static func outOfMemory(_ byteCount: Int) -> TensorError {
    TensorError(
      "DefaultCPUAllocator: can't allocate memory: you tried to allocate \(byteCount) bytes. Error code 12 (Cannot allocate memory)"
    )
  }
}
