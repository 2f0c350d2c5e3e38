/// Guards the way from a graph, the parts of which may be shared or contain themselves, to a tree of values: what a hostile file says
/// costs time and memory in proportion to its size.
struct Unfolding {
  private enum Progress {
    case notReached
    case open
    case done(CheckpointValue, weight: Int)
  }

  /// What unfolds, for messages: `the pickle`.
  private let subject: String
  private var progress: [Progress]
  /// For each open node, outermost first, the weight before it was opened.
  private var openWeights: [Int] = []
  /// The number of values that a walk through the result would visit, sharing or not.
  private var weight = 0
  private let weightLimit: Int

  /// Deeper nesting than this is an attack, not a checkpoint; it would exhaust the stack of whoever walks through it.
  static let depthLimit = 500

  init(_ subject: String, nodeCount: Int) {
    self.subject = subject
    progress = Array(repeating: .notReached, count: nodeCount)
    // A graph whose parts are shared can unfold to exponentially many values.
    weightLimit = 1_000_000 + 16 * nodeCount
  }

  /// The value of a node that was made before; nil if it is to be made now, after which ``close(_:_:)`` must follow.
  mutating func open(_ node: Int) throws -> CheckpointValue? {
    switch progress[node] {
    case .done(let value, let weight):
      try count(weight)
      return value
    case .open: throw CheckpointError.unsupported("\(subject) has a value that contains itself")
    case .notReached: break
    }
    guard openWeights.count < Unfolding.depthLimit else {
      throw CheckpointError.unsupported("\(subject) is nested more than \(Unfolding.depthLimit) levels deep")
    }
    openWeights.append(weight)
    progress[node] = .open
    try count(1)
    return nil
  }

  /// Takes note of the value of the node that was opened last.
  mutating func close(_ node: Int, _ value: CheckpointValue) {
    progress[node] = .done(value, weight: weight - (openWeights.popLast() ?? 0))
  }

  /// Counts values of the result.
  mutating func count(_ added: Int) throws {
    weight += added
    guard weight <= weightLimit else {
      throw CheckpointError.unsupported("\(subject) unfolds to more than \(weightLimit) values")
    }
  }
}
