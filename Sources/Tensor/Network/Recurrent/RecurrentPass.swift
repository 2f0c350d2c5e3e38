/// One run of a recurrent layer's steps over plain memory, with what its gradient needs.
///
/// Rows of a step are handled together: the state's share of the gates is one matrix product, the rest one loop over each row.
final class RecurrentPass<T: BLASElement> {
  private let cellKind: RecurrentCell
  private let steps: [(start: Int, count: Int)]
  private let isSaving: Bool
  private let rows: Int
  /// Sizes of the hidden state before and after projection, and of all gates.
  private let size, outputSize, gateSize: Int
  private let hiddenWeight, projection, hiddenBias: Tensor?

  /// The gates `[rows, gates * size]`: before the steps the input's share, after them their values.
  private let gates: Tensor
  /// A GRU's state's share of its gates.
  private let recurrent: Tensor?
  /// For each row the state before its step, the cell's hyperbolic tangent after it, and the hidden state before projection.
  private let hiddenBefore, cellBefore, cellTanh, unprojected: Tensor?

  let output: Tensor
  /// The state; after the steps each row's last.
  let hidden: Tensor
  let cell: Tensor?

  init(
    _ sequence: RecurrentSequence, _ gates: Tensor, _ state: RecurrentState, _ weights: RecurrentWeights,
    isSaving: Bool
  ) throws {
    cellKind = sequence.cell
    steps = sequence.steps
    self.isSaving = isSaving
    (rows, gateSize) = (gates.shape[0], gates.shape[1])
    size = gateSize / sequence.cell.gateCount
    outputSize = weights.hiddenWeight.shape[1]
    hiddenWeight = try weights.hiddenWeight.alias().contiguous()
    hiddenBias = try weights.hiddenBias?.alias().contiguous()
    projection = try weights.projection?.alias().contiguous()
    // Without gradients nobody else reads what the input's share was.
    let share = try gates.alias().contiguous()
    self.gates = isSaving ? try share.clone() : share
    hidden = try state.hidden.alias().contiguous().clone()
    cell = try state.cell?.alias().contiguous().clone()
    func buffer(_ width: Int, _ isNeeded: Bool) throws -> Tensor? {
      isNeeded ? try Tensor(empty: [gates.shape[0], width], dtype: T.dtype) : nil
    }
    let isLSTM = sequence.cell == .lstm
    output = try Tensor(empty: [gates.shape[0], outputSize], dtype: T.dtype)
    recurrent = try buffer(gateSize, sequence.cell == .gru)
    hiddenBefore = try buffer(outputSize, isSaving)
    cellBefore = try buffer(size, isSaving && isLSTM)
    cellTanh = try buffer(size, isLSTM)
    unprojected = try buffer(size, projection != nil)
  }

  private func memory(_ tensor: Tensor?, row: Int = 0) throws -> UnsafeMutablePointer<T>? {
    guard let tensor else { return nil }
    let width = tensor.rank == 2 ? tensor.shape[1] : 1
    return try tensor.mutablePointer().assumingMemoryBound(to: T.self) + row * width
  }

  private func required(_ tensor: Tensor?, row: Int = 0) throws -> UnsafeMutablePointer<T> {
    guard let pointer = try memory(tensor, row: row) else {
      throw TensorError("a recurrent layer's state is incomplete")
    }
    return pointer
  }

  // MARK: Forward

  func run() throws {
    let (weight, hidden, cell) = (try required(hiddenWeight), try required(hidden), try memory(cell))
    for (start, count) in steps where count > 0 {
      let gates = try required(gates, row: start)
      try memory(hiddenBefore, row: start)?.update(from: hidden, count: count * outputSize)
      if let cell { try memory(cellBefore, row: start)?.update(from: cell, count: count * size) }
      let share = try memory(recurrent, row: start)
      try T.gemm(
        rows: count, columns: gateSize, inner: outputSize, a: hidden, leadingA: outputSize, transposesA: false,
        b: weight,
        leadingB: outputSize, transposesB: true, beta: share == nil ? 1 : 0, c: share ?? gates, leadingC: gateSize)
      let output = try required(output, row: start)
      let raw = try memory(unprojected, row: start)
      try updateRows(start, count, gates, share, into: raw ?? output)
      if let raw, let projection = try memory(projection) {
        try T.gemm(
          rows: count, columns: outputSize, inner: size, a: raw, leadingA: size, transposesA: false, b: projection,
          leadingB: size,
          transposesB: true, beta: 0, c: output, leadingC: outputSize)
      }
      hidden.update(from: output, count: count * outputSize)
    }
  }

  /// Turns the sums of `count` rows into gates, and those into the new state.
  private func updateRows(
    _ start: Int, _ count: Int, _ gates: UnsafeMutablePointer<T>, _ share: UnsafeMutablePointer<T>?,
    into target: UnsafeMutablePointer<T>
  ) throws {
    let (n, width, kind) = (size, gateSize, cellKind)
    let (hidden, cell) = (try required(hidden), try memory(cell))
    let (tanh, bias) = (try memory(cellTanh, row: start), try memory(hiddenBias))
    try Parallel.forEach(count, grain: Swift.max(1, Parallel.grain / (16 * width))) { part in
      for row in part {
        let gate = gates + row * width
        let out = target + row * n
        switch kind {
        case .tanh:
          T.tanh(gate, gate, n)
          out.update(from: gate, count: n)
        case .relu:
          for i in 0..<n { gate[i] = gate[i] > 0 || gate[i] != gate[i] ? gate[i] : 0 }
          out.update(from: gate, count: n)
        case .lstm:
          guard let cell, let tanh else { continue }
          T.lstmStep(gate, cell + row * n, tanh + row * n, out, n)
        case .gru:
          guard let share else { continue }
          T.gruStep(gate, share + row * width, bias, hidden + row * n, out, n)
        }
      }
    }
  }

  // MARK: Backward

  /// The gradients of the input's share of the gates, the state, and the weights: in the order gates, hidden, cell, hidden
  /// weight, hidden bias, projection.
  ///
  /// - Parameters: the gradients of the outputs and of the state after the last steps.
  func gradients(output: Tensor?, hidden: Tensor?, cell: Tensor?) throws -> [Tensor?] {
    func start(_ gradient: Tensor?, like value: Tensor) throws -> Tensor {
      try gradient?.alias().contiguous().clone() ?? Tensor.zeros(value.shape, dtype: T.dtype)
    }
    let hiddenGradient = try start(hidden, like: self.hidden)
    let cellGradient = try self.cell.map { try start(cell, like: $0) }
    let outputGradient = try output?.alias().contiguous()
    let gateGradients = try Tensor(empty: gates.shape, dtype: T.dtype)
    let shareGradients = try recurrent.map { try Tensor(empty: $0.shape, dtype: T.dtype) }
    let projected = try unprojected.map { _ in try Tensor(empty: [rows, outputSize], dtype: T.dtype) }
    let rawGradient = try unprojected.map { _ in try Tensor(empty: [self.hidden.shape[0], size], dtype: T.dtype) }
    let (weight, state) = (try required(hiddenWeight), try required(hiddenGradient))
    for (start, count) in steps.reversed() where count > 0 {
      if let given = try memory(outputGradient, row: start) {
        for i in 0..<count * outputSize { state[i] += given[i] }
      }
      if let raw = try memory(rawGradient), let projection = try memory(projection) {
        try memory(projected, row: start)?.update(from: state, count: count * outputSize)
        try T.gemm(
          rows: count, columns: size, inner: outputSize, a: state, leadingA: outputSize, transposesA: false,
          b: projection,
          leadingB: size, transposesB: false, beta: 0, c: raw, leadingC: size)
      }
      let gradient = try required(gateGradients, row: start)
      let share = try memory(shareGradients, row: start)
      try differentiateRows(
        start, count, memory(rawGradient) ?? state, memory(cellGradient), into: gradient, share)
      try T.gemm(
        rows: count, columns: outputSize, inner: gateSize, a: share ?? gradient, leadingA: gateSize, transposesA: false,
        b: weight,
        leadingB: outputSize, transposesB: false, beta: share == nil ? 0 : 1, c: state, leadingC: outputSize)
    }
    let shares = shareGradients ?? gateGradients
    return [
      gateGradients, hiddenGradient, cellGradient, try hiddenBefore.map { try shares.t().mm($0) },
      try hiddenBias.map { _ in try shares.sum([0]) },
      try projected.flatMap { projected in try unprojected.map { try projected.t().mm($0) } },
    ]
  }

  /// The gradients of `count` rows' gates from those of the hidden state, which a GRU replaces by its direct share.
  private func differentiateRows(
    _ start: Int, _ count: Int, _ hiddenGradient: UnsafeMutablePointer<T>, _ cellGradient: UnsafeMutablePointer<T>?,
    into target: UnsafeMutablePointer<T>, _ share: UnsafeMutablePointer<T>?
  ) throws {
    let (n, width, kind) = (size, gateSize, cellKind)
    let gates = try required(gates, row: start)
    let (before, tanh) = (try memory(cellBefore, row: start), try memory(cellTanh, row: start))
    let (recurrent, hiddenBefore) = (try memory(recurrent, row: start), try required(hiddenBefore, row: start))
    try Parallel.forEach(count, grain: Swift.max(1, Parallel.grain / (16 * width))) { part in
      for row in part {
        let (gate, out, gradient) = (gates + row * width, target + row * width, hiddenGradient + row * n)
        switch kind {
        case .tanh: for i in 0..<n { out[i] = gradient[i] * (1 - gate[i] * gate[i]) }
        case .relu: for i in 0..<n { out[i] = gate[i] > 0 ? gradient[i] : 0 }
        case .lstm:
          guard let cellGradient, let before, let tanh else { continue }
          T.lstmGradient(gate, before + row * n, tanh + row * n, gradient, cellGradient + row * n, out, n)
        case .gru:
          guard let recurrent, let share else { continue }
          T.gruGradient(gate, recurrent + row * width, hiddenBefore + row * n, gradient, out, share + row * width, n)
        }
      }
    }
  }
}
