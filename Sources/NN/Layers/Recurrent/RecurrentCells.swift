import Tensor

/// What the layers share that compute one step: input `[N, inputSize]` or `[inputSize]`, state `[N, hiddenSize]` or
/// `[hiddenSize]`.
open class RecurrentStep: Module {
  /// What a step computes.
  public let cell: RecurrentCell
  /// The size of the input's last dimension.
  public let inputSize: Int
  /// The size of the state's last dimension.
  public let hiddenSize: Int
  /// Whether both maps of a step have a bias.
  public let hasBias: Bool

  init(_ cell: RecurrentCell, _ inputSize: Int, _ hiddenSize: Int, bias: Bool, dtype: DType?) throws {
    self.cell = cell
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    hasBias = bias
    super.init()
    let gateSize = try Shape.count([cell.gateCount, hiddenSize])
    try register(parameter: "weight_ih", shape: [gateSize, inputSize], dtype: dtype)
    try register(parameter: "weight_hh", shape: [gateSize, hiddenSize], dtype: dtype)
    try register(parameter: "bias_ih", shape: bias ? [gateSize] : nil, dtype: dtype)
    try register(parameter: "bias_hh", shape: bias ? [gateSize] : nil, dtype: dtype)
    try resetParameters()
  }

  open override func resetParameters() throws { try resetUniformly(size: hiddenSize) }

  open override var inputNames: [String]? { ["input", "hx"] }

  /// - Parameter state: zeros by default.
  public func callAsFunction(_ input: Tensor, _ state: RecurrentState? = nil) throws -> RecurrentState {
    func checkRank(_ name: String, _ tensor: Tensor) throws {
      guard tensor.rank == 1 || tensor.rank == 2 else {
        throw TensorError("\(typeName): Expected \(name) to be 1D or 2D, got \(tensor.rank)D instead", kind: .value)
      }
    }
    try checkRank("input", input)
    if let state {
      try checkRank(cell == .lstm ? "hx[0]" : "hidden", state.hidden)
      try state.cell.map { try checkRank("hx[1]", $0) }
    }
    let isBatched = input.rank == 2
    func batched(_ tensor: Tensor) throws -> Tensor { isBatched ? tensor : try tensor.unsqueeze(0) }
    let rows = try batched(input)
    let zeros = try Tensor.zeros([rows.shape[0], hiddenSize], dtype: input.dtype)
    let before = RecurrentState(
      hidden: try state.map { try batched($0.hidden) } ?? zeros,
      cell: cell == .lstm ? try state?.cell.map { try batched($0) } ?? zeros : nil)
    try checkSizes(rows, before)
    let weights = RecurrentWeights(
      inputWeight: try requiredParameter("weight_ih"), hiddenWeight: try requiredParameter("weight_hh"),
      inputBias: parameter("bias_ih"), hiddenBias: parameter("bias_hh"))
    let after = try Functional.recurrentStep(cell, rows, before, weights)
    return isBatched
      ? after : RecurrentState(hidden: try after.hidden.squeeze([0]), cell: try after.cell?.squeeze([0]))
  }

  private func checkSizes(_ rows: Tensor, _ state: RecurrentState) throws {
    guard rows.shape[1] == inputSize else {
      throw TensorError("input has inconsistent input_size: got \(rows.shape[1]) expected \(inputSize)")
    }
    for (position, part) in [state.hidden, state.cell].compactMap({ $0 }).enumerated() {
      guard part.shape[0] == rows.shape[0] else {
        throw TensorError(
          "Input batch size \(rows.shape[0]) doesn't match hidden\(position) batch size \(part.shape[0])")
      }
      let size = try part.size(1)
      guard size == hiddenSize else {
        throw TensorError("hidden\(position) has inconsistent hidden_size: got \(size), expected \(hiddenSize)")
      }
    }
  }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    let state = try inputs.recurrentState(1, hasCell: cell == .lstm, of: self)
    let result = try self(try inputs.requiredTensor(0, "input", of: self), state)
    return [.tensor(result.hidden)] + (result.cell.map { [.tensor($0)] } ?? [])
  }

  open override var attributes: Attributes {
    [("input_size", .int(inputSize)), ("hidden_size", .int(hiddenSize)), ("bias", .bool(hasBias))]
  }

  open override var extraText: String { "\(inputSize), \(hiddenSize)\(hasBias ? "" : ", bias=False")" }
}

/// One step of ``RNN``.
public final class RNNCell: RecurrentStep {
  /// `tanh` or `relu`.
  public let nonlinearity: String

  /// - Parameter nonlinearity: `tanh` or `relu`.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, nonlinearity: String = "tanh", dtype: DType? = nil
  ) throws {
    guard ["tanh", "relu"].contains(nonlinearity) else {
      throw TensorError("Unknown nonlinearity: \(nonlinearity)")
    }
    self.nonlinearity = nonlinearity
    try super.init(nonlinearity == "tanh" ? .tanh : .relu, inputSize, hiddenSize, bias: bias, dtype: dtype)
  }

  public override var attributes: Attributes { super.attributes + [("nonlinearity", .string(nonlinearity))] }
  public override var extraText: String {
    super.extraText + (nonlinearity == "tanh" ? "" : ", nonlinearity=\(nonlinearity)")
  }
}

/// One step of ``LSTM``: gives the hidden state and the cell.
public final class LSTMCell: RecurrentStep {
  /// Registers `weight_ih` `[4 * hiddenSize, inputSize]`, `weight_hh` `[4 * hiddenSize, hiddenSize]` and, with `bias`, a
  /// bias for each.
  ///
  /// - Parameter dtype: of the parameters; the default type if nil.
  public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType? = nil) throws {
    try super.init(.lstm, inputSize, hiddenSize, bias: bias, dtype: dtype)
  }
}

/// One step of ``GRU``.
public final class GRUCell: RecurrentStep {
  /// Registers `weight_ih` `[3 * hiddenSize, inputSize]`, `weight_hh` `[3 * hiddenSize, hiddenSize]` and, with `bias`, a
  /// bias for each.
  ///
  /// - Parameter dtype: of the parameters; the default type if nil.
  public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType? = nil) throws {
    try super.init(.gru, inputSize, hiddenSize, bias: bias, dtype: dtype)
  }
}
