import Checkpoint
import Lua
import StateDicts
import Tensor

extension Command {
  /// `nnlua convert IN OUT`
  static let convert = Command(
    name: "convert",
    summary: """
      Writes a checkpoint in another format, which the name of OUT tells (.safetensors, .npz, .npy, else PyTorch's), or with changes:
      --keep, --drop and --rename are done in the order in which they stand, then types are converted.
      """,
    operands: [
      Operand(name: "IN", help: "A file in any format that can be read"),
      Operand(name: "OUT", help: "The file to write; it is replaced as a whole, or not at all"),
    ],
    options: [
      Option(name: "--dtype", value: "TYPE", help: "Convert floating point tensors, for example to bfloat16"),
      Option(name: "--key", value: "PATH", help: "Take what lies under this key, such as state_dict"),
      Option(name: "--keep", value: "PATTERN", help: "Keep entries whose keys match, such as 'layer4.*' (repeatable)"),
      Option(name: "--drop", value: "PATTERN", help: "Leave out entries whose keys match, such as 'fc.*' (repeatable)"),
      Option(
        name: "--rename", value: "OLD=NEW",
        help: "Rename keys that match, such as 'module.*=*'; a * of NEW is what one of OLD matched (repeatable)"),
      Option(name: "--format", value: "NAME", help: "pytorch, safetensors, npz or npy, whatever the name of OUT"),
    ],
    examples: [
      "convert model.pth model.safetensors --dtype bfloat16",
      "convert last.ckpt backbone.pth --key state_dict --rename 'model.*=*' --drop 'fc.*'",
    ]
  ) { invocation in
    let (input, output) = (invocation.operands[0], invocation.operands[1])
    let format = try CheckpointFormat.toWrite(output, named: try invocation.value("--format"))
    let dtype = try invocation.value("--dtype").map(DType.floatingPoint)
    var value = try CheckpointFile.entry(at: try invocation.value("--key"), of: input)
    value = try value.edited(by: invocation.options, of: input)
    if let dtype { value = try TypeConversion.convert(value, to: dtype) }
    try value.save(to: output, format: format, invocation)
    return 0
  }
}

extension CheckpointFormat {
  /// The format for a file to be written: the named one, else as the file's name tells.
  static func toWrite(_ path: String, named name: String?) throws -> CheckpointFormat {
    guard let name else { return CheckpointFormat(writing: path) }
    let known: [String: CheckpointFormat] = [
      "pytorch": .pyTorch, "safetensors": .safeTensors, "npz": .numPyArchive, "npy": .numPyArray,
    ]
    guard let format = known[name.lowercased()] else {
      throw Command.UsageError("--format is one of pytorch, safetensors, npz and npy, not '\(name)'")
    }
    return format
  }
}

extension DType {
  /// The floating point type of a name, as PyTorch has them: `bfloat16`, `half`.
  static func floatingPoint(_ name: String) throws -> DType {
    let aliases: [String: DType] = ["half": .float16, "float": .float32, "double": .float64]
    let names = allCases.filter(\.isFloatingPoint).map(\.name)
    guard let dtype = aliases[name] ?? allCases.first(where: { $0.name == name && $0.isFloatingPoint }) else {
      let suggestion = nearestName(to: name, among: names)
      throw Command.UsageError(
        "--dtype takes one of \(names.joined(separator: ", ")), not '\(name)'"
          + (suggestion.map { "; did you mean \($0)?" } ?? ""))
    }
    return dtype
  }
}

extension CheckpointDictionary {
  /// - Parameter text: OLD=NEW
  fileprivate func renamed(_ text: String) throws -> CheckpointDictionary {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw Command.UsageError("--rename takes OLD=NEW, such as 'module.*=*', not '\(text)'")
    }
    return try renaming(KeyPattern(parts[0]), to: parts[1])
  }
}

extension CheckpointValue {
  /// The entries that some options choose, under the names that others give: one step after the other. Patterns to keep that stand
  /// together are one step.
  fileprivate func edited(by options: [(name: String, value: String)], of source: String) throws -> CheckpointValue {
    var steps = options.filter { ["--keep", "--drop", "--rename"].contains($0.name) }[...]
    if steps.isEmpty { return self }
    guard case .dictionary(var dictionary) = self else {
      throw CheckpointError(.unsupported, "it holds \(typeWithArticle), which has no keys", file: source)
    }
    while let (name, text) = steps.popFirst() {
      switch name {
      case "--keep":
        let more = steps.prefix { $0.name == name }
        steps = steps.dropFirst(more.count)
        dictionary = try dictionary.filtering(([text] + more.map(\.value)).map { KeyPattern($0) })
      case "--drop": dictionary = try dictionary.dropping(KeyPattern(text))
      default: dictionary = try dictionary.renamed(text)
      }
    }
    return .dictionary(dictionary)
  }

  /// Writes a file and, at a terminal, says so.
  func save(to path: String, format: CheckpointFormat, _ invocation: Invocation) throws {
    do {
      try CheckpointFile.save(self, to: path, format: format)
    } catch let error as CheckpointError where error.kind == .unsupported && dictionary != nil {
      // Where a format takes tensors only, they are mostly one level further in.
      let inner = dictionary?.entries.first {
        $0.value.dictionary?.entries.values.contains { $0.tensor != nil } == true
      }
      throw CheckpointError(
        error.kind, error.message + (inner.map { "; --key \($0.key.shortText) takes that entry alone" } ?? ""),
        file: error.file)
    }
    guard invocation.output.isTerminal else { return }
    let listing = CheckpointListing(
      path: path, format: format, leaves: CheckpointLeaf.leaves(of: self), hasStatistics: false)
    invocation.output.write("\(path): \(listing.summary)\n")
  }
}
