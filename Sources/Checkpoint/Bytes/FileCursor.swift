/// Reads a part of a file from front to back through a small buffer, never past its end.
///
/// What is skipped is not read: a file of any size takes a few kilobytes of memory.
struct FileCursor {
  let file: InputFile
  /// Where in the file the next byte lies.
  private(set) var position: Int
  /// Where in the file the part ends.
  let end: Int
  private var buffer: [UInt8] = []
  /// Where in the file the buffer begins.
  private var bufferStart = 0

  private static let bufferSize = 1 << 14

  init(_ file: InputFile, _ range: Range<Int>) {
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  init(_ file: InputFile) { self.init(file, 0..<file.size) }

  var remaining: Int { end - position }

  /// The next `count` bytes, as a range of the file; they are not read.
  mutating func skip(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw CheckpointError.truncated("the data ends early: \(count) more bytes are due and \(remaining) are there")
    }
    defer { position += count }
    return position..<position + count
  }

  mutating func take(_ count: Int) throws -> [UInt8] {
    let range = try skip(count)
    if let bytes = buffered(range) { return Array(bytes) }
    if count > FileCursor.bufferSize / 2 { return try file.bytes(at: range.lowerBound, count: count) }
    buffer = try file.bytes(at: range.lowerBound, count: min(FileCursor.bufferSize, end - range.lowerBound))
    bufferStart = range.lowerBound
    return Array(buffer.prefix(count))
  }

  /// The next byte; nil at the end.
  mutating func peek() throws -> UInt8? {
    guard remaining > 0 else { return nil }
    let next = position
    let byte = try take(1).first
    position = next
    return byte
  }

  /// The next little-endian integer.
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws -> Value {
    let bytes = try take(MemoryLayout<Value>.size)
    return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(as: Value.self)) }
  }

  /// Reads a pickle, whose length nothing tells, and goes behind it.
  mutating func pickle() throws -> PickleGraph {
    var length = min(remaining, 1 << 10)
    while true {
      do {
        var cursor = ByteCursor(try file.bytes(at: position, count: length))
        let graph = try PickleMachine.read(&cursor)
        position += cursor.position
        return graph
      } catch let error as CheckpointError where error.kind == .truncated && length < remaining {
        length = min(remaining, length * 4)
      }
    }
  }

  private func buffered(_ range: Range<Int>) -> ArraySlice<UInt8>? {
    let (start, end) = (range.lowerBound - bufferStart, range.upperBound - bufferStart)
    return start >= 0 && end <= buffer.count ? buffer[start..<end] : nil
  }
}
