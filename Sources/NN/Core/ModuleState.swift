import OrderedCollections
import StateDicts
import Supervision
import Tensor

extension Module {
  /// The parameters and persistent buffers, without history, in memory that is shared with the module.
  ///
  /// - Parameter keepVariables: gives the parameters themselves, with their history.
  public func stateDict(prefix: String = "", keepVariables: Bool = false) throws -> StateDict {
    var state = StateDict()
    try collectState(prefix, keepVariables, &state)
    return state
  }

  private func collectState(_ prefix: String, _ keepVariables: Bool, _ state: inout StateDict) throws {
    state.versions[String(prefix.dropLast())] = stateVersion
    for (name, tensor) in ownState { state[prefix + name] = keepVariables ? tensor : try tensor.detach() }
    for (name, child) in ownChildren { try child?.collectState(prefix + name + ".", keepVariables, &state) }
  }

  private var ownState: [(String, Tensor)] {
    let parameters = ownParameters.compactMap { name, tensor in tensor.map { (name, $0) } }
    let buffers = ownBuffers.compactMap { name, tensor in
      nonPersistentBuffers.contains(name) ? nil : tensor.map { (name, $0) }
    }
    return parameters + buffers
  }

  /// Takes over the values of `state`.
  ///
  /// Values are copied into the parameters and buffers, but where they come from a mapped file in the right type they are
  /// shared with it, copy on write. Initial values that nobody has read yet are never drawn.
  ///
  /// - Parameters:
  ///   - strict: whether keys that are missing or unexpected are errors. Shapes that differ always are, but for the next.
  ///   - assign: stores the tensors of `state` themselves.
  ///   - ignoreMismatchedSizes: leaves out what has another shape, and says so in the result.
  /// - Returns: the keys that did not fit.
  /// - Throws: ``StateDictLoadingError`` that lists all that does not fit, in PyTorch's words. What fits has been loaded then.
  ///   `Interrupted` between two tensors, or in one.
  @discardableResult
  public func loadStateDict(
    _ state: StateDict, strict: Bool = true, assign: Bool = false, ignoreMismatchedSizes: Bool = false
  ) throws -> IncompatibleKeys {
    let byteCount = state.entries.values.compactMap { $0.tensor?.byteCount }.saturatingSum()
    let loading = try Progress.reporting("loading", of: byteCount) { progress in
      var loading = StateLoading(
        state: state, assign: assign, ignoresMismatchedSizes: ignoreMismatchedSizes, progress: progress)
      try loading.load(self, prefix: "", keys: state.entries.keys)
      return loading
    }
    var problems = loading.problems
    if strict {
      func list(_ keys: [String]) -> String { keys.map { "\"\($0)\"" }.joined(separator: ", ") }
      let keys = loading.incompatible
      if !keys.unexpected.isEmpty {
        problems.insert("Unexpected key(s) in state_dict: \(list(keys.unexpected)). ", at: 0)
      }
      if !keys.missing.isEmpty { problems.insert("Missing key(s) in state_dict: \(list(keys.missing)). ", at: 0) }
    }
    guard problems.isEmpty else { throw StateDictLoadingError(typeName: typeName, problems: problems) }
    return loading.incompatible
  }

  /// What of `state` fits this module, and why the rest does not. Nothing is loaded, and no tensor's elements are read.
  ///
  /// - Parameter architectures: the networks whose keys the diagnosis knows.
  public func compare(
    with state: StateDict, architectures: [KnownArchitecture] = []
  ) throws -> StateDictComparison {
    var upgraded = state
    try upgrade(all: &upgraded, prefix: "")
    return StateDictComparison(
      expected: try stateDict(keepVariables: true), given: state,
      supplied: Set(upgraded.entries.keys.filter { state.entries[$0] == nil }), architectures: architectures)
  }

  private func upgrade(all state: inout StateDict, prefix: String) throws {
    try upgrade(&state, prefix: prefix, version: state.versions[String(prefix.dropLast())])
    for (name, child) in ownChildren { try child?.upgrade(all: &state, prefix: prefix + name + ".") }
  }

  fileprivate func loadOwn(_ loading: inout StateLoading, prefix: String) throws {
    for (name, tensor) in ownState {
      let key = prefix + name
      guard let entry = loading.state.entries[key] else {
        loading.incompatible.missing.append(key)
        continue
      }
      if let source = entry.tensor {
        try loadOwn(name, tensor, source, key, &loading)
      } else {
        loading.problems.append(
          "While copying the parameter named \"\(key)\", expected torch.Tensor or Tensor-like object from checkpoint but received <class '\(entry.typeName)'>"
        )
      }
    }
  }

  private func loadOwn(
    _ name: String, _ target: Tensor, _ source: Tensor, _ key: String, _ loading: inout StateLoading
  ) throws {
    // Files of PyTorch 0.3 have no zero-dim tensors.
    let source = target.rank == 0 && source.shape == [1] ? try source.detach().reshape([]) : source
    guard source.shape == target.shape else {
      guard !loading.ignoresMismatchedSizes else {
        loading.incompatible.mismatched.append(key)
        return
      }
      loading.problems.append(
        "size mismatch for \(key): copying a param with shape \(Shape.sizeText(source.shape)) from checkpoint, the shape in current model is \(Shape.sizeText(target.shape))."
      )
      return
    }
    do {
      if loading.assign {
        try assign(name, target, source)
      } else {
        try target.adoptOrCopy(source)
      }
      loading.progress.advance(by: source.byteCount)
    } catch let error as Interrupted {
      throw error
    } catch {
      loading.problems.append(
        "While copying the parameter named \"\(key)\", whose dimensions in the model are \(Shape.sizeText(target.shape)) and whose dimensions in the checkpoint are \(Shape.sizeText(source.shape)), an exception occurred : ('\(error)',)."
      )
    }
  }

  private func assign(_ name: String, _ target: Tensor, _ source: Tensor) throws {
    if ownParameters[name] != nil {
      if source.isParameter { try source.setRequiresGrad(target.requiresGrad) }
      try set(
        parameter: name, to: source.isParameter ? source : NN.parameter(source, requiresGrad: target.requiresGrad))
    } else {
      try set(buffer: name, to: source)
    }
  }
}

/// A state dict that does not fit, in PyTorch's words.
public struct StateDictLoadingError: Error, CustomStringConvertible {
  /// The class of the network.
  public let typeName: String
  /// A line for each sort of key that is wrong, and for each tensor that cannot be copied.
  public let problems: [String]

  /// The problems below a line that names the network, as PyTorch writes them.
  public var description: String {
    "Error(s) in loading state_dict for \(typeName):\n\t" + problems.joined(separator: "\n\t")
  }
}

/// One run of ``Module/loadStateDict(_:strict:assign:ignoreMismatchedSizes:)``.
private struct StateLoading {
  var state: StateDict
  let assign: Bool
  let ignoresMismatchedSizes: Bool
  let progress: Progress
  var incompatible = IncompatibleKeys()
  var problems: [String] = []

  init(state: StateDict, assign: Bool, ignoresMismatchedSizes: Bool, progress: Progress) {
    self.state = state
    self.assign = assign
    self.ignoresMismatchedSizes = ignoresMismatchedSizes
    self.progress = progress
  }

  /// Loads what `module` has itself, and then what is inside.
  ///
  /// - Parameter keys: those that begin with `prefix`.
  mutating func load(_ module: Module, prefix: String, keys: some Sequence<String>) throws {
    try module.upgrade(&state, prefix: prefix, version: state.versions[String(prefix.dropLast())])
    try module.loadOwn(&self, prefix: prefix)
    var inside: OrderedDictionary<Substring, [String]> = [:]
    for key in keys {
      let rest = key.dropFirst(prefix.count)
      let name = rest.prefix { $0 != "." }
      if name.endIndex == rest.endIndex {
        if !module.isState(String(name)) { incompatible.unexpected.append(key) }
      } else if module.ownChildren[String(name)] == nil {
        incompatible.unexpected.append(key)
      } else {
        inside[name, default: []].append(key)
      }
    }
    for (name, child) in module.ownChildren {
      guard let child else { continue }
      try load(child, prefix: prefix + name + ".", keys: inside[Substring(name)] ?? [])
    }
  }
}

extension Module {
  /// Whether `name` is a parameter or persistent buffer that has a value.
  fileprivate func isState(_ name: String) -> Bool {
    parameter(name) != nil || (buffer(name) != nil && !nonPersistentBuffers.contains(name))
  }
}

extension Tensor {
  /// Takes over `source`'s values: as a private mapping of the same file where both can, else by copying.
  func adoptOrCopy(_ source: Tensor) throws {
    if storage === source.storage && isSameView(as: source) { return }
    if coversStorage && source.isContiguous && source.dtype == dtype && count > 0,
      try storage.adoptDuplicate(of: source.storage, byteOffset: source.offset * dtype.size)
    {
      return
    }
    try GradMode.with(false) { _ = try copyInPlace(try source.detach()) }
  }
}
