/// A tar file, opened for reading: its entries, checked against each other and against the file.
///
/// Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 (ustar, and pax before it)
struct TarArchive {
  struct Entry {
    let name: String
    /// Where the content lies in the file.
    let data: Range<Int>
  }

  let file: InputFile
  /// In the order of the file.
  let entries: [Entry]

  private static let blockSize = 512

  /// Whether a file that begins so is a tar file: its first header has a checksum that fits.
  static func matches(_ start: [UInt8]) -> Bool {
    start.count >= blockSize && TarHeader.hasValidChecksum(start.prefix(blockSize)) && start[0] != 0
  }

  init(_ file: InputFile) throws {
    self.file = file
    var entries: [Entry] = []
    var names: Set<String> = []
    var extended: [String: String] = [:]
    var cursor = FileCursor(file)
    while cursor.remaining >= TarArchive.blockSize {
      let block = try cursor.take(TarArchive.blockSize)
      // A block of zeros ends the archive.
      if block.allSatisfy({ $0 == 0 }) { break }
      let header = try TarHeader(block)
      let size = try extended["size"].map(TarArchive.size) ?? header.size
      guard size <= cursor.remaining else {
        throw CheckpointError.truncated("the tar entry \"\(header.name)\" reaches beyond the end of the file")
      }
      let data = try cursor.skip(size)
      // The last entry may lack its padding.
      _ = try cursor.skip(
        min((TarArchive.blockSize - size % TarArchive.blockSize) % TarArchive.blockSize, cursor.remaining))
      switch header.kind {
      case UInt8(ascii: "x"):
        extended = try PaxRecords.read(file, data)
        continue
      case UInt8(ascii: "0"), 0:
        let name = extended["path"] ?? header.name
        try ArchiveName.refuseUnsafe(name, in: "tar file")
        guard names.insert(name).inserted else {
          throw CheckpointError.malformed("the tar file has two entries named \"\(name)\"")
        }
        entries.append(Entry(name: name, data: data))
      default: break
      }
      extended = [:]
    }
    self.entries = entries
  }

  subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  private static func size(_ text: String) throws -> Int {
    guard let size = Int(text), size >= 0 else {
      throw CheckpointError.malformed("the tar file has an entry of the size \"\(text.prefix(50))\"")
    }
    return size
  }
}

/// The block in front of an entry.
private struct TarHeader {
  let name: String
  let size: Int
  let kind: UInt8

  private static let nameField = 0..<100
  private static let sizeField = 124..<136
  private static let checksumField = 148..<156
  private static let kindOffset = 156

  init(_ block: [UInt8]) throws {
    guard TarHeader.hasValidChecksum(block[...]) else {
      throw CheckpointError.malformed("the tar file is damaged: the checksum of a header is wrong")
    }
    name = String(decoding: block[TarHeader.nameField].prefix { $0 != 0 }, as: UTF8.self)
    kind = block[TarHeader.kindOffset]
    guard let size = TarHeader.number(block[TarHeader.sizeField]) else {
      throw CheckpointError.malformed("the tar entry \"\(name)\" has no size")
    }
    self.size = size
  }

  /// The sum of all bytes, those of the checksum itself counted as spaces.
  static func hasValidChecksum(_ block: ArraySlice<UInt8>) -> Bool {
    let start = block.startIndex
    let field = block[(start + checksumField.lowerBound)..<(start + checksumField.upperBound)]
    let sum = block.reduce(0) { $0 + Int($1) } - field.reduce(0) { $0 + Int($1) } + field.count * 0x20
    return number(field) == sum
  }

  /// An octal number that ends at a space or a zero, or a binary one behind a set highest bit.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if let first = field.first, first & 0x80 != 0 {
      var value = Int(first & 0x7F)
      for byte in field.dropFirst() {
        guard value < 1 << 54 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }
}

/// What pax says of the next entry beyond what its header can: lines "length key=value".
private enum PaxRecords {
  private static let longestText = 1 << 16

  static func read(_ file: InputFile, _ range: Range<Int>) throws -> [String: String] {
    guard range.count <= longestText else { throw damaged }
    var records: [String: String] = [:]
    var rest = try file.bytes(at: range.lowerBound, count: range.count)[...]
    while !rest.isEmpty {
      let digits = String(decoding: rest.prefix { $0 != 0x20 }, as: UTF8.self)
      guard let length = Int(digits), length > digits.utf8.count + 1, length <= rest.count,
        let text = String(validating: rest.prefix(length).dropFirst(digits.utf8.count + 1), as: UTF8.self),
        text.hasSuffix("\n"), let equals = text.firstIndex(of: "=")
      else { throw damaged }
      records[String(text[..<equals])] = String(text[text.index(after: equals)...].dropLast())
      rest = rest.dropFirst(length)
    }
    return records
  }

  private static var damaged: CheckpointError { .malformed("the tar file has a damaged extended header") }
}
