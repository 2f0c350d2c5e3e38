import Glibc
import Supervision
import Synchronization

/// Memory for tensors' elements. What is freed is kept for the next step of a loop, as fresh pages cost more than most operators:
/// small buffers by size, large ones by address.
public enum BufferPool {
  /// Where buffers begin, but for the smallest: a cache line, and what AVX-512 loads want.
  public static let alignment = 64
  /// Below this the C library's own lists of free blocks serve best.
  private static let smallest = 1 << 14
  /// Up to here those lists are fast only for blocks without an alignment of their own, which matters little for so few elements.
  private static let largestUnaligned = 1024
  /// From here on a buffer is a mapping of its own.
  private static let smallestMapping = 1 << 20
  private static let hugePage = 1 << 21
  /// Fresh memory after which the machine is asked what it has left.
  private static let growthWithoutCheck = 1 << 28
  private static let growthAfterRefusal = 1 << 22

  /// Memory that nobody uses: whoever takes it from the pool owns it alone.
  private struct FreeBuffer: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let capacity: Int
    let isMapped: Bool

    init(_ pointer: UnsafeMutableRawPointer, _ capacity: Int) {
      self.pointer = pointer
      self.capacity = capacity
      isMapped = capacity >= smallestMapping
    }

    /// A part of mapped memory, which may be small.
    init(_ piece: FreeMappings.Piece) {
      pointer = piece.pointer
      capacity = piece.byteCount
      isMapped = true
    }

    /// Gives the memory back to the system.
    func release() {
      if isMapped { munmap(pointer, capacity) } else { free(pointer) }
    }
  }

  /// The free buffers of one size, and when one was last taken or kept.
  private struct Shelf {
    var buffers: [FreeBuffer] = []
    var lastUse = 0
  }

  private struct State {
    private var shelves: [Int: Shelf] = [:]
    private var mappings = FreeMappings()
    /// Counts what is taken and kept.
    private var clock = 0
    private var shelvedBytes = 0
    var liveBytes = 0
    var liveBuffers = 0
    var peakLiveBytes = 0
    /// Fresh memory since the machine was last asked what it has left.
    var uncheckedBytes = 0

    var cachedBytes: Int { shelvedBytes + mappings.byteCount }

    mutating func keep(_ buffer: FreeBuffer) {
      clock += 1
      if buffer.isMapped {
        mappings.put(buffer.pointer, buffer.capacity, at: clock)
      } else {
        shelves[buffer.capacity, default: Shelf()].buffers.append(buffer)
        shelves[buffer.capacity]?.lastUse = clock
        shelvedBytes += buffer.capacity
      }
    }

    /// A free buffer of a size. A shelf that is empty then is forgotten.
    private mutating func pop(_ capacity: Int) -> FreeBuffer? {
      guard let buffer = shelves[capacity]?.buffers.popLast() else { return nil }
      if shelves[capacity]?.buffers.isEmpty ?? false { shelves[capacity] = nil }
      shelvedBytes -= capacity
      return buffer
    }

    mutating func take(_ capacity: Int) -> FreeBuffer? {
      if capacity >= smallestMapping {
        return mappings.take(capacity).map { FreeBuffer($0, capacity) }
      }
      guard let buffer = pop(capacity) else { return nil }
      clock += 1
      shelves[capacity]?.lastUse = clock
      return buffer
    }

    /// What is much more than live tensors ever needed at once is not worth keeping: what has not been used for longest goes. An
    /// eighth more is, as sizes change within a step of training.
    mutating func takeSurplus() -> [FreeBuffer] {
      var surplus: [FreeBuffer] = []
      let limit = max(peakLiveBytes + peakLiveBytes / 8, 1 << 26)
      while cachedBytes + liveBytes > limit {
        let excess = (cachedBytes + liveBytes - limit + (hugePage - 1)) & ~(hugePage - 1)
        let shelf = shelves.min { $0.value.lastUse < $1.value.lastUse }
        let mapping = mappings.oldest
        if let mapping, mapping.lastUse < shelf?.value.lastUse ?? .max {
          guard let removed = mappings.remove(excess, of: mapping) else { break }
          surplus.append(FreeBuffer(removed))
        } else {
          guard let shelf, let buffer = pop(shelf.key) else { break }
          surplus.append(buffer)
        }
      }
      return surplus
    }

    mutating func takeAll() -> [FreeBuffer] {
      let buffers = shelves.values.flatMap(\.buffers)
      shelves.removeAll()
      shelvedBytes = 0
      return buffers + mappings.removeAll().map(FreeBuffer.init)
    }
  }

  private static let state = Mutex(State())

  /// Bytes of all buffers in use.
  public static var liveBytes: Int { state.withLock { $0.liveBytes } }
  /// How many buffers are in use: one for the elements of a tensor and its views.
  public static var liveBuffers: Int { state.withLock { $0.liveBuffers } }
  /// The largest value that ``liveBytes`` has had.
  public static var peakLiveBytes: Int { state.withLock { $0.peakLiveBytes } }
  /// Bytes kept for reuse.
  public static var cachedBytes: Int { state.withLock { $0.cachedBytes } }

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
      FreeBuffer(pointer, capacity).release()
      count(-capacity)
      // Some small ones may follow, so that there is a way out of the error.
      state.withLock { $0.uncheckedBytes = growthWithoutCheck - growthAfterRefusal }
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

  /// - Throws: ``TensorError`` where the machine has no memory for an array of `count` elements, for which Swift would end the
  ///   process.
  public static func checkArray<Element>(of type: Element.Type, count: Int) throws {
    try checkAvailable(try Shape.count([count, MemoryLayout<Element>.stride]))
  }

  /// Gives back what ``allocate(_:)`` returned for the same `byteCount`.
  static func deallocate(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
    let capacity = capacity(for: byteCount)
    guard capacity >= smallest else {
      free(pointer)
      count(-capacity)
      return
    }
    let buffer = FreeBuffer(pointer, capacity)
    let surplus = state.withLock { state in
      state.liveBytes -= capacity
      state.liveBuffers -= 1
      state.keep(buffer)
      return state.takeSurplus()
    }
    for buffer in surplus { buffer.release() }
  }

  /// Returns every cached buffer to the system.
  public static func releaseCached() {
    let buffers = state.withLock { $0.takeAll() }
    for buffer in buffers { buffer.release() }
  }

  /// Memory from the system: mappings of their own for large buffers, as the C library's heap would keep the gaps that they
  /// leave.
  private static func fresh(_ capacity: Int) -> UnsafeMutableRawPointer? {
    if capacity <= largestUnaligned { return malloc(capacity) }
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

  private static func take(_ capacity: Int) -> UnsafeMutableRawPointer? {
    let buffer = state.withLock { state -> FreeBuffer? in
      guard let buffer = state.take(capacity) else { return nil }
      state.liveBytes += capacity
      state.liveBuffers += 1
      state.peakLiveBytes = max(state.peakLiveBytes, state.liveBytes)
      return buffer
    }
    return buffer?.pointer
  }

  /// Counts a buffer that comes, or goes where `bytes` is negative.
  ///
  /// - Returns: whether it is time to ask the machine what it has left.
  @discardableResult
  private static func count(_ bytes: Int) -> Bool {
    state.withLock { state in
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
