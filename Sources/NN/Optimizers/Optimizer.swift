import OrderedCollections
import Tensor

/// Changes parameters along their gradients.
///
/// ```swift
/// let optimizer = try SGD(net.parameters(), learningRate: 0.01, momentum: 0.9)
/// try optimizer.zeroGrad()
/// try Autograd.backward([loss])
/// try optimizer.step()
/// ```
open class Optimizer {
  /// Options of groups that do not say otherwise, by PyTorch's names.
  public let defaults: OrderedDictionary<String, OptimizerValue>
  public private(set) var groups: [ParameterGroup] = []
  /// What the optimizer remembers of each parameter, by PyTorch's names.
  var state: [ObjectIdentifier: OrderedDictionary<String, OptimizerValue>] = [:]

  public typealias Closure = () throws -> Tensor

  /// - Throws: ``TensorError`` for no parameters, results of operations among them, or options out of range.
  public init(_ groups: [ParameterGroup], defaults: OrderedDictionary<String, OptimizerValue>) throws {
    self.defaults = defaults
    guard groups.contains(where: { !$0.parameters.isEmpty }) || groups.count > 1 else {
      throw TensorError("optimizer got an empty parameter list", kind: .value)
    }
    for group in groups { try add(group) }
  }

  /// The name of the class, as it is printed.
  open var typeName: String { String(describing: type(of: self)) }

  /// Adds parameters, such as layers that are trained from now on: `add_param_group`.
  public func add(_ group: ParameterGroup) throws {
    for parameter in group.parameters where !parameter.isLeaf {
      throw TensorError("can't optimize a non-leaf Tensor", kind: .value)
    }
    let known = Set(groups.flatMap { $0.parameters.map { ObjectIdentifier($0) } })
    guard known.isDisjoint(with: group.parameters.map { ObjectIdentifier($0) }) else {
      throw TensorError("some parameters appear in more than one parameter group", kind: .value)
    }
    for (name, value) in defaults where group.options[name] == nil { group.options[name] = value }
    groups.append(group)
  }

  /// Changes the parameters of one group by their gradients. Runs with recording switched off.
  open func update(_ group: ParameterGroup) throws {}

  /// Changes all parameters that have gradients.
  ///
  /// - Parameter closure: computes the loss anew, with gradients.
  /// - Returns: the closure's loss.
  @discardableResult
  open func step(_ closure: Closure? = nil) throws -> Tensor? {
    let loss = try closure.map { closure in try GradMode.with(true) { try closure() } }
    try GradMode.with(false) {
      for group in groups { try update(group) }
    }
    return loss
  }

  /// Clears the gradients of all parameters.
  public func zeroGrad(setToNone: Bool = true) throws {
    for group in groups {
      for parameter in group.parameters { try parameter.clearGrad(setToNone: setToNone) }
    }
  }

  /// What is remembered of `parameter`.
  public func state(of parameter: Tensor) -> OrderedDictionary<String, OptimizerValue> {
    state[ObjectIdentifier(parameter)] ?? [:]
  }

  /// Parameters of `group` with gradients.
  func active(_ group: ParameterGroup) -> [(parameter: Tensor, grad: Tensor)] {
    group.parameters.compactMap { parameter in parameter.grad.map { (parameter, $0) } }
  }

  /// A tensor of the state, made by `make` when it is first asked for.
  func stateTensor(_ parameter: Tensor, _ name: String, _ make: () throws -> Tensor) throws -> Tensor {
    if let tensor = state[ObjectIdentifier(parameter)]?[name]?.tensor { return tensor }
    let tensor = try make()
    state[ObjectIdentifier(parameter), default: [:]][name] = .tensor(tensor)
    return tensor
  }

  /// A tensor of the state that begins as zeros.
  func stateTensor(_ parameter: Tensor, _ name: String) throws -> Tensor {
    try stateTensor(parameter, name) { try Tensor.zeros(parameter.shape, dtype: parameter.dtype) }
  }

  /// A number that the state keeps in a float32 tensor, after `change`.
  func updateNumber(
    _ parameter: Tensor, _ name: String, from initial: Double = 0, _ change: (Double) -> Double
  ) throws -> Double {
    let tensor = try stateTensor(parameter, name) { try Tensor.full([], .double(initial), dtype: .float32) }
    let value = change(try tensor.item().double)
    try tensor.copyInPlace(try Tensor.full([], .double(value), dtype: tensor.dtype))
    return try tensor.item().double
  }

  /// Counts a step of `parameter` and returns its number, from 1.
  func countStep(_ parameter: Tensor) throws -> Double { try updateNumber(parameter, "step") { $0 + 1 } }

  /// Throws a `ValueError` in PyTorch's words unless `value` is in range.
  static func require(_ condition: Bool, _ text: String, _ value: Double) throws {
    guard condition else { throw TensorError("\(text): \(pythonText(value))", kind: .value) }
  }
}

extension Optimizer: CustomStringConvertible {
  /// As PyTorch prints it: the options of each group in the order of their names.
  public var description: String {
    var text = typeName + " ("
    for (index, group) in groups.enumerated() {
      text += "\nParameter Group \(index)\n"
      for name in group.options.keys.sorted() { text += "    \(name): \(group[name])\n" }
    }
    return text + ")"
  }
}
