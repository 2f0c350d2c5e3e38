import OrderedCollections

/// Finds rules by which names of a state dict became the network's.
enum RenameSearch {
  struct Rule: Hashable {
    let pattern: String
    let replacement: String
  }

  /// The rules that together turn the most of the keys that the network does not know into ones that it misses, shapes and all;
  /// nil where none are convincing.
  static func best(_ expected: Layout, _ given: Layout) -> (rules: [Rule], layout: Layout)? {
    let missing = expected.keys(missingIn: given)
    let unexpected = given.keys(missingIn: expected)
    let unknown = Dictionary(grouping: unexpected, by: ModulePath.lastName)
    var votes: OrderedDictionary<[Rule], Int> = [:]
    for key in PrefixSearch.sample(missing, 48) {
      guard let shape = expected.shapes[key] else { continue }
      let similar = unknown[ModulePath.lastName(of: key)] ?? []
      // Where even the last name differs, everything of the same shape may be meant.
      for other in (similar.isEmpty ? unexpected : similar).filter({ given.shapes[$0] == shape }).prefix(48) {
        for rules in candidates(from: other, to: key) { votes[rules, default: 0] += 1 }
      }
    }
    var best: (rules: [Rule], layout: Layout)?
    let before = expected.matchCount(given)
    var bestCount = before
    for (rules, _) in votes.sorted(by: { $0.value > $1.value }).prefix(24) {
      guard let renaming = renaming(rules), let layout = given.renamed(renaming) else { continue }
      let hits = unexpected.count { renaming($0) != $0 }
      let count = expected.matchCount(layout)
      guard count > bestCount, (count - before) * 5 >= hits * 4 else { continue }
      bestCount = count
      best = (rules, layout)
    }
    return best
  }

  /// All rules, one after the other.
  private static func renaming(_ rules: [Rule]) -> ((String) -> String)? {
    var steps: [(KeyPattern, KeyReplacement)] = []
    for rule in rules {
      let pattern = KeyPattern(rule.pattern)
      guard let replacement = try? KeyReplacement(rule.replacement, for: pattern) else { return nil }
      steps.append((pattern, replacement))
    }
    return { key in steps.reduce(key) { key, step in step.0.match(key).map(step.1.name) ?? key } }
  }

  /// What may have become of `old` to make it `new`.
  private static func candidates(from old: String, to new: String) -> [[Rule]] {
    let (a, b) = (old.split(separator: "."), new.split(separator: "."))
    let start = zip(a, b).prefix { $0 == $1 }.count
    let end = min(zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count, min(a.count, b.count) - start)
    // Where both begin and end alike, the names in the middle: here only, or anywhere, as in every block.
    let (from, to) = (text(a[start..<(a.count - end)]), text(b[start..<(b.count - end)]))
    let after = end > 0 ? "*" : ""
    let around = text(a.prefix(start))
    let here = Rule(pattern: text([around, from, after]), replacement: text([around, to, after]))
    var candidates =
      start > 0 && !from.isEmpty ? [[rule(from, to, isFirst: false, isLast: end == 0)], [here]] : [[here]]
    // Name by name, where there are as many: stage2.0.norm1 and layer2.0.bn1.
    if a.count == b.count {
      let rules = a.indices.filter { a[$0] != b[$0] }.map {
        rule(String(a[$0]), String(b[$0]), isFirst: $0 == 0, isLast: $0 == a.count - 1)
      }
      if rules.count <= 3 { candidates.insert(rules, at: 0) }
    }
    return candidates
  }

  /// The rule for one name wherever it stands; where old and new end in the same number, for all numbers.
  private static func rule(_ from: String, _ to: String, isFirst: Bool, isLast: Bool) -> Rule {
    let digits = String(from.reversed().prefix { $0.isNumber }.reversed())
    var (from, to) = (from, to)
    if !digits.isEmpty, from.count > digits.count, to.count > digits.count, to.hasSuffix(digits) {
      (from, to) = (from.dropLast(digits.count) + "*", to.dropLast(digits.count) + "*")
    }
    let (before, after) = (isFirst ? "" : "*", isLast ? "" : "*")
    return Rule(pattern: text([before, from, after]), replacement: text([before, to, after]))
  }

  private static func text(_ parts: some Sequence<some StringProtocol>) -> String {
    parts.filter { !$0.isEmpty }.joined(separator: ".")
  }
}
