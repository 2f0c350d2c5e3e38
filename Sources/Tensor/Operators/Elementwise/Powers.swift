import CVectorMath
import Glibc

extension BinaryOperator {
  static let pow = BinaryOperator("pow", .pow, acceptsBool: false, kernelName: "pow", gradient: powGradient)
  /// `pow` with the exponent 2, exact and fast.
  static let square = BinaryOperator(
    "pow",
    BinaryKernel(
      float: { a, _, out, n in map(a, out, n) { $0 * $0 } }, double: { a, _, out, n in map(a, out, n) { $0 * $0 } },
      int64: { a, _, out, n in map(a, out, n) { $0 &* $0 } }), acceptsBool: false, kernelName: "pow",
    gradient: powGradient)

  private static let powGradient: Gradient = { grad, saved, needs in
    let (base, exponent) = (try saved.a, try saved.b)
    var grads: [Tensor?] = [nil, nil]
    if needs[0] {
      if exponent.isWrappedNumber {
        let power = try exponent.item()
        grads[0] =
          power.double == 0
          ? try Tensor.zeros(grad.shape, dtype: grad.dtype)
          : try grad.mul((power.double == 2 ? base : base.pow(power.less1)).mul(power))
      } else {
        let slope = try exponent.mul(base.pow(exponent.sub(1)))
        grads[0] = try Tensor.where(exponent.eq(0), 0.0, grad.mul(slope))
      }
    }
    if needs[1] {
      let zeroBase = try base.eq(0).logicalAnd(exponent.ge(0))
      grads[1] = try grad.mul(Tensor.where(zeroBase, 0.0, base.pow(exponent).mul(base.log())))
    }
    return grads
  }

  static let xlogy = BinaryOperator(
    "xlogy",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $1 != $1 ? .nan : $0 == 0 ? 0 : $0 * logf($1) } },
      double: { map($0, $1, $2, $3) { $1 != $1 ? .nan : $0 == 0 ? 0 : $0 * Glibc.log($1) } }),
    result: .floating
  ) { grad, saved, needs in
    let (x, y) = (try saved.a, try saved.b)
    let isZero = try x.eq(0).logicalAnd(y.le(0))
    return [
      needs[0] ? try grad.xlogy(y).maskedFill(isZero, 0) : nil, needs[1] ? try grad.mul(x).div(y) : nil,
    ]
  }

  static let logaddexp = BinaryOperator(
    "logaddexp",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { Float(logSum(Double($0), Double($1))) } },
      double: { map($0, $1, $2, $3) { logSum($0, $1) } }),
    acceptsInteger: false
  ) { grad, saved, needs in
    let difference = try saved.a.sub(saved.b)
    return [
      needs[0] ? try grad.div(difference.neg().exp().add(1)) : nil,
      needs[1] ? try grad.div(difference.exp().add(1)) : nil,
    ]
  }

  static let logaddexp2 = BinaryOperator(
    "logaddexp2",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { Float(logSum(Double($0) * M_LN2, Double($1) * M_LN2) / M_LN2) } },
      double: { map($0, $1, $2, $3) { logSum($0 * M_LN2, $1 * M_LN2) / M_LN2 } }),
    acceptsInteger: false
  ) { grad, saved, needs in
    let difference = try saved.a.sub(saved.b)
    return [
      needs[0] ? try grad.div(difference.neg().exp2().add(1)) : nil,
      needs[1] ? try grad.div(difference.exp2().add(1)) : nil,
    ]
  }

  static let copysign = BinaryOperator(
    "copysign",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { copysignf($0, $1) } }, double: { map($0, $1, $2, $3) { Glibc.copysign($0, $1) } }),
    result: .floating
  ) { grad, saved, needs in
    let a = try saved.a
    let ratio = try a.copysign(saved.b).div(a).maskedFill(a.eq(0), 0)
    return [
      grad.dtype == ratio.dtype ? try grad.mul(ratio) : try grad.mul(ratio.to(grad.dtype)),
      needs[1] ? try Tensor.zeros(grad.shape, dtype: grad.dtype) : nil,
    ]
  }

  static let heaviside = BinaryOperator(
    "heaviside",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 == 0 ? $1 : $0 < 0 ? 0 : $0 != $0 ? $0 : 1 } },
      double: { map($0, $1, $2, $3) { $0 == 0 ? $1 : $0 < 0 ? 0 : $0 != $0 ? $0 : 1 } },
      int64: { map($0, $1, $2, $3) { $0 == 0 ? $1 : $0 < 0 ? 0 : 1 } }), saves: .nothing,
    gradient: notDifferentiable("heaviside"))

  static let nextafter = BinaryOperator(
    "nextafter",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { nextafterf($0, $1) } },
      double: { map($0, $1, $2, $3) { Glibc.nextafter($0, $1) } }), acceptsInteger: false
  ) { grad, saved, _ in
    let zero = try Tensor.zeros(grad.shape, dtype: grad.dtype)
    return [try Tensor.where(saved.a.eq(saved.b), zero, grad), zero]
  }
}

extension BinaryKernel {
  static let pow = BinaryKernel(
    float: { vm_pow_float($0, $1, $2, $3) }, double: { vm_pow_double($0, $1, $2, $3) },
    int64: { map($0, $1, $2, $3) { power($0, $1) } })
}

/// `log(exp(a) + exp(b))` without overflow.
private func logSum(_ a: Double, _ b: Double) -> Double {
  if a == b && a.isInfinite { return a }
  return max(a, b) + log1p(exp(-(a - b).magnitude))
}

/// An integer power that wraps around; negative exponents leave 1 and -1 alone.
private func power(_ base: Int64, _ exponent: Int64) -> Int64 {
  if exponent < 0 { return base == 1 ? 1 : base == -1 ? (exponent & 1 == 0 ? 1 : -1) : 0 }
  var (result, factor, left) = (1 as Int64, base, exponent)
  while left > 0 {
    if left & 1 == 1 { result = result &* factor }
    factor = factor &* factor
    left >>= 1
  }
  return result
}

extension Scalar {
  /// The number minus 1, in its own category.
  fileprivate var less1: Scalar {
    if case .double(let value) = self { return .double(value - 1) }
    return .int(int &- 1)
  }
}

extension Tensor {
  /// `self` to the power of `exponent`.
  ///
  /// - Throws: ``TensorError`` for an integer to the power of a negative integer number.
  public func pow(_ exponent: some TensorConvertible) throws -> Tensor {
    let exponent = try exponent.asTensor()
    if exponent.isWrappedNumber {
      let power = try exponent.item()
      if !dtype.isFloatingPoint && !power.isFloatingPoint && power.int < 0 {
        throw TensorError("Integers to negative integer powers are not allowed.")
      }
      if power.double == 2 { return try BinaryOperator.square(self, exponent) }
    }
    return try BinaryOperator.pow(self, exponent)
  }

  /// `self` to the power of `exponent`, in double precision.
  public func floatPower(_ exponent: some TensorConvertible) throws -> Tensor {
    let second = try exponent.asTensor()
    let power = try second.to(.float64)
    power.isWrappedNumber = second.isWrappedNumber
    return try to(.float64).pow(power)
  }

  /// `self * self`.
  public func square() throws -> Tensor { try pow(2) }

  /// `self * log(other)`, and 0 where `self` is 0.
  public func xlogy(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.xlogy(self, other.asTensor())
  }

  /// `log(exp(self) + exp(other))`.
  public func logaddexp(_ other: Tensor) throws -> Tensor { try BinaryOperator.logaddexp(self, other) }

  /// `log2(2^self + 2^other)`.
  public func logaddexp2(_ other: Tensor) throws -> Tensor { try BinaryOperator.logaddexp2(self, other) }

  /// The magnitude of `self` with the sign of `other`.
  public func copysign(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.copysign(self, other.asTensor())
  }

  /// 0 below 0, 1 above, `values` at 0.
  public func heaviside(_ values: Tensor) throws -> Tensor {
    guard dtype == values.dtype else {
      throw TensorError("heaviside is not yet implemented for tensors with different dtypes.")
    }
    return try BinaryOperator.heaviside(self, values)
  }

  /// The next number of the type in the direction of `other`.
  public func nextafter(_ other: Tensor) throws -> Tensor { try BinaryOperator.nextafter(self, other) }

  /// `self * 2^other`, in `self`'s type where `other` is integer.
  ///
  /// - Throws: ``TensorError`` for fractions with truth values as exponents.
  public func ldexp(_ other: Tensor) throws -> Tensor {
    guard other.dtype != .bool || !dtype.isFloatingPoint else { throw notImplemented("ldexp_cpu_exp", .bool) }
    let common = try resultType(self, other)
    let type = common.isFloatingPoint ? common : DefaultDType.current
    return try to(type).mul(other.to(type).exp2()).named("LdexpBackward0")
  }
}
