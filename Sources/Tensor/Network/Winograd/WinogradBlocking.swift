import OneDNN
import WinogradKernels

/// How the work of a convolution is cut, so that what is used together stays in the caches.
struct WinogradBlocking {
  /// Transformed patches that the threads share at a time, in floats for each thread.
  private static let sharedFloats = 1 << 20
  /// Floats between the planes of transformed data beside what they hold: planes a multiple of a page apart would meet in the
  /// same lines of the cache.
  static let planeGap = 16
  /// Multiplications below which one thread does all.
  private static let smallestShared = 3_000_000

  let threads: Int
  /// Tiles that are transformed before they are multiplied.
  let stretch: Int

  /// - Parameter floatsPerTile: of transformed data that are shared.
  init(tiles: Int, floatsPerTile: Int, multiplications: Int) {
    threads = multiplications < Self.smallestShared ? 1 : Parallel.threadCount
    let count = max(1, tiles * floatsPerTile / (Self.sharedFloats * threads))
    stretch = (tiles + count - 1) / count
  }

  /// Cuts two ranges into tasks that keep all threads busy: `first` is cut into blocks, `second` into the fewest parts that
  /// make the number of tasks a multiple of the number of threads, and at least `perThread` times it.
  func tasks(blocks: Int, second: Int, smallestPart: Int, perThread: Int = 1) -> WinogradTasks {
    var parts = 1
    while threads > 1, blocks * parts % threads != 0 || blocks * parts < perThread * threads,
      parts < perThread * threads, (parts + 1) * smallestPart <= second
    { parts += 1 }
    return WinogradTasks(blocks: blocks, parts: parts, second: second)
  }
}

/// A grid of tasks: blocks times parts of another range.
struct WinogradTasks {
  let blocks, parts, second: Int

  var count: Int { blocks * parts }

  func block(_ task: Int) -> Int { task / parts }

  func part(_ task: Int) -> Range<Int> {
    let index = task % parts
    return (index * second / parts)..<((index + 1) * second / parts)
  }
}

/// 36 planes of rows of transformed data, in borrowed memory.
struct WinogradPlanes {
  /// How many rows there are, and the floats of each.
  struct Size {
    let rows, row: Int

    var plane: Int { rows * row + WinogradBlocking.planeGap }
    var floats: Int { WinogradShape.elements * plane }
  }

  let start: UnsafeMutablePointer<Float>
  let size: Size

  var row: Int { size.row }
  var plane: Int { size.plane }

  /// The elements `index` of the rows from one on, their columns from one on.
  func element(_ index: Int, row: Int = 0, column: Int = 0) -> UnsafeMutablePointer<Float> {
    start + (index * plane + row * self.row + column)
  }

  /// All elements of the rows from one on, their columns from one on.
  func rows(from index: Int, column: Int = 0) -> winograd_rows {
    winograd_rows(start: start + (index * row + column), plane: plane, row: row)
  }

  /// Runs `body` with planes of these sizes, whose elements are undefined. Their memory is the one that oneDNN's primitives
  /// work in too, so that it stays in the caches, and no pages are asked for anew.
  static func with(_ sizes: [Size], _ body: ([WinogradPlanes]) throws -> Void) throws {
    let floats = sizes.reduce(0) { $0 + $1.floats }
    try Scratchpad.withBuffer(byteCount: floats * MemoryLayout<Float>.size) { memory in
      guard var next = memory?.assumingMemoryBound(to: Float.self) else { return }
      try body(
        sizes.map { size in
          defer { next += size.floats }
          return WinogradPlanes(start: next, size: size)
        })
    }
  }
}
