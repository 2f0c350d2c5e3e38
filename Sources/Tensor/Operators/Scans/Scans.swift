import Glibc

extension Tensor {
  /// The running sum along `dim`.
  public func cumsum(_ dim: Int, dtype: DType? = nil) throws -> Tensor {
    let x = try scanned("cumsum", dtype)
    let axis = try wrapDimension(dim, rank: rank)
    let result = try x.scan(
      axis, float: { try accumulate($0, from: 0, { $0 + Double($1) }, Float.init) },
      double: { try accumulate($0, from: 0, +, \.self) }, int64: { try accumulate($0, from: 0, &+, \.self) })
    guard needsGradient(x) else { return result }
    return result.recorded("CumsumBackward0", [x]) { grad, _ in [try grad.reverseCumsum(axis)] }
  }

  /// The running product along `dim`.
  public func cumprod(_ dim: Int, dtype: DType? = nil) throws -> Tensor {
    let x = try scanned("cumprod", dtype)
    let axis = try wrapDimension(dim, rank: rank)
    let result = try x.scan(
      axis, float: { try accumulate($0, from: 1, { $0 * Double($1) }, Float.init) },
      double: { try accumulate($0, from: 1, *, \.self) }, int64: { try accumulate($0, from: 1, &*, \.self) })
    guard needsGradient(x) else { return result }
    let saved = SavedTensor(x)
    return result.recordedSavingOutput("CumprodBackward0", [x]) { grad, y, _ in
      let x = try saved()
      guard x.rank > 0 else { return [grad] }
      guard try x.alias().eq(0).any().item().bool else {
        return [try grad.mul(y).reverseCumsum(axis).div(x)]
      }
      // With zeros: for each factor the products without it.
      var slopes: [Tensor] = []
      for k in 0..<x.shape[axis] {
        let before = try x.narrow(axis, 0, k).prod(axis, keepDim: true)
        let after = try x.narrow(axis, k + 1, x.shape[axis] - k - 1).cumprod(axis)
        let products = try Tensor.cat([before, after.mul(before)], dim: axis)
        let part = try grad.narrow(axis, k, x.shape[axis] - k)
        slopes.append(try part.mul(products).sum([axis], keepDim: true))
      }
      return [try Tensor.cat(slopes, dim: axis)]
    }
  }

  /// The running maximum along `dim`, and where it is.
  public func cummax(_ dim: Int) throws -> (values: Tensor, indices: Tensor) {
    try runningExtreme("cummax", dim, largest: true)
  }

  /// The running minimum along `dim`, and where it is.
  public func cummin(_ dim: Int) throws -> (values: Tensor, indices: Tensor) {
    try runningExtreme("cummin", dim, largest: false)
  }

  /// The running `log(sum(exp(x)))` along `dim`.
  public func logcumsumexp(_ dim: Int) throws -> Tensor {
    guard dtype.isFloatingPoint else { throw notImplemented("logcumsumexp_out_cpu", dtype) }
    let axis = try wrapDimension(dim, rank: rank)
    let result = try lanewise(
      axis,
      float: { lane in
        var (peak, sum) = (-Double.infinity, 0.0)
        for part in lane.stretches {
          try lane.look(before: part)
          for i in part { lane.values[i] = Float(addExponential(Double(lane.input[i]), &peak, &sum)) }
        }
      },
      double: { lane in
        var (peak, sum) = (-Double.infinity, 0.0)
        for part in lane.stretches {
          try lane.look(before: part)
          for i in part { lane.values[i] = addExponential(lane.input[i], &peak, &sum) }
        }
      })
    guard needsGradient(self) else { return result }
    let saved = SavedTensor(self)
    return result.recordedSavingOutput("LogcumsumexpBackward0", [self]) { grad, y, _ in
      let x = try saved()
      guard x.rank > 0 else { return [grad] }
      // In logarithms, as exp(-y) alone may overflow; positive and negative gradients apart.
      func part(_ magnitude: Tensor) throws -> Tensor {
        try magnitude.log().sub(y).flip([axis]).logcumsumexp(axis).flip([axis]).add(x).exp()
      }
      return [try part(grad.clamp(min: 0)).sub(part(grad.neg().clamp(min: 0)))]
    }
  }

  /// The n-th differences along `dim`, of the tensor between `prepend` and `append`.
  public func diff(n: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) throws -> Tensor {
    guard rank > 0 else { throw TensorError("diff expects input to be at least one-dimensional") }
    guard n >= 0 else { throw TensorError("order must be non-negative but got \(n)") }
    let ends = [prepend, append].compactMap { $0 }
    for end in ends {
      guard end.rank == rank else {
        throw TensorError("diff expects prepend or append to be the same dimension as input")
      }
      let axis = try wrapDimension(dim, rank: rank)
      for other in shape.indices where other != axis && end.shape[other] != shape[other] {
        throw TensorError(
          "diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension; input.size(\(other)) = \(shape[other]), but got tensor.size(\(other)) = \(end.shape[other])"
        )
      }
    }
    if n == 0 { return try clone() }
    let axis = try wrapDimension(dim, rank: rank)
    var x = self
    if !ends.isEmpty { x = try Tensor.cat([prepend, self, append].compactMap { $0 }, dim: axis) }
    for _ in 0..<Swift.min(n, x.shape[axis]) {
      let size = x.shape[axis]
      if size == 0 { break }
      let (later, earlier) = (try x.narrow(axis, 1, size - 1), try x.narrow(axis, 0, size - 1))
      x = x.dtype == .bool ? try later.logicalXor(earlier) : try later.sub(earlier)
    }
    return x
  }

  func reverseCumsum(_ axis: Int) throws -> Tensor {
    rank == 0 ? self : try flip([axis]).cumsum(axis).flip([axis])
  }

  private func scanned(_ name: String, _ dtype: DType?) throws -> Tensor {
    let type = dtype ?? (self.dtype.isFloatingPoint ? self.dtype : .int64)
    guard type.isComputable, self.dtype.isComputable, type != .bool else {
      throw notImplemented("\(name)_out_cpu", type)
    }
    return try to(type)
  }

  private func scan(
    _ axis: Int, float: (Lanes.Lane<Float>) throws -> Void, double: (Lanes.Lane<Double>) throws -> Void,
    int64: (Lanes.Lane<Int64>) throws -> Void
  ) throws -> Tensor {
    guard dtype.computeKind == .int64 else { return try lanewise(axis, float: float, double: double) }
    return try Lanes(self, axis).map(self, as: Int64.self, int64).values
  }

  private func runningExtreme(
    _ name: String, _ dim: Int, largest: Bool
  ) throws -> (values: Tensor, indices: Tensor) {
    guard rank > 0 || dim == 0 || dim == -1 else {
      throw TensorError.index("\(name)(): Expected reduction dim -1 or 0 for scalar but got \(dim)")
    }
    let axis = try wrapDimension(dim, rank: rank)
    guard dtype.isComputable else { throw notImplemented("\(name)_cpu", dtype) }
    let (values, indices) = try withLanes(
      axis, float: { try extremeScan($0, largest: largest) }, double: { try extremeScan($0, largest: largest) },
      int64: { try extremeScan($0, largest: largest) })
    return try selected(name, values, indices, axis)
  }

  /// Values and positions that a kernel over lanes gives.
  func withLanes(
    _ axis: Int, resultLength: Int? = nil, float: (Lanes.Lane<Float>) throws -> Void,
    double: (Lanes.Lane<Double>) throws -> Void,
    int64: (Lanes.Lane<Int64>) throws -> Void
  ) throws -> (values: Tensor, indices: Tensor) {
    let lanes = Lanes(self, axis)
    let result =
      switch dtype.computeKind {
      case .float: try lanes.map(self, as: Float.self, resultLength: resultLength, withIndices: true, float)
      case .double: try lanes.map(self, as: Double.self, resultLength: resultLength, withIndices: true, double)
      case .int64: try lanes.map(self, as: Int64.self, resultLength: resultLength, withIndices: true, int64)
      }
    return (result.values, try result.indices ?? Tensor(empty: [0], dtype: .int64))
  }
}

/// The later of equal elements counts; NaN stays.
private func extremeScan<T: ComputeElement>(_ lane: Lanes.Lane<T>, largest: Bool) throws {
  guard lane.count > 0 else { return }
  var (best, position) = (lane.input[0], 0)
  for part in lane.stretches {
    try lane.look(before: part)
    for i in part {
      let value = lane.input[i]
      if value != value || (best == best && (largest ? value >= best : value <= best)) {
        (best, position) = (value, i)
      }
      lane.values[i] = best
      lane.indices[i] = Int64(position)
    }
  }
}

/// Writes what becomes of `start` as one element after the other joins it.
@inline(__always)
private func accumulate<T, Sum>(
  _ lane: Lanes.Lane<T>, from start: Sum, _ join: (Sum, T) -> Sum, _ rounded: (Sum) -> T
) throws {
  var sum = start
  for part in lane.stretches {
    try lane.look(before: part)
    for i in part {
      sum = join(sum, lane.input[i])
      lane.values[i] = rounded(sum)
    }
  }
}

/// Adds `exp(x)` to a sum that is held as `sum * exp(peak)`, and returns its logarithm.
private func addExponential(_ x: Double, _ peak: inout Double, _ sum: inout Double) -> Double {
  if x <= peak {
    sum += peak == -.infinity ? 0 : exp(x - peak)
    if peak == .infinity { sum = 1 }
  } else {
    sum = x == .infinity || x != x ? 1 : sum * exp(peak - x) + 1
    peak = x
  }
  if x != x || peak != peak {
    peak = .nan
    return .nan
  }
  return peak + log(sum)
}
