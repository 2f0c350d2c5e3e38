import Lua
import Tensor

extension OperatorList {
  mutating func addPointwise() {
    addArithmetic()
    addComparisons()
    addLogic()
    addPowers()
    addExponentials()
    addTrigonometry()
    addRounding()
    addSelection()
  }

  private mutating func addArithmetic() {
    addScaled("add", "Adds other, scaled by alpha.") { try $0.add($1, alpha: $2) }
    addScaled("sub", "Subtracts other, scaled by alpha.") { try $0.sub($1, alpha: $2) }
    alias("subtract", of: "sub")
    add(
      "rsub", "(input: Tensor, other: Tensor|Scalar, *, alpha: Scalar = 1) -> Tensor",
      "Subtracts input, scaled by alpha, from other.", "torch.rsub(torch.ones(3), 5)"
    ) { a in try a.tensor(0).rsub(a.operand(1), alpha: a.scalar(2)) }
    binary("mul", "Multiplies element by element.") { try $0.mul($1) }
    alias("multiply", of: "mul")
    add(
      "div", "(input: Tensor, other: Tensor|Scalar, *, rounding_mode: string? = nil) -> Tensor",
      "Divides element by element; rounding_mode is nil, 'trunc' or 'floor'.",
      "torch.div(torch.tensor{7, -7}, 2, {rounding_mode = 'floor'})", inPlace: true
    ) { a in try a.tensor(0).div(a.operand(1), roundingMode: roundingMode(a.optionalString(2))) }
    alias("divide", of: "div")
    binary("true_divide", "Divides element by element.") { try $0.trueDivide($1) }
    binary("floor_divide", "The quotient rounded down.") { try $0.floorDivide($1) }
    binary("remainder", "Python's modulus: the result has the divisor's sign.", inputs: "Tensor|Scalar") {
      try $0.remainder($1)
    }
    binary("fmod", "C's modulus: the result has the dividend's sign.") { try $0.fmod($1) }
    unary("neg", "The negative.") { try $0.neg() }
    alias("negative", of: "neg")
    unary("positive", "The tensor itself.", inPlace: false) { try $0.positive() }
    binary("maximum", "The larger of two elements; NaN wins.", inPlace: false, others: "Tensor") { try $0.maximum($1) }
    binary("minimum", "The smaller of two elements; NaN wins.", inPlace: false, others: "Tensor") { try $0.minimum($1) }
    binary("fmax", "The larger of two elements; NaN loses.", inPlace: false, others: "Tensor") { try $0.fmax($1) }
    binary("fmin", "The smaller of two elements; NaN loses.", inPlace: false, others: "Tensor") { try $0.fmin($1) }
    let integers = "torch.tensor{12, 18}, torch.tensor{8, 27}"
    binary("gcd", "The greatest common divisor.", example: "torch.gcd(\(integers))", others: "Tensor") {
      try $0.gcd($1)
    }
    binary("lcm", "The least common multiple.", example: "torch.lcm(\(integers))", others: "Tensor") { try $0.lcm($1) }
  }

  private mutating func addScaled(
    _ name: String, _ help: String, _ operation: @escaping (Tensor, Tensor, Scalar) throws -> Tensor
  ) {
    add(
      name, "(input: Tensor, other: Tensor|Scalar, *, alpha: Scalar = 1) -> Tensor", help,
      "torch.\(name)(torch.ones(3), 5, {alpha = 10})", inPlace: true
    ) { a in try operation(a.tensor(0), a.operand(1), a.scalar(2)) }
  }

  private mutating func addComparisons() {
    binary("eq", "Whether elements are equal.") { try $0.eq($1) }
    binary("ne", "Whether elements differ.") { try $0.ne($1) }
    binary("lt", "Whether elements are less than other's.") { try $0.lt($1) }
    binary("le", "Whether elements are at most other's.") { try $0.le($1) }
    binary("gt", "Whether elements are greater than other's.") { try $0.gt($1) }
    binary("ge", "Whether elements are at least other's.") { try $0.ge($1) }
    alias("not_equal", of: "ne")
    alias("less", of: "lt")
    alias("less_equal", of: "le")
    alias("greater", of: "gt")
    alias("greater_equal", of: "ge")
    results(
      "equal", "(input: Tensor, other: Tensor) -> bool", "Whether both have the same shape and elements.",
      "torch.equal(torch.ones(2), torch.ones(2))"
    ) { a in .boolean(try a.tensor(0).equal(a.tensor(1))) }
    let tolerance = "rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = false"
    add(
      "isclose", "(input: Tensor, other: Tensor, \(tolerance)) -> Tensor",
      "Whether elements are equal within atol + rtol * |other|.", "torch.isclose(torch.ones(2), torch.ones(2) + 1e-9)"
    ) { a in try a.tensor(0).isclose(a.tensor(1), rtol: a.double(2), atol: a.double(3), equalNaN: a.bool(4)) }
    results(
      "allclose", "(input: Tensor, other: Tensor, \(tolerance)) -> bool",
      "Whether all elements are equal within atol + rtol * |other|.", "torch.allclose(torch.ones(2), torch.ones(2))"
    ) { a in .boolean(try a.tensor(0).allclose(a.tensor(1), rtol: a.double(2), atol: a.double(3), equalNaN: a.bool(4)))
    }
  }

  private mutating func addLogic() {
    binary("logical_and", "Whether both elements are not zero.", others: "Tensor") { try $0.logicalAnd($1) }
    binary("logical_or", "Whether either element is not zero.", others: "Tensor") { try $0.logicalOr($1) }
    binary("logical_xor", "Whether just one element is not zero.", others: "Tensor") { try $0.logicalXor($1) }
    unary("logical_not", "Whether elements are zero.") { try $0.logicalNot() }
    let pair = "(torch.tensor{6, 5}, torch.tensor{3, 1})"
    let both = "Tensor|Scalar"
    binary("bitwise_and", "input & other.", example: "torch.bitwise_and\(pair)", inputs: both) { try $0.bitwiseAnd($1) }
    binary("bitwise_or", "input | other.", example: "torch.bitwise_or\(pair)", inputs: both) { try $0.bitwiseOr($1) }
    binary("bitwise_xor", "input ~ other.", example: "torch.bitwise_xor\(pair)", inputs: both) { try $0.bitwiseXor($1) }
    binary("bitwise_left_shift", "input << other.", example: "torch.bitwise_left_shift\(pair)", inputs: both) {
      try $0.bitwiseLeftShift($1)
    }
    binary("bitwise_right_shift", "input >> other.", example: "torch.bitwise_right_shift\(pair)", inputs: both) {
      try $0.bitwiseRightShift($1)
    }
    add("bitwise_not", "(input: Tensor) -> Tensor", "~input.", "torch.bitwise_not(torch.tensor{0, 1})", inPlace: true) {
      a in
      try a.tensor(0).bitwiseNot()
    }
    unary("isnan", "Whether elements are NaN.", inPlace: false) { try $0.isnan() }
    unary("isinf", "Whether elements are infinite.", inPlace: false) { try $0.isinf() }
    unary("isposinf", "Whether elements are positive infinity.", inPlace: false) { try $0.isposinf() }
    unary("isneginf", "Whether elements are negative infinity.", inPlace: false) { try $0.isneginf() }
    unary("isfinite", "Whether elements are neither infinite nor NaN.", inPlace: false) { try $0.isfinite() }
    unary("signbit", "Whether elements have a minus sign.", inPlace: false) { try $0.signbit() }
  }

  private mutating func addPowers() {
    for (name, isWide) in [("pow", false), ("float_power", true)] {
      add(
        name, "(input: Tensor|Scalar, exponent: Tensor|Scalar) -> Tensor",
        isWide ? "input ^ exponent, computed in float64." : "input ^ exponent.",
        "torch.\(name)(torch.tensor{1, 2, 3}, 2)", inPlace: true
      ) { a in
        let (base, exponent) = (try a.operand(0), try a.operand(1))
        return isWide ? try base.floatPower(exponent) : try base.pow(exponent)
      }
    }
    unary("square", "input * input.") { try $0.square() }
    unary("sqrt", "The square root.") { try $0.sqrt() }
    unary("rsqrt", "1 / sqrt(input).") { try $0.rsqrt() }
    unary("reciprocal", "1 / input.") { try $0.reciprocal() }
    binary("xlogy", "input * log(other), 0 where input is 0.", inputs: "Tensor|Scalar") { try $0.xlogy($1) }
    binary("hypot", "The hypotenuse: sqrt(input ^ 2 + other ^ 2).", others: "Tensor") { try $0.hypot($1) }
    binary("logaddexp", "log(exp(input) + exp(other)).", inPlace: false, others: "Tensor") { try $0.logaddexp($1) }
    binary("logaddexp2", "log2(2 ^ input + 2 ^ other).", inPlace: false, others: "Tensor") { try $0.logaddexp2($1) }
    binary("copysign", "input's magnitude with other's sign.") { try $0.copysign($1) }
    binary("nextafter", "The next number towards other.", others: "Tensor") { try $0.nextafter($1) }
    binary("ldexp", "input * 2 ^ other.", others: "Tensor") { try $0.ldexp($1) }
    add(
      "heaviside", "(input: Tensor, values: Tensor) -> Tensor", "0 below zero, 1 above, values at zero.",
      "torch.heaviside(torch.tensor{-1., 0., 2.}, torch.tensor(0.5))", inPlace: true
    ) { a in try a.tensor(0).heaviside(a.tensor(1)) }
  }

  private mutating func addExponentials() {
    unary("exp", "e ^ input.") { try $0.exp() }
    unary("exp2", "2 ^ input.") { try $0.exp2() }
    unary("expm1", "e ^ input - 1.") { try $0.expm1() }
    unary("log", "The natural logarithm.") { try $0.log() }
    unary("log2", "The logarithm to base 2.") { try $0.log2() }
    unary("log10", "The logarithm to base 10.") { try $0.log10() }
    unary("log1p", "log(1 + input).") { try $0.log1p() }
    unary("sigmoid", "1 / (1 + exp(-input)).") { try $0.sigmoid() }
    unary("erf", "The error function.") { try $0.erf() }
    unary("erfc", "1 - erf(input).") { try $0.erfc() }
    add(
      "logit", "(input: Tensor, eps: float? = nil) -> Tensor", "log(p / (1 - p)), p limited to eps ... 1 - eps.",
      "torch.logit(torch.rand(3), {eps = 1e-6})", inPlace: true
    ) { a in try a.tensor(0).logit(eps: a.optionalDouble(1)) }
  }

  private mutating func addTrigonometry() {
    unary("sin", "The sine.") { try $0.sin() }
    unary("cos", "The cosine.") { try $0.cos() }
    unary("tan", "The tangent.") { try $0.tan() }
    unary("asin", "The inverse sine.") { try $0.asin() }
    unary("acos", "The inverse cosine.") { try $0.acos() }
    unary("atan", "The inverse tangent.") { try $0.atan() }
    unary("sinh", "The hyperbolic sine.") { try $0.sinh() }
    unary("cosh", "The hyperbolic cosine.") { try $0.cosh() }
    unary("tanh", "The hyperbolic tangent.") { try $0.tanh() }
    unary("asinh", "The inverse hyperbolic sine.") { try $0.asinh() }
    unary("acosh", "The inverse hyperbolic cosine.") { try $0.acosh() }
    unary("atanh", "The inverse hyperbolic tangent.") { try $0.atanh() }
    for name in ["sin", "cos", "tan", "sinh", "cosh", "tanh"] {
      alias("arc" + name, of: "a" + name)
    }
    binary("atan2", "The angle of the point (other, input).", others: "Tensor") { try $0.atan2($1) }
    alias("arctan2", of: "atan2")
    unary("sinc", "sin(pi * input) / (pi * input).") { try $0.sinc() }
    unary("deg2rad", "Degrees to radians.") { try $0.deg2rad() }
    unary("rad2deg", "Radians to degrees.") { try $0.rad2deg() }
  }

  private mutating func addRounding() {
    unary("abs", "The absolute value.") { try $0.abs() }
    alias("absolute", of: "abs")
    unary("sign", "-1, 0 or 1.") { try $0.sign() }
    unary("sgn", "-1, 0 or 1.") { try $0.sgn() }
    unary("floor", "The next integer below.") { try $0.floor() }
    unary("ceil", "The next integer above.") { try $0.ceil() }
    unary("trunc", "Without the fraction.") { try $0.trunc() }
    alias("fix", of: "trunc")
    unary("frac", "The fraction.") { try $0.frac() }
    add(
      "round", "(input: Tensor, *, decimals: int? = nil) -> Tensor", "The nearest integer, halves to the even one.",
      "torch.round(torch.tensor{0.5, 1.5, 2.5})", inPlace: true
    ) { a in try a.tensor(0).round(decimals: a.optionalInt(1)) }
    add(
      "nan_to_num", "(input: Tensor, nan: float? = nil, posinf: float? = nil, neginf: float? = nil) -> Tensor",
      "Replaces NaN and infinities.", "torch.nan_to_num(torch.tensor{0/0, math.huge})", inPlace: true
    ) { a in
      try a.tensor(0).nanToNum(nan: a.optionalDouble(1) ?? 0, posinf: a.optionalDouble(2), neginf: a.optionalDouble(3))
    }
  }

  private mutating func addSelection() {
    let limit = "Tensor|Scalar"
    add(
      "clamp", "(input: Tensor, min: \(limit)? = nil, max: \(limit)? = nil) -> Tensor",
      "Limits elements to min ... max.",
      "torch.clamp(torch.randn(3), {min = 0})", inPlace: true
    ) { a in try a.tensor(0).clamp(min: a.optionalOperand(1), max: a.optionalOperand(2)) }
    alias("clip", of: "clamp")
    add(
      "clamp_min", "(input: Tensor, min: \(limit)) -> Tensor", "Elements of at least min.",
      "torch.clamp_min(torch.randn(3), 0)", inPlace: true
    ) { a in try a.tensor(0).clampMin(a.operand(1)) }
    add(
      "clamp_max", "(input: Tensor, max: \(limit)) -> Tensor", "Elements of at most max.",
      "torch.clamp_max(torch.randn(3), 0)", inPlace: true
    ) { a in try a.tensor(0).clampMax(a.operand(1)) }
    add(
      "masked_fill", "(input: Tensor, mask: Tensor, value: \(limit)) -> Tensor", "value where mask holds.",
      "torch.masked_fill(torch.zeros(2), torch.tensor{true, false}, 7)", inPlace: true
    ) { a in try a.tensor(0).maskedFill(a.tensor(1), a.operand(2)) }
    results(
      "where",
      [
        Overload("(condition: Tensor, input: \(limit), other: \(limit)) -> Tensor") { a in
          // The method's order, where only that makes sense: the second is the condition.
          if try a.tensor(0).dtype != .bool, let condition = a[1].tensor, condition.dtype == .bool {
            return a.result(try Tensor.where(condition, a.operand(0), a.operand(2)))
          }
          return a.result(try Tensor.where(a.tensor(0), a.operand(1), a.operand(2)))
        },
        Overload("(condition: Tensor) -> table") { a in a.list(try a.tensor(0).nonzeroTuple()) },
      ],
      "input where condition holds, else other; of a condition alone: where it holds, a tensor of indices a dimension.",
      "torch.where(torch.tensor{true, false}, 1, 0)", placement: .function)
    add(
      "where", "(self: Tensor, condition: Tensor, other: \(limit)) -> Tensor",
      "self where condition holds, else other.",
      "torch.ones(2):where(torch.tensor{true, false}, 0)", placement: .method
    ) { a in try Tensor.where(a.tensor(1), a.tensor(0), a.operand(2)) }
  }
}

private func roundingMode(_ name: String?) throws -> RoundingMode? {
  switch name {
  case nil: return nil
  case "trunc": return .trunc
  case "floor": return .floor
  case let name?:
    throw TensorError("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '\(name)'")
  }
}
