/// Pooling of row-major planes by its definition; oneDNN has a faster way for some of these.
enum PoolingKernels<T: ComputeElement & Numeric> {
  /// The largest element of each window and where in its plane it lies. NaN counts as largest.
  static func max(
    _ windows: PoolingWindows, planes: Int, input: UnsafePointer<T>, lowest: T, output: UnsafeMutablePointer<T>,
    indices: UnsafeMutablePointer<Int64>
  ) throws {
    let walk = Walk(windows)
    try Parallel.forEach(planes, grain: walk.grain) { part in
      for plane in part {
        let source = input + plane * walk.inputSize
        let target = output + plane * walk.outputSize
        let places = indices + plane * walk.outputSize
        windows.forEachOutput { position, z, y, x in
          var best = lowest
          var place = z.start * walk.rowsSize + y.start * walk.rowSize + x.start
          walk.forEachElement(z, y, x) { index in
            let value = source[index]
            if value > best || value != value {
              best = value
              place = index
            }
          }
          target[position] = best
          places[position] = Int64(place)
        }
      }
    }
  }

  /// The weighted sum of each window. `scales` has a factor for every output position.
  static func weightedSum(
    _ windows: PoolingWindows, planes: Int, input: UnsafePointer<T>, scales: [T], output: UnsafeMutablePointer<T>
  ) throws {
    let walk = Walk(windows)
    try Parallel.forEach(planes, grain: walk.grain) { part in
      for plane in part {
        let source = input + plane * walk.inputSize
        let target = output + plane * walk.outputSize
        windows.forEachOutput { position, z, y, x in
          var sum = T.zero
          walk.forEachElement(z, y, x) { sum += source[$0] }
          target[position] = sum * scales[position]
        }
      }
    }
  }

  /// The transpose of ``weightedSum``: each output's gradient times its scale, added to every element of its window.
  static func spread(
    _ windows: PoolingWindows, planes: Int, gradOutput: UnsafePointer<T>, scales: [T],
    gradInput: UnsafeMutablePointer<T>
  ) throws {
    let walk = Walk(windows)
    try Parallel.forEach(planes, grain: walk.grain) { part in
      for plane in part {
        let source = gradOutput + plane * walk.outputSize
        let target = gradInput + plane * walk.inputSize
        target.update(repeating: .zero, count: walk.inputSize)
        windows.forEachOutput { position, z, y, x in
          let value = source[position] * scales[position]
          walk.forEachElement(z, y, x) { target[$0] += value }
        }
      }
    }
  }

  private struct Walk {
    let inputSize, outputSize, rowSize, rowsSize, grain: Int
    let step: (Int, Int, Int)

    init(_ windows: PoolingWindows) {
      let sizes = [Int](repeating: 1, count: 3 - windows.input.count) + windows.input
      let steps = [Int](repeating: 1, count: 3 - windows.input.count) + windows.dilation
      inputSize = sizes.reduce(1, &*)
      outputSize = windows.output.reduce(1, &*)
      rowSize = sizes[2]
      rowsSize = sizes[1] * sizes[2]
      step = (steps[0], steps[1], steps[2])
      grain = Swift.max(1, Parallel.grain / Swift.max(inputSize, 1))
    }

    @inline(__always)
    func forEachElement(
      _ z: PoolingWindows.Window, _ y: PoolingWindows.Window, _ x: PoolingWindows.Window, _ body: (Int) -> Void
    ) {
      var iz = z.start
      while iz < z.end {
        var iy = y.start
        while iy < y.end {
          let row = iz * rowsSize + iy * rowSize
          var ix = x.start
          while ix < x.end {
            body(row + ix)
            ix += step.2
          }
          iy += step.1
        }
        iz += step.0
      }
    }
  }
}
