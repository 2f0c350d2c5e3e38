extension Functional {
  /// Normalizes each channel of `[N, C, *]` with the batch's statistics (in training) or the running ones: `F.batch_norm`.
  ///
  /// `y = (x - mean) / sqrt(variance + eps) * weight + bias`
  ///
  /// - Parameters:
  ///   - runningMean, runningVar: `[C]`; in training they are updated in place where given.
  ///   - momentum: the share of the batch's statistics in the update of the running ones.
  /// - Throws: ``TensorError`` for sizes that do not fit, or a single value per channel in training.
  public static func batchNorm(
    _ input: Tensor, runningMean: Tensor?, runningVar: Tensor?, weight: Tensor? = nil, bias: Tensor? = nil,
    training: Bool = false, momentum: Double = 0.1, eps: Double = 1e-5
  ) throws -> Tensor {
    // Nothing to normalize, whatever the shape.
    if input.count == 0 { return try input.clone() }
    guard input.rank >= 2 else {
      if let runningMean { throw TensorError("running_mean should contain 0 elements not \(runningMean.count)") }
      _ = try wrapDimension(1, rank: input.rank)
      throw TensorError("batch_norm(): expected at least 2D input, but got input of size \(Shape.text(input.shape))")
    }
    let channels = input.shape[1]
    for (name, vector) in [
      ("running_mean", runningMean), ("running_var", runningVar), ("weight", weight), ("bias", bias),
    ] {
      guard let vector else { continue }
      guard vector.count == channels else {
        throw TensorError("\(name) should contain \(channels) elements not \(vector.count)")
      }
    }
    try runningMean?.refuseGradient("native_batch_norm", "running_mean")
    try runningVar?.refuseGradient("native_batch_norm", "running_var")
    try input.checkParameterTypes(runningMean, runningVar, weight, bias)
    guard input.dtype.isFloatingPoint else { throw notImplemented("batch_norm", input.dtype) }
    if training {
      guard input.count != channels || channels == 0 else {
        throw TensorError.value(
          "Expected more than 1 value per channel when training, got input size \(Shape.sizeText(input.shape))")
      }
    } else {
      guard runningMean != nil else { throw TensorError("running_mean must be defined in evaluation mode") }
      guard runningVar != nil else { throw TensorError("running_var must be defined in evaluation mode") }
    }
    let call = BatchNormCall(
      input: input, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, training: training,
      momentum: momentum, eps: eps)
    if let fused = try BlockedBatchNorm.run(call) { return fused }
    switch input.dtype.computeKind {
    case .double: return try plain(call, Double.self)
    default: return try plain(call, Float.self)
    }
  }

  private static func plain<T: ComputeElement & BinaryFloatingPoint>(
    _ call: BatchNormCall, _ type: T.Type
  ) throws -> Tensor {
    let input = call.input
    let source = try input.alias().contiguous().to(T.dtype)
    let sizes = BatchNormKernels<T>.Sizes(
      batch: input.shape[0], channels: input.shape[1], spatial: input.shape[2...].reduce(1, &*))
    let x = try pointer(source, T.self)
    let (mean, variance): (Tensor, Tensor)
    if call.training {
      mean = try Tensor(empty: [sizes.channels], dtype: T.dtype)
      variance = try Tensor(empty: [sizes.channels], dtype: T.dtype)
      try BatchNormKernels.statistics(
        sizes, input: x, mean: try mutablePointer(mean, T.self), variance: try mutablePointer(variance, T.self))
      try call.updateRunning(mean: mean, variance: variance)
    } else if let runningMean = call.runningMean, let runningVar = call.runningVar {
      mean = try runningMean.alias().to(T.dtype).contiguous()
      variance = try runningVar.alias().to(T.dtype).contiguous()
    } else {
      throw TensorError("Expected running_mean and running_var to be defined when training=False")
    }
    let channels = sizes.channels
    let inverse = try Tensor(empty: [channels], dtype: T.dtype)
    let scale = try Tensor(empty: [channels], dtype: T.dtype)
    let shift = try Tensor(empty: [channels], dtype: T.dtype)
    let weight = try call.weight.map { try $0.alias().to(T.dtype).contiguous() }
    let bias = try call.bias.map { try $0.alias().to(T.dtype).contiguous() }
    do {
      let (m, v) = (try pointer(mean, T.self), try pointer(variance, T.self))
      let (w, b) = (try weight.map { try pointer($0, T.self) }, try bias.map { try pointer($0, T.self) })
      let inv = try mutablePointer(inverse, T.self)
      let (a, s) = (try mutablePointer(scale, T.self), try mutablePointer(shift, T.self))
      for c in 0..<channels {
        inv[c] = 1 / (v[c] + T(call.eps)).squareRoot()
        a[c] = inv[c] * (w?[c] ?? 1)
        s[c] = (b?[c] ?? 0) - m[c] * a[c]
      }
    }
    let output = try Tensor(empty: input.shape, dtype: T.dtype)
    try BatchNormKernels.affine(
      sizes, input: x, scale: try pointer(scale, T.self), shift: try pointer(shift, T.self),
      output: try mutablePointer(output, T.self))
    let result = try output.to(input.dtype)
    return try call.recorded(result) { grad, needs in
      let g = try grad.alias().contiguous().to(T.dtype)
      let sum = try Tensor(empty: [channels], dtype: T.dtype)
      let product = try Tensor(empty: [channels], dtype: T.dtype)
      try BatchNormKernels.reduceGradient(
        sizes, input: try pointer(source, T.self), gradOutput: try pointer(g, T.self), mean: try pointer(mean, T.self),
        inverseDeviation: try pointer(inverse, T.self), sum: try mutablePointer(sum, T.self),
        product: try mutablePointer(product, T.self))
      var gradInput: Tensor?
      if needs[0] {
        let target = try Tensor(empty: input.shape, dtype: T.dtype)
        if call.training {
          try BatchNormKernels.inputGradient(
            sizes, input: try pointer(source, T.self), gradOutput: try pointer(g, T.self),
            mean: try pointer(mean, T.self), inverseDeviation: try pointer(inverse, T.self),
            weight: try weight.map { try pointer($0, T.self) }, sum: try pointer(sum, T.self),
            product: try pointer(product, T.self), gradInput: try mutablePointer(target, T.self))
        } else {
          let zero = try Tensor.zeros([channels], dtype: T.dtype)
          try BatchNormKernels.affine(
            sizes, input: try pointer(g, T.self), scale: try pointer(scale, T.self), shift: try pointer(zero, T.self),
            output: try mutablePointer(target, T.self))
        }
        gradInput = target
      }
      return [gradInput, product, sum]
    }
  }

  private static func pointer<T>(_ tensor: Tensor, _ type: T.Type) throws -> UnsafePointer<T> {
    UnsafePointer(try tensor.pointer().assumingMemoryBound(to: T.self))
  }

  private static func mutablePointer<T>(_ tensor: Tensor, _ type: T.Type) throws -> UnsafeMutablePointer<T> {
    try tensor.overwritingPointer().assumingMemoryBound(to: T.self)
  }
}

/// The arguments of one batch normalization, checked.
struct BatchNormCall {
  let input: Tensor
  let runningMean: Tensor?
  let runningVar: Tensor?
  let weight: Tensor?
  let bias: Tensor?
  let training: Bool
  let momentum: Double
  let eps: Double

  /// Moves the running statistics towards the batch's; `variance` is the biased one.
  func updateRunning(mean: Tensor, variance: Tensor) throws {
    let count = Double(input.count / max(input.shape[1], 1))
    try blend(runningMean, mean, factor: 1)
    try blend(runningVar, variance, factor: count / max(count - 1, 1))
  }

  private func blend(_ running: Tensor?, _ batch: Tensor, factor: Double) throws {
    guard let running else { return }
    let target = running.alias()
    let values = try batch.doubles()
    let old = try target.doubles()
    let new = zip(old, values).map { (1 - momentum) * $0 + momentum * factor * $1 }
    try target.copyMemory(from: try Tensor(new, dtype: .float64))
  }

  /// Records `result` with a gradient that returns those of input, weight and bias. Where the gradient itself is recorded, the
  /// formula is composed of differentiable operators instead, after `before`, the gradient of what was merged into `result`.
  func recorded(
    _ result: Tensor, name: String = "NativeBatchNormBackward0", before: ((Tensor) throws -> Tensor)? = nil,
    _ gradient: @escaping (Tensor, GradientNeeds) throws -> [Tensor?]
  ) throws -> Tensor {
    let inputs = [input, weight, bias]
    let present = inputs.compactMap { $0 }
    guard needsGradient(present) else { return result }
    let positions = inputs.indices.filter { inputs[$0] != nil }
    let saved = (SavedTensor(input), weight.map { SavedTensor($0) })
    return result.recorded(name, present) { grad, needs in
      let all = GradientNeeds(
        flags: inputs.indices.map { index in positions.firstIndex(of: index).map { needs[$0] } ?? false })
      _ = try saved.0()
      _ = try saved.1?()
      let results = GradMode.isEnabled ? try self.composedGradient(try before?(grad) ?? grad) : try gradient(grad, all)
      return positions.map { results[$0] }
    }
  }

  /// The same gradient from differentiable operators.
  private func composedGradient(_ grad: Tensor) throws -> [Tensor?] {
    let axes = input.shape.indices.filter { $0 != 1 }
    var column = [Int](repeating: 1, count: input.rank)
    column[1] = input.shape[1]
    let mean: Tensor
    let variance: Tensor
    let n = Double(input.count / max(input.shape[1], 1))
    if training {
      mean = try input.sum(axes, keepDim: true).mul(1 / n)
      let centered = try input.sub(mean)
      variance = try centered.mul(centered).sum(axes, keepDim: true).mul(1 / n)
    } else {
      guard let runningMean, let runningVar else { return [nil, nil, nil] }
      mean = try runningMean.reshape(column)
      variance = try runningVar.reshape(column)
    }
    let inverse = try variance.add(eps).rsqrt()
    let normalized = try input.sub(mean).mul(inverse)
    let sum = try grad.sum(axes)
    let product = try grad.mul(normalized).sum(axes)
    let scale = try weight.map { try inverse.mul(try $0.reshape(column)) } ?? inverse
    var gradInput = grad
    if training {
      let share = 1 / n
      gradInput = try gradInput.sub(try sum.reshape(column).mul(share))
      gradInput = try gradInput.sub(try normalized.mul(try product.reshape(column)).mul(share))
    }
    return [try gradInput.mul(scale), product, sum]
  }
}
