/// What a loss does with the losses of the elements.
public enum LossReduction: String, Sendable {
  /// They stay as they are, or become their mean or their sum.
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

  /// Both operands of an element-wise loss in their common shape.
  func broadcast(with other: Tensor) throws -> (Tensor, Tensor) {
    let shape = try Shape.broadcast(self.shape, other.shape)
    return (try expand(shape), try other.expand(shape))
  }

  /// Both operands in their common type, which has to be a floating point one.
  ///
  /// - Parameter kernel: what the complaint about other types calls the loss.
  func promoted(with other: Tensor, _ kernel: String) throws -> (Tensor, Tensor) {
    let type = try resultType(self, other)
    guard type.isFloatingPoint else { throw notImplemented(kernel, type) }
    return (try to(type), try other.to(type))
  }

  /// - Throws: ``TensorError`` where operations are recorded and this argument of `function` asks for a gradient that there
  ///   is none of.
  func refuseGradient(_ function: String, _ argument: String) throws {
    guard needsGradient(self) else { return }
    throw TensorError(
      "The function '\(function)' is not differentiable with respect to argument '\(argument)'. This input cannot have requires_grad True."
    )
  }
}
