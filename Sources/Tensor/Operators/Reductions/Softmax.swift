import CVectorMath
import Glibc

extension Tensor {
  /// `exp(x) / sum(exp(x))` along `dim`.
  public func softmax(_ dim: Int, dtype: DType? = nil) throws -> Tensor {
    let x = try dtype.map { try to($0) } ?? self
    let axis = try x.checkSoftmax("softmax", dim)
    if x.count == 0, !x.dtype.isFloatingPoint { return try x.clone() }
    let result = try x.lanewise(axis, float: softmaxLane, double: softmaxLane)
    guard needsGradient(x) else { return result }
    return result.recordedSavingOutput("SoftmaxBackward0", [x]) { grad, y, _ in
      let product = try grad.mul(y)
      return [try product.sub(y.mul(product.sum([axis], keepDim: true)))]
    }
  }

  /// `log(softmax(x))` along `dim`, without overflow.
  public func logSoftmax(_ dim: Int, dtype: DType? = nil) throws -> Tensor {
    let x = try dtype.map { try to($0) } ?? self
    let axis = try x.checkSoftmax("log_softmax", dim)
    if x.count == 0, !x.dtype.isFloatingPoint { return try x.clone() }
    let result = try x.lanewise(axis, float: logSoftmaxLane, double: logSoftmaxLane)
    guard needsGradient(x) else { return result }
    return result.recordedSavingOutput("LogSoftmaxBackward0", [x]) { grad, y, _ in
      [try grad.sub(y.exp().mul(grad.sum([axis], keepDim: true)))]
    }
  }

  /// `softmax(-x)` along `dim`: `F.softmin`.
  public func softmin(_ dim: Int, dtype: DType? = nil) throws -> Tensor { try neg().softmax(dim, dtype: dtype) }

  /// `log(sum(exp(x)))` over `dims`, without overflow.
  public func logsumexp(_ dims: [Int], keepDim: Bool = false) throws -> Tensor {
    let x = dtype.isFloatingPoint ? self : try to(DefaultDType.current)
    let reduction = try Reduction(x, dims)
    let plain = x.alias()
    let result: Tensor
    if reduction.length == 0 {
      result = try plain.exp().sum(dims, keepDim: keepDim).log()
    } else {
      let peak = try plain.amax(dims, keepDim: true)
      let shift = try peak.maskedFill(peak.isinf(), 0)
      let total = try plain.sub(shift).exp().sum(dims, keepDim: true).log().add(shift)
      result = keepDim ? total : try total.reshape(reduction.shape)
    }
    guard needsGradient(x) else { return result }
    let saved = SavedTensor(x)
    return result.alias().recordedSavingOutput("LogsumexpBackward0", [x]) { grad, y, _ in
      [try reduction.unreduced(grad).mul(saved().sub(reduction.unreduced(y)).exp())]
    }
  }

  private func checkSoftmax(_ name: String, _ dim: Int) throws -> Int {
    let axis = try wrapDimension(dim, rank: rank)
    guard dtype.isFloatingPoint && dtype.isComputable || count == 0 else {
      throw notImplemented("\(name)_\(axis + 1 >= rank ? "lastdim_" : "")kernel_impl", dtype)
    }
    return axis
  }

  /// The result of a kernel over the lanes of a floating point tensor, in its type.
  func lanewise(
    _ axis: Int, float: (Lanes.Lane<Float>) throws -> Void, double: (Lanes.Lane<Double>) throws -> Void
  ) throws -> Tensor {
    let lanes = Lanes(self, axis)
    return dtype == .float64
      ? try lanes.map(self, as: Double.self, double).values : try lanes.map(self, as: Float.self, float).values
  }
}

private func softmaxLane(_ lane: Lanes.Lane<Float>) {
  guard lane.count > 0 else { return }
  let (n, out) = (lane.count, lane.values)
  let peak = ReductionKernel<Float>.largest.row(lane.input, n)
  map(lane.input, out, n) { $0 - peak }
  vm_exp_float(out, out, n)
  let scale = 1 / Summation.row(out, n)
  map(out, out, n) { $0 * scale }
}

private func softmaxLane(_ lane: Lanes.Lane<Double>) {
  guard lane.count > 0 else { return }
  let (n, out) = (lane.count, lane.values)
  let peak = ReductionKernel<Double>.largest.row(lane.input, n)
  map(lane.input, out, n) { $0 - peak }
  vm_exp_double(out, out, n)
  let sum = Summation.row(out, n)
  map(out, out, n) { $0 / sum }
}

private func logSoftmaxLane(_ lane: Lanes.Lane<Float>) {
  guard lane.count > 0 else { return }
  let (n, out) = (lane.count, lane.values)
  let peak = ReductionKernel<Float>.largest.row(lane.input, n)
  map(lane.input, out, n) { $0 - peak }
  vm_exp_float(out, out, n)
  let shift = logf(Summation.row(out, n))
  map(lane.input, out, n) { $0 - peak - shift }
}

private func logSoftmaxLane(_ lane: Lanes.Lane<Double>) {
  guard lane.count > 0 else { return }
  let (n, out) = (lane.count, lane.values)
  let peak = ReductionKernel<Double>.largest.row(lane.input, n)
  map(lane.input, out, n) { $0 - peak }
  vm_exp_double(out, out, n)
  let shift = log(Summation.row(out, n))
  map(lane.input, out, n) { $0 - peak - shift }
}
