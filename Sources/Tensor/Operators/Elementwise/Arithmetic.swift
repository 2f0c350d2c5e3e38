import CVectorMath
import Glibc

extension BinaryOperator {
  static let add = BinaryOperator("add", .add, saves: .nothing) { grad, _, _ in [grad, grad] }

  static let sub = BinaryOperator("sub", .sub, saves: .nothing) { grad, _, needs in
    [grad, needs[1] ? try grad.neg() : nil]
  }

  static let mul = BinaryOperator("mul", .mul, saves: .crosswise) { grad, saved, needs in
    [needs[0] ? try grad.mul(saved.b) : nil, needs[1] ? try grad.mul(saved.a) : nil]
  }

  static let div = BinaryOperator("div", .div, result: .floating) { grad, saved, needs in
    let b = try saved.b
    let first = try grad.div(b)
    return [first, needs[1] ? try grad.neg().mul(saved.a.div(b).div(b)) : nil]
  }

  static let divTrunc = BinaryOperator(
    "div_trunc",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { truncf($0 / $1) } }, double: { map($0, $1, $2, $3) { trunc($0 / $1) } },
      int64: { map($0, $1, $2, $3) { $0.dividedReportingOverflow(by: $1).partialValue } }),
    acceptsBool: false, saves: .nothing, gradient: noGradient)

  static let divFloor = BinaryOperator(
    "div_floor", .floorQuotient, acceptsBool: false, saves: .nothing, gradient: noGradient)

  static let floorDivide = BinaryOperator(
    "floor_divide", .floorQuotient, acceptsBool: false, kernelName: "div_floor_cpu", saves: .nothing,
    gradient: notDifferentiable("floor_divide"))

  static let remainder = BinaryOperator(
    "remainder",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { Float(floorRemainder(Double($0), Double($1))) } },
      double: { map($0, $1, $2, $3) { floorRemainder($0, $1) } },
      int64: { map($0, $1, $2, $3) { floorRemainder($0, $1) } }),
    acceptsBool: false
  ) { grad, saved, needs in
    [grad, needs[1] ? try grad.neg().mul(try saved.a.div(saved.b, roundingMode: .floor)) : nil]
  }

  static let fmod = BinaryOperator(
    "fmod",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { fmodf($0, $1) } }, double: { map($0, $1, $2, $3) { Glibc.fmod($0, $1) } },
      int64: { map($0, $1, $2, $3) { $0.remainderReportingOverflow(dividingBy: $1).partialValue } }),
    acceptsBool: false
  ) { grad, saved, needs in
    [grad, needs[1] ? try grad.neg().mul(try saved.a.div(saved.b, roundingMode: .trunc)) : nil]
  }

  static let maximum = BinaryOperator(
    "maximum", .maximum
  ) { grad, saved, _ in try grad.shared(saved.a.ge(saved.b), saved.a.eq(saved.b)) }

  static let minimum = BinaryOperator(
    "minimum", .minimum
  ) { grad, saved, _ in try grad.shared(saved.a.le(saved.b), saved.a.eq(saved.b)) }

  static let fmax = BinaryOperator(
    "fmax",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 >= $1 || $1 != $1 ? $0 : $1 } },
      double: { map($0, $1, $2, $3) { $0 >= $1 || $1 != $1 ? $0 : $1 } },
      int64: { map($0, $1, $2, $3) { max($0, $1) } })
  ) { grad, saved, _ in
    let (a, b) = (try saved.a, try saved.b)
    let first = try a.ge(b).logicalOr(b.isnan())
    return [try grad.where(first, else: 0), try grad.where(first.logicalNot(), else: 0)]
  }

  static let fmin = BinaryOperator(
    "fmin",
    BinaryKernel(
      float: { map($0, $1, $2, $3) { $0 <= $1 || $1 != $1 ? $0 : $1 } },
      double: { map($0, $1, $2, $3) { $0 <= $1 || $1 != $1 ? $0 : $1 } },
      int64: { map($0, $1, $2, $3) { min($0, $1) } })
  ) { grad, saved, _ in
    let (a, b) = (try saved.a, try saved.b)
    let first = try a.le(b).logicalOr(b.isnan())
    return [try grad.where(first, else: 0), try grad.where(first.logicalNot(), else: 0)]
  }

  /// The gradient of what PyTorch cannot differentiate.
  static func notDifferentiable(_ name: String) -> Gradient {
    { _, _, _ in throw TensorError("derivative for aten::\(name) is not implemented") }
  }

  static let noGradient: Gradient = { grad, _, _ in
    let zero = try Tensor.zeros(grad.shape, dtype: grad.dtype)
    return [zero, zero]
  }
}

extension BinaryKernel {
  static let add = BinaryKernel(
    float: { vm_add_float($0, $1, $2, $3) }, double: { vm_add_double($0, $1, $2, $3) },
    int64: { map($0, $1, $2, $3) { $0 &+ $1 } })
  static let sub = BinaryKernel(
    float: { vm_sub_float($0, $1, $2, $3) }, double: { vm_sub_double($0, $1, $2, $3) },
    int64: { map($0, $1, $2, $3) { $0 &- $1 } })
  static let mul = BinaryKernel(
    float: { vm_mul_float($0, $1, $2, $3) }, double: { vm_mul_double($0, $1, $2, $3) },
    int64: { map($0, $1, $2, $3) { $0 &* $1 } })
  static let div = BinaryKernel(
    float: { vm_div_float($0, $1, $2, $3) }, double: { vm_div_double($0, $1, $2, $3) })
  /// The larger element, NaN if either is.
  static let maximum = BinaryKernel(
    float: { vm_maximum_float($0, $1, $2, $3) }, double: { vm_maximum_double($0, $1, $2, $3) },
    int64: { map($0, $1, $2, $3) { max($0, $1) } })
  /// The smaller element, NaN if either is.
  static let minimum = BinaryKernel(
    float: { vm_minimum_float($0, $1, $2, $3) }, double: { vm_minimum_double($0, $1, $2, $3) },
    int64: { map($0, $1, $2, $3) { min($0, $1) } })
  static let floorQuotient = BinaryKernel(
    float: { map($0, $1, $2, $3) { Float(quotientRoundedDown(Double($0), Double($1))) } },
    double: { map($0, $1, $2, $3) { quotientRoundedDown($0, $1) } },
    int64: { map($0, $1, $2, $3) { quotientRoundedDown($0, $1) } })
}

/// The quotient rounded down, exact where the quotient is an integer, as Python's `//`.
/// Source: https://github.com/python/cpython/blob/main/Objects/floatobject.c (float_floor_div)
private func quotientRoundedDown(_ a: Double, _ b: Double) -> Double {
  if b == 0 { return a / b }
  let rest = Glibc.fmod(a, b)
  var quotient = (a - rest) / b
  if rest != 0 && (b < 0) != (rest < 0) { quotient -= 1 }
  if quotient == 0 { return copysign(0, a / b) }
  let rounded = quotient.rounded(.down)
  return quotient - rounded > 0.5 ? rounded + 1 : rounded
}

private func quotientRoundedDown(_ a: Int64, _ b: Int64) -> Int64 {
  let quotient = a.dividedReportingOverflow(by: b).partialValue
  let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
  return rest != 0 && (rest < 0) != (b < 0) ? quotient - 1 : quotient
}

/// The remainder with the divisor's sign, as Python's `%`.
private func floorRemainder(_ a: Double, _ b: Double) -> Double {
  let rest = Glibc.fmod(a, b)
  return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest
}

private func floorRemainder(_ a: Int64, _ b: Int64) -> Int64 {
  let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
}

/// How a quotient is rounded: `rounding_mode` of `torch.div`.
public enum RoundingMode: String, Sendable {
  /// Towards zero, or down.
  case trunc, floor
}

extension Tensor {
  /// `self + alpha * other`, broadcast: `torch.add`.
  public func add(_ other: some TensorConvertible, alpha: Scalar = 1) throws -> Tensor {
    let term = try scaled(other, by: alpha)
    return try Fusion.add(self, term) ?? BinaryOperator.add(self, term)
  }

  /// `self - alpha * other`.
  public func sub(_ other: some TensorConvertible, alpha: Scalar = 1) throws -> Tensor {
    let second = try other.asTensor()
    guard dtype != .bool || second.dtype != .bool else {
      throw TensorError(
        "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
      )
    }
    guard dtype != .bool && second.dtype != .bool else {
      throw TensorError(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
      )
    }
    let difference = try BinaryOperator.sub(self, scaled(second, by: alpha))
    return isWrappedNumber ? difference.named("RsubBackward1") : difference
  }

  /// `other - alpha * self`.
  public func rsub(_ other: some TensorConvertible, alpha: Scalar = 1) throws -> Tensor {
    try other.asTensor().sub(self, alpha: alpha)
  }

  /// `self * other`.
  public func mul(_ other: some TensorConvertible) throws -> Tensor { try BinaryOperator.mul(self, other.asTensor()) }

  /// `self / other`; with a rounding mode the quotient rounded towards zero or down, in the operands' type.
  public func div(_ other: some TensorConvertible, roundingMode: RoundingMode? = nil) throws -> Tensor {
    let second = try other.asTensor()
    switch roundingMode {
    case nil: return try BinaryOperator.div(self, second)
    case .trunc: return try BinaryOperator.divTrunc(self, nonZero(second))
    case .floor: return try BinaryOperator.divFloor(self, nonZero(second))
    }
  }

  /// `self / other`, in floating point.
  public func trueDivide(_ other: some TensorConvertible) throws -> Tensor { try div(other) }

  /// The quotient rounded down.
  public func floorDivide(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.floorDivide(self, nonZero(other.asTensor()))
  }

  /// The remainder of division, with the divisor's sign.
  public func remainder(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.remainder(self, nonZero(other.asTensor()))
  }

  /// The remainder of division, with the dividend's sign.
  public func fmod(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.fmod(self, nonZero(other.asTensor()))
  }

  /// The larger of two elements; NaN if either is.
  public func maximum(_ other: Tensor) throws -> Tensor { try BinaryOperator.maximum(self, other) }

  /// The smaller of two elements; NaN if either is.
  public func minimum(_ other: Tensor) throws -> Tensor { try BinaryOperator.minimum(self, other) }

  /// The larger of two elements, where NaN counts as missing.
  public func fmax(_ other: Tensor) throws -> Tensor { try BinaryOperator.fmax(self, other) }

  /// The smaller of two elements, where NaN counts as missing.
  public func fmin(_ other: Tensor) throws -> Tensor { try BinaryOperator.fmin(self, other) }

  /// Adds `alpha * other` in place: `add_`.
  @discardableResult
  public func addInPlace(_ other: some TensorConvertible, alpha: Scalar = 1) throws -> Tensor {
    let term = try scaled(other, by: alpha)
    return try Fusion.addInPlace(self, term) ? self : BinaryOperator.add.inPlace(self, term)
  }

  /// Subtracts `alpha * other` in place: `sub_`.
  @discardableResult
  public func subInPlace(_ other: some TensorConvertible, alpha: Scalar = 1) throws -> Tensor {
    try BinaryOperator.sub.inPlace(self, scaled(other, by: alpha))
  }

  /// Multiplies in place: `mul_`.
  @discardableResult
  public func mulInPlace(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.mul.inPlace(self, other.asTensor())
  }

  /// Divides in place: `div_`.
  @discardableResult
  public func divInPlace(_ other: some TensorConvertible) throws -> Tensor {
    try BinaryOperator.div.inPlace(self, other.asTensor())
  }

  /// `alpha * other`, with PyTorch's rules for the type of `alpha`.
  private func scaled(_ other: some TensorConvertible, by alpha: Scalar) throws -> Tensor {
    let second = try other.asTensor()
    if alpha == .int(1) { return second }
    let type = try resultType(self, second)
    if alpha.isFloatingPoint && !type.isFloatingPoint {
      throw TensorError("For integral input tensors, argument alpha must not be a floating point number.")
    }
    if alpha.isBool && type != .bool {
      throw TensorError("Boolean alpha only supported for Boolean results.")
    }
    let product = try second.mul(alpha)
    product.isWrappedNumber = second.isWrappedNumber
    return product
  }

  /// - Throws: ``TensorError`` where an integer division by zero would follow.
  private func nonZero(_ divisor: Tensor) throws -> Tensor {
    guard !dtype.isFloatingPoint, !divisor.dtype.isFloatingPoint, divisor.count > 0 else { return divisor }
    if try divisor.alias().eq(0).any().item().bool { throw TensorError("ZeroDivisionError") }
    return divisor
  }

  /// This gradient for two operands of which the first was chosen where `first` says so, and both where `equal` does.
  fileprivate func shared(_ first: Tensor, _ equal: Tensor) throws -> [Tensor?] {
    let halved = try self.where(equal.logicalNot(), else: try mul(0.5))
    return [try halved.where(first, else: 0), try halved.where(first.logicalNot().logicalOr(equal), else: 0)]
  }
}

extension Tensor {
  /// `grad += other`, past autograd.
  func addInPlaceWithoutHistory(_ other: Tensor) throws {
    try BinaryKernel.add.run(self, other, into: self, computing: dtype.computeKind)
  }

  /// Adds `values` to elements some of which may share memory.
  func addOverlapping(_ values: Tensor) throws {
    let plan = LoopPlan(shape: shape, strides: [strides, values.strides])
    let source = try values.pointer()
    let target = try mutablePointer()
    let dtype = self.dtype
    let (targetStride, sourceStride) = (plan.innerStride(0), plan.innerStride(1))
    plan.forEachRow(in: 0..<plan.count) { offsets, length in
      for i in 0..<length {
        let to = Row(pointer: target + (offsets[0] + i * targetStride) * dtype.size, dtype: dtype, stride: 1)
        let from = Row(pointer: source + (offsets[1] + i * sourceStride) * dtype.size, dtype: dtype, stride: 1)
        var (sum, term) = (0.0, 0.0)
        Double.load(to, 1, into: &sum)
        Double.load(from, 1, into: &term)
        sum += term
        Double.store(&sum, 1, to: to)
      }
    }
  }
}
