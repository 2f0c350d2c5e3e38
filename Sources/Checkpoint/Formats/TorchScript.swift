import Tensor

/// The parameters and buffers of a TorchScript archive, which `torch.jit.save` writes. Its program is not read, save for the lists of
/// names in its classes.
struct TorchScript {
  private let archive: ZipArchive
  /// The name of the archive's folder with a slash.
  private let prefix: String
  /// Which attributes are parameters and buffers, by the names of classes; nil where the archive does not say.
  private var listedNames: [String: Set<String>?] = [:]
  private var entries = CheckpointDictionary([:], isOrderedDict: true)

  init(_ archive: ZipArchive, prefix: String) {
    self.archive = archive
    self.prefix = prefix
  }

  /// A state dict of a module's tensors and, under dotted names, of those of its submodules: what `torch.jit.load(…).state_dict()` has.
  ///
  /// A frozen module has none: its tensors are constants of the program, and come under the names that the program has for them,
  /// `CONSTANTS.c0` and so on.
  ///
  /// - Parameter constants: the values of the archive's constants, asked for if the module has no tensors.
  mutating func stateDict(
    of value: CheckpointValue, constants: () throws -> CheckpointValue
  ) throws -> CheckpointValue {
    guard case .object(let module) = value else {
      throw CheckpointError.unsupported("the TorchScript archive holds \(value.typeWithArticle), not a module")
    }
    try collect(module, prefix: "")
    if entries.isEmpty {
      for (index, constant) in (try constants().elements ?? []).enumerated() where constant.tensor != nil {
        entries["CONSTANTS.c\(index)"] = constant
      }
    }
    return .dictionary(entries)
  }

  /// As in a state dict, a module's own tensors come before those of its submodules.
  private mutating func collect(_ module: CheckpointObject, prefix: String) throws {
    guard let attributes = module.state.dictionary?.entries else { return }
    let names = try tensorNames(of: module.className)
    for (key, value) in attributes {
      guard let name = key.string, case .tensor = value, names?.contains(name) ?? true else { continue }
      entries[prefix + name] = value
    }
    for (key, value) in attributes {
      if let name = key.string, case .object(let child) = value, child.className.hasPrefix("__torch__.") {
        try collect(child, prefix: prefix + name + ".")
      }
    }
  }

  // MARK: Names in the program

  private mutating func tensorNames(of className: String) throws -> Set<String>? {
    if let known = listedNames[className] { return known }
    let names = try listedTensorNames(of: className)
    listedNames[className] = .some(names)
    return names
  }

  /// The strings in the lists `__parameters__` and `__buffers__` of a class; the class `__torch__.a.B` stands in `code/__torch__/a.py`.
  private func listedTensorNames(of className: String) throws -> Set<String>? {
    let parts = className.split(separator: ".")
    guard let name = parts.last, let entry = archive["\(prefix)code/\(parts.dropLast().joined(separator: "/")).py"]
    else {
      return nil
    }
    let lines = String(decoding: try entry.description(in: archive.file), as: UTF8.self).split(separator: "\n")
    guard let start = lines.firstIndex(where: { $0.hasPrefix("class \(name)(") }) else { return nil }
    var names: Set<String>?
    for line in lines[(start + 1)...].prefix(while: { $0.hasPrefix(" ") }) {
      let isList = line.hasPrefix("  __parameters__ = [") || line.hasPrefix("  __buffers__ = [")
      guard isList else { break }
      // What stands between quotes.
      let words = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      names = (names ?? []).union(words.filter { $0.offset % 2 == 1 }.map { String($0.element) })
    }
    return names
  }
}
