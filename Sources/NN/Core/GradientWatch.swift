import Tensor

/// Shows the gradients that enter and leave a module in a backward pass to the module's hooks, for one run of the module.
///
/// Inputs and outputs pass through operations that change nothing, whose gradients are seen there.
final class GradientWatch {
  private let module: Module
  private let hooks: ModuleHooks
  private var inputCount = 0
  private var watchesInputs = false
  private var outputGradients: [Tensor?]?

  init(_ module: Module, _ hooks: ModuleHooks) {
    self.module = module
    self.hooks = hooks
  }

  /// The inputs, watched.
  func inputs(_ values: [Value]) throws -> [Value] {
    inputCount = values.count
    return try pass(values) { [self] gradients in
      guard let outputGradients else {
        throw TensorError(
          "Module backward hook for grad_input is called before the grad_output one. This happens because the gradient in your nn.Module flows to the Module's input without passing through the Module's output. Make sure that the output depends on the input and that the loss is computed based on the output."
        )
      }
      let replaced = try callHooks(gradients, outputGradients)
      self.outputGradients = nil
      return replaced
    } isRecorded: { [self] in
      watchesInputs = true
    }
  }

  /// The outputs, watched.
  func outputs(_ values: [Value]) throws -> [Value] {
    try pass(values) { [self] gradients in
      var gradients = gradients
      for hook in hooks.backwardBefore.values {
        guard let replaced = try hook(module, gradients) else { continue }
        guard replaced.count == gradients.count else {
          throw TensorError(
            "Backward pre hook returned an invalid number of grad_output, got \(replaced.count), but expected \(gradients.count)"
          )
        }
        gradients = replaced
      }
      outputGradients = gradients
      if !watchesInputs {
        let none = [Tensor?](repeating: nil, count: inputCount)
        guard try callHooks(none, gradients).allSatisfy({ $0 == nil }) else {
          throw TensorError(
            "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
          )
        }
      }
      return gradients
    } isRecorded: {
    }
  }

  private func callHooks(_ inputs: [Tensor?], _ outputs: [Tensor?]) throws -> [Tensor?] {
    try hooks.backward.values.reduce(inputs) { inputs, hook in
      guard let replaced = try hook(module, inputs, outputs) else { return inputs }
      guard replaced.count == inputs.count else {
        throw TensorError(
          "Backward hook returned an invalid number of grad_input, got \(replaced.count), but expected \(inputs.count)")
      }
      return replaced
    }
  }

  /// Passes the tensors of `values` through an operation with a gradient for each value.
  private func pass(
    _ values: [Value], gradient: @escaping ([Tensor?]) throws -> [Tensor?], isRecorded: () -> Void
  ) throws -> [Value] {
    let positions = values.indices.filter { values[$0].tensor != nil }
    let tensors = values.compactMap(\.tensor)
    let operation = CustomOperation("BackwardHookFunction", inputs: tensors, outputs: tensors)
    guard operation.needsRecording else { return values }
    isRecorded()
    let count = values.count
    let recorded = try operation.record { found, _ in
      var all = [Tensor?](repeating: nil, count: count)
      for (position, tensor) in zip(positions, found) { all[position] = tensor }
      let results = try gradient(all)
      return positions.map { results[$0] }
    }
    var result = values
    for (position, tensor) in zip(positions, recorded.outputs) {
      if let tensor { result[position] = .tensor(tensor) }
    }
    return result
  }
}
