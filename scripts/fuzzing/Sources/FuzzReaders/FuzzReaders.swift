import Checkpoint
import Glibc
import Tensor

/// Called by libFuzzer with each input: reads it as a checkpoint, and every element of its tensors.
///
/// An input that begins as a pickle is put in a zip file first, so that no checksum stands between the fuzzer and the reader of
/// pickles. Whatever is thrown is fine; a crash, a hang or an allocation beyond the limits is not.
@_cdecl("LLVMFuzzerTestOneInput")
public func readAsCheckpoint(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Array(UnsafeBufferPointer(start: data, count: count))
  if input.starts(with: [0x80, 0x02]), !input.starts(with: [0x80, 0x02, 0x8A]) {
    input = ZipFile.checkpoint(pickle: input)
  }
  InputFile.write(input)
  for policy in [UnknownClassPolicy.error, .table] {
    do {
      let options = CheckpointReadingOptions(unknownClasses: policy, verifiesData: policy == .table)
      try touch(try CheckpointFile(InputFile.path, options: options).load())
    } catch {
      // Every error has a text.
      _ = "\(error)"
    }
  }
  return 0
}

private func touch(_ value: CheckpointValue) throws {
  switch value {
  case .tensor(let tensor):
    let bytes = UnsafeRawBufferPointer(start: try tensor.storage.pointer(), count: tensor.storage.byteCount)
    if bytes.reduce(0, { $0 &+ UInt($1) }) == .max { print() }
    guard tensor.count > 0 else { return }
    // The last element is the farthest.
    let last = zip(tensor.shape, tensor.strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { target in
      target.copyMemory(
        from: UnsafeRawBufferPointer(
          start: (try? tensor.pointer()).map { $0 + last * tensor.dtype.size }, count: tensor.dtype.size))
    }
  case .dictionary(let dictionary):
    for (key, value) in dictionary.entries {
      try touch(key)
      try touch(value)
    }
  case .list(let elements), .tuple(let elements), .set(let elements): for element in elements { try touch(element) }
  case .object(let object):
    try touch(.list(object.arguments + object.elements))
    try touch(object.state)
    try touch(.dictionary(object.entries))
  default: break
  }
}

/// The file that readers see: it lies in memory.
private enum InputFile {
  private static let descriptor: Int32 = {
    var name = Array("/dev/shm/nnlua-fuzz-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    unlink(name)
    return descriptor
  }()
  static let path = "/proc/self/fd/\(descriptor)"

  static func write(_ bytes: [UInt8]) {
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      fatalError("the input cannot be written")
    }
  }
}

/// Zip files of stored entries.
private enum ZipFile {
  /// A checkpoint in PyTorch's format with this pickle and two storages.
  static func checkpoint(pickle: [UInt8]) -> [UInt8] {
    let storage = (0..<64).map { UInt8($0) }
    let entries: [(String, [UInt8])] = [("a/data.pkl", pickle), ("a/data/0", storage), ("a/data/1", storage)]
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, content) in entries {
      let size = little(UInt32(content.count))
      // Versions, flags, method and time are all 0.
      let common =
        [UInt8](repeating: 0, count: 10) + little(checksum(content)) + size + size + little(UInt16(name.utf8.count))
      directory += little(UInt32(0x0201_4B50)) + [0, 0] + common
      directory += [UInt8](repeating: 0, count: 12) + little(UInt32(file.count)) + name.utf8
      file += little(UInt32(0x0403_4B50)) + common + [0, 0] + name.utf8 + content
    }
    let number = little(UInt16(entries.count))
    return file + directory + little(UInt32(0x0605_4B50)) + little(UInt32(0)) + number + number
      + little(UInt32(directory.count)) + little(UInt32(file.count)) + little(UInt16(0))
  }

  private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xEDB8_8320) }
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
