import Supervision
import WinogradKernels

/// One pass from images to images: transformed patches times transformed weights, and back.
///
/// Patches of a stretch of tiles are transformed first, by all threads. Then each thread takes blocks of result channels, transforms
/// their weights, multiplies, and transforms the sums back a few tiles at a time, while they are in the cache.
struct WinogradPass {
  struct Weights {
    let start: UnsafePointer<Float>
    /// Floats from a channel that is summed over to the next, and from a result channel to the next.
    let step, lane: Int
    let isFlipped: Bool
  }

  let shape: WinogradShape
  let tiling: WinogradTiling
  let from, to: winograd_grid
  /// Channels that are summed over, and those of the result.
  let depth, width: Int
  let weights: Weights

  private let blocking: WinogradBlocking
  /// Blocks of result channels that one product covers, and channels of the depth.
  private let columns, depthStep: Int
  /// Tiles that are multiplied before their sums are transformed back.
  private let together: Int

  /// Tiles that are multiplied at a time: a multiple of the rows that the kernels take together.
  private static let tilesTogether = 24
  /// Where no more tiles than this come together, most of the time goes into the weights: they are read along the depth, in pieces
  /// that the cache holds once transformed.
  private static let fewTiles = 48
  private static let depthForFewTiles = 128
  /// Enough that a thread which was held up leaves some to the others.
  private static let tasksPerThread = 4

  private var depthRow: Int { shape.blocks(depth) * shape.lanes }
  private var columnLanes: Int { columns * shape.lanes }

  init(
    shape: WinogradShape, tiling: WinogradTiling, from: winograd_grid, to: winograd_grid, depth: Int, width: Int,
    weights: Weights
  ) {
    self.shape = shape
    self.tiling = tiling
    self.from = from
    self.to = to
    self.depth = depth
    self.width = width
    self.weights = weights
    blocking = WinogradBlocking(
      tiles: tiling.count, floatsPerTile: WinogradShape.elements * shape.blocks(depth) * shape.lanes,
      multiplications: tiling.products * depth * width)
    let isShort = blocking.stretch <= Self.fewTiles
    columns = isShort ? 1 : min(shape.kernels.blocks, shape.blocks(width))
    depthStep = isShort ? min(depth, Self.depthForFewTiles) : depth
    together = isShort ? blocking.stretch : Self.tilesTogether
  }

  func run(
    _ source: UnsafePointer<Float>, _ epilogue: ChannelEpilogue, _ result: UnsafeMutablePointer<Float>
  ) throws {
    let tiles = tiling.count
    let patches = WinogradPlanes.Size(rows: blocking.stretch, row: depthRow)
    let matrix = WinogradPlanes.Size(rows: depthStep, row: columnLanes)
    let sums = WinogradPlanes.Size(rows: together, row: columnLanes)
    let tasks = blocking.tasks(
      blocks: (shape.blocks(width) + columns - 1) / columns, second: blocking.stretch,
      smallestPart: Self.tilesTogether / 2, perThread: Self.tasksPerThread)
    let workers = min(blocking.threads, tasks.count)
    try WinogradPlanes.with([patches] + (0..<workers).flatMap { _ in [matrix, sums] }) { planes in
      var start = 0
      while start < tiles {
        let stretch = start..<min(start + blocking.stretch, tiles)
        try transform(source, stretch, blocking.threads, to: planes[0])
        try Parallel.share(tasks.count, among: workers) { worker, next in
          try multiply(
            tasks, next, stretch, planes[0], planes[1 + 2 * worker], planes[2 + 2 * worker], epilogue, result)
        }
        start += blocking.stretch
      }
    }
  }

  private func transform(
    _ source: UnsafePointer<Float>, _ stretch: Range<Int>, _ threads: Int, to patches: WinogradPlanes
  ) throws {
    try WinogradSource(
      shape: shape, tiling: tiling, grid: from, blocks: shape.blocks(depth), transform: shape.kernels.transform_source
    ).run(source, stretch, threads, to: patches)
  }

  private func multiply(
    _ tasks: WinogradTasks, _ next: () -> Int?, _ stretch: Range<Int>, _ patches: WinogradPlanes,
    _ matrix: WinogradPlanes, _ sums: WinogradPlanes, _ epilogue: ChannelEpilogue, _ result: UnsafeMutablePointer<Float>
  ) throws {
    var ready = -1
    while let task = next() {
      let block = tasks.block(task)
      let part = tasks.part(task).clamped(to: 0..<stretch.count)
      let blocks = min(columns, shape.blocks(width) - block * columns)
      var first = stretch.lowerBound + part.lowerBound
      let end = stretch.lowerBound + part.upperBound
      while first < end {
        let tiles = first..<min(first + together, end)
        for p in stride(from: 0, to: depth, by: depthStep) {
          try Interruption.check()
          let deep = min(depthStep, depth - p)
          // Weights that serve all tiles are transformed once.
          if depthStep < depth || ready != block {
            transformWeights(block, blocks, p, deep, to: matrix)
            ready = block
          }
          for (e, needing) in tiling.needing.enumerated() {
            let rows = tiles.clamped(to: needing)
            shape.kernels.multiply(
              patches.element(e, row: rows.lowerBound - stretch.lowerBound, column: p), patches.row, 1,
              matrix.element(e), matrix.row, sums.element(e, row: rows.lowerBound - tiles.lowerBound), sums.row,
              rows.count, deep, blocks, p > 0)
          }
        }
        store(sums, tiles, block * columns, blocks, epilogue, result)
        first = tiles.upperBound
      }
    }
  }

  private func transformWeights(_ block: Int, _ blocks: Int, _ first: Int, _ deep: Int, to matrix: WinogradPlanes) {
    let channel = block * columnLanes
    shape.kernels.transform_weights(
      weights.start + (first * weights.step + channel * weights.lane), weights.step, weights.lane, deep,
      width - channel,
      blocks, weights.isFlipped, matrix.rows(from: 0))
  }

  private func store(
    _ sums: WinogradPlanes, _ tiles: Range<Int>, _ firstBlock: Int, _ blocks: Int, _ epilogue: ChannelEpilogue,
    _ result: UnsafeMutablePointer<Float>
  ) {
    let size = to.pixels * shape.lanes
    tiling.forEachRun(in: tiles) { image, kind, tiles, place in
      for block in 0..<blocks {
        let channel = (firstBlock + block) * shape.lanes
        let at = (image * shape.blocks(width) + firstBlock + block) * size
        let steps = winograd_epilogue(
          scale: epilogue.scale.map { $0 + channel }, shift: epilogue.shift.map { $0 + channel },
          addend: epilogue.addend.map { $0 + at }, relu: epilogue.hasReLU)
        var (grid, kind) = (to, kind)
        shape.kernels.transform_result(
          &grid, &kind, sums.rows(from: place, column: block * shape.lanes), tiles.lowerBound, tiles.upperBound, steps,
          result + at)
      }
    }
  }
}

/// Transforms the patches, or the tiles of gradients, of a stretch of tiles.
struct WinogradSource {
  typealias Transform =
    @convention(c) (
      UnsafePointer<winograd_grid>?, UnsafePointer<winograd_tiles>?, UnsafePointer<Float>?, Int, Int, winograd_rows
    ) -> Void

  let shape: WinogradShape
  let tiling: WinogradTiling
  let grid: winograd_grid
  let blocks: Int
  let transform: Transform

  /// Pieces for each thread: some meet borders, which take longer.
  private static let piecesPerThread = 4

  func run(_ images: UnsafePointer<Float>, _ stretch: Range<Int>, _ threads: Int, to planes: WinogradPlanes) throws {
    let count = stretch.count
    let pieces = threads == 1 ? 1 : min(count, max(1, threads * Self.piecesPerThread / blocks))
    let size = grid.pixels * shape.lanes
    try Parallel.forEach(pieces * blocks, grain: threads == 1 ? pieces * blocks : 1) { part in
      for task in part {
        let (piece, block) = (task / blocks, task % blocks)
        let (first, last) = (piece * count / pieces, (piece + 1) * count / pieces)
        let range = (stretch.lowerBound + first)..<(stretch.lowerBound + last)
        tiling.forEachRun(in: range) { image, kind, tiles, place in
          var (grid, kind) = (grid, kind)
          transform(
            &grid, &kind, images + (image * blocks + block) * size, tiles.lowerBound, tiles.upperBound,
            planes.rows(from: first + place, column: block * shape.lanes))
        }
      }
    }
  }
}
