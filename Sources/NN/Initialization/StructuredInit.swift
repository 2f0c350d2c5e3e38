import Glibc
import Tensor

/// Initial values with a structure: identities, orthogonal and sparse matrices.
extension Init {
  /// The identity matrix.
  ///
  /// - Throws: ``TensorError`` for other than two dimensions.
  @discardableResult
  public static func eye(_ tensor: Tensor) throws -> Tensor {
    try requireMatrix(tensor)
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    var values = try zeros(as: tensor)
    for i in 0..<min(rows, columns) { values[i * columns + i] = 1 }
    return try write(values, to: tensor)
  }

  /// Convolutions that pass on as many channels unchanged as they can, in each group.
  ///
  /// - Throws: ``TensorError`` for other than 3, 4 or 5 dimensions, or outputs that `groups` does not divide.
  @discardableResult
  public static func dirac(_ tensor: Tensor, groups: Int = 1) throws -> Tensor {
    guard (3...5).contains(tensor.rank) else {
      throw TensorError("Only tensors with 3, 4, or 5 dimensions are supported", kind: .value)
    }
    guard groups > 0, tensor.shape[0] % groups == 0 else {
      throw TensorError("dim 0 must be divisible by groups", kind: .value)
    }
    let perGroup = tensor.shape[0] / groups
    let strides = Shape.rowMajorStrides(tensor.shape)
    let middle = (2..<tensor.rank).reduce(0) { $0 + (tensor.shape[$1] / 2) * strides[$1] }
    guard tensor.count > 0 else { return tensor }
    var values = try zeros(as: tensor)
    for group in 0..<groups {
      for channel in 0..<min(perGroup, tensor.shape[1]) {
        values[(group * perGroup + channel) * strides[0] + channel * strides[1] + middle] = 1
      }
    }
    return try write(values, to: tensor)
  }

  /// A matrix (all dimensions but the first taken as one) with orthonormal rows or columns, times `gain`.
  ///
  /// Source: Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2014,
  /// https://arxiv.org/abs/1312.6120
  @discardableResult
  public static func orthogonal(_ tensor: Tensor, gain: Double = 1, generator: Generator? = nil) throws -> Tensor {
    guard tensor.rank >= 2 else {
      throw TensorError("Only tensors with 2 or more dimensions are supported", kind: .value)
    }
    guard tensor.count > 0 else { return tensor }
    let rows = tensor.shape[0]
    let columns = tensor.count / rows
    let drawn = try Tensor.randn([rows, columns], dtype: tensor.dtype, generator: generator)
    return try GradMode.with(false) {
      // The longer side are the vectors' components. With the signs chosen so that R's diagonal is positive, Q is unique.
      let isWide = rows < columns
      let vectors = try drawn.to(tensor.dtype == .float64 ? .float64 : .float32)
      let (q, r) = try (isWide ? vectors.transpose(0, 1) : vectors).linalgQr()
      let unique = try q.mul(r.diagonal().sign())
      let values = try (isWide ? unique.transpose(0, 1) : unique).mul(gain)
      return try tensor.copyInPlace(values.reshape(tensor.shape))
    }
  }

  /// Normal numbers, of which the share `sparsity` of each column is zero.
  @discardableResult
  public static func sparse(
    _ tensor: Tensor, sparsity: Double, deviation: Double = 0.01, generator: Generator? = nil
  ) throws -> Tensor {
    try requireMatrix(tensor)
    try normal(tensor, deviation: deviation, generator: generator)
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    let zeros = min(max(Int(clamping: Int64(clampingTruncation: ceil(sparsity * Double(rows)))), 0), rows)
    var values = try tensor.detach().doubles()
    for column in 0..<columns {
      for row in try Tensor.randperm(rows).integers().prefix(zeros) { values[Int(row) * columns + column] = 0 }
    }
    return try write(values, to: tensor)
  }

  private static func requireMatrix(_ tensor: Tensor) throws {
    guard tensor.rank == 2 else { throw TensorError("Only tensors with 2 dimensions are supported", kind: .value) }
  }

  /// As many zeros as `tensor` has elements, which may all be the same one.
  private static func zeros(as tensor: Tensor) throws -> [Double] {
    try BufferPool.checkArray(of: Double.self, count: tensor.count)
    return [Double](repeating: 0, count: tensor.count)
  }

  private static func write(_ values: [Double], to tensor: Tensor) throws -> Tensor {
    try GradMode.with(false) {
      try tensor.copyInPlace(try Tensor(values, shape: tensor.shape, dtype: tensor.dtype))
    }
  }
}
