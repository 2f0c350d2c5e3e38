import Lua
import Tensor

extension OperatorList {
  /// Functions of numbers, element by element.
  mutating func addMathematics() {
    addPowers()
    addExponentials()
    addTrigonometry()
    addRounding()
  }

  private mutating func addPowers() {
    for (name, isWide) in [("pow", false), ("float_power", true)] {
      add(
        name, "(input: Tensor|Scalar, exponent: Tensor|Scalar) -> Tensor",
        isWide
          ? "input to the power of exponent, always computed in float64, with broadcasting."
          : "input to the power of exponent, with broadcasting: what the operator ^ does. Integers stay integers, and "
            + "must not get negative exponents.",
        "torch.\(name)(torch.tensor{1., 2., 3.}\(isWide ? ":double()" : ""), 2) --> "
          + "tensor([1., 4., 9.]\(isWide ? ", dtype=torch.float64" : ""))", inPlace: !isWide
      ) { a in
        let (base, exponent) = (try a.operand(0), try a.operand(1))
        return isWide ? try base.floatPower(exponent) : try base.pow(exponent)
      }
    }
    changing(
      "float_power_", "(input: Tensor, exponent: Tensor|Scalar) -> Tensor",
      """
      In-place version of float_power(): the tensor, which must be float64, takes over the result's values and history, \
      and is returned.
      """, "torch.tensor({2., 3.}, {dtype = torch.float64}):float_power_(2) --> tensor([4., 9.], dtype=torch.float64)"
    ) { a in
      let base = try a.tensor(0)
      guard base.dtype == .float64 else {
        throw TensorError(
          "the base given to float_power_ has dtype \(base.dtype.scalarTypeName) but the operation's result requires dtype Double"
        )
      }
      return try base.updateInPlace { try $0.floatPower(a.operand(1)) }
    }
    unary("square", "input * input, in the input's own type.", of: "torch.tensor{1, -3}", is: "tensor([1, 9])") {
      try $0.square()
    }
    unary(
      "sqrt", "The square root of each element; NaN below 0. Integers give the default floating-point type.",
      of: "torch.tensor{4., 2.}", is: "tensor([2.0000, 1.4142])"
    ) { try $0.sqrt() }
    unary(
      "rsqrt", "1 / sqrt(input): infinity at 0, NaN below. Integers give the default floating-point type.",
      of: "torch.tensor{4., 0.25}", is: "tensor([0.5000, 2.0000])"
    ) { try $0.rsqrt() }
    unary(
      "reciprocal", "1 / input: infinity at 0. Integers give the default floating-point type.",
      of: "torch.tensor{4., 0.5}", is: "tensor([0.2500, 2.0000])"
    ) { try $0.reciprocal() }
    binary(
      "xlogy", "input * log(other), and 0 where input is 0, whatever other is (but for NaN).",
      of: "torch.tensor{0., 2.}, torch.tensor{0., 3.}", is: "tensor([0.0000, 2.1972])", inputs: "Tensor|Scalar"
    ) { try $0.xlogy($1) }
    binary(
      "hypot", "The hypotenuse sqrt(input ^ 2 + other ^ 2), without overflow on the way.",
      of: "torch.tensor{3., 5.}, torch.tensor{4., 12.}", is: "tensor([ 5., 13.])", others: "Tensor"
    ) { try $0.hypot($1) }
    binary(
      "logaddexp", "log(exp(input) + exp(other)), without overflow: sums of probabilities given as logarithms.",
      of: "torch.tensor{0., 1000.}, torch.tensor{0., 1000.}", is: "tensor([6.9315e-01, 1.0007e+03])", inPlace: false,
      others: "Tensor"
    ) { try $0.logaddexp($1) }
    binary(
      "logaddexp2", "log2(2 ^ input + 2 ^ other), without overflow.",
      of: "torch.tensor{0., 1000.}, torch.tensor{0., 1000.}", is: "tensor([1.0000e+00, 1.0010e+03])", inPlace: false,
      others: "Tensor"
    ) { try $0.logaddexp2($1) }
    binary(
      "copysign", "input's magnitude with other's sign; the sign of -0.0 counts.",
      of: "torch.tensor{1., 2.}, torch.tensor{-3., 0.}", is: "tensor([-1.,  2.])"
    ) { try $0.copysign($1) }
    binary(
      "nextafter", "The next number of the type after input towards other.",
      of: "torch.tensor{1.}, torch.tensor{2.}", is: "tensor([1.0000])", others: "Tensor"
    ) { try $0.nextafter($1) }
    binary(
      "ldexp", "input * 2 ^ other, in floating point.",
      of: "torch.tensor{1., 3.}, torch.tensor{4, -1}", is: "tensor([16.0000,  1.5000])", others: "Tensor"
    ) { try $0.ldexp($1) }
    add(
      "heaviside", "(input: Tensor, values: Tensor) -> Tensor",
      "The step function: 0 where input is negative, 1 where it is positive, and values where it is 0.",
      "torch.heaviside(torch.tensor{-1., 0., 2.}, torch.tensor(0.5)) --> tensor([0.0000, 0.5000, 1.0000])",
      inPlace: true
    ) { a in try a.tensor(0).heaviside(a.tensor(1)) }
  }

  private mutating func addExponentials() {
    unary(
      "exp", "e to the power of each element. Integers give the default floating-point type.",
      of: "torch.tensor{0., 1.}", is: "tensor([1.0000, 2.7183])"
    ) { try $0.exp() }
    unary(
      "exp2", "2 to the power of each element. Integers give the default floating-point type.",
      of: "torch.tensor{3., -1.}", is: "tensor([8.0000, 0.5000])"
    ) { try $0.exp2() }
    unary(
      "expm1", "exp(input) - 1, exact also where input is so small that exp() would round to 1.",
      of: "torch.tensor{0., 1e-10}", is: "tensor([0.0000e+00, 1.0000e-10])"
    ) { try $0.expm1() }
    unary(
      "log", "The natural logarithm of each element: -inf at 0, NaN below.", of: "torch.tensor{1., 10.}",
      is: "tensor([0.0000, 2.3026])"
    ) {
      try $0.log()
    }
    unary(
      "log2", "The logarithm to base 2: -inf at 0, NaN below.", of: "torch.tensor{8., 0.5}", is: "tensor([ 3., -1.])"
    ) {
      try $0.log2()
    }
    unary(
      "log10", "The logarithm to base 10: -inf at 0, NaN below.", of: "torch.tensor{1., 0.}",
      is: "tensor([0., -inf])"
    ) {
      try $0.log10()
    }
    unary(
      "log1p", "log(1 + input), exact also where input is so small that 1 + input would round to 1.",
      of: "torch.tensor{0., 1e-10}", is: "tensor([0.0000e+00, 1.0000e-10])"
    ) { try $0.log1p() }
    unary(
      "sigmoid", "The logistic function 1 / (1 + exp(-input)): anything to between 0 and 1, 0 to a half.",
      of: "torch.tensor{0., 2.}", is: "tensor([0.5000, 0.8808])"
    ) { try $0.sigmoid() }
    unary(
      "erf", "The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to input: from -1 to 1.",
      of: "torch.tensor{0., 1.}", is: "tensor([0.0000, 0.8427])"
    ) { try $0.erf() }
    unary(
      "erfc", "1 - erf(input), exact also where erf() comes near 1.", of: "torch.tensor{0., 5.}",
      is: "tensor([1.0000e+00, 1.5375e-12])"
    ) {
      try $0.erfc()
    }
    add(
      "logit", "(input: Tensor, eps: float? = nil) -> Tensor",
      """
      log(p / (1 - p)), the inverse of sigmoid(). With eps the input is first limited to eps ... 1 - eps; \
      without, it is infinite at 0 and 1.
      """,
      "torch.logit(torch.tensor{0.5, 0.9}) --> tensor([0.0000, 2.1972])", inPlace: true
    ) { a in try a.tensor(0).logit(eps: a.optionalDouble(1)) }
  }

  private mutating func addTrigonometry() {
    unary(
      "sin", "The sine of each element, an angle in radians.", of: "torch.tensor{0., math.pi / 2}",
      is: "tensor([0., 1.])"
    ) {
      try $0.sin()
    }
    unary(
      "cos", "The cosine of each element, an angle in radians.", of: "torch.tensor{0., math.pi}",
      is: "tensor([ 1., -1.])"
    ) {
      try $0.cos()
    }
    unary(
      "tan", "The tangent of each element, an angle in radians.", of: "torch.tensor{0., math.pi / 4}",
      is: "tensor([0., 1.])"
    ) {
      try $0.tan()
    }
    unary(
      "asin", "The angle from -pi/2 to pi/2 whose sine each element is; NaN outside -1 ... 1.",
      of: "torch.tensor{0., 1.}", is: "tensor([0.0000, 1.5708])"
    ) { try $0.asin() }
    unary(
      "acos", "The angle from 0 to pi whose cosine each element is; NaN outside -1 ... 1.", of: "torch.tensor{1., -1.}",
      is: "tensor([0.0000, 3.1416])"
    ) { try $0.acos() }
    unary(
      "atan", "The angle from -pi/2 to pi/2 whose tangent each element is; see atan2() for whole turns.",
      of: "torch.tensor{0., 1.}", is: "tensor([0.0000, 0.7854])"
    ) { try $0.atan() }
    unary(
      "sinh", "The hyperbolic sine (exp(x) - exp(-x)) / 2.", of: "torch.tensor{0., 1.}", is: "tensor([0.0000, 1.1752])"
    ) { try $0.sinh() }
    unary(
      "cosh", "The hyperbolic cosine (exp(x) + exp(-x)) / 2.", of: "torch.tensor{0., 1.}",
      is: "tensor([1.0000, 1.5431])"
    ) {
      try $0.cosh()
    }
    unary(
      "tanh", "The hyperbolic tangent sinh(x) / cosh(x): from -1 to 1.", of: "torch.tensor{0., 1.}",
      is: "tensor([0.0000, 0.7616])"
    ) {
      try $0.tanh()
    }
    unary(
      "asinh", "The inverse of sinh(): log(x + sqrt(x^2 + 1)).", of: "torch.tensor{0., 1.}",
      is: "tensor([0.0000, 0.8814])"
    ) {
      try $0.asinh()
    }
    unary(
      "acosh", "The inverse of cosh(): log(x + sqrt(x^2 - 1)); NaN below 1.", of: "torch.tensor{1., 2.}",
      is: "tensor([0.0000, 1.3170])"
    ) {
      try $0.acosh()
    }
    unary(
      "atanh", "The inverse of tanh(): log((1 + x) / (1 - x)) / 2; infinite at -1 and 1, NaN outside.",
      of: "torch.tensor{0., 0.5}", is: "tensor([0.0000, 0.5493])"
    ) { try $0.atanh() }
    for name in ["sin", "cos", "tan", "sinh", "cosh", "tanh"] {
      alias("arc" + name, of: "a" + name)
    }
    binary(
      "atan2", "The angle of the point (x = other, y = input) from -pi to pi, in the right quadrant.",
      of: "torch.tensor{1., -1.}, torch.tensor{-1., -1.}", is: "tensor([ 2.3562, -2.3562])", others: "Tensor"
    ) { try $0.atan2($1) }
    alias("arctan2", of: "atan2")
    unary("sinc", "sin(pi * x) / (pi * x), and 1 at 0.", of: "torch.tensor{0., 0.5}", is: "tensor([1.0000, 0.6366])") {
      try $0.sinc()
    }
    unary(
      "deg2rad", "Degrees as radians: input * pi / 180.", of: "torch.tensor{180., 90.}", is: "tensor([3.1416, 1.5708])"
    ) {
      try $0.deg2rad()
    }
    unary(
      "rad2deg", "Radians as degrees: input * 180 / pi.", of: "torch.tensor{math.pi, 1.}",
      is: "tensor([180.0000,  57.2958])"
    ) {
      try $0.rad2deg()
    }
  }

  private mutating func addRounding() {
    unary(
      "abs", "The absolute value of each element, in the input's type.", of: "torch.tensor{-1.5, 2.}",
      is: "tensor([1.5000, 2.0000])"
    ) {
      try $0.abs()
    }
    alias("absolute", of: "abs")
    unary(
      "sign", "-1 for negative elements, 0 for zeros, 1 for positive ones, in the input's type.",
      of: "torch.tensor{-1.5, 0., 2.}", is: "tensor([-1.,  0.,  1.])"
    ) { try $0.sign() }
    unary(
      "sgn", "-1, 0 or 1 for real elements, as sign().", of: "torch.tensor{-1.5, 0., 2.}", is: "tensor([-1.,  0.,  1.])"
    ) { try $0.sgn() }
    unary(
      "floor", "The largest integer that is not above each element, in the input's type.",
      of: "torch.tensor{1.7, -1.2}", is: "tensor([ 1., -2.])"
    ) { try $0.floor() }
    unary(
      "ceil", "The smallest integer that is not below each element, in the input's type.",
      of: "torch.tensor{1.2, -1.7}", is: "tensor([ 2., -1.])"
    ) { try $0.ceil() }
    unary(
      "trunc", "Each element without its fraction: rounded towards 0.", of: "torch.tensor{1.7, -1.7}",
      is: "tensor([ 1., -1.])"
    ) {
      try $0.trunc()
    }
    alias("fix", of: "trunc")
    unary(
      "frac", "The fraction of each element, with its sign: input - trunc(input).", of: "torch.tensor{1.75, -1.75}",
      is: "tensor([ 0.7500, -0.7500])"
    ) { try $0.frac() }
    add(
      "round", "(input: Tensor, *, decimals: int? = nil) -> Tensor",
      """
      The nearest integer, in the input's type; halves go to the even one. decimals places behind the point \
      stay; negative ones round to tens, hundreds, ...
      """,
      "torch.round(torch.tensor{0.5, 1.5, 2.5}) --> tensor([0., 2., 2.])", inPlace: true
    ) { a in try a.tensor(0).round(decimals: a.optionalInt(1)) }
    add(
      "nan_to_num", "(input: Tensor, nan: float? = nil, posinf: float? = nil, neginf: float? = nil) -> Tensor",
      """
      NaN replaced by nan (0 unless given), infinities by posinf and neginf (the type's largest and smallest \
      numbers unless given).
      """, "torch.nan_to_num(torch.tensor{0/0, 1/0}, {posinf = 9}) --> tensor([0., 9.])", inPlace: true
    ) { a in
      try a.tensor(0).nanToNum(nan: a.optionalDouble(1) ?? 0, posinf: a.optionalDouble(2), neginf: a.optionalDouble(3))
    }
  }
}
