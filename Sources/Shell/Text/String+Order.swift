extension String {
  /// Whether this text stands before another where numbers in texts count as numbers: `k9` before `k10`.
  func precedesNaturally(_ other: String) -> Bool {
    var (left, right) = (Substring(self).utf8, Substring(other).utf8)
    while let a = left.first, let b = right.first {
      if Self.isDigit(a), Self.isDigit(b) {
        let (m, n) = (Self.takeNumber(&left), Self.takeNumber(&right))
        if m.count != n.count { return m.count < n.count }
        if !m.elementsEqual(n) { return m.lexicographicallyPrecedes(n) }
      } else {
        if a != b { return a < b }
        left.removeFirst()
        right.removeFirst()
      }
    }
    if left.isEmpty, right.isEmpty { return utf8.lexicographicallyPrecedes(other.utf8) }
    return left.isEmpty
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  /// Takes the digits at the beginning away and gives them without leading zeros.
  private static func takeNumber(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
    let digits = text.prefix(while: isDigit)
    text = text.dropFirst(digits.count)
    return digits.drop { $0 == UInt8(ascii: "0") }
  }
}
