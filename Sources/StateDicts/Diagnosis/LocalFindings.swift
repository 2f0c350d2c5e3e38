import OrderedCollections
import Tensor

extension StateDictDiagnosis {
  /// What is wrong with single layers, once names have been brought together.
  static func localFindings(_ expected: Layout, _ given: Layout) -> [Finding] {
    var findings: [Finding] = []
    var heads: OrderedDictionary<String, Finding> = [:]
    var isHead: Set<String> = []
    for (key, shape) in expected.shapes {
      guard let found = given.shapes[key], !found.loads(into: shape) else { continue }
      let module = ModulePath.parent(of: key)
      if found.count == shape.count, found.dropFirst() == shape.dropFirst(), let rows = shape.first {
        isHead.insert(key)
        if heads[module] == nil { heads[module] = .head(module: module, found: found[0], expected: rows) }
      } else if let finding = shapeFinding(key, found, shape) {
        findings.append(finding)
      }
    }
    // More than a few layers with other outputs are another network, not another head.
    if heads.count <= 2 { findings += heads.values }
    let mismatched = expected.shapes.keys.filter { key in
      given.shapes[key].map { !$0.loads(into: expected.shapes[key] ?? []) } ?? false
    }
    guard mismatched.allSatisfy({ isHead.contains($0) || findings.explains($0) }) else { return [] }
    let missing = parts(of: expected, without: given)
    let unexpected = parts(of: given, without: expected)
    if !missing.isEmpty || !unexpected.isEmpty, missing.count <= 2, unexpected.count <= 2,
      expected.matchCount(given) > 0
    {
      let patterns = unexpected.map { given.shapes[$0] == nil ? $0 + ".*" : $0 }
      findings.append(.otherLayers(given: patterns, expected: Array(missing)))
    }
    return findings
  }

  /// The outermost modules of `layout` in which `other` has nothing, and single keys in modules that both have.
  private static func parts(of layout: Layout, without other: Layout) -> OrderedSet<String> {
    let known = Set(other.shapes.keys.flatMap(ModulePath.ancestors))
    return OrderedSet(
      layout.keys(missingIn: other).map { key in ModulePath.ancestors(of: key).first { !known.contains($0) } ?? key })
  }

  private static func shapeFinding(_ key: String, _ found: [Int], _ expected: [Int]) -> Finding? {
    if found.count == 4, expected.count == 4, found[0] == expected[0], found[2...] == expected[2...],
      found[1] == 3 || found[1] == 1
    {
      return .channels(key: key, found: found[1], expected: expected[1])
    }
    if found.count == 2, expected.count == 2, found == expected.reversed() { return .transposed(key: key) }
    if found.count == 3, expected.count == 3, found[0] == 1, expected[0] == 1, found[2] == expected[2],
      let tokens = [1, 0, 2].first(where: { tokens in
        Int.squareRoot(found[1] - tokens) != nil && Int.squareRoot(expected[1] - tokens) != nil
      })
    {
      return .positions(key: key, found: found[1], expected: expected[1], prefixTokens: tokens)
    }
    return nil
  }
}

extension Layout {
  /// Whether findings account for all that a network does not take of this state dict.
  func isExplained(by findings: [StateDictDiagnosis.Finding], for expected: Layout) -> Bool {
    shapes.allSatisfy { key, shape in
      if let wanted = expected.shapes[key], shape.loads(into: wanted) { return true }
      return findings.explains(key)
    }
  }
}

extension [StateDictDiagnosis.Finding] {
  /// Whether one of the findings is about `key`.
  fileprivate func explains(_ key: String) -> Bool {
    contains { finding in
      switch finding {
      case .channels(let about, _, _), .transposed(let about), .positions(let about, _, _, _): about == key
      case .head(let module, _, _): ModulePath.parent(of: key) == module
      case .otherLayers(let patterns, _): patterns.contains { KeyPattern($0).matches(key) }
      default: false
      }
    }
  }
}
