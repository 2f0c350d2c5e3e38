import CVectorMath

/// The rows of a sum `x + factor * (a * b)`, or of one with a quotient, for each compute type.
private struct ProductKernel {
  typealias Row<T> = (
    _ x: UnsafePointer<T>, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ count: Int,
    _ factor: T
  ) -> Void

  let float: Row<Float>
  let double: Row<Double>
  let int64: Row<Int64>?
}

extension Tensor {
  /// `self + value * a * b`.
  public func addcmul(_ a: Tensor, _ b: Tensor, value: Scalar = 1) throws -> Tensor {
    try checkValue(value, [self, a, b])
    let kernel = ProductKernel(
      float: { vm_add_product_float($0, $1, $2, $3, $4, $5) },
      double: { vm_add_product_double($0, $1, $2, $3, $4, $5) },
      int64: { x, a, b, out, count, factor in
        for i in 0..<count { out[i] = x[i] &+ factor &* a[i] &* b[i] }
      })
    return try combined("addcmul", a, b, value, kernel) { grad, a, b in
      [grad, try grad.mul(b.mul(value)), try grad.mul(a.mul(value))]
    }
  }

  /// `self + value * a / b`.
  public func addcdiv(_ a: Tensor, _ b: Tensor, value: Scalar = 1) throws -> Tensor {
    guard a.dtype.isFloatingPoint || b.dtype.isFloatingPoint else {
      throw TensorError(
        "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes."
      )
    }
    let kernel = ProductKernel(
      float: { vm_add_quotient_float($0, $1, $2, $3, $4, $5) },
      double: { vm_add_quotient_double($0, $1, $2, $3, $4, $5) }, int64: nil)
    return try combined("addcdiv", a, b, value, kernel) { grad, a, b in
      [grad, try grad.mul(Tensor.wrapped(value).div(b)), try grad.neg().mul(a.mul(value).div(b.mul(b)))]
    }
  }

  private func checkValue(_ value: Scalar, _ operands: [Tensor]) throws {
    if value.isFloatingPoint, try !resultType(operands).isFloatingPoint {
      throw TensorError("For integral input tensors, argument value must not be a floating point number.")
    }
  }

  private func combined(
    _ name: String, _ a: Tensor, _ b: Tensor, _ value: Scalar, _ kernel: ProductKernel,
    gradient: @escaping (_ grad: Tensor, _ a: Tensor, _ b: Tensor) throws -> [Tensor?]
  ) throws -> Tensor {
    let dtype = try resultType([self, a, b])
    guard dtype.isComputable, dtype != .bool else { throw notImplemented("\(name)_cpu_out", dtype) }
    let shape = try Shape.broadcast(try Shape.broadcast(self.shape, a.shape), b.shape)
    let out = shape == self.shape ? try emptyLike(dtype: dtype) : try Tensor(empty: shape, dtype: dtype)
    switch dtype.computeKind {
    case .float: try addProducts(a, b, Float(value), into: out, kernel.float)
    case .double: try addProducts(a, b, value.double, into: out, kernel.double)
    case .int64:
      guard let int64 = kernel.int64 else { throw notImplemented("\(name)_cpu_out", dtype) }
      try addProducts(a, b, value.int, into: out, int64)
    }
    guard needsGradient([self, a, b]), dtype.isFloatingPoint else { return out }
    let (first, second) = (SavedTensor(a), SavedTensor(b))
    return out.recorded(backwardName(name), [self, a, b]) { grad, _ in try gradient(grad, first(), second()) }
  }

  private func addProducts<T: ComputeElement>(
    _ a: Tensor, _ b: Tensor, _ factor: T, into out: Tensor, _ kernel: ProductKernel.Row<T>
  ) throws {
    try Elementwise.nary([self, a, b], into: out) { (x, out: UnsafeMutablePointer<T>, n) in
      kernel(x[0], x[1], x[2], out, n, factor)
    }
  }

  /// `self + weight * (end - self)`: the point at `weight` of the way.
  public func lerp(_ end: Tensor, _ weight: some TensorConvertible) throws -> Tensor {
    let weight = try weight.asTensor()
    guard dtype == end.dtype else {
      throw TensorError("expected dtype \(dtype.mangledTypeName) for `end` but got dtype \(end.dtype.mangledTypeName)")
    }
    guard weight.isWrappedNumber || weight.dtype == dtype else {
      throw TensorError(
        "expected dtype \(dtype.mangledTypeName) for `weight` but got dtype \(weight.dtype.mangledTypeName)")
    }
    guard dtype.isFloatingPoint else {
      throw notImplemented(weight.isWrappedNumber ? "lerp_kernel_scalar" : "lerp_kernel_tensor", dtype)
    }
    let shape = try Shape.broadcast(self.shape, try Shape.broadcast(end.shape, weight.shape))
    let out = shape == self.shape ? try emptyLike() : try Tensor(empty: shape, dtype: dtype)
    if dtype == .float64 {
      try Elementwise.nary([self, end, weight], into: out) { (x, out: UnsafeMutablePointer<Double>, n) in
        vm_lerp_double(x[0], x[1], x[2], out, n)
      }
    } else {
      try Elementwise.nary([self, end, weight], into: out) { (x, out: UnsafeMutablePointer<Float>, n) in
        vm_lerp_float(x[0], x[1], x[2], out, n)
      }
    }
    guard needsGradient([self, end, weight]) else { return out }
    let (start, stop, share) = (SavedTensor(self), SavedTensor(end), SavedTensor(weight))
    return out.recorded("LerpBackward0", [self, end, weight]) { grad, needs in
      let w = try share()
      return [
        needs[0] ? try grad.mul(w.rsub(1)) : nil, needs[1] ? try grad.mul(w) : nil,
        needs[2] ? try grad.mul(stop().sub(start())) : nil,
      ]
    }
  }
}
