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
      let rows = try a.reshape([a.shape.dropLast().reduce(1, &*), k])
      result =
        other.rank == 1
        ? try rows.mv(other).reshape(Array(a.shape.dropLast()) + [1])
        : try rows.mm(b).reshape(Array(a.shape.dropLast()) + [n]).named("UnsafeViewBackward0")
    } else {
      let count = try Shape.count(batch)
      result = try a.expand(batch + [m, k]).reshape([count, m, k])
        .bmm(b.expand(batch + [b.shape[b.rank - 2], n]).reshape([count, b.shape[b.rank - 2], n]))
        .reshape(batch + [m, n]).named("UnsafeViewBackward0")
    }
    if rank == 1 { result = try result.squeeze([-2]) }
    return other.rank == 1 ? try result.squeeze([-1]) : result
  }

  /// The product of two matrices.
  public func mm(_ other: Tensor) throws -> Tensor {
    guard rank == 2 else { throw TensorError("self must be a matrix") }
    guard other.rank == 2 else { throw TensorError("mat2 must be a matrix") }
    try Tensor.checkProduct(shape, other.shape)
    guard dtype == other.dtype else {
      throw TensorError(
        "expected m1 and m2 to have the same dtype, but got: \(dtype.mangledTypeName) != \(other.dtype.mangledTypeName)"
      )
    }
    let result = try plainProduct(other)
    guard needsGradient(self, other), dtype.isFloatingPoint else { return result }
    return result.recorded("MmBackward0", [self, other], Tensor.productGradient(self, other))
  }

  /// The product of two matrices that go together, past autograd.
  private func plainProduct(_ other: Tensor) throws -> Tensor {
    let result = try Tensor.multiplyMatrices(batchOfOne, other.batchOfOne, "addmm_impl_cpu_")
    result.setLayout(
      shape: [shape[0], other.shape[1]], strides: [Swift.max(other.shape[1], 1), 1], offset: 0, count: result.count)
    return result
  }

  private var batchOfOne: Tensor {
    Tensor(unchecked: storage, dtype, [1] + shape, [count] + strides, offset, count, isContiguous)
  }

  /// The products of two batches of matrices.
  public func bmm(_ other: Tensor) throws -> Tensor { try bmm(other, "bmm") }

  private func bmm(_ other: Tensor, _ kernel: String) throws -> Tensor {
    guard rank == 3 else { throw TensorError("batch1 must be a 3D tensor") }
    guard other.rank == 3 else { throw TensorError("batch2 must be a 3D tensor") }
    guard shape[0] == other.shape[0], shape[2] == other.shape[1] else {
      throw TensorError(
        "Expected size for first two dimensions of batch2 tensor to be: [\(shape[0]), \(shape[2])] but got: [\(other.shape[0]), \(other.shape[1])]."
      )
    }
    let isEmpty = count == 0 || other.count == 0
    guard dtype == other.dtype || isEmpty else {
      throw mixedTypes(other, kernel)
    }
    let result = try Tensor.multiplyMatrices(self, other.dtype == dtype ? other : other.to(dtype), kernel)
    guard needsGradient(self, other), dtype.isFloatingPoint else { return result }
    return result.recorded("BmmBackward0", [self, other], Tensor.productGradient(self, other))
  }

  /// PyTorch's complaint about batches of two types: small products, float32 and float64, and others have kernels of their own.
  private func mixedTypes(_ other: Tensor, _ kernel: String) -> TensorError {
    if shape[1] &* shape[2] &* other.shape[2] < 400 {
      return dtype == .bool
        ? notImplemented(kernel, dtype)
        : TensorError("expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
    }
    return other.dtype == .float32 || other.dtype == .float64
      ? TensorError("expected scalar type \(other.dtype.scalarTypeName) but found \(dtype.scalarTypeName)")
      : TensorError(
        "expected m1 and m2 to have the same dtype, but got: \(dtype.mangledTypeName) != \(other.dtype.mangledTypeName)"
      )
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

  /// The product of a matrix and a vector.
  public func mv(_ vector: Tensor) throws -> Tensor {
    let start = try Tensor(empty: [0], dtype: vector.dtype)
    try Tensor.checkProduct(matrix: self, vector, adding: start, isGiven: false)
    return try product(vector)
  }

  /// - Throws: ``TensorError`` where `sum + matrix @ vector` does not go together.
  private static func checkProduct(matrix: Tensor, _ vector: Tensor, adding sum: Tensor, isGiven: Bool) throws {
    guard matrix.rank == 2, vector.rank == 1, sum.rank <= 1 else {
      throw TensorError(
        "vector + matrix @ vector expected, got \(isGiven ? sum.rank : 1), \(matrix.rank), \(vector.rank)")
    }
    let rows = isGiven && sum.count != 1 ? sum.count : matrix.shape[0]
    guard matrix.shape[1] == vector.count, rows == matrix.shape[0] else {
      throw TensorError(
        "size mismatch, got input (\(rows)), mat (\(matrix.shape[0])x\(matrix.shape[1])), vec (\(vector.count))")
    }
    guard sum.dtype == vector.dtype, vector.dtype == matrix.dtype else {
      throw TensorError(
        "addmv input tensors must have the same dtype, but got \(sum.dtype.scalarTypeName), \(matrix.dtype.scalarTypeName), and \(vector.dtype.scalarTypeName)"
      )
    }
  }

  private func product(_ vector: Tensor) throws -> Tensor {
    guard dtype != .bool || count == 0 else { throw notImplemented("addmv_impl_cpu", dtype) }
    return try mm(vector.unsqueeze(1)).squeeze([1]).named("MvBackward0")
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
    return try mul(other).sum(dtype: dtype).named("DotBackward0")
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
    for (name, vector) in [("self", self), ("vec2", other)] where vector.rank != 1 {
      throw TensorError("outer: Expected 1-D argument \(name), but got \(vector.rank)-D")
    }
    return try unsqueeze(1).mul(other)
  }

  /// `beta * self + alpha * a @ b` of matrices; `self` is broadcast.
  public func addmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    guard dtype == b.dtype else {
      throw TensorError(
        "self and mat2 must have the same dtype, but got \(dtype.scalarTypeName) and \(b.dtype.scalarTypeName)")
    }
    guard a.dtype == b.dtype else {
      throw TensorError(
        "mat1 and mat2 must have the same dtype, but got \(a.dtype.scalarTypeName) and \(b.dtype.scalarTypeName)")
    }
    guard a.rank == 2 else { throw TensorError("mat1 must be a matrix, got \(a.rank)-D tensor") }
    guard b.rank == 2 else { throw TensorError("mat2 must be a matrix, got \(b.rank)-D tensor") }
    try Tensor.checkProduct(a.shape, b.shape)
    try checkExpandable(to: [a.shape[0], b.shape[1]])
    if dtype.isFloatingPoint && dtype.size < 4 {
      // Rounded once, after the sum.
      return try to(.float32).addmm(a.to(.float32), b.to(.float32), beta: beta, alpha: alpha).to(dtype)
    }
    guard beta == .int(1), alpha == .int(1), dtype == .float32 || dtype == .float64 else {
      return try scaledSum(of: a.mm(b), beta: beta, alpha: alpha).named("AddmmBackward0")
    }
    let result = try a.plainProduct(b)
    try BinaryKernel.add.run(result, alias(), into: result, computing: dtype.computeKind)
    guard needsGradient([self, a, b]) else { return result }
    let products = Tensor.productGradient(a, b)
    return result.recorded("AddmmBackward0", [self, a, b]) { grad, needs in
      [grad] + (try products(grad, needs.dropping(1)))
    }
  }

  /// `beta * self + alpha * matrix @ vector`.
  public func addmv(_ matrix: Tensor, _ vector: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    try Tensor.checkProduct(matrix: matrix, vector, adding: self, isGiven: true)
    return try scaledSum(of: matrix.product(vector), beta: beta, alpha: alpha).named("AddmvBackward0")
  }

  /// `beta * self + alpha * outer(a, b)`.
  public func addr(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    for (name, vector) in [("vec1", a), ("vec2", b)] where vector.rank != 1 {
      throw TensorError("addr: Expected 1-D argument \(name), but got \(vector.rank)-D")
    }
    try checkExpandable(to: [a.count, b.count])
    // Numbers of dimensions do not matter for the type here.
    let type = try DType.promote(DType.promote(dtype, a.dtype), b.dtype)
    guard type == .bool else {
      let product = try a.to(type).outer(b.to(type))
      return try to(type).scaledSum(of: product, beta: beta, alpha: alpha).named("AddrBackward0")
    }
    let product = try a.outer(b).logicalAnd(Tensor.wrapped(.bool(alpha.bool)))
    return try beta.bool ? logicalOr(product) : product
  }

  /// `beta * self + alpha * a @ b` of batches of matrices.
  public func baddbmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    if a.rank == 3, b.rank == 3 {
      try checkExpandable(to: [a.shape[0], a.shape[1], b.shape[2]])
      guard dtype == a.dtype else {
        let names = [self, a, b].map(\.dtype.mangledTypeName)
        throw TensorError(
          "Input dtypes must be the same, got: input \(names[0]), batch1: \(names[1]), batch2: \(names[2])")
      }
    }
    if dtype.isFloatingPoint && dtype.size < 4 && b.dtype == dtype {
      return try to(.float32).baddbmm(a.to(.float32), b.to(.float32), beta: beta, alpha: alpha).to(dtype)
    }
    return try scaledSum(of: a.bmm(b, "baddbmm"), beta: beta, alpha: alpha).named("BaddbmmBackward0")
  }

  /// `beta * self + alpha * sum(a @ b)`, the sum over the batch.
  public func addbmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) throws -> Tensor {
    guard a.rank == 3 else { throw TensorError("batch1 must be a 3D tensor") }
    guard b.rank == 3 else { throw TensorError("batch2 must be a 3D tensor") }
    guard a.shape[0] == b.shape[0] else {
      throw TensorError(
        "batch1 and batch2 must have same number of batches, got \(a.shape[0]) and \(b.shape[0])")
    }
    guard a.shape[2] == b.shape[1] else {
      throw TensorError(
        "Incompatible matrix sizes for bmm (\(a.shape[1])x\(a.shape[2]) and \(b.shape[1])x\(b.shape[2]))")
    }
    let shape = [a.shape[1], b.shape[2]]
    try checkExpandable(to: shape)
    // One product: the matrices of the batch side by side.
    let wide = try a.permute([1, 0, 2]).reshape([shape[0], a.shape[0] * a.shape[2]])
    return try addmm(wide, b.reshape([a.shape[0] * a.shape[2], shape[1]]), beta: beta, alpha: alpha)
  }

  /// - Throws: ``TensorError`` in the words of `expand`.
  private func checkExpandable(to target: [Int]) throws {
    if !Shape.isExpandable(shape, to: target) { _ = try expand(target) }
  }

  private func scaledSum(of product: Tensor, beta: Scalar, alpha: Scalar) throws -> Tensor {
    // Integers are scaled by integers.
    let isInteger = !product.dtype.isFloatingPoint
    if isInteger {
      for factor in [beta, alpha] { try product.checkConversion(of: Tensor.wrapped(factor)) }
    }
    let (beta, alpha) = isInteger ? (.int(beta.int), .int(alpha.int)) : (beta, alpha)
    let scaled = alpha.double == 1 ? product : try product.mul(alpha)
    // A beta of 0 ignores even NaN; the gradient is one of zeros.
    guard beta.double == 0 else { return try (beta.double == 1 ? self : mul(beta)).add(scaled) }
    let result = scaled.dtype == dtype ? scaled : try scaled.to(try resultType(self, scaled))
    return needsGradient(self) && result.dtype.isFloatingPoint
      ? try result.add(expand(result.shape).maskedFill(Tensor.ones([], dtype: .bool), 0)) : result
  }

  /// `x @ weight.T + bias`: `F.linear`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    guard rank > 0, weight.rank > 0 else {
      throw TensorError(
        "both arguments to linear need to be at least 1D, but they are \(rank)D and \(weight.rank)D")
    }
    guard let bias else { return try matmul(weight.rank == 1 ? weight : weight.t()) }
    let rows = rank == 2 ? self : try reshape([Swift.max(shape.dropLast().reduce(1, &*), 0), shape[rank - 1]])
    let result = try bias.addmm(rows, weight.rank == 1 ? weight : weight.t())
    return rank == 2 ? result : try result.reshape(shape.dropLast() + [weight.shape[0]])
  }
}
