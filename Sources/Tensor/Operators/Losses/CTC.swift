import Glibc

extension Tensor {
  /// The negative log likelihood of label sequences under all their alignments with longer sequences: `F.ctc_loss`, with this
  /// tensor as the logarithms of probabilities, `[T, N, C]` or `[T, C]`.
  ///
  /// Source: Graves et al., "Connectionist temporal classification", 2006, https://doi.org/10.1145/1143844.1143891. The gradient is,
  /// as in PyTorch, that of the input of a log softmax.
  ///
  /// - Parameters:
  ///   - targets: `[N, S]`, or all labels one after the other.
  ///   - inputLengths, targetLengths: of each sample.
  ///   - blank: the label of no label.
  ///   - zeroInfinity: whether samples without any alignment count as 0.
  public func ctcLoss(
    _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0, reduction: LossReduction = .mean,
    zeroInfinity: Bool = false
  ) throws -> Tensor {
    if rank < 2 { _ = try wrapDimension(1, rank: rank) }
    guard rank < 2 || count > 0 else { throw TensorError("log_probs tensor must not be empty") }
    guard rank == 2 || rank == 3, dtype == .float32 || dtype == .float64 else {
      if rank == 2 || rank == 3 { throw notImplemented("ctc_loss_cpu", dtype) }
      throw TensorError("log_probs tensor must be a floating point tensor of 2 or 3 dimensions")
    }
    guard targets.dtype.isInteger else { throw TensorError("targets must be integral") }
    let logs = rank == 2 ? try unsqueeze(1) : self
    let problem = try CTCProblem(
      logs, targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank)
    let (values, gradient) = try problem.solve(zeroInfinity: zeroInfinity)
    var losses = try values.to(dtype)
    if needsGradient(self) {
      losses = losses.recorded("CtcLossBackward0", [logs]) { grad, _ in
        [try gradient.to(grad.dtype).mul(grad.reshape([1, grad.count, 1]))]
      }
    }
    switch reduction {
    case .none: return rank == 2 ? try losses.squeeze([0]) : losses
    case .sum: return try losses.sum()
    case .mean:
      let lengths = try Tensor(targetLengths.map { Double(Swift.max($0, 1)) }, dtype: dtype)
      return try losses.div(lengths).mean()
    }
  }
}

/// Samples whose alignments are summed up.
private struct CTCProblem {
  private let logs: Tensor
  private let labels: [[Int]]
  private let inputLengths: [Int]
  private let blank: Int

  init(
    _ logs: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int
  ) throws {
    let (steps, batch, classes) = (logs.shape[0], logs.shape[1], logs.shape[2])
    guard blank >= 0 && blank < classes else { throw TensorError("blank must be in label range") }
    guard inputLengths.count == batch else {
      throw TensorError("Expected input_lengths to have \(batch) values, but got \(inputLengths.count)")
    }
    guard targetLengths.count == batch else {
      throw TensorError("Expected target_lengths to have \(batch) values, but got \(targetLengths.count)")
    }
    for (sample, length) in inputLengths.enumerated() where length < 0 || length > steps {
      throw TensorError(
        "Expected input_lengths to have value at most \(steps), but got value \(length) (while checking arguments for ctc_loss_cpu) at \(sample)"
      )
    }
    let all = try targets.detach().to(.int64).integers().map { Int($0) }
    let width = targets.rank == 2 ? targets.shape[1] : 0
    var start = 0
    labels = try targetLengths.enumerated().map { sample, length in
      let first = targets.rank == 2 ? sample * width : start
      let limit = targets.rank == 2 ? width : all.count - start
      guard length >= 0, length <= limit, first + length <= all.count else {
        throw TensorError("Expected target_lengths to fit the targets, but got \(length) for sample \(sample)")
      }
      start += length
      return Array(all[first..<first + length])
    }
    guard labels.joined().allSatisfy({ $0 >= 0 && $0 < classes }) else {
      throw TensorError("Expected targets to be in the range of the labels, 0 to \(classes - 1)")
    }
    self.logs = try logs.detach().to(.float64).contiguous()
    self.inputLengths = inputLengths
    self.blank = blank
  }

  /// Each sample's loss, and its gradient.
  func solve(zeroInfinity: Bool) throws -> (losses: Tensor, gradient: Tensor) {
    let losses = try Tensor.zeros([logs.shape[1]], dtype: .float64)
    let gradient = try Tensor.zeros(logs.shape, dtype: .float64)
    let target = try losses.overwritingPointer().assumingMemoryBound(to: Double.self)
    let source = UnsafePointer(try logs.pointer().assumingMemoryBound(to: Double.self))
    let slopes = try gradient.mutablePointer().assumingMemoryBound(to: Double.self)
    try Parallel.forEach(labels.count, grain: 1) { part in
      for sample in part { target[sample] = solve(sample, source, slopes, zeroInfinity) }
    }
    return (losses, gradient)
  }

  private func solve(
    _ sample: Int, _ logs: UnsafePointer<Double>, _ slopes: UnsafeMutablePointer<Double>, _ zeroInfinity: Bool
  ) -> Double {
    let (batch, classes, steps) = (self.logs.shape[1], self.logs.shape[2], inputLengths[sample])
    // Labels with blanks around each.
    let path = labels[sample].flatMap { [blank, $0] } + [blank]
    guard steps > 0 else { return path.count == 1 || zeroInfinity ? 0 : .infinity }
    func row(_ step: Int) -> Int { (step * batch + sample) * classes }
    let forward = sums(path, (0..<steps).map { logs + row($0) })
    let backward = Array(
      sums(path.reversed(), (0..<steps).reversed().map { logs + row($0) }).reversed().map { Array($0.reversed()) })
    let last = forward[steps - 1]
    let loss = -logSum(last[path.count - 1], path.count > 1 ? last[path.count - 2] : -.infinity)
    if zeroInfinity && loss == .infinity { return 0 }
    for step in 0..<steps {
      var shares = [Double](repeating: -.infinity, count: classes)
      for (position, label) in path.enumerated() {
        shares[label] = logSum(shares[label], forward[step][position] + backward[step][position])
      }
      for label in 0..<classes {
        let log = logs[row(step) + label]
        slopes[row(step) + label] = exp(log) - exp(shares[label] + loss - log)
      }
    }
    return loss
  }

  /// For each step and position of a path the logarithm of the probability of all ways there.
  private func sums(_ path: [Int], _ rows: [UnsafePointer<Double>]) -> [[Double]] {
    var result: [[Double]] = []
    for (step, row) in rows.enumerated() {
      var sums = [Double](repeating: -.infinity, count: path.count)
      for position in path.indices {
        var total = -Double.infinity
        if step == 0 {
          total = position < 2 ? 0 : -.infinity
        } else {
          let before = result[step - 1]
          total = before[position]
          if position > 0 { total = logSum(total, before[position - 1]) }
          if position > 1, path[position] != blank, path[position] != path[position - 2] {
            total = logSum(total, before[position - 2])
          }
        }
        sums[position] = total + row[path[position]]
      }
      result.append(sums)
    }
    return result
  }

  /// `log(exp(a) + exp(b))`.
  private func logSum(_ a: Double, _ b: Double) -> Double {
    let top = max(a, b)
    return top == -.infinity ? top : top + log(exp(a - top) + exp(b - top))
  }
}
