import Supervision
import WinogradKernels

extension WinogradConvolution {
  /// The gradient with respect to the weights: transformed patches times transformed tiles of the gradient, summed over all tiles.
  ///
  /// - Parameters:
  ///   - source, gradient: images in the layouts ``source`` and ``result``.
  ///   - weightsGradient: `[outputs, inputs, 3, 3]`, row-major.
  func backwardWeights(
    source: UnsafePointer<Float>, gradient: UnsafePointer<Float>, weightsGradient: UnsafeMutablePointer<Float>
  ) throws {
    try WinogradWeightsGradient(shape: shape).run(source, gradient, weightsGradient)
  }
}

struct WinogradWeightsGradient {
  let shape: WinogradShape

  /// Input channels whose sums a thread holds at a time.
  private static let channelsTogether = 128
  private static let fewestChannels = 6

  private var columns: Int { min(shape.kernels.blocks, shape.blocks(shape.outputs)) }
  private var columnLanes: Int { columns * shape.lanes }

  func run(
    _ source: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ weights: UnsafeMutablePointer<Float>
  ) throws {
    let (inputRow, outputRow) = (shape.blocks(shape.inputs) * shape.lanes, shape.blocks(shape.outputs) * shape.lanes)
    let tiling = shape.results
    let tiles = tiling.count
    let blocking = WinogradBlocking(
      tiles: tiles, floatsPerTile: WinogradShape.elements * (inputRow + outputRow),
      multiplications: tiling.products * shape.inputs * shape.outputs)
    let blocks = (shape.blocks(shape.outputs) + columns - 1) / columns
    let pieces = (shape.inputs + Self.channelsTogether - 1) / Self.channelsTogether
    let tasks = blocking.tasks(
      blocks: blocks * pieces, second: min(shape.inputs, Self.channelsTogether), smallestPart: Self.fewestChannels)
    let workers = min(blocking.threads, tasks.count)
    let patches = WinogradPlanes.Size(rows: blocking.stretch, row: inputRow)
    let gradients = WinogradPlanes.Size(rows: blocking.stretch, row: outputRow)
    let sums = WinogradPlanes.Size(rows: (tasks.second + tasks.parts - 1) / tasks.parts, row: columnLanes)
    // Sums of several stretches are kept for each task; else a worker needs one place for all of its own.
    let isSingle = blocking.stretch >= tiles
    let places = [WinogradPlanes.Size](repeating: sums, count: isSingle ? workers : tasks.count)
    try WinogradPlanes.with([patches, gradients] + places) { planes in
      var start = 0
      while start < tiles {
        let end = min(start + blocking.stretch, tiles)
        let stretch = start..<end
        try WinogradSource(
          shape: shape, tiling: tiling, grid: shape.source, blocks: shape.blocks(shape.inputs),
          transform: shape.kernels.transform_source
        ).run(source, stretch, blocking.threads, to: planes[0])
        try WinogradSource(
          shape: shape, tiling: tiling, grid: shape.result, blocks: shape.blocks(shape.outputs),
          transform: shape.kernels.transform_gradient
        ).run(gradient, stretch, blocking.threads, to: planes[1])
        try Parallel.forEach(workers, grain: 1) { part in
          for worker in part {
            for task in (worker * tasks.count / workers)..<((worker + 1) * tasks.count / workers) {
              try Interruption.check()
              multiply(
                tasks, task, pieces, stretch, planes[0], planes[1], planes[2 + (isSingle ? worker : task)],
                into: end == tiles ? weights : nil)
            }
          }
        }
        start = end
      }
    }
  }

  /// Adds what a stretch of tiles gives to the sums of a task, and turns these into `weights` where they are complete.
  private func multiply(
    _ tasks: WinogradTasks, _ task: Int, _ pieces: Int, _ tiles: Range<Int>, _ patches: WinogradPlanes,
    _ gradients: WinogradPlanes, _ sums: WinogradPlanes, into weights: UnsafeMutablePointer<Float>?
  ) {
    let (block, piece) = (tasks.block(task) / pieces, tasks.block(task) % pieces)
    let part = tasks.part(task)
    let first = piece * Self.channelsTogether + part.lowerBound
    let last = min(piece * Self.channelsTogether + part.upperBound, shape.inputs)
    guard first < last else { return }
    let blocks = min(columns, shape.blocks(shape.outputs) - block * columns)
    for (e, needing) in shape.results.needing.enumerated() {
      let depth = tiles.clamped(to: needing)
      let start = depth.lowerBound - tiles.lowerBound
      shape.kernels.multiply(
        patches.element(e, row: start, column: first), 1, patches.row,
        gradients.element(e, row: start, column: block * columnLanes), gradients.row, sums.element(e), sums.row,
        last - first, depth.count, blocks, tiles.lowerBound > 0)
    }
    guard let weights else { return }
    let channel = block * columnLanes
    let lane = WinogradShape.taps * shape.inputs
    shape.kernels.transform_weights_gradient(
      sums.rows(from: 0), lane, last - first, shape.outputs - channel, blocks,
      weights + (channel * lane + first * WinogradShape.taps))
  }
}
