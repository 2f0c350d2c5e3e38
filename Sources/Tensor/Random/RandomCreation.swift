/// New tensors of random numbers: `torch.rand`, `torch.randn`, `torch.randint` and their like.
extension Tensor {
  /// Uniform numbers in [0, 1).
  public static func rand(_ shape: [Int], dtype: DType? = nil, generator: Generator? = nil) throws -> Tensor {
    try uniform(shape, 0, 1, dtype: dtype, generator: generator)
  }

  /// Numbers of mean 0 and standard deviation 1.
  public static func randn(_ shape: [Int], dtype: DType? = nil, generator: Generator? = nil) throws -> Tensor {
    try normal(shape, mean: 0, deviation: 1, dtype: dtype, generator: generator)
  }

  /// Uniform numbers in [low, high). They take their place in the generator's sequence now and are drawn when somebody reads
  /// them.
  public static func uniform(
    _ shape: [Int], _ low: Double, _ high: Double, dtype: DType? = nil, generator: Generator? = nil
  ) throws -> Tensor {
    try undefined(shape, dtype ?? DefaultDType.current).uniformInPlace(low, high, generator: generator)
  }

  /// Normal numbers: `torch.normal(mean, std, size)`. Drawn when somebody reads them, as by ``uniform(_:_:_:dtype:generator:)``.
  public static func normal(
    _ shape: [Int], mean: Double, deviation: Double, dtype: DType? = nil, generator: Generator? = nil
  ) throws -> Tensor {
    try undefined(shape, dtype ?? DefaultDType.current)
      .normalInPlace(mean: mean, deviation: deviation, generator: generator)
  }

  /// Normal numbers with a mean, or a standard deviation, for each: `torch.normal`. One that is nil stands for 0, or 1.
  ///
  /// - Throws: ``TensorError`` for a negative deviation, or shapes that do not broadcast.
  public static func normal(mean: Tensor?, deviation: Tensor?, generator: Generator? = nil) throws -> Tensor {
    if let deviation, try deviation.doubles().contains(where: { $0 < 0 }) {
      throw TensorError("normal expects all elements of std >= 0.0")
    }
    // A number has no type to give.
    let isNumber = mean?.isWrappedNumber ?? true
    guard let like = isNumber ? deviation ?? mean : mean else { return try randn([], generator: generator) }
    return try GradMode.with(false) {
      let shape = try Shape.broadcast(mean?.shape ?? [], deviation?.shape ?? [])
      var result = try randn(shape, dtype: like.dtype, generator: generator)
      if let deviation { result = try result.mul(deviation.to(like.dtype)) }
      if let mean { result = try result.add(mean.to(like.dtype)) }
      return result
    }
  }

  /// Integers in [low, high).
  public static func randint(
    _ low: Int64 = 0, _ high: Int64, _ shape: [Int], dtype: DType = .int64, generator: Generator? = nil
  ) throws -> Tensor {
    try Tensor(empty: shape, dtype: dtype).randomInPlace(low, high, generator: generator)
  }

  /// Uniform numbers in [0, 1) in a tensor like this one: `torch.rand_like`.
  public func randLike(dtype: DType? = nil, generator: Generator? = nil) throws -> Tensor {
    try emptyLike(dtype: dtype).uniformInPlace(generator: generator)
  }

  /// Normal numbers in a tensor like this one: `torch.randn_like`.
  public func randnLike(dtype: DType? = nil, generator: Generator? = nil) throws -> Tensor {
    try emptyLike(dtype: dtype).normalInPlace(generator: generator)
  }

  /// Integers in [low, high) in a tensor like this one: `torch.randint_like`.
  public func randintLike(
    _ low: Int64 = 0, _ high: Int64, dtype: DType? = nil, generator: Generator? = nil
  ) throws -> Tensor {
    try emptyLike(dtype: dtype).randomInPlace(low, high, generator: generator)
  }

  /// A tensor whose value is about to be replaced: it has no memory yet.
  public static func undefined(_ shape: [Int], _ dtype: DType) throws -> Tensor {
    let count = try Shape.count(shape)
    let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.size)
    guard !overflow else { throw TensorError("Storage size calculation overflowed with sizes=\(Shape.text(shape))") }
    // Drawn later, but all who draw afterwards wait for it.
    try BufferPool.checkAvailable(bytes)
    return Tensor(wholeOf: Storage(byteCount: bytes, deferred: DeferredValue()), dtype, shape, count)
  }
}
