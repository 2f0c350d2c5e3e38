import OrderedCollections

/// Finds prefixes by which the names of two layouts differ.
enum PrefixSearch {
  /// The path before a name in the state dict, and the path before it in the network.
  struct Move: Hashable {
    let given: String
    let expected: String

    var isOneSided: Bool { given.isEmpty || expected.isEmpty }

    /// The network's name for a key of the state dict; nil for one that is not inside the path.
    func newName(_ key: String) -> String? {
      let prefix = ModulePath.prefix(given)
      guard key.hasPrefix(prefix) else { return nil }
      return ModulePath.prefix(expected) + key.dropFirst(prefix.count)
    }
  }

  /// The likeliest moves: those that bring the most of some sampled names of the network together with names of the state dict
  /// that end as they do, and have the same shape.
  static func moves(_ expected: Layout, _ given: Layout) -> [Move] {
    // Every ending of every key, with the keys that end so.
    var endings: [Substring: [String]] = [:]
    for key in given.shapes.keys {
      for ending in endingsOf(key) { endings[ending, default: []].append(key) }
    }
    var votes: OrderedDictionary<Move, Int> = [:]
    for key in sample(Array(expected.shapes.keys), 48) {
      guard let shape = expected.shapes[key] else { continue }
      for ending in endingsOf(key) {
        let found = (endings[ending] ?? []).filter { given.shapes[$0]?.loads(into: shape) ?? false }
        guard !found.isEmpty else { continue }
        for other in found.prefix(8) {
          let move = Move(given: path(other, before: ending), expected: path(key, before: ending))
          votes[move, default: 0] += 1
        }
        break
      }
    }
    // A path that most names do not have is no prefix, but a part that is called otherwise.
    return votes.keys.filter { move in
      let prefix = ModulePath.prefix(move.given)
      return move.given != move.expected
        && given.shapes.keys.count { $0.hasPrefix(prefix) } * 4 >= given.shapes.count * 3
    }
    .sorted { (votes[$0] ?? 0) > (votes[$1] ?? 0) }.prefix(6).map(\.self)
  }

  /// The key, and what follows each of its dots.
  private static func endingsOf(_ key: String) -> [Substring] {
    [key[...]] + key.indices.filter { key[$0] == "." }.map { key[key.index(after: $0)...] }
  }

  private static func path(_ key: String, before ending: Substring) -> String {
    String(key.dropLast(ending.count + (ending.count == key.count ? 0 : 1)))
  }

  /// At most `count` elements, evenly spread.
  static func sample<T>(_ elements: [T], _ count: Int) -> [T] {
    elements.count <= count ? elements : (0..<count).map { elements[$0 * elements.count / count] }
  }
}
