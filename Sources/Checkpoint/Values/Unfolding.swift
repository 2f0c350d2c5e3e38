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
  /// The open nodes, outermost first, each with the weight before it was opened.
  private var openNodes: [(node: Int, weight: Int)] = []
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
    case .open: throw CheckpointError.malformed("\(subject) has a value that contains itself")
    case .notReached: break
    }
    guard openNodes.count < Unfolding.depthLimit else {
      throw CheckpointError.malformed("\(subject) is nested more than \(Unfolding.depthLimit) levels deep")
    }
    openNodes.append((node, weight))
    progress[node] = .open
    try count(1)
    return nil
  }

  /// Takes note of the value of the node that was opened last.
  mutating func close(_ node: Int, _ value: CheckpointValue) {
    progress[node] = .done(value, weight: weight - (openNodes.popLast()?.weight ?? 0))
  }

  /// How many nodes are open.
  var depth: Int { openNodes.count }

  /// Forgets the nodes that were opened since there were `depth` of them, so that they can be made in another way.
  mutating func abandon(to depth: Int) {
    while openNodes.count > depth, let (node, _) = openNodes.popLast() { progress[node] = .notReached }
  }

  /// Counts values of the result.
  mutating func count(_ added: Int) throws {
    weight += added
    guard weight <= weightLimit else {
      throw CheckpointError.malformed("\(subject) unfolds to more than \(weightLimit) values")
    }
  }
}
