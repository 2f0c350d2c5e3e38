import CVectorMath
import Glibc

extension UnaryOperator {
  static let relu = UnaryOperator(
    "relu", float: { vm_relu_float($0, $1, $2) }, double: { vm_relu_double($0, $1, $2) },
    int64: { map($0, $1, $2) { max($0, 0) } },
    acceptsBool: false, gradient: .ofOutput { grad, y in try BinaryOperator.reluGradient(grad, y) })

  static let silu = UnaryOperator(
    "silu", float: { vm_silu_float($0, $1, $2) }, double: { vm_silu_double($0, $1, $2) },
    gradient: .ofInput { grad, x in
      let s = try x.sigmoid()
      return try grad.mul(s.mul(x.mul(s.rsub(1)).add(1)))
    })

  static let mish = UnaryOperator(
    "mish", float: { vm_mish_float($0, $1, $2) }, double: { vm_mish_double($0, $1, $2) },
    gradient: .ofInput { grad, x in
      let t = try x.softplus().tanh()
      return try grad.mul(t.add(x.mul(x.sigmoid()).mul(t.mul(t).rsub(1))))
    })

  static let gelu = UnaryOperator(
    "gelu", float: { vm_gelu_float($0, $1, $2) }, double: { vm_gelu_double($0, $1, $2) },
    gradient: .ofInput { grad, x in
      let cumulative = try x.mul(0.5.squareRoot()).erf().add(1).mul(0.5)
      let density = try x.mul(x).mul(-0.5).exp().mul(M_2_SQRTPI * 0.5.squareRoot() * 0.5)
      return try grad.mul(cumulative.add(x.mul(density)))
    })

  /// `0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`.
  static let geluTanh = UnaryOperator(
    "gelu", float: { vm_gelu_tanh_float($0, $1, $2) }, double: { vm_gelu_tanh_double($0, $1, $2) },
    gradient: .ofInput { grad, x in
      let t = try x.add(x.pow(3).mul(0.044715)).mul(geluScale).tanh()
      let slope = try t.mul(t).rsub(1).mul(x.mul(x).mul(3 * 0.044715).add(1)).mul(geluScale)
      return try grad.mul(t.add(1).add(x.mul(slope)).mul(0.5))
    })

  static let hardswish = UnaryOperator(
    "hardswish", float: { map($0, $1, $2) { $0 * min(max($0 + 3, 0), 6) / 6 } },
    double: { map($0, $1, $2) { $0 * min(max($0 + 3, 0), 6) / 6 } },
    gradient: .ofInput { grad, x in
      let inner = try grad.mul(x.div(3).add(0.5))
      return try Tensor.where(x.le(-3), 0.0, inner.where(x.lt(3), else: grad))
    })

  static let hardsigmoid = UnaryOperator(
    "hardsigmoid", float: { map($0, $1, $2) { min(max($0 + 3, 0), 6) / 6 } },
    double: { map($0, $1, $2) { min(max($0 + 3, 0), 6) / 6 } },
    gradient: .ofInput { grad, x in try grad.div(6).where(x.abs().lt(3), else: 0) })
}

private let geluScale = (2 / Double.pi).squareRoot()

extension Tensor {
  /// `max(x, 0)`.
  public func relu() throws -> Tensor {
    guard dtype != .bool else { throw TensorError("Boolean inputs not supported for relu") }
    return try Fusion.relu(self) ?? UnaryOperator.relu(self)
  }

  /// `max(x, 0)` in place: `relu_`.
  @discardableResult
  public func reluInPlace() throws -> Tensor {
    try checkInPlace()
    return try Fusion.reluInPlace(self) ? self : updateInPlace { try $0.relu() }
  }

  /// `x * sigmoid(x)`.
  public func silu() throws -> Tensor { try UnaryOperator.silu(checkFloating("silu_cpu")) }

  /// `x * tanh(softplus(x))`.
  public func mish() throws -> Tensor { try UnaryOperator.mish(checkFloating("mish_cpu")) }

  /// `x * P(X <= x)` of the normal distribution; `approximate` is `none` or `tanh`.
  public func gelu(approximate: String = "none") throws -> Tensor {
    let x = try checkFloating("GeluKernelImpl")
    switch approximate {
    case "none": return try UnaryOperator.gelu(x)
    case "tanh": return try UnaryOperator.geluTanh(x)
    default: throw TensorError("approximate argument must be either none or tanh.")
    }
  }

  /// `x * relu6(x + 3) / 6`.
  public func hardswish() throws -> Tensor { try UnaryOperator.hardswish(checkFloating("hardswish_cpu")) }

  /// `relu6(x + 3) / 6`.
  public func hardsigmoid() throws -> Tensor { try UnaryOperator.hardsigmoid(checkFloating("hardsigmoid_cpu")) }

  /// `x` above 0, `alpha * (exp(x) - 1)` below.
  public func elu(alpha: Double = 1) throws -> Tensor { try elu("elu", alpha: alpha, scale: 1, inputScale: 1) }

  /// `x` above 0, `alpha * (exp(x / alpha) - 1)` below.
  public func celu(alpha: Double = 1) throws -> Tensor {
    guard alpha != 0 else { throw TensorError("ZeroDivisionError: alpha cannot be 0 for CELU") }
    return try elu("celu", alpha: alpha, scale: 1, inputScale: 1 / alpha)
  }

  /// The self-normalizing ELU.
  /// Source: https://arxiv.org/abs/1706.02515
  public func selu() throws -> Tensor {
    try elu("selu", alpha: 1.6732632423543772848170429916717, scale: 1.0507009873554804934193349852946, inputScale: 1)
  }

  private func elu(_ name: String, alpha: Double, scale: Double, inputScale: Double) throws -> Tensor {
    let (below, above) = (alpha * scale, scale)
    let function = UnaryOperator(
      name, float: { vm_elu_float($0, $1, $2, Float(inputScale), Float(below), Float(above)) },
      double: { vm_elu_double($0, $1, $2, inputScale, below, above) },
      gradient: .ofInput { grad, x in
        let below = try grad.mul(x.mul(inputScale).exp()).mul(alpha * scale * inputScale)
        return try below.where(x.le(0), else: grad.mul(scale))
      })
    return try function(checkFloating("elu_cpu"))
  }

  /// `x` above 0, `negativeSlope * x` below.
  public func leakyRelu(negativeSlope: Double = 0.01) throws -> Tensor {
    let slope = Float(negativeSlope)
    let function = UnaryOperator(
      "leaky_relu", float: { map($0, $1, $2) { $0 > 0 ? $0 : $0 * slope } },
      double: { map($0, $1, $2) { $0 > 0 ? $0 : $0 * negativeSlope } },
      gradient: .ofInput { grad, x in try grad.where(x.gt(0), else: grad.mul(negativeSlope)) })
    return try function(checkFloating("leaky_relu_cpu"))
  }

  /// `x` above 0, `weight * x` below; one weight for all or one for each channel (dimension 1).
  public func prelu(_ weight: Tensor) throws -> Tensor {
    guard dtype == weight.dtype else {
      throw TensorError(
        "prelu: Type promoting not supported. Got \(dtype.scalarTypeName) and \(weight.dtype.scalarTypeName)")
    }
    guard weight.rank <= 1 else {
      throw TensorError("prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = \(weight.rank)")
    }
    guard rank > 0 || weight.count == 1 else { throw TensorError("Not allow zero-dim input tensor.") }
    var w = weight
    if weight.count != 1 {
      let channels = rank > 1 ? shape[1] : 1
      guard weight.count == channels else {
        throw TensorError(
          "Mismatch of parameter numbers and input channel size. Found parameter numbers = \(weight.count) and channel size = \(channels)."
        )
      }
      w = try weight.reshape([channels] + [Int](repeating: 1, count: Swift.max(rank - 2, 0)))
    } else if weight.rank == 1 {
      w = try weight.reshape([])
    }
    return try Tensor.where(alias().gt(0), self, mul(w))
  }

  /// `x` limited to `min ... max`.
  public func hardtanh(min low: Double = -1, max high: Double = 1) throws -> Tensor {
    guard dtype != .bool else { throw TensorError("Bool inputs not supported for hardtanh") }
    guard dtype.isSigned || low >= 0 && high >= 0 else {
      throw TensorError("cannot do hardtanh on an unsigned type with negative limits")
    }
    guard !(low > high) else {
      throw TensorError("min_val cannot be greater than max_val", kind: .value)
    }
    let (a, b) = (Float(low), Float(high))
    let (first, last) = (Int64(clampingTruncation: low), Int64(clampingTruncation: high))
    let function = UnaryOperator(
      "hardtanh", float: { map($0, $1, $2) { $0 < a ? a : $0 > b ? b : $0 } },
      double: { map($0, $1, $2) { $0 < low ? low : $0 > high ? high : $0 } },
      int64: { map($0, $1, $2) { $0 < first ? first : $0 > last ? last : $0 } },
      gradient: .ofInput { grad, x in try grad.where(x.gt(low).logicalAnd(x.lt(high)), else: 0) })
    return try function(self)
  }

  /// `x` limited to `0 ... 6`.
  public func relu6() throws -> Tensor { try hardtanh(min: 0, max: 6) }

  /// `x` above `threshold`, `value` elsewhere.
  public func threshold(_ threshold: Double, _ value: Double) throws -> Tensor {
    let (t, v) = (Float(threshold), Float(value))
    let (integerThreshold, integerValue) = (Int64(clampingTruncation: threshold), Int64(clampingTruncation: value))
    let function = UnaryOperator(
      "threshold", float: { map($0, $1, $2) { $0 <= t ? v : $0 } },
      double: { map($0, $1, $2) { $0 <= threshold ? value : $0 } },
      int64: { map($0, $1, $2) { $0 <= integerThreshold ? integerValue : $0 } }, acceptsBool: false,
      gradient: .ofInput { grad, x in try Tensor.where(x.le(threshold), 0, grad) })
    return try function(self)
  }

  /// `x` outside of `-lambda ... lambda`, 0 inside.
  public func hardshrink(lambda: Double = 0.5) throws -> Tensor {
    let limit = Float(lambda)
    let function = UnaryOperator(
      "hardshrink", float: { map($0, $1, $2) { $0 >= -limit && $0 <= limit ? 0 : $0 } },
      double: { map($0, $1, $2) { $0 >= -lambda && $0 <= lambda ? 0 : $0 } },
      gradient: .ofInput { grad, x in
        try Tensor.where(x.ge(-lambda).logicalAnd(x.le(lambda)), 0.0, grad)
      })
    return try function(checkFloating("hardshrink_cpu"))
  }

  /// `x` brought nearer to 0 by `lambda`.
  public func softshrink(lambda: Double = 0.5) throws -> Tensor {
    _ = try checkFloating("softshrink_check")
    guard lambda >= 0 && lambda <= dtype.largestFinite else {
      throw TensorError(
        "lambda must be in range [0, \(NumberText.general(dtype.largestFinite))] for input dtype \(dtype.scalarTypeName), but found \(NumberText.general(lambda))"
      )
    }
    let limit = Float(lambda)
    let function = UnaryOperator(
      "softshrink", float: { map($0, $1, $2) { $0 > limit ? $0 - limit : $0 < -limit ? $0 + limit : 0 * $0 } },
      double: { map($0, $1, $2) { $0 > lambda ? $0 - lambda : $0 < -lambda ? $0 + lambda : 0 * $0 } },
      gradient: .ofInput { grad, x in
        try Tensor.where(x.ge(-lambda).logicalAnd(x.le(lambda)), 0.0, grad)
      })
    return try function(self)
  }

  /// `log(1 + exp(beta * x)) / beta`, and `x` where `beta * x` is above `threshold`.
  public func softplus(beta: Double = 1, threshold: Double = 20) throws -> Tensor {
    let function = UnaryOperator(
      "softplus", float: { vm_softplus_float($0, $1, $2, Float(beta), Float(threshold)) },
      double: { vm_softplus_double($0, $1, $2, beta, threshold) },
      gradient: .ofInput { grad, x in
        let scaled = try x.mul(beta)
        return try grad.where(scaled.gt(threshold), else: grad.mul(scaled.sigmoid()))
      })
    return try function(checkFloating("softplus_cpu"))
  }

  /// `x - tanh(x)`.
  public func tanhshrink() throws -> Tensor { try sub(tanh()) }

  /// `x / (1 + |x|)`.
  public func softsign() throws -> Tensor { try div(abs().add(1)) }

  /// The first half along `dim` times the sigmoid of the second.
  public func glu(_ dim: Int = -1) throws -> Tensor {
    guard rank > 0 else { throw TensorError("glu does not support 0-dimensional tensors") }
    let axis = try wrapDimension(dim, rank: rank)
    guard shape[axis] % 2 == 0 else {
      throw TensorError("Halving dimension must be even, but dimension \(axis) is size \(shape[axis])")
    }
    _ = try checkFloating("glu_cpu")
    let half = shape[axis] / 2
    return try narrow(axis, 0, half).mul(narrow(axis, half, half).sigmoid())
  }

  /// - Throws: ``TensorError`` for a tensor of another type than floating point.
  private func checkFloating(_ name: String) throws -> Tensor {
    guard dtype.isFloatingPoint else { throw notImplemented(name, dtype) }
    return self
  }
}

extension BinaryOperator {
  /// The gradient where the output of a ReLU is positive, else 0.
  static let reluGradient = BinaryOperator(
    "threshold_backward",
    BinaryKernel(
      float: { vm_relu_gradient_float($0, $1, $2, $3) }, double: { vm_relu_gradient_double($0, $1, $2, $3) }),
    gradient: { grad, saved, needs in [needs[0] ? try reluGradient(of: grad, output: saved.b) : nil, nil] })

  private static func reluGradient(of grad: Tensor, output: Tensor) throws -> Tensor { try reluGradient(grad, output) }
}
