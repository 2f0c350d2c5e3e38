import Glibc
import Tensor

/// A file's bytes as private memory: written pages become copies of their own, the file never changes.
///
/// Pages that were not read yet show what the file has when they are read, so whoever replaces a checkpoint must do it by renaming,
/// as this module does.
final class MappedFile: DuplicableMemory, RepeatableMemory {
  private let file: InputFile
  private let region: MappedRegion

  init(_ file: InputFile) throws {
    self.file = file
    region = try MappedRegion(file, at: 0, count: file.size)
  }

  /// The address of the byte at `offset`, which must lie in the file as it was when it was opened.
  func address(of offset: Int) -> UnsafeMutableRawPointer { region.base + offset }

  /// Below this size a copy costs less than another mapping and its page faults.
  private static let smallestDuplicate = 1 << 16

  func duplicate(
    _ pointer: UnsafeMutableRawPointer, byteCount: Int
  ) throws -> (pointer: UnsafeMutableRawPointer, owner: AnyObject)? {
    guard byteCount >= MappedFile.smallestDuplicate else { return nil }
    let offset = pointer - region.base
    let start = offset & ~(MappedRegion.pageSize - 1)
    let duplicate = try blaming(file.path) {
      try MappedRegion(file, at: start, count: offset + byteCount - start)
    }
    return (duplicate.base + (offset - start), duplicate)
  }

  func giveBackPages(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
    region.giveBackPages(pointer, byteCount: byteCount)
  }
}

/// A privately mapped part of a file.
private final class MappedRegion: RepeatableMemory {
  static let pageSize = sysconf(Int32(_SC_PAGESIZE))

  let base: UnsafeMutableRawPointer
  private let count: Int
  private let registration: MappingGuard.Registration

  /// - Parameter offset: a multiple of the page size.
  init(_ file: InputFile, at offset: Int, count: Int) throws {
    // MAP_NORESERVE: as long as nobody writes, the mapping needs no memory of its own.
    guard count > 0,
      let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.descriptor, offset),
      address != MAP_FAILED
    else { throw CheckpointError.system(errno) }
    base = address
    self.count = count
    registration = MappingGuard.register(address, count: count, path: file.path)
  }

  func giveBackPages(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
    let first = (pointer - base + MappedRegion.pageSize - 1) & ~(MappedRegion.pageSize - 1)
    let end = (pointer + byteCount - base) & ~(MappedRegion.pageSize - 1)
    if first < end { madvise(base + first, end - first, MADV_DONTNEED) }
  }

  deinit {
    MappingGuard.unregister(registration)
    munmap(base, count)
  }
}
