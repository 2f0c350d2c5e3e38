import Glibc
import Tensor

extension Init {
  /// Normal numbers of which those outside of [low, high] are drawn again.
  ///
  /// Where most normal numbers would lie outside, uniform ones are drawn and kept with a chance that follows the density.
  @discardableResult
  public static func truncatedNormal(
    _ tensor: Tensor, mean: Double = 0, deviation: Double = 1, low: Double = -2, high: Double = 2,
    generator: Generator? = nil
  ) throws -> Tensor {
    func below(_ x: Double) -> Double { (1 + erf(x / 2.0.squareRoot())) / 2 }
    let inside = below((high - mean) / deviation) - below((low - mean) / deviation)
    return try GradMode.with(false) {
      let values =
        inside > 0.3
        ? try redrawn(tensor, mean, deviation, low, high, generator)
        : try rejected(tensor, mean, deviation, low, high, generator)
      return try tensor.copyInPlace(try Tensor(values, shape: tensor.shape, dtype: tensor.dtype))
    }
  }

  /// Each round draws as many numbers as the tensor has, and takes those whose place is still open.
  private static func redrawn(
    _ tensor: Tensor, _ mean: Double, _ deviation: Double, _ low: Double, _ high: Double, _ generator: Generator?
  ) throws -> [Double] {
    func draw() throws -> [Double] {
      try tensor.emptyLike().normalInPlace(mean: mean, deviation: deviation, generator: generator).doubles()
    }
    let bounds = try Tensor([low, high], dtype: tensor.dtype).doubles()
    func isOutside(_ value: Double) -> Bool { value < bounds[0] || value > bounds[1] }
    var values = try draw()
    while values.contains(where: isOutside) {
      let candidates = try draw()
      for i in values.indices where isOutside(values[i]) { values[i] = candidates[i] }
    }
    return values
  }

  private static func rejected(
    _ tensor: Tensor, _ mean: Double, _ deviation: Double, _ low: Double, _ high: Double, _ generator: Generator?
  ) throws -> [Double] {
    func draw(_ low: Double, _ high: Double) throws -> [Double] {
      try tensor.emptyLike().uniformInPlace(low, high, generator: generator).doubles()
    }
    func logDensity(_ x: Double) -> Double { -0.5 * ((x - mean) / deviation) * ((x - mean) / deviation) }
    let peak = logDensity(max(low, min(mean, high)))
    var values = [Double](repeating: low, count: tensor.count)
    var pending = [Bool](repeating: true, count: tensor.count)
    while pending.contains(true) {
      let candidates = try draw(low, high)
      let chances = try draw(0, 1)
      for i in values.indices where pending[i] {
        values[i] = candidates[i]
        pending[i] = log(chances[i]) > logDensity(candidates[i]) - peak
      }
    }
    return values
  }
}
