/// The text of a progress bar: `tqdm.format_meter`.
struct ProgressMeter {
  var count = 0.0
  var total: Double?
  /// Seconds since the start.
  var elapsed = 0.0
  /// What came before the bar started to count.
  var initial = 0.0
  var description = ""
  var postfix = ""
  var unit = "it"
  /// Whether numbers are written with metric prefixes.
  var scalesUnit = false
  /// By how much each of those prefixes is more, in counts; rates go by thousands.
  var unitDivisor = 1000.0
  /// Columns to fill; nil: a bar of 10 characters. 0: no bar; with a negative number the bar is short, and as many characters at
  /// the end are left out.
  var columns: Int?
  /// How many columns anybody may ask for.
  static let mostColumns = 1 << 20
  /// Steps a second, smoothed; nil: from the count.
  var smoothedRate: Double?
  /// Whether to draw with ASCII alone.
  var isASCII = false

  var text: String {
    let rate = smoothedRate ?? (elapsed > 0 ? (count - initial) / elapsed : nil)
    let prefix = description.isEmpty ? "" : description.hasSuffix(": ") ? description : description + ": "
    let end = postfix.isEmpty ? "" : ", " + postfix
    guard let total, count < total + 0.5 else {
      return cut("\(prefix)\(number(count))\(unit) [\(interval(elapsed)), \(rateText(rate))\(end)]")
    }
    let fraction = total > 0 ? count / total : 1
    let percent = padded("\(Int((fraction * 100).rounded(.toNearestOrEven)))", 3)
    let remaining = rate.map { $0 != 0 ? interval((total - count) / $0) : "?" } ?? "?"
    let left = "\(prefix)\(percent)%"
    let right = " \(number(count))/\(number(total)) [\(interval(elapsed))<\(remaining), \(rateText(rate))\(end)]"
    if columns == 0 { return left + right }
    let width = columns.map { max(1, $0 - left.count - right.count - 2) } ?? 10
    return cut("\(left)|\(bar(fraction, width))|\(right)")
  }

  private func cut(_ line: String) -> String {
    guard let columns, columns != 0 else { return line }
    return String(columns > 0 ? line.prefix(columns) : line.dropLast(-columns))
  }

  private func bar(_ fraction: Double, _ width: Int) -> String {
    let symbols = Array(isASCII ? " 123456789#" : " ▏▎▍▌▋▊▉█")
    let steps = symbols.count - 1
    let filled = Int(max(0, min(1, fraction)) * Double(width * steps))
    var text = String(repeating: symbols[steps], count: filled / steps)
    if filled / steps < width {
      text.append(symbols[filled % steps])
      text += String(repeating: symbols[0], count: width - filled / steps - 1)
    }
    return text
  }

  private func number(_ value: Double) -> String {
    if scalesUnit { return Self.scaled(value, by: unitDivisor) }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  /// `mm:ss`, or `h:mm:ss`.
  private func interval(_ seconds: Double) -> String {
    let all = seconds.isFinite ? Int(max(-1e12, min(1e12, seconds))) : 0
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (all / 3600, all / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(all % 60))" : "\(two(minutes)):\(two(all % 60))"
  }

  private func rateText(_ rate: Double?) -> String {
    guard let rate, rate > 0, rate.isFinite else { return "?\(unit)/s" }
    if rate < 1 { return "\(scalesUnit ? Self.scaled(1 / rate) : padded(fixed(1 / rate, 2), 5))s/\(unit)" }
    return "\(scalesUnit ? Self.scaled(rate) : padded(fixed(rate, 2), 5))\(unit)/s"
  }

  /// A number with a metric prefix: 3 digits and the prefix.
  private static func scaled(_ value: Double, by divisor: Double = 1000) -> String {
    var value = value
    for prefix in ["", "k", "M", "G", "T", "P", "E", "Z"] {
      if abs(value) < 999.5 {
        if abs(value) < 99.95 {
          return abs(value) < 9.995 ? fixed(value, 2) + prefix : fixed(value, 1) + prefix
        }
        return fixed(value, 0) + prefix
      }
      value /= divisor
    }
    return fixed(value, 1) + "Y"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private func fixed(_ value: Double, _ digits: Int) -> String { Self.fixed(value, digits) }

  /// A number with a fixed number of digits behind the point.
  private static func fixed(_ value: Double, _ digits: Int) -> String {
    guard abs(value) < 1e15 else { return "\(value)" }
    let power = (0..<digits).reduce(1) { power, _ in power * 10 }
    let whole = Int((abs(value) * Double(power)).rounded(.toNearestOrEven))
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let rest = "\(whole % power)"
    return "\(sign)\(whole / power)." + String(repeating: "0", count: digits - rest.count) + rest
  }
}

/// A mean that forgets: recent values count most.
struct ExponentialMean {
  private let smoothing: Double
  private var last = 0.0
  private var calls = 0

  init(smoothing: Double) { self.smoothing = smoothing }

  /// Takes in a value.
  mutating func add(_ value: Double) {
    last = smoothing * value + (1 - smoothing) * last
    calls += 1
  }

  /// The mean; nil before the first value.
  var value: Double? {
    guard calls > 0 else { return nil }
    var power = 1.0
    for _ in 0..<min(calls, 10_000) { power *= 1 - smoothing }
    return power < 1 ? last / (1 - power) : last
  }
}
