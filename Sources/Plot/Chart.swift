/// Numbers drawn as lines, points or bars, with axes.
///
/// ```swift
/// print(Chart(series: [Chart.Series(y: losses)], title: "loss").text(columns: 72, rows: 16))
/// ```
public struct Chart: Sendable {
  /// How the values of a series are drawn.
  public enum Mark: Sendable {
    /// A line from each point to the next, or the points alone.
    case line, points
    /// From zero up or down to each value.
    case bars
  }

  /// Values and where they stand; what is not finite is left out.
  public struct Series: Sendable {
    /// Where the values stand, one for each.
    public var x: [Double]
    /// The values.
    public var y: [Double]
    /// How they are drawn.
    public var mark: Mark
    /// What a legend calls the series; none where it is empty.
    public var name: String

    /// - Parameter x: nil for 0, 1, 2 …
    public init(x: [Double]? = nil, y: [Double], mark: Mark = .line, name: String = "") {
      self.x = x ?? y.indices.map { Double($0) }
      self.y = y
      self.mark = mark
      self.name = name
    }

    var points: [(x: Double, y: Double)] {
      zip(x, y).filter { $0.isFinite && $1.isFinite }.map { (x: $0, y: $1) }
    }
  }

  /// What is drawn, the last one uppermost.
  public var series: [Series]
  /// What stands above; nothing where it is empty.
  public var title: String

  /// A chart of series, whose axes cover all of them.
  public init(series: [Series], title: String = "") {
    self.series = series
    self.title = title
  }

  /// The chart in a field of characters, its axes included.
  public func text(columns: Int, rows: Int, isColored: Bool = false) -> String {
    let points = series.map(\.points)
    let all = points.flatMap { $0 }
    guard !all.isEmpty else { return title.isEmpty ? "(nothing to draw)" : "\(title): (nothing to draw)" }
    let names = series.enumerated().filter { !$1.name.isEmpty }.map { Self.paint("── " + $1.name, $0, isColored) }
    let head = [title, names.joined(separator: "  ")].filter { !$0.isEmpty }
    let hasBars = series.contains { $0.mark == .bars }
    let fieldRows = max(3, rows - head.count - 2)
    let y = Axis(all.map(\.y) + (hasBars ? [0] : []), ticks: max(2, fieldRows / 3))
    let labels = y.ticks.map { y.text($0) }
    let margin = labels.map(\.count).max() ?? 0
    let x = Axis(horizontally: all.map(\.x), series: series, ticks: max(2, (columns - margin) / 12))
    let fieldColumns = max(8, columns - margin - 2)
    var canvas = BrailleCanvas(columns: fieldColumns, rows: fieldRows)
    for (index, points) in points.enumerated() { draw(points, index, x, y, on: &canvas) }
    var ticks: [Int: String] = [:]
    for (tick, label) in zip(y.ticks, labels) { ticks[(canvas.height - 1 - y.place(tick, canvas.height)) / 4] = label }
    var lines = head
    for row in 0..<fieldRows {
      let label = ticks[row] ?? ""
      let start = String(repeating: " ", count: margin - label.count) + label + (ticks[row] == nil ? " │" : " ┤")
      lines.append(start + canvas.text(row: row) { Self.paint($0, $1, isColored) })
    }
    return (lines + x.lines(margin: margin, columns: fieldColumns, dots: canvas.width)).map(trimmed)
      .joined(separator: "\n")
  }

  private func draw(
    _ points: [(x: Double, y: Double)], _ index: Int, _ x: Axis, _ y: Axis, on canvas: inout BrailleCanvas
  ) {
    func dot(_ point: (x: Double, y: Double)) -> (x: Int, y: Int) {
      (x.place(point.x, canvas.width), canvas.height - 1 - y.place(point.y, canvas.height))
    }
    switch series[index].mark {
    case .points:
      for point in points {
        let place = dot(point)
        canvas.set(place.x, place.y, owner: index)
      }
    case .line:
      var last: (x: Int, y: Int)?
      for point in points {
        let place = dot(point)
        canvas.line(from: last ?? place, to: place, owner: index)
        last = place
      }
    case .bars:
      let half = Axis.step(of: points.map(\.x)) / 2
      for point in points {
        let top = dot(point)
        let base = dot((x: point.x, y: 0))
        let left = x.place(point.x - half, canvas.width)
        let right = max(left, x.place(point.x + half, canvas.width) - 1)
        for column in left...right {
          canvas.line(from: (x: column, y: base.y), to: (x: column, y: top.y), owner: index)
        }
      }
    }
  }

  /// Colors of the series, one after the other: blue, yellow, green, magenta, cyan, red.
  private static let colors = [34, 33, 32, 35, 36, 31]

  private static func paint(_ text: String, _ series: Int, _ isColored: Bool) -> String {
    isColored ? "\u{1B}[\(colors[series % colors.count])m\(text)\u{1B}[0m" : text
  }

  private func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}

extension Chart.Series {
  /// How many of the values, which are finite, lie in each of some equal parts of their range, as bars.
  public init(counting values: [Double], bins: Int, name: String = "") {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let wanted = Double(min(max(bins, 1), 10_000))
    // Not the span divided: that may pass the largest number.
    let width = high / wanted - low / wanted
    guard width > 0 else {
      self.init(x: [low], y: [Double(values.count)], mark: .bars, name: name)
      return
    }
    var counts = [Double](repeating: 0, count: Int(wanted))
    for value in values {
      let place = value / width - low / width
      counts[place.isFinite ? Int(min(max(place, 0), wanted - 1)) : 0] += 1
    }
    self.init(x: counts.indices.map { low + (Double($0) + 0.5) * width }, y: counts, mark: .bars, name: name)
  }
}
