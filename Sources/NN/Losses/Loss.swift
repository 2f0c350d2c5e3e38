import Tensor

/// What the losses share: two inputs, a prediction and a target, and how the loss of all elements becomes one number.
open class Loss: Module {
  public let reduction: LossReduction

  public init(reduction: LossReduction = .mean) { self.reduction = reduction }

  /// The loss of `input` with respect to `target`.
  open func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    throw TensorError("Module [\(typeName)] is missing the required \"forward\" function", kind: .notImplemented)
  }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    let input = try inputs.requiredTensor(0, "input", of: self)
    return [.tensor(try self(input, try inputs.requiredTensor(1, "target", of: self)))]
  }

  open override var attributes: [(name: String, value: Attribute)] { [("reduction", .string(reduction.rawValue))] }
}

/// The mean squared difference: `(x - y)^2`.
public final class MSELoss: Loss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.mseLoss(target, reduction: reduction)
  }
}

/// The mean absolute difference: `|x - y|`.
public final class L1Loss: Loss {
  public override func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    try input.l1Loss(target, reduction: reduction)
  }
}
