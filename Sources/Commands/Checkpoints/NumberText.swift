import Glibc

/// Numbers as the commands print them.
enum NumberText {
  /// Six significant digits: `0.0123457`, `1.5e-08`.
  static func short(_ number: Double) -> String {
    if number.isNaN { return "nan" }
    var buffer = [CChar](repeating: 0, count: 40)
    let length = withVaList([number]) { vsnprintf(&buffer, buffer.count, "%.6g", $0) }
    return String(decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Digits in groups of three: `21,797,672`.
  static func grouped(_ number: Int) -> String {
    var digits = Array(String(number.magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: position) }
    return (number < 0 ? "-" : "") + String(digits)
  }

  /// Bytes in a fitting decimal unit: `87.3 MB`.
  static func bytes(_ count: Int) -> String {
    var value = Double(count)
    var unit = "bytes"
    for next in ["kB", "MB", "GB", "TB"] where value >= 1000 {
      value /= 1000
      unit = next
    }
    if unit == "bytes" { return "\(count) bytes" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }
}
