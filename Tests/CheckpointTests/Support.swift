import Checkpoint
import Glibc
import Tensor
import Testing

/// A fixture that real PyTorch wrote.
func fixture(_ name: String, testFile: String = #filePath) -> String {
  let tests = testFile.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
  return "\(tests)/Fixtures/Checkpoint/\(name)"
}

func load(
  _ path: String, _ options: CheckpointReadingOptions = CheckpointReadingOptions()
) throws -> CheckpointValue {
  try CheckpointFile(path, options: options).load()
}

/// The entries of a checkpoint that is a dictionary.
func loadDictionary(_ path: String) throws -> CheckpointDictionary {
  try #require(try load(path).dictionary)
}

/// The text of the error that reading `bytes` as a file gives; nil if there is none.
func errorReading(_ bytes: [UInt8], _ options: CheckpointReadingOptions = CheckpointReadingOptions()) throws -> String?
{
  let folder = try TemporaryFolder()
  let path = try folder.write(bytes, to: "file")
  do {
    try touchAll(try load(path, options))
    return nil
  } catch let error as CheckpointError {
    let prefix = path + ": "
    return error.description.hasPrefix(prefix) ? String(error.description.dropFirst(prefix.count)) : error.description
  }
}

/// Reads the data of every tensor in a value.
func touchAll(_ value: CheckpointValue) throws {
  // The comparison keeps the compiler from leaving out what nobody uses.
  if try sum(value) == .max { Issue.record("the sum of all bytes is not to be expected") }
}

private func sum(_ value: CheckpointValue) throws -> UInt64 {
  switch value {
  case .tensor(let tensor):
    let bytes = UnsafeRawBufferPointer(start: try tensor.storage.pointer(), count: tensor.storage.byteCount)
    return bytes.reduce(0) { $0 &+ UInt64($1) }
  case .dictionary(let dictionary):
    return try dictionary.entries.reduce(0) { try $0 &+ sum($1.key) &+ sum($1.value) }
  case .list(let elements), .tuple(let elements), .set(let elements):
    return try elements.reduce(0) { try $0 &+ sum($1) }
  default: return 0
  }
}

/// The elements of a tensor of any type, as their bytes in row-major order.
func bytes(of tensor: Tensor) throws -> [UInt8] {
  let packed = try tensor.contiguous()
  return Array(UnsafeRawBufferPointer(start: try packed.pointer(), count: packed.byteCount))
}

func readFile(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { throw CheckpointError(.inputOutput, "cannot open \(path)") }
  defer { close(descriptor) }
  let size = Int(lseek(descriptor, 0, SEEK_END))
  return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
    initialized = max(pread(descriptor, buffer.baseAddress, size, 0), 0)
  }
}

/// A folder that is removed with everything in it when nobody refers to it any more.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/CheckpointTests.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw CheckpointError(.inputOutput, "no temporary folder") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    chmod(path, 0o700)
    for name in names { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// The names of all files in the folder, hidden ones included.
  var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count, close(descriptor) == 0 else {
      throw CheckpointError(.inputOutput, "cannot write \(file)")
    }
    return file
  }
}
