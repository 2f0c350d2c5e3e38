import Glibc

enum TextFile {
  /// Replaces a file's text; `errno` tells why that failed.
  static func write(_ text: String, to path: String) -> Bool {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { return false }
    let isWritten = writeAll(text, to: file)
    return close(file) == 0 && isWritten
  }

  /// Writes all of a text to a descriptor.
  static func writeAll(_ text: String, to file: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var position = 0
      while position < bytes.count {
        let count = Glibc.write(file, bytes.baseAddress?.advanced(by: position), bytes.count - position)
        if count < 0 {
          if errno == EINTR { continue }
          return false
        }
        position += count
      }
      return true
    }
  }

  /// A file's text; nil if it cannot be read.
  static func read(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return read(from: file)
  }

  /// What is left to read from a descriptor.
  static func read(from file: Int32) -> String? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(file, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(contentsOf: buffer[..<count])
    }
  }
}
