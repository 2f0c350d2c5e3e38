import Glibc
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
    count(capacity)
    return pointer
  }

  /// - Throws: ``TensorError`` for more memory than the machine has left: the system would grant it, and end the process when it is
  ///   written.
  static func checkAvailable(_ byteCount: Int) throws {
    guard byteCount >= 1 << 30 else { return }
    guard byteCount <= Int.max / 2, byteCount <= availableBytes() else { throw outOfMemory(byteCount) }
  }

  /// Memory that the system could give to programs now, cached files included, and what this pool keeps for reuse.
  private static func availableBytes() -> Int {
    guard let file = fopen("/proc/meminfo", "r") else { return Int.max }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = line.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
      guard text.hasPrefix("MemAvailable:") else { continue }
      let digits = text.drop { !$0.isNumber }.prefix { $0.isNumber }
      return (Int(digits) ?? Int.max >> 11) * 1024 + cachedBytes
    }
    return Int.max
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
  private static func count(_ bytes: Int) {
    lock.withLock { _ in
      state.liveBytes += bytes
      state.liveBuffers += bytes.signum()
      state.peakLiveBytes = max(state.peakLiveBytes, state.liveBytes)
    }
  }

  private static func outOfMemory(_ byteCount: Int) -> TensorError {
    TensorError(
      "DefaultCPUAllocator: can't allocate memory: you tried to allocate \(byteCount) bytes. Error code 12 (Cannot allocate memory)"
    )
  }
}
