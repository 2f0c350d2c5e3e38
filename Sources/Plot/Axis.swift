import Glibc

/// A range of numbers with marks at round ones.
///
/// Source: Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.
struct Axis {
  let low: Double
  let high: Double
  /// Round numbers in the range.
  let ticks: [Double]
  private let step: Double

  /// - Parameters:
  ///   - values: finite numbers, at least one.
  ///   - count: how many marks fit.
  init(_ values: [Double], ticks count: Int) {
    var (low, high) = (values.min() ?? 0, values.max() ?? 1)
    if low == high {
      let room = low == 0 ? 1 : abs(low) * 0.5
      (low, high) = (low - room, high + room)
    }
    // A span past the largest number has no scale.
    if !(high - low).isFinite { (low, high) = (low / 4, high / 4) }
    self.low = low
    self.high = high
    let rough = (high - low) / Double(max(count, 1))
    let magnitude = pow(10, floor(log10(rough)))
    let factor = [(1.5, 1.0), (3, 2), (7, 5)].first { rough < $0.0 * magnitude }?.1 ?? 10
    let step = max(factor * magnitude, .leastNormalMagnitude)
    self.step = step
    let first = (low / step).rounded(.up)
    let last = (high / step).rounded(.down)
    // Where the span is next to nothing beside the numbers, marks would fall together.
    ticks =
      last >= first && last - first < 100 ? Array(stride(from: first, through: last, by: 1)).map { $0 * step } : [low]
  }

  /// An axis with room for the bars at its ends.
  init(horizontally values: [Double], series: [Chart.Series], ticks count: Int) {
    let bars = series.filter { $0.mark == .bars }
    let half = bars.map { Axis.step(of: $0.x) / 2 }.max() ?? 0
    let ends = half > 0 ? values.flatMap { [$0 - half, $0 + half] } : []
    self.init(values + ends.filter(\.isFinite), ticks: count)
  }

  /// The least distance between neighbours; 1 without any, or where that is past the largest number.
  static func step(of values: [Double]) -> Double {
    let sorted = values.filter(\.isFinite).sorted()
    return zip(sorted.dropFirst(), sorted).map { $0 - $1 }.filter { $0 > 0 && $0.isFinite }.min() ?? 1
  }

  /// Which of `count` places a number has.
  func place(_ value: Double, _ count: Int) -> Int { Int((share(of: value) * Double(count - 1)).rounded()) }

  /// Where a number stands between the ends, from 0 to 1.
  func share(of value: Double) -> Double { min(max((value - low) / (high - low), 0), 1) }

  /// A mark's number, with as many decimals as the distance between marks needs.
  func text(_ tick: Double) -> String {
    let size = max(abs(low), abs(high))
    var buffer = [CChar](repeating: 0, count: 40)
    if size >= 1e6 || size < 1e-4 {
      withVaList([tick]) { _ = vsnprintf(&buffer, buffer.count, "%.4g", $0) }
    } else {
      let decimals = Int32(min(max(0, -floor(log10(step) + 1e-9)), 8))
      withVaList([decimals, tick == 0 ? 0 : tick]) { _ = vsnprintf(&buffer, buffer.count, "%.*f", $0) }
    }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }

  /// The two lines below a chart: the axis with its marks, and their numbers.
  func lines(margin: Int, columns: Int, dots: Int) -> [String] {
    var axis = [Character](repeating: "─", count: columns)
    var labels = [Character](repeating: " ", count: columns + 8)
    var free = 0
    for tick in ticks {
      let column = place(tick, dots) / 2
      let label = text(tick)
      axis[column] = "┬"
      let start = max(free, column - label.count / 2)
      guard start <= column, start + label.count <= labels.count else { continue }
      for (offset, character) in label.enumerated() { labels[start + offset] = character }
      free = start + label.count + 1
    }
    let space = String(repeating: " ", count: margin)
    return [space + " └" + String(axis), space + "  " + String(labels)]
  }
}
