import Supervision

/// Yes or no by chance: `bernoulli`, `bernoulli_`, and the draws without and with replacement of `multinomial`.
extension Tensor {
  /// 1 with probability `p`, else 0: `bernoulli_`.
  @discardableResult
  public func bernoulliInPlace(_ p: Double = 0.5, generator: Generator? = nil) throws -> Tensor {
    guard p >= 0 && p <= 1 else {
      throw TensorError("bernoulli_ expects p to be in [0, 1], but got p=\(numberText(p))")
    }
    return try filled("BernoulliBackward0") { try $0.writeBernoulli(p, 1, generator) }
  }

  /// `value` with probability `p`, else 0, past autograd.
  func writeBernoulli(_ p: Double, _ value: Float, _ generator: Generator?) throws {
    let engine = try (generator ?? .default).engine()
    // A 53-bit number below p: compared as integers, without a conversion a draw.
    let threshold = p * 0x1p53
    try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1024) { pairs in
      guard let pairs = pairs.baseAddress else { return }
      try writeSerially { (values: UnsafeMutablePointer<Float>, count) in
        try engine.fill(UnsafeMutableRawPointer(pairs).assumingMemoryBound(to: UInt32.self), count * 2)
        for i in 0..<count {
          let bits = (pairs[i] << 32 | pairs[i] >> 32) & 0x1F_FFFF_FFFF_FFFF
          values[i] = Double(Int64(bitPattern: bits)) < threshold ? value : 0
        }
      }
    }
  }

  /// 1 with the probability that `p`, broadcast, says for each element, else 0.
  ///
  /// - Throws: ``TensorError`` for something that is no probability.
  @discardableResult
  public func bernoulliInPlace(_ p: Tensor, generator: Generator? = nil) throws -> Tensor {
    try p.requireFloatingPoint("bernoulli_tensor_cpu_p_")
    guard Shape.isExpandable(p.shape, to: shape) else {
      throw TensorError(
        "output with shape \(Shape.text(shape)) doesn't match the broadcast shape \(Shape.text(try Shape.broadcast(shape, p.shape)))"
      )
    }
    guard try p.doubles().allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw TensorError(
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
      )
    }
    return try filled("BernoulliBackward1") { tensor in
      let plan = LoopPlan(shape: tensor.shape, strides: [tensor.strides, p.broadcastStrides(to: tensor.shape)])
      let source = try p.pointer()
      let target = try tensor.mutablePointer()
      let engine = try (generator ?? .default).engine()
      let (type, chances) = (tensor.dtype, p.dtype)
      let (step, chanceStep) = (plan.innerStride(0), plan.innerStride(1))
      plan.forEachRow(in: 0..<plan.count) { offsets, length in
        for i in 0..<length {
          var chance = 0.0
          let from = source + (offsets[1] + i * chanceStep) * chances.size
          Double.load(Row(pointer: from, dtype: chances, stride: 1), 1, into: &chance)
          let draw = chances == .float64 ? engine.uniformDouble() : Double(engine.uniformFloat())
          var value: Int64 = draw < chance ? 1 : 0
          let to = target + (offsets[0] + i * step) * type.size
          Int64.store(&value, 1, to: Row(pointer: to, dtype: type, stride: 1))
        }
      }
    }
  }

  /// 1 with the probability that each element says, else 0: `torch.bernoulli`.
  public func bernoulli(generator: Generator? = nil) throws -> Tensor {
    try emptyLike().bernoulliInPlace(self, generator: generator)
  }

  /// Positions drawn with the probabilities, up to a factor, that each row says: `torch.multinomial`.
  ///
  /// - Parameter sampleCount: how many for each row.
  /// - Returns: int64 positions, as many rows as this tensor has.
  /// - Throws: ``TensorError`` for weights that are negative or all zero, or more samples than there are positions.
  public func multinomial(
    _ sampleCount: Int, replacement: Bool = false, generator: Generator? = nil
  ) throws -> Tensor {
    guard rank == 1 || rank == 2 else { throw TensorError("prob_dist must be 1 or 2 dim") }
    guard dtype.isFloatingPoint else {
      throw TensorError("multinomial only supports floating-point dtypes for input, got: \(dtype.scalarTypeName)")
    }
    guard sampleCount > 0 else { throw TensorError("cannot sample n_sample <= 0 samples") }
    let categories = shape[rank - 1]
    guard replacement || sampleCount <= categories else {
      throw TensorError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    }
    let rows = rank == 2 ? shape[0] : 1
    let result = try Tensor(empty: rank == 2 ? [rows, sampleCount] : [sampleCount], dtype: .int64)
    guard rows > 0 else { return result }
    let weights = try contiguous().doubles()
    let target = try result.overwritingPointer().assumingMemoryBound(to: Int64.self)
    let engine: RandomEngine
    if replacement && sampleCount > 1 {
      engine = try (generator ?? .default).engine()
      for row in 0..<rows {
        try drawWithReplacement(
          weights[(row * categories)..<((row + 1) * categories)], sampleCount, target + row * sampleCount, engine)
      }
      return result
    }
    guard weights.allSatisfy({ $0 >= 0 && $0 < .infinity }) else {
      throw TensorError("probability tensor contains either `inf`, `nan` or element < 0")
    }
    for row in 0..<rows where !weights[(row * categories)..<((row + 1) * categories)].contains(where: { $0 > 0 }) {
      throw TensorError("invalid multinomial distribution (sum of probabilities <= 0)")
    }
    // The largest quotients of weights and exponential numbers are a sample without replacement:
    // Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
    let exponential = try Tensor(empty: shape, dtype: dtype).exponentialInPlace(generator: generator).doubles()
    for row in 0..<rows {
      let start = row * categories
      let scores = (0..<categories).map { round(weights[start + $0] / exponential[start + $0]) }
      let order = try scores.indices.sorted {
        try Interruption.check()
        return scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1]
      }
      for sample in 0..<sampleCount { target[row * sampleCount + sample] = Int64(order[sample]) }
    }
    return result
  }

  private func drawWithReplacement(
    _ weights: ArraySlice<Double>, _ sampleCount: Int, _ target: UnsafeMutablePointer<Int64>, _ engine: RandomEngine
  ) throws {
    var cumulative: [Double] = []
    cumulative.reserveCapacity(weights.count)
    var sum = 0.0
    for part in Interruption.stretches(of: weights.indices) {
      try Interruption.check()
      for weight in weights[part] {
        guard weight >= 0 else {
          throw TensorError("invalid multinomial distribution (encountering probability entry < 0)")
        }
        guard weight < .infinity else {
          throw TensorError("invalid multinomial distribution (encountering probability entry = infinity or NaN)")
        }
        sum = round(sum + weight)
        cumulative.append(sum)
      }
    }
    guard sum > 0 else { throw TensorError("invalid multinomial distribution (sum of probabilities <= 0)") }
    for i in cumulative.indices { cumulative[i] = round(cumulative[i] / sum) }
    for part in Interruption.stretches(of: 0..<sampleCount, length: 1 << 16) {
      try Interruption.check()
      for sample in part {
        let draw = engine.uniformDouble()
        var (left, right) = (0, cumulative.count)
        while left < right {
          let middle = left + (right - left) / 2
          // The last entry counts as 1, whatever rounding made of it.
          let reached = middle == cumulative.count - 1 ? 1 : cumulative[middle]
          if reached < draw { left = middle + 1 } else { right = middle }
        }
        target[sample] = Int64(left)
      }
    }
  }

  /// What arithmetic in this tensor's type makes of a result.
  private func round(_ value: Double) -> Double { dtype == .float64 ? value : Double(Float(value)) }
}
