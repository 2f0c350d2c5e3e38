import Supervision
import Tensor

/// Writes what `torch.save` writes: a zip file of a pickle and one entry a storage.
enum PyTorchZipWriter {
  private static let storageAlignment = 64

  /// - Parameter path: names the folder inside the zip file, as `torch.save` does it.
  static func write(_ value: CheckpointValue, to file: AtomicFile, path: String) throws {
    let pickle = try PickleWriter.pickle(value)
    let byteCount = pickle.storages.reduce(0) { $0 + $1.byteCount }
    let buffers = try Progress.reporting("reading", of: byteCount) { progress in
      try pickle.storages.map { storage in
        defer { progress.advance(by: storage.byteCount) }
        return UnsafeRawBufferPointer(start: try storage.pointer(), count: storage.byteCount)
      }
    }
    try file.fill(byteCount: byteCount) {
      try write(pickle.bytes, buffers, to: file, folder: folderName(for: path))
    }
    withExtendedLifetime(pickle) {}
  }

  private static func write(
    _ pickle: [UInt8], _ buffers: [UnsafeRawBufferPointer], to file: AtomicFile, folder: String
  ) throws {
    var zip = ZipWriter(file, alignment: storageAlignment)
    try zip.add("\(folder)/data.pkl", pickle)
    try zip.add("\(folder)/.format_version", Array("1".utf8))
    try zip.add("\(folder)/.storage_alignment", Array(String(storageAlignment).utf8))
    try zip.add("\(folder)/byteorder", Array("little".utf8))
    for (key, buffer) in buffers.enumerated() {
      try zip.add("\(folder)/data/\(key)", buffer)
    }
    try MappingGuard.throwIfDamaged(at: buffers.map(\.baseAddress))
    try zip.add("\(folder)/version", Array("3\n".utf8))
    try zip.add("\(folder)/.data/serialization_id", Array(serializationIdentifier(zip).utf8))
    try zip.finish()
  }

  /// The file's name without its extension; `archive` where PyTorch could not use that.
  private static func folderName(for path: String) -> String {
    var name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    if let dot = name.lastIndex(of: ".") { name = name[..<dot] }
    let isPlain = !name.isEmpty && name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x5C } && name != ".."
    return isPlain ? String(name) : "archive"
  }

  /// Two numbers of 20 digits that depend on the names and on the contents of all entries.
  private static func serializationIdentifier(_ zip: ZipWriter) -> String {
    // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in zip.names.joined(separator: "\n").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return padded(hash) + padded(UInt64(zip.combinedChecksum))
  }

  private static func padded(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: 20 - digits.count) + digits
  }
}
