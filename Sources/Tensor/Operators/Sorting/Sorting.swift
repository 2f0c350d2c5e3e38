import Supervision

/// Writes all elements in order; NaN counts as the largest. Equal elements keep their order.
private func sortLane<T: ComputeElement>(_ lane: Lanes.Lane<T>, descending: Bool) throws {
  try KeyOrder(lane, descending: descending).sort(into: lane.indices)
  for part in lane.stretches {
    try lane.look(before: part)
    for i in part { lane.values[i] = lane.input[Int(lane.indices[i])] }
  }
}

/// Writes the first `k` elements, in order if `sorted`.
private func topLane<T: ComputeElement>(_ lane: Lanes.Lane<T>, _ k: Int, largest: Bool, sorted: Bool) throws {
  var order = try PartialOrder(lane, descending: largest)
  try order.moveFirst(k, sorted: sorted)
  for i in 0..<k { (lane.values[i], lane.indices[i]) = order[i] }
}

/// The `k`-th smallest element, counted from 0.
private func orderLane<T: ComputeElement>(_ lane: Lanes.Lane<T>, _ k: Int) throws {
  var order = try PartialOrder(lane, descending: false)
  try order.quickselect(k)
  (lane.values[0], lane.indices[0]) = order[k]
}

/// The lower median; with NaN among the elements that, unless it is to be ignored.
private func medianLane<T: ComputeElement>(_ lane: Lanes.Lane<T>, ignoringNaN: Bool) throws {
  var numbers = 0
  for part in lane.stretches {
    try lane.look(before: part)
    for i in part where lane.input[i] == lane.input[i] { numbers += 1 }
  }
  // NaN stands at the end.
  let isNumber = numbers == lane.count || (ignoringNaN && numbers > 0)
  let position = try KeyOrder(lane).position(ofRank: isNumber ? (numbers - 1) / 2 : numbers)
  lane.values[0] = lane.input[position]
  lane.indices[0] = Int64(position)
}

/// The most frequent element, the smallest of several, at the last of its positions in PyTorch's order.
private func modeLane<T: ComputeElement>(_ lane: Lanes.Lane<T>) throws {
  var order = try PartialOrder(lane, descending: false)
  try order.sortAll()
  var (best, bestLength, start) = (order[0], 0, 0)
  for i in 1...lane.count {
    if i < lane.count, order[i].value == order[start].value { continue }
    if i - start > bestLength { (best, bestLength) = (order[i - 1], i - start) }
    start = i
  }
  (lane.values[0], lane.indices[0]) = best
}

extension Tensor {
  /// The elements in order along `dim`, and their old positions. NaN counts as the largest.
  public func sort(
    _ dim: Int = -1, descending: Bool = false, stable: Bool = false
  ) throws -> (values: Tensor, indices: Tensor) {
    let axis = try checkedAxis("sort", dim)
    let (values, indices) = try withLanes(
      axis, float: { try sortLane($0, descending: descending) }, double: { try sortLane($0, descending: descending) },
      int64: { try sortLane($0, descending: descending) })
    return try selected("sort", values, indices, axis)
  }

  /// The positions that bring the elements along `dim` in order.
  public func argsort(_ dim: Int = -1, descending: Bool = false, stable: Bool = false) throws -> Tensor {
    try alias().sort(dim, descending: descending, stable: stable).indices
  }

  /// The elements in order along the first dimension.
  public func msort() throws -> Tensor { try sort(0).values }

  /// The `k` largest (or smallest) elements along `dim`, and their positions.
  public func topk(
    _ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true
  ) throws -> (values: Tensor, indices: Tensor) {
    let axis = try checkedAxis("topk", dim)
    let size = rank == 0 ? 1 : shape[axis]
    guard k >= 0 && k <= size else { throw TensorError("selected index k out of range") }
    guard dtype != .bool else { throw TensorError("topk does not support bool dtypes on CPU") }
    if rank == 0 { return (try clone(), try Tensor.zeros([], dtype: .int64)) }
    let (values, indices) = try withLanes(
      axis, resultLength: k, float: { try topLane($0, k, largest: largest, sorted: sorted) },
      double: { try topLane($0, k, largest: largest, sorted: sorted) },
      int64: { try topLane($0, k, largest: largest, sorted: sorted) })
    return try selected("topk", values, indices, axis)
  }

  /// The `k`-th smallest element along `dim`, counted from 1, and its position.
  public func kthvalue(_ k: Int, dim: Int = -1, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    let axis = try checkedAxis("kthvalue", dim)
    let size = rank == 0 ? 1 : shape[axis]
    try checkNotEmpty("kthvalue", axis)
    guard k >= 1 && k <= size else {
      throw TensorError("kthvalue(): selected number k out of range for dimension \(axis)")
    }
    guard dtype != .bool || rank == 0 else { throw notImplemented("kthvalue_cpu", dtype) }
    let (values, indices) = try withLanes(
      axis, resultLength: 1, float: { try orderLane($0, k - 1) }, double: { try orderLane($0, k - 1) },
      int64: { try orderLane($0, k - 1) })
    return try selected("kthvalue", values, indices, axis, keepDim: keepDim)
  }

  /// The median along `dim`, the lower one of two, and its position. NaN if there is one.
  public func median(_ dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    try median("median", dim, keepDim, ignoringNaN: false)
  }

  /// The median along `dim` of the elements that are not NaN, and its position.
  public func nanmedian(_ dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    try median("nanmedian", dim, keepDim, ignoringNaN: true)
  }

  /// The median of all elements, the lower one of two; NaN if there is one.
  public func median() throws -> Tensor { try wholeMedian(ignoringNaN: false) }

  /// The median of all elements that are not NaN.
  public func nanmedian() throws -> Tensor { try wholeMedian(ignoringNaN: true) }

  private func wholeMedian(ignoringNaN: Bool) throws -> Tensor {
    guard count > 0 else {
      return dtype.isFloatingPoint
        ? try sum().add(Double.nan)
        : try Tensor.full([], [.int32, .int64].contains(dtype) ? dtype.lowest : 0, dtype: dtype)
    }
    guard dtype != .bool else { throw notImplemented("median_cpu", dtype) }
    let value = try alias().contiguous().reshape([count]).median("median", 0, false, ignoringNaN: ignoringNaN).values
    guard needsGradient(self) else { return value }
    // All elements that are the median share its gradient.
    let saved = SavedTensor(self)
    return value.alias().recordedSavingOutput(ignoringNaN ? "NanmedianBackward0" : "MedianBackward0", [self]) {
      grad, value, _ in
      let x = try saved().alias()
      let isMedian = try value.isnan().item().bool ? x.isnan() : x.eq(value.alias())
      return [try isMedian.mul(grad.div(isMedian.sum()))]
    }
  }

  private func median(
    _ name: String, _ dim: Int, _ keepDim: Bool, ignoringNaN: Bool
  ) throws -> (values: Tensor, indices: Tensor) {
    let axis = try checkedAxis(name, dim)
    try checkNotEmpty("median", axis)
    guard dtype != .bool else { throw notImplemented("median_out", dtype) }
    let (values, indices) = try withLanes(
      axis, resultLength: 1, float: { try medianLane($0, ignoringNaN: ignoringNaN) },
      double: { try medianLane($0, ignoringNaN: ignoringNaN) }, int64: { try medianLane($0, ignoringNaN: ignoringNaN) })
    return try selected(name, values, indices, axis, keepDim: keepDim)
  }

  /// The most frequent element along `dim`, the smallest of several, and a position where it is.
  public func mode(_ dim: Int = -1, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    let axis = try checkedAxis("mode", dim)
    try checkNotEmpty("mode", axis)
    let (values, indices) = try withLanes(
      axis, resultLength: 1, float: { try modeLane($0) }, double: { try modeLane($0) }, int64: { try modeLane($0) })
    return try selected("mode", values, indices, axis, keepDim: keepDim)
  }

  private func checkedAxis(_ name: String, _ dim: Int) throws -> Int {
    guard dtype.isComputable else { throw notImplemented(name, dtype) }
    return try wrapDimension(dim, rank: rank)
  }

  private func checkNotEmpty(_ name: String, _ axis: Int) throws {
    guard rank == 0 || shape[axis] > 0 else {
      throw TensorError.index("\(name)(): Expected reduction dim \(axis) to have non-zero size.")
    }
  }

  /// How `torch.quantile` fills in between two elements.
  public enum Interpolation: String, Sendable {
    /// A straight line between them; the lower or the higher one; the middle between them; or the nearer one.
    case linear, lower, higher, midpoint, nearest
  }

  /// The values below which the fractions `q` of the elements along `dim` (of all, if nil) lie.
  public func quantile(
    _ q: Tensor, dim: Int? = nil, keepDim: Bool = false, interpolation: Interpolation = .linear
  ) throws -> Tensor {
    try quantile(q, dim, keepDim, interpolation, ignoringNaN: false)
  }

  /// As ``quantile(_:dim:keepDim:interpolation:)``, of the elements that are not NaN.
  public func nanquantile(
    _ q: Tensor, dim: Int? = nil, keepDim: Bool = false, interpolation: Interpolation = .linear
  ) throws -> Tensor {
    try quantile(q, dim, keepDim, interpolation, ignoringNaN: true)
  }

  private func quantile(
    _ q: Tensor, _ dim: Int?, _ keepDim: Bool, _ interpolation: Interpolation, ignoringNaN: Bool
  ) throws -> Tensor {
    guard count > 0 else { throw TensorError("quantile() input tensor must be non-empty") }
    guard q.rank <= 1 else {
      throw TensorError("quantile() q must be a scalar or 1D tensor")
    }
    guard dtype == .float32 || dtype == .float64 else {
      throw TensorError("quantile() input tensor must be either float or double dtype")
    }
    guard q.dtype == dtype || q.isWrappedNumber else {
      throw TensorError("quantile() q tensor must be same dtype as the input tensor")
    }
    let fractions = try q.to(dtype)
    guard try fractions.alias().ge(0).logicalAnd(fractions.alias().le(1)).all().item().bool else {
      throw TensorError(
        q.isWrappedNumber
          ? "quantile() q must be in the range [0, 1] but got \(NumberText.general(try q.item().double))"
          : "quantile() q values must be in the range [0, 1]")
    }
    let axis = try dim.map { try wrapDimension($0, rank: rank) }
    let lanes = try axis == nil || rank == 0 ? contiguous().reshape([count]) : movedim([axis ?? 0], [-1])
    let sorted = try lanes.sort(-1).values
    let size = sorted.shape[sorted.rank - 1]
    let hasNaN = try lanes.alias().isnan()
    let last =
      try ignoringNaN
      ? hasNaN.logicalNot().sum([-1], keepDim: true).sub(1).to(dtype).clamp(min: 0)
      : Tensor.full([1], .double(Double(size - 1)), dtype: dtype)
    var ranks = try fractions.reshape([fractions.count]).mul(last)
    if !ignoringNaN {
      ranks = try Tensor.where(hasNaN.any([-1], keepDim: true), Double(size - 1), ranks)
    }
    switch interpolation {
    case .lower: ranks = try ranks.floor()
    case .higher: ranks = try ranks.ceil()
    case .nearest: ranks = try ranks.round()
    case .linear, .midpoint: break
    }
    let shape = Array(sorted.shape.dropLast()) + [fractions.count]
    let low = try ranks.alias().floor().to(.int64).expand(shape)
    var values = try sorted.gather(-1, low)
    if interpolation == .linear || interpolation == .midpoint {
      let weight = interpolation == .midpoint ? try Tensor.full(shape, 0.5, dtype: dtype) : try ranks.sub(ranks.floor())
      values = try values.lerp(sorted.gather(-1, ranks.alias().ceil().to(.int64).expand(shape)), weight)
    }
    // Back: the fractions in front, the reduced dimension in its place.
    values = try q.rank == 0 ? values.squeeze([-1]) : values.movedim([-1], [0])
    guard keepDim else { return values }
    let lead = q.rank == 0 ? 0 : 1
    guard let axis, rank > 0 else {
      return try values.reshape(Array(values.shape.prefix(lead)) + [Int](repeating: 1, count: rank))
    }
    return try values.unsqueeze(axis + lead)
  }
}
