import CDeflate
import Supervision

/// The checksum of zip files.
struct CRC32: Equatable {
  private(set) var value: UInt32 = 0

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // Without a buffer the library begins anew.
    guard let start = bytes.baseAddress else { return }
    value = libdeflate_crc32(value, start, bytes.count)
  }

  /// The checksum of bytes of which there may be many.
  ///
  /// - Throws: `Interrupted`.
  static func of(_ bytes: UnsafeRawBufferPointer) throws -> UInt32 {
    var checksum = CRC32()
    var rest = bytes[...]
    while !rest.isEmpty {
      try Interruption.check()
      let piece = rest.prefix(InputFile.pieceSize)
      checksum.update(UnsafeRawBufferPointer(rebasing: piece))
      rest = rest.dropFirst(piece.count)
    }
    return checksum.value
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    var checksum = CRC32()
    bytes.withUnsafeBytes { checksum.update($0) }
    return checksum.value
  }
}
