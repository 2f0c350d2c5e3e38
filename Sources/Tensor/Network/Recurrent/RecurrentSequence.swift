/// The steps of one direction of one recurrent layer.
struct RecurrentSequence {
  let cell: RecurrentCell
  let batchSizes: [Int]
  let isReversed: Bool

  /// For each step, in the order of computation, its rows: where they begin and how many they are.
  var steps: [(start: Int, count: Int)] {
    var start = 0
    let steps = batchSizes.map { count in
      defer { start += count }
      return (start, count)
    }
    return isReversed ? steps.reversed() : steps
  }

  /// - Parameter gates: the input's share of the gates, `[rows, gates * hidden]`.
  func run(
    _ gates: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights
  ) throws -> (output: Tensor, state: RecurrentState) {
    switch gates.dtype {
    case .float32: return try run(gates, state, weights, Float.self)
    case .float64: return try run(gates, state, weights, Double.self)
    default: return try compose(gates, state, weights)
    }
  }

  /// The steps by operators, whose gradients can be differentiated again.
  private func compose(
    _ gates: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights
  ) throws -> (output: Tensor, state: RecurrentState) {
    var state = state
    var outputs: [Tensor] = []
    for (start, count) in steps {
      let active = RecurrentState(
        hidden: try state.hidden.narrow(0, 0, count), cell: try state.cell?.narrow(0, 0, count))
      let new = try cell.step(gates.narrow(0, start, count), active, weights)
      outputs.append(new.hidden)
      func replaced(_ old: Tensor, _ new: Tensor) throws -> Tensor {
        let rest = old.shape[0] - count
        return rest == 0 ? new : try Tensor.cat([new, old.narrow(0, count, rest)])
      }
      state = RecurrentState(
        hidden: try replaced(state.hidden, new.hidden), cell: try new.cell.map { try replaced(state.cell ?? $0, $0) })
    }
    return (try Tensor.cat(isReversed ? outputs.reversed() : outputs), state)
  }

  private func run<T: BLASElement>(
    _ gates: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights, _ type: T.Type
  ) throws -> (output: Tensor, state: RecurrentState) {
    let present = [gates, state.hidden, state.cell, weights.hiddenWeight, weights.hiddenBias, weights.projection]
    let inputs = present.compactMap { $0 }
    guard inputs.allSatisfy({ $0.dtype == T.dtype }) else {
      throw TensorError(
        "expected the state and the weights of a recurrent layer to be \(T.dtype.name), as the input is")
    }
    let isRecorded = needsGradient(inputs)
    let pass = try RecurrentPass<T>(self, gates, state, weights, isSaving: isRecorded)
    try pass.run()
    let result = (output: pass.output, state: RecurrentState(hidden: pass.hidden, cell: pass.cell))
    guard isRecorded else { return result }
    let outputs = [pass.output, pass.hidden, pass.cell].compactMap { $0 }
    let saved = inputs.map { SavedTensor($0) }
    record("RecurrentBackward0", inputs: inputs, outputs: outputs) { gradients, needs in
      let inputs = try saved.map { try $0() }
      guard !GradMode.isEnabled else { return try self.differentiate(inputs, state, weights, gradients, needs) }
      let found = try pass.gradients(
        output: gradients[0], hidden: gradients[1], cell: gradients.count > 2 ? gradients[2] : nil)
      return zip(present, found).filter { $0.0 != nil }.map { $0.1 }
    }
    return result
  }

  /// The gradients with their own history: those of the same steps by operators.
  private func differentiate(
    _ inputs: [Tensor], _ state: RecurrentState, _ weights: RecurrentWeights, _ gradients: [Tensor?],
    _ needs: GradientNeeds
  ) throws -> [Tensor?] {
    let (output, last) = try compose(inputs[0], state, weights)
    let outputs = zip([output, last.hidden, last.cell].compactMap { $0 }, gradients).filter { $0.1 != nil }
    let wanted = inputs.indices.filter { needs[$0] }
    let found = try Autograd.gradients(
      of: outputs.map(\.0), withRespectTo: wanted.map { inputs[$0] }, gradients: outputs.map(\.1), createGraph: true,
      allowUnused: true)
    var result = [Tensor?](repeating: nil, count: inputs.count)
    for (position, gradient) in zip(wanted, found) { result[position] = gradient }
    return result
  }
}
