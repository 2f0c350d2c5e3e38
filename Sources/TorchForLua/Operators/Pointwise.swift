import Lua
import Tensor

extension OperatorList {
  /// Arithmetic, comparisons, logic and selection, element by element.
  mutating func addPointwise() {
    addArithmetic()
    addComparisons()
    addLogic()
    addSelection()
  }

  private mutating func addArithmetic() {
    addScaled(
      "add",
      "input + alpha * other, element by element, with broadcasting. The operator + does this with alpha = 1."
    ) { try $0.add($1, alpha: $2) }
    addScaled(
      "sub",
      "input - alpha * other, element by element, with broadcasting. The operator - does this with alpha = 1."
    ) { try $0.sub($1, alpha: $2) }
    alias("subtract", of: "sub")
    add(
      "rsub", "(input: Tensor, other: Tensor|Scalar, *, alpha: Scalar = 1) -> Tensor",
      "other - alpha * input: subtraction with the operands exchanged.",
      "torch.rsub(torch.tensor{1., 2.}, 5) --> tensor([4., 3.])"
    ) { a in try a.tensor(0).rsub(a.operand(1), alpha: a.scalar(2)) }
    binary(
      "mul", "input * other, element by element, with broadcasting: what the operator * does.",
      of: "torch.tensor{1., 2.}, 3", is: "tensor([3., 6.])"
    ) { try $0.mul($1) }
    alias("multiply", of: "mul")
    add(
      "div", "(input: Tensor, other: Tensor|Scalar, *, rounding_mode: string? = nil) -> Tensor",
      """
      input / other, element by element, with broadcasting: what the operator / does. rounding_mode = nil \
      divides with fractions, also integers; 'trunc' rounds the quotient towards 0, 'floor' rounds it down.
      """,
      "torch.div(torch.tensor{7., -7.}, 2, {rounding_mode = 'floor'}) --> tensor([ 3., -4.])", inPlace: true
    ) { a in try a.tensor(0).div(a.operand(1), roundingMode: roundingMode(a.optionalString(2))) }
    alias("divide", of: "div")
    binary(
      "true_divide", "input / other with fractions, also of integers: div() without rounding.",
      of: "torch.tensor{1., 3.}, 2", is: "tensor([0.5000, 1.5000])"
    ) { try $0.trueDivide($1) }
    binary(
      "floor_divide", "The quotient rounded down to an integer, in the operands' type: what the operator // does.",
      of: "torch.tensor{7., -7.}, 2", is: "tensor([ 3., -4.])"
    ) { try $0.floorDivide($1) }
    binary(
      "remainder",
      "input - floor(input / other) * other: Python's modulus, and Lua's operator %, whose result has the divisor's sign.",
      of: "torch.tensor{7., -7.}, 3", is: "tensor([1., 2.])", inputs: "Tensor|Scalar"
    ) {
      try $0.remainder($1)
    }
    binary(
      "fmod", "input - trunc(input / other) * other: C's modulus, whose result has the dividend's sign.",
      of: "torch.tensor{7., -7.}, 3", is: "tensor([ 1., -1.])"
    ) { try $0.fmod($1) }
    unary(
      "neg", "The negative of each element: -input, which the operator - does too.", of: "torch.tensor{1, -2}",
      is: "tensor([-1,  2])"
    ) { try $0.neg() }
    alias("negative", of: "neg")
    unary(
      "positive", "The tensor itself, of any numeric type: +input, for symmetry with neg().", of: "torch.tensor{1, -2}",
      is: "tensor([ 1, -2])", inPlace: false
    ) { try $0.positive() }
    binary(
      "maximum", "The larger of two elements, with broadcasting; NaN if either is.",
      of: "torch.tensor{1., 5.}, torch.tensor{3., 0/0}", is: "tensor([3., nan])", inPlace: false, others: "Tensor"
    ) { try $0.maximum($1) }
    binary(
      "minimum", "The smaller of two elements, with broadcasting; NaN if either is.",
      of: "torch.tensor{1., 5.}, torch.tensor{3., 0/0}", is: "tensor([1., nan])", inPlace: false, others: "Tensor"
    ) { try $0.minimum($1) }
    binary(
      "fmax", "The larger of two elements, with broadcasting; the number where just one is NaN.",
      of: "torch.tensor{1., 5.}, torch.tensor{3., 0/0}", is: "tensor([3., 5.])", inPlace: false, others: "Tensor"
    ) { try $0.fmax($1) }
    binary(
      "fmin", "The smaller of two elements, with broadcasting; the number where just one is NaN.",
      of: "torch.tensor{1., 5.}, torch.tensor{3., 0/0}", is: "tensor([1., 5.])", inPlace: false, others: "Tensor"
    ) { try $0.fmin($1) }
    binary(
      "gcd", "The greatest common divisor of two integers, never negative.",
      of: "torch.tensor{12, 18}, torch.tensor{8, 27}", is: "tensor([4, 9])", others: "Tensor"
    ) {
      try $0.gcd($1)
    }
    binary(
      "lcm", "The least common multiple of two integers, never negative.",
      of: "torch.tensor{12, 18}, torch.tensor{8, 27}", is: "tensor([24, 54])", others: "Tensor"
    ) { try $0.lcm($1) }
  }

  private mutating func addScaled(
    _ name: String, _ help: String, _ operation: @escaping (Tensor, Tensor, Scalar) throws -> Tensor
  ) {
    add(
      name, "(input: Tensor, other: Tensor|Scalar, *, alpha: Scalar = 1) -> Tensor", help,
      "torch.\(name)(torch.ones(2), 5, {alpha = 10}) --> tensor([\(name == "add" ? "51., 51." : "-49., -49.")])",
      inPlace: true
    ) { a in try operation(a.tensor(0), a.operand(1), a.scalar(2)) }
  }

  private mutating func addComparisons() {
    binary(
      "eq",
      "Whether elements are equal, as bool, with broadcasting. The operator == compares whole tensors instead: equal().",
      of: "torch.tensor{1, 2}, torch.tensor{1, 3}", is: "tensor([ True, False])"
    ) { try $0.eq($1) }
    binary(
      "ne", "Whether elements differ, as bool, with broadcasting; NaN differs from all.",
      of: "torch.tensor{1, 2}, torch.tensor{1, 3}", is: "tensor([False,  True])"
    ) { try $0.ne($1) }
    binary(
      "lt", "Whether elements are less than other's, as bool, with broadcasting.",
      of: "torch.tensor{1, 2, 3}, 2", is: "tensor([ True, False, False])"
    ) { try $0.lt($1) }
    binary(
      "le", "Whether elements are at most other's, as bool, with broadcasting.",
      of: "torch.tensor{1, 2, 3}, 2", is: "tensor([ True,  True, False])"
    ) { try $0.le($1) }
    binary(
      "gt", "Whether elements are greater than other's, as bool, with broadcasting.",
      of: "torch.tensor{1, 2, 3}, 2", is: "tensor([False, False,  True])"
    ) { try $0.gt($1) }
    binary(
      "ge", "Whether elements are at least other's, as bool, with broadcasting.",
      of: "torch.tensor{1, 2, 3}, 2", is: "tensor([False,  True,  True])"
    ) { try $0.ge($1) }
    alias("not_equal", of: "ne")
    alias("less", of: "lt")
    alias("less_equal", of: "le")
    alias("greater", of: "gt")
    alias("greater_equal", of: "ge")
    results(
      "equal", "(input: Tensor, other: Tensor) -> bool",
      """
      Whether both tensors have the same shape and the same elements, as one boolean: what the operator == \
      does. NaN is equal to nothing.
      """,
      "torch.equal(torch.ones(2), torch.ones(2)) --> true"
    ) { a in .boolean(try a.tensor(0).equal(a.tensor(1))) }
    let tolerance = "rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = false"
    add(
      "isclose", "(input: Tensor, other: Tensor, \(tolerance)) -> Tensor",
      """
      Whether elements are nearly equal, as bool: |input - other| <= atol + rtol * |other|. With equal_nan \
      NaN is close to NaN.
      """, "torch.isclose(torch.tensor{1., 2.}, torch.tensor{1. + 1e-9, 2.1}) --> tensor([ True, False])"
    ) { a in try a.tensor(0).isclose(a.tensor(1), rtol: a.double(2), atol: a.double(3), equalNaN: a.bool(4)) }
    results(
      "allclose", "(input: Tensor, other: Tensor, \(tolerance)) -> bool",
      """
      Whether all elements are nearly equal, as one boolean: |input - other| <= atol + rtol * |other|. With \
      equal_nan NaN is close to NaN.
      """, "torch.allclose(torch.ones(2), torch.ones(2) + 1e-9) --> true"
    ) { a in .boolean(try a.tensor(0).allclose(a.tensor(1), rtol: a.double(2), atol: a.double(3), equalNaN: a.bool(4)))
    }
  }

  private mutating func addLogic() {
    binary(
      "logical_and", "Whether both elements are not zero, as bool.",
      of: "torch.tensor{0, 1, 2}, torch.tensor{1, 0, 3}", is: "tensor([False, False,  True])", others: "Tensor"
    ) { try $0.logicalAnd($1) }
    binary(
      "logical_or", "Whether either element is not zero, as bool.",
      of: "torch.tensor{0, 1, 0}, torch.tensor{1, 0, 0}", is: "tensor([ True,  True, False])", others: "Tensor"
    ) { try $0.logicalOr($1) }
    binary(
      "logical_xor", "Whether just one of the elements is not zero, as bool.",
      of: "torch.tensor{0, 1, 2}, torch.tensor{1, 0, 3}", is: "tensor([ True,  True, False])", others: "Tensor"
    ) { try $0.logicalXor($1) }
    unary(
      "logical_not", "Whether each element is zero, as bool; NaN counts as not zero.", of: "torch.tensor{0, 3}",
      is: "tensor([ True, False])"
    ) { try $0.logicalNot() }
    let both = "Tensor|Scalar"
    binary(
      "bitwise_and", "The bits that both integers have; logical and of bools. What the operator & does.",
      of: "torch.tensor{6, 5}, torch.tensor{3, 1}", is: "tensor([2, 1])", inputs: both
    ) { try $0.bitwiseAnd($1) }
    binary(
      "bitwise_or", "The bits that either integer has; logical or of bools. What the operator | does.",
      of: "torch.tensor{6, 5}, torch.tensor{3, 1}", is: "tensor([7, 5])", inputs: both
    ) { try $0.bitwiseOr($1) }
    binary(
      "bitwise_xor", "The bits that just one of the integers has. What the operator ~ between operands does.",
      of: "torch.tensor{6, 5}, torch.tensor{3, 1}", is: "tensor([5, 4])", inputs: both
    ) { try $0.bitwiseXor($1) }
    binary(
      "bitwise_left_shift", "input's bits moved up by other places: input * 2 ^ other. What the operator << does.",
      of: "torch.tensor{6, 5}, torch.tensor{3, 1}", is: "tensor([48, 10])", inputs: both
    ) {
      try $0.bitwiseLeftShift($1)
    }
    binary(
      "bitwise_right_shift", "input's bits moved down by other places, with its sign kept. What the operator >> does.",
      of: "torch.tensor{6, -5}, torch.tensor{1, 1}", is: "tensor([ 3, -3])", inputs: both
    ) {
      try $0.bitwiseRightShift($1)
    }
    add(
      "bitwise_not", "(input: Tensor) -> Tensor",
      "All bits of each integer inverted, and bools negated: what the operator ~ before one operand does.",
      "torch.bitwise_not(torch.tensor{0, 1}) --> tensor([-1, -2])", inPlace: true
    ) {
      a in
      try a.tensor(0).bitwiseNot()
    }
    unary(
      "isnan", "Whether each element is NaN, as bool; never for integers.", of: "torch.tensor{0/0, 1.}",
      is: "tensor([ True, False])",
      inPlace: false
    ) { try $0.isnan() }
    unary(
      "isinf", "Whether each element is infinite, of either sign, as bool.", of: "torch.tensor{1/0, 1., -1/0}",
      is: "tensor([ True, False,  True])",
      inPlace: false
    ) { try $0.isinf() }
    unary(
      "isposinf", "Whether each element is positive infinity, as bool.", of: "torch.tensor{1/0, -1/0}",
      is: "tensor([ True, False])",
      inPlace: false
    ) { try $0.isposinf() }
    unary(
      "isneginf", "Whether each element is negative infinity, as bool.", of: "torch.tensor{1/0, -1/0}",
      is: "tensor([False,  True])",
      inPlace: false
    ) { try $0.isneginf() }
    unary(
      "isfinite", "Whether each element is neither infinite nor NaN, as bool; always so for integers.",
      of: "torch.tensor{1., 1/0, 0/0}", is: "tensor([ True, False, False])", inPlace: false
    ) { try $0.isfinite() }
    unary(
      "signbit", "Whether each element carries a minus sign, as bool; also -0.0.", of: "torch.tensor{-0.0, 0.0, -2.}",
      is: "tensor([ True, False,  True])", inPlace: false
    ) { try $0.signbit() }
  }

  private mutating func addSelection() {
    let limit = "Tensor|Scalar"
    add(
      "clamp", "(input: Tensor, min: \(limit)? = nil, max: \(limit)? = nil) -> Tensor",
      """
      Each element limited to the range from min to max. Either limit may be missing; limits are numbers or \
      tensors that broadcast. Where min is above max, the result is max.
      """,
      "torch.clamp(torch.tensor{-1., 0.5, 3.}, {min = 0, max = 1}) --> tensor([0.0000, 0.5000, 1.0000])", inPlace: true
    ) { a in try a.tensor(0).clamp(min: a.optionalOperand(1), max: a.optionalOperand(2)) }
    alias("clip", of: "clamp")
    add(
      "clamp_min", "(input: Tensor, min: \(limit)) -> Tensor", "Each element, but at least min.",
      "torch.clamp_min(torch.tensor{-1., 2.}, 0) --> tensor([0., 2.])", inPlace: true
    ) { a in try a.tensor(0).clampMin(a.operand(1)) }
    add(
      "clamp_max", "(input: Tensor, max: \(limit)) -> Tensor", "Each element, but at most max.",
      "torch.clamp_max(torch.tensor{-1., 2.}, 0) --> tensor([-1.,  0.])", inPlace: true
    ) { a in try a.tensor(0).clampMax(a.operand(1)) }
    add(
      "masked_fill", "(input: Tensor, mask: Tensor, value: \(limit)) -> Tensor",
      "The tensor with value where mask, a bool tensor that broadcasts to its shape, holds.",
      "torch.masked_fill(torch.zeros(3), torch.tensor{true, false, true}, 7) --> tensor([7., 0., 7.])", inPlace: true
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
      """
      input where condition holds, else other, with broadcasting and type promotion. Of a condition alone: \
      where it holds, as a table of one index tensor a dimension, as nonzero() with as_tuple.
      """,
      "torch.where(torch.tensor{true, false}, torch.tensor{1., 2.}, 0.) --> tensor([1., 0.])", placement: .function)
    add(
      "where", "(self: Tensor, condition: Tensor, other: \(limit)) -> Tensor",
      "The tensor's own elements where condition holds, else other's, with broadcasting.",
      "torch.ones(2):where(torch.tensor{true, false}, 0.) --> tensor([1., 0.])", placement: .method
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
