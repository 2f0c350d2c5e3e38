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

/// `destination = function(source)`, element by element, in any layout without gaps; source and destination may be one
/// buffer.
public final class ElementwiseForward: Sendable {
  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let function: ElementwiseFunction
    let data: MemoryDescriptor
  }
  private static let cache = PrimitiveCache<Key, ElementwiseForward>()

  /// - Parameter data: The layout of source and destination.
  public static func prepare(_ function: ElementwiseFunction, data: MemoryDescriptor) throws -> ElementwiseForward {
    try cache.plan(for: Key(function: function, data: data), operations: data.passOperations) {
      try ElementwiseForward(function, data)
    }
  }

  private init(_ function: ElementwiseFunction, _ data: MemoryDescriptor) throws {
    let name = "element-wise function"
    let raw = function.raw
    var operation = dnnl_eltwise_desc_t()
    try check(
      dnnl_eltwise_forward_desc_init(
        &operation, dnnl_forward_training, raw.algorithm, data.argument, raw.alpha, raw.beta),
      name, "\(function), \(data)")
    primitive = try CompiledPrimitive(
      name, &operation, arguments: [DNNL_ARG_SRC, DNNL_ARG_DST], detail: "\(function), \(data)")
  }

  /// - Parameters:
  ///   - source: Read.
  ///   - destination: Written; may be `source`.
  public func execute(source: UnsafeRawPointer, destination: UnsafeMutableRawPointer) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = UnsafeRawPointer(destination)
    }
  }
}

/// `sourceGradient = function′(source) · gradient`, element by element.
public final class ElementwiseBackward: Sendable {
  private let primitive: CompiledPrimitive

  private struct Key: Hashable {
    let function: ElementwiseFunction
    let data: MemoryDescriptor
    let gradient: MemoryDescriptor
  }
  private static let cache = PrimitiveCache<Key, ElementwiseBackward>()

  /// - Parameters:
  ///   - data: The layout of the function's argument.
  ///   - gradient: The layout of both gradients.
  public static func prepare(
    _ function: ElementwiseFunction, data: MemoryDescriptor, gradient: MemoryDescriptor
  ) throws -> ElementwiseBackward {
    try cache.plan(for: Key(function: function, data: data, gradient: gradient), operations: data.passOperations) {
      try ElementwiseBackward(function, data, gradient)
    }
  }

  private init(_ function: ElementwiseFunction, _ data: MemoryDescriptor, _ gradient: MemoryDescriptor) throws {
    let name = "gradient of an element-wise function"
    let raw = function.raw
    var forward = dnnl_eltwise_desc_t()
    try check(
      dnnl_eltwise_forward_desc_init(
        &forward, dnnl_forward_training, raw.algorithm, data.argument, raw.alpha, raw.beta),
      name, "\(function), \(data)")
    let hint = try CompiledPrimitive(name, &forward, arguments: [], detail: "\(function), \(data)")
    var operation = dnnl_eltwise_desc_t()
    try check(
      dnnl_eltwise_backward_desc_init(
        &operation, raw.algorithm, gradient.argument, data.argument, raw.alpha, raw.beta),
      name, "\(function), \(data), \(gradient)")
    primitive = try CompiledPrimitive(
      name, &operation, hint: hint, arguments: [DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC],
      detail: "\(function), \(data), \(gradient)")
  }

  /// - Parameters:
  ///   - source: The function's argument, read.
  ///   - gradient: With respect to the function's result, read.
  ///   - sourceGradient: Written; may be `gradient`.
  public func execute(
    source: UnsafeRawPointer, gradient: UnsafeRawPointer, sourceGradient: UnsafeMutableRawPointer
  ) throws {
    try primitive.execute {
      $0[0] = source
      $0[1] = gradient
      $0[2] = UnsafeRawPointer(sourceGradient)
    }
  }
}
