import Tensor

/// What the recurrent layers share: a cell applied along sequences, in layers upon each other, in one or both directions.
///
/// Shapes: input `[L, N, inputSize]`, or `[N, L, inputSize]` with `batchFirst`, or `[L, inputSize]`; output the same with the
/// hidden size (twice that in both directions); states `[layers * directions, N, hiddenSize]`.
open class RecurrentLayer: Module {
  /// What each layer computes at each step.
  public let cell: RecurrentCell
  /// The size of the input's last dimension.
  public let inputSize: Int
  /// The size of a direction's hidden state.
  public let hiddenSize: Int
  /// How many layers lie upon each other.
  public let layerCount: Int
  /// Whether both maps of a step have a bias.
  public let hasBias: Bool
  /// Whether the batch is the first dimension of inputs and outputs rather than the second. States keep it second.
  public let batchFirst: Bool
  /// The probability by which the outputs of all layers but the last are dropped in training.
  public let dropout: Double
  /// Whether each layer runs over the sequence in both directions.
  public let isBidirectional: Bool
  /// The size to which an LSTM's hidden state is projected; 0: not at all.
  public let projectionSize: Int

  /// - Throws: ``TensorError`` for sizes that make no sense.
  init(
    _ cell: RecurrentCell, _ inputSize: Int, _ hiddenSize: Int, layerCount: Int, bias: Bool, batchFirst: Bool,
    dropout: Double, bidirectional: Bool, projectionSize: Int = 0, dtype: DType?
  ) throws {
    guard dropout >= 0 && dropout <= 1 else {
      throw TensorError(
        "dropout should be a number in range [0, 1] representing the probability of an element being zeroed",
        kind: .value)
    }
    for (name, size) in [("input_size", inputSize), ("hidden_size", hiddenSize), ("num_layers", layerCount)] {
      guard size > 0 else { throw TensorError("\(name) must be greater than zero", kind: .value) }
    }
    guard projectionSize >= 0 else {
      throw TensorError(
        "proj_size should be a positive integer or zero to disable projections", kind: .value)
    }
    guard projectionSize < hiddenSize else {
      throw TensorError("proj_size has to be smaller than hidden_size", kind: .value)
    }
    self.cell = cell
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    hasBias = bias
    self.batchFirst = batchFirst
    self.dropout = dropout
    isBidirectional = bidirectional
    self.projectionSize = projectionSize
    super.init()
    let gateSize = try Shape.count([cell.gateCount, hiddenSize])
    try BufferPool.checkArray(of: RecurrentWeights.self, count: layerCount)
    for layer in 0..<layerCount {
      for suffix in suffixes {
        let features = layer == 0 ? inputSize : outputSize * directionCount
        func add(_ name: String, _ shape: [Int]) throws {
          try register(parameter: "\(name)_l\(layer)\(suffix)", shape: shape, dtype: dtype)
        }
        try add("weight_ih", [gateSize, features])
        try add("weight_hh", [gateSize, outputSize])
        if bias {
          try add("bias_ih", [gateSize])
          try add("bias_hh", [gateSize])
        }
        if projectionSize > 0 { try add("weight_hr", [projectionSize, hiddenSize]) }
      }
    }
    try resetParameters()
  }

  private var directionCount: Int { isBidirectional ? 2 : 1 }
  private var suffixes: [String] { isBidirectional ? ["", "_reverse"] : [""] }
  private var outputSize: Int { projectionSize > 0 ? projectionSize : hiddenSize }

  open override func resetParameters() throws { try resetUniformly(size: hiddenSize) }

  private func weights(_ layer: Int, _ suffix: String) throws -> RecurrentWeights {
    func find(_ name: String) -> Tensor? { parameter("\(name)_l\(layer)\(suffix)") }
    return RecurrentWeights(
      inputWeight: try requiredParameter("weight_ih_l\(layer)\(suffix)"),
      hiddenWeight: try requiredParameter("weight_hh_l\(layer)\(suffix)"), inputBias: find("bias_ih"),
      hiddenBias: find("bias_hh"), projection: find("weight_hr"))
  }

  // MARK: Running

  open override var inputNames: [String]? { ["input", "hx"] }

  /// - Parameter state: zeros by default.
  public func callAsFunction(
    _ input: Tensor, _ state: RecurrentState? = nil
  ) throws -> (output: Tensor, state: RecurrentState) {
    guard input.rank == 2 || input.rank == 3 else {
      let tail = cell == .tanh || cell == .relu ? "D tensor instead" : "D instead"
      throw TensorError("\(typeName): Expected input to be 2D or 3D, got \(input.rank)\(tail)", kind: .value)
    }
    guard input.rank == 2 else { return try runBatch(input, state) }
    let batchDim = batchFirst ? 0 : 1
    try checkRanks(state, 2) { "For unbatched 2-D input, \($0) should also be 2-D but got \($1)" }
    let batched = try state.map {
      RecurrentState(hidden: try $0.hidden.unsqueeze(1), cell: try $0.cell?.unsqueeze(1))
    }
    let result = try runBatch(input.unsqueeze(batchDim), batched)
    return (
      try result.output.squeeze([batchDim]),
      RecurrentState(hidden: try result.state.hidden.squeeze([1]), cell: try result.state.cell?.squeeze([1]))
    )
  }

  private func checkRanks(_ state: RecurrentState?, _ rank: Int, _ message: (String, String) -> String) throws {
    guard let state, state.hidden.rank != rank || (state.cell?.rank ?? rank) != rank else { return }
    if let cell = state.cell {
      throw TensorError(message("hx and cx", "(\(state.hidden.rank)-D, \(cell.rank)-D) tensors"))
    }
    throw TensorError(message("hx", "\(state.hidden.rank)-D tensor"))
  }

  private func runBatch(_ input: Tensor, _ state: RecurrentState?) throws -> (output: Tensor, state: RecurrentState) {
    try checkRanks(state, 3) { "For batched 3-D input, \($0) should also be 3-D but got \($1)" }
    let steps = batchFirst ? try input.transpose(0, 1) : input
    let (length, batch) = (steps.shape[0], steps.shape[1])
    try check(input)
    guard length > 0 else { throw TensorError("Expected sequence length to be larger than 0 in RNN") }
    try BufferPool.checkArray(of: Int.self, count: length)
    let (rows, last) = try run(
      steps.reshape([length * batch, inputSize]), [Int](repeating: batch, count: length), state)
    let output = try rows.reshape([length, batch, rows.shape[1]])
    return (batchFirst ? try output.transpose(0, 1) : output, last)
  }

  /// Runs on sequences of different lengths.
  public func callAsFunction(
    _ input: PackedSequence, _ state: RecurrentState? = nil
  ) throws -> (output: PackedSequence, state: RecurrentState) {
    guard input.data.rank == 2 else {
      throw TensorError("input must have 2 dimensions, got \(input.data.rank)")
    }
    try check(input.data)
    func permuted(_ state: RecurrentState, _ indices: Tensor?) throws -> RecurrentState {
      guard let indices else { return state }
      return RecurrentState(
        hidden: try state.hidden.indexSelect(1, indices), cell: try state.cell?.indexSelect(1, indices))
    }
    let (rows, last) = try run(
      input.data, try input.sizes(), try state.map { try permuted($0, input.sortedIndices) })
    return (input.replacingData(rows), try permuted(last, input.unsortedIndices))
  }

  private func check(_ input: Tensor) throws {
    let weight = try requiredParameter("weight_ih_l0")
    guard input.dtype == weight.dtype else {
      throw TensorError(
        "RNN input dtype (torch.\(input.dtype.name)) does not match weight dtype (torch.\(weight.dtype.name)). Convert input: input.to(torch.\(weight.dtype.name)), or convert model: model.to(torch.\(input.dtype.name))",
        kind: .value)
    }
    guard input.shape.last == inputSize else {
      throw TensorError(
        "input.size(-1) must be equal to input_size. Expected \(inputSize), got \(input.shape.last ?? 0)")
    }
  }

  private func initialState(_ given: RecurrentState?, _ batch: Int, _ dtype: DType) throws -> RecurrentState {
    let hiddenShape = [layerCount * directionCount, batch, outputSize]
    let cellShape = [layerCount * directionCount, batch, hiddenSize]
    guard let given else {
      return RecurrentState(
        hidden: try Tensor.zeros(hiddenShape, dtype: dtype),
        cell: cell == .lstm ? try Tensor.zeros(cellShape, dtype: dtype) : nil)
    }
    let name = cell == .lstm ? "hidden[0] size" : "hidden size"
    for (part, shape, name) in [(given.hidden, hiddenShape, name), (given.cell, cellShape, "hidden[1] size")] {
      if let part, part.shape != shape {
        throw TensorError("Expected \(name) \(tupleText(shape)), got \(Shape.text(part.shape))")
      }
    }
    return given
  }

  /// All layers, over the rows of all steps.
  private func run(
    _ input: Tensor, _ batchSizes: [Int], _ state: RecurrentState?
  ) throws -> (output: Tensor, state: RecurrentState) {
    let initial = try initialState(state, batchSizes.first ?? 0, input.dtype)
    var rows = input
    var last: [RecurrentState] = []
    for layer in 0..<layerCount {
      var outputs: [Tensor] = []
      for (direction, suffix) in suffixes.enumerated() {
        let position = last.count
        let before = RecurrentState(
          hidden: try initial.hidden.select(0, position), cell: try initial.cell?.select(0, position))
        let result = try Functional.recurrentLayer(
          cell, rows, batchSizes: batchSizes, before, try weights(layer, suffix), isReversed: direction == 1)
        outputs.append(result.output)
        last.append(result.state)
      }
      rows = outputs.count == 1 ? outputs[0] : try Tensor.cat(outputs, dim: 1)
      if layer < layerCount - 1 { rows = try rows.dropout(p: dropout, training: isTraining) }
    }
    let cells = last.compactMap(\.cell)
    return (
      rows,
      RecurrentState(hidden: try Tensor.stack(last.map(\.hidden)), cell: cells.isEmpty ? nil : try Tensor.stack(cells))
    )
  }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    let state = try inputs.recurrentState(1, hasCell: cell == .lstm, of: self)
    if case .object(let packed as PackedSequence)? = inputs.first {
      let result = try self(packed, state)
      return [.object(result.output), .init(result.state)]
    }
    let result = try self(try inputs.requiredTensor(0, "input", of: self), state)
    return [.tensor(result.output), .init(result.state)]
  }

  // MARK: Description

  open override var attributes: Attributes {
    [
      ("mode", .string(cell.rawValue)), ("input_size", .int(inputSize)), ("hidden_size", .int(hiddenSize)),
      ("num_layers", .int(layerCount)), ("bias", .bool(hasBias)), ("batch_first", .bool(batchFirst)),
      ("dropout", .double(dropout)), ("bidirectional", .bool(isBidirectional)), ("proj_size", .int(projectionSize)),
    ]
  }

  open override var extraText: String {
    let unusual = attributes.only("proj_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional").except([
      "proj_size": .int(0), "num_layers": .int(1), "bias": .bool(true), "batch_first": .bool(false),
      "dropout": .double(0), "bidirectional": .bool(false),
    ])
    return (["\(inputSize), \(hiddenSize)"] + (unusual.isEmpty ? [] : [unusual.text])).joined(separator: ", ")
  }
}

extension Value {
  /// The hidden state, or a list of it and the cell.
  init(_ state: RecurrentState) {
    self = state.cell.map { .list([.tensor(state.hidden), .tensor($0)]) } ?? .tensor(state.hidden)
  }
}

extension [Value] {
  /// The state at `position`: a tensor, or a list of two where there is a cell.
  ///
  /// - Throws: ``TensorError`` for another kind of value.
  func recurrentState(_ position: Int, hasCell: Bool, of module: Module) throws -> RecurrentState? {
    guard position < count, !self[position].isNone else { return nil }
    if hasCell, case .list(let parts) = self[position], parts.count == 2, let hidden = parts.tensor(0),
      let cell = parts.tensor(1)
    {
      return RecurrentState(hidden: hidden, cell: cell)
    }
    if !hasCell, let hidden = self[position].tensor { return RecurrentState(hidden: hidden) }
    throw TensorError(
      "\(module.typeName).forward(): argument 'hx' must be \(hasCell ? "a list of two Tensors" : "Tensor")",
      kind: .type)
  }
}

/// A layer of plain recurrent cells: `h' = tanh(W_ih x + b_ih + W_hh h + b_hh)`, or with a rectifier.
public final class RNN: RecurrentLayer {
  /// `tanh` or `relu`.
  public let nonlinearity: String

  /// - Parameter nonlinearity: `tanh` or `relu`.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, layerCount: Int = 1, nonlinearity: String = "tanh", bias: Bool = true,
    batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false, dtype: DType? = nil
  ) throws {
    guard ["tanh", "relu"].contains(nonlinearity) else {
      throw TensorError("Unknown nonlinearity '\(nonlinearity)'. Select from 'tanh' or 'relu'.", kind: .value)
    }
    self.nonlinearity = nonlinearity
    try super.init(
      nonlinearity == "tanh" ? .tanh : .relu, inputSize, hiddenSize, layerCount: layerCount, bias: bias,
      batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional, dtype: dtype)
  }

  public override var attributes: Attributes { super.attributes + [("nonlinearity", .string(nonlinearity))] }
}

/// A layer of long short-term memory; see ``Tensor/RecurrentCell/lstm``.
public final class LSTM: RecurrentLayer {
  /// - Parameters:
  ///   - dropout: the probability with which outputs of all layers but the last are dropped in training.
  ///   - projectionSize: the size to which hidden states are projected; 0: not at all.
  ///   - dtype: of the parameters; the default type if nil.
  /// - Throws: ``TensorError`` for sizes that make no sense.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, layerCount: Int = 1, bias: Bool = true, batchFirst: Bool = false,
    dropout: Double = 0, bidirectional: Bool = false, projectionSize: Int = 0, dtype: DType? = nil
  ) throws {
    try super.init(
      .lstm, inputSize, hiddenSize, layerCount: layerCount, bias: bias, batchFirst: batchFirst, dropout: dropout,
      bidirectional: bidirectional, projectionSize: projectionSize, dtype: dtype)
  }
}

/// A layer of gated recurrent units; see ``Tensor/RecurrentCell/gru``.
public final class GRU: RecurrentLayer {
  /// - Parameters:
  ///   - dropout: the probability with which outputs of all layers but the last are dropped in training.
  ///   - dtype: of the parameters; the default type if nil.
  /// - Throws: ``TensorError`` for sizes that make no sense.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, layerCount: Int = 1, bias: Bool = true, batchFirst: Bool = false,
    dropout: Double = 0, bidirectional: Bool = false, dtype: DType? = nil
  ) throws {
    try super.init(
      .gru, inputSize, hiddenSize, layerCount: layerCount, bias: bias, batchFirst: batchFirst, dropout: dropout,
      bidirectional: bidirectional, dtype: dtype)
  }
}
