extension Tensor {
  /// `out[i][j] = self[index[i][j]][j]` along `dim`.
  public func gather(_ dim: Int, _ index: Tensor) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: rank)
    guard index.count > 0 else {
      let result = try withoutElements(index.shape, "GatherBackward0")
      if index.dtype == .int64 || index.dtype == .int32 { try checkAlong("gather", axis, index) }
      return result
    }
    try checkAlong("gather", axis, index)
    return try ElementIndex.along(axis, index).read(self, "GatherBackward0")
  }

  /// A copy with `out[index[i][j]][j] = source[i][j]` along `dim`.
  public func scatter(_ dim: Int, _ index: Tensor, _ source: some TensorConvertible) throws -> Tensor {
    let (axis, values) = try scattered("scatter", dim, index, source)
    guard index.count > 0 else { return try clone() }
    return try ElementIndex.along(axis, index).write(values, to: self, "ScatterBackward0")
  }

  /// A copy with `out[index[i][j]][j] += source[i][j]` along `dim`.
  public func scatterAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) throws -> Tensor {
    let (axis, values) = try scattered("scatter", dim, index, source)
    guard index.count > 0 else { return try clone() }
    return try ElementIndex.along(axis, index).add(values, to: self, "ScatterAddBackward0")
  }

  /// How values for the same element are combined.
  public enum ScatterReduction: String, Sendable {
    /// Their sum, product, mean, largest or smallest.
    case sum, prod, mean, amax, amin
  }

  /// A copy with the elements of `source` combined at the positions that `index` gives along `dim`.
  ///
  /// - Parameter includeSelf: whether the old elements take part.
  public func scatterReduce(
    _ dim: Int, _ index: Tensor, _ source: Tensor, _ reduction: ScatterReduction, includeSelf: Bool = true
  ) throws -> Tensor {
    let (axis, values) = try scattered("scatter", dim, index, source)
    guard index.count > 0 else { return try clone() }
    guard reduction != .mean || dtype != .bool else {
      throw notImplemented("scatter_gather_tensor_cpu_reduce_mean", dtype)
    }
    let element = ElementIndex.along(axis, index)
    func combined<T: ComputeElement & Numeric>(_ type: T.Type) throws -> Tensor {
      let start = try includeSelf ? alias() : element.write(initialValue(reduction), to: alias(), "")
      let result = try start.to(T.dtype, copy: true).contiguous()
      let view = try element.view(result)
      let source = try values.alias().to(T.dtype)
      switch reduction {
      case .sum, .mean: try view.accumulate(source)
      case .prod: try view.combine(source, T.self) { (a: T, b: T) in a.wrappingProduct(b) }
      case .amax: try view.combine(source, T.self) { $0 > $1 || $0 != $0 ? $0 : $1 }
      case .amin: try view.combine(source, T.self) { $0 < $1 || $0 != $0 ? $0 : $1 }
      }
      guard reduction == .mean else { return try result.to(dtype) }
      return try result.div(counts(element, index, includeSelf), roundingMode: dtype.isFloatingPoint ? nil : .floor).to(
        dtype)
    }
    let result: Tensor
    switch dtype.computeKind {
    case .float: result = try combined(Float.self)
    case .double: result = try combined(Double.self)
    case .int64: result = try combined(Int64.self)
    }
    guard needsGradient(self, values), dtype.isFloatingPoint else { return result }
    let (x, source) = (SavedTensor(self), SavedTensor(values))
    return result.recordedSavingOutput("ScatterReduceBackward0", [self, values]) { grad, y, needs in
      var (own, others) = try Tensor.scatterReduceGradients(
        grad, y, try x(), try source(), element, index, reduction, includeSelf)
      if !includeSelf, let gradient = own {
        own = try element.write(try Tensor.zeros([], dtype: grad.dtype), to: gradient, "")
      }
      if !needs[1] { others = nil }
      return [own, others]
    }
  }

  private static func scatterReduceGradients(
    _ grad: Tensor, _ y: Tensor, _ x: Tensor, _ source: Tensor, _ element: ElementIndex, _ index: Tensor,
    _ reduction: ScatterReduction, _ includeSelf: Bool
  ) throws -> (Tensor?, Tensor?) {
    func read(_ tensor: Tensor) throws -> Tensor { try element.read(tensor, "GatherBackward0") }
    switch reduction {
    case .sum:
      return (grad, try read(grad))
    case .mean:
      let scaled = try grad.div(x.counts(element, index, includeSelf))
      return (scaled, try read(scaled))
    case .prod:
      return try productGradients(grad, y, x, source, element, index, includeSelf)
    case .amax, .amin:
      let isOwn = try x.eq(y).to(grad.dtype)
      let isSource = try source.eq(read(y)).to(grad.dtype)
      let base = includeSelf ? isOwn : try element.write(try Tensor.zeros([], dtype: grad.dtype), to: isOwn, "")
      let share = try grad.div(element.add(isSource, to: base, ""))
      return (try share.mul(isOwn), try read(share).mul(isSource))
    }
  }

  /// A product's gradient to each factor is the product of the others, also where one or more are zero.
  private static func productGradients(
    _ grad: Tensor, _ y: Tensor, _ x: Tensor, _ source: Tensor, _ element: ElementIndex, _ index: Tensor,
    _ includeSelf: Bool
  ) throws -> (Tensor?, Tensor?) {
    guard case .along(let axis, _) = element else { return (nil, nil) }
    let isZero = try source.eq(0).to(grad.dtype)
    let ownPart = try includeSelf ? x.eq(0).to(grad.dtype) : Tensor.zeros(x.shape, dtype: grad.dtype)
    let zeros = try element.add(isZero, to: ownPart, "")
    let nonZeroSource = try source.maskedFill(source.eq(0), 1)
    let nonZeroSelf = try x.maskedFill(x.eq(0), 1)
    let product = try nonZeroSelf.scatterReduce(axis, index, nonZeroSource, .prod, includeSelf: includeSelf)
    func others(_ factor: Tensor, _ product: Tensor, _ zeros: Tensor) throws -> Tensor {
      let rest = try zeros.sub(factor.eq(0).to(grad.dtype))
      return try product.div(factor.maskedFill(factor.eq(0), 1)).maskedFill(rest.gt(0), 0)
    }
    let own = try grad.mul(
      includeSelf ? others(x, product, zeros) : Tensor.ones(x.shape, dtype: grad.dtype))
    let read = { (tensor: Tensor) in try element.read(tensor, "GatherBackward0") }
    return (own, try read(grad).mul(others(source, read(product), read(zeros))))
  }

  /// How many values each element of a mean comes from, at least 1.
  private func counts(_ element: ElementIndex, _ index: Tensor, _ includeSelf: Bool) throws -> Tensor {
    let type = dtype.isFloatingPoint ? dtype : .int64
    let start = try Tensor.full(shape, includeSelf ? 1 : 0, dtype: type)
    return try element.add(try Tensor.ones(index.shape, dtype: type), to: start, "").clamp(min: 1)
  }

  private func initialValue(_ reduction: ScatterReduction) throws -> Tensor {
    switch reduction {
    case .sum, .mean: return try Tensor.full([], 0, dtype: dtype)
    case .prod: return try Tensor.full([], 1, dtype: dtype)
    case .amax: return try Tensor.full([], dtype.lowest, dtype: dtype)
    case .amin: return try Tensor.full([], dtype.highest, dtype: dtype)
    }
  }

  private func scattered(
    _ name: String, _ dim: Int, _ index: Tensor, _ source: some TensorConvertible
  ) throws -> (axis: Int, values: Tensor) {
    let axis = try wrapDimension(dim, rank: rank)
    let values = try source.asTensor()
    try checkIndexType(name, index)
    guard values.isWrappedNumber || values.dtype == dtype else {
      throw TensorError("\(name)(): Expected self.dtype to be equal to src.dtype")
    }
    if index.count > 0, !values.isWrappedNumber {
      // Sizes of the source are compared with those of the index, then of this tensor.
      guard Swift.max(rank, 1) == Swift.max(index.rank, 1) else {
        throw TensorError("Index tensor must have the same number of dimensions as self tensor")
      }
      guard Swift.max(values.rank, 1) == Swift.max(index.rank, 1) else {
        if index.rank > 1 { _ = try wrapDimension(dim < 0 ? dim : axis, rank: values.rank) }
        throw TensorError("Index tensor must have the same number of dimensions as src tensor")
      }
      let isTooLarge = shape.indices.contains {
        $0 < index.rank
          && ($0 != axis && index.shape[$0] > shape[$0] || $0 < values.rank && index.shape[$0] > values.shape[$0])
      }
      guard !isTooLarge else {
        throw TensorError(
          "Expected index \(Shape.text(index.shape)) to be no larger than self \(Shape.text(shape)) apart from dimension \(axis) and to be no larger size than src \(Shape.text(values.shape))"
        )
      }
    }
    try checkAlong(name, axis, index)
    if values.isWrappedNumber {
      try checkConversion(of: values)
      return (axis, try values.to(dtype))
    }
    if values.shape == index.shape { return (axis, values) }
    if values.rank != index.rank {
      guard index.count == 0 || values.count > 0 else {
        throw TensorError(
          "Expected index \(Shape.text(index.shape)) to be no larger than self \(Shape.text(shape)) apart from dimension \(axis) and to be no larger size than src \(Shape.text(values.shape))"
        )
      }
      return (axis, try values.reshape([-1]).narrow(0, 0, index.count).reshape(index.shape))
    }
    var part = values
    for (other, size) in index.shape.enumerated() where other < values.rank {
      guard size <= values.shape[other] else {
        throw TensorError(
          "Expected index \(Shape.text(index.shape)) to be no larger than self \(Shape.text(shape)) apart from dimension \(axis) and to be no larger size than src \(Shape.text(values.shape))"
        )
      }
      part = try part.narrow(other, 0, size)
    }
    return (axis, part)
  }

  private func checkIndexType(_ name: String, _ index: Tensor) throws {
    guard index.dtype == .int64 || index.dtype == .int32 else {
      throw TensorError("\(name)(): Expected dtype int32/int64 for index")
    }
  }

  private func checkAlong(_ name: String, _ axis: Int, _ index: Tensor) throws {
    try checkIndexType(name, index)
    if index.count == 0 { return }
    guard Swift.max(rank, 1) == Swift.max(index.rank, 1) else {
      throw TensorError(
        "Index tensor must have the same number of dimensions as \(name == "gather" ? "input" : "self") tensor")
    }
    for other in shape.indices where other != axis && other < index.rank && index.shape[other] > shape[other] {
      throw TensorError(
        name == "gather"
          ? "Size does not match at dimension \(other) expected index \(Shape.text(index.shape)) to be no larger than self \(Shape.text(shape)) apart from dimension \(axis)"
          : "Expected index \(Shape.text(index.shape)) to be no larger than self \(Shape.text(shape)) apart from dimension \(axis)"
      )
    }
  }
}

extension DType {
  /// The smallest value, minus infinity where there is one.
  var lowest: Scalar {
    switch self {
    case .uint8, .bool: .int(0)
    case .int8: .int(-128)
    case .int16: .int(-32768)
    case .int32: .int(Int64(Int32.min))
    case .int64: .int(.min)
    default: .double(-.infinity)
    }
  }

  /// The largest value, infinity where there is one.
  var highest: Scalar {
    switch self {
    case .uint8: .int(255)
    case .bool: .int(1)
    case .int8: .int(127)
    case .int16: .int(32767)
    case .int32: .int(Int64(Int32.max))
    case .int64: .int(.max)
    default: .double(.infinity)
    }
  }
}
