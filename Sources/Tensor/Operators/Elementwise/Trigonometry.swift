import CVectorMath
import Glibc

extension UnaryOperator {
  static let sin = UnaryOperator(
    "sin", float: { vm_sin_float($0, $1, $2) }, double: { vm_sin_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.cos()) })
  static let cos = UnaryOperator(
    "cos", float: { vm_cos_float($0, $1, $2) }, double: { vm_cos_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.sin().neg()) })
  static let tan = UnaryOperator(
    "tan", float: { vm_tan_float($0, $1, $2) }, double: { vm_tan_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.mul(y.mul(y).add(1)) })
  static let asin = UnaryOperator(
    "asin", float: { vm_asin_float($0, $1, $2) }, double: { vm_asin_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.mul(x).rsub(1).rsqrt()) })
  static let acos = UnaryOperator(
    "acos", float: { vm_acos_float($0, $1, $2) }, double: { vm_acos_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.mul(x).rsub(1).rsqrt().neg()) })
  static let atan = UnaryOperator(
    "atan", float: { vm_atan_float($0, $1, $2) }, double: { vm_atan_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.div(x.mul(x).add(1)) })
  static let sinh = UnaryOperator(
    "sinh", float: { vm_sinh_float($0, $1, $2) }, double: { vm_sinh_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.cosh()) })
  static let cosh = UnaryOperator(
    "cosh", float: { vm_cosh_float($0, $1, $2) }, double: { vm_cosh_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.sinh()) })
  static let tanh = UnaryOperator(
    "tanh", float: { vm_tanh_float($0, $1, $2) }, double: { vm_tanh_double($0, $1, $2) },
    gradient: .ofOutput { grad, y in try grad.mul(y.mul(y).rsub(1)) })
  static let asinh = UnaryOperator(
    "asinh", float: { vm_asinh_float($0, $1, $2) }, double: { vm_asinh_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.mul(x).add(1).rsqrt()) })
  static let acosh = UnaryOperator(
    "acosh", float: { vm_acosh_float($0, $1, $2) }, double: { vm_acosh_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.mul(x.mul(x).sub(1).rsqrt()) })
  static let atanh = UnaryOperator(
    "atanh", float: { vm_atanh_float($0, $1, $2) }, double: { vm_atanh_double($0, $1, $2) },
    gradient: .ofInput { grad, x in try grad.div(x.mul(x).rsub(1)) })
  static let deg2rad = UnaryOperator(
    "deg2rad", float: { map($0, $1, $2) { $0 * Float(Double.pi / 180) } },
    double: { map($0, $1, $2) { $0 * (.pi / 180) } }, gradient: .linear { try $0.deg2rad() })
  static let rad2deg = UnaryOperator(
    "rad2deg", float: { map($0, $1, $2) { $0 * Float(180 / Double.pi) } },
    double: { map($0, $1, $2) { $0 * (180 / .pi) } }, gradient: .linear { try $0.rad2deg() })
  static let sinc = UnaryOperator(
    "sinc",
    each: { x in
      let angle = Double.pi * x
      return angle == 0 ? 1 : Glibc.sin(angle) / angle
    },
    gradient: .ofInput { grad, x in
      let angle = try x.mul(Double.pi)
      let slope = try angle.mul(angle.cos()).sub(angle.sin()).div(angle.mul(angle)).mul(Double.pi)
      return try grad.mul(slope.maskedFill(x.eq(0), 0))
    })
}

extension BinaryOperator {
  static let atan2 = BinaryOperator(
    "atan2", BinaryKernel(float: { vm_atan2_float($0, $1, $2, $3) }, double: { vm_atan2_double($0, $1, $2, $3) }),
    result: .floating
  ) { grad, saved, needs in
    let (a, b) = (try saved.a, try saved.b)
    let square = try a.mul(a).add(b.mul(b))
    let scaled = try grad.mul(square.reciprocal().maskedFill(square.eq(0), 0))
    return [needs[0] ? try scaled.mul(b) : nil, needs[1] ? try scaled.mul(a.neg()) : nil]
  }

  static let hypot = BinaryOperator(
    "hypot", BinaryKernel(float: { vm_hypot_float($0, $1, $2, $3) }, double: { vm_hypot_double($0, $1, $2, $3) }),
    acceptsInteger: false
  ) { grad, saved, needs in
    let (a, b) = (try saved.a, try saved.b)
    let length = try a.hypot(b)
    return [needs[0] ? try grad.mul(a.div(length)) : nil, needs[1] ? try grad.mul(b.div(length)) : nil]
  }
}

extension Tensor {
  /// The sine of angles in radians.
  public func sin() throws -> Tensor { try UnaryOperator.sin(self) }
  /// The cosine of angles in radians.
  public func cos() throws -> Tensor { try UnaryOperator.cos(self) }
  /// The tangent of angles in radians.
  public func tan() throws -> Tensor { try UnaryOperator.tan(self) }
  /// The inverse sine.
  public func asin() throws -> Tensor { try UnaryOperator.asin(self) }
  /// The inverse cosine.
  public func acos() throws -> Tensor { try UnaryOperator.acos(self) }
  /// The inverse tangent.
  public func atan() throws -> Tensor { try UnaryOperator.atan(self) }
  /// The hyperbolic sine.
  public func sinh() throws -> Tensor { try UnaryOperator.sinh(self) }
  /// The hyperbolic cosine.
  public func cosh() throws -> Tensor { try UnaryOperator.cosh(self) }
  /// The hyperbolic tangent.
  public func tanh() throws -> Tensor { try UnaryOperator.tanh(self) }
  /// The inverse hyperbolic sine.
  public func asinh() throws -> Tensor { try UnaryOperator.asinh(self) }
  /// The inverse hyperbolic cosine.
  public func acosh() throws -> Tensor { try UnaryOperator.acosh(self) }
  /// The inverse hyperbolic tangent.
  public func atanh() throws -> Tensor { try UnaryOperator.atanh(self) }
  /// Degrees as radians.
  public func deg2rad() throws -> Tensor { try UnaryOperator.deg2rad(self) }
  /// Radians as degrees.
  public func rad2deg() throws -> Tensor { try UnaryOperator.rad2deg(self) }
  /// `sin(pi * x) / (pi * x)`, and 1 at 0.
  public func sinc() throws -> Tensor { try UnaryOperator.sinc(self) }
  /// The angle of the point `(other, self)`.
  public func atan2(_ other: Tensor) throws -> Tensor { try BinaryOperator.atan2(self, other) }
  /// `sqrt(self^2 + other^2)`.
  public func hypot(_ other: Tensor) throws -> Tensor { try BinaryOperator.hypot(self, other) }
}
