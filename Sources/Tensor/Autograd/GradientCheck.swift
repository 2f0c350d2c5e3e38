/// Holds the gradients of a function against differences of its values: `torch.autograd.gradcheck`.
public struct GradientCheck {
  /// The step of the differences.
  public var step = 1e-6
  /// How far gradients may be from differences: `absolute + relative * |difference|`.
  public var absoluteTolerance = 1e-5
  /// The part of ``absoluteTolerance``'s formula that grows with the difference.
  public var relativeTolerance = 1e-3
  /// How far two backward passes may be from each other.
  public var nondeterminismTolerance = 0.0

  /// PyTorch's step and tolerances.
  public init() {}

  /// Says what is wrong with the gradients of `function` at `inputs`; nil if nothing is.
  ///
  /// The derivatives are compared one by one: inputs and outputs should be small, and float64.
  /// - Throws: ``TensorError`` where no input requires gradients.
  public func problem(of function: Jacobian.Function, at inputs: [Tensor]) throws -> String? {
    let wanted = inputs.indices.filter { inputs[$0].requiresGrad }
    guard !wanted.isEmpty else {
      throw TensorError(
        "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True.",
        kind: .value)
    }
    // The differences change the inputs in place, and so come before the operations that are recorded.
    var numerical: [Int: [Tensor]] = [:]
    for index in wanted { numerical[index] = try differences(of: function, inputs, index) }
    let outputs = try GradMode.with(true) { try function(inputs) }.filter { $0.dtype.isFloatingPoint }
    // Inputs without elements have no differences.
    for index in wanted where inputs[index].count > 0 && numerical[index]?.count != outputs.count {
      throw Self.changingOutputs
    }
    func difference(_ index: Int, _ position: Int) -> Tensor? {
      numerical[index].flatMap { position < $0.count ? $0[position] : nil }
    }
    for (position, output) in outputs.enumerated() {
      guard output.requiresGrad else {
        for index in wanted {
          guard let expected = difference(index, position), try expected.ne(0).any().item().bool else { continue }
          return "Numerical gradient for function expected to be zero"
        }
        continue
      }
      let analytical = try gradients(of: output, wanted.map { inputs[$0] })
      let again = try gradients(of: output, wanted.map { inputs[$0] })
      for (place, index) in wanted.enumerated() {
        guard let expected = difference(index, position) else { continue }
        guard
          try analytical[place].allclose(expected, rtol: relativeTolerance, atol: absoluteTolerance, equalNaN: false)
        else {
          return
            "Jacobian mismatch for output \(position) with respect to input \(index),\nnumerical:\(try expected.text())\nanalytical:\(try analytical[place].text())\n"
        }
        guard try analytical[place].allclose(again[place], rtol: 0, atol: nondeterminismTolerance, equalNaN: true)
        else {
          return
            "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism was \(nondeterminismTolerance)."
        }
      }
    }
    return nil
  }

  /// As ``problem(of:at:)`` for the gradients of the gradients: `torch.autograd.gradgradcheck`.
  ///
  /// - Parameter gradients: of the outputs; nil: normal random numbers.
  public func secondOrderProblem(
    of function: @escaping Jacobian.Function, at inputs: [Tensor], gradients: [Tensor]? = nil
  ) throws -> String? {
    let outputs = try function(inputs).filter { $0.requiresGrad }
    let given =
      try gradients
      ?? outputs.map { output in
        let random = try Tensor.randn(output.shape, dtype: output.dtype)
        try random.setRequiresGrad(true)
        return random
      }
    return try problem(
      of: { all in
        let inputs = Array(all.prefix(inputs.count))
        let outputs = try function(inputs).filter { $0.requiresGrad }
        return try Autograd.gradients(
          of: outputs, withRespectTo: inputs.filter { $0.requiresGrad }, gradients: Array(all.dropFirst(inputs.count)),
          createGraph: true, allowUnused: true
        ).compactMap { $0 }
      }, at: inputs + given)
  }

  private static var changingOutputs: TensorError {
    TensorError("gradcheck expects the function to give as many outputs each time", kind: .index)
  }

  /// For each output the derivatives with respect to input `index`: a row for each of the input's elements.
  private func differences(
    of function: Jacobian.Function, _ inputs: [Tensor], _ index: Int
  ) throws -> [Tensor] {
    let memory = try inputs[index].detach()
    let original = try memory.clone()
    var rows: [[Tensor]] = []
    func collect(_ element: Int) throws {
      func values(_ change: Double) throws -> [Tensor] {
        let changed = try original.clone().contiguous()
        let place = try changed.view([-1]).select(0, element)
        try place.copyInPlace(place.add(Tensor.wrapped(.double(change))))
        try memory.copyInPlace(changed)
        // The function may give its input back, which changes again.
        return try function(inputs).filter { $0.dtype.isFloatingPoint }.map { try $0.detach().clone() }
      }
      let (above, below) = (try values(step), try values(-step))
      if element == 0 { rows = above.map { _ in [] } }
      guard above.count == rows.count, below.count == rows.count else {
        throw Self.changingOutputs
      }
      for (output, pair) in zip(above, below).enumerated() {
        rows[output].append(try pair.0.sub(pair.1).div(2 * step).reshape([-1]))
      }
    }
    do {
      for element in 0..<memory.count { try collect(element) }
    } catch {
      try memory.copyInPlace(original)
      throw error
    }
    try memory.copyInPlace(original)
    return try rows.map { try Tensor.stack($0) }
  }

  /// For each input the derivatives of an output with respect to it: a row for each of the input's elements.
  private func gradients(of output: Tensor, _ inputs: [Tensor]) throws -> [Tensor] {
    var columns = inputs.map { _ in [Tensor]() }
    for element in 0..<output.count {
      let selected = try Tensor.zeros([output.count], dtype: output.dtype)
      try selected.select(0, element).copyInPlace(Tensor.wrapped(.double(1)))
      let found = try Autograd.gradients(
        of: [output], withRespectTo: inputs, gradients: [selected.view(output.shape)], retainGraph: true,
        allowUnused: true)
      for (place, gradient) in found.enumerated() {
        let gradient = try gradient ?? Tensor.zeros(inputs[place].shape, dtype: inputs[place].dtype)
        columns[place].append(try gradient.detach().reshape([-1]))
      }
    }
    return try columns.map { try Tensor.stack($0, dim: 1) }
  }
}
