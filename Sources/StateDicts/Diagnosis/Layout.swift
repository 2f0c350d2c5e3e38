import OrderedCollections
import Tensor

/// The names and shapes of a state dict's tensors, without the counts of batches, which old files lack and modules add.
struct Layout {
  var shapes: OrderedDictionary<String, [Int]> = [:]
  /// The shapes of all tensors, counts of batches too.
  private let all: [[Int]]

  init(_ state: StateDict) {
    for (key, entry) in state.entries where ModulePath.lastName(of: key) != "num_batches_tracked" {
      if let tensor = entry.tensor { shapes[key] = tensor.shape }
    }
    all = state.entries.values.compactMap { $0.tensor?.shape }
  }

  private init(shapes: OrderedDictionary<String, [Int]>) {
    self.shapes = shapes
    all = []
  }

  /// Whether the tensors that two state dicts hold have the same shapes in the same order.
  func hasOrder(of other: Layout) -> Bool { all == other.all }

  /// How many keys both have, in the same shape.
  func matchCount(_ other: Layout) -> Int {
    shapes.count { key, shape in other.shapes[key].map { $0.loads(into: shape) } ?? false }
  }

  /// How many elements the tensors have together that both have in the same shape.
  func matchSize(_ other: Layout) -> Int {
    shapes.map { key, shape in
      guard let found = other.shapes[key], found.loads(into: shape) else { return 0 }
      return shape.contains(0) ? 1 : shape.reduce(1, *)
    }
    .saturatingSum()
  }

  /// The same under other names; nil where two would be the same.
  func renamed(_ newName: (String) -> String?) -> Layout? {
    var renamed: OrderedDictionary<String, [Int]> = [:]
    for (key, shape) in shapes where renamed.updateValue(shape, forKey: newName(key) ?? key) != nil { return nil }
    return Layout(shapes: renamed)
  }

  /// How many elements the tensors have together.
  var size: Int { matchSize(self) }

  /// Without the keys that match.
  func without(_ pattern: KeyPattern) -> Layout { Layout(shapes: shapes.filter { !pattern.matches($0.key) }) }

  /// Only these keys.
  func only(_ keys: Set<String>) -> Layout { Layout(shapes: shapes.filter { keys.contains($0.key) }) }

  /// The paths with which all keys begin, each with the layout inside of it.
  var commonPrefixes: [(String, Layout)] {
    guard let first = shapes.keys.first else { return [] }
    var found: [(String, Layout)] = []
    for end in first.indices where first[end] == "." {
      let prefix = first[...end]
      guard shapes.keys.allSatisfy({ $0.hasPrefix(prefix) }),
        let layout = renamed({ String($0.dropFirst(prefix.count)) })
      else { break }
      found.append((String(prefix.dropLast()), layout))
    }
    return found
  }

  /// The keys that the other one lacks.
  func keys(missingIn other: Layout) -> [String] { shapes.keys.filter { other.shapes[$0] == nil } }
}

extension [Int] {
  /// As ``Tensor/loads(into:)``.
  func loads(into shape: [Int]) -> Bool { self == shape || shape.isEmpty && self == [1] }
}
