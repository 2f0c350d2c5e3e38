extension Chart {
  /// The chart as an element of SVG, in the colors `--s0` to `--s5`, `--text` and `--line` of its page.
  func svg(width: Double = 680, height: Double = 300) -> String {
    let all = series.flatMap(\.points)
    guard !all.isEmpty else { return "<p>\(Self.escaped(title.isEmpty ? "" : title + ": "))(nothing to draw)</p>" }
    let hasBars = series.contains { $0.mark == .bars }
    let y = Axis(all.map(\.y) + (hasBars ? [0] : []), ticks: 6)
    let x = Axis(horizontally: all.map(\.x), series: series, ticks: 8)
    let labels = y.ticks.map { y.text($0) }
    let named = series.enumerated().filter { !$1.name.isEmpty }
    let margin = 14 + 7.5 * Double(labels.map(\.count).max() ?? 0)
    let top = (title.isEmpty ? 10 : 34) + (named.isEmpty ? 0 : 22.0)
    let field = SVGField(x: x, y: y, left: margin, top: top, right: width - 16, bottom: height - 30)
    var parts = [field.axes(labels: zip(y.ticks, labels).map { ($0, $1) })]
    if !title.isEmpty {
      let style = "font-size=\"15\" font-weight=\"600\" text-anchor=\"middle\""
      parts.append(Self.text(title, x: field.middle, y: 20, style))
    }
    var place = field.left
    for (index, series) in named {
      let mark = "<rect x=\"\(n(place))\" y=\"\(n(top - 19))\" width=\"14\" height=\"4\" rx=\"2\""
      parts.append("\(mark) fill=\"\(Self.color(index))\"/>")
      parts.append(Self.text(series.name, x: place + 20, y: top - 13, ""))
      place += 44 + 7.2 * Double(series.name.count)
    }
    parts += series.enumerated().map { draw($1, $0, field) }
    return
      "<svg viewBox=\"0 0 \(n(width)) \(n(height))\" width=\"\(n(width))\" height=\"\(n(height))\" role=\"img\" fill=\"none\" "
      + "font-family=\"system-ui, sans-serif\" font-size=\"12\">\(parts.joined())</svg>"
  }

  private func draw(_ series: Series, _ index: Int, _ field: SVGField) -> String {
    let color = Self.color(index)
    let points = series.points.map { (x: field.x($0.x), y: field.y($0.y)) }
    switch series.mark {
    case .line:
      let path = points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
      return "<polyline points=\"\(path)\" stroke=\"\(color)\" stroke-width=\"2\" stroke-linejoin=\"round\"/>"
    case .points:
      return "<g fill=\"\(color)\" fill-opacity=\"0.75\">"
        + points.map { "<circle cx=\"\(n($0.x))\" cy=\"\(n($0.y))\" r=\"3\"/>" }.joined() + "</g>"
    case .bars:
      let half = Axis.step(of: series.points.map(\.x)) / 2
      let base = field.y(0)
      let bars = series.points.map { point -> String in
        let (left, right, top) = (field.x(point.x - half), field.x(point.x + half), field.y(point.y))
        let width = max(1, (right - left) * 0.9)
        return
          "<rect x=\"\(n((left + right - width) / 2))\" y=\"\(n(min(top, base)))\" width=\"\(n(width))\" height=\"\(n(abs(base - top)))\"/>"
      }
      return "<g fill=\"\(color)\" fill-opacity=\"0.85\">\(bars.joined())</g>"
    }
  }

  private static func color(_ series: Int) -> String { "var(--s\(series % 6))" }

  fileprivate static func text(_ text: String, x: Double, y: Double, _ attributes: String) -> String {
    "<text x=\"\(n(x))\" y=\"\(n(y))\" fill=\"var(--text)\" \(attributes)>\(escaped(text))</text>"
  }

  private static func escaped(_ text: String) -> String {
    text.map { $0 == "<" ? "&lt;" : $0 == "&" ? "&amp;" : $0.isNewline ? " " : String($0) }.joined()
  }
}

/// The part of a drawing that the data fill, and its axes.
private struct SVGField {
  let x: Axis
  let y: Axis
  let left: Double
  let top: Double
  let right: Double
  let bottom: Double

  init(x: Axis, y: Axis, left: Double, top: Double, right: Double, bottom: Double) {
    (self.x, self.y, self.left, self.top, self.right, self.bottom) = (x, y, left, top, right, bottom)
  }

  var middle: Double { (left + right) / 2 }

  func x(_ value: Double) -> Double { left + x.share(of: value) * (right - left) }
  func y(_ value: Double) -> Double { bottom - y.share(of: value) * (bottom - top) }

  /// Lines across at the marks of the vertical axis, and the numbers of both.
  func axes(labels: [(tick: Double, text: String)]) -> String {
    let across = labels.map { label in
      let place = n(y(label.tick))
      return "<path d=\"M\(n(left)) \(place)H\(n(right))\" stroke=\"var(--line)\"/>"
        + Chart.text(label.text, x: left - 8, y: y(label.tick) + 4, "text-anchor=\"end\"")
    }
    let below = x.ticks.map { tick in
      "<path d=\"M\(n(x(tick))) \(n(bottom))v5\" stroke=\"var(--line)\"/>"
        + Chart.text(x.text(tick), x: x(tick), y: bottom + 20, "text-anchor=\"middle\"")
    }
    return across.joined() + below.joined()
      + "<path d=\"M\(n(left)) \(n(bottom))H\(n(right))\" stroke=\"var(--line)\"/>"
  }
}

/// A coordinate with at most one decimal.
private func n(_ value: Double) -> String {
  let tenths = (value * 10).rounded()
  guard abs(tenths) < 1e9 else { return "0" }
  return Int(tenths) % 10 == 0 ? "\(Int(tenths) / 10)" : "\(Double(Int(tenths)) / 10)"
}
