/// Derivatives of functions of tensors, each of whose elements is differentiated by a backward pass:
/// `torch.autograd.functional`.
public enum Jacobian {
  /// A function of several tensors with several results.
  public typealias Function = ([Tensor]) throws -> [Tensor]

  /// All derivatives of `function` at `inputs`: for each output and each input a tensor of shape `output.shape + input.shape`.
  ///
  /// - Parameters:
  ///   - createGraph: records the computation, for derivatives of the derivatives.
  ///   - strict: whether an output that does not depend on an input is an error, instead of zeros.
  public static func jacobian(
    of function: Function, at inputs: [Tensor], createGraph: Bool = false, strict: Bool = false
  ) throws -> [[Tensor]] {
    try GradMode.with(true) {
      let inputs = try inputs.map { try prepared($0, createGraph) }
      let outputs = try function(inputs)
      return try outputs.enumerated().map { position, output in
        try rows(of: output, position, inputs, createGraph, strict)
      }
    }
  }

  /// The second derivatives of a function with one result of one element: for each two inputs a tensor of shape
  /// `first.shape + second.shape`.
  ///
  /// - Throws: ``TensorError`` for a function with another result.
  public static func hessian(
    of function: Function, at inputs: [Tensor], createGraph: Bool = false, strict: Bool = false
  ) throws -> [[Tensor]] {
    try jacobian(
      of: { inputs in
        let outputs = try function(inputs)
        guard outputs.count == 1, let output = outputs.first, output.count == 1 else {
          throw TensorError("The Tensor returned by the function given to hessian should contain a single element")
        }
        return try rows(of: try output.reshape([]), 0, inputs, true, strict)
      }, at: inputs, createGraph: createGraph, strict: strict)
  }

  /// The input as a tensor that gradients can be asked for, with its history where they shall have one.
  static func prepared(_ input: Tensor, _ createGraph: Bool) throws -> Tensor {
    if createGraph && input.requiresGrad { return try input.view(input.shape) }
    let leaf = try input.detach()
    try leaf.setRequiresGrad(true)
    return leaf
  }

  /// The derivatives of one output with respect to each input.
  private static func rows(
    of output: Tensor, _ position: Int, _ inputs: [Tensor], _ createGraph: Bool, _ strict: Bool
  ) throws -> [Tensor] {
    var rows = inputs.map { _ in [Tensor]() }
    let elements = output.requiresGrad ? try output.reshape([-1]) : nil
    for index in 0..<output.count {
      let found =
        try elements.map { elements in
          try Autograd.gradients(
            of: [elements.select(0, index)], withRespectTo: inputs, retainGraph: true, createGraph: createGraph,
            allowUnused: true)
        } ?? inputs.map { _ in nil }
      for (input, gradient) in found.enumerated() {
        if gradient == nil, strict {
          throw TensorError(
            "Output \(position) of the user-provided function is independent of input \(input). This is not allowed in strict mode."
          )
        }
        rows[input].append(try gradient ?? Tensor.zeros(inputs[input].shape, dtype: inputs[input].dtype))
      }
    }
    return try zip(inputs, rows).map { input, rows in
      guard !rows.isEmpty else { return try Tensor.zeros(output.shape + input.shape, dtype: input.dtype) }
      return try Tensor.stack(rows).view(output.shape + input.shape)
    }
  }
}
