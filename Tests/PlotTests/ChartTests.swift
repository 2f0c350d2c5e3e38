import Testing

@testable import Plot

@Suite struct ChartTests {
  @Test func aLineWithItsAxes() {
    #expect(
      Chart(series: [Chart.Series(y: [0, 1, 2, 3, 4])], title: "rising").text(columns: 24, rows: 8) == """
        rising
        4 ┤                 ⣀⠤⠒⠉
          │            ⢀⣀⠤⠒⠉
        2 ┤        ⣀⠤⠒⠊⠁
          │   ⢀⡠⠤⠒⠉
        0 ┤⡠⠔⠊⠁
          └┬─────────┬─────────┬
           0         2         4
        """)
  }

  @Test func marksStandAtRoundNumbers() {
    #expect(Axis([0, 97], ticks: 5).ticks == [0, 20, 40, 60, 80])
    #expect(
      Axis([-0.13, 0.22], ticks: 4).ticks.map { Axis([-0.13, 0.22], ticks: 4).text($0) } == [
        "-0.1", "0.0", "0.1", "0.2",
      ])
    #expect(Axis([5, 5], ticks: 3).low < 5)
  }

  /// Whatever the numbers, there is a chart.
  @Test(arguments: [
    [Double.nan], [.infinity, 1], [1e300, -1e300], [.greatestFiniteMagnitude, -.greatestFiniteMagnitude],
    [.leastNonzeroMagnitude, 0],
    [1e20, 1e20 + 1e5], [],
  ])
  func oddNumbers(_ values: [Double]) {
    for mark in [Chart.Mark.line, .points, .bars] {
      let text = Chart(series: [Chart.Series(y: values, mark: mark)]).text(columns: 30, rows: 8)
      #expect(!text.isEmpty)
      #expect(text.split(separator: "\n").count <= 8)
    }
    #expect(
      Chart.Series(counting: values.filter(\.isFinite), bins: 4).y.reduce(0, +)
        == Double(values.filter(\.isFinite).count))
  }

  @Test func severalSeriesAreNamedAndColored() {
    let chart = Chart(series: [Chart.Series(y: [1, 2], name: "a"), Chart.Series(y: [2, 1], name: "b")])
    let text = chart.text(columns: 40, rows: 8, isColored: true)
    #expect(text.contains("\u{1B}[34m── a"))
    #expect(text.contains("\u{1B}[33m── b"))
    #expect(!chart.text(columns: 40, rows: 8).contains("\u{1B}"))
  }

  @Test func countsValues() {
    let series = Chart.Series(counting: [0, 0.1, 0.9, 1], bins: 2)
    #expect(series.x == [0.25, 0.75])
    #expect(series.y == [2, 2])
  }
}
