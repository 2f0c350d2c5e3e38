import Tensor
import TestSupport
import Testing

/// A recurrent layer's whole sequence is one operation: it gives what its steps give one by one, with the same gradients and
/// gradients of gradients.
@Suite struct RecurrentTests {
  /// Sequences of lengths 3, 2 and 1, of 2 features, into a state of 3.
  private struct Problem {
    let cell: RecurrentCell
    let leaves: [Tensor]
    let batchSizes = [3, 2, 1]

    init(_ cell: RecurrentCell) throws {
      self.cell = cell
      let gates = cell.gateCount * 3
      let generator = Generator(seed: 5)
      leaves = try [[6, 2], [3, 3], [3, 3], [gates, 2], [gates, 3], [gates], [gates]].map { shape in
        let leaf = try Tensor.randn(shape, dtype: .float64, generator: generator)
        try leaf.setRequiresGrad(true)
        return leaf
      }
    }

    var state: RecurrentState { RecurrentState(hidden: leaves[1], cell: cell == .lstm ? leaves[2] : nil) }
    var weights: RecurrentWeights {
      RecurrentWeights(
        inputWeight: leaves[3], hiddenWeight: leaves[4], inputBias: leaves[5], hiddenBias: leaves[6])
    }

    func atOnce(isReversed: Bool) throws -> [Tensor] {
      let result = try Functional.recurrentLayer(
        cell, leaves[0], batchSizes: batchSizes, state, weights, isReversed: isReversed)
      return [result.output, result.state.hidden] + (result.state.cell.map { [$0] } ?? [])
    }

    func stepByStep(isReversed: Bool) throws -> [Tensor] {
      var states = try (0..<3).map { row in
        RecurrentState(hidden: try state.hidden.narrow(0, row, 1), cell: try state.cell?.narrow(0, row, 1))
      }
      let starts = [0, 3, 5]
      var outputs = [Tensor?](repeating: nil, count: 6)
      for step in isReversed ? [2, 1, 0] : [0, 1, 2] {
        for row in 0..<batchSizes[step] {
          let input = try leaves[0].narrow(0, starts[step] + row, 1)
          states[row] = try Functional.recurrentStep(cell, input, states[row], weights)
          outputs[starts[step] + row] = states[row].hidden
        }
      }
      let cells = states.compactMap(\.cell)
      return [try Tensor.cat(outputs.compactMap { $0 }), try Tensor.cat(states.map(\.hidden))]
        + (cells.isEmpty ? [] : [try Tensor.cat(cells)])
    }

    /// The results, their gradients, and the gradients of those.
    func derivatives(of results: [Tensor]) throws -> [[Double]] {
      func total(_ tensors: [Tensor]) throws -> Tensor {
        try tensors.dropFirst().reduce(tensors[0].pow(3).sum()) { try $0.add($1.pow(3).sum()) }
      }
      let used = leaves.indices.filter { $0 != 2 || cell == .lstm }.map { leaves[$0] }
      let first = try Autograd.gradients(of: [total(results)], withRespectTo: used, createGraph: true)
      let second = try Autograd.gradients(of: [total(first.compactMap { $0 })], withRespectTo: used)
      return try (results + (first + second).compactMap { $0 }).map { try $0.detach().doubles() }
    }
  }

  @Test(arguments: [RecurrentCell.tanh, .relu, .lstm, .gru], [false, true])
  func agreesWithItsSteps(cell: RecurrentCell, isReversed: Bool) throws {
    let problem = try Problem(cell)
    let found = try problem.derivatives(of: problem.atOnce(isReversed: isReversed))
    let expected = try problem.derivatives(of: problem.stepByStep(isReversed: isReversed))
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) { #expect(isClose(a, b, relative: 1e-9, absolute: 1e-9)) }
  }

  @Test func anotherTypeIsAnError() throws {
    let problem = try Problem(.gru)
    let state = RecurrentState(hidden: try Tensor.zeros([3, 3], dtype: .float32))
    #expect(throws: TensorError.self) {
      try Functional.recurrentLayer(.gru, problem.leaves[0], batchSizes: [3, 2, 1], state, problem.weights)
    }
  }
}
