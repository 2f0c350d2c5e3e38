import Checkpoint
import StateDicts
import Tensor

extension Command {
  /// `nnlua merge IN… OUT`
  static let merge = Command(
    name: "merge",
    summary: """
      Makes one checkpoint of several: the mean of their tensors, or what lies between two, or the first with the entries of the others
      put over it. What cannot be averaged, such as num_batches_tracked, is the last one's.
      """,
    operands: [Operand(name: "IN", help: "Files", isRepeated: true), Operand(name: "OUT", help: "The file to write")],
    options: [
      Option(
        name: "--weights", value: "W,W,…",
        help: "Average with these weights, whose proportions count; equal ones by default"),
      Option(name: "--lerp", value: "T", help: "Of two files take (1 − T)·first + T·second"),
      Option(
        name: "--update", help: "Take the first file's entries, replaced or joined by those of each of the others"),
      Option(name: "--key", value: "PATH", help: "Take what files have under this key, such as state_dict"),
      Option(name: "--format", value: "NAME", help: "pytorch, safetensors, npz or npy, whatever the name of OUT"),
    ],
    examples: [
      "merge epoch-8.pth epoch-9.pth epoch-10.pth mean.pth", "merge pretrained.pth tuned.pth between.pth --lerp 0.3",
      "merge backbone.pth head.pth whole.pth --update",
    ]
  ) { invocation in
    let (inputs, output) = (invocation.operands.dropLast(), invocation.operands[invocation.operands.count - 1])
    let format = try CheckpointFormat.toWrite(output, named: try invocation.value("--format"))
    let method = try MergeMethod(invocation, fileCount: inputs.count)
    let key = try invocation.value("--key")
    let dictionaries = try inputs.map { path in
      let value = try CheckpointFile.entry(at: key, of: path)
      guard case .dictionary(let dictionary) = value else {
        throw CheckpointError(.unsupported, "it holds \(value.typeWithArticle), which has no keys", file: path)
      }
      guard method.isUpdate || dictionary.entries.values.contains(where: { $0.tensor != nil }) else {
        throw CheckpointError(.unsupported, "it has no tensors at its top; --key names the entry that has", file: path)
      }
      return dictionary
    }
    try CheckpointValue.dictionary(method.merged(dictionaries)).save(to: output, format: format, invocation)
    return 0
  }
}

/// How checkpoints become one.
private enum MergeMethod {
  case average(weights: [Double]?)
  case lerp(Double)
  case update

  init(_ invocation: Invocation, fileCount: Int) throws {
    let chosen = ["--weights", "--lerp", "--update"].filter(invocation.has)
    guard chosen.count <= 1 else {
      throw Command.UsageError("\(chosen.joined(separator: " and ")) exclude each other")
    }
    guard fileCount > 1 else { throw Command.UsageError("at least two files IN, and one OUT, are needed") }
    if let weight = try invocation.number("--lerp") {
      guard fileCount == 2 else { throw Command.UsageError("--lerp takes two files, not \(fileCount)") }
      self = .lerp(weight)
    } else if invocation.has("--update") {
      self = .update
    } else {
      self = .average(weights: try invocation.value("--weights").map { try MergeMethod.weights($0, fileCount) })
    }
  }

  private static func weights(_ text: String, _ fileCount: Int) throws -> [Double] {
    let weights = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    guard weights.allSatisfy(\.isFinite), weights.count == fileCount else {
      throw Command.UsageError("--weights takes \(fileCount) numbers with commas between, not '\(text)'")
    }
    return weights
  }

  var isUpdate: Bool { if case .update = self { true } else { false } }

  func merged(_ dictionaries: [CheckpointDictionary]) throws -> CheckpointDictionary {
    switch self {
    case .average(let weights): return try CheckpointDictionary.average(dictionaries, weights: weights)
    case .lerp(let weight): return try dictionaries[0].lerp(dictionaries[1], weight)
    case .update:
      var result = dictionaries[0]
      for other in dictionaries.dropFirst() { result.entries.merge(other.entries) { $1 } }
      return result
    }
  }
}
