import Glibc
import Synchronization

/// Keeps the process alive when a mapped file becomes shorter.
///
/// Reading a mapped page that its file no longer has raises SIGBUS. For the regions that are registered here a handler puts a page of
/// zeros in its place and takes note, so that the reader goes on and an error tells afterwards.
enum MappingGuard {
  /// A registered range of addresses. Regions are linked and never freed, only used again: the handler may walk through them at any time.
  fileprivate struct Region: ~Copyable {
    let start = Atomic<UInt>(0)
    let end = Atomic<UInt>(0)
    /// Whether some of it reads as zeros now.
    let isDamaged = Atomic(false)
    /// Whether ``throwIfDamaged()`` has yet to tell of it.
    let isToBeReported = Atomic(false)
    let next: UnsafeMutablePointer<Region>?

    init(next: UnsafeMutablePointer<Region>?) { self.next = next }
  }

  /// What a mapping holds as long as it lasts.
  struct Registration {
    fileprivate nonisolated(unsafe) let region: UnsafeMutablePointer<Region>
  }

  private struct Book: Sendable {
    nonisolated(unsafe) var free: [UnsafeMutablePointer<Region>] = []
    nonisolated(unsafe) var paths: [UnsafeMutablePointer<Region>: String] = [:]
    /// Files that were found damaged, and are not mapped any more, of which nobody was told.
    var damagedPaths: [String] = []
    var isInstalled = false
  }

  private static let book = Mutex(Book())
  static let isAnyToBeReported = Atomic(false)

  static func register(_ base: UnsafeMutableRawPointer, count: Int, path: String) -> Registration {
    book.withLock { book in
      if !book.isInstalled {
        BusErrorHandler.install()
        book.isInstalled = true
      }
      let region = book.free.popLast() ?? BusErrorHandler.addRegion()
      book.paths[region] = path
      region.pointee.isDamaged.store(false, ordering: .relaxed)
      region.pointee.isToBeReported.store(false, ordering: .relaxed)
      region.pointee.end.store(UInt(bitPattern: base) + UInt(count), ordering: .relaxed)
      region.pointee.start.store(UInt(bitPattern: base), ordering: .releasing)
      return Registration(region: region)
    }
  }

  static func unregister(_ registration: Registration) {
    book.withLock { book in
      let region = registration.region
      region.pointee.end.store(0, ordering: .releasing)
      if let path = book.paths.removeValue(forKey: region), region.pointee.isToBeReported.load(ordering: .relaxed) {
        book.damagedPaths.append(path)
      }
      book.free.append(region)
    }
  }

  /// Throws an error that names a file, some data of which could not be read since the last call.
  static func throwIfDamaged() throws {
    guard isAnyToBeReported.load(ordering: .relaxed), isAnyToBeReported.exchange(false, ordering: .acquiring) else {
      return
    }
    let path = book.withLock { book in
      var damaged = book.damagedPaths
      book.damagedPaths = []
      for (region, path) in book.paths where region.pointee.isToBeReported.exchange(false, ordering: .relaxed) {
        damaged.append(path)
      }
      return damaged.first
    }
    if let path { throw shortened(path) }
  }

  /// Reads memory for the system, which refuses addresses that have lost their file where a reader of this process gets zeros.
  ///
  /// - Throws: ``CheckpointError`` that names the file if it did become shorter.
  static func read(_ memory: UnsafeRawBufferPointer) throws {
    var checksum = CRC32()
    checksum.update(memory)
    try throwIfDamaged(at: [memory.baseAddress])
  }

  /// Throws if the memory at one of `addresses` belongs to a mapping that lost its file.
  static func throwIfDamaged(at addresses: [UnsafeRawPointer?]) throws {
    let damaged = book.withLock { book in
      book.paths.compactMap { region, path in
        region.pointee.isDamaged.load(ordering: .relaxed)
          ? (
            path: path,
            range: region.pointee.start.load(ordering: .relaxed)..<region.pointee.end.load(ordering: .relaxed)
          )
          : nil
      }
    }
    for (path, range) in damaged where addresses.contains(where: { range.contains(UInt(bitPattern: $0)) }) {
      throw shortened(path)
    }
  }

  private static func shortened(_ path: String) -> CheckpointError {
    CheckpointError(
      .truncated, "the file became shorter while its tensors were in use; the missing elements read as zeros",
      file: path)
  }
}

/// The handler and what it may touch: memory that is there before any signal, and nothing that allocates or locks.
private enum BusErrorHandler {
  nonisolated(unsafe) private static var first: UnsafeMutablePointer<MappingGuard.Region>?
  nonisolated(unsafe) private static var previousAction = sigaction()
  nonisolated(unsafe) private static var pageSize: UInt = 4096

  /// Called under the lock of the book.
  static func install() {
    pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))
    // The first use of a global variable may allocate; here it is safe.
    _ = MappingGuard.isAnyToBeReported.load(ordering: .relaxed)
    var action = sigaction()
    // On a stack of its own where the thread has one: kernels may keep values below the top of theirs.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK
    action.__sigaction_handler.sa_sigaction = { _, info, _ in
      let address = info.map { UInt(bitPattern: $0.pointee._sifields._sigfault.si_addr) } ?? 0
      if !BusErrorHandler.repair(address) {
        // Not ours: the same access faults again, and whoever was there first sees it.
        sigaction(SIGBUS, &BusErrorHandler.previousAction, nil)
      }
    }
    sigaction(SIGBUS, &action, &previousAction)
  }

  /// Called under the lock of the book.
  static func addRegion() -> UnsafeMutablePointer<MappingGuard.Region> {
    let region = UnsafeMutablePointer<MappingGuard.Region>.allocate(capacity: 1)
    region.initialize(to: MappingGuard.Region(next: first))
    first = region
    return region
  }

  /// Puts a page of zeros at an address inside of a registered region; false outside.
  private static func repair(_ address: UInt) -> Bool {
    var next = first
    while let region = next {
      if address >= region.pointee.start.load(ordering: .acquiring),
        address < region.pointee.end.load(ordering: .acquiring)
      {
        let page = UnsafeMutableRawPointer(bitPattern: address & ~(pageSize - 1))
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED
        guard mmap(page, Int(pageSize), PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED else { return false }
        region.pointee.isDamaged.store(true, ordering: .relaxed)
        region.pointee.isToBeReported.store(true, ordering: .relaxed)
        MappingGuard.isAnyToBeReported.store(true, ordering: .releasing)
        return true
      }
      next = region.pointee.next
    }
    return false
  }
}
