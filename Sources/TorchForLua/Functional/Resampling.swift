import Lua
import Tensor

extension OperatorList {
  /// Padding, and images of other sizes or seen through a grid.
  mutating func addResampling() {
    add(
      "pad", "(input: Tensor, pad: int[], mode: string = 'constant', value: float? = nil) -> Tensor",
      """
      New elements before and after the last dimensions: pad holds pairs of counts, the last dimension's \
      first; negative ones crop. mode is 'constant' with value (0 unless given), 'reflect', 'replicate' or \
      'circular'.
      """,
      "F.pad(torch.tensor{1., 2.}, {1, 2}) --> tensor([0., 1., 2., 0., 0.])"
    ) { a in
      let modes: [String: Tensor.PaddingMode] = [
        "constant": .constant(try a.optionalDouble(3) ?? 0), "reflect": .reflect, "replicate": .replicate,
        "circular": .circular,
      ]
      guard let mode = modes[try a.string(2)] else {
        throw TensorError("Unrecognised padding mode \(try a.string(2))", kind: .notImplemented)
      }
      return try a.tensor(0).pad(a.ints(1), mode: mode)
    }
    for name in ["interpolate", "upsample"] {
      add(
        name,
        "(input: Tensor, size: int|int[]|nil = nil, scale_factor: float|float[]|nil = nil, mode: string = 'nearest', align_corners: bool? = nil, recompute_scale_factor: bool? = nil, antialias: bool = false) -> Tensor",
        """
        The spatial dimensions, all but the first two, brought to size, or to scale_factor times theirs. \
        mode is 'nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic' or 'area'; \
        align_corners has the corners' centres stay, antialias smooths when sizes shrink.
        """,
        "F.\(name)(torch.tensor{{{1., 2.}}}, {scale_factor = 2}) --> tensor([[[1., 1., 2., 2.]]])"
      ) { a in
        try a.checkSpatialLists()
        guard try !a.has(1) || a.optionalBool(5) != true else {
          throw TensorError("recompute_scale_factor is not meaningful with an explicit size.", kind: .value)
        }
        return try a.tensor(0).interpolate(
          size: a.optionalInts(1), scaleFactor: a.optionalDoubles(2), mode: a.interpolationMode(3, of: a.tensor(0)),
          alignCorners: a.optionalBool(4),
          recomputeScaleFactor: a.optionalBool(5) ?? false, antialias: a.bool(6))
      }
    }
    for (name, isNearest) in [("upsample_nearest", true), ("upsample_bilinear", false)] {
      add(
        name, "(input: Tensor, size: int|int[]|nil = nil, scale_factor: float|float[]|nil = nil) -> Tensor",
        "interpolate() with mode = '\(isNearest ? "nearest" : "bilinear")'\(isNearest ? "" : " and align_corners = true").",
        "F.\(name)(torch.ones(1, 1, 2, 2), {size = 4}).shape --> torch.Size([1, 1, 4, 4])"
      ) { a in
        try a.checkSpatialLists()
        return try a.tensor(0).interpolate(
          size: a.optionalInts(1), scaleFactor: a.optionalDoubles(2), mode: isNearest ? .nearest : .bilinear,
          alignCorners: isNearest ? nil : true)
      }
    }
    add(
      "affine_grid", "(theta: Tensor, size: int[], align_corners: bool? = nil) -> Tensor",
      """
      The grid at which grid_sample() sees images of this size moved by affine maps theta: (N, 2, 3) for (N, C, H, W) gives \
      (N, H, W, 2), (N, 3, 4) for (N, C, D, H, W) gives (N, D, H, W, 3). align_corners has -1 and 1 name the corners' centres.
      """,
      "F.affine_grid(torch.tensor{{{1., 0., 0.}, {0., 1., 0.}}}, {1, 1, 1, 2}) --> tensor([[[[-0.5000,  0.0000],\n-->           [ 0.5000,  0.0000]]]])"
    ) { a in try a.tensor(0).affineGrid(a.ints(1), alignCorners: a.optionalBool(2) ?? false) }
    add(
      "grid_sample",
      "(input: Tensor, grid: Tensor, mode: string = 'bilinear', padding_mode: string = 'zeros', align_corners: bool? = nil) -> Tensor",
      """
      The values of input (N, C, H, W) at the points that grid (N, H', W', 2) names by x and y from -1 to 1: \
      (N, C, H', W'). mode is 'bilinear', 'nearest' or 'bicubic'; outside, padding_mode gives 'zeros', the \
      'border' or its 'reflection'.
      """, "F.grid_sample(torch.tensor{{{{1., 3.}}}}, torch.zeros(1, 1, 1, 2)) --> tensor([[[[2.]]]])"
    ) { a in
      let (modeName, paddingName) = (try a.string(2), try a.string(3))
      guard let mode = Tensor.InterpolationMode(rawValue: modeName), [.bilinear, .nearest, .bicubic].contains(mode)
      else {
        throw TensorError(
          "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '\(modeName)'",
          kind: .value)
      }
      guard let padding = Tensor.GridPadding(rawValue: paddingName) else {
        throw TensorError(
          "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '\(paddingName)'",
          kind: .value)
      }
      return try a.tensor(0).gridSample(
        a.tensor(1), mode: mode, paddingMode: padding, alignCorners: a.optionalBool(4) ?? false)
    }
  }
}

extension Arguments {
  /// - Throws: ``TensorError`` where the sizes or factors of an interpolation are a table of another length than the input's spatial
  ///   dimensions.
  fileprivate func checkSpatialLists() throws {
    guard !has(1) || !has(2) else { return }
    try tensor(0).checkSpatialCount(
      sizes: self[1].table == nil ? nil : optionalInts(1), factors: self[2].table == nil ? nil : optionalDoubles(2))
  }

  /// The mode of an interpolation by its name.
  ///
  /// - Parameter input: what the error says the dimensions of.
  func interpolationMode(_ index: Int, of input: Tensor? = nil) throws -> Tensor.InterpolationMode {
    let text = try string(index)
    guard let mode = Tensor.InterpolationMode(rawValue: text) else {
      let got = input.map { " (got \($0.rank)D)" } ?? ""
      throw TensorError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported\(got) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got \(text))",
        kind: .notImplemented)
    }
    return mode
  }
}
