/// Windows that fade a signal out towards its ends: a sum of cosines, or a triangle.
///
/// Source: https://pytorch.org/docs/stable/generated/torch.hamming_window.html and its neighbours.
public enum SignalWindow: String, CaseIterable, Sendable {
  /// A triangle; or sums of one constant and two cosines, or one.
  case bartlett, blackman, hamming, hann

  /// The window.
  ///
  /// - Parameters:
  ///   - length: how many elements.
  ///   - isPeriodic: whether it is made for a signal that goes on: the symmetric one of `length + 1` without its last.
  ///   - alpha: the constant part of Hamming's.
  ///   - beta: the cosine's part of Hamming's.
  /// - Throws: ``TensorError`` for a negative length, or a type that is not of floating point.
  public func tensor(
    _ length: Int, isPeriodic: Bool = true, alpha: Double = 0.54, beta: Double = 0.46, dtype: DType? = nil
  ) throws -> Tensor {
    let dtype = dtype ?? DefaultDType.current
    try Self.check("\(rawValue)_window", length, dtype)
    if length == 1 { return try Tensor.ones([1], dtype: dtype) }
    let last = Double(isPeriodic ? length : length - 1)
    let place = try Tensor.arange(0, .int(Int64(length)), dtype: .float64)
    let angle = try place.mul(2 * Double.pi / last)
    let window: Tensor
    switch self {
    case .hann: window = try angle.cos().mul(-0.5).add(0.5)
    case .hamming: window = try angle.cos().mul(-beta).add(alpha)
    case .blackman: window = try angle.cos().mul(-0.5).add(0.42).add(angle.mul(2.0).cos().mul(0.08))
    case .bartlett: window = try place.mul(2 / last).sub(1.0).abs().mul(-1.0).add(1.0)
    }
    return try window.to(dtype)
  }
  /// Kaiser's window: a Bessel function of the distance from the middle.
  ///
  /// - Parameters:
  ///   - length: how many elements.
  ///   - isPeriodic: see ``tensor(_:isPeriodic:alpha:beta:dtype:)``.
  ///   - beta: how fast it fades.
  /// - Throws: ``TensorError`` for a negative length, or a type that is not of floating point.
  public static func kaiser(
    _ length: Int, isPeriodic: Bool = true, beta: Double = 12, dtype: DType? = nil
  ) throws -> Tensor {
    let dtype = dtype ?? DefaultDType.current
    try check("kaiser_window", length, dtype)
    if length == 1 { return try Tensor.ones([1], dtype: dtype) }
    let last = Double(isPeriodic ? length : length - 1)
    let distance = try Tensor.arange(0, .int(Int64(length)), dtype: .float64).mul(2 / last).sub(1.0)
    let window = try distance.square().rsub(1.0).clamp(min: 0.0).sqrt().mul(beta).i0()
    return try window.div(Tensor.full([], .double(beta), dtype: .float64).i0()).to(dtype)
  }

  private static func check(_ name: String, _ length: Int, _ dtype: DType) throws {
    guard dtype.isFloatingPoint else {
      throw TensorError("\(name) expects floating point dtypes, got: \(dtype.scalarTypeName)")
    }
    guard length >= 0 else {
      throw TensorError("\(name) requires non-negative window_length, got window_length=\(length)")
    }
  }
}
