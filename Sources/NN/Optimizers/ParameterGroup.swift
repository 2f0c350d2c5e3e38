import OrderedCollections
import Tensor

/// Parameters that an optimizer treats alike, and the options for them: an element of `param_groups`.
///
/// Options are PyTorch's, by its names: `group["lr"] = 0.01`. Whoever changes one changes the next step.
public final class ParameterGroup {
  /// The parameters, in the order that the optimizer's state dict counts them in.
  public internal(set) var parameters: [Tensor]
  /// Everything but the parameters, in order.
  public internal(set) var options: StateDictionary

  /// - Parameter options: those that differ from the optimizer's own.
  public init(_ parameters: [Tensor], options: StateDictionary = [:]) {
    self.parameters = parameters
    self.options = options
  }

  /// Named parameters; the names go into the optimizer's state dict.
  public convenience init(_ parameters: [(String, Tensor)], options: StateDictionary = [:]) {
    self.init(parameters.map(\.1), options: options)
    self.options["param_names"] = .list(parameters.map { .string($0.0) })
  }

  /// The option `name`; nil where there is none.
  public subscript(name: String) -> StateValue? {
    get { options[.string(name)] }
    set { options[.string(name)] = newValue }
  }

  /// The learning rate, `lr`.
  public func learningRate() throws -> Double { try number("lr") }

  /// Changes the learning rate; where it is a tensor, the tensor's value.
  public func setLearningRate(_ value: Double) throws {
    if case .tensor(let tensor) = self["lr"] {
      try tensor.fillValue(value)
    } else {
      self["lr"] = .double(value)
    }
  }

  /// The number under `name`.
  ///
  /// - Throws: ``TensorError`` where there is none.
  public func number(_ name: String) throws -> Double {
    guard let number = self[name]?.number else { throw wrongOption(name, "a number") }
    return number
  }

  /// Whether option `name` is set to something true.
  public func isOn(_ name: String) -> Bool { self[name]?.isTrue ?? false }

  /// The two numbers under `betas`.
  public func betas() throws -> (Double, Double) {
    guard let numbers = self["betas"]?.numbers, numbers.count == 2 else {
      throw wrongOption("betas", "a pair of numbers")
    }
    return (numbers[0], numbers[1])
  }

  private func wrongOption(_ name: String, _ expected: String) -> TensorError {
    let got = self[name].map { "got \($0)" } ?? "there is none"
    return TensorError("option '\(name)' of a parameter group must be \(expected), but \(got)", kind: .type)
  }
}

extension Tensor {
  /// Writes `value` to every element, past autograd.
  func fillValue(_ value: Double) throws {
    try GradMode.with(false) { _ = try fillInPlace(Scalar.double(value)) }
  }

  /// A tensor of this one's shape, type and memory order whose elements are all `value`.
  func filledLike(_ value: Double) throws -> Tensor {
    let result = try emptyLike()
    try result.fillValue(value)
    return result
  }
}
