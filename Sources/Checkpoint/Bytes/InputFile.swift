import Glibc
import Supervision

/// A regular file that is open for reading.
///
/// Whatever describes the data (directories, headers, pickles) is read into memory of the process with `bytes(at:count:)`, so that a
/// file that somebody shortens at the same time gives an error; only the data of tensors are mapped.
final class InputFile {
  let path: String
  let descriptor: Int32
  /// The length in bytes when the file was opened.
  let size: Int
  /// Bytes that are read between two looks at ``Interruption``: slow disks take a tenth of a second for them.
  static let pieceSize = 1 << 24

  init(path: String) throws {
    self.path = path
    // Without O_NONBLOCK, opening a named pipe waits for somebody to write into it.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw CheckpointError.system(errno, file: path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw CheckpointError.system(code, file: path)
    }
    size = Int(status.st_size)
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "is a directory" : "is not a regular file"
      throw CheckpointError(.inputOutput, kind, file: path)
    }
  }

  deinit {
    close(descriptor)
  }

  /// The `count` bytes at `offset`.
  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw CheckpointError.truncated("\(count) bytes are due at byte \(offset) of \(size)")
    }
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      try read(at: offset, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
      initialized = count
    }
  }

  /// What messages call it.
  var name: Substring { path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...] }

  /// Fills `target` with the bytes from `offset` on.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer, _ progress: Progress? = nil) throws {
    var done = 0
    while done < target.count {
      try Interruption.check()
      let piece = min(target.count - done, InputFile.pieceSize)
      let got = pread(descriptor, target.baseAddress.map { $0 + done }, piece, offset + done)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw CheckpointError.system(errno) }
      guard got > 0 else { throw CheckpointError.truncated("the file became shorter while it was read") }
      done += got
      progress?.advance(by: got)
    }
  }
}

extension CheckpointError {
  /// What the system said, in its own words.
  package static func system(_ code: Int32, file: String? = nil) -> CheckpointError {
    var buffer = [CChar](repeating: 0, count: 256)
    let isKnown = strerror_r(code, &buffer, buffer.count) == 0
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let text = isKnown ? String(decoding: bytes, as: UTF8.self) : "error \(code)"
    return CheckpointError(.inputOutput, text.prefix(1).lowercased() + text.dropFirst(), file: file)
  }
}
