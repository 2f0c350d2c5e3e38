import Checkpoint
import Glibc
import Tensor
import TestSupport
import Testing

/// A fixture that a real program wrote.
func fixture(_ name: String) -> String { Fixture.path("Checkpoint/\(name)") }

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
