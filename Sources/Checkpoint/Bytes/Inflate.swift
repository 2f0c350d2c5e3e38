import CZlib
import Supervision

/// Decompresses raw deflate streams.
enum Inflate {
  /// The best ratio that the format allows; whoever announces more lies.
  static let maximumRatio = 1032
  private static let pieceSize = 1 << 24

  /// Whether `compressed` bytes can become `count` bytes.
  static func canProduce(_ count: Int, from compressed: Int) -> Bool {
    let (limit, overflow) = compressed.multipliedReportingOverflow(by: maximumRatio)
    return overflow || count <= limit
  }

  /// Fills `output` with the decompressed `input`; anything but an exact fit is an error.
  static func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ progress: Progress? = nil
  ) throws {
    var stream = z_stream()
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw CheckpointError(.inputOutput, "no memory to decompress")
    }
    defer { inflateEnd(&stream) }
    // In pieces: zlib counts in 32 bits, and somebody may want to stop.
    var source = input[...]
    var target = output[...]
    while true {
      try Interruption.check()
      let sourcePiece = source.prefix(pieceSize)
      let targetPiece = target.prefix(pieceSize)
      stream.next_in = UnsafeMutablePointer(
        mutating: UnsafeRawBufferPointer(rebasing: sourcePiece).baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.avail_in = UInt32(sourcePiece.count)
      // One byte beyond the end, never to be filled: zlib wants somewhere to write even for an empty result.
      var spare: UInt8 = 0
      let status = withUnsafeMutablePointer(to: &spare) { spare in
        let start = UnsafeMutableRawBufferPointer(rebasing: targetPiece).baseAddress
        stream.next_out = start?.assumingMemoryBound(to: UInt8.self) ?? spare
        stream.avail_out = UInt32(targetPiece.count)
        return CZlib.inflate(&stream, Z_NO_FLUSH)
      }
      source = source.dropFirst(sourcePiece.count - Int(stream.avail_in))
      target = target.dropFirst(targetPiece.count - Int(stream.avail_out))
      progress?.advance(by: targetPiece.count - Int(stream.avail_out))
      if status == Z_STREAM_END { break }
      guard status == Z_OK, !(source.isEmpty && target.isEmpty) else {
        throw CheckpointError.malformed("the compressed data are damaged")
      }
    }
    guard source.isEmpty, target.isEmpty else {
      throw CheckpointError.malformed("the compressed data have another length than announced")
    }
  }

  /// The first `count` bytes of the decompressed `input`; nil if that is too short for them.
  static func prefix(of input: UnsafeRawBufferPointer, count: Int) throws -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw CheckpointError(.inputOutput, "no memory to decompress")
    }
    defer { inflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: count)
    let rest = output.withUnsafeMutableBufferPointer { buffer in
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.avail_in = UInt32(clamping: input.count)
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(clamping: count)
      _ = CZlib.inflate(&stream, Z_SYNC_FLUSH)
      return stream.avail_out
    }
    return rest == 0 ? output : nil
  }
}
