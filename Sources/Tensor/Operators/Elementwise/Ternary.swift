extension Tensor {
  /// `self + value * a * b`.
  public func addcmul(_ a: Tensor, _ b: Tensor, value: Scalar = 1) throws -> Tensor {
    try checkValue(value, [self, a, b])
    return try combined("addcmul", a, b, value, product: { $0 * $1 }, { $0 * $1 }, { $0 &* $1 }) { grad, a, b in
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
    return try combined("addcdiv", a, b, value, product: { $0 / $1 }, { $0 / $1 }, { a, _ in a }) { grad, a, b in
      [grad, try grad.mul(Tensor.wrapped(value).div(b)), try grad.neg().mul(a.mul(value).div(b.mul(b)))]
    }
  }

  private func checkValue(_ value: Scalar, _ operands: [Tensor]) throws {
    if value.isFloatingPoint, try !resultType(operands).isFloatingPoint {
      throw TensorError("For integral input tensors, argument value must not be a floating point number.")
    }
  }

  @inline(__always)
  private func combined(
    _ name: String, _ a: Tensor, _ b: Tensor, _ value: Scalar, product float: (Float, Float) -> Float,
    _ double: (Double, Double) -> Double, _ int64: (Int64, Int64) -> Int64,
    gradient: @escaping (_ grad: Tensor, _ a: Tensor, _ b: Tensor) throws -> [Tensor?]
  ) throws -> Tensor {
    let dtype = try resultType([self, a, b])
    guard dtype.isComputable, dtype != .bool else { throw notImplemented("\(name)_cpu_out", dtype) }
    let shape = try Shape.broadcast(self.shape, try Shape.broadcast(a.shape, b.shape))
    let out = shape == self.shape ? try emptyLike(dtype: dtype) : try Tensor(empty: shape, dtype: dtype)
    try addProducts(a, b, value, into: out, float, double, int64)
    guard needsGradient([self, a, b]), dtype.isFloatingPoint else { return out }
    let (first, second) = (SavedTensor(a), SavedTensor(b))
    return out.recorded(backwardName(name), [self, a, b]) { grad, _ in try gradient(grad, first(), second()) }
  }

  @inline(__always)
  private func addProducts(
    _ a: Tensor, _ b: Tensor, _ value: Scalar, into out: Tensor, _ float: (Float, Float) -> Float,
    _ double: (Double, Double) -> Double, _ int64: (Int64, Int64) -> Int64
  ) throws {
    switch out.dtype.computeKind {
    case .float:
      let factor = Float(value)
      try Elementwise.nary([self, a, b], into: out) { (x, out: UnsafeMutablePointer<Float>, n) in
        let (start, a, b) = (x[0], x[1], x[2])
        for i in 0..<n { out[i] = start[i] + factor * float(a[i], b[i]) }
      }
    case .double:
      let factor = value.double
      try Elementwise.nary([self, a, b], into: out) { (x, out: UnsafeMutablePointer<Double>, n) in
        let (start, a, b) = (x[0], x[1], x[2])
        for i in 0..<n { out[i] = start[i] + factor * double(a[i], b[i]) }
      }
    case .int64:
      let factor = value.int
      try Elementwise.nary([self, a, b], into: out) { (x, out: UnsafeMutablePointer<Int64>, n) in
        let (start, a, b) = (x[0], x[1], x[2])
        for i in 0..<n { out[i] = start[i] &+ factor &* int64(a[i], b[i]) }
      }
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
    // From the nearer end, so that both ends are exact.
    if dtype == .float64 {
      try Elementwise.nary([self, end, weight], into: out) { (x, out: UnsafeMutablePointer<Double>, n) in
        let (start, end, weight) = (x[0], x[1], x[2])
        for i in 0..<n {
          let (a, b, w) = (start[i], end[i], weight[i])
          out[i] = w.magnitude < 0.5 ? a + w * (b - a) : b - (b - a) * (1 - w)
        }
      }
    } else {
      try Elementwise.nary([self, end, weight], into: out) { (x, out: UnsafeMutablePointer<Float>, n) in
        let (start, end, weight) = (x[0], x[1], x[2])
        for i in 0..<n {
          let (a, b, w) = (start[i], end[i], weight[i])
          out[i] = w.magnitude < 0.5 ? a + w * (b - a) : b - (b - a) * (1 - w)
        }
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
