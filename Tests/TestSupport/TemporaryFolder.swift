import Glibc

/// A folder for a test's files. It goes, with everything in it, when nobody refers to it any more.
public final class TemporaryFolder {
  public let path: String

  public struct CannotWrite: Error {
    let path: String
    let code: Int32
  }

  public init() throws {
    var name = Array("/tmp/nnlua-tests-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw CannotWrite(path: "/tmp", code: errno) }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { TemporaryFolder.remove(path) }

  /// The names of all that is in the folder, hidden files included, in order.
  public var names: [String] { TemporaryFolder.names(in: path) }

  /// Writes a file and gives its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw CannotWrite(path: file, code: errno) }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw CannotWrite(path: file, code: errno) }
    return file
  }

  /// Writes a file of text and gives its path.
  public func file(_ name: String, _ text: String = "") throws -> String { try write(Array(text.utf8), to: name) }

  /// The text of a file.
  public func text(of name: String) throws -> String { try Fixture.text(atPath: "\(path)/\(name)") }

  public func makeFolder(_ name: String) throws {
    guard mkdir("\(path)/\(name)", 0o700) == 0 else { throw CannotWrite(path: name, code: errno) }
  }

  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func remove(_ path: String) {
    // A link is removed, not what it leads to.
    guard unlink(path) != 0 else { return }
    chmod(path, 0o700)
    for name in names(in: path) { remove("\(path)/\(name)") }
    rmdir(path)
  }
}
