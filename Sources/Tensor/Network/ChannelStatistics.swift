/// Mean and biased variance of each channel in one pass over the elements.
enum ChannelStatistics {
  /// - Parameters:
  ///   - block: 1 for row-major `[N, C, S]`; else the number of channels that lie innermost: `[N, C / block, S, block]`.
  static func of(
    _ input: UnsafePointer<Float>, batch: Int, channels: Int, spatial: Int, block: Int
  ) throws -> (mean: Tensor, variance: Tensor) {
    let mean = try Tensor(empty: [channels])
    let variance = try Tensor(empty: [channels])
    let means = try mean.overwritingPointer().assumingMemoryBound(to: Float.self)
    let variances = try variance.overwritingPointer().assumingMemoryBound(to: Float.self)
    let groups = (channels + block - 1) / block
    let count = Double(batch * spatial)
    let runs = Runs(input: input, batch: batch, groups: groups, length: spatial * block)
    let grain = max(1, Parallel.grain / max(batch * spatial * block, 1))
    try Parallel.forEach(groups, grain: grain) { part in
      for group in part {
        // Sums are taken of differences to some value of the channel, which keeps them small.
        switch block {
        case 16: sums(runs, group, count, SIMD16<Float>.self, SIMD16<Double>.self) { store($0, $1, $2, group * 16) }
        case 8: sums(runs, group, count, SIMD8<Float>.self, SIMD8<Double>.self) { store($0, $1, $2, group * 8) }
        default: single(runs, group, count, means, variances)
        }
      }
    }
    func store<F: SIMD<Float>, D: SIMD<Double>>(_ pivot: F, _ sum: D, _ squares: D, _ first: Int) {
      for lane in 0..<min(block, channels - first) {
        let shift = sum[lane] / count
        means[first + lane] = Float(Double(pivot[lane]) + shift)
        variances[first + lane] = Float(max(squares[lane] / count - shift * shift, 0))
      }
    }
    return (mean, variance)
  }

  /// Where the elements of a group of channels lie.
  private struct Runs {
    let input: UnsafePointer<Float>
    let batch, groups, length: Int

    func start(_ n: Int, _ group: Int) -> UnsafePointer<Float> { input + (n * groups + group) * length }
  }

  /// How many elements are summed in single precision before the sum goes into a double.
  private static let chunk = 128

  @inline(__always)
  private static func sums<F: SIMD<Float>, D: SIMD<Double>>(
    _ runs: Runs, _ group: Int, _ count: Double, _: F.Type, _: D.Type, _ store: (F, D, D) -> Void
  ) {
    let width = F.scalarCount
    let pivot = UnsafeRawPointer(runs.start(0, group)).loadUnaligned(as: F.self)
    var (sum, squares) = (D(), D())
    for n in 0..<runs.batch {
      let base = UnsafeRawPointer(runs.start(n, group))
      var done = 0
      while done < runs.length {
        let end = min(done + chunk * width, runs.length)
        var (partial, partialSquares) = (F(), F())
        while done < end {
          let x = (base + done * 4).loadUnaligned(as: F.self) - pivot
          partial += x
          partialSquares += x * x
          done += width
        }
        for lane in 0..<width {
          sum[lane] += Double(partial[lane])
          squares[lane] += Double(partialSquares[lane])
        }
      }
    }
    store(pivot, sum, squares)
  }

  private static func single(
    _ runs: Runs, _ channel: Int, _ count: Double, _ means: UnsafeMutablePointer<Float>,
    _ variances: UnsafeMutablePointer<Float>
  ) {
    let pivot = runs.start(0, channel)[0]
    let pivots = SIMD16<Float>(repeating: pivot)
    var (sum, squares) = (0.0, 0.0)
    for n in 0..<runs.batch {
      let base = runs.start(n, channel)
      var done = 0
      while done < runs.length {
        let end = min(done + chunk * 16, runs.length)
        var (partial, partialSquares) = (SIMD16<Float>(), SIMD16<Float>())
        while done + 16 <= end {
          let x = UnsafeRawPointer(base + done).loadUnaligned(as: SIMD16<Float>.self) - pivots
          partial += x
          partialSquares += x * x
          done += 16
        }
        sum += Double(partial.sum())
        squares += Double(partialSquares.sum())
        while done < end {
          let x = Double(base[done] - pivot)
          sum += x
          squares += x * x
          done += 1
        }
      }
    }
    let shift = sum / count
    means[channel] = Float(Double(pivot) + shift)
    variances[channel] = Float(max(squares / count - shift * shift, 0))
  }
}
