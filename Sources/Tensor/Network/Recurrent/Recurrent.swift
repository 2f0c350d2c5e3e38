/// What a recurrent layer computes at each step.
public enum RecurrentCell: String, Sendable {
  /// `h' = tanh(W_ih x + b_ih + W_hh h + b_hh)`.
  case tanh = "RNN_TANH"
  /// The same with a rectifier.
  case relu = "RNN_RELU"
  /// Long short-term memory, with gates in the order input, forget, cell, output.
  ///
  /// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, https://doi.org/10.1162/neco.1997.9.8.1735
  case lstm = "LSTM"
  /// The gated recurrent unit, with gates in the order reset, update, new.
  ///
  /// Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, https://arxiv.org/abs/1406.1078
  case gru = "GRU"

  /// How many parts of the hidden state's size the weights have.
  public var gateCount: Int {
    switch self {
    case .tanh, .relu: 1
    case .gru: 3
    case .lstm: 4
    }
  }
}

/// The weights of one direction of one recurrent layer, by PyTorch's names.
public struct RecurrentWeights {
  /// `[gates * hidden, input]`
  public var inputWeight: Tensor
  /// `[gates * hidden, output]`
  public var hiddenWeight: Tensor
  /// `[gates * hidden]` each
  public var inputBias, hiddenBias: Tensor?
  /// `[output, hidden]`: what makes an LSTM's output of its hidden state.
  public var projection: Tensor?

  /// Weights of the given shapes; a bias that is nil is left out, and without `projection` an LSTM's output is its hidden
  /// state.
  public init(
    inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor? = nil, hiddenBias: Tensor? = nil,
    projection: Tensor? = nil
  ) {
    self.inputWeight = inputWeight
    self.hiddenWeight = hiddenWeight
    self.inputBias = inputBias
    self.hiddenBias = hiddenBias
    self.projection = projection
  }
}

/// What a recurrent layer carries from step to step: `hidden` `[batch, output]`, and an LSTM's `cell` `[batch, hidden]`.
public struct RecurrentState {
  /// `[batch, output]`
  public var hidden: Tensor
  /// `[batch, hidden]`, of an LSTM only.
  public var cell: Tensor?

  /// - Parameter cell: needed by an LSTM.
  public init(hidden: Tensor, cell: Tensor? = nil) {
    self.hidden = hidden
    self.cell = cell
  }
}

extension Functional {
  /// One step: `nn.RNNCell`, `nn.LSTMCell` and `nn.GRUCell`.
  ///
  /// - Parameter input: `[batch, input]`
  /// - Throws: ``TensorError`` for shapes that do not go together.
  public static func recurrentStep(
    _ cell: RecurrentCell, _ input: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights
  ) throws -> RecurrentState {
    try weights.checkShapes(cell, state)
    return try cell.step(input.linear(weights.inputWeight, bias: weights.inputBias), state, weights)
  }

  /// One direction of one recurrent layer over a whole sequence.
  ///
  /// The input's share of all gates is one matrix product, and the steps are one operation of the graph.
  ///
  /// - Parameters:
  ///   - input: `[rows, input]`, the rows of all steps one after the other.
  ///   - batchSizes: how many rows each step has, none more than the step before.
  ///   - state: before the first step.
  ///   - isReversed: whether the last step comes first.
  /// - Returns: the outputs `[rows, output]`, and each row's state after its last step.
  /// - Throws: ``TensorError`` for shapes that do not go together.
  public static func recurrentLayer(
    _ cell: RecurrentCell, _ input: Tensor, batchSizes: [Int], _ state: RecurrentState, _ weights: RecurrentWeights,
    isReversed: Bool = false
  ) throws -> (output: Tensor, state: RecurrentState) {
    try weights.checkShapes(cell, state)
    var weights = weights
    var bias = weights.inputBias
    if cell == .gru {
      // The steps read it as it lies.
      let size = weights.hiddenWeight.shape[0]
      if weights.hiddenBias?.shape == [1] { weights.hiddenBias = try weights.hiddenBias?.expand([size]) }
      if let given = weights.hiddenBias?.shape, given != [size] {
        throw TensorError(
          "The expanded size of the tensor (\(size)) must match the existing size (\(given.last ?? 1)) at non-singleton dimension 1.  Target sizes: \(Shape.text([state.hidden.shape[0], size])).  Tensor sizes: \(Shape.text(given))"
        )
      }
    } else {
      // Both are only ever added up.
      bias =
        try bias.flatMap { first in try weights.hiddenBias.map { try first.add($0) } } ?? bias ?? weights.hiddenBias
      weights.hiddenBias = nil
    }
    let gates = try input.linear(weights.inputWeight, bias: bias)
    let isFalling = zip(batchSizes, batchSizes.dropFirst()).allSatisfy { $0 >= $1 }
    guard gates.rank == 2, isFalling, (batchSizes.last ?? 0) >= 0, (batchSizes.first ?? 0) == state.hidden.shape[0],
      batchSizes.reduce(0, { $0 &+ $1 }) == gates.shape[0]
    else { throw TensorError("batch_sizes do not fit the input and the state") }
    let sequence = RecurrentSequence(cell: cell, batchSizes: batchSizes, isReversed: isReversed)
    return try sequence.run(gates, state, weights)
  }
}

extension RecurrentWeights {
  /// - Throws: ``TensorError`` where the weights do not go with a state of their sizes. The input's width and the biases are
  ///   left to the operators that take them.
  fileprivate func checkShapes(_ cell: RecurrentCell, _ state: RecurrentState) throws {
    var parts = [state.hidden]
    if cell == .lstm {
      guard let before = state.cell else { throw TensorError("an LSTM's state has a cell") }
      parts.append(before)
    }
    for tensor in parts + [inputWeight, hiddenWeight] + [projection].compactMap({ $0 }) where tensor.rank != 2 {
      throw TensorError("mat2 must be a matrix, got \(tensor.rank)-D tensor")
    }
    let (batch, outputSize, size) = (parts[0].shape[0], parts[0].shape[1], parts[parts.count - 1].shape[1])
    guard parts.allSatisfy({ $0.shape[0] == batch }) else {
      throw TensorError("hidden0 has batch size \(batch), hidden1 \(parts[1].shape[0])")
    }
    guard projection != nil || outputSize == size else {
      throw TensorError("hidden1 has inconsistent hidden_size: got \(size), expected \(outputSize)")
    }
    let gateSize = try Shape.count([cell.gateCount, size])
    let products = [(hiddenWeight, outputSize, gateSize)] + (projection.map { [($0, size, outputSize)] } ?? [])
    for (matrix, inner, rows) in products where matrix.shape[1] != inner {
      throw TensorError(
        "mat1 and mat2 shapes cannot be multiplied (\(batch)x\(inner) and \(matrix.shape[1])x\(rows))")
    }
    for (name, weight) in [("weight_ih", inputWeight), ("weight_hh", hiddenWeight)] where weight.shape[0] != gateSize {
      throw TensorError(
        "\(name) first dim must be \(cell.gateCount) * hidden_size = \(gateSize), but got \(weight.shape[0])")
    }
    if let projection, projection.shape[0] != outputSize {
      throw TensorError("weight_hr first dim must be proj_size = \(outputSize), but got \(projection.shape[0])")
    }
  }
}

extension RecurrentCell {
  /// One step, from the input's share of the gates.
  func step(_ gates: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights) throws -> RecurrentState {
    let recurrent = try state.hidden.linear(weights.hiddenWeight, bias: weights.hiddenBias)
    switch self {
    case .tanh: return RecurrentState(hidden: try gates.add(recurrent).tanh())
    case .relu: return RecurrentState(hidden: try gates.add(recurrent).relu())
    case .gru:
      let (x, h) = (try gates.chunk(3, dim: -1), try recurrent.chunk(3, dim: -1))
      let (reset, update) = (try x[0].add(h[0]).sigmoid(), try x[1].add(h[1]).sigmoid())
      let new = try x[2].add(reset.mul(h[2])).tanh()
      return RecurrentState(hidden: try new.add(update.mul(state.hidden.sub(new))))
    case .lstm:
      guard let before = state.cell else { throw TensorError("an LSTM's state has a cell") }
      let parts = try gates.add(recurrent).chunk(4, dim: -1)
      let cell = try parts[1].sigmoid().mul(before).add(parts[0].sigmoid().mul(parts[2].tanh()))
      let hidden = try parts[3].sigmoid().mul(cell.tanh())
      return RecurrentState(hidden: try weights.projection.map { try hidden.linear($0) } ?? hidden, cell: cell)
    }
  }
}
