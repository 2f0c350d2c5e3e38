import Tensor

/// The parameters and buffers of a TorchScript archive, which `torch.jit.save` writes. Its program is not read.
enum TorchScript {
  /// A state dict of the tensors among the attributes of a module and, under dotted names, of its submodules.
  static func stateDict(of value: CheckpointValue) throws -> CheckpointValue {
    guard case .object(let module) = value else {
      throw CheckpointError.unsupported("the TorchScript archive holds a \(value.typeName), not a module")
    }
    var entries = CheckpointDictionary([:], isOrderedDict: true)
    collect(module, prefix: "", into: &entries)
    return .dictionary(entries)
  }

  /// As in a state dict, a module's own tensors come before those of its submodules.
  private static func collect(_ module: CheckpointObject, prefix: String, into entries: inout CheckpointDictionary) {
    guard let attributes = module.state.dictionary?.entries else { return }
    for (key, value) in attributes {
      if let name = key.string, case .tensor = value { entries[prefix + name] = value }
    }
    for (key, value) in attributes {
      if let name = key.string, case .object(let child) = value, child.className.hasPrefix("__torch__.") {
        collect(child, prefix: prefix + name + ".", into: &entries)
      }
    }
  }
}
