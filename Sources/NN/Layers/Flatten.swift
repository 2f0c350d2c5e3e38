import Tensor

/// Merges dimensions `startDim` to `endDim` into one.
public final class Flatten: Module {
  /// The first dimension that is merged, negative ones counted from the end.
  public let startDim: Int
  /// The last dimension that is merged, negative ones counted from the end.
  public let endDim: Int

  /// By default all dimensions but the batch's are merged.
  public init(startDim: Int = 1, endDim: Int = -1) {
    self.startDim = startDim
    self.endDim = endDim
  }

  public override func forward(_ input: Tensor) throws -> Tensor { try input.flatten(startDim, endDim) }

  public override var extraText: String { "start_dim=\(startDim), end_dim=\(endDim)" }

  public override var attributes: Attributes {
    [("start_dim", .int(startDim)), ("end_dim", .int(endDim))]
  }
}

/// Splits dimension `dim` into `sizes`.
public final class Unflatten: Module {
  /// The dimension that is split, negative ones counted from the end.
  public let dim: Int
  /// What it is split into; at most one of them is -1, which takes what is left.
  public let sizes: [Int]

  /// - Parameters:
  ///   - dim: negative ones counted from the end.
  ///   - sizes: their product must be the dimension's size; one may be -1, which takes what is left. A call throws
  ///     otherwise.
  public init(_ dim: Int, _ sizes: [Int]) {
    self.dim = dim
    self.sizes = sizes
  }

  public override func forward(_ input: Tensor) throws -> Tensor {
    let axis = try wrapDimension(dim, rank: input.rank)
    return try input.reshape(
      Array(input.shape[..<axis]) + (try resolved(input.shape[axis])) + Array(input.shape[(axis + 1)...]))
  }

  private func resolved(_ size: Int) throws -> [Int] {
    let known = sizes.filter { $0 != -1 }.reduce(1) { $0 &* $1 }
    let fits = sizes.contains(-1) ? known > 0 && size % known == 0 : known == size
    guard fits else {
      throw TensorError(
        "unflatten: Provided sizes \(Shape.text(sizes)) don't multiply up to the size of dim \(dim) (\(size)) in the input tensor"
      )
    }
    return sizes.map { $0 == -1 ? size / known : $0 }
  }

  public override var extraText: String { "dim=\(dim), unflattened_size=\(tupleText(sizes))" }

  public override var attributes: Attributes {
    [("dim", .int(dim)), ("unflattened_size", .ints(sizes))]
  }
}
