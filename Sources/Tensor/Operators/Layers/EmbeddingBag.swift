extension Tensor {
  /// What an embedding bag does with its rows.
  public enum BagMode: String, Sendable {
    /// Their sum, their mean, or the largest in each column.
    case sum, mean, max

    /// - Throws: ``TensorError`` for another name.
    public init(named name: String) throws {
      guard let mode = Self(rawValue: name) else {
        throw TensorError("mode has to be one of sum, mean or max", kind: .value)
      }
      self = mode
    }
  }

  /// Sums, means or maxima of a table's rows, bag by bag: `F.embedding_bag`, with this tensor as the table `[V, D]`.
  ///
  /// An empty bag gives zeros.
  ///
  /// - Parameters:
  ///   - input: positions, `[bags, n]`; or `[n]`, of which bags begin at `offsets`.
  ///   - perSampleWeights: a factor for each position; only for sums.
  ///   - includeLastOffset: whether `offsets` ends with the number of positions.
  ///   - paddingIndex: a row that does not count.
  public func embeddingBag(
    _ input: Tensor, offsets: Tensor? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, mode: BagMode = .mean, perSampleWeights: Tensor? = nil,
    includeLastOffset: Bool = false, paddingIndex: Int? = nil
  ) throws -> Tensor {
    if let weights = perSampleWeights, weights.shape != input.shape {
      throw TensorError(
        "embedding_bag: If per_sample_weights (\(Shape.sizeText(weights.shape))) is not None, then it must have the same shape as the input (\(Shape.sizeText(input.shape)))",
        kind: .value)
    }
    guard rank == 2 else {
      throw TensorError("weight has to be a 2D Tensor, but got Tensor of dimension \(rank)", kind: .value)
    }
    if mode == .max && scaleGradByFreq {
      throw TensorError("max mode does not support scaling the gradient by the frequency", kind: .value)
    }
    if perSampleWeights != nil && mode != .sum {
      throw TensorError(
        "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='\(mode.rawValue)'). Please open a feature request on GitHub.",
        kind: .notImplemented)
    }
    var (bags, bagCount) = try Tensor.bags(of: input, offsets, includeLastOffset)
    var positions = try input.alias().reshape([input.count])
    try positions.checkIndices(of: "embedding_bag")
    let rowCount = Int64(shape[0])
    if let (place, value) = try positions.integers().enumerated().first(where: { $1 < 0 || $1 >= rowCount }) {
      throw TensorError(
        "Index \(place) of input takes value \(value) which is not in the valid range [0, \(rowCount))")
    }
    var factors = try perSampleWeights?.reshape([input.count])
    if let paddingIndex {
      let counts = try positions.ne(paddingIndex < 0 ? paddingIndex + shape[0] : paddingIndex)
      (positions, bags) = (try positions.index([counts]), try bags.index([counts]))
      factors = try factors?.index([counts])
    }
    var rows = try embedding(positions, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq)
    if let factors { rows = try rows.mul(factors.unsqueeze(1)) }
    let zeros = try Tensor.zeros([bagCount, shape[1]], dtype: dtype)
    switch mode {
    case .sum: return try zeros.indexAdd(0, bags, rows)
    case .mean:
      let sizes = try bags.bincount(minlength: bagCount).clamp(min: 1)
      return try zeros.indexAdd(0, bags, rows).div(sizes.to(dtype).unsqueeze(1))
    case .max:
      return try zeros.scatterReduce(0, bags.unsqueeze(1).expand(rows.shape), rows, .amax, includeSelf: false)
    }
  }

  /// For each position the number of its bag, and how many bags there are.
  private static func bags(
    of input: Tensor, _ offsets: Tensor?, _ includesLast: Bool
  ) throws -> (numbers: Tensor, count: Int) {
    switch input.rank {
    case 2:
      guard offsets == nil else {
        throw TensorError(
          "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type <class 'torch.Tensor'>",
          kind: .value)
      }
      let numbers = try Tensor.arange(0, .int(Int64(input.shape[0]))).unsqueeze(1).expand(input.shape)
      return (try numbers.reshape([input.count]), input.shape[0])
    case 1:
      guard let offsets else { throw TensorError("offsets has to be a 1D Tensor but got None", kind: .value) }
      guard offsets.rank == 1 else { throw TensorError("offsets has to be a 1D Tensor", kind: .value) }
      try offsets.checkIndices(of: "embedding_bag")
      return try bags(of: input.count, offsets.alias().to(.int64).integers().map { Int($0) }, includesLast)
    default:
      throw TensorError("input has to be 1D or 2D Tensor, but got Tensor of dimension \(input.rank)", kind: .value)
    }
  }

  private static func bags(
    of count: Int, _ offsets: [Int], _ includesLast: Bool
  ) throws -> (numbers: Tensor, count: Int) {
    if let first = offsets.first, first != 0 {
      throw TensorError(
        "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got \(first)\n[ torch.LongTensor{} ]"
      )
    }
    if includesLast && offsets.isEmpty {
      throw TensorError("include_last_offset: number of offset should be at least 1")
    }
    if let last = offsets.last, last > count {
      throw TensorError(
        "offsets[-1] can not be greater than input's length \(count) but got offsets[-1] of \(last)"
      )
    }
    guard zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw TensorError(
        includesLast
          ? "Your input appears to be incorrect: the last offset value should be the size of the indices tensor, but it seems not to be the case."
          : "offsets must not decrease")
    }
    let ends = includesLast ? Array(offsets.dropFirst()) : Array(offsets.dropFirst()) + [count]
    let bagCount = includesLast ? offsets.count - 1 : offsets.count
    var numbers: [Int64] = []
    numbers.reserveCapacity(count)
    for bag in 0..<bagCount {
      numbers += Array(repeating: Int64(bag), count: ends[bag] - offsets[bag])
    }
    guard numbers.count == count else {
      throw TensorError(
        "Your input appears to be incorrect: the last offset value should be the size of the indices tensor, but it seems not to be the case."
      )
    }
    return (try Tensor(numbers), bagCount)
  }
}
