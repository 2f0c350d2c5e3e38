extension Tensor {
  /// `self + alpha * other`, broadcast: `torch.add`.
  public func add(_ other: Tensor, alpha: Scalar = 1) throws -> Tensor {
    if alpha != .int(1) { return try add(other.mul(try Tensor.wrapped(alpha))) }
    let result = try Tensor.binaryResult(self, other)
    try BinaryKernel.add.run(self, other, into: result)
    guard needsGradient(self, other) else { return result }
    return result.recorded("AddBackward0", [self, other]) { grad, _ in [grad, grad] }
  }

  /// `self - alpha * other`.
  public func sub(_ other: Tensor, alpha: Scalar = 1) throws -> Tensor {
    if alpha != .int(1) { return try sub(other.mul(try Tensor.wrapped(alpha))) }
    guard dtype != .bool || other.dtype != .bool else {
      throw TensorError(
        "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
      )
    }
    let result = try Tensor.binaryResult(self, other)
    try BinaryKernel.sub.run(self, other, into: result)
    guard needsGradient(self, other) else { return result }
    return result.recorded("SubBackward0", [self, other]) { grad, needs in [grad, needs[1] ? try grad.neg() : nil] }
  }

  /// `self * other`.
  public func mul(_ other: Tensor) throws -> Tensor {
    let result = try Tensor.binaryResult(self, other)
    try BinaryKernel.mul.run(self, other, into: result)
    guard needsGradient(self, other) else { return result }
    let (a, b) = (SavedTensor(self), SavedTensor(other))
    return result.recorded("MulBackward0", [self, other]) { grad, needs in
      [needs[0] ? try grad.mul(b()) : nil, needs[1] ? try grad.mul(a()) : nil]
    }
  }

  /// `-self`.
  public func neg() throws -> Tensor {
    guard dtype != .bool else {
      throw TensorError(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
      )
    }
    return try mul(try Tensor.wrapped(-1))
  }

  /// An uninitialized result of broadcasting and promoting two operands.
  static func binaryResult(_ a: Tensor, _ b: Tensor, dtype: DType? = nil) throws -> Tensor {
    let type = try dtype ?? resultType(a, b)
    if a.shape == b.shape { return try a.emptyLike(dtype: type) }
    let shape = try Shape.broadcast(a.shape, b.shape)
    if shape == a.shape { return try a.emptyLike(dtype: type) }
    if shape == b.shape { return try b.emptyLike(dtype: type) }
    return try Tensor(empty: shape, dtype: type)
  }

  /// `grad += other`, past autograd.
  func addInPlaceWithoutHistory(_ other: Tensor) throws { try BinaryKernel.add.run(self, other, into: self) }

  /// Adds `values` to elements some of which may share memory.
  func addOverlapping(_ values: Tensor) throws {
    let plan = LoopPlan(shape: shape, strides: [strides, values.strides])
    try updateElements(plan, with: values)
  }

  private func updateElements(_ plan: LoopPlan, with values: Tensor) throws {
    let source = try values.pointer()
    let target = try mutablePointer()
    let size = dtype.size
    let dtype = self.dtype
    let (targetStride, sourceStride) = (plan.innerStride(0), plan.innerStride(1))
    plan.forEachRow(in: 0..<plan.count) { offsets, length in
      for i in 0..<length {
        let to = Row(pointer: target + (offsets[0] + i * targetStride) * size, dtype: dtype, stride: 1)
        let from = Row(pointer: source + (offsets[1] + i * sourceStride) * size, dtype: dtype, stride: 1)
        var (sum, term) = (0.0, 0.0)
        Double.load(to, 1, into: &sum)
        Double.load(from, 1, into: &term)
        sum += term
        Double.store(&sum, 1, to: to)
      }
    }
  }
}

/// The kernels of one element-wise operation of two operands, one for each compute type.
struct BinaryKernel: Sendable {
  let float: @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  let double: @Sendable (UnsafePointer<Double>, UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int) -> Void
  let int64: @Sendable (UnsafePointer<Int64>, UnsafePointer<Int64>, UnsafeMutablePointer<Int64>, Int) -> Void

  /// Computes in the type that `out`'s type, or the operands' common type, is computed in.
  func run(_ a: Tensor, _ b: Tensor, into out: Tensor) throws {
    switch out.dtype.computeKind {
    case .float: try Elementwise.binary(a, b, into: out, float)
    case .double: try Elementwise.binary(a, b, into: out, double)
    case .int64: try Elementwise.binary(a, b, into: out, int64)
    }
  }

  static let add = BinaryKernel(
    float: { a, b, out, n in for i in 0..<n { out[i] = a[i] + b[i] } },
    double: { a, b, out, n in for i in 0..<n { out[i] = a[i] + b[i] } },
    int64: { a, b, out, n in for i in 0..<n { out[i] = a[i] &+ b[i] } })
  static let sub = BinaryKernel(
    float: { a, b, out, n in for i in 0..<n { out[i] = a[i] - b[i] } },
    double: { a, b, out, n in for i in 0..<n { out[i] = a[i] - b[i] } },
    int64: { a, b, out, n in for i in 0..<n { out[i] = a[i] &- b[i] } })
  static let mul = BinaryKernel(
    float: { a, b, out, n in for i in 0..<n { out[i] = a[i] * b[i] } },
    double: { a, b, out, n in for i in 0..<n { out[i] = a[i] * b[i] } },
    int64: { a, b, out, n in for i in 0..<n { out[i] = a[i] &* b[i] } })
}
