import CLinux
import Glibc
import Supervision

/// A file that is written aside and takes its place at once when it is complete, or never.
///
/// Until ``commit()`` an older file of that name stays as it is; afterwards the new one is on disk. The data go to a file without a name
/// where the system has such files, so that even a killed process leaves nothing behind; elsewhere to one with a name of its own in the
/// same folder, which is removed when anything fails. Replacing an older file also takes such a name, for a moment: a link cannot
/// replace a file. What a process leaves that is killed in that moment is removed when the file is written the next time.
package final class AtomicFile {
  /// The file to write, behind all symbolic links.
  private let path: String
  private let folder: String
  private var descriptor: Int32
  /// The name of the file that is being written; nil while it has none.
  private var temporaryPath: String?
  /// Whether the data go straight to a device or a pipe, which nothing can replace.
  private let isDirect: Bool
  private var buffer: [UInt8] = []
  /// How many bytes were written.
  package private(set) var position = 0

  /// How far the writing is, where somebody wants to know.
  private var progress: Progress?

  /// How many bytes the system was given: ``position`` without what waits in the buffer.
  private var offset = 0

  private static let bufferSize = 1 << 16
  private static let pieceSize = 1 << 22

  package init(replacing requestedPath: String) throws {
    path = AtomicFile.resolved(requestedPath)
    folder = AtomicFile.folder(of: path)
    var status = stat()
    let exists = stat(path, &status) == 0
    if !exists, errno != ENOENT { throw CheckpointError.system(errno) }
    let kind = status.st_mode & S_IFMT
    isDirect = exists && kind != S_IFREG
    if exists {
      if kind == S_IFDIR { throw CheckpointError.system(EISDIR) }
      guard access(path, W_OK) == 0 else { throw CheckpointError.system(errno) }
    }
    if isDirect {
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      descriptor = open(folder, AtomicFile.unnamedFile | O_WRONLY | O_CLOEXEC, 0o666)
      if descriptor < 0, errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT {
        let name = AtomicFile.temporaryName(for: path)
        descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor >= 0 { temporaryPath = name }
      }
    }
    guard descriptor >= 0 else { throw CheckpointError.system(errno) }
    if !isDirect {
      // As long as this process lives, nobody takes the file for one that was left behind.
      flock(descriptor, LOCK_EX | LOCK_NB)
      AtomicFile.removeLeftovers(of: path)
    }
    // The new file keeps what the old one had, as far as the system lets us.
    if exists, !isDirect {
      if fchown(descriptor, status.st_uid, status.st_gid) != 0 { _ = fchown(descriptor, UInt32.max, status.st_gid) }
      fchmod(descriptor, status.st_mode & 0o7777)
    }
    buffer.reserveCapacity(AtomicFile.bufferSize)
  }

  deinit {
    close(descriptor)
    if let temporaryPath { unlink(temporaryPath) }
  }

  // MARK: Writing

  package func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes(write)
  }

  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    position += bytes.count
    if bytes.count <= AtomicFile.bufferSize - buffer.count {
      buffer.append(contentsOf: bytes)
      return
    }
    try flush()
    if bytes.count < AtomicFile.bufferSize / 4 {
      buffer.append(contentsOf: bytes)
    } else {
      try writeAll(bytes)
    }
  }

  private func flush() throws {
    try buffer.withUnsafeBytes(writeAll)
    buffer.removeAll(keepingCapacity: true)
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      try Interruption.check()
      // Whole pages: those that two pieces share would be brought to the disk twice.
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(AtomicFile.pieceSize - offset % AtomicFile.pieceSize))
      let written = Glibc.write(descriptor, piece.baseAddress, piece.count)
      if written < 0, errno == EINTR { continue }
      if written < 0 {
        let code = errno
        if code == EFAULT { try MappingGuard.read(piece) }
        throw CheckpointError.system(code)
      }
      offset += written
      rest = rest.dropFirst(written)
      // The disk begins while the rest is being written, so that the final wait is short.
      if offset % AtomicFile.pieceSize == 0, !isDirect {
        let start = offset - AtomicFile.pieceSize
        _ = sync_file_range(descriptor, start, AtomicFile.pieceSize, UInt32(LINUX_SYNC_FILE_RANGE_WRITE))
      }
      progress?.advance(by: written)
    }
  }

  // MARK: Taking the place

  /// Runs `body`, which writes about so many bytes, shows how far it is, and puts the file in its place.
  func fill(byteCount: Int, _ body: () throws -> Void) throws {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    try Progress.reporting("saving \(name)", of: byteCount) { progress in
      self.progress = progress
      defer { self.progress = nil }
      if byteCount >= AtomicFile.pieceSize, !isDirect {
        // Blocks in one stretch are had for less than one by one. Where the file system cannot, writing still does.
        _ = fallocate(descriptor, Int32(LINUX_FALLOC_FL_KEEP_SIZE), 0, byteCount)
      }
      try body()
      try commit()
    }
  }

  /// Puts the file, complete and on disk, in its place.
  package func commit() throws {
    try flush()
    if isDirect { return }
    guard fsync(descriptor) == 0 else { throw CheckpointError.system(errno) }
    if temporaryPath == nil { try nameFile() }
    if let temporaryPath {
      let replaced = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      defer { if replaced >= 0 { closeAside(replaced) } }
      guard rename(temporaryPath, path) == 0 else { throw CheckpointError.system(errno) }
      self.temporaryPath = nil
    }
    try syncFolder()
  }

  /// Gives the unnamed file its final name if that is free, else one to be renamed from: a link cannot replace a file.
  private func nameFile() throws {
    let own = "/proc/self/fd/\(descriptor)"
    if linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 { return }
    guard errno == EEXIST else { throw CheckpointError.system(errno) }
    let name = AtomicFile.temporaryName(for: path)
    guard linkat(AT_FDCWD, own, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else { throw CheckpointError.system(errno) }
    temporaryPath = name
  }

  private func syncFolder() throws {
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder that may not be read cannot be synced either; the file is in its place all the same.
    guard folderDescriptor >= 0 else { return }
    defer { close(folderDescriptor) }
    guard fsync(folderDescriptor) == 0 || errno == EINVAL else { throw CheckpointError.system(errno) }
  }

  // MARK: Names

  /// Linux's O_TMPFILE, which includes O_DIRECTORY; it is not imported.
  private static let unnamedFile = 0o20000000 | O_DIRECTORY

  /// The path behind symbolic links, which may lead to a file that is not there yet.
  private static func resolved(_ path: String) -> String {
    var path = path
    // As many links as the system follows.
    for _ in 0..<40 {
      if let real = realpath(path, nil) {
        defer { free(real) }
        return String(cString: real)
      }
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &buffer, buffer.count)
      guard count > 0 else { break }
      let target = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      path = target.hasPrefix("/") ? target : "\(folder(of: path))/\(target)"
    }
    return path
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A hidden name in the same folder that nobody else uses.
  private static func temporaryName(for path: String) -> String {
    let unique = String(UInt64.random(in: .min ... .max), radix: 36)
    return folder(of: path) + "/" + temporaryPrefix(for: path) + unique + temporarySuffix
  }

  private static func temporaryPrefix(for path: String) -> String {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    // Names are limited to 255 bytes.
    return "." + name.prefix(50) + "."
  }

  private static let temporarySuffix = ".tmp"

  /// Removes the temporary files that processes left for `path` when they were killed: those that no process has locked.
  private static func removeLeftovers(of path: String) {
    let prefix = temporaryPrefix(for: path)
    let folder = folder(of: path)
    for name in names(in: folder) where name.hasPrefix(prefix) && name.hasSuffix(temporarySuffix) {
      let unique = name.dropFirst(prefix.count).dropLast(temporarySuffix.count)
      guard UInt64(unique, radix: 36) != nil else { continue }
      let leftover = "\(folder)/\(name)"
      let descriptor = open(leftover, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      // An empty one may just have been made, and not yet locked.
      if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
        status.st_uid == geteuid(), flock(descriptor, LOCK_EX | LOCK_NB) == 0
      {
        unlink(leftover)
      }
    }
  }

  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let capacity = Int(entry.pointee.d_reclen)
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: capacity) { String(cString: $0) }
        })
    }
    return names
  }
}

/// Closes a file on a thread of its own: the last one to close a removed file waits until the system has taken its pages back.
private func closeAside(_ descriptor: Int32) {
  var thread = pthread_t()
  let argument = UnsafeMutableRawPointer(bitPattern: Int(descriptor) + 1)
  let failed = pthread_create(
    &thread, nil,
    { argument in
      close(Int32(truncatingIfNeeded: Int(bitPattern: argument) - 1))
      return nil
    }, argument)
  if failed == 0 { pthread_detach(thread) } else { close(descriptor) }
}
