/// Batch normalization of row-major `[N, C, S]` tensors by its definition, accumulating in double precision.
enum BatchNormKernels<T: ComputeElement & BinaryFloatingPoint> {
  struct Sizes {
    let batch, channels, spatial: Int
    var perChannel: Int { batch * spatial }
    fileprivate var grain: Int { max(1, Parallel.grain / max(perChannel, 1)) }

    /// Calls `body` with the offset of each run of elements of a channel.
    @inline(__always)
    fileprivate func forEachRun(_ channel: Int, _ body: (Int) -> Void) {
      for n in 0..<batch { body((n * channels + channel) * spatial) }
    }
  }

  /// The mean and the biased variance of each channel.
  static func statistics(
    _ sizes: Sizes, input: UnsafePointer<T>, mean: UnsafeMutablePointer<T>, variance: UnsafeMutablePointer<T>
  ) throws {
    try Parallel.forEach(sizes.channels, grain: sizes.grain) { part in
      for c in part {
        var sum = 0.0
        sizes.forEachRun(c) { run in
          for i in run..<(run + sizes.spatial) { sum += Double(input[i]) }
        }
        let center = sum / Double(sizes.perChannel)
        var squares = 0.0
        sizes.forEachRun(c) { run in
          for i in run..<(run + sizes.spatial) {
            let d = Double(input[i]) - center
            squares += d * d
          }
        }
        mean[c] = T(center)
        variance[c] = T(squares / Double(sizes.perChannel))
      }
    }
  }

  /// `output = input * scale[c] + shift[c]`.
  static func affine(
    _ sizes: Sizes, input: UnsafePointer<T>, scale: UnsafePointer<T>, shift: UnsafePointer<T>,
    output: UnsafeMutablePointer<T>
  ) throws {
    try Parallel.forEach(sizes.channels, grain: sizes.grain) { part in
      for c in part {
        let (a, b) = (scale[c], shift[c])
        sizes.forEachRun(c) { run in
          for i in run..<(run + sizes.spatial) { output[i] = input[i] * a + b }
        }
      }
    }
  }

  /// For each channel the sum of the gradients, and of the gradients times the normalized input.
  static func reduceGradient(
    _ sizes: Sizes, input: UnsafePointer<T>, gradOutput: UnsafePointer<T>, mean: UnsafePointer<T>,
    inverseDeviation: UnsafePointer<T>, sum: UnsafeMutablePointer<T>, product: UnsafeMutablePointer<T>
  ) throws {
    try Parallel.forEach(sizes.channels, grain: sizes.grain) { part in
      for c in part {
        var (total, dot) = (0.0, 0.0)
        let center = Double(mean[c])
        sizes.forEachRun(c) { run in
          for i in run..<(run + sizes.spatial) {
            total += Double(gradOutput[i])
            dot += Double(gradOutput[i]) * (Double(input[i]) - center)
          }
        }
        sum[c] = T(total)
        product[c] = T(dot * Double(inverseDeviation[c]))
      }
    }
  }

  /// The gradient of the input where the statistics were those of the batch:
  /// `scale / n * (n * g - sum(g) - x̂ * sum(g * x̂))`, with `x̂` the normalized input and `scale = weight / deviation`.
  ///
  /// Source: https://arxiv.org/abs/1502.03167, section 3
  static func inputGradient(
    _ sizes: Sizes, input: UnsafePointer<T>, gradOutput: UnsafePointer<T>, mean: UnsafePointer<T>,
    inverseDeviation: UnsafePointer<T>, weight: UnsafePointer<T>?, sum: UnsafePointer<T>, product: UnsafePointer<T>,
    gradInput: UnsafeMutablePointer<T>
  ) throws {
    let n = T(sizes.perChannel)
    try Parallel.forEach(sizes.channels, grain: sizes.grain) { part in
      for c in part {
        let scale = inverseDeviation[c] * (weight?[c] ?? 1)
        let meanGradient = sum[c] / n
        let slope = product[c] / n * inverseDeviation[c]
        let center = mean[c]
        sizes.forEachRun(c) { run in
          for i in run..<(run + sizes.spatial) {
            gradInput[i] = (gradOutput[i] - meanGradient - (input[i] - center) * slope) * scale
          }
        }
      }
    }
  }
}
