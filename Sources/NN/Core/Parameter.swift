import Tensor

/// Makes `tensor` a parameter: registers itself where a module stores it, and takes gradients if `requiresGrad`.
///
/// The parameter shares the tensor's memory but none of its history, as `nn.Parameter` does.
///
/// - Throws: ``TensorError`` for a type that takes no gradients.
public func parameter(_ tensor: Tensor, requiresGrad: Bool = true) throws -> Tensor {
  guard !requiresGrad || tensor.dtype.isFloatingPoint || tensor.dtype.isComplex else {
    throw TensorError("Only Tensors of floating point and complex dtype can require gradients")
  }
  let parameter = try tensor.detach()
  try parameter.setRequiresGrad(requiresGrad)
  parameter.isParameter = true
  return parameter
}

extension Module {
  /// Registers a parameter whose values ``resetParameters()`` sets, or its name alone where `shape` is nil.
  func register(parameter name: String, shape: [Int]?, dtype: DType?) throws {
    try register(
      parameter: name,
      try shape.map { try NN.parameter(try Tensor.undefined($0, dtype ?? DefaultDType.current)) })
  }
}
