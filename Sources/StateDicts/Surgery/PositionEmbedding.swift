import Tensor

/// How position embeddings are brought to another grid.
public struct PositionResampling: Sendable {
  /// The old grid, rows and columns; nil: it is square.
  public var oldSize: [Int]?
  /// How many positions at the beginning belong to no patch, such as that of the class token.
  public var prefixTokens: Int
  /// How values between positions are found.
  public var mode: Tensor.InterpolationMode
  /// Whether what shrinks is smoothed first, as timm does it. Without, corners stay corners, as torchvision does it.
  public var antialias: Bool

  /// - Parameters:
  ///   - oldSize: the old grid, rows and columns; nil: it is square.
  ///   - prefixTokens: how many positions at the beginning stay as they are.
  public init(
    oldSize: [Int]? = nil, prefixTokens: Int = 1, mode: Tensor.InterpolationMode = .bicubic, antialias: Bool = false
  ) {
    self.oldSize = oldSize
    self.prefixTokens = prefixTokens
    self.mode = mode
    self.antialias = antialias
  }
}

extension NamedTensors {
  /// The same with position embeddings for images of another size: a vision transformer's `[1, tokens, channels]`, whose
  /// patches lie in a grid.
  ///
  /// Sources: `interpolate_embeddings` of torchvision, and, with `antialias`, `resample_abs_pos_embed` of timm.
  ///
  /// - Parameter size: the new grid, rows and columns of patches.
  /// - Throws: ``TensorError`` where there are no such embeddings, or they are no grid.
  public func resizingPositions(
    _ key: String, to size: [Int], _ resampling: PositionResampling = PositionResampling()
  ) throws -> Self {
    let old = try requiredTensor(key)
    return try replacing(key, with: try GradMode.with(false) { try old.detach().resampled(key, size, resampling) })
  }
}

extension Tensor {
  fileprivate func resampled(_ key: String, _ size: [Int], _ options: PositionResampling) throws -> Tensor {
    guard rank == 3, shape[0] == 1 else {
      throw TensorError("Unexpected position embedding shape: \(Shape.sizeText(shape))", kind: .value)
    }
    guard size.count == 2, size.allSatisfy({ $0 > 0 && $0 < 1 << 20 }) else {
      throw TensorError("resize_pos_embedding(): a grid has rows and columns, not \(size)", kind: .value)
    }
    let tokens = options.prefixTokens
    guard tokens >= 0, tokens < shape[1] else {
      throw TensorError(
        "resize_pos_embedding(): '\(key)' has \(shape[1]) positions, \(tokens) of which belong to no patch",
        kind: .value)
    }
    let patches = shape[1] - tokens
    let grid: [Int]
    if let oldSize = options.oldSize {
      grid = oldSize
    } else if let side = Int.squareRoot(patches) {
      grid = [side, side]
    } else {
      throw TensorError(
        "resize_pos_embedding(): the \(patches) patches of '\(key)' are no square; say what they are by old_size",
        kind: .value)
    }
    guard grid.count == 2, grid.allSatisfy({ $0 > 0 && $0 <= patches }), patches.isMultiple(of: grid[0]),
      patches / grid[0] == grid[1]
    else {
      throw TensorError("resize_pos_embedding(): '\(key)' has \(patches) patches, not a grid of \(grid)", kind: .value)
    }
    if grid == size { return self }
    let working: DType = dtype == .float64 ? .float64 : .float32
    let image = try narrow(1, tokens, patches).to(working).reshape([1, grid[0], grid[1], shape[2]]).permute([
      0, 3, 1, 2,
    ])
    let alignsCorners = [.bilinear, .bicubic].contains(options.mode) ? !options.antialias : nil
    let resized = try image.interpolate(
      size: size, mode: options.mode, alignCorners: alignsCorners, antialias: options.antialias)
    let positions = try resized.permute([0, 2, 3, 1]).reshape([1, size[0] * size[1], shape[2]]).to(dtype)
    return tokens == 0 ? positions : try Tensor.cat([try narrow(1, 0, tokens), positions], dim: 1)
  }
}
