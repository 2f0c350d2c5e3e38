import Supervision

/// Convolution by its definition, for the types and sizes that oneDNN does not take: float64, integers.
///
/// Tensors are row-major and of the compute type `T`.
enum DirectConvolution<T: ComputeElement & Numeric> {
  private typealias Pointer = UnsafeMutablePointer<T>

  /// `output = input * weight + bias`.
  static func forward(
    _ g: ConvolutionGeometry, input: UnsafePointer<T>, weight: UnsafePointer<T>, bias: UnsafePointer<T>?,
    output: UnsafeMutablePointer<T>
  ) throws {
    let walk = Walk(g)
    try Parallel.forEach(g.batch * g.outputChannels, grain: 1) { part in
      for image in part {
        try Interruption.check()
        let (n, o) = (image / g.outputChannels, image % g.outputChannels)
        let plane = output + image * walk.outputSize
        plane.update(repeating: bias?[o] ?? 0, count: walk.outputSize)
        walk.forEachRow(n, o) { row in
          add(row.count, of: input + row.input, row.step, times: weight[row.weight], to: plane + row.output, 1)
        }
      }
    }
  }

  /// The gradient with respect to the input.
  static func backwardData(
    _ g: ConvolutionGeometry, gradOutput: UnsafePointer<T>, weight: UnsafePointer<T>,
    gradInput: UnsafeMutablePointer<T>
  ) throws {
    let walk = Walk(g)
    let perImage = g.inputChannels * walk.inputSize
    try Parallel.forEach(g.batch, grain: 1) { part in
      for n in part {
        (gradInput + n * perImage).update(repeating: 0, count: perImage)
        for o in 0..<g.outputChannels {
          try Interruption.check()
          let plane = gradOutput + (n * g.outputChannels + o) * walk.outputSize
          walk.forEachRow(n, o) { row in
            add(row.count, of: plane + row.output, 1, times: weight[row.weight], to: gradInput + row.input, row.step)
          }
        }
      }
    }
  }

  /// The gradient with respect to the weight.
  static func backwardWeight(
    _ g: ConvolutionGeometry, gradOutput: UnsafePointer<T>, input: UnsafePointer<T>,
    gradWeight: UnsafeMutablePointer<T>
  ) throws {
    let walk = Walk(g)
    let perChannel = g.inputChannels / g.groups * walk.kernelSize
    try Parallel.forEach(g.outputChannels, grain: 1) { part in
      for o in part {
        (gradWeight + o * perChannel).update(repeating: 0, count: perChannel)
        for n in 0..<g.batch {
          try Interruption.check()
          let plane = gradOutput + (n * g.outputChannels + o) * walk.outputSize
          walk.forEachRow(n, o) { row in
            gradWeight[row.weight] += product(plane + row.output, input + row.input, row.step, row.count)
          }
        }
      }
    }
  }

  /// Adds a multiple of a row to another one; their elements are so many steps apart.
  @inline(__always)
  private static func add(
    _ count: Int, of source: UnsafePointer<T>, _ sourceStep: Int, times factor: T, to destination: Pointer,
    _ destinationStep: Int
  ) {
    if sourceStep == 1 && destinationStep == 1 {
      for i in 0..<count { destination[i] += factor * source[i] }
    } else {
      for i in 0..<count { destination[i &* destinationStep] += factor * source[i &* sourceStep] }
    }
  }

  /// The sum of the products of two rows, the second one's elements `step` apart. Several sums at a time: one would wait for each
  /// addition.
  private static func product(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ step: Int, _ count: Int) -> T {
    var sums = (T.zero, T.zero, T.zero, T.zero)
    let whole = count & ~3
    for i in stride(from: 0, to: whole, by: 4) {
      sums.0 += a[i] * b[i &* step]
      sums.1 += a[i &+ 1] * b[(i &+ 1) &* step]
      sums.2 += a[i &+ 2] * b[(i &+ 2) &* step]
      sums.3 += a[i &+ 3] * b[(i &+ 3) &* step]
    }
    for i in whole..<count { sums.0 += a[i] * b[i &* step] }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }

  /// A part of a row of results, and the elements that one weight takes to it.
  private struct Row {
    /// Where they begin.
    let input, weight, output: Int
    /// Results, and the distance of their inputs.
    let count, step: Int
  }

  /// Walks all products of one image and output channel, in three spatial dimensions (missing ones have size 1).
  private struct Walk {
    let input, kernel, output, stride, padding, dilation: (Int, Int, Int)
    let inputSize, kernelSize, outputSize: Int
    let inputChannels, channelsPerGroup, outputsPerGroup: Int

    init(_ g: ConvolutionGeometry) {
      func three(_ values: [Int], _ filler: Int) -> (Int, Int, Int) {
        let padded = [Int](repeating: filler, count: 3 - values.count) + values
        return (padded[0], padded[1], padded[2])
      }
      input = three(g.input, 1)
      kernel = three(g.kernel, 1)
      output = three(g.output, 1)
      stride = three(g.stride, 1)
      padding = three(g.paddingBefore, 0)
      dilation = three(g.dilation, 1)
      inputSize = g.input.reduce(1, &*)
      kernelSize = g.kernel.reduce(1, &*)
      outputSize = g.output.reduce(1, &*)
      inputChannels = g.inputChannels
      channelsPerGroup = g.inputChannels / g.groups
      outputsPerGroup = g.outputChannels / g.groups
    }

    /// The results of one dimension whose input for the tap `k` lies inside of the image.
    private func inside(
      _ k: Int, _ input: Int, _ output: Int, _ stride: Int, _ padding: Int, _ dilation: Int
    ) -> Range<Int> {
      let shift = padding - k * dilation
      let first = shift <= 0 ? 0 : (shift + stride - 1) / stride
      let last = input - 1 + shift
      let end = last < 0 ? 0 : min(output, last / stride + 1)
      return first < end ? first..<end : 0..<0
    }

    @inline(__always)
    func forEachRow(_ n: Int, _ o: Int, _ body: (Row) -> Void) {
      let group = o / outputsPerGroup
      for kz in 0..<kernel.0 {
        let deep = inside(kz, input.0, output.0, stride.0, padding.0, dilation.0)
        for ky in 0..<kernel.1 {
          let high = inside(ky, input.1, output.1, stride.1, padding.1, dilation.1)
          for kx in 0..<kernel.2 {
            let wide = inside(kx, input.2, output.2, stride.2, padding.2, dilation.2)
            let tap = (kz * kernel.1 + ky) * kernel.2 + kx
            let x = wide.lowerBound * stride.2 - padding.2 + kx * dilation.2
            for c in 0..<channelsPerGroup {
              let plane = (n * inputChannels + group * channelsPerGroup + c) * inputSize
              let weight = (o * channelsPerGroup + c) * kernelSize + tap
              for oz in deep {
                let z = oz * stride.0 - padding.0 + kz * dilation.0
                for oy in high {
                  let y = oy * stride.1 - padding.1 + ky * dilation.1
                  body(
                    Row(
                      input: plane + (z * input.1 + y) * input.2 + x, weight: weight,
                      output: (oz * output.1 + oy) * output.2 + wide.lowerBound, count: wide.count, step: stride.2))
                }
              }
            }
          }
        }
      }
    }
  }
}
