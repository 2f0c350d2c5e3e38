import OrderedCollections
import Tensor

/// Parameters that an optimizer changes with the same options.
public final class ParameterGroup {
  public internal(set) var parameters: [Tensor]
  /// Options by PyTorch's names, such as `lr`; what is missing is filled in from the optimizer's defaults.
  public var options: OrderedDictionary<String, OptimizerValue>

  public init(_ parameters: [Tensor], options: OrderedDictionary<String, OptimizerValue> = [:]) {
    self.parameters = parameters
    self.options = options
  }

  public subscript(name: String) -> OptimizerValue {
    get { options[name] ?? .none }
    set { options[name] = newValue }
  }

  /// The learning rate.
  public var learningRate: Double {
    get { double("lr") }
    set { options["lr"] = .double(newValue) }
  }

  /// A number among the options; 0 where it is none.
  func double(_ name: String) -> Double { options[name]?.double ?? 0 }

  func bool(_ name: String) -> Bool { options[name]?.bool ?? false }

  /// A pair of numbers among the options, such as `betas`.
  func pair(_ name: String) -> (Double, Double) {
    let values = options[name]?.elements?.compactMap(\.double) ?? []
    return values.count == 2 ? (values[0], values[1]) : (0, 0)
  }
}
