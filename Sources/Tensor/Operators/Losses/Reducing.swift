/// What a loss does with the losses of the elements.
public enum LossReduction: String, Sendable {
  case none, mean, sum
}

extension Tensor {
  /// The elements' losses as they are, their mean, or their sum.
  func reduced(_ reduction: LossReduction) throws -> Tensor {
    switch reduction {
    case .none: self
    case .mean: try mean()
    case .sum: try sum()
    }
  }
}
