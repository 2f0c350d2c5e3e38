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
    let name = "\(rawValue)_window"
    let dtype = dtype ?? DefaultDType.current
    guard dtype.isFloatingPoint else {
      throw TensorError("\(name) expects floating point dtypes, got: \(dtype.scalarTypeName)")
    }
    guard length >= 0 else {
      throw TensorError("\(name) requires non-negative window_length, got window_length=\(length)")
    }
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
}
