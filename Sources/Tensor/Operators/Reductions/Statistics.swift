import Glibc

extension Tensor {
  /// The variance over `dims` (all, if nil), divided by `n - correction`.
  public func `var`(_ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) throws -> Tensor {
    try spread("var", dims, correction, keepDim)
  }

  /// The standard deviation over `dims` (all, if nil), of the variance divided by `n - correction`.
  public func std(_ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) throws -> Tensor {
    try spread("std", dims, correction, keepDim)
  }

  /// Variance and mean over `dims`.
  public func varMean(
    _ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false
  ) throws -> (Tensor, mean: Tensor) {
    try checkSpread("var_mean only support")
    return (try spread("var", dims, correction, keepDim), try mean(dims, keepDim: keepDim))
  }

  /// Standard deviation and mean over `dims`.
  public func stdMean(
    _ dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false
  ) throws -> (Tensor, mean: Tensor) {
    try checkSpread("std_mean only support")
    return (try spread("std", dims, correction, keepDim), try mean(dims, keepDim: keepDim))
  }

  private func checkSpread(_ lead: String) throws {
    guard dtype.isFloatingPoint, dtype.isComputable else {
      throw TensorError("\(lead) floating point and complex dtypes")
    }
  }

  private func spread(
    _ name: String, _ dims: [Int]?, _ correction: Double, _ keepDim: Bool
  ) throws -> Tensor {
    try checkSpread("std and var only support")
    let reduction = try Reduction(self, dims)
    let isRoot = name == "std"
    // Two passes: the mean first, as the difference of large sums would cancel.
    let wide = try alias().to(dtype.size < 4 ? .float32 : dtype)
    let centre = try wide.mean(dims, keepDim: true)
    let deviations = try wide.sub(centre)
    let squares = try deviations.mul(deviations).sum(dims, keepDim: keepDim)
    let freedom = Double(reduction.length) - correction
    let variance = try squares.div(reduction.length == 0 ? .nan : Swift.max(0, freedom))
    let result = try (isRoot ? variance.sqrt() : variance).to(dtype)
    guard needsGradient(self) else { return result }
    let saved = SavedTensor(self)
    return result.recordedSavingOutput(backwardName(name), [self]) { grad, y, _ in
      let x = try saved()
      let slope = try x.sub(x.mean(dims, keepDim: true)).mul(2 / freedom)
      var scaled = try reduction.unreduced(grad)
      if isRoot {
        let root = try reduction.unreduced(y)
        scaled = try scaled.div(root.mul(2)).maskedFill(root.eq(0), 0)
      }
      return [try scaled.mul(slope)]
    }
  }

  /// The covariance matrix of variables in rows, observations in columns.
  public func cov(correction: Int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil) throws -> Tensor {
    guard rank <= 2 else {
      throw TensorError(
        "cov(): expected input to have two or fewer dimensions but got an input with \(rank) dimensions")
    }
    guard dtype != .bool else { throw TensorError("cov(): bool dtype is not supported for input") }
    let source = dtype.isFloatingPoint ? self : try to(DefaultDType.current)
    let x = rank < 2 ? try source.reshape([1, count]) : source
    let observations = x.shape[1]
    var weights: Tensor?
    if let fweights { weights = try checkedWeights(fweights, "fweights", observations) }
    if let aweights {
      let checked = try checkedWeights(aweights, "aweights", observations)
      weights = try weights.map { try $0.mul(checked) } ?? checked
    }
    if let weights, try weights.alias().sum().item().double == 0 {
      throw TensorError("cov(): weights sum to zero, can't be normalized")
    }
    let total = try weights?.sum() ?? Tensor.full([], .double(Double(observations)), dtype: x.dtype)
    let average = try weights.map { try x.mul($0).sum([1], keepDim: true).div(total) } ?? x.mean([1], keepDim: true)
    let norm: Tensor
    if let weights, let aweights, correction != 0 {
      norm = try total.sub(weights.mul(aweights).sum().div(total).mul(Double(correction)))
    } else {
      norm = try total.sub(Double(correction))
    }
    let centred = try x.sub(average)
    let weighted = try weights.map { try centred.mul($0) } ?? centred
    let result = try weighted.matmul(centred.to(weighted.dtype).t()).div(norm.clamp(min: 0.0))
    return try result.squeeze()
  }

  private func checkedWeights(_ weights: Tensor, _ name: String, _ count: Int) throws -> Tensor {
    guard weights.rank <= 1 else {
      throw TensorError(
        "cov(): expected \(name) to have one or fewer dimensions but got \(name) with \(weights.rank) dimensions")
    }
    let isRight = name == "fweights" ? weights.dtype.isInteger : weights.dtype.isFloatingPoint
    guard isRight else {
      throw TensorError(
        "cov(): expected \(name) to have \(name == "fweights" ? "integral" : "floating point") dtype but got \(name) with \(weights.dtype.scalarTypeName) dtype"
      )
    }
    guard weights.count == count else {
      throw TensorError(
        "cov(): expected \(name) to have the same numel as there are observations in the input but got \(weights.count) != \(count)"
      )
    }
    guard try weights.count == 0 || weights.alias().min().item().double >= 0 else {
      throw TensorError("cov(): \(name) cannot be negative")
    }
    return weights
  }

  /// The Pearson correlation coefficients of variables in rows.
  public func corrcoef() throws -> Tensor {
    guard rank <= 2 else {
      throw TensorError(
        "corrcoef(): expected input to have two or fewer dimensions but got an input with \(rank) dimensions")
    }
    let c = try cov()
    if c.rank == 0 { return try c.div(c) }
    let deviation = try c.diagonal().sqrt()
    return try c.div(deviation.unsqueeze(1)).div(deviation.unsqueeze(0)).clamp(min: -1, max: 1)
  }
}
