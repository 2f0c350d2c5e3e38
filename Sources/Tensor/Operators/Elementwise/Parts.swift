import Glibc

extension UnaryOperator {
  static let angle = UnaryOperator(
    "angle", each: { $0 < 0 ? Double.pi : $0.isNaN ? $0 : 0 }, gradient: .zero)

  /// The number scaled to a magnitude from a half to 1; the gradient is scaled as it is.
  static let mantissa = UnaryOperator(
    "frexp", float: { map($0, $1, $2) { Float(parts(Double($0)).mantissa) } },
    double: { map($0, $1, $2) { parts($0).mantissa } },
    gradient: .ofInput { grad, x in try grad.div(x.frexp().exponent.exp2()) })

  /// What the mantissa is to be multiplied with, as a power of 2.
  fileprivate static func exponents(
    _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ count: Int
  ) { map(x, out, count) { Double(parts($0).exponent) } }

  private static func parts(_ x: Double) -> (mantissa: Double, exponent: Int32) {
    guard x.isFinite else { return (x, 0) }
    var exponent: Int32 = 0
    return (Glibc.frexp(x, &exponent), exponent)
  }
}

extension Tensor {
  /// The angle of each number in the complex plane: 0, or pi for negative ones.
  public func angle() throws -> Tensor { try UnaryOperator.angle(self) }

  /// Each element as `mantissa * 2^exponent`, with a mantissa from a half to 1 and int32 exponents.
  ///
  /// - Throws: ``TensorError`` for integers.
  public func frexp() throws -> (mantissa: Tensor, exponent: Tensor) {
    guard dtype.isFloatingPoint else { throw TensorError("torch.frexp() only supports floating-point dtypes") }
    let exponent = try emptyLike(dtype: .int32)
    try Elementwise.unary(self, into: exponent, UnaryOperator.exponents)
    return (try UnaryOperator.mantissa(self), exponent)
  }

  /// The imaginary part, which no tensor has.
  ///
  /// - Throws: ``TensorError``, always: as PyTorch for real numbers, and for complex ones as ``realPart(of:)``.
  public func imaginaryPart() throws -> Tensor {
    _ = try realPart(of: "imag")
    throw TensorError("imag is not implemented for tensors with non-complex dtypes.")
  }

  /// The real part: the tensor itself.
  ///
  /// - Parameter name: which of PyTorch's functions asks.
  /// - Throws: ``TensorError`` for complex numbers, which are stored but not computed with.
  public func realPart(of name: String) throws -> Tensor {
    guard !dtype.isComplex else { throw notImplemented(name, dtype) }
    return self
  }
}
