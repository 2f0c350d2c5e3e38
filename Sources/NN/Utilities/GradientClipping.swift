import Tensor

/// Limits gradients before an optimizer's step: `torch.nn.utils.clip_grad_norm_` and its kin.
public enum GradientClipping {
  /// The norm of all `tensors` taken as one vector.
  ///
  /// - Parameter failsIfNotFinite: whether a norm that is infinite or no number is an error.
  public static func totalNorm(
    _ tensors: [Tensor], normType: Double = 2, failsIfNotFinite: Bool = false
  ) throws -> Tensor {
    guard !tensors.isEmpty else { return try Tensor.zeros([]) }
    return try GradMode.with(false) {
      let norms = try tensors.map { try $0.vectorNorm(normType) }
      let total = try Tensor.stack(norms).vectorNorm(normType)
      if failsIfNotFinite, !(try total.item().double.isFinite) {
        throw TensorError(
          "The total norm of order \(pythonText(normType)) for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
      }
      return total
    }
  }

  /// Scales the gradients of `parameters` down so that their norm, all taken as one vector, is at most `maximum`.
  ///
  /// - Returns: the norm before.
  @discardableResult
  public static func clipNorm(
    _ parameters: [Tensor], maximum: Double, normType: Double = 2, failsIfNotFinite: Bool = false
  ) throws -> Tensor {
    let total = try totalNorm(
      parameters.compactMap(\.grad), normType: normType, failsIfNotFinite: failsIfNotFinite)
    try scale(parameters, maximum: maximum, total: total)
    return total
  }

  /// Scales gradients whose norm is `total` down to a norm of `maximum`.
  public static func scale(_ parameters: [Tensor], maximum: Double, total: Tensor) throws {
    try GradMode.with(false) {
      let factor = try Tensor.full([], .double(maximum), dtype: total.dtype).div(total.add(1e-6)).clamp(max: 1.0)
      for grad in parameters.compactMap(\.grad) { _ = try grad.mulInPlace(factor) }
    }
  }

  /// Limits each element of the gradients of `parameters` to `-limit ... limit`.
  public static func clipValue(_ parameters: [Tensor], limit: Double) throws {
    try GradMode.with(false) {
      for grad in parameters.compactMap(\.grad) {
        _ = try grad.updateInPlace { try $0.clamp(min: -limit, max: limit) }
      }
    }
  }
}

/// Parameters as one vector, and back: `parameters_to_vector`, `vector_to_parameters`.
public enum ParameterVector {
  /// All elements of `parameters`, one parameter after the other.
  public static func joined(_ parameters: [Tensor]) throws -> Tensor {
    try Tensor.cat(try parameters.map { try $0.reshape([-1]) })
  }

  /// Has `parameters` show the elements of `vector`.
  public static func split(_ vector: Tensor, into parameters: [Tensor]) throws {
    var start = 0
    for parameter in parameters {
      parameter.setData(
        try vector.detach().slice(0, start, start &+ parameter.count).reshape(parameter.shape))
      start += parameter.count
    }
  }
}
