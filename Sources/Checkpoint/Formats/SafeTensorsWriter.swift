import Tensor

/// Writes a safetensors file as the reference implementation does: the widest types first, then by name.
enum SafeTensorsWriter {
  /// - Parameter value: a dictionary of tensors under names, as such a file holds nothing else. Texts in its attribute
  ///   `__metadata__` become the file's.
  static func write(_ value: CheckpointValue, to file: AtomicFile) throws {
    let entries = try entries(of: value)
    var header = try header(entries, metadata: value.dictionary?.attributes[SafeTensors.metadataKey])
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    var length: [UInt8] = []
    length.append(littleEndian: UInt64(header.count))
    try file.fill(byteCount: entries.map(\.tensor.byteCount).saturatingSum()) {
      try file.write(length)
      try file.write(header)
      for (_, tensor) in entries {
        let packed = try tensor.contiguous()
        try file.write(UnsafeRawBufferPointer(start: try packed.pointer(), count: packed.byteCount))
      }
      try MappingGuard.throwIfDamaged(at: entries.map { UnsafeRawPointer(try $0.tensor.pointer()) })
    }
  }

  private static func entries(of value: CheckpointValue) throws -> [(name: String, tensor: Tensor)] {
    let entries = try value.namedTensors(for: "a safetensors file")
    guard !entries.contains(where: { $0.name == SafeTensors.metadataKey }) else {
      throw CheckpointError.unsupported("a safetensors file cannot hold a tensor named \"\(SafeTensors.metadataKey)\"")
    }
    return entries.sorted { a, b in
      let (rankA, rankB) = (rank(a.tensor.dtype), rank(b.tensor.dtype))
      return rankA == rankB ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : rankA > rankB
    }
  }

  /// The reference implementation's order of types, from the narrowest to the widest.
  private static let order: [DType] = [
    .bool, .uint8, .int8, .float8_e5m2, .float8_e4m3fn, .float8_e8m0fnu, .float8_e4m3fnuz, .float8_e5m2fnuz, .int16,
    .uint16,
    .float16, .bfloat16, .int32, .uint32, .float32, .complex64, .float64, .int64, .uint64,
  ]

  private static func rank(_ dtype: DType) -> Int { order.firstIndex(of: dtype) ?? order.count }

  private static func header(
    _ entries: [(name: String, tensor: Tensor)], metadata: CheckpointValue?
  ) throws -> [UInt8] {
    var members: [String] = []
    if let metadata {
      guard case .dictionary(let texts) = metadata else {
        throw CheckpointError.unsupported("the metadata of a safetensors file are texts under names")
      }
      let pairs = try texts.entries.map { key, value in
        guard let name = key.string, let text = value.string else {
          throw CheckpointError.unsupported("the metadata of a safetensors file are texts under names")
        }
        return JSON.quoted(name) + ":" + JSON.quoted(text)
      }
      members.append(JSON.quoted(SafeTensors.metadataKey) + ":{" + pairs.joined(separator: ",") + "}")
    }
    var offset = 0
    for (name, tensor) in entries {
      guard let type = SafeTensors.name(of: tensor.dtype) else {
        throw CheckpointError.unsupported("safetensors has no type for \(tensor.dtype.name), which \"\(name)\" has")
      }
      let (end, overflow) = offset.addingReportingOverflow(tensor.byteCount)
      guard !overflow else {
        throw CheckpointError.unsupported("no file holds as many bytes as the tensors have together")
      }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSON.quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    return Array("{\(members.joined(separator: ","))}".utf8)
  }
}
