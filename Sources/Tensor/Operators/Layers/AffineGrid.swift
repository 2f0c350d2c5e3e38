extension Tensor {
  /// The points at which ``gridSample(_:mode:paddingMode:alignCorners:)`` sees an image moved by affine maps: `F.affine_grid`, of maps
  /// `[N, 2, 3]` for images `[N, C, H, W]`, or `[N, 3, 4]` for `[N, C, D, H, W]`.
  ///
  /// - Parameters:
  ///   - size: of the images that are to be sampled.
  ///   - alignCorners: whether -1 and 1 are the centers of the corner elements, not their outer edges.
  /// - Returns: coordinates x, y (and z) from -1 to 1: `[N, H, W, 2]` or `[N, D, H, W, 3]`.
  /// - Throws: ``TensorError`` for maps and sizes that do not go together.
  public func affineGrid(_ size: [Int], alignCorners: Bool = false) throws -> Tensor {
    guard dtype.isFloatingPoint else {
      throw TensorError("Expected theta to have floating point type, but got torch.\(dtype.name)", kind: .value)
    }
    let spatial = size.count - 2
    let text = "(\(Shape.text(size).dropFirst().dropLast()))"
    guard spatial == 2 || spatial == 3 else {
      throw TensorError(
        "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size \(text).",
        kind: .notImplemented)
    }
    guard rank == 3, shape[1] == spatial, shape[2] == spatial + 1 else {
      throw TensorError(
        "Expected a batch of \(spatial)D affine matrices of shape Nx\(spatial)x\(spatial + 1) for size \(text). Got \(Shape.sizeText(shape)).",
        kind: .value)
    }
    guard size.allSatisfy({ $0 > 0 }) else {
      throw TensorError("Expected non-zero, positive output size. Got \(text)", kind: .value)
    }
    guard shape[0] == size[0] else {
      throw TensorError(
        "Expected size for first two dimensions of batch2 tensor to be: [\(size[0]), \(spatial + 1)] but got: [\(shape[0]), \(spatial + 1)]."
      )
    }
    let steps = Array(size.dropFirst(2))
    let count = try Shape.count(steps)
    // x runs along the last dimension.
    let coordinates = try steps.indices.reversed().map { k in
      var column = [Int](repeating: 1, count: spatial)
      column[k] = steps[k]
      return try positions(steps[k], alignCorners).reshape(column).expand(steps)
    }
    let ones = try Tensor.ones(steps, dtype: dtype)
    let points = try Tensor.stack(coordinates + [ones], dim: -1).reshape([1, count, spatial + 1])
    let moved = try points.expand([size[0]] + points.shape.dropFirst()).matmul(transpose(1, 2))
    return try moved.reshape([size[0]] + steps + [spatial]).named("AffineGridGeneratorBackward0")
  }

  /// The centers of `count` elements between -1 and 1.
  private func positions(_ count: Int, _ alignCorners: Bool) throws -> Tensor {
    guard count > 1 else { return try Tensor.zeros([1], dtype: dtype) }
    let ends = try Tensor.linspace(-1, 1, count, dtype: dtype)
    return alignCorners ? ends : try ends.mul(Double(count - 1) / Double(count))
  }
}
