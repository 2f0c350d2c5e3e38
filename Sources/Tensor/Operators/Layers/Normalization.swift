extension Tensor {
  /// Mean 0 and variance 1 over `dims`: `(x - mean) / sqrt(var + eps)`, the biased variance.
  private func standardized(_ name: String, _ dims: [Int], eps: Double) throws -> Tensor {
    if let fast = try standardizedRows(name, dims, eps: eps) { return fast }
    let x = alias()
    let wide = dtype.size < 4 ? try x.to(.float32) : x
    let centred = try wide.sub(wide.mean(dims, keepDim: true))
    let result = try centred.mul(centred.mul(centred).mean(dims, keepDim: true).add(eps).rsqrt()).to(dtype)
    guard needsGradient(self) else { return result }
    let saved = SavedTensor(self)
    return result.recorded(name, [self]) { grad, _ in
      [try Tensor.standardizedGradient(grad, saved(), dims, eps: eps)]
    }
  }

  /// The gradient of ``standardized(_:_:eps:)`` by operators, which can be differentiated again.
  private static func standardizedGradient(
    _ grad: Tensor, _ x: Tensor, _ dims: [Int], eps: Double
  ) throws -> Tensor {
    let centred = try x.sub(x.mean(dims, keepDim: true))
    let scale = try centred.mul(centred).mean(dims, keepDim: true).add(eps).rsqrt()
    let y = try centred.mul(scale)
    let inner = try grad.sub(grad.mean(dims, keepDim: true)).sub(y.mul(grad.mul(y).mean(dims, keepDim: true)))
    return try inner.mul(scale)
  }

  /// The same in one pass over memory; nil unless `dims` are the last ones of a type that is computed with.
  private func standardizedRows(_ name: String, _ dims: [Int], eps: Double) throws -> Tensor? {
    guard dims == Array((rank - dims.count)..<rank), count > 0 else { return nil }
    switch dtype {
    case .float32: return try standardizedRows(name, dims, eps, Float.self)
    case .float64: return try standardizedRows(name, dims, eps, Double.self)
    default: return nil
    }
  }

  private func standardizedRows<T: BLASElement & SIMDScalar>(
    _ name: String, _ dims: [Int], _ eps: Double, _ type: T.Type
  ) throws -> Tensor {
    let width = dims.reduce(1) { $0 * shape[$1] }
    let x = try alias().contiguous()
    let (result, statistics) = try RowNormalization.run(x, width: width, eps: eps, T.self)
    guard needsGradient(self) else { return result }
    let saved = SavedTensor(self)
    return result.recorded(name, [self]) { grad, _ in
      let x = try saved()
      guard !GradMode.isEnabled else { return [try Tensor.standardizedGradient(grad, x, dims, eps: eps)] }
      return [
        try RowNormalization.gradient(
          grad.alias().contiguous(), x.alias().contiguous(), statistics, width: width, T.self)
      ]
    }
  }

  /// - Parameter separator: what PyTorch's complaint has between `*` and the sizes.
  private func checkNormalizedShape(
    _ normalizedShape: [Int], _ weight: Tensor?, _ bias: Tensor?, separator: String = ", "
  ) throws -> [Int] {
    guard !normalizedShape.isEmpty else {
      throw TensorError(
        "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []"
      )
    }
    for (name, parameter) in [("weight", weight), ("bias", bias)] {
      if let parameter, parameter.shape != normalizedShape {
        throw TensorError(
          "Expected \(name) to be of same shape as normalized_shape, but got \(name) of shape \(Shape.text(parameter.shape)) and normalized_shape = \(Shape.text(normalizedShape))"
        )
      }
    }
    guard rank >= normalizedShape.count, Array(shape.suffix(normalizedShape.count)) == normalizedShape else {
      throw TensorError(
        "Given normalized_shape=\(Shape.text(normalizedShape)), expected input with shape [*\(separator)\(normalizedShape.map(String.init).joined(separator: ", "))], but got input of size\(Shape.text(shape))"
      )
    }
    return Array((rank - normalizedShape.count)..<rank)
  }

  /// - Throws: ``TensorError`` for parameters of another type than the input's; half precision input may have float32 ones.
  func checkParameterTypes(_ parameters: Tensor?...) throws {
    let others = parameters.compactMap { $0?.dtype }.filter { $0 != dtype }
    guard !others.isEmpty else { return }
    guard dtype == .float16 || dtype == .bfloat16 else {
      throw TensorError("mixed dtype (CPU): all inputs must share same datatype.")
    }
    guard parameters.allSatisfy({ $0 == nil || $0?.dtype == .float32 }) else {
      throw TensorError("mixed dtype (CPU): expect parameter to have scalar type of Float")
    }
  }

  private func scaledAndShifted(_ weight: Tensor?, _ bias: Tensor?) throws -> Tensor {
    let scaled = try weight.map { try mul($0) } ?? self
    return try bias.map { try scaled.add($0) } ?? scaled
  }

  /// Each sample's last dimensions with mean 0 and variance 1, then scaled and shifted: `F.layer_norm`.
  public func layerNorm(
    _ normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
  ) throws -> Tensor {
    let dims = try checkNormalizedShape(normalizedShape, weight, bias)
    try checkParameterTypes(weight, bias)
    guard dtype.isFloatingPoint else { throw notImplemented("LayerNormKernelImpl", dtype) }
    let parameters = [weight, bias].compactMap { $0 }
    if count > 0, !parameters.isEmpty, parameters.allSatisfy({ $0.dtype == dtype }) {
      switch dtype {
      case .float32: return try layerNormRows(dims, weight, bias, eps, Float.self)
      case .float64: return try layerNormRows(dims, weight, bias, eps, Double.self)
      default: break
      }
    }
    return try standardized("NativeLayerNormBackward0", dims, eps: eps).scaledAndShifted(weight, bias).to(dtype)
  }

  /// Standardizes, scales and shifts in one pass over memory.
  private func layerNormRows<T: BLASElement & SIMDScalar>(
    _ dims: [Int], _ weight: Tensor?, _ bias: Tensor?, _ eps: Double, _ type: T.Type
  ) throws -> Tensor {
    let normalizedShape = Array(shape.suffix(dims.count))
    let width = normalizedShape.reduce(1, *)
    let (result, statistics) = try RowNormalization.run(
      alias().contiguous(), width: width, eps: eps, scale: weight?.alias().contiguous(),
      shift: bias?.alias().contiguous(), T.self)
    let inputs = [self, weight, bias].compactMap { $0 }
    guard needsGradient(inputs) else { return result }
    let (saved, savedWeight, hasBias) = (SavedTensor(self), weight.map(SavedTensor.init), bias != nil)
    return result.recorded("NativeLayerNormBackward0", inputs) { grad, needs in
      let (x, weight) = (try saved(), try savedWeight?())
      let isDifferentiable = GradMode.isEnabled
      var grads: [Tensor?] = [nil]
      if needs[0] {
        let inner = try weight.map { try grad.mul($0) } ?? grad
        grads[0] =
          isDifferentiable
          ? try Tensor.standardizedGradient(inner, x, dims, eps: eps)
          : try RowNormalization.gradient(
            inner.alias().contiguous(), x.alias().contiguous(), statistics, width: width, T.self)
      }
      if weight != nil {
        grads.append(
          needs[1]
            ? try grad.mul(x.standardized("NativeLayerNormBackward0", dims, eps: eps)).sumToSize(normalizedShape) : nil)
      }
      if hasBias { grads.append(needs[grads.count] ? try grad.sumToSize(normalizedShape) : nil) }
      return grads
    }
  }

  /// Each sample's last dimensions divided by the root of their mean square, then scaled: `F.rms_norm`.
  ///
  /// - Parameter eps: by default the distance from 1 to the next number of the type.
  public func rmsNorm(_ normalizedShape: [Int], weight: Tensor? = nil, eps: Double? = nil) throws -> Tensor {
    if let weight, weight.shape != normalizedShape, !normalizedShape.isEmpty {
      throw TensorError(
        "Expected weight to be of same shape as normalized_shape, but got weight of shape \(Shape.text(weight.shape)) and normalized_shape = \(Shape.text(normalizedShape))"
      )
    }
    guard rank >= normalizedShape.count else {
      throw TensorError(
        "Input tensor must have at least \(normalizedShape.count) dimensions, but got \(rank)", kind: .value)
    }
    let dims = try checkNormalizedShape(normalizedShape, weight, nil, separator: "")
    guard dtype.isFloatingPoint else { throw notImplemented("rms_norm", dtype) }
    let epsilon = eps ?? dtype.epsilon
    let wide = dtype.size < 4 ? try to(.float32) : self
    let scaled = try wide.mul(wide.square().mean(dims, keepDim: true).add(epsilon).rsqrt()).to(dtype)
    return try scaled.scaledAndShifted(weight, nil).to(dtype)
  }

  /// Groups of channels of `[N, C, ...]` with mean 0 and variance 1, then each channel scaled and shifted: `F.group_norm`.
  public func groupNorm(
    _ groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
  ) throws -> Tensor {
    guard rank >= 2 else { throw TensorError("Expected at least 2 dimensions for input tensor but received \(rank)") }
    let channels = shape[1]
    guard groups > 0 else { throw TensorError("Expected num groups to be greater than 0, got \(groups)") }
    guard channels % groups == 0 else {
      throw TensorError(
        "Expected number of channels in input to be divisible by num_groups, but got input of shape \(Shape.text(shape)) and num_groups=\(groups)"
      )
    }
    for (name, parameter) in [("weight", weight), ("bias", bias)] {
      if let parameter, parameter.shape != [channels] {
        // PyTorch says the weight's shape of either.
        throw TensorError(
          "Expected \(name) to be a vector of size equal to the number of channels in input, but got \(name) of shape \(Shape.text((weight ?? parameter).shape)) and input of shape \(Shape.text(shape))"
        )
      }
    }
    try checkParameterTypes(weight, bias)
    guard dtype.isFloatingPoint else { throw notImplemented("GroupNormKernelImpl", dtype) }
    if count == 0 { return try mul(1).perChannel(weight, bias).to(dtype) }
    let grouped = try reshape([shape[0], groups, count / (shape[0] * groups)])
    let standard = try grouped.standardized("NativeGroupNormBackward0", [2], eps: eps).reshape(shape)
    return try standard.perChannel(weight, bias).to(dtype)
  }

  /// Each channel of each sample of `[N, C, ...]` with mean 0 and variance 1, then scaled and shifted: `F.instance_norm`.
  ///
  /// - Parameters:
  ///   - runningMean, runningVar: updated in training, used instead of the sample's own otherwise.
  ///   - useInputStats: whether the samples' own statistics are used.
  public func instanceNorm(
    runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil,
    useInputStats: Bool = true, momentum: Double = 0.1, eps: Double = 1e-5
  ) throws -> Tensor {
    if useInputStats && shape.dropFirst(2).reduce(1, &*) == 1 {
      throw TensorError(
        "Expected more than 1 spatial element when training, got input size \(Shape.sizeText(shape))", kind: .value)
    }
    guard rank >= 2 else { throw TensorError("Expected at least 2 dimensions for input tensor but received \(rank)") }
    try runningMean?.refuseGradient("native_batch_norm", "running_mean")
    try runningVar?.refuseGradient("native_batch_norm", "running_var")
    try checkParameterTypes(runningMean, runningVar, weight, bias)
    guard dtype.isFloatingPoint || count == 0 else { throw notImplemented("batch_norm", dtype) }
    let dims = Array(2..<rank)
    guard useInputStats else {
      guard let runningMean, let runningVar else {
        throw TensorError("Expected running_mean and running_var to be defined when use_input_stats is false")
      }
      let column = [shape[1]] + [Int](repeating: 1, count: rank - 2)
      let scale = try runningVar.reshape(column).add(eps).rsqrt()
      return try sub(runningMean.reshape(column)).mul(scale).perChannel(weight, bias)
    }
    if count == 0 { return try mul(1).perChannel(weight, bias) }
    if let runningMean {
      let mean = try alias().mean(dims).mean([0])
      try runningMean.copyInPlace(runningMean.alias().mul(1 - momentum).add(mean.mul(momentum)))
    }
    if let runningVar {
      let spread = try alias().var(dims).mean([0])
      try runningVar.copyInPlace(runningVar.alias().mul(1 - momentum).add(spread.mul(momentum)))
    }
    let flat = try reshape([shape[0], shape[1], count / (shape[0] * shape[1])])
    return try flat.standardized("NativeBatchNormBackward0", [2], eps: eps).reshape(shape).perChannel(weight, bias).to(
      dtype)
  }

  private func perChannel(_ weight: Tensor?, _ bias: Tensor?) throws -> Tensor {
    let column = [shape[1]] + [Int](repeating: 1, count: rank - 2)
    return try scaledAndShifted(weight?.reshape(column), bias?.reshape(column))
  }

  /// Elements divided by a power of the squares of `size` neighbouring channels: `F.local_response_norm`.
  public func localResponseNorm(
    _ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
  ) throws -> Tensor {
    guard rank >= 3 else {
      throw TensorError(
        "Expected 3D or higher dimensionality                          input (got \(rank) dimensions)", kind: .value)
    }
    if count == 0 { return self }
    guard size > 0 else { throw TensorError("local_response_norm: size should be greater than 0, got \(size)") }
    guard dtype.isFloatingPoint || dtype == .int64 else {
      throw notImplemented(rank == 3 ? "avg_pool2d" : "avg_pool3d_out_frame", dtype)
    }
    let moved = try square().movedim([1], [-1]).pad([size / 2, (size - 1) / 2])
    let sums = try moved.unfold(-1, size, 1).sum([-1], dtype: dtype).movedim([-1], [1])
    let means = try sums.div(size, roundingMode: dtype.isFloatingPoint ? nil : .trunc)
    return try div(means.mul(alpha).add(k).pow(beta))
  }
}

extension DType {
  /// The distance from 1 to the next number of a floating point type.
  public var epsilon: Double {
    switch self {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float32: 0x1p-23
    // PyTorch has the same for both types without a negative zero.
    case .float8_e4m3fn, .float8_e4m3fnuz, .float8_e5m2fnuz: 0x1p-3
    case .float8_e5m2: 0x1p-2
    case .float8_e8m0fnu: 1
    default: 0x1p-52
    }
  }
}
