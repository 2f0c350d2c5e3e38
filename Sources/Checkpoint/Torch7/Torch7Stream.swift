import Glibc
import Supervision
import Tensor

/// The numbers and texts of a Torch7 file, one after the other, in its binary or its ASCII form.
///
/// The binary form has 4 bytes for an int, 8 for a long, as 64-bit machines write it. The ASCII form separates numbers by spaces, and
/// ends every run of them by a newline; characters stand as they are.
///
/// Source: https://github.com/torch/torch7/blob/master/lib/TH/THDiskFile.c
struct Torch7Stream {
  private var cursor: FileCursor
  private let isASCII: Bool
  private let data: TensorData

  init(_ file: InputFile, isASCII: Bool) {
    cursor = FileCursor(file)
    self.isASCII = isASCII
    data = TensorData(file)
  }

  /// Where in the file the next value lies.
  var position: Int { cursor.position }
  var remaining: Int { cursor.remaining }

  mutating func int() throws -> Int {
    isASCII ? try number(Int.init) : Int(try cursor.integer(Int32.self))
  }

  mutating func long() throws -> Int {
    isASCII ? try number(Int.init) : Int(try cursor.integer(Int64.self))
  }

  mutating func double() throws -> Double {
    isASCII ? try number(Double.init) : Double(bitPattern: try cursor.integer(UInt64.self))
  }

  /// `count` longs.
  mutating func longs(_ count: Int) throws -> [Int] {
    guard count >= 0, count <= remaining / (isASCII ? 2 : 8) else {
      throw CheckpointError.truncated("the data ends early: \(count) numbers are due in \(remaining) bytes")
    }
    guard isASCII else { return try (0..<count).map { _ in try long() } }
    let numbers = try (0..<count).map { _ in try token(Int.init) }
    if count > 0 { try endRun() }
    return numbers
  }

  /// A text behind its length.
  mutating func text() throws -> [UInt8] {
    let bytes = try cursor.take(try int())
    if isASCII, !bytes.isEmpty { try endRun() }
    return bytes
  }

  /// `count` elements of a storage. Binary ones are read when somebody asks for them.
  mutating func storage(_ dtype: DType, count: Int) throws -> Storage {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: dtype.size)
    guard count >= 0, !overflow else { throw CheckpointError.malformed("a storage has \(count) elements") }
    guard isASCII else { return try data.storage(try cursor.skip(byteCount), dtype: dtype) }
    if count == 0 { return try Storage(byteCount: 0) }
    // Every number is followed by a space or a newline, except perhaps the last of the file.
    guard count <= (dtype.size == 1 ? remaining : (remaining + 1) / 2) else {
      throw CheckpointError.truncated("the data ends early: \(count) elements are due in \(remaining) bytes")
    }
    let storage = try Storage(byteCount: byteCount)
    let base = try storage.overwritingPointer()
    switch dtype {
    case .uint8, .int8: base.copyMemory(from: try cursor.take(count), byteCount: count)
    case .int16: try fill(base, count, Int16.init)
    case .int32: try fill(base, count, Int32.init)
    case .int64: try fill(base, count, Int64.init)
    case .float16: try fill(base, count) { Float($0).map { Float16($0) } }
    case .float32: try fill(base, count, Float.init)
    default: try fill(base, count, Double.init)
    }
    try endRun()
    return storage
  }

  // MARK: Numbers in ASCII

  private static let numbersBetweenLooks = 1 << 14

  private mutating func fill<Element>(
    _ base: UnsafeMutableRawPointer, _ count: Int, _ parse: (String) -> Element?
  ) throws {
    try Progress.reporting("reading \(cursor.file.name)", of: count * MemoryLayout<Element>.stride) { progress in
      for index in 0..<count {
        if index % Torch7Stream.numbersBetweenLooks == 0, index > 0 {
          try Interruption.check()
          progress.advance(by: Torch7Stream.numbersBetweenLooks * MemoryLayout<Element>.stride)
        }
        base.storeBytes(of: try token(parse), toByteOffset: index * MemoryLayout<Element>.stride, as: Element.self)
      }
    }
  }

  private mutating func number<Value>(_ parse: (String) -> Value?) throws -> Value {
    let value = try token(parse)
    try endRun()
    return value
  }

  /// The next word, white space before it skipped.
  private mutating func token<Value>(_ parse: (String) -> Value?) throws -> Value {
    let longest = 64
    var word: [UInt8] = []
    while let byte = try cursor.peek() {
      if byte == 0x20 || (0x09...0x0D).contains(byte) {
        if !word.isEmpty { break }
      } else {
        word.append(byte)
      }
      _ = try cursor.skip(1)
      guard word.count <= longest else { break }
    }
    guard !word.isEmpty else { throw CheckpointError.truncated("the data ends early: a number is due") }
    let text = String(decoding: word, as: UTF8.self)
    guard let value = parse(text) else {
      throw CheckpointError.malformed("\"\(text)\" stands where a number belongs, before byte \(cursor.position)")
    }
    return value
  }

  /// A run of numbers or characters ends at a newline, which may lack at the end of the file.
  private mutating func endRun() throws {
    if try cursor.peek() == 0x0A { _ = try cursor.skip(1) }
  }
}
