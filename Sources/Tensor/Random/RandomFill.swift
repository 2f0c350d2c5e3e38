import Glibc
import Supervision

/// In-place random fills, with the numbers of PyTorch's CPU generator: `uniform_`, `normal_` and their like.
///
/// Elements are drawn in the order of memory. Without `generator` they come from ``Generator/default``.
extension Tensor {
  /// Uniform numbers in [low, high): `uniform_`.
  ///
  /// - Throws: ``TensorError`` for integers, or ends in the wrong order.
  @discardableResult
  public func uniformInPlace(
    _ low: Double = 0, _ high: Double = 1, generator: Generator? = nil
  ) throws -> Tensor {
    try requireFloatingPoint("check_uniform_bounds")
    guard low <= high else {
      throw TensorError(
        "uniform_ expects to return a [from, to) range, but found from=\(numberText(low)) > to=\(numberText(high))")
    }
    let limit = dtype.largestFinite
    guard high - low <= limit else {
      throw TensorError(
        "uniform_ expects to-from <= std::numeric_limits<\(dtype.scalarTypeName)>::max(), but found to=\(numberText(high)) and from=\(numberText(low)) which result in to-from to exceed the limit"
      )
    }
    return try filled("UniformBackward0") { tensor in
      try tensor.draw(.uniform(low: low, high: high), generator) { engine in
        let (start, range) = (low, high - low)
        if tensor.dtype == .float64 {
          try tensor.writeSerially { (values: UnsafeMutablePointer<Double>, count) in
            for i in 0..<count { values[i] = engine.uniformDouble() * range + start }
          }
        } else {
          let range = Double(Float(high) - Float(low))
          try tensor.writeSerially { (values: UnsafeMutablePointer<Float>, count) in
            for i in 0..<count { values[i] = Float(Double(engine.uniformFloat()) * range + Double(Float(start))) }
          }
        }
      }
    }
  }

  /// Normal numbers: `normal_`.
  ///
  /// - Throws: ``TensorError`` for integers, or a negative standard deviation.
  @discardableResult
  public func normalInPlace(
    mean: Double = 0, deviation: Double = 1, generator: Generator? = nil
  ) throws -> Tensor {
    guard deviation >= 0 else {
      throw TensorError("normal expects std >= 0.0, but found std \(numberText(deviation))")
    }
    try requireFloatingPoint("normal_kernel_cpu")
    return try filled("NormalBackward0") { tensor in
      try tensor.draw(.normal(mean: mean, deviation: deviation), generator) { engine in
        try tensor.writeSerially { (values: UnsafeMutablePointer<Double>, count) in
          for i in 0..<count { values[i] = engine.normal() * deviation + mean }
        }
      }
    }
  }

  /// Exponentially distributed numbers: `exponential_`.
  @discardableResult
  public func exponentialInPlace(_ lambda: Double = 1, generator: Generator? = nil) throws -> Tensor {
    guard lambda > 0 else {
      throw TensorError("exponential_ expects lambda > 0.0, but found lambda=\(numberText(lambda))")
    }
    guard dtype.isFloatingPoint else {
      throw TensorError(
        "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you specified \(dtype.cName)"
      )
    }
    return try filledSerially("ExponentialBackward0", generator) { engine in
      -1 / lambda * Glibc.log1p(-engine.uniformDouble())
    }
  }

  /// How many trials of probability `p` until the first success: `geometric_`.
  @discardableResult
  public func geometricInPlace(_ p: Double, generator: Generator? = nil) throws -> Tensor {
    guard p > 0 && p < 1 else {
      throw TensorError("geometric_ expects p to be in (0, 1), but got p=\(numberText(p))")
    }
    return try filledSerially("GeometricBackward0", generator) { engine in
      Glibc.ceil(Glibc.log(engine.uniformDouble()) / Glibc.log1p(-p))
    }
  }

  /// Cauchy's distribution: `cauchy_`.
  @discardableResult
  public func cauchyInPlace(median: Double = 0, sigma: Double = 1, generator: Generator? = nil) throws -> Tensor {
    guard sigma > 0 else {
      throw TensorError("cauchy_ expects sigma > 0.0, but found sigma=\(numberText(sigma))")
    }
    guard dtype.isFloatingPoint else {
      throw TensorError(
        "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you specified \(dtype.cName)"
      )
    }
    return try filledSerially("CauchyBackward0", generator) { engine in
      median + sigma * Glibc.tan(Double.pi * (engine.uniformDouble() - 0.5))
    }
  }

  /// Numbers whose logarithm is normal: `log_normal_`.
  @discardableResult
  public func logNormalInPlace(mean: Double = 1, deviation: Double = 2, generator: Generator? = nil) throws -> Tensor {
    guard deviation > 0 else {
      throw TensorError("log_normal_ expects std > 0.0, but found std=\(numberText(deviation))")
    }
    try requireFloatingPoint("log_normal_cpu")
    return try filledSerially("LogNormalBackward0", generator) { engine in Glibc.exp(engine.normal() * deviation + mean)
    }
  }

  /// Draws each element by itself, in double precision.
  private func filledSerially(
    _ name: String, _ generator: Generator?, _ value: (RandomEngine) -> Double
  ) throws -> Tensor {
    try filled(name) { tensor in
      let engine = try (generator ?? .default).engine()
      try tensor.writeSerially { (values: UnsafeMutablePointer<Double>, count) in
        for i in 0..<count { values[i] = value(engine) }
      }
    }
  }

  /// Runs an in-place fill, after which nothing of the old value reaches a gradient.
  func filled(_ name: String, _ fill: (Tensor) throws -> Void) throws -> Tensor {
    try checkInPlace()
    let history = needsGradient(self) ? try InPlaceHistory(self) : nil
    if count > 0 { try fill(self) }
    try history?.record(name, inputs: []) { _, _ in [] }
    return self
  }

  /// Draws from `distribution`: when somebody reads the elements, where they are a storage's all. `serially` draws them for
  /// other layouts one by one.
  private func draw(
    _ distribution: Distribution, _ generator: Generator?, serially: (RandomEngine) throws -> Void
  ) throws {
    let generator = generator ?? .default
    if coversStorage {
      let draw = generator.sequence.deferred(distribution, dtype, count)
      draw.attach(to: storage)
      try storage.overwrite(with: draw)
    } else if isContiguous {
      let memory = try mutablePointer()
      try distribution.fill(memory, count, dtype, try generator.engine())
    } else {
      try serially(try generator.engine())
    }
  }

  /// Writes to all elements, in the order of memory, what `values` makes for stretches of them.
  func writeSerially<T: ComputeElement>(_ values: (UnsafeMutablePointer<T>, Int) throws -> Void) throws {
    guard count > 0 else { return }
    let plan = LoopPlan(shape: shape, strides: [strides])
    let (base, type, stride) = (try overwritingPointer(), dtype, plan.innerStride(0))
    let tile = 1024
    var failure: (any Error)?
    withUnsafeTemporaryAllocation(of: T.self, capacity: tile) { buffer in
      guard let drawn = buffer.baseAddress else { return }
      plan.forEachRow(in: 0..<plan.count) { offsets, length in
        var done = 0
        while done < length && failure == nil {
          let part = Swift.min(tile, length - done)
          do {
            try Interruption.check()
            try values(drawn, part)
          } catch { failure = error }
          let start = base + (offsets[0] + done * stride) * type.size
          T.store(drawn, part, to: Row(pointer: start, dtype: type, stride: stride))
          done += part
        }
      }
    }
    if let failure { throw failure }
  }

  /// - Throws: ``TensorError`` in the words with which PyTorch says that kernel `name` has no version for integers.
  func requireFloatingPoint(_ name: String) throws {
    guard dtype.isFloatingPoint && dtype.isComputable else {
      throw TensorError("\"\(name)\" not implemented for '\(dtype.scalarTypeName)'", kind: .notImplemented)
    }
  }
}

/// A number as C++'s streams write it: six significant digits, without a fraction where there is none.
func numberText(_ value: Double) -> String {
  var buffer = [CChar](repeating: 0, count: 32)
  withVaList([value]) { _ = vsnprintf(&buffer, buffer.count, "%g", $0) }
  return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
}

extension DType {
  /// The name of the element type in C, which some of PyTorch's messages use.
  var cName: String {
    switch self {
    case .uint8: "unsigned char"
    case .int8: "signed char"
    case .int16: "short"
    case .int32: "int"
    case .int64: "long"
    case .uint16: "unsigned short"
    case .uint32: "unsigned int"
    case .uint64: "unsigned long"
    case .bool: "bool"
    case .float16: "c10::Half"
    case .bfloat16: "c10::BFloat16"
    case .float32: "float"
    case .float64: "double"
    case .complex64: "c10::complex<float>"
    case .complex128: "c10::complex<double>"
    case .float8_e4m3fn: "c10::Float8_e4m3fn"
    case .float8_e5m2: "c10::Float8_e5m2"
    case .float8_e4m3fnuz: "c10::Float8_e4m3fnuz"
    case .float8_e5m2fnuz: "c10::Float8_e5m2fnuz"
    case .float8_e8m0fnu: "c10::Float8_e8m0fnu"
    case .complex32: "c10::complex<c10::Half>"
    }
  }
}
