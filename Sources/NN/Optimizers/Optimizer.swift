import OrderedCollections
import Tensor

/// Changes parameters by their gradients: `torch.optim.Optimizer`.
///
/// Subclasses say their options with PyTorch's defaults, and how a group of parameters is updated.
///
/// ```swift
/// let optimizer = try SGD(network.parameters(), lr: 0.1, momentum: 0.9)
/// try optimizer.zeroGrad()
/// try loss.backward()
/// try optimizer.step()
/// ```
open class Optimizer {
  /// The options of groups that do not say their own.
  public private(set) var defaults: StateDictionary
  /// The groups of parameters, in the order in which they were added.
  public internal(set) var groups: [ParameterGroup] = []
  /// What the optimizer remembers of each parameter.
  var states: [ObjectIdentifier: StateDictionary] = [:]
  /// Entries of a loaded state that belong to no parameter.
  var otherState: StateDictionary = [:]

  /// - Parameters:
  ///   - groups: at least one; each with the options that differ from `options`.
  ///   - options: those that differ from ``standardOptions``, by PyTorch's names.
  /// - Throws: ``TensorError`` for an unknown option, one out of range, or parameters that cannot be optimized.
  public required init(groups: [ParameterGroup], options: StateDictionary = [:]) throws {
    defaults = type(of: self).standardOptions
    for (key, value) in options {
      guard defaults[key] != nil else {
        throw TensorError("\(typeName).__init__() got an unexpected keyword argument \(key)", kind: .type)
      }
      defaults[key] = value
    }
    completeOptions(&defaults)
    try validate(ParameterGroup([Tensor](), options: defaults))
    guard !groups.isEmpty, groups.count > 1 || !groups[0].parameters.isEmpty else {
      throw TensorError("optimizer got an empty parameter list", kind: .value)
    }
    for group in groups { try add(group) }
  }

  /// One group of all `parameters`.
  public convenience init(_ parameters: [Tensor], options: StateDictionary = [:]) throws {
    try self.init(groups: [ParameterGroup(parameters)], options: options)
  }

  /// The options by PyTorch's names, in its order, with its defaults.
  open class var standardOptions: StateDictionary { [:] }

  /// The class's name in PyTorch.
  public var typeName: String { String(describing: type(of: self)) }

  /// Sets options that follow from others.
  open func completeOptions(_ options: inout StateDictionary) {}

  /// Checks the options that the optimizer was made with.
  ///
  /// - Throws: ``TensorError`` in PyTorch's words for one out of range.
  open func validate(_ options: ParameterGroup) throws {}

  /// Updates the parameters of a group that have a gradient.
  open func update(_ group: ParameterGroup) throws {}

  /// Updates all parameters.
  ///
  /// - Parameter closure: computes the loss and its gradients anew; needed by ``LBFGS`` only.
  /// - Returns: what the closure returned (the first time it was called).
  @discardableResult
  open func step(_ closure: (() throws -> Double)? = nil) throws -> Double? {
    let loss = try closure.map { closure in try GradMode.with(true) { try closure() } }
    for group in groups { try update(group) }
    return loss
  }

  /// Forgets the gradients of all parameters, or makes them zero.
  public func zeroGrad(setToNone: Bool = true) throws {
    for group in groups {
      for parameter in group.parameters { try parameter.clearGrad(setToNone: setToNone) }
    }
  }

  /// Adds a group, its missing options set to ``defaults``: `add_param_group`.
  ///
  /// - Throws: ``TensorError`` for a parameter that is the result of an operation or stands in a group already.
  open func add(_ group: ParameterGroup) throws {
    for parameter in group.parameters where !parameter.isLeaf {
      throw TensorError("can't optimize a non-leaf Tensor", kind: .value)
    }
    let own = Set(group.parameters.map { ObjectIdentifier($0) })
    guard own.count == group.parameters.count else {
      throw TensorError("optimizer contains a parameter group with duplicate parameters", kind: .value)
    }
    for (key, value) in defaults where group.options[key] == nil { group.options[key] = value }
    for other in groups {
      let named = group["param_names"] != nil
      guard named == (other["param_names"] != nil) else {
        throw TensorError(
          "all optimizer param groups should be with/without names. cannot add param group \(named ? "with" : "without") names to the optimizer",
          kind: .value)
      }
      guard own.isDisjoint(with: other.parameters.map { ObjectIdentifier($0) }) else {
        throw TensorError("some parameters appear in more than one parameter group", kind: .value)
      }
    }
    groups.append(group)
  }

  /// What the optimizer remembers of `parameter`; empty before its first step.
  public func state(of parameter: Tensor) -> StateDictionary { states[ObjectIdentifier(parameter)] ?? [:] }

  /// The state of `parameter`, made by `initial` the first time.
  func state(of parameter: Tensor, initial: () throws -> StateDictionary) rethrows -> StateDictionary {
    let id = ObjectIdentifier(parameter)
    if let state = states[id], !state.isEmpty { return state }
    let state = try initial()
    states[id] = state
    return state
  }

  /// The tensor `name` of the state of `parameter`, zeros where the state does not have it yet.
  func stateTensor(_ name: StateKey, of parameter: Tensor) throws -> Tensor {
    let id = ObjectIdentifier(parameter)
    if let tensor = states[id]?[name]?.tensor { return tensor }
    let zeros = try parameter.filledLike(0)
    states[id, default: [:]][name] = .tensor(zeros)
    return zeros
  }

  /// Counts a step of `parameter` and returns its number, from 1 on.
  func advanceStep(of parameter: Tensor) throws -> Double {
    try updateNumber("step", of: parameter, initial: 0) { $0 + 1 }
  }

  /// Changes the number that the state of `parameter` keeps in a tensor of one element, and returns the new one.
  func updateNumber(
    _ name: StateKey, of parameter: Tensor, initial: Double, _ change: (Double) -> Double
  ) throws -> Double {
    let id = ObjectIdentifier(parameter)
    let known = states[id]?[name]
    let tensor: Tensor
    if case .tensor(let existing) = known {
      tensor = existing
    } else {
      let type: DType = DefaultDType.current == .float64 ? .float64 : .float32
      tensor = try Tensor.full([], .double(known?.number ?? initial), dtype: type)
      states[id, default: [:]][name] = .tensor(tensor)
    }
    let number = change(try tensor.item().double)
    guard tensor.dtype == .float32 else {
      try tensor.fillValue(number)
      return try tensor.item().double
    }
    try tensor.mutablePointer().storeBytes(of: Float(number), as: Float.self)
    return Double(Float(number))
  }
}

extension Optimizer: CustomStringConvertible {
  /// The groups' options by name, as PyTorch prints an optimizer.
  public var description: String {
    var text = typeName + " ("
    for (index, group) in groups.enumerated() {
      text += "\nParameter Group \(index)\n"
      let options = group.options.map { (name: $0.key.name, value: $0.value) }.sorted { $0.name < $1.name }
      for (name, value) in options { text += "    \(name): \(value)\n" }
    }
    return text + ")"
  }
}

extension StateKey {
  fileprivate var name: String {
    switch self {
    case .string(let text): text
    case .int(let number): String(number)
    }
  }
}

/// Throws `Invalid <what>: <value>` unless `isValid`.
func requireOption(_ isValid: Bool, _ what: String, _ value: StateValue?) throws {
  guard !isValid else { return }
  throw TensorError("Invalid \(what): \(value ?? .none)", kind: .value)
}

extension ParameterGroup {
  /// Checks that the number under `name` is not negative, as PyTorch does for most options.
  func requireNotNegative(_ name: String, _ what: String) throws {
    try requireOption(try number(name) >= 0, what, self[name])
  }

  /// Checks that both betas lie in `[0, 1)`.
  func requireBetas() throws {
    let (first, second) = try betas()
    try requireOption(first >= 0 && first < 1, "beta parameter at index 0", .double(first))
    try requireOption(second >= 0 && second < 1, "beta parameter at index 1", .double(second))
  }
}
