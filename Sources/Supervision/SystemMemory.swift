import Glibc

/// The memory that the machine has left: a system that promises more ends the process when the memory is written.
public enum SystemMemory {
  /// What growth leaves to others and to the way out of an error.
  private static let reserve = 128 << 20

  /// Whether the system has so many bytes, and some more.
  public static func has(_ byteCount: Int) -> Bool {
    let (needed, overflows) = byteCount.addingReportingOverflow(reserve)
    return !overflows && needed <= availableBytes
  }

  /// Bytes that the system could give to programs now, cached files included; `Int.max` where it does not say.
  ///
  /// Source: `MemAvailable` in proc(5).
  public static var availableBytes: Int {
    let file = open("/proc/meminfo", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return .max }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer in
      let text = buffer[..<max(0, read(file, buffer.baseAddress, buffer.count))]
      for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: "MemAvailable:".utf8) {
        let digits = line.drop { !isDigit($0) }.prefix(while: isDigit)
        guard let kilobytes = Int(String(decoding: digits, as: UTF8.self)) else { return .max }
        return kilobytes.multipliedReportingOverflow(by: 1024).partialValue
      }
      return .max
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}
