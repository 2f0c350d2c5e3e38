import Glibc
import Supervision
import Tensor

/// Makes storages of a file's bytes without reading them: what lies aligned and as it is to be in memory is mapped, the rest is read
/// when somebody asks for it.
final class TensorData {
  let file: InputFile
  private var mapping: MappedFile?

  init(_ file: InputFile) {
    self.file = file
  }

  /// The storage of the bytes in `range` of the file.
  ///
  /// - Parameters:
  ///   - dtype: the type of the elements; nil if any type may look at them.
  ///   - isBigEndian: whether the elements' most significant byte comes first.
  func storage(_ range: Range<Int>, dtype: DType?, isBigEndian: Bool = false) throws -> Storage {
    guard range.lowerBound >= 0, range.upperBound <= file.size else {
      throw CheckpointError.truncated("the data of a tensor reach beyond the end of the file")
    }
    if range.isEmpty { return try Storage(byteCount: 0) }
    let swappedSize = try TensorData.swappedSize(dtype, isBigEndian: isBigEndian)
    let alignment = min(dtype?.size ?? 8, 8)
    guard range.lowerBound.isMultiple(of: alignment), swappedSize == 1 else {
      return Storage(byteCount: range.count, deferred: StoredBytes(file, range, swappedSize: swappedSize))
    }
    let mapping = try mapping ?? MappedFile(file)
    self.mapping = mapping
    return Storage(pointer: mapping.address(of: range.lowerBound), byteCount: range.count, owner: mapping)
  }

  /// A tensor as a file describes it.
  ///
  /// - Throws: ``CheckpointError`` where it reaches outside of its storage.
  static func tensor(
    _ storage: Storage, dtype: DType, shape: [Int], strides: [Int], offset: Int = 0
  ) throws -> Tensor {
    do {
      return try Tensor(storage: storage, dtype: dtype, shape: shape, strides: strides, offset: offset)
    } catch let error as TensorError {
      throw CheckpointError.malformed("the file has a tensor outside of its storage: \(error.message)")
    }
  }

  /// The storage of the `byteCount` bytes from `offset` on of an entry in a zip file.
  ///
  /// - Parameter verifiesChecksum: whether stored data are read now and checked; deflated ones are checked as they are inflated.
  func storage(
    of entry: ZipArchive.Entry, offset: Int = 0, byteCount: Int, dtype: DType?, isBigEndian: Bool = false,
    verifiesChecksum: Bool = false
  ) throws -> Storage {
    guard offset <= entry.size, byteCount <= entry.size - offset else {
      throw CheckpointError.truncated(
        "the zip entry \"\(entry.name)\" has \(entry.size) bytes, and its tensors need \(byteCount)")
    }
    if entry.isDeflated, byteCount > 0 {
      let swappedSize = try TensorData.swappedSize(dtype, isBigEndian: isBigEndian)
      return Storage(
        byteCount: byteCount, deferred: DeflatedBytes(file, entry, offset: offset, swappedSize: swappedSize))
    }
    if verifiesChecksum { try verify(entry) }
    let start = entry.data.lowerBound + offset
    return try storage(start..<start + byteCount, dtype: dtype, isBigEndian: isBigEndian)
  }

  private func verify(_ entry: ZipArchive.Entry) throws {
    var checksum = CRC32()
    try Progress.reporting("checking \(file.name)", of: entry.data.count) { progress in
      var rest = entry.data
      while !rest.isEmpty {
        let piece = try file.bytes(at: rest.lowerBound, count: min(rest.count, 1 << 20))
        piece.withUnsafeBytes { checksum.update($0) }
        rest = rest.lowerBound + piece.count..<rest.upperBound
        progress.advance(by: piece.count)
      }
    }
    guard checksum.value == entry.checksum else { throw ZipArchive.wrongChecksum(of: entry) }
  }

  /// The number of bytes that change places: 1 if none do.
  private static func swappedSize(_ dtype: DType?, isBigEndian: Bool) throws -> Int {
    guard isBigEndian else { return 1 }
    guard let dtype else { throw CheckpointError.unsupported("big-endian data without a type cannot be read") }
    return dtype.byteOrderUnit
  }
}

/// Bytes of a file that are not as memory needs them, read when somebody asks.
private final class StoredBytes: DeferredValue {
  private let file: InputFile
  private let range: Range<Int>
  private let swappedSize: Int

  init(_ file: InputFile, _ range: Range<Int>, swappedSize: Int) {
    self.file = file
    self.range = range
    self.swappedSize = swappedSize
  }

  override func compute(into storage: Storage) throws {
    let target = UnsafeMutableRawBufferPointer(start: try storage.allocateForDeferred(), count: range.count)
    try blaming(file.path) {
      try Progress.reporting("reading \(file.name)", of: range.count) { progress in
        // Pieces of whole elements.
        for start in stride(from: 0, to: target.count, by: InputFile.pieceSize) {
          let piece = UnsafeMutableRawBufferPointer(
            rebasing: target[start..<min(start + InputFile.pieceSize, target.count)])
          try file.read(at: range.lowerBound + start, into: piece, progress)
          piece.reverseRuns(of: swappedSize)
        }
      }
    }
  }
}

/// A part of a deflated zip entry, inflated when somebody asks.
private final class DeflatedBytes: DeferredValue {
  private let file: InputFile
  private let entry: ZipArchive.Entry
  private let offset: Int
  private let swappedSize: Int

  init(_ file: InputFile, _ entry: ZipArchive.Entry, offset: Int, swappedSize: Int) {
    self.file = file
    self.entry = entry
    self.offset = offset
    self.swappedSize = swappedSize
  }

  override func compute(into storage: Storage) throws {
    let target: UnsafeMutableRawBufferPointer
    if offset == 0, storage.byteCount == entry.size {
      target = UnsafeMutableRawBufferPointer(start: try storage.allocateForDeferred(), count: entry.size)
      try blaming(file.path) { try entry.inflate(from: file, into: target) }
    } else {
      let contents = try blaming(file.path) { try entry.contents(in: file) }
      target = UnsafeMutableRawBufferPointer(start: try storage.allocateForDeferred(), count: storage.byteCount)
      target.copyBytes(from: contents[offset...].prefix(storage.byteCount))
    }
    target.reverseRuns(of: swappedSize)
  }
}
