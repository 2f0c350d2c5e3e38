import OrderedCollections
import Tensor

/// Why a state dict does not fit a network, and what makes it fit.
public struct StateDictDiagnosis: Equatable {
  /// What was found, in the order in which it is to be mended; empty if all fits.
  public private(set) var findings: [Finding] = []
  /// What is to be done to the state dict.
  public private(set) var steps: [Step] = []
  /// The network to build instead, with its number of classes, where the state dict is one of a known network.
  public private(set) var architecture: (name: String, classes: Int)?
  /// Whether all keys fit then; otherwise `strict` has to be off.
  public private(set) var isComplete = true
  /// Whether tensors of other shapes are left, which have to be ignored.
  public private(set) var leavesMismatches = false
  /// The share of the network's parameters that would load then, 0 to 1.
  public private(set) var share = 1.0
  /// How many keys of the network would load then, and how many it has.
  public private(set) var matchCount = 0
  /// How many keys the network has.
  public private(set) var keyCount = 0

  /// Whether the findings are the same, and fit as completely; the counts follow from them.
  public static func == (a: Self, b: Self) -> Bool { a.findings == b.findings && a.isComplete == b.isComplete }

  /// Whether the steps, or the other network, make it load.
  public var hasRemedy: Bool {
    !findings.isEmpty && !findings.contains { [.empty, .optimizer, .unrelated].contains($0) }
  }

  fileprivate init() {}

  /// The findings as one sentence.
  public var text: String {
    guard !findings.isEmpty else { return "all keys fit" }
    var text = findings.map(\.text).joined(separator: "; ")
    if hasRemedy && architecture == nil {
      text +=
        isComplete
        ? "; then all \(keyCount) keys fit"
        : "; then \(matchCount) of \(keyCount) keys fit, \(percent(share)) of the parameters"
    }
    return text
  }
}

extension StateDictDiagnosis: CustomStringConvertible {
  public var description: String { text }
}

extension StateDictComparison {
  /// Finds out why the state dict does not fit.
  public var diagnosis: StateDictDiagnosis { StateDictDiagnosis(self) }
}

// MARK: - The search

extension StateDictDiagnosis {
  /// A state dict that was brought nearer to a network's.
  private struct Fit {
    var findings: [Finding]
    var layout: Layout
    /// How many elements match.
    var size: Int
  }

  init(_ comparison: StateDictComparison) {
    self.init()
    let expected = Layout(comparison.expected)
    guard !comparison.fits else { return }
    // The state dict itself, and what is inside of it; the outer ones first, which win where both fit alike.
    let candidates = StateDictDiagnosis.candidates(comparison.given, [])
    let fits = candidates.map { path, state in
      StateDictDiagnosis.fit(expected, Layout(state), StateDictDiagnosis.wayIn(path, state))
    }
    guard var best = fits.first else { return }
    for fit in fits.dropFirst() where fit.size > best.size { best = fit }
    let local = StateDictDiagnosis.localFindings(expected, best.layout)
    best.findings += local
    // What the network cannot take, and nothing explains, may be another network.
    if !best.layout.isExplained(by: local, for: expected),
      let known = StateDictDiagnosis.known(candidates, comparison.architectures)
    {
      findings = known.findings
      architecture = known.architecture
      steps = findings.flatMap(\.steps)
      return
    }
    if best.size == 0 && local.isEmpty { best.findings = [StateDictDiagnosis.emptyFinding(comparison)] }
    findings = best.findings
    steps = findings.flatMap(\.steps)
    estimate(expected, best, local, comparison)
    if findings.isEmpty { explainRest(best, expected, comparison) }
  }

  /// Says what can be said where no rule has found anything.
  private mutating func explainRest(_ fit: Fit, _ expected: Layout, _ comparison: StateDictComparison) {
    isComplete = false
    if expected.matchCount(fit.layout) == expected.shapes.count, comparison.unexpectedKeys.isEmpty {
      findings = [.uncounted]
      matchCount = comparison.matched.count
    } else {
      findings = [share < 0.1 ? .unrelated : .partial]
    }
  }

  /// What would load once the findings are mended.
  private mutating func estimate(
    _ expected: Layout, _ fit: Fit, _ local: [Finding], _ comparison: StateDictComparison
  ) {
    var (layout, mended) = (fit.layout, Set<String>())
    for finding in local {
      switch finding {
      case .head(let module, _, _): layout = layout.without(KeyPattern(module + ".*"))
      case .otherLayers(let patterns, _): for pattern in patterns { layout = layout.without(KeyPattern(pattern)) }
      case .channels(let key, _, _), .transposed(let key): mended.insert(key)
      case .positions(let key, _, _, _) where !finding.steps.isEmpty: mended.insert(key)
      default: break
      }
    }
    for key in mended { layout.shapes[key] = expected.shapes[key] }
    let matched = expected.shapes.keys.filter { layout.shapes[$0]?.loads(into: expected.shapes[$0] ?? []) ?? false }
    isComplete = matched.count == expected.shapes.count && layout.shapes.count == matched.count
    // The counts of batches, which the layouts leave out, come with the statistics.
    let counts = comparison.expected.keys.filter { expected.shapes[$0] == nil }
    let modules = Set(matched.map(ModulePath.parent))
    keyCount = expected.shapes.count + counts.count
    matchCount = matched.count + counts.count { modules.contains(ModulePath.parent(of: $0)) }
    leavesMismatches = expected.shapes.contains { key, shape in !(layout.shapes[key]?.loads(into: shape) ?? true) }
    let parameters = comparison.expected.entries.filter { $0.value.tensor?.isParameter == true }
    let counted = parameters.isEmpty ? expected : expected.only(Set(parameters.keys))
    share = counted.size == 0 ? 1 : Double(counted.matchSize(layout)) / Double(counted.size)
  }

  private static func emptyFinding(_ comparison: StateDictComparison) -> Finding {
    let given = comparison.given
    if given.entries.isEmpty { return .empty }
    return given.entries["param_groups"] != nil && given.entries["state"] != nil ? .optimizer : .unrelated
  }

  /// A state dict, and the dictionaries in it that hold tensors, with the keys that lead there.
  private static func candidates(_ state: StateDict, _ path: [String]) -> [(path: [String], state: StateDict)] {
    var found: [(path: [String], state: StateDict)] = [(path, state)]
    guard path.count < 3 else { return found }
    for (key, entry) in state.entries {
      guard case .dictionary(let inner, _) = entry else { continue }
      found += candidates(inner, path + [key]).filter {
        !$0.path.isEmpty && $0.state.entries.values.contains { $0.tensor != nil }
      }
    }
    return found
  }

  /// What leads to the tensors of a candidate.
  private static func wayIn(_ path: [String], _ state: StateDict) -> [Finding] {
    let others = state.entries.filter { $0.value.tensor == nil }.map(\.key)
    return (path.isEmpty ? [] : [.nested(path)]) + (others.isEmpty ? [] : [.notTensors(others)])
  }

  /// Brings names together as far as prefixes and renamed parts explain their difference.
  private static func fit(_ expected: Layout, _ given: Layout, _ findings: [Finding]) -> Fit {
    var fit = Fit(findings: findings, layout: given, size: expected.matchSize(given))
    guard !expected.keys(missingIn: given).isEmpty, !given.shapes.isEmpty else { return fit }
    var moved: (move: PrefixSearch.Move, layout: Layout)?
    let moves = PrefixSearch.moves(expected, given)
    // A prefix that only one side has is likelier than one that became another.
    for group in [moves.filter(\.isOneSided), moves.filter { !$0.isOneSided }] where moved == nil {
      for move in group {
        guard let layout = given.renamed(move.newName) else { continue }
        let size = expected.matchSize(layout)
        if size > fit.size { (fit.size, moved) = (size, (move, layout)) }
      }
    }
    if let moved {
      fit.layout = moved.layout
      fit.findings.append(
        moved.move.expected.isEmpty
          ? .prefixed(moved.move.given)
          : moved.move.given.isEmpty
            ? .unprefixed(moved.move.expected) : .moved(from: moved.move.given, to: moved.move.expected))
    }
    var rules: [Finding] = []
    while rules.count < 8, let (found, layout) = RenameSearch.best(expected, fit.layout) {
      rules += found.map { .renamed($0.pattern, to: $0.replacement) }
      fit.layout = layout
    }
    fit.findings += rules
    fit.size = expected.matchSize(fit.layout)
    // Where names take many rules, or none explain them, the order may tell.
    if rules.count > 4 || fit.size < expected.size, given.hasOrder(of: expected) {
      return Fit(findings: findings + [.sameOrder], layout: expected, size: expected.size)
    }
    return fit
  }

  /// The known network that a candidate is a state dict of.
  private static func known(
    _ candidates: [(path: [String], state: StateDict)], _ architectures: [KnownArchitecture]
  ) -> (findings: [Finding], architecture: (name: String, classes: Int))? {
    for (path, state) in candidates {
      let layout = Layout(state)
      guard !layout.shapes.isEmpty else { continue }
      let start = wayIn(path, state)
      for (prefix, layout) in [("", layout)] + layout.commonPrefixes {
        for architecture in architectures {
          guard let classes = architecture.classes(of: layout) else { continue }
          return (
            start + (prefix.isEmpty ? [] : [.prefixed(prefix)]) + [.architecture(architecture.name, classes: classes)],
            (architecture.name, classes)
          )
        }
      }
    }
    return nil
  }
}
