import OrderedCollections
import Tensor

/// Saving and loading, in PyTorch's layout.
extension Optimizer {
  /// `{"state": {0: {…}, …}, "param_groups": [{"lr": …, "params": [0, …]}, …]}`: parameters stand for themselves by their
  /// position among those of all groups.
  public func stateDict() -> StateDictionary {
    var state: StateDictionary = [:]
    var packedGroups: [StateValue] = []
    var position: Int64 = 0
    for group in groups {
      var packed = group.options
      var positions: [StateValue] = []
      for parameter in group.parameters {
        if let known = states[ObjectIdentifier(parameter)], !known.isEmpty {
          state[.int(position)] = .dictionary(known)
        }
        positions.append(.int(position))
        position += 1
      }
      packed["params"] = .list(positions)
      packedGroups.append(.dictionary(packed))
    }
    for (key, value) in otherState where state[key] == nil { state[key] = value }
    return ["state": .dictionary(state), "param_groups": .list(packedGroups)]
  }

  /// Takes over options and states that ``stateDict()`` gave, here or in PyTorch. Options that the saved groups lack stay.
  ///
  /// - Throws: ``TensorError`` where the groups do not have this optimizer's sizes; nothing is changed then.
  public func loadStateDict(_ dictionary: StateDictionary) throws {
    let saved = try savedGroups(dictionary)
    guard saved.count == groups.count else {
      throw TensorError("loaded state dict has a different number of parameter groups", kind: .value)
    }
    var parameters: [StateKey: Tensor] = [:]
    for (group, (_, keys)) in zip(groups, saved) {
      guard group.parameters.count == keys.count else {
        throw TensorError(
          "loaded state dict contains a parameter group that doesn't match the size of optimizer's group", kind: .value)
      }
      for (parameter, key) in zip(group.parameters, keys) { parameters[key] = parameter }
    }
    guard let entries = dictionary["state"]?.dictionary else { throw missing("state") }
    var loaded: [ObjectIdentifier: StateDictionary] = [:]
    var others: StateDictionary = [:]
    for (key, value) in entries {
      guard let parameter = parameters[key] else {
        others[key] = value
        continue
      }
      guard let values = try Optimizer.converted(value, for: parameter, key: nil).dictionary else {
        throw TensorError("the state of parameter \(key) in the loaded state dict is no dictionary", kind: .type)
      }
      loaded[ObjectIdentifier(parameter)] = values
    }
    states = loaded
    otherState = others
    for (group, (options, _)) in zip(groups, saved) {
      var options = options
      for (key, value) in group.options where options[key] == nil { options[key] = value }
      completeOptions(&options)
      group.options = options
    }
  }

  /// The options of each saved group, and the keys of its parameters.
  private func savedGroups(_ dictionary: StateDictionary) throws -> [(StateDictionary, [StateKey])] {
    guard let groups = dictionary["param_groups"]?.elements else { throw missing("param_groups") }
    return try groups.map { group in
      guard var options = group.dictionary, let keys = options.removeValue(forKey: "params")?.elements else {
        throw missing("params")
      }
      return (
        options,
        try keys.map { key in
          switch key {
          case .int(let number): .int(number)
          case .string(let text): .string(text)
          default: throw TensorError("unhashable parameter id in the loaded state dict: \(key)", kind: .type)
          }
        }
      )
    }
  }

  private func missing(_ key: String) -> TensorError {
    TensorError("the loaded state dict has no '\(key)'", kind: .key)
  }

  /// A state with its tensors in the parameter's type; only the count of steps keeps its own.
  private static func converted(_ value: StateValue, for parameter: Tensor, key: StateKey?) throws -> StateValue {
    switch value {
    case .tensor(let tensor):
      key != "step" && parameter.dtype.isFloatingPoint ? .tensor(try tensor.to(parameter.dtype)) : value
    case .dictionary(let entries):
      .dictionary(
        StateDictionary(
          uniqueKeysWithValues: try entries.map { ($0.key, try converted($0.value, for: parameter, key: $0.key)) }))
    case .list(let values): .list(try values.map { try converted($0, for: parameter, key: nil) })
    case .tuple(let values): .tuple(try values.map { try converted($0, for: parameter, key: nil) })
    default: value
    }
  }
}
