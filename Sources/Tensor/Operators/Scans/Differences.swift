extension Tensor {
  /// How far apart the samples of ``gradients(_:dims:edgeOrder:)`` lie.
  public enum Spacing {
    /// The same distance along all dimensions.
    case uniform(Double)
    /// A distance for each dimension.
    case distances([Double])
    /// The places of the samples along each dimension.
    case places([Tensor])

    fileprivate var count: Int? {
      switch self {
      case .uniform: nil
      case .distances(let distances): distances.count
      case .places(let places): places.count
      }
    }
  }

  /// Estimates of the derivatives along dimensions, by differences between neighbours: `torch.gradient`.
  ///
  /// - Parameters:
  ///   - dims: along which; nil: all.
  ///   - edgeOrder: whether the ends are estimated from 2 samples or from 3.
  /// - Returns: a tensor of this shape for each dimension.
  /// - Throws: ``TensorError`` for dimensions that are too short, or spacings of another number.
  public func gradients(_ spacing: Spacing = .uniform(1), dims: [Int]? = nil, edgeOrder: Int = 1) throws -> [Tensor] {
    guard dtype != .uint8 else {
      throw TensorError("torch.gradient does not support uint8 input.")
    }
    if let given = spacing.count, let wanted = dims?.count, given != wanted {
      throw TensorError(
        "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same length, but got a spacing argument of length \(given) and a dim argument of length \(wanted)."
      )
    }
    if let given = spacing.count, dims == nil, given != rank {
      throw TensorError(
        "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = \(rank)', since dim argument was not given, but got a list of length \(given)"
      )
    }
    guard edgeOrder == 1 || edgeOrder == 2 else {
      throw TensorError("torch.gradient only supports edge_order=1 and edge_order=2.")
    }
    if case .places(let places) = spacing {
      for place in places where place.rank != 1 {
        throw TensorError(
          "torch.gradient expected each element of spacing to have one dimension, but got an element with \(place.rank) dimensions!"
        )
      }
    }
    let axes = try dims.map { try wrapDimensions($0, rank: rank) } ?? Array(shape.indices)
    for axis in axes where shape[axis] < edgeOrder + 1 {
      throw TensorError("torch.gradient expected each dimension size to be at least edge_order+1")
    }
    return try axes.enumerated().map { position, axis in
      switch spacing {
      case .uniform(let distance): try gradient(axis, distance: distance, edgeOrder)
      case .distances(let distances): try gradient(axis, distance: distances[position], edgeOrder)
      case .places(let places): try gradient(axis, places: places[position], edgeOrder)
      }
    }
  }

  private func gradient(_ axis: Int, distance: Double, _ edgeOrder: Int) throws -> Tensor {
    let size = shape[axis]
    func at(_ index: Int) throws -> Tensor { try narrow(axis, index, 1) }
    let inner = try narrow(axis, 2, size - 2).sub(narrow(axis, 0, size - 2)).div(2.0).div(distance)
    if edgeOrder == 1 {
      return try Tensor.cat(
        [at(1).sub(at(0)).div(distance), inner, at(size - 1).sub(at(size - 2)).div(distance)], dim: axis)
    }
    /// The slope at the first of three samples.
    func slope(_ first: Tensor, _ second: Tensor, _ third: Tensor) throws -> Tensor {
      try second.mul(2.0).sub(first.mul(1.5)).sub(third.mul(0.5)).div(distance)
    }
    return try Tensor.cat(
      [slope(at(0), at(1), at(2)), inner, slope(at(size - 1), at(size - 2), at(size - 3)).neg()], dim: axis)
  }

  private func gradient(_ axis: Int, places: Tensor, _ edgeOrder: Int) throws -> Tensor {
    let size = shape[axis]
    func at(_ index: Int) throws -> Tensor { try narrow(axis, index, 1) }
    let along = [Int](repeating: 1, count: axis) + [-1] + [Int](repeating: 1, count: rank - 1 - axis)
    let distances = try places.diff().reshape(along)
    let steps = distances.shape[axis]
    guard steps == size - 1 else {
      throw TensorError(
        "The size of tensor a (\(size - 2)) must match the size of tensor b (\(steps - 1)) at non-singleton dimension \(axis)"
      )
    }
    let (left, right) = (try distances.narrow(axis, 0, steps - 1), try distances.narrow(axis, 1, steps - 1))
    let sum = try left.add(right)
    let inner = try narrow(axis, 0, size - 2).mul(right.neg().div(left.mul(sum)))
      .add(narrow(axis, 1, size - 2).mul(right.sub(left).div(left.mul(right))))
      .add(narrow(axis, 2, size - 2).mul(left.div(right.mul(sum))))
    func distance(_ index: Int) throws -> Tensor { try distances.narrow(axis, index, 1) }
    if edgeOrder == 1 {
      return try Tensor.cat(
        [
          at(1).sub(at(0)).div(distance(0)), inner, at(size - 1).sub(at(size - 2)).div(distance(steps - 1)),
        ], dim: axis)
    }
    /// The slope at the first of three samples, which lie `near` and then `far` apart.
    func slope(_ first: Tensor, _ second: Tensor, _ third: Tensor, _ near: Tensor, _ far: Tensor) throws -> Tensor {
      let both = try near.add(far)
      return try second.mul(both.div(near.mul(far)))
        .sub(first.mul(near.mul(2.0).add(far).div(near.mul(both))))
        .sub(third.mul(near.div(far.mul(both))))
    }
    return try Tensor.cat(
      [
        slope(at(0), at(1), at(2), distance(0), distance(1)), inner,
        slope(at(size - 1), at(size - 2), at(size - 3), distance(steps - 1), distance(steps - 2)).neg(),
      ], dim: axis)
  }
}
