// One row of a recurrent layer's step. `n` is the hidden state's size; gates lie one after the other.
extension BLASElement {
  /// The gates input, forget, cell and output from their sums, and the state from them: `c = f c + i g`, `h = o tanh(c)`.
  @inline(__always)
  static func lstmStep(
    _ gates: UnsafeMutablePointer<Self>, _ cell: UnsafeMutablePointer<Self>, _ tanh: UnsafeMutablePointer<Self>,
    _ hidden: UnsafeMutablePointer<Self>, _ n: Int
  ) {
    sigmoid(gates, gates, 2 * n)
    Self.tanh(gates + 2 * n, gates + 2 * n, n)
    sigmoid(gates + 3 * n, gates + 3 * n, n)
    for i in 0..<n { cell[i] = gates[n + i] * cell[i] + gates[i] * gates[2 * n + i] }
    Self.tanh(cell, tanh, n)
    for i in 0..<n { hidden[i] = gates[3 * n + i] * tanh[i] }
  }

  /// - Parameters:
  ///   - before: the cell before the step.
  ///   - tanh: of the cell after it.
  ///   - hidden: the gradient of the hidden state after the step.
  ///   - cell: that of the cell after the step; becomes that of the cell before.
  ///   - out: the gradient of the gates' sums.
  @inline(__always)
  static func lstmGradient(
    _ gates: UnsafePointer<Self>, _ before: UnsafePointer<Self>, _ tanh: UnsafePointer<Self>,
    _ hidden: UnsafePointer<Self>, _ cell: UnsafeMutablePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ n: Int
  ) {
    for i in 0..<n {
      let (input, forget, new, output) = (gates[i], gates[n + i], gates[2 * n + i], gates[3 * n + i])
      let total = cell[i] + hidden[i] * output * (1 - tanh[i] * tanh[i])
      out[i] = total * new * input * (1 - input)
      out[n + i] = total * before[i] * forget * (1 - forget)
      out[2 * n + i] = total * input * (1 - new * new)
      out[3 * n + i] = hidden[i] * tanh[i] * output * (1 - output)
      cell[i] = total * forget
    }
  }

  /// The gates reset, update and new from the input's and the state's shares, and the state from them:
  /// `h' = n + z (h - n)`.
  ///
  /// - Parameters:
  ///   - share: the state's share, to which `bias` is added.
  ///   - hidden: the state before.
  ///   - out: the state after.
  @inline(__always)
  static func gruStep(
    _ gates: UnsafeMutablePointer<Self>, _ share: UnsafeMutablePointer<Self>, _ bias: UnsafePointer<Self>?,
    _ hidden: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ n: Int
  ) {
    if let bias { for i in 0..<3 * n { share[i] += bias[i] } }
    for i in 0..<2 * n { gates[i] += share[i] }
    sigmoid(gates, gates, 2 * n)
    for i in 0..<n { gates[2 * n + i] += gates[i] * share[2 * n + i] }
    tanh(gates + 2 * n, gates + 2 * n, n)
    for i in 0..<n { out[i] = gates[2 * n + i] + gates[n + i] * (hidden[i] - gates[2 * n + i]) }
  }

  /// - Parameters:
  ///   - share: the state's share of the gates.
  ///   - before: the state before the step.
  ///   - hidden: the gradient of the state after the step; becomes its direct share in that of the state before.
  ///   - out: the gradient of the input's share of the gates.
  ///   - shareOut: the gradient of the state's share.
  @inline(__always)
  static func gruGradient(
    _ gates: UnsafePointer<Self>, _ share: UnsafePointer<Self>, _ before: UnsafePointer<Self>,
    _ hidden: UnsafeMutablePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ shareOut: UnsafeMutablePointer<Self>,
    _ n: Int
  ) {
    for i in 0..<n {
      let (reset, update, new) = (gates[i], gates[n + i], gates[2 * n + i])
      let sum = hidden[i] * (1 - update) * (1 - new * new)
      out[i] = sum * share[2 * n + i] * reset * (1 - reset)
      out[n + i] = hidden[i] * (before[i] - new) * update * (1 - update)
      out[2 * n + i] = sum
      shareOut[i] = out[i]
      shareOut[n + i] = out[n + i]
      shareOut[2 * n + i] = sum * reset
      hidden[i] *= update
    }
  }
}
