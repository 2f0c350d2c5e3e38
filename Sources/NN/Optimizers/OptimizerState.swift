import OrderedCollections
import Tensor

/// The state of an optimizer in PyTorch's layout, so that PyTorch loads it and the other way round.
public struct OptimizerStateDict {
  /// What is remembered of parameters, by their number; parameters are numbered through all groups.
  public var state: OrderedDictionary<Int, OrderedDictionary<String, OptimizerValue>>
  /// The options of each group, with the numbers of its parameters as `params` at the end.
  public var groups: [OrderedDictionary<String, OptimizerValue>]

  public init(
    state: OrderedDictionary<Int, OrderedDictionary<String, OptimizerValue>>,
    groups: [OrderedDictionary<String, OptimizerValue>]
  ) {
    self.state = state
    self.groups = groups
  }
}

extension Optimizer {
  /// The options and what is remembered; tensors are shared with the optimizer.
  public func stateDict() -> OptimizerStateDict {
    var numbers: [ObjectIdentifier: Int] = [:]
    var result = OptimizerStateDict(state: [:], groups: [])
    for group in groups {
      var indices: [OptimizerValue] = []
      for parameter in group.parameters {
        let id = ObjectIdentifier(parameter)
        let number = numbers[id] ?? numbers.count
        numbers[id] = number
        indices.append(.int(number))
        if let entries = state[id], !entries.isEmpty { result.state[number] = entries }
      }
      var options = group.options
      options["params"] = .list(indices)
      result.groups.append(options)
    }
    return result
  }

  /// Takes over options and memory.
  ///
  /// - Throws: ``TensorError`` where the groups differ in number or size.
  public func loadStateDict(_ saved: OptimizerStateDict) throws {
    guard saved.groups.count == groups.count else {
      throw TensorError("loaded state dict has a different number of parameter groups", kind: .value)
    }
    var parameters: [Int: Tensor] = [:]
    for (group, options) in zip(groups, saved.groups) {
      let numbers = options["params"]?.elements ?? []
      guard numbers.count == group.parameters.count else {
        throw TensorError(
          "loaded state dict contains a parameter group that doesn't match the size of optimizer's group", kind: .value)
      }
      for (number, parameter) in zip(numbers, group.parameters) {
        if let number = number.int { parameters[number] = parameter }
      }
    }
    var loaded: [ObjectIdentifier: OrderedDictionary<String, OptimizerValue>] = [:]
    for (number, entries) in saved.state {
      guard let parameter = parameters[number] else { continue }
      loaded[ObjectIdentifier(parameter)] = OrderedDictionary(
        uniqueKeysWithValues: try entries.map { ($0.key, try fitted($0.value, $0.key, to: parameter)) })
    }
    for (group, options) in zip(groups, saved.groups) {
      var options = options
      options["params"] = nil
      for (name, value) in defaults where options[name] == nil { options[name] = value }
      group.options = options
    }
    state = loaded
  }

  /// A value of a saved state as this optimizer keeps it: tensors in the parameter's type, but for the count of steps.
  private func fitted(_ value: OptimizerValue, _ name: String, to parameter: Tensor) throws -> OptimizerValue {
    switch value {
    case .tensor(let tensor):
      if name == "step" || !parameter.dtype.isFloatingPoint { return value }
      return .tensor(try tensor.detach().to(parameter.dtype).contiguous())
    case .int, .double:
      // PyTorch before 1.12 kept the count of steps as a number.
      return name == "step" ? .tensor(try Tensor.full([], .double(value.double ?? 0), dtype: .float32)) : value
    case .list(let values): return .list(try values.map { try fitted($0, name, to: parameter) })
    default: return value
    }
  }
}
