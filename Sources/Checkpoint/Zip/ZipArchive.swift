import Supervision

/// A zip file, opened for reading: its entries, checked against each other and against the file.
///
/// Entries may be stored or deflated, with or without zip64. Encrypted entries, other compressions and archives in several parts are
/// refused by name.
struct ZipArchive {
  struct Entry {
    let name: String
    let isDeflated: Bool
    let checksum: UInt32
    /// The length of the content in bytes.
    let size: Int
    /// Where the (perhaps compressed) data lie in the file.
    let data: Range<Int>
  }

  let file: InputFile
  /// In the order of the central directory.
  let entries: [Entry]
  private let indexByName: [String: Int]

  init(_ file: InputFile) throws {
    self.file = file
    let directory = try ZipDirectory(file)
    entries = try directory.entries(of: file)
    var indexByName: [String: Int] = [:]
    for (index, entry) in entries.enumerated() where indexByName.updateValue(index, forKey: entry.name) != nil {
      throw CheckpointError.malformed("the zip file has two entries named \"\(entry.name)\"")
    }
    self.indexByName = indexByName
  }

  subscript(name: String) -> Entry? {
    indexByName[name].map { entries[$0] }
  }

  static func wrongChecksum(of entry: Entry) -> CheckpointError {
    .malformed("the data of the zip entry \"\(entry.name)\" are damaged: their CRC-32 is wrong")
  }
}

extension ZipArchive.Entry {
  /// The first `count` bytes of the content, or all if it has fewer; their checksum is not verified.
  func prefix(_ count: Int, in file: InputFile) throws -> [UInt8] {
    let count = min(count, size)
    guard isDeflated else { return try file.bytes(at: data.lowerBound, count: count) }
    // A deflated block of that many bytes is hardly ever longer than this; where it is, all is inflated.
    let part = try file.bytes(at: data.lowerBound, count: min(data.count, count + 1024))
    return try part.withUnsafeBytes { try Inflate.prefix(of: $0, count: count) }
      ?? Array(contents(in: file).prefix(count))
  }

  /// The content of an entry that describes others, such as a pickle, which is read at once: there may not be much more of it than the
  /// file has.
  func description(in file: InputFile) throws -> [UInt8] {
    let smallSize = 1 << 26
    let ratioLimit = 100
    guard !isDeflated || size <= smallSize || size / ratioLimit <= data.count else {
      throw CheckpointError.malformed(
        "the zip entry \"\(name)\" has \(size) bytes, deflated to \(data.count); no description is so repetitive")
    }
    return try contents(in: file)
  }

  /// The content, decompressed, with its checksum verified.
  func contents(in file: InputFile) throws -> [UInt8] {
    if isDeflated {
      return try [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
        try inflate(from: file, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: size))
        initialized = size
      }
    }
    let contents = try file.bytes(at: data.lowerBound, count: data.count)
    guard CRC32.of(contents) == checksum else { throw ZipArchive.wrongChecksum(of: self) }
    return contents
  }

  /// Decompresses the content of a deflated entry into memory of its size, and verifies the checksum.
  func inflate(from file: InputFile, into target: UnsafeMutableRawBufferPointer) throws {
    let data = try file.bytes(at: data.lowerBound, count: data.count)
    try Progress.reporting("reading \(file.name)", of: target.count) { progress in
      try data.withUnsafeBytes { try Inflate.inflate($0, into: target, progress) }
    }
    guard try CRC32.of(UnsafeRawBufferPointer(target)) == checksum else { throw ZipArchive.wrongChecksum(of: self) }
  }
}

/// The central directory of a zip file.
private struct ZipDirectory {
  /// What the directory says of an entry.
  struct Header {
    let name: String
    let method: UInt16
    let checksum: UInt32
    let compressedSize: Int
    let size: Int
    let localOffset: Int
  }

  let headers: [Header]
  /// Where the directory begins, which is where the entries end.
  let start: Int

  init(_ file: InputFile) throws {
    let end = try ZipEnd(file)
    start = end.directory.lowerBound
    guard end.entryCount <= end.directory.count / ZipFormat.centralHeaderSize else {
      throw CheckpointError.malformed(
        "the zip directory announces \(end.entryCount) entries in \(end.directory.count) bytes")
    }
    var cursor = ByteCursor(try file.bytes(at: start, count: end.directory.count))
    var headers: [Header] = []
    headers.reserveCapacity(end.entryCount)
    for _ in 0..<end.entryCount { headers.append(try Header(&cursor)) }
    guard cursor.isAtEnd else { throw CheckpointError.malformed("the zip directory has more entries than announced") }
    self.headers = headers
  }

  /// The entries, with the places of their data, which only the headers before the data tell.
  func entries(of file: InputFile) throws -> [ZipArchive.Entry] {
    var entries: [ZipArchive.Entry] = []
    entries.reserveCapacity(headers.count)
    for header in headers {
      let dataStart = try header.dataOffset(in: file, before: start)
      guard header.compressedSize <= start - dataStart else {
        throw CheckpointError.truncated("the data of the zip entry \"\(header.name)\" reach beyond the entries")
      }
      entries.append(
        ZipArchive.Entry(
          name: header.name, isDeflated: header.method == ZipFormat.deflated, checksum: header.checksum,
          size: header.size,
          data: dataStart..<dataStart + header.compressedSize))
    }
    try refuseOverlaps(entries)
    return entries
  }

  private func refuseOverlaps(_ entries: [ZipArchive.Entry]) throws {
    let order = headers.indices.sorted { headers[$0].localOffset < headers[$1].localOffset }
    for (earlier, later) in zip(order, order.dropFirst())
    where entries[earlier].data.upperBound > headers[later].localOffset {
      throw CheckpointError.malformed(
        "the zip entries \"\(headers[earlier].name)\" and \"\(headers[later].name)\" overlap")
    }
  }
}

extension ZipDirectory.Header {
  /// Reads one header of the central directory.
  init(_ cursor: inout ByteCursor) throws {
    guard try cursor.integer(UInt32.self) == ZipFormat.centralHeaderSignature else {
      throw CheckpointError.malformed("the zip directory is damaged")
    }
    _ = try cursor.skip(4)  // versions
    let flags = try cursor.integer(UInt16.self)
    method = try cursor.integer()
    _ = try cursor.skip(4)  // time and date
    checksum = try cursor.integer()
    let compressedSize = try cursor.integer(UInt32.self)
    let size = try cursor.integer(UInt32.self)
    let nameLength = Int(try cursor.integer(UInt16.self))
    let extraLength = Int(try cursor.integer(UInt16.self))
    let commentLength = Int(try cursor.integer(UInt16.self))
    let disk = try cursor.integer(UInt16.self)
    _ = try cursor.skip(6)  // attributes
    let localOffset = try cursor.integer(UInt32.self)
    name = try cursor.string(nameLength)
    var zip64 = try ZipDirectory.Header.zip64Field(ByteCursor(cursor.take(extraLength)))
    _ = try cursor.skip(commentLength)

    // The extra field has only the values that did not fit, in this order.
    func resolved(_ value: UInt32) throws -> Int {
      guard value == ZipFormat.elsewhere32, !zip64.isAtEnd else { return Int(value) }
      return try zip64.count(UInt64.self)
    }
    self.size = try resolved(size)
    self.compressedSize = try resolved(compressedSize)
    self.localOffset = try resolved(localOffset)

    try ArchiveName.refuseUnsafe(name, in: "zip file")
    guard disk == 0 || disk == ZipFormat.elsewhere16 else {
      throw CheckpointError.unsupported("the zip file is one part of several")
    }
    guard flags & ZipFormat.encryptedFlag == 0 else {
      throw CheckpointError.unsupported("the zip entry \"\(name)\" is encrypted")
    }
    switch method {
    case ZipFormat.stored:
      guard self.size == self.compressedSize else {
        throw CheckpointError.malformed("the zip entry \"\(name)\" is stored, yet has two sizes")
      }
    case ZipFormat.deflated:
      guard Inflate.canProduce(self.size, from: self.compressedSize) else {
        throw CheckpointError.malformed("the zip entry \"\(name)\" announces more data than its compression can hold")
      }
    default:
      throw CheckpointError.unsupported(
        "the zip entry \"\(name)\" has compression method \(method); stored and deflated are known")
    }
  }

  /// The content of the zip64 field among the extra fields, or nothing.
  private static func zip64Field(_ extra: ByteCursor) throws -> ByteCursor {
    var extra = extra
    while extra.remaining >= 4 {
      let kind = try extra.integer(UInt16.self)
      let content = try extra.take(Int(try extra.integer(UInt16.self)))
      if kind == ZipFormat.zip64ExtraField { return ByteCursor(content) }
    }
    return ByteCursor([])
  }

  /// Where the data of this entry begin, behind the header which repeats this one.
  func dataOffset(in file: InputFile, before limit: Int) throws -> Int {
    let nameBytes = Array(name.utf8)
    let fixedSize = ZipFormat.localHeaderSize + nameBytes.count
    guard localOffset <= limit - fixedSize else {
      throw CheckpointError.truncated("the zip entry \"\(name)\" begins beyond the entries")
    }
    var cursor = ByteCursor(try file.bytes(at: localOffset, count: fixedSize))
    let signature = try cursor.integer(UInt32.self)
    _ = try cursor.skip(4)  // version and flags
    let method = try cursor.integer(UInt16.self)
    _ = try cursor.skip(16)  // time, date, checksum and sizes
    let nameLength = Int(try cursor.integer(UInt16.self))
    let extraLength = Int(try cursor.integer(UInt16.self))
    guard signature == ZipFormat.localHeaderSignature, method == self.method, nameLength == nameBytes.count,
      try cursor.take(nameLength) == nameBytes
    else { throw CheckpointError.malformed("the zip entry \"\(name)\" differs from what the directory says of it") }
    guard extraLength <= limit - localOffset - fixedSize else {
      throw CheckpointError.truncated("the header of the zip entry \"\(name)\" reaches beyond the entries")
    }
    return localOffset + fixedSize + extraLength
  }
}

/// The records at the end of a zip file, which tell where its directory lies.
private struct ZipEnd {
  let entryCount: Int
  let directory: Range<Int>

  init(_ file: InputFile) throws {
    let (offset, record) = try ZipEnd.findRecord(in: file)
    var cursor = ByteCursor(record, at: 8)
    var entryCount = Int(try cursor.skip(2).isEmpty ? 0 : try cursor.integer(UInt16.self))
    var size = Int(try cursor.integer(UInt32.self))
    var start = Int(try cursor.integer(UInt32.self))
    var limit = offset
    if let zip64 = try ZipEnd.zip64Record(in: file, before: offset) {
      (entryCount, size, start, limit) = (zip64.entryCount, zip64.size, zip64.start, zip64.offset)
    }
    guard start <= limit, size == limit - start else {
      throw CheckpointError.malformed("the zip directory is not where the end of the file says")
    }
    self.entryCount = entryCount
    directory = start..<start + size
  }

  /// The last record, behind which only a comment may follow, and its offset.
  private static func findRecord(in file: InputFile) throws -> (offset: Int, record: [UInt8]) {
    let tailSize = min(file.size, ZipFormat.endSize + Int(UInt16.max))
    let tail = try file.bytes(at: file.size - tailSize, count: tailSize)
    for position in stride(from: tailSize - ZipFormat.endSize, through: 0, by: -1) {
      var cursor = ByteCursor(tail, at: position)
      guard try cursor.integer(UInt32.self) == ZipFormat.endSignature else { continue }
      _ = try cursor.skip(16)
      guard Int(try cursor.integer(UInt16.self)) == cursor.remaining else { continue }
      return (file.size - tailSize + position, Array(tail[position..<position + ZipFormat.endSize]))
    }
    throw CheckpointError.truncated("the zip file has no directory at its end; it is incomplete or damaged")
  }

  private static func zip64Record(
    in file: InputFile, before end: Int
  ) throws -> (offset: Int, entryCount: Int, size: Int, start: Int)? {
    guard end >= ZipFormat.zip64LocatorSize + ZipFormat.zip64EndSize else { return nil }
    var locator = ByteCursor(
      try file.bytes(at: end - ZipFormat.zip64LocatorSize, count: ZipFormat.zip64LocatorSize))
    guard try locator.integer(UInt32.self) == ZipFormat.zip64LocatorSignature else { return nil }
    _ = try locator.skip(4)
    let offset = try locator.count(UInt64.self)
    guard offset <= end - ZipFormat.zip64LocatorSize - ZipFormat.zip64EndSize else {
      throw CheckpointError.malformed("the zip64 record is not where its locator says")
    }
    var record = ByteCursor(try file.bytes(at: offset, count: ZipFormat.zip64EndSize))
    guard try record.integer(UInt32.self) == ZipFormat.zip64EndSignature else {
      throw CheckpointError.malformed("the zip64 record is not where its locator says")
    }
    _ = try record.skip(28)  // its size, versions, disks, entries on this disk
    let entryCount = try record.count(UInt64.self)
    let size = try record.count(UInt64.self)
    return (offset, entryCount, size, try record.count(UInt64.self))
  }
}
