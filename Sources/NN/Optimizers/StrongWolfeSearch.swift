import Tensor

/// A line search for a step length that meets the strong Wolfe conditions: the loss falls enough, and its slope has become
/// flat enough.
///
/// Source: Nocedal and Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6.
struct StrongWolfeSearch {
  /// A step length that was tried, and what was found there.
  struct Point {
    var length: Double
    var loss: Double
    var gradient: Tensor
    /// The derivative of the loss along the direction.
    var slope: Double
  }

  /// How much of the decrease that the slope promises is enough, and how much of the slope may be left.
  private static let (sufficientDecrease, curvature) = (1e-4, 0.9)

  /// The point where the search begins, of length 0.
  let start: Point
  /// The largest magnitude among the direction's elements.
  let directionSize: Double
  /// A bracket shorter than this is not divided any more.
  let toleranceChange: Double
  let maximumIterations: Int
  /// Tries a step length.
  let evaluate: (Double) throws -> Point

  /// The best point found, and how often the loss was computed.
  func run(from length: Double) throws -> (best: Point, evaluations: Int) {
    var iterations = 0
    var (bracket, isDone) = try self.bracket(from: length, &iterations)
    if !isDone { try zoom(&bracket, &iterations) }
    let best = bracket.count == 1 || bracket[0].loss <= bracket[1].loss ? bracket[0] : bracket[1]
    return (best, iterations + 1)
  }

  /// Lengthens the step until a good one must lie between the last two, or is found.
  private func bracket(from length: Double, _ iterations: inout Int) throws -> ([Point], isDone: Bool) {
    var previous = start
    var point = try evaluate(length)
    while iterations < maximumIterations {
      if isTooHigh(point) || (iterations > 1 && point.loss >= previous.loss) { return ([previous, point], false) }
      if isFlat(point) { return ([point], true) }
      if point.slope >= 0 { return ([previous, point], false) }
      let bounds = (point.length + 0.01 * (point.length - previous.length), point.length * 10)
      let next = cubicMinimum(previous, point, bounds: bounds)
      previous = point
      point = try evaluate(next)
      iterations += 1
    }
    return ([start, point], false)
  }

  /// Shortens the bracket around a good step until it is found.
  private func zoom(_ bracket: inout [Point], _ iterations: inout Int) throws {
    var isStalled = false
    var (low, high) = bracket[0].loss <= bracket[1].loss ? (0, 1) : (1, 0)
    while iterations < maximumIterations {
      let (shortest, longest) = (
        min(bracket[0].length, bracket[1].length), max(bracket[0].length, bracket[1].length)
      )
      if (longest - shortest) * directionSize < toleranceChange { return }
      var length = cubicMinimum(bracket[0], bracket[1], bounds: (shortest, longest))
      // Twice near the same end is no progress: step inside.
      let margin = 0.1 * (longest - shortest)
      if min(longest - length, length - shortest) < margin {
        if isStalled || length >= longest || length <= shortest {
          length = (length - longest).magnitude < (length - shortest).magnitude ? longest - margin : shortest + margin
          isStalled = false
        } else {
          isStalled = true
        }
      } else {
        isStalled = false
      }
      let point = try evaluate(length)
      iterations += 1
      if isTooHigh(point) || point.loss >= bracket[low].loss {
        bracket[high] = point
        (low, high) = bracket[0].loss <= bracket[1].loss ? (0, 1) : (1, 0)
        continue
      }
      let isDone = isFlat(point)
      if !isDone && point.slope * (bracket[high].length - bracket[low].length) >= 0 { bracket[high] = bracket[low] }
      bracket[low] = point
      if isDone { return }
    }
  }

  private func isTooHigh(_ point: Point) -> Bool {
    point.loss > start.loss + StrongWolfeSearch.sufficientDecrease * point.length * start.slope
  }

  private func isFlat(_ point: Point) -> Bool {
    point.slope.magnitude <= -StrongWolfeSearch.curvature * start.slope
  }

  /// The minimum, within bounds, of the cubic through two points with their slopes.
  private func cubicMinimum(_ a: Point, _ b: Point, bounds: (Double, Double)) -> Double {
    let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
    let square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return (bounds.0 + bounds.1) / 2 }
    let d2 = square.squareRoot()
    let (near, far) = a.length <= b.length ? (a, b) : (b, a)
    let share = (far.slope + d2 - d1) / (far.slope - near.slope + 2 * d2)
    return min(max(far.length - (far.length - near.length) * share, bounds.0), bounds.1)
  }
}
