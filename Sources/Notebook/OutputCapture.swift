import Glibc

/// Sends the standard output and error, also of what the process starts, to a file, from which they are read in pieces.
final class OutputCapture {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let file: Int32
  private var saved: (output: Int32, error: Int32)
  private var position: off_t = 0

  /// - Throws: ``Failure`` where there is no room for the file.
  init() throws {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/nnlua-notebook-XXXXXX".utf8CString)
    file = mkstemp(&template)
    guard file >= 0 else { throw Failure(description: "\(folder): \(String(cString: strerror(errno)))") }
    unlink(template)
    // What another process writes goes behind all else.
    _ = fcntl(file, F_SETFL, O_APPEND)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    fflush(nil)
    saved = (fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))
    dup2(file, STDOUT_FILENO)
    dup2(file, STDERR_FILENO)
  }

  /// What was written since the last call.
  func take() -> String {
    fflush(nil)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = pread(file, &buffer, buffer.count, position)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
      position += off_t(count)
    }
  }

  /// Gives the standard output and error back.
  func end() {
    fflush(nil)
    for (own, original) in [(saved.output, STDOUT_FILENO), (saved.error, STDERR_FILENO)] where own >= 0 {
      dup2(own, original)
      close(own)
    }
    saved = (-1, -1)
  }

  deinit {
    end()
    close(file)
  }
}
