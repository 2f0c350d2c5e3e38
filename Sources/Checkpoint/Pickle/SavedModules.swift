import OrderedCollections

extension PickleDecoder {
  /// The state dict of a network that was saved whole, by `torch.save(net, …)`: an instance with the dictionaries in which
  /// `torch.nn.Module` keeps its parameters, buffers and submodules. Nil for any other instance.
  ///
  /// Its entries come in the order of `net.state_dict()`; without `_metadata`, as files do not have the versions of classes.
  ///
  /// Source: https://github.com/pytorch/pytorch/blob/main/torch/nn/modules/module.py
  mutating func stateDict(of object: CheckpointObject) throws -> CheckpointValue? {
    let attributes = object.attributes
    func entries(_ name: String) -> OrderedDictionary<CheckpointValue, CheckpointValue>? {
      attributes[.string(name)]?.dictionary?.entries
    }
    guard let parameters = entries("_parameters"), let buffers = entries("_buffers"), let modules = entries("_modules")
    else { return nil }
    let hidden = attributes["_non_persistent_buffers_set"]?.elements ?? []
    var state = CheckpointDictionary([:], isOrderedDict: true)
    for (name, value) in parameters where value.tensor != nil { state[name] = value }
    for (name, value) in buffers where value.tensor != nil && !hidden.contains(name) { state[name] = value }
    for (name, child) in modules {
      // Submodules, which were made before, are state dicts by now.
      guard let name = name.string, let tensors = child.dictionary?.entries else { continue }
      try count(tensors.count)
      for (key, value) in tensors {
        if let key = key.string { state[name + "." + key] = value }
      }
    }
    return .dictionary(state)
  }
}
