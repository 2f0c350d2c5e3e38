import Glibc

enum Clock {
  /// Seconds on one of the system's clocks.
  static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// A time in a fitting unit: `12.3 ms`.
  static func text(_ seconds: Double) -> String {
    switch seconds {
    case ..<1e-3: return "\(Decimal.text(seconds * 1e6, digits: 1)) µs"
    case ..<1: return "\(Decimal.text(seconds * 1e3, digits: 1)) ms"
    default: return "\(Decimal.text(seconds, digits: 2)) s"
    }
  }
}

enum ByteCount {
  /// Bytes in a fitting unit: `1.5 MB`.
  static func text(_ bytes: Double) -> String {
    switch bytes {
    case ..<1024: return "\(Int(bytes)) bytes"
    case ..<1_048_576: return "\(Decimal.text(bytes / 1024, digits: 1)) KB"
    case ..<1_073_741_824: return "\(Decimal.text(bytes / 1_048_576, digits: 1)) MB"
    default: return "\(Decimal.text(bytes / 1_073_741_824, digits: 2)) GB"
    }
  }
}

enum Decimal {
  /// A number with a fixed count of decimals.
  static func text(_ number: Double, digits: Int) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((abs(number) * Double(scale)).rounded())
    let decimals = String(scaled % scale)
    return (number < 0 ? "-" : "") + String(scaled / scale)
      + (digits > 0 ? "." + String(repeating: "0", count: digits - decimals.count) + decimals : "")
  }
}

extension String {
  /// Followed by spaces up to a length.
  func padded(to length: Int) -> String { self + String(repeating: " ", count: max(0, length - count)) }
  /// Preceded by spaces up to a length.
  func padded(toRight length: Int) -> String { String(repeating: " ", count: max(0, length - count)) + self }
}
