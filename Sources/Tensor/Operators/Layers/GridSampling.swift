extension Tensor {
  /// What lies outside of the input of ``gridSample(_:mode:paddingMode:alignCorners:)``.
  public enum GridPadding: String, Sendable {
    /// Zeros, the elements at the border, or the inside mirrored there.
    case zeros, border, reflection
  }

  /// The values of `[N, C, H, W]` at the points of a grid `[N, H', W', 2]`, whose coordinates x, y run from -1 to 1; or of
  /// `[N, C, D, H, W]` at `[N, D', H', W', 3]`.
  public func gridSample(
    _ grid: Tensor, mode: InterpolationMode = .bilinear, paddingMode: GridPadding = .zeros, alignCorners: Bool = false
  ) throws -> Tensor {
    let spatial = rank - 2
    if rank == 0 { throw TensorError.index("Dimension specified as 0 but tensor has no dimensions") }
    guard grid.rank == 0 || shape[0] == grid.shape[0] else {
      throw TensorError(
        "grid_sampler(): expected grid and input to have same batch size, but got input with sizes \(Shape.text(shape)) and grid with sizes \(Shape.text(grid.shape))"
      )
    }
    guard grid.rank == 0 || rank < 3 || grid.shape[grid.rank - 1] == spatial else {
      throw TensorError(
        "grid_sampler(): expected grid to have size \(spatial) in last dimension, but got grid with sizes \(Shape.text(grid.shape))"
      )
    }
    guard spatial == 2 || spatial == 3, grid.rank == rank else {
      throw TensorError(
        "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes \(Shape.text(shape)) and grid with sizes \(Shape.text(grid.shape))"
      )
    }
    guard shape.dropFirst(2).allSatisfy({ $0 > 0 }) else {
      throw TensorError(
        "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes \(Shape.text(shape))")
    }
    let isKnown = [.bilinear, .nearest].contains(mode) || (mode == .bicubic && spatial == 2)
    guard isKnown else {
      throw TensorError("grid_sampler(): the mode \(mode.rawValue) does not go with \(rank)D input")
    }
    guard dtype.isFloatingPoint || grid.count == 0 else {
      throw notImplemented(spatial == 3 ? "grid_sampler3d_cpu" : "grid_sampler_2d_cpu_kernel_impl", dtype)
    }
    guard dtype == grid.dtype || grid.count == 0 else {
      throw TensorError("expected scalar type \(dtype.scalarTypeName) but found \(grid.dtype.scalarTypeName)")
    }
    if grid.count == 0 {
      let sizes = Array(shape.prefix(2)) + grid.shape[1..<(rank - 1)]
      return try withoutElements(sizes, "GridSampler\(spatial)DBackward0")
    }
    let points = grid.shape[1..<(rank - 1)].reduce(1, &*)
    // Innermost dimension first: x, y, z.
    var axes: [[(position: Tensor, weight: Tensor)]] = []
    for k in 0..<spatial {
      let size = shape[rank - 1 - k]
      let coordinate = try grid.select(-1, k).reshape([shape[0], points])
      let position =
        alignCorners
        ? try coordinate.add(1).mul(Double(size - 1) / 2) : try coordinate.add(1).mul(Double(size)).sub(1).div(2)
      axes.append(try GridAxis(size: size, padding: paddingMode, alignCorners: alignCorners).taps(position, mode))
    }
    return try sampled(axes, points).reshape(Array(shape.prefix(2)) + grid.shape[1..<(rank - 1)])
  }

  /// The sum over all combinations of taps.
  private func sampled(_ axes: [[(position: Tensor, weight: Tensor)]], _ points: Int) throws -> Tensor {
    let sizes = Array(shape.dropFirst(2).reversed())
    let flat = try reshape([shape[0], shape[1], sizes.reduce(1, &*)])
    var combinations: [(index: Tensor, weight: Tensor)] = []
    var stride = 1
    for (k, taps) in axes.enumerated() {
      let own = try taps.map { (index: try $0.position.mul(stride), weight: $0.weight) }
      combinations =
        k == 0
        ? own
        : try combinations.flatMap { a in
          try own.map { b in (index: try a.index.add(b.index), weight: try a.weight.mul(b.weight)) }
        }
      stride *= sizes[k]
    }
    var result = try Tensor.zeros([shape[0], shape[1], points], dtype: dtype)
    for (index, weight) in combinations {
      let chosen = try flat.gather(2, index.unsqueeze(1).expand([shape[0], shape[1], points]))
      result = try result.add(chosen.mul(weight.unsqueeze(1)))
    }
    return result
  }
}

/// One coordinate of a sampling grid: which elements a point lies between, and how near to each.
private struct GridAxis {
  let size: Int
  let padding: Tensor.GridPadding
  let alignCorners: Bool

  func taps(_ position: Tensor, _ mode: Tensor.InterpolationMode) throws -> [(position: Tensor, weight: Tensor)] {
    switch mode {
    case .nearest:
      let nearest = try padded(position).round()
      return [try tap(nearest.alias(), nearest.mul(0).add(1))]
    case .bicubic:
      let base = try position.alias().floor()
      let t = try position.sub(base)
      return try (-1...2).map { k in
        let x = try t.rsub(Double(k)).abs()
        let near = try x.mul(1.25).sub(2.25).mul(x).mul(x).add(1)
        let far = try x.sub(5).mul(x).add(8).mul(x).sub(4).mul(-0.75)
        let weight = k == 0 || k == 1 ? near : far
        return try tap(padded(base.add(Double(k))).alias().round(), weight)
      }
    default:
      let x = try padded(position)
      let base = try x.alias().floor()
      let t = try x.sub(base)
      return [try tap(base, t.rsub(1)), try tap(base.add(1), t)]
    }
  }

  /// The element at a whole-numbered position; outside of the input its weight is 0.
  private func tap(_ position: Tensor, _ weight: Tensor) throws -> (position: Tensor, weight: Tensor) {
    let isInside = try position.ge(0).logicalAnd(position.le(size - 1))
    let index = try position.where(isInside, else: 0).to(.int64)
    return (index, try weight.where(isInside, else: 0))
  }

  private func padded(_ position: Tensor) throws -> Tensor {
    switch padding {
    case .zeros: return position
    case .border: return try position.clamp(min: 0, max: size - 1)
    case .reflection:
      let low = alignCorners ? 0.0 : -0.5
      let span = alignCorners ? Double(size - 1) : Double(size)
      if span == 0 { return try position.mul(0) }
      let distance = try position.sub(low).abs()
      let turns = try distance.alias().div(span).floor()
      let rest = try distance.sub(turns.mul(span))
      let isEven = try turns.remainder(2).eq(0)
      let reflected = try Tensor.where(isEven, rest.add(low), rest.rsub(span + low))
      return try reflected.clamp(min: 0, max: size - 1)
    }
  }
}
