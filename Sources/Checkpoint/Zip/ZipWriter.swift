/// Writes a zip file of stored entries as PyTorch does: each entry's data begin at a multiple of 64 bytes, and its checksum follows
/// them, so that the data are passed over once.
struct ZipWriter {
  private struct Entry {
    let name: [UInt8]
    let offset: Int
    var size = 0
    var checksum: UInt32 = 0

    var needsZip64: Bool { size >= UInt32.max || offset >= UInt32.max }

    /// An empty entry has no data that anything could follow.
    var flags: UInt16 { size > 0 ? ZipFormat.dataDescriptorFlag | ZipFormat.utf8Flag : ZipFormat.utf8Flag }
  }

  private let file: AtomicFile
  private let alignment: Int
  private var entries: [Entry] = []
  /// The checksums of all entries, combined.
  private(set) var combinedChecksum: UInt32 = 0

  /// - Parameter alignment: what the offsets of data are multiples of; 1 for none.
  init(_ file: AtomicFile, alignment: Int) {
    self.file = file
    self.alignment = alignment
  }

  /// The names of the entries so far.
  var names: [String] { entries.map { String(decoding: $0.name, as: UTF8.self) } }

  /// Bytes that are still in the cache when they are written after their checksum was computed.
  private static let pieceSize = 1 << 18

  mutating func add(_ name: String, _ contents: [UInt8]) throws {
    try contents.withUnsafeBytes { try add(name, $0) }
  }

  /// Writes an entry, which may consist of two parts.
  mutating func add(_ name: String, header: [UInt8] = [], _ contents: UnsafeRawBufferPointer) throws {
    var entry = Entry(name: Array(name.utf8), offset: file.position, size: header.count + contents.count)
    guard entry.name.count <= UInt16.max else { throw CheckpointError.unsupported("an entry's name is too long") }
    try file.write(localHeader(entry))
    var checksum = CRC32()
    header.withUnsafeBytes { checksum.update($0) }
    try file.write(header)
    var rest = contents[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.pieceSize))
      checksum.update(piece)
      try file.write(piece)
      rest = rest.dropFirst(piece.count)
    }
    entry.checksum = checksum.value
    combinedChecksum = combinedChecksum &* 31 &+ entry.checksum
    if entry.size > 0 { try file.write(dataDescriptor(entry)) }
    entries.append(entry)
  }

  /// Writes the directory.
  func finish() throws {
    let start = file.position
    for entry in entries { try file.write(centralHeader(entry)) }
    try file.write(end(directory: start..<file.position))
  }

  // MARK: Records

  private func localHeader(_ entry: Entry) -> [UInt8] {
    var header: [UInt8] = []
    header.append(littleEndian: ZipFormat.localHeaderSignature)
    header.append(littleEndian: UInt16(0))  // version
    header.append(littleEndian: entry.flags)
    header.append(littleEndian: ZipFormat.stored)
    header += [UInt8](repeating: 0, count: 4 + 12)  // time and date; checksum and sizes, which follow the data
    let extra = extraField(entry)
    header.append(littleEndian: UInt16(entry.name.count))
    header.append(littleEndian: UInt16(extra.count))
    return header + entry.name + extra
  }

  /// The zip64 field for what is large, and a field that only fills the space up to the next multiple of the alignment.
  private func extraField(_ entry: Entry) -> [UInt8] {
    var extra: [UInt8] = []
    if entry.needsZip64 {
      var values: [UInt8] = []
      for size in [entry.size, entry.size] where size >= UInt32.max { values.append(littleEndian: UInt64(size)) }
      if entry.offset >= UInt32.max { values.append(littleEndian: UInt64(entry.offset)) }
      extra.append(littleEndian: ZipFormat.zip64ExtraField)
      extra.append(littleEndian: UInt16(values.count))
      extra += values
    }
    guard alignment > 1 else { return extra }
    let start = entry.offset + ZipFormat.localHeaderSize + entry.name.count + extra.count + 4
    let padding = (alignment - start % alignment) % alignment
    extra += Array("FB".utf8)
    extra.append(littleEndian: UInt16(padding))
    return extra + [UInt8](repeating: UInt8(ascii: "Z"), count: padding)
  }

  private func dataDescriptor(_ entry: Entry) -> [UInt8] {
    var descriptor: [UInt8] = []
    descriptor.append(littleEndian: ZipFormat.dataDescriptorSignature)
    descriptor.append(littleEndian: entry.checksum)
    for _ in 0..<2 {
      if entry.needsZip64 {
        descriptor.append(littleEndian: UInt64(entry.size))
      } else {
        descriptor.append(littleEndian: UInt32(entry.size))
      }
    }
    return descriptor
  }

  private func centralHeader(_ entry: Entry) -> [UInt8] {
    var zip64: [UInt8] = []
    func field(_ value: Int) -> UInt32 {
      guard value >= UInt32.max else { return UInt32(value) }
      zip64.append(littleEndian: UInt64(value))
      return ZipFormat.elsewhere32
    }
    var header: [UInt8] = []
    header.append(littleEndian: ZipFormat.centralHeaderSignature)
    header.append(littleEndian: UInt32(0))  // versions
    header.append(littleEndian: entry.flags)
    header.append(littleEndian: ZipFormat.stored)
    header.append(littleEndian: UInt32(0))  // time and date
    header.append(littleEndian: entry.checksum)
    header.append(littleEndian: field(entry.size))  // compressed
    header.append(littleEndian: field(entry.size))
    let offset = field(entry.offset)
    header.append(littleEndian: UInt16(entry.name.count))
    header.append(littleEndian: UInt16(zip64.isEmpty ? 0 : zip64.count + 4))
    header += [UInt8](repeating: 0, count: 2 + 2 + 2 + 4)  // comment, disk, attributes
    header.append(littleEndian: offset)
    header += entry.name
    if !zip64.isEmpty {
      header.append(littleEndian: ZipFormat.zip64ExtraField)
      header.append(littleEndian: UInt16(zip64.count))
      header += zip64
    }
    return header
  }

  /// The zip64 record, its locator and the record of old, which has what fits.
  private func end(directory: Range<Int>) -> [UInt8] {
    var end: [UInt8] = []
    end.append(littleEndian: ZipFormat.zip64EndSignature)
    end.append(littleEndian: UInt64(ZipFormat.zip64EndSize - 12))
    end.append(littleEndian: UInt16(0x031E))  // versions: as PyTorch has them
    end.append(littleEndian: UInt16(0x002D))
    end.append(littleEndian: UInt64(0))  // disks
    end.append(littleEndian: UInt64(entries.count))
    end.append(littleEndian: UInt64(entries.count))
    end.append(littleEndian: UInt64(directory.count))
    end.append(littleEndian: UInt64(directory.lowerBound))

    end.append(littleEndian: ZipFormat.zip64LocatorSignature)
    end.append(littleEndian: UInt32(0))
    end.append(littleEndian: UInt64(directory.upperBound))
    end.append(littleEndian: UInt32(1))

    end.append(littleEndian: ZipFormat.endSignature)
    end.append(littleEndian: UInt32(0))  // disks
    let count = UInt16(min(entries.count, Int(ZipFormat.elsewhere16)))
    end.append(littleEndian: count)
    end.append(littleEndian: count)
    end.append(littleEndian: UInt32(min(directory.count, Int(ZipFormat.elsewhere32))))
    end.append(littleEndian: UInt32(min(directory.lowerBound, Int(ZipFormat.elsewhere32))))
    end.append(littleEndian: UInt16(0))
    return end
  }
}
