import Tensor

/// Reads a `.npz` file: a zip file of `.npy` files, each an array by its name.
struct NumPyArchiveReader {
  private let archive: ZipArchive
  private let verifiesData: Bool

  /// Nil unless all entries of the zip file are arrays.
  init?(_ archive: ZipArchive, options: CheckpointReadingOptions) {
    guard !archive.entries.isEmpty, archive.entries.allSatisfy({ $0.name.hasSuffix(".npy") }) else { return nil }
    self.archive = archive
    verifiesData = options.verifiesData
  }

  func load() throws -> CheckpointValue {
    let data = TensorData(archive.file)
    var result = CheckpointDictionary()
    for entry in archive.entries {
      let name = String(entry.name.dropLast(".npy".count))
      result[name] = .tensor(try tensor(of: entry, data))
    }
    return .dictionary(result)
  }

  private func tensor(of entry: ZipArchive.Entry, _ data: TensorData) throws -> Tensor {
    let start = try entry.prefix(NumPyHeader.fixedSize, in: archive.file)
    let header = try NumPyHeader(try entry.prefix(try NumPyHeader.size(start), in: archive.file))
    let storage = try data.storage(
      of: entry, offset: header.size, byteCount: try header.dataSize(), dtype: header.type.dtype,
      isBigEndian: header.type.isBigEndian, verifiesChecksum: verifiesData)
    return try Tensor(storage: storage, dtype: header.type.dtype, shape: header.shape, strides: header.strides)
  }
}

/// Writes a dictionary of tensors as a `.npz` file.
enum NumPyArchiveWriter {
  static func write(_ value: CheckpointValue, to file: AtomicFile) throws {
    var zip = ZipWriter(file, alignment: 64)
    let entries = try value.namedTensors(for: "a .npz file")
    try file.fill(byteCount: entries.map(\.tensor.byteCount).saturatingSum()) {
      for (name, tensor) in entries {
        let header = try NumPyHeader.bytes(for: tensor, name: "\"\(name)\"")
        let packed = try tensor.contiguous()
        let data = UnsafeRawBufferPointer(start: try packed.pointer(), count: packed.byteCount)
        try zip.add(name + ".npy", header: header, data)
      }
      try MappingGuard.throwIfDamaged(at: entries.map { UnsafeRawPointer(try $0.tensor.pointer()) })
      try zip.finish()
    }
  }
}
