import Lua
import Plot
import Tensor

/// The module `plot`: charts and images in the terminal.
enum PlotModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "plot",
      help:
        "Charts and images in the terminal. Each function gives a figure; the shell shows it, print and show write it.",
      example: "tostring(require('plot').bar({3, 1, 2})) ~= '' --> true",
      functions: [
        chart(
          "line", mark: .line,
          help:
            "A chart of values joined by a line: y alone over 0, 1, ..., or x and y. figure:line() adds another one.",
          example: "require('plot').line(torch.linspace(0, 6.28, 50):sin(), {title = 'sine'})"),
        chart(
          "scatter", mark: .points,
          help: "A chart of points: y alone over 0, 1, ..., or x and y. figure:scatter() adds more.",
          example: "require('plot').scatter(torch.randn(100), torch.randn(100))"),
        chart(
          "bar", mark: .bars,
          help: "A chart with a bar for each value: y alone over 0, 1, ..., or x and y. figure:bar() adds more.",
          example: "require('plot').bar({3, 1, 2})"),
        Function(
          "hist",
          "(input: Tensor|number[], bins: int = 30, *, title: string = '', width: int? = nil, height: int? = nil) -> Figure",
          help: "How many values lie in each of `bins` equal parts of their range.",
          example: "require('plot').hist(torch.randn(1000), 20)"
        ) { a in
          let values = try numbers(a, 0).filter(\.isFinite)
          let series = Chart.Series(counting: values, bins: try a.int(1))
          return .object(try figure(.chart(Chart(series: [series], title: try a.string(2))), a, sizeAt: 3))
        },
        Function(
          "image", "(input: Tensor, *, width: int? = nil, height: int? = nil) -> Figure",
          help:
            "An image of shape [H, W] or [C, H, W], or a batch of them: uint8 from 0 to 255, or floating point from 0 to 1.",
          example: "require('plot').image(torch.rand(3, 32, 32))"
        ) { a in
          .object(try figure(.image(try Raster(picturing: try a.tensor(0))), a, sizeAt: 1))
        },
        Function(
          "show", "(figure: Figure|Tensor|number[])",
          help:
            "Writes a figure to the standard output: also a tensor of two or more dimensions as an image, one of one as a line.",
          example: "require('plot').show(torch.rand(8, 8))"
        ) { a in
          _ = try a.state.call(try a.state.global("print"), [.string(try figure(showing: a).text)])
          return .none
        },
      ], classes: [figureClass])
  }

  private static var figureClass: LuaClass {
    LuaClass(
      "Figure", of: Figure.self, help: "A chart or an image. `print` writes it, the shell shows it.",
      example: "tostring(require('plot').line({1, 4, 9})) ~= '' --> true",
      methods: [
        adding("line", mark: .line, help: "Adds values joined by a line to the chart, and returns it."),
        adding("scatter", mark: .points, help: "Adds points to the chart, and returns it."),
        adding("bar", mark: .bars, help: "Adds bars to the chart, and returns it."),
        Function(
          "show", "(self: Figure) -> Figure", help: "Writes the figure to the standard output, and returns it.",
          example: "require('plot').line({1, 4, 9}):show()"
        ) { a in
          let text = try a.object(0, as: Figure.self).text
          _ = try a.state.call(try a.state.global("print"), [.string(text)])
          return .argument(0)
        },
      ],
      metamethods: [Function("__tostring") { a in .string(try a.object(0, as: Figure.self).text) }])
  }

  // MARK: Charts

  /// The ways to give data: values alone, or where they stand too.
  private static let data = ["y: Tensor|number[]", "x: Tensor|number[], y: Tensor|number[]"]

  private static func chart(_ name: String, mark: Chart.Mark, help: String, example: String) -> Function {
    let overloads = data.enumerated().map { last, data in
      Overload("(\(data), *, name: string = '', title: string = '', width: int? = nil, height: int? = nil) -> Figure") {
        a in
        let chart = Chart(series: [try series(a, 0...last, mark)], title: try a.string(last + 2))
        return .object(try figure(.chart(chart), a, sizeAt: last + 3))
      }
    }
    return Function(name, help: help, example: example, overloads)
  }

  private static func adding(_ name: String, mark: Chart.Mark, help: String) -> Function {
    let overloads = data.enumerated().map { last, data in
      Overload("(self: Figure, \(data), *, name: string = '') -> Figure") { a in
        let figure = try a.object(0, as: Figure.self)
        guard case .chart(var chart) = figure.content else { throw LuaError("\(name)(): the figure is an image") }
        chart.series.append(try series(a, 1...(last + 1), mark))
        figure.content = .chart(chart)
        return .argument(0)
      }
    }
    return Function(
      name, help: help, example: "require('plot').line({1, 2}, {name = 'a'}):\(name)({2, 1}, {name = 'b'})", overloads)
  }

  /// The series that the arguments at `places` give; its name follows them.
  private static func series(_ a: Arguments, _ places: ClosedRange<Int>, _ mark: Chart.Mark) throws -> Chart.Series {
    let values = try places.map { try numbers(a, $0) }
    let (x, y) = (values[0], values[values.count - 1])
    guard x.count == y.count else {
      throw LuaError("\(a.functionName)(): x and y must have the same size, but have \(x.count) and \(y.count)")
    }
    return Chart.Series(x: values.count == 1 ? nil : x, y: y, mark: mark, name: try a.string(places.upperBound + 1))
  }

  /// The numbers of a tensor in row-major order, or of a table.
  private static func numbers(_ a: Arguments, _ index: Int) throws -> [Double] {
    try TensorLiteral.tensor(a[index], dtype: .float64).doubles()
  }

  private static func figure(_ content: Figure.Content, _ a: Arguments, sizeAt index: Int) throws -> Figure {
    let (columns, rows) = (try a.optionalInt(index), try a.optionalInt(index + 1))
    for size in [columns, rows].compactMap({ $0 }) where !(1...10_000).contains(size) {
      throw LuaError("\(a.functionName)(): width and height are between 1 and 10000 characters")
    }
    return Figure(content, columns: columns, rows: rows)
  }

  private static func figure(showing a: Arguments) throws -> Figure {
    if let figure = a[0].object(as: Figure.self) { return figure }
    if let tensor = a[0].tensor, tensor.rank >= 2 { return Figure(.image(try Raster(picturing: tensor))) }
    return Figure(.chart(Chart(series: [Chart.Series(y: try numbers(a, 0))])))
  }
}
