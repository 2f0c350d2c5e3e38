import Checkpoint
import Supervision
import Tensor

extension Command {
  /// `nnlua inspect FILE`
  static let inspect = Command(
    name: "inspect",
    summary: "Shows what a checkpoint holds: keys, types, shapes and sizes. The data of tensors are not read.",
    operands: [Operand(name: "FILE", help: "A file of PyTorch, TorchScript, safetensors, NumPy or Torch7")],
    options: [
      Option(
        name: "--stats", help: "Read the data: smallest, largest, mean, standard deviation, and what is not finite"),
      Option(name: "--tree", help: "Show modules in each other, with the number of elements in each"),
      Option(name: "--json", help: "Write JSON"),
    ],
    examples: ["inspect resnet34.pth", "inspect model.safetensors --stats | sort -t $'\\t' -k 7g"]
  ) { invocation in
    let path = invocation.operands[0]
    let file = try CheckpointFile(path, options: CheckpointReadingOptions(unknownClasses: .table))
    let listing = CheckpointListing(
      path: path, format: file.format, leaves: CheckpointLeaf.leaves(of: try file.load()),
      hasStatistics: invocation.has("--stats"))
    let output = invocation.output
    if invocation.has("--json") {
      guard !invocation.has("--tree") else { throw UsageError("--json and --tree exclude each other") }
      try listing.writeJSON(output.write)
    } else if invocation.has("--tree") {
      guard !listing.hasStatistics else { throw UsageError("--stats and --tree exclude each other") }
      output.write(CheckpointTree(listing.leaves).text + listing.summary + "\n")
    } else {
      output.write(try listing.table().text(isTerminal: output.isTerminal))
      if output.isTerminal { output.write("\n\(listing.summary)\n") }
    }
    try CheckpointFile.checkMappedFiles()
    return 0
  }
}

/// What `nnlua inspect` shows of a file.
struct CheckpointListing {
  let path: String
  let format: CheckpointFormat
  let leaves: [CheckpointLeaf]
  let hasStatistics: Bool

  /// The format, and how much there is.
  var summary: String {
    let tensors = leaves.compactMap(\.value.tensor)
    let storages = Dictionary(tensors.map { (ObjectIdentifier($0.storage), $0.storage.byteCount) }) { first, _ in first
    }
    // Tied tensors count once.
    var counted: Set<ObjectIdentifier> = []
    let elements = tensors.filter { counted.insert(ObjectIdentifier($0.storage)).inserted }.map(\.count).saturatingSum()
    let others = leaves.count - tensors.count
    return "\(format.rawValue): \(tensors.count) tensor\(tensors.count == 1 ? "" : "s")"
      + (others > 0 ? ", \(others) other value\(others == 1 ? "" : "s")" : "")
      + ", \(NumberText.grouped(elements)) elements, \(NumberText.bytes(storages.values.reduce(0, +)))"
  }

  /// For each leaf the name of an earlier one that shows the same memory.
  private var ties: [String?] {
    var firsts: [ObjectIdentifier: (tensor: Tensor, path: String)] = [:]
    return leaves.map { leaf in
      guard let tensor = leaf.value.tensor, tensor.storage.byteCount > 0 else { return nil }
      let key = ObjectIdentifier(tensor.storage)
      guard let first = firsts[key] else {
        firsts[key] = (tensor, leaf.path)
        return nil
      }
      return (tensor.isSameView(as: first.tensor) ? "= " : "in ") + first.path
    }
  }

  // MARK: Columns

  func table() throws -> TextTable {
    var table = TextTable(titles: ["key", "type", "shape", "bytes", "value"], rightAligned: [3])
    if hasStatistics {
      table = TextTable(
        titles: table.titles + ["min", "max", "mean", "std", "nan", "inf", "zero"],
        rightAligned: table.rightAligned.union(5...11))
    }
    let statistics = try statistics()
    for (index, (leaf, tie)) in zip(leaves, ties).enumerated() {
      let tensor = leaf.value.tensor
      var row = [
        leaf.path, leaf.value.typeText, tensor.map { Shape.text($0.shape) } ?? "",
        tensor.map { String($0.byteCount) } ?? "",
        tie ?? leaf.value.shortText,
      ]
      if hasStatistics { row += CheckpointListing.fields(statistics[index]) }
      table.rows.append(row)
    }
    return table
  }

  /// For each leaf what its elements are like; nil for what is no tensor of numbers, or where nobody asked.
  private func statistics() throws -> [TensorStatistics?] {
    guard hasStatistics else { return leaves.map { _ in nil } }
    let byteCount = leaves.compactMap { $0.value.tensor?.byteCount }.saturatingSum()
    return try Progress.reporting("reading", of: byteCount) { progress in
      try leaves.map { try $0.value.tensor.flatMap { try TensorStatistics($0, progress) } }
    }
  }

  private static func fields(_ found: TensorStatistics?) -> [String] {
    guard let found else { return [String](repeating: "", count: 7) }
    return [found.minimum, found.maximum, found.mean, found.standardDeviation].map(NumberText.short)
      + [found.nanCount, found.infiniteCount, found.zeroCount].map(String.init)
  }

  // MARK: JSON

  func writeJSON(_ write: (String) -> Void) throws {
    let statistics = try statistics()
    write("{\"file\": \(JSON.quoted(path)), \"format\": \(JSON.quoted(format.rawValue)), \"entries\": [")
    for (index, (leaf, tie)) in zip(leaves, ties).enumerated() {
      var fields = [("key", JSON.quoted(leaf.path)), ("type", JSON.quoted(leaf.value.typeText))]
      if let tensor = leaf.value.tensor {
        fields += [
          ("shape", Shape.text(tensor.shape)), ("strides", Shape.text(tensor.strides)), ("offset", "\(tensor.offset)"),
          ("bytes", "\(tensor.byteCount)"),
        ]
        if let tie { fields.append(("shares", JSON.quoted(String(tie.dropFirst(2))))) }
        if let found = statistics[index] {
          fields += [
            ("min", json(found.minimum)), ("max", json(found.maximum)), ("mean", json(found.mean)),
            ("std", json(found.standardDeviation)), ("nan", "\(found.nanCount)"), ("inf", "\(found.infiniteCount)"),
            ("zero", "\(found.zeroCount)"),
          ]
        }
      } else {
        fields.append(("value", json(leaf.value)))
      }
      let members = fields.map { "\(JSON.quoted($0)): \($1)" }.joined(separator: ", ")
      write((index == 0 ? "\n  {" : ",\n  {") + members + "}")
    }
    write("\n]}\n")
  }

  private func json(_ number: Double) -> String { number.isFinite ? "\(number)" : "null" }

  private func json(_ value: CheckpointValue) -> String {
    switch value {
    case .none: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): "\(value)"
    case .double(let value): json(value)
    case .string(let value): JSON.quoted(value)
    case .list(let elements), .tuple(let elements), .set(let elements):
      "[" + elements.map(json).joined(separator: ", ") + "]"
    case .size(let sizes): Shape.text(sizes)
    case .dictionary: "{}"
    case .object(let object): json(.list(object.elements))
    default: JSON.quoted(value.shortText)
    }
  }
}

/// The paths of a checkpoint as a tree of their parts.
struct CheckpointTree {
  private final class Branch {
    var children: [(name: String, branch: Branch)] = []
    var indices: [Substring: Int] = [:]
    var leaf: CheckpointValue?
    var elementCount = 0

    func add(_ count: Int) { elementCount = [elementCount, count].saturatingSum() }

    func child(_ name: Substring) -> Branch {
      if let index = indices[name] { return children[index].branch }
      indices[name] = children.count
      let branch = Branch()
      children.append((String(name), branch))
      return branch
    }
  }

  private let root = Branch()

  init(_ leaves: [CheckpointLeaf]) {
    for leaf in leaves {
      let count = leaf.value.tensor?.count ?? 0
      var branch = root
      branch.add(count)
      for name in leaf.path.split(separator: ".", omittingEmptySubsequences: false) {
        branch = branch.child(name)
        branch.add(count)
      }
      branch.leaf = leaf.value
    }
  }

  var text: String {
    var table: [[String]] = []
    // Depth first, without recursion: paths may have any number of parts.
    var rest = [(branch: root, prefix: "", index: 0)]
    while let (branch, prefix, index) = rest.popLast() {
      guard index < branch.children.count else { continue }
      rest.append((branch, prefix, index + 1))
      let (name, child) = branch.children[index]
      let isLast = index == branch.children.count - 1
      table.append([prefix + (isLast ? "└─ " : "├─ ") + TextTable.escaped(name), CheckpointTree.note(child)])
      rest.append((child, prefix + (isLast ? "   " : "│  "), 0))
    }
    return TextTable.aligned(table).map { $0 + "\n" }.joined()
  }

  private static func note(_ branch: Branch) -> String {
    guard let leaf = branch.leaf else {
      return branch.elementCount > 0 ? NumberText.grouped(branch.elementCount) : ""
    }
    guard let tensor = leaf.tensor else { return TextTable.escaped("\(leaf.typeText) \(leaf.shortText)") }
    return "\(tensor.dtype.name) \(Shape.text(tensor.shape))"
  }
}
