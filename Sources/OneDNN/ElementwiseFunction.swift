import COneDNN

/// A function of one number, applied to each element. `x` is the element.
public enum ElementwiseFunction: Hashable, Sendable {
  /// `x > 0 ? x : negativeSlope · x`
  case relu(negativeSlope: Float = 0)
  /// The hyperbolic tangent.
  case tanh
  /// `x > 0 ? x : alpha · (eˣ − 1)`
  case elu(alpha: Float = 1)
  /// `x²`
  case square
  /// `|x|`
  case abs
  /// `√x`
  case sqrt
  /// `scale · x + shift`
  case linear(scale: Float, shift: Float)
  /// `ln(1 + eˣ)`
  case softplus
  /// `1 / (1 + e⁻ˣ)`
  case logistic
  /// `eˣ`
  case exp
  /// `½ x (1 + erf(x / √2))`
  case gelu
  /// The approximation of `gelu` by tanh.
  case geluTanh
  /// `x / (1 + e^(−alpha · x))`; SiLU where `alpha` is 1.
  case swish(alpha: Float = 1)
  /// `ln x`
  case log
  /// `min(max(x, minimum), maximum)`
  case clip(minimum: Float, maximum: Float)
  /// `scale · x ^ exponent`
  case power(scale: Float = 1, exponent: Float)
  /// To the nearest integer, halves to the even one.
  case round
  /// `ln(1 / (1 + e⁻ˣ))`
  case logSigmoid
  /// `x · tanh(ln(1 + eˣ))`
  case mish
  /// `x · min(max(x / 6 + ½, 0), 1)`
  case hardSwish

  var raw: (algorithm: dnnl_alg_kind_t, alpha: Float, beta: Float) {
    switch self {
    case .relu(let slope): (dnnl_eltwise_relu, slope, 0)
    case .tanh: (dnnl_eltwise_tanh, 0, 0)
    case .elu(let alpha): (dnnl_eltwise_elu, alpha, 0)
    case .square: (dnnl_eltwise_square, 0, 0)
    case .abs: (dnnl_eltwise_abs, 0, 0)
    case .sqrt: (dnnl_eltwise_sqrt, 0, 0)
    case .linear(let scale, let shift): (dnnl_eltwise_linear, scale, shift)
    case .softplus: (dnnl_eltwise_soft_relu, 0, 0)
    case .logistic: (dnnl_eltwise_logistic, 0, 0)
    case .exp: (dnnl_eltwise_exp, 0, 0)
    case .gelu: (dnnl_eltwise_gelu_erf, 0, 0)
    case .geluTanh: (dnnl_eltwise_gelu_tanh, 0, 0)
    case .swish(let alpha): (dnnl_eltwise_swish, alpha, 0)
    case .log: (dnnl_eltwise_log, 0, 0)
    case .clip(let minimum, let maximum): (dnnl_eltwise_clip_v2, minimum, maximum)
    case .power(let scale, let exponent): (dnnl_eltwise_pow, scale, exponent)
    case .round: (dnnl_eltwise_round, 0, 0)
    case .logSigmoid: (dnnl_eltwise_logsigmoid, 0, 0)
    case .mish: (dnnl_eltwise_mish, 0, 0)
    case .hardSwish: (dnnl_eltwise_hardswish, 0, 0)
    }
  }
}
