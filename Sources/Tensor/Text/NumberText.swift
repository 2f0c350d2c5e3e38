import Glibc

/// Decimal texts of floating point numbers, exactly rounded, as C and Python write them.
public enum NumberText {
  /// Digits beyond which a double has only zeros.
  private static let mostDigits = 1100

  /// `3.1416`; the sign of NaN is not shown.
  static func fixed(_ value: Double, digits: Int) -> String { formatted("%.*f", digits, value) }

  /// `3.1416e+00`.
  static func scientific(_ value: Double, digits: Int) -> String { formatted("%.*e", digits, value) }

  /// `3.40282e+38`: six digits, as C++ streams write numbers.
  public static func general(_ value: Double) -> String { formatted("%.*g", 6, value) }

  private static func formatted(_ format: String, _ digits: Int, _ value: Double) -> String {
    if value.isNaN { return "nan" }
    let digits = min(max(digits, 0), mostDigits)
    // The largest double has 309 digits before the point.
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: digits + 320) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      _ = withVaList([Int32(digits), value]) { vsnprintf(base, buffer.count, format, $0) }
      return String(cString: base)
    }
  }
}
