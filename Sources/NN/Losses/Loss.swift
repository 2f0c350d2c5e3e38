import Tensor

/// What all losses share: how the loss of all elements becomes one number.
open class Loss: Module {
  /// How the losses of all elements become the result: their mean, their sum, or each by itself.
  public let reduction: LossReduction

  /// - Parameter reduction: how the losses of all elements become the result.
  public init(reduction: LossReduction = .mean) { self.reduction = reduction }

  /// The loss's own options.
  open var options: Attributes { [] }

  public final override var attributes: Attributes { [("reduction", .string(reductionName))] + options }

  /// The name of the reduction.
  open var reductionName: String { reduction.rawValue }
}

/// What the losses of a prediction and a target share. One more is a subclass with ``callAsFunction(_:_:)``, and
/// ``Loss/options`` if it has any.
open class PairLoss: Loss {
  /// The loss of `input` with respect to `target`.
  open func callAsFunction(_ input: Tensor, _ target: Tensor) throws -> Tensor {
    throw TensorError("Module [\(typeName)] is missing the required \"forward\" function", kind: .notImplemented)
  }

  public final override var inputNames: [String]? { ["input", "target"] }

  public final override func forward(_ inputs: [Value]) throws -> [Value] {
    let input = try inputs.requiredTensor(0, "input", of: self)
    return [.tensor(try self(input, try inputs.requiredTensor(1, "target", of: self)))]
  }
}

/// What the losses of three tensors share.
open class TripleLoss: Loss {
  /// The names of the tensors.
  class var names: [String] { ["input1", "input2", "target"] }

  /// The loss of three tensors, in the order of the subclass's formula.
  open func callAsFunction(_ first: Tensor, _ second: Tensor, _ third: Tensor) throws -> Tensor {
    throw TensorError("Module [\(typeName)] is missing the required \"forward\" function", kind: .notImplemented)
  }

  public final override var inputNames: [String]? { type(of: self).names }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    let tensors = try type(of: self).names.enumerated().map { try inputs.requiredTensor($0, $1, of: self) }
    return [.tensor(try self(tensors[0], tensors[1], tensors[2]))]
  }
}
