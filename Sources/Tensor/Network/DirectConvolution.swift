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
        walk.forEachTap(n, o) { inputOffset, weightOffset, outputOffset in
          plane[outputOffset] += input[inputOffset] * weight[weightOffset]
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
          walk.forEachTap(n, o) { inputOffset, weightOffset, outputOffset in
            gradInput[inputOffset] += plane[outputOffset] * weight[weightOffset]
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
          walk.forEachTap(n, o) { inputOffset, weightOffset, outputOffset in
            gradWeight[weightOffset] += plane[outputOffset] * input[inputOffset]
          }
        }
      }
    }
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

    @inline(__always)
    func forEachTap(_ n: Int, _ o: Int, _ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
      let group = o / outputsPerGroup
      for c in 0..<channelsPerGroup {
        let plane = (n * inputChannels + group * channelsPerGroup + c) * inputSize
        let taps = (o * channelsPerGroup + c) * kernelSize
        var position = 0
        for oz in 0..<output.0 {
          for oy in 0..<output.1 {
            for ox in 0..<output.2 {
              var tap = taps
              for kz in 0..<kernel.0 {
                let z = oz * stride.0 - padding.0 + kz * dilation.0
                for ky in 0..<kernel.1 {
                  let y = oy * stride.1 - padding.1 + ky * dilation.1
                  for kx in 0..<kernel.2 {
                    let x = ox * stride.2 - padding.2 + kx * dilation.2
                    if z >= 0 && z < input.0 && y >= 0 && y < input.1 && x >= 0 && x < input.2 {
                      body(plane + (z * input.1 + y) * input.2 + x, tap, position)
                    }
                    tap += 1
                  }
                }
              }
              position += 1
            }
          }
        }
      }
    }
  }
}
