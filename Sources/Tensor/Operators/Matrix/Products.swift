extension Tensor {
  /// The product of vectors, matrices, or batches of matrices, whose batch dimensions are broadcast: `torch.matmul`.
  public func matmul(_ other: Tensor) throws -> Tensor {
    guard rank > 0, other.rank > 0 else {
      throw TensorError(
        "both arguments to matmul need to be at least 1D, but they are \(rank)D and \(other.rank)D")
    }
    switch (rank, other.rank) {
    case (1, 1): return try dot(other)
    case (2, 1): return try mv(other)
    case (1, 2): return try unsqueeze(0).mm(other).squeeze([0])
    case (2, 2): return try mm(other)
    default: break
    }
    let a = rank == 1 ? try unsqueeze(0) : self
    let b = other.rank == 1 ? try other.unsqueeze(1) : other
    let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
    let batch = try Shape.broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
    var result: Tensor
    if b.rank == 2 {
      // One matrix for all: a single large product.
      try Tensor.checkProduct([a.count / Swift.max(k, 1), k], b.shape)
      result = try a.reshape([a.shape.dropLast().reduce(1, *), k]).mm(b).reshape(Array(a.shape.dropLast()) + [n])
    } else {
      let count = try Shape.count(batch)
      result = try a.expand(batch + [m, k]).reshape([count, m, k])
        .bmm(b.expand(batch + [b.shape[b.rank - 2], n]).reshape([count, b.shape[b.rank - 2], n]))
        .reshape(batch + [m, n])
    }
    if rank == 1 { result = try result.squeeze([-2]) }
    return other.rank == 1 ? try result.squeeze([-1]) : result
  }

  /// The product of two matrices.
  public func mm(_ other: Tensor) throws -> Tensor {
    guard rank == 2 else { throw TensorError("self must be a matrix") }
    guard other.rank == 2 else { throw TensorError("mat2 must be a matrix") }
    try Tensor.checkProduct(shape, other.shape)
    try Tensor.checkTypes(self, other)
    let result = try Tensor.multiplyMatrices(alias().unsqueeze(0), other.alias().unsqueeze(0))
    result.setLayout(
      shape: [shape[0], other.shape[1]], strides: [other.shape[1], 1].map { Swift.max($0, 1) }, offset: 0,
      count: result.count)
    guard needsGradient(self, other) else { return result }
    return result.recorded("MmBackward0", [self, other], Tensor.productGradient(self, other))
  }

  /// The products of two batches of matrices.
  public func bmm(_ other: Tensor) throws -> Tensor {
    guard rank == 3, other.rank == 3 else {
      throw TensorError("batch1 must be a 3D tensor")
    }
    guard shape[0] == other.shape[0], shape[2] == other.shape[1] else {
      throw TensorError(
        "Expected size for first two dimensions of batch2 tensor to be: [\(shape[0]), \(shape[2])] but got: [\(other.shape[0]), \(other.shape[1])]."
      )
    }
    try Tensor.checkTypes(self, other)
    let result = try Tensor.multiplyMatrices(self, other)
    guard needsGradient(self, other) else { return result }
    return result.recorded("BmmBackward0", [self, other], Tensor.productGradient(self, other))
  }

  private static func productGradient(
    _ a: Tensor, _ b: Tensor
  ) -> (Tensor, GradientNeeds) throws -> [Tensor?] {
    let (first, second) = (b.requiresGrad ? SavedTensor(a) : nil, a.requiresGrad ? SavedTensor(b) : nil)
    return { grad, needs in
      var grads: [Tensor?] = [nil, nil]
      if needs[0], let b = try second?() { grads[0] = try grad.matmul(b.transpose(-2, -1)) }
      if needs[1], let a = try first?() { grads[1] = try a.transpose(-2, -1).matmul(grad) }
      return grads
    }
  }

  private static func checkProduct(_ a: [Int], _ b: [Int]) throws {
    guard a[1] == b[0] else {
      throw TensorError("mat1 and mat2 shapes cannot be multiplied (\(a[0])x\(a[1]) and \(b[0])x\(b[1]))")
    }
  }

  private static func checkTypes(_ a: Tensor, _ b: Tensor) throws {
    guard a.dtype == b.dtype else {
      throw TensorError(
        "expected m1 and m2 to have the same dtype, but got: \(a.dtype.cTypeName) != \(b.dtype.cTypeName)")
    }
    guard a.dtype.isComputable, a.dtype != .bool else { throw notImplemented("addmm_impl_cpu_", a.dtype) }
  }

  /// The product of a matrix and a vector.
  public func mv(_ vector: Tensor) throws -> Tensor {
    guard rank == 2, vector.rank == 1 else {
      throw TensorError("vector + matrix @ vector expected, got \(1), \(rank), \(vector.rank)")
    }
    guard shape[1] == vector.count else {
      throw TensorError("size mismatch, got input (\(shape[0])), mat (\(shape[0])x\(shape[1])), vec (\(vector.count))")
    }
    return try mm(vector.unsqueeze(1)).squeeze([1])
  }

  /// The sum of the products of two vectors' elements.
  public func dot(_ other: Tensor) throws -> Tensor {
    guard rank == 1, other.rank == 1 else {
      throw TensorError("1D tensors expected, but got \(rank)D and \(other.rank)D tensors")
    }
    guard dtype == other.dtype else {
      throw TensorError(
        "dot : expected both vectors to have same dtype, but found \(dtype.scalarTypeName) and \(other.dtype.scalarTypeName)"
      )
    }
    guard count == other.count else {
      throw TensorError(
        "inconsistent tensor size, expected tensor [\(count)] and src [\(other.count)] to have the same number of elements, but got \(count) and \(other.count) elements respectively"
      )
    }
    guard dtype != .bool else { throw notImplemented("dot", dtype) }
    return try mul(other).sum(dtype: dtype)
  }

  /// The products of the innermost dimensions of both.
  public func inner(_ other: Tensor) throws -> Tensor {
    if rank == 0 || other.rank == 0 { return try mul(other) }
    guard shape[rank - 1] == other.shape[other.rank - 1] else {
      throw TensorError(
        "inner() the last dimension must match on both input tensors but got shapes \(Shape.text(shape)) and \(Shape.text(other.shape))"
      )
    }
    return try Tensor.tensordot(self, other, [rank - 1], [other.rank - 1])
  }

  /// The products of all pairs of two vectors' elements.
  public func outer(_ other: Tensor) throws -> Tensor {
    guard rank == 1, other.rank == 1 else {
      throw TensorError("outer: Expected 1-D argument self and vec2, but got \(rank)-D and \(other.rank)-D")
    }
    return try unsqueeze(1).mul(other)
  }

  /// `beta * self + alpha * a @ b` of matrices; `self` is broadcast.
  public func addmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    guard a.rank == 2, b.rank == 2 else {
      throw TensorError("mat1 must be a matrix, got \(a.rank)-D tensor")
    }
    try Tensor.checkTypes(self, a)
    return try scaledSum(of: a.mm(b), beta: beta, alpha: alpha)
  }

  /// `beta * self + alpha * matrix @ vector`.
  public func addmv(_ matrix: Tensor, _ vector: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    try scaledSum(of: matrix.mv(vector), beta: beta, alpha: alpha)
  }

  /// `beta * self + alpha * outer(a, b)`.
  public func addr(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    try scaledSum(of: a.outer(b), beta: beta, alpha: alpha)
  }

  /// `beta * self + alpha * a @ b` of batches of matrices.
  public func baddbmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    try scaledSum(of: a.bmm(b), beta: beta, alpha: alpha)
  }

  /// `beta * self + alpha * sum(a @ b)`, the sum over the batch.
  public func addbmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    try scaledSum(of: a.bmm(b).sum([0], dtype: a.dtype), beta: beta, alpha: alpha)
  }

  private func scaledSum(of product: Tensor, beta: Scalar, alpha: Scalar) throws -> Tensor {
    guard Shape.isExpandable(shape, to: product.shape) else {
      throw TensorError(
        "The expanded size of the tensor (\(product.shape.last ?? 1)) must match the existing size (\(shape.last ?? 1)) at non-singleton dimension \(Swift.max(product.rank - 1, 0)).  Target sizes: \(Shape.text(product.shape)).  Tensor sizes: \(Shape.text(shape))"
      )
    }
    // Integers are scaled by integers.
    let isInteger = !product.dtype.isFloatingPoint
    let (beta, alpha) = isInteger ? (.int(beta.int), .int(alpha.int)) : (beta, alpha)
    let scaled = alpha.double == 1 ? product : try product.mul(alpha)
    // A beta of 0 ignores even NaN.
    if beta.double == 0 { return scaled.dtype == dtype ? scaled : try scaled.to(try resultType(self, scaled)) }
    return try (beta.double == 1 ? self : mul(beta)).add(scaled)
  }

  /// `x @ weight.T + bias`: `F.linear`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    guard rank > 0 else {
      throw TensorError("both arguments to linear need to be at least 1D, but they are 0D and \(weight.rank)D")
    }
    let product = try matmul(weight.rank == 1 ? weight : weight.t())
    return try bias.map { try product.add($0) } ?? product
  }
}
