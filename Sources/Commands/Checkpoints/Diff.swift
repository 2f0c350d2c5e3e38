import Checkpoint
import Lua
import NN
import StateDicts
import Supervision
import Tensor
import Vision

extension Command {
  /// `nnlua diff A B`
  static let diff = Command(
    name: "diff",
    summary: """
      Compares two checkpoints: keys, types, shapes and values. Either may be the name of a model, such as resnet34, which has no
      values. The exit code is 0 without a difference, 1 with one, and 2 after an error.
      """,
    operands: [
      Operand(name: "A", help: "A file, or a model's name"), Operand(name: "B", help: "Another one"),
    ],
    options: [
      Option(name: "--key", value: "PATH", help: "Compare what files have under this key, such as state_dict"),
      Option(name: "--atol", value: "X", help: "Values that differ by up to X + rtol·|b| count as equal (default 0)"),
      Option(name: "--rtol", value: "X", help: "See --atol (default 0)"),
      Option(name: "--no-values", help: "Do not read the data"),
      Option(name: "--all", help: "Show equal entries, too"),
    ],
    examples: ["diff resnet34 my.pth", "diff before.pth after.pth --rtol 1e-5"]
  ) { invocation in
    let key = try invocation.value("--key")
    let sides = try invocation.operands.map { try ComparedCheckpoint($0, key: key) }
    let comparison = CheckpointComparison(
      sides[0], sides[1], comparesValues: !invocation.has("--no-values"),
      absoluteTolerance: try invocation.number("--atol") ?? 0, relativeTolerance: try invocation.number("--rtol") ?? 0)
    let rows = try comparison.rows()
    let differing = rows.filter { $0.kind != .equal }
    var table = TextTable(
      titles: ["key", "difference", "a", "b", "max abs", "max rel", "elements"], rightAligned: [4, 5, 6])
    table.rows = (invocation.has("--all") ? rows : differing).map(\.fields)
    let output = invocation.output
    output.write(table.text(isTerminal: output.isTerminal))
    if output.isTerminal {
      let counts = ComparedEntry.Kind.allCases.compactMap { kind in
        let count = rows.count { $0.kind == kind }
        return count > 0 ? "\(count) \(kind.rawValue)" : nil
      }
      output.write("\(table.rows.isEmpty ? "" : "\n")\(counts.joined(separator: ", "))\n")
      if let reason = comparison.reason { output.write("diagnosis: \(reason)\n") }
    }
    try CheckpointFile.checkMappedFiles()
    return differing.isEmpty ? 0 : 1
  }
}

/// One side of a comparison.
struct ComparedCheckpoint {
  let leaves: [CheckpointLeaf]
  /// What may be loaded into a network; nil for a file of something else.
  let state: StateDict?
  /// Whether the values mean something: those of a model are random.
  let hasValues: Bool

  /// - Parameter source: a file's path, or a model's name if there is no such file.
  init(_ source: String, key: String?) throws {
    do {
      let value = try CheckpointFile.entry(at: key, of: source)
      leaves = CheckpointLeaf.leaves(of: value)
      state = value.dictionary.map { StateDict($0, depth: 3) }
      hasValues = true
    } catch let error as CheckpointError where error.kind == .inputOutput {
      guard let model = Models.catalog.first(where: { $0.name == source }) else {
        if source.contains("/") || source.contains(".") { throw error }
        let suggestion = nearestName(to: source, among: Models.catalog.map(\.name))
        throw CheckpointError(
          error.kind,
          error.message + ", nor model of that name" + (suggestion.map { "; did you mean \($0)?" } ?? ""),
          file: error.file)
      }
      let state = try model.make(1000, true).stateDict()
      leaves = state.entries.compactMap { key, entry in
        entry.tensor.map { CheckpointLeaf(path: key, value: .tensor($0)) }
      }
      self.state = state
      hasValues = false
    }
  }
}

/// What became of a key from one checkpoint to the other.
struct ComparedEntry {
  enum Kind: String, CaseIterable {
    case equal
    case onlyInA = "only in a"
    case onlyInB = "only in b"
    case type
    case shape
    case value
  }

  let path: String
  let kind: Kind
  var a: CheckpointValue?
  var b: CheckpointValue?
  var difference: TensorDifference?

  var fields: [String] {
    [
      path, kind.rawValue, ComparedEntry.text(a), ComparedEntry.text(b),
      difference.map { NumberText.short($0.absolute) } ?? "",
      difference.map { NumberText.short($0.relative) } ?? "", difference.map { String($0.count) } ?? "",
    ]
  }

  private static func text(_ value: CheckpointValue?) -> String {
    guard let value else { return "" }
    let text = value.tensor.map { Shape.text($0.shape) } ?? value.shortText
    return text.isEmpty ? value.typeText : "\(value.typeText) \(text)"
  }
}

struct CheckpointComparison {
  private let a: ComparedCheckpoint
  private let b: ComparedCheckpoint
  private let comparesValues: Bool
  private let absoluteTolerance: Double
  private let relativeTolerance: Double

  init(
    _ a: ComparedCheckpoint, _ b: ComparedCheckpoint, comparesValues: Bool, absoluteTolerance: Double,
    relativeTolerance: Double
  ) {
    self.a = a
    self.b = b
    self.comparesValues = comparesValues && a.hasValues && b.hasValues
    self.absoluteTolerance = absoluteTolerance
    self.relativeTolerance = relativeTolerance
  }

  /// The keys of both, in the order of the first, then what only the second has.
  func rows() throws -> [ComparedEntry] {
    let byteCount = comparesValues ? a.leaves.compactMap { $0.value.tensor?.byteCount }.saturatingSum() : 0
    return try Progress.reporting("comparing", of: byteCount, rows)
  }

  private func rows(_ progress: Progress) throws -> [ComparedEntry] {
    let second = Dictionary(b.leaves.map { ($0.path, $0.value) }) { _, last in last }
    let known = Set(a.leaves.map(\.path))
    return try a.leaves.map { leaf in
      guard let other = second[leaf.path] else { return ComparedEntry(path: leaf.path, kind: .onlyInA, a: leaf.value) }
      return try compare(leaf.path, leaf.value, other, progress)
    } + b.leaves.filter { !known.contains($0.path) }.map { ComparedEntry(path: $0.path, kind: .onlyInB, b: $0.value) }
  }

  /// Why a checkpoint is not the state dict of the model that it is compared with; nil where it is, or none is a model.
  var reason: String? {
    guard a.hasValues != b.hasValues, let model = (a.hasValues ? b : a).state, let given = (a.hasValues ? a : b).state
    else { return nil }
    let comparison = StateDictComparison(expected: model, given: given, architectures: Models.architectures)
    return comparison.fits ? nil : comparison.diagnosis.text
  }

  private func compare(_ path: String, _ a: CheckpointValue, _ b: CheckpointValue, _ progress: Progress) throws
    -> ComparedEntry
  {
    var entry = ComparedEntry(path: path, kind: try kind(a, b), a: a, b: b)
    guard comparesValues, entry.kind == .equal || entry.kind == .type, let x = a.tensor, let y = b.tensor,
      x.shape == y.shape, x.dtype.isComplex == y.dtype.isComplex, !TensorScan.isExpanded(x), !TensorScan.isExpanded(y)
    else { return entry }
    let difference = try TensorDifference(
      x, y, absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance, progress)
    if entry.kind == .equal, difference.count > 0 { entry = ComparedEntry(path: path, kind: .value, a: a, b: b) }
    if entry.kind != .equal || difference.absolute != 0 { entry.difference = difference }
    return entry
  }

  /// What differs without a look at the data of tensors.
  private func kind(_ a: CheckpointValue, _ b: CheckpointValue) throws -> ComparedEntry.Kind {
    guard let x = a.tensor, let y = b.tensor else {
      guard a.typeName == b.typeName else { return .type }
      return a == b ? .equal : .value
    }
    if x.shape != y.shape { return .shape }
    return x.dtype == y.dtype ? .equal : .type
  }
}
