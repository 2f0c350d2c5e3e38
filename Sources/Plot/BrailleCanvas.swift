/// A field of dots, drawn with Braille characters: two columns and four rows of dots in each cell.
///
/// Source of the encoding: The Unicode Standard, Braille Patterns, U+2800.
struct BrailleCanvas {
  let columns: Int
  let rows: Int
  private var dots: [UInt8]
  /// The series whose dot came last in a cell.
  private var owners: [Int]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    dots = [UInt8](repeating: 0, count: columns * rows)
    owners = [Int](repeating: 0, count: columns * rows)
  }

  /// Dots across and down.
  var width: Int { columns * 2 }
  var height: Int { rows * 4 }

  /// The bits of a cell's dots, by row and column.
  private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  /// Sets a dot, counted from the upper left; those outside are left out.
  mutating func set(_ x: Int, _ y: Int, owner: Int) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let cell = y / 4 * columns + x / 2
    dots[cell] |= Self.bits[y % 4][x % 2]
    owners[cell] = owner
  }

  /// Sets the dots of a straight line between two dots inside of the field.
  mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), owner: Int) {
    let steps = max(abs(end.x - start.x), abs(end.y - start.y), 1)
    for step in 0...steps {
      let share = Double(step) / Double(steps)
      set(
        start.x + Int((Double(end.x - start.x) * share).rounded()),
        start.y + Int((Double(end.y - start.y) * share).rounded()), owner: owner)
    }
  }

  /// A row of cells as text; `paint` colors the cells of a series.
  func text(row: Int, paint: (String, Int) -> String) -> String {
    var text = ""
    var column = 0
    while column < columns {
      let start = column
      let owner = owners[row * columns + start]
      var run = ""
      while column < columns, owners[row * columns + column] == owner {
        let pattern = dots[row * columns + column]
        run.unicodeScalars.append(pattern == 0 ? " " : Unicode.Scalar(UInt32(0x2800) + UInt32(pattern)) ?? " ")
        column += 1
      }
      text += run.allSatisfy { $0 == " " } ? run : paint(run, owner)
    }
    return text
  }
}
