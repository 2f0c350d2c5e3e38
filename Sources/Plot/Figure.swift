/// A chart or an image that can be shown: what plotting functions give.
public final class Figure {
  /// What a figure shows.
  public enum Content: Sendable {
    /// Numbers with axes.
    case chart(Chart)
    /// An image.
    case image(Raster)
  }

  /// What the figure shows; a chart may get more series.
  public var content: Content
  /// The size in characters; nil: what suits the terminal.
  public var columns: Int?
  /// The height in characters; nil: what suits the terminal.
  public var rows: Int?

  /// Columns and rows that suit a chart, where the terminal has them.
  private static let usual = (columns: 80, rows: 20)

  /// A figure; its size in characters is what suits the terminal, by default.
  public init(_ content: Content, columns: Int? = nil, rows: Int? = nil) {
    self.content = content
    self.columns = columns
    self.rows = rows
  }

  /// The figure as text for the terminal on the standard output, in its size and with what it can show; or as part of a page.
  public var text: String {
    if Display.target == .page { return PageElement.marked(element) }
    let terminal = Display.size
    switch content {
    case .chart(let chart):
      return chart.text(
        columns: columns ?? min(terminal.columns, Self.usual.columns),
        rows: rows ?? min(terminal.rows - 2, Self.usual.rows), isColored: Display.isColored)
    case .image(let image):
      return TerminalImage(image).text(
        Display.images, columns: columns ?? terminal.columns, rows: rows ?? max(terminal.rows - 2, 8))
    }
  }

  private var element: String {
    switch content {
    case .chart(let chart): chart.svg()
    case .image(let image): image.element
    }
  }
}
