/// A value that is not in memory yet: a parameter's random draws, or an operation that waits for what may be fused into it.
///
/// Whoever reads the storage makes it compute; whoever overwrites it all makes it be discarded.
open class DeferredValue {
  /// For subclasses: the value itself is computed later.
  public init() {}

  /// Writes the value into `storage`, whose memory it asks for by ``Storage/allocateForDeferred()`` or replaces.
  open func compute(into storage: Storage) throws {}

  /// Whether the value may come in a layout of its own, which element-wise operators follow.
  open var mayBeOpaque: Bool { false }

  /// Called instead of ``compute(into:)`` when nobody will ever read the value.
  open func discard() {}
}

/// Elements in oneDNN's blocked layout (or another layout that is not PyTorch's), which stay there until somebody needs plain
/// memory.
class OpaqueMemory {
  /// Writes the elements in row-major order of the storage's logical shape.
  func reorder(to plain: UnsafeMutableRawPointer) throws {}
}

/// Memory of which independent copies can be had for the price of a mapping: a privately mapped file.
public protocol DuplicableMemory: AnyObject {
  /// Other addresses with the same content, independent of the first ones from now on; nil where a copy is cheaper.
  func duplicate(
    _ pointer: UnsafeMutableRawPointer, byteCount: Int
  ) throws -> (pointer: UnsafeMutableRawPointer, owner: AnyObject)?
}

/// Memory whose content can be had again, so that its pages need not stay: a mapped file.
public protocol RepeatableMemory: AnyObject {
  /// Gives back the pages that lie wholly in the range, which nobody has written; the next access reads them again.
  func giveBackPages(_ pointer: UnsafeMutableRawPointer, byteCount: Int)
}

/// The memory behind one or more tensors, with the version that in-place operations count up.
///
/// Physically it may be plain, opaque (blocked), or deferred (not computed yet). ``pointer()`` makes it plain. Tensors describe
/// it with strides as if it were plain always.
public final class Storage {
  /// Plain memory; nil while the value is deferred or opaque.
  private var base: UnsafeMutableRawPointer?
  /// Bytes of the plain form.
  public let byteCount: Int
  /// Keeps foreign memory (a mapped file) alive; nil for a buffer of the pool.
  private var owner: AnyObject?
  private var deferred: DeferredValue?
  /// The elements in another layout, valid only while there is no plain memory, or beside it while nobody writes.
  private(set) var opaque: OpaqueMemory?
  /// Deferred values of other storages that read this one; they are computed before this one changes.
  private var readers: [WeakStorage] = []

  private var derivedValues: [AnyHashable: AnyObject] = [:]
  private var derivedVersion = 0

  /// The version whose elements are those of the file that the owner maps.
  private var mappedVersion = 0

  /// How many in-place operations have changed the elements; shared by all views.
  public private(set) var version = 0

  private struct WeakStorage {
    weak var storage: Storage?
  }

  /// Uninitialized memory.
  public init(byteCount: Int) throws {
    guard byteCount >= 0 else { throw TensorError("Trying to create a storage of \(byteCount) bytes") }
    self.byteCount = byteCount
    base = try BufferPool.allocate(byteCount)
  }

  /// Memory that belongs to `owner`, writable, such as a private mapping of a file.
  public init(pointer: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject) {
    self.byteCount = byteCount
    base = pointer
    self.owner = owner
  }

  /// A value that is computed when somebody reads it.
  public init(byteCount: Int, deferred: DeferredValue) {
    self.byteCount = byteCount
    self.deferred = deferred
  }

  /// Elements that lie in a layout of their own.
  init(byteCount: Int, opaque: OpaqueMemory) {
    self.byteCount = byteCount
    self.opaque = opaque
  }

  deinit {
    if let deferred { deferred.discard() }
    releaseBase()
  }

  /// Plain memory, made now if the value is deferred or opaque. For reading.
  @inline(__always)
  public func pointer() throws -> UnsafeMutableRawPointer {
    if let base { return base }
    return try materialize()
  }

  /// Plain memory for writing. Counts a new version and forgets every other form.
  public func mutablePointer() throws -> UnsafeMutableRawPointer {
    try settleReaders()
    let pointer = try pointer()
    opaque = nil
    version &+= 1
    return pointer
  }

  /// Plain memory whose every byte the caller will write: a deferred value is dropped, not computed.
  public func overwritingPointer() throws -> UnsafeMutableRawPointer {
    try settleReaders()
    if let dropped = deferred {
      deferred = nil
      dropped.discard()
    }
    opaque = nil
    version &+= 1
    if let base { return base }
    let pointer = try BufferPool.allocate(byteCount)
    base = pointer
    return pointer
  }

  /// Replaces the whole value by one that is computed when somebody reads it; what was there, computed or not, is dropped.
  public func overwrite(with value: DeferredValue) throws {
    try settleReaders()
    deferred?.discard()
    deferred = value
    opaque = nil
    releaseBase()
    version &+= 1
  }

  /// Memory for the result of ``DeferredValue/compute(into:)``.
  public func allocateForDeferred() throws -> UnsafeMutableRawPointer {
    if let base { return base }
    let pointer = try BufferPool.allocate(byteCount)
    base = pointer
    return pointer
  }

  /// The result of ``DeferredValue/compute(into:)`` where it is not plain.
  func setOpaque(_ memory: OpaqueMemory) { opaque = memory }

  /// Whether plain memory exists already.
  public var isPlain: Bool { base != nil }

  /// The value that has not been computed yet, if so.
  public var pending: DeferredValue? { deferred }

  /// Replaces the deferred value by one that computes more in the same pass: a fused in-place operation.
  public func replacePending(_ value: DeferredValue) throws {
    try settleReaders()
    deferred = value
    version &+= 1
  }

  /// The result of ``DeferredValue/compute(into:)`` where it is plain memory that `owner` keeps.
  public func setPlain(_ pointer: UnsafeMutableRawPointer, owner: AnyObject) {
    releaseBase()
    base = pointer
    self.owner = owner
  }

  /// A value made from the present elements, such as reordered weights; made anew when the elements change.
  ///
  /// - Parameter key: tells values of the same storage apart.
  public func derived<Key: Hashable, Value: AnyObject>(_ key: Key, _ make: () throws -> Value) rethrows -> Value {
    if derivedVersion != version {
      derivedValues.removeAll()
      derivedVersion = version
    }
    if let value = derivedValues[AnyHashable(key)] as? Value { return value }
    let value = try make()
    derivedValues[AnyHashable(key)] = value
    return value
  }

  /// Computes a deferred value now, in whatever layout it comes.
  public func settle() throws {
    guard let value = deferred else { return }
    deferred = nil
    let hadMemory = base != nil
    do {
      try value.compute(into: self)
    } catch {
      // Memory that was written in part must not pass for the value.
      if !hadMemory { releaseBase() }
      deferred = value
      throw error
    }
  }

  /// `reader`'s deferred value will read this storage: it is computed before this one changes.
  public func addReader(_ reader: Storage) {
    readers.removeAll { $0.storage?.deferred == nil }
    readers.append(WeakStorage(storage: reader))
  }

  /// Makes this storage a copy-on-write duplicate of a part of `source`, so that a checkpoint's mapped tensor becomes a
  /// parameter's value without a copy. The two stay independent.
  ///
  /// - Parameter byteOffset: where in `source` the part begins; it is as long as this storage.
  /// - Returns: false, with nothing changed, where `source` is not unchanged duplicable memory; the caller copies then.
  public func adoptDuplicate(of source: Storage, byteOffset: Int) throws -> Bool {
    guard source.version == 0, byteOffset >= 0, byteOffset <= source.byteCount - byteCount,
      let memory = source.owner as? any DuplicableMemory, let sourceBase = source.base,
      let duplicate = try memory.duplicate(sourceBase + byteOffset, byteCount: byteCount)
    else { return false }
    try settleReaders()
    if let dropped = deferred {
      deferred = nil
      dropped.discard()
    }
    releaseBase()
    opaque = nil
    base = duplicate.pointer
    owner = duplicate.owner
    version &+= 1
    mappedVersion = version
    return true
  }

  /// Gives back the memory of elements that still are as in the file that they come from, where most likely nobody reads them again:
  /// after a copy in another layout was made of them, or while a large file is passed over once.
  public func giveBackPages() {
    guard version == mappedVersion, let base, let memory = owner as? any RepeatableMemory else { return }
    memory.giveBackPages(base, byteCount: byteCount)
  }

  /// Counts a new version for an in-place operation that writes the elements in their other layout.
  func noteOpaqueChange() throws {
    try settleReaders()
    version &+= 1
  }

  /// Hands over elements in another layout that nobody else will read; the storage is empty then.
  func takeOpaque() -> OpaqueMemory? {
    guard base == nil, deferred == nil else { return nil }
    defer { opaque = nil }
    return opaque
  }

  /// How many operations changed the elements since they were first written, which counts as a version of its own here.
  public var modificationCount: Int { modificationCount(atVersion: version) }

  func modificationCount(atVersion version: Int) -> Int { owner == nil ? max(0, version - 1) : version }

  private func settleReaders() throws {
    guard !readers.isEmpty else { return }
    let waiting = readers
    readers.removeAll()
    do {
      for reader in waiting { try reader.storage?.settle() }
    } catch {
      readers = waiting
      throw error
    }
  }

  @inline(never)
  private func materialize() throws -> UnsafeMutableRawPointer {
    try settle()
    if let base { return base }
    let pointer = try BufferPool.allocate(byteCount)
    if let opaque {
      do {
        try opaque.reorder(to: pointer)
      } catch {
        BufferPool.deallocate(pointer, byteCount: byteCount)
        throw error
      }
    }
    base = pointer
    return pointer
  }

  private func releaseBase() {
    guard let base else { return }
    if owner == nil { BufferPool.deallocate(base, byteCount: byteCount) }
    self.base = nil
    owner = nil
  }
}
