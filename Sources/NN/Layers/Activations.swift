import Tensor

/// What the element-wise functions share. One more is a subclass with ``activate(_:)``, and ``options`` if it has any.
open class Activation: Module {
  /// The function itself.
  open func activate(_ input: Tensor) throws -> Tensor { input }

  /// Its options, as they are printed.
  open var options: Attributes { [] }

  open override func forward(_ input: Tensor) throws -> Tensor { try activate(input) }
  open override var attributes: Attributes { options }
  open override var extraText: String { options.text }
}

/// A function that may write its result into its input.
open class InPlaceActivation: Activation {
  /// Whether the result takes the input's memory; then the input's old elements are gone.
  public let inplace: Bool

  /// - Parameter inplace: whether the result takes the input's memory.
  public init(inplace: Bool = false) { self.inplace = inplace }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try inplace ? input.updateInPlace { try activate($0) } : activate(input)
  }

  open override var attributes: Attributes { options + [("inplace", .bool(inplace))] }
  open override var extraText: String { (options + (inplace ? [("inplace", .bool(true))] : [])).text }
}

/// `max(0, x)`.
public final class ReLU: InPlaceActivation {
  public override func forward(_ input: Tensor) throws -> Tensor {
    inplace ? try input.reluInPlace() : try input.relu()
  }
}

/// `x * sigmoid(x)`.
public final class SiLU: InPlaceActivation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.silu() }
}

/// `x * tanh(softplus(x))`.
public final class Mish: InPlaceActivation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.mish() }
}

/// The self-normalizing ELU: with a scale and a slope that keep mean 0 and variance 1.
public final class SELU: InPlaceActivation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.selu() }
}

/// `x * relu6(x + 3) / 6`.
public final class Hardswish: InPlaceActivation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.hardswish() }
  public override var extraText: String { "" }
}

/// `relu6(x + 3) / 6`.
public final class Hardsigmoid: InPlaceActivation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.hardsigmoid() }
  public override var extraText: String { "" }
}

/// `x` above 0, `alpha * (exp(x) - 1)` below.
public final class ELU: InPlaceActivation {
  /// The value that the function nears far below 0 is `-alpha`.
  public let alpha: Scalar

  /// - Parameter inplace: whether the result takes the input's memory.
  public init(alpha: Scalar = 1.0, inplace: Bool = false) {
    self.alpha = alpha
    super.init(inplace: inplace)
  }

  public override func activate(_ input: Tensor) throws -> Tensor { try input.elu(alpha: alpha.double) }
  public override var options: Attributes { [("alpha", .init(alpha))] }
}

/// `x` above 0, `alpha * (exp(x / alpha) - 1)` below.
public final class CELU: InPlaceActivation {
  /// The value that the function nears far below 0 is `-alpha`.
  public let alpha: Scalar

  /// - Parameter inplace: whether the result takes the input's memory.
  public init(alpha: Scalar = 1.0, inplace: Bool = false) {
    self.alpha = alpha
    super.init(inplace: inplace)
  }

  public override func activate(_ input: Tensor) throws -> Tensor { try input.celu(alpha: alpha.double) }
  public override var options: Attributes { [("alpha", .init(alpha))] }
}

/// `x` above 0, `negativeSlope * x` below.
public final class LeakyReLU: InPlaceActivation {
  /// The slope below 0.
  public let negativeSlope: Scalar

  /// - Parameter inplace: whether the result takes the input's memory.
  public init(negativeSlope: Scalar = 0.01, inplace: Bool = false) {
    self.negativeSlope = negativeSlope
    super.init(inplace: inplace)
  }

  public override func activate(_ input: Tensor) throws -> Tensor {
    try input.leakyRelu(negativeSlope: negativeSlope.double)
  }
  public override var options: Attributes { [("negative_slope", .init(negativeSlope))] }
}

/// `x` limited to `min … max`.
open class Hardtanh: InPlaceActivation {
  /// What smaller elements become.
  public let minimum: Scalar
  /// What larger elements become.
  public let maximum: Scalar

  /// - Throws: ``TensorError`` for ends in the wrong order.
  public init(min: Scalar = -1.0, max: Scalar = 1.0, inplace: Bool = false) throws {
    guard max.double > min.double else {
      throw TensorError(
        "max_val (\(Attribute(max).text)) must be greater than min_val (\(Attribute(min).text))", kind: .assertion)
    }
    (minimum, maximum) = (min, max)
    super.init(inplace: inplace)
  }

  open override func activate(_ input: Tensor) throws -> Tensor {
    try input.hardtanh(min: minimum.double, max: maximum.double)
  }
  open override var options: Attributes { [("min_val", .init(minimum)), ("max_val", .init(maximum))] }
}

/// `x` limited to `0 … 6`.
public final class ReLU6: Hardtanh {
  /// - Parameter inplace: whether the result takes the input's memory.
  public init(inplace: Bool = false) throws { try super.init(min: 0.0, max: 6.0, inplace: inplace) }
  public override var extraText: String { inplace ? "inplace=True" : "" }
}

/// `x` above `threshold`, `value` elsewhere.
public final class Threshold: InPlaceActivation {
  /// The largest number that is not kept.
  public let threshold: Scalar
  /// What stands in place of elements that are not kept.
  public let value: Scalar

  /// - Parameter inplace: whether the result takes the input's memory.
  public init(_ threshold: Scalar, _ value: Scalar, inplace: Bool = false) {
    (self.threshold, self.value) = (threshold, value)
    super.init(inplace: inplace)
  }

  public override func activate(_ input: Tensor) throws -> Tensor {
    try input.threshold(threshold.double, value.double)
  }
  public override var options: Attributes { [("threshold", .init(threshold)), ("value", .init(value))] }
}

/// `x` above 0 and `a * x` below, with `a` drawn for each element from `lower … upper` in training, their mean otherwise.
///
/// Source: Xu et al., "Empirical evaluation of rectified activations in convolution network", 2015,
/// https://arxiv.org/abs/1505.00853
public final class RReLU: InPlaceActivation {
  /// The smallest slope that is drawn.
  public let lower: Scalar
  /// The largest slope that is drawn.
  public let upper: Scalar

  /// - Parameters:
  ///   - lower, upper: between which the slopes are drawn. A call with the ends in the wrong order throws.
  ///   - inplace: whether the result takes the input's memory.
  public init(lower: Scalar = 0.125, upper: Scalar = .double(1.0 / 3), inplace: Bool = false) {
    (self.lower, self.upper) = (lower, upper)
    super.init(inplace: inplace)
  }

  public override func activate(_ input: Tensor) throws -> Tensor {
    try input.rrelu(lower: lower.double, upper: upper.double, training: isTraining)
  }
  public override var options: Attributes { [("lower", .init(lower)), ("upper", .init(upper))] }
}

/// `1 / (1 + exp(-x))`.
public final class Sigmoid: Activation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.sigmoid() }
}

/// The hyperbolic tangent.
public final class Tanh: Activation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.tanh() }
}

/// `log(1 / (1 + exp(-x)))`.
public final class LogSigmoid: Activation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.logSigmoid() }
}

/// `x / (1 + |x|)`.
public final class Softsign: Activation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.softsign() }
}

/// `x - tanh(x)`.
public final class Tanhshrink: Activation {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.tanhshrink() }
}

/// `x` times the probability that a standard normal variable is at most `x`.
public final class GELU: Activation {
  /// `none`, or `tanh` for the approximation by a hyperbolic tangent.
  public let approximate: String

  /// - Parameter approximate: `none` or `tanh`; a call with another word throws.
  public init(approximate: String = "none") { self.approximate = approximate }

  public override func activate(_ input: Tensor) throws -> Tensor { try input.gelu(approximate: approximate) }
  public override var attributes: Attributes { [("approximate", .string(approximate))] }
  public override var extraText: String { "approximate='\(approximate)'" }
}

/// `log(1 + exp(beta * x)) / beta`, and `x` itself where `beta * x` is above `threshold`.
public final class Softplus: Activation {
  /// How sharp the bend at 0 is.
  public let beta: Scalar
  /// The value of `beta * x` above which the function counts as linear, where its exponential could overflow.
  public let threshold: Scalar

  /// - Parameter beta: not 0, for the function divides by it.
  public init(beta: Scalar = 1.0, threshold: Scalar = 20.0) { (self.beta, self.threshold) = (beta, threshold) }

  public override func activate(_ input: Tensor) throws -> Tensor {
    try input.softplus(beta: beta.double, threshold: threshold.double)
  }
  public override var options: Attributes { [("beta", .init(beta)), ("threshold", .init(threshold))] }
}

/// What the functions that shrink elements towards 0 share.
open class Shrinking: Activation {
  /// How far from 0 the border of what is kept lies.
  public let lambda: Scalar

  /// - Parameter lambda: ``Softshrink`` wants at least 0; a call with less throws.
  public init(lambda: Scalar = 0.5) { self.lambda = lambda }

  open override var options: Attributes { [("lambd", .init(lambda))] }
  open override var extraText: String { Attribute(lambda).text }
}

/// `x`, or 0 where `|x|` is at most `lambda`.
public final class Hardshrink: Shrinking {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.hardshrink(lambda: lambda.double) }
}

/// `x` brought nearer to 0 by `lambda`.
public final class Softshrink: Shrinking {
  public override func activate(_ input: Tensor) throws -> Tensor { try input.softshrink(lambda: lambda.double) }
}

/// `x` above 0, `weight * x` below, with one weight for all channels or one for each.
public final class PReLU: Module {
  /// How many weights there are: 1, or the number of channels.
  public let parameterCount: Int
  private let initial: Double

  /// - Parameters:
  ///   - parameterCount: 1, or the size of the input's second dimension.
  ///   - initial: the value that each weight begins with.
  ///   - dtype: of the weights; the default type if nil.
  public init(_ parameterCount: Int = 1, initial: Double = 0.25, dtype: DType? = nil) throws {
    self.parameterCount = parameterCount
    self.initial = initial
    super.init()
    try register(parameter: "weight", shape: [parameterCount], dtype: dtype)
    try resetParameters()
  }

  public override func resetParameters() throws { try Init.constant(try requiredParameter("weight"), initial) }

  public override func forward(_ input: Tensor) throws -> Tensor { try input.prelu(try requiredParameter("weight")) }

  public override var attributes: Attributes { [("num_parameters", .int(parameterCount)), ("init", .double(initial))] }
  public override var extraText: String { attributes.only("num_parameters").text }
}
