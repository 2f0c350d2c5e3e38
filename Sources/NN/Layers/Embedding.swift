import Tensor

/// What tables of vectors share.
open class EmbeddingTable: Module {
  /// How many rows the table has.
  public let embeddingCount: Int
  /// The size of a row.
  public let embeddingDim: Int
  /// A row that gets no gradient and begins as zeros.
  public let paddingIndex: Int?
  /// Rows that are read and have a larger norm are scaled down in the table first.
  public let maxNorm: Scalar?
  /// Which norm ``maxNorm`` means: its power `p`.
  public let normType: Scalar
  /// Whether a row's gradient is divided by how often it was read.
  public let scaleGradByFreq: Bool
  /// Taken for PyTorch's sake: gradients are dense.
  public let sparse: Bool

  /// - Parameters:
  ///   - weight: the table itself, `[embeddingCount, embeddingDim]`; normal numbers by default.
  ///   - freeze: whether it stays as it is in training.
  init(
    _ embeddingCount: Int, _ embeddingDim: Int, paddingIndex: Int?, maxNorm: Scalar?, normType: Scalar,
    scaleGradByFreq: Bool, sparse: Bool, weight: Tensor?, freeze: Bool, paddingProblem: String, dtype: DType?
  ) throws {
    if let paddingIndex, paddingIndex >= embeddingCount || paddingIndex < -embeddingCount {
      throw TensorError(paddingProblem, kind: .assertion)
    }
    self.embeddingCount = embeddingCount
    self.embeddingDim = embeddingDim
    self.paddingIndex = paddingIndex.map { $0 < 0 ? $0 + embeddingCount : $0 }
    self.maxNorm = maxNorm
    self.normType = normType
    self.scaleGradByFreq = scaleGradByFreq
    self.sparse = sparse
    super.init()
    if let weight {
      guard weight.shape == [embeddingCount, embeddingDim] else {
        throw TensorError("Shape of weight does not match num_embeddings and embedding_dim", kind: .assertion)
      }
      try register(parameter: "weight", NN.parameter(weight, requiresGrad: !freeze))
    } else {
      try register(parameter: "weight", shape: [embeddingCount, embeddingDim], dtype: dtype)
      try resetParameters()
      try requiredParameter("weight").setRequiresGrad(!freeze)
    }
  }

  open override func resetParameters() throws {
    let weight = try requiredParameter("weight")
    try Init.normal(weight)
    if let paddingIndex { try Init.zeros(weight.detach().select(0, paddingIndex)) }
  }

  open override var attributes: Attributes {
    [
      ("num_embeddings", .int(embeddingCount)), ("embedding_dim", .int(embeddingDim)),
      ("padding_idx", .init(paddingIndex)), ("max_norm", .init(maxNorm)), ("norm_type", .init(normType)),
      ("scale_grad_by_freq", .bool(scaleGradByFreq)), ("sparse", .bool(sparse)),
    ]
  }

  /// The options that are not the usual ones.
  final var unusual: Attributes {
    let usual: [String: Attribute] = [
      "padding_idx": .none, "max_norm": .none, "scale_grad_by_freq": .bool(false), "sparse": .bool(false),
    ]
    return attributes.dropFirst(2).filter { $0.name == "norm_type" ? normType.double != 2 : usual[$0.name] != $0.value }
  }
}

/// The rows of a table at the positions that the input gives: `[*]` to `[*, embeddingDim]`.
public final class Embedding: EmbeddingTable {
  /// - Parameters:
  ///   - paddingIndex: a row that gets no gradient and begins as zeros, negative ones counted from the end.
  ///   - maxNorm: rows that are read and have a larger `normType`-norm are scaled down in the table first.
  ///   - weight: the table itself, `[embeddingCount, embeddingDim]`; normal numbers by default.
  ///   - freeze: whether the table stays as it is in training.
  ///   - dtype: of a table of normal numbers; the default type if nil.
  /// - Throws: ``TensorError`` for a `paddingIndex` outside of the table, or a `weight` of another shape.
  public init(
    _ embeddingCount: Int, _ embeddingDim: Int, paddingIndex: Int? = nil, maxNorm: Scalar? = nil,
    normType: Scalar = 2.0, scaleGradByFreq: Bool = false, sparse: Bool = false, weight: Tensor? = nil,
    freeze: Bool = false, dtype: DType? = nil
  ) throws {
    try super.init(
      embeddingCount, embeddingDim, paddingIndex: paddingIndex, maxNorm: maxNorm, normType: normType,
      scaleGradByFreq: scaleGradByFreq, sparse: sparse, weight: weight, freeze: freeze,
      paddingProblem: "Padding_idx must be within num_embeddings", dtype: dtype)
  }

  public override func forward(_ input: Tensor) throws -> Tensor {
    try requiredParameter("weight").embedding(
      input, paddingIndex: paddingIndex, maxNorm: maxNorm?.double, normType: normType.double,
      scaleGradByFreq: scaleGradByFreq)
  }

  public override var extraText: String {
    (["\(embeddingCount), \(embeddingDim)"] + (unusual.isEmpty ? [] : [unusual.text])).joined(separator: ", ")
  }
}

/// Sums, means or maxima of the rows of a table, bag by bag.
public final class EmbeddingBag: EmbeddingTable {
  /// What becomes of the rows of a bag.
  public let mode: Tensor.BagMode
  /// Whether the offsets end with the number of positions.
  public let includeLastOffset: Bool

  /// - Parameters:
  ///   - mode: what becomes of the rows of a bag.
  ///   - includeLastOffset: whether offsets end with the number of positions.
  ///   - paddingIndex: a row that no bag counts, negative ones counted from the end.
  ///   - weight: the table itself, `[embeddingCount, embeddingDim]`; normal numbers by default.
  ///   - freeze: whether the table stays as it is in training.
  /// - Throws: ``TensorError`` for a `paddingIndex` outside of the table, or a `weight` of another shape.
  public init(
    _ embeddingCount: Int, _ embeddingDim: Int, maxNorm: Scalar? = nil, normType: Scalar = 2.0,
    scaleGradByFreq: Bool = false, mode: Tensor.BagMode = .mean, sparse: Bool = false, weight: Tensor? = nil,
    freeze: Bool = false, includeLastOffset: Bool = false, paddingIndex: Int? = nil, dtype: DType? = nil
  ) throws {
    self.mode = mode
    self.includeLastOffset = includeLastOffset
    try super.init(
      embeddingCount, embeddingDim, paddingIndex: paddingIndex, maxNorm: maxNorm, normType: normType,
      scaleGradByFreq: scaleGradByFreq, sparse: sparse, weight: weight, freeze: freeze,
      paddingProblem: "padding_idx must be within num_embeddings", dtype: dtype)
  }

  public override var inputNames: [String]? { ["input", "offsets", "per_sample_weights"] }

  /// - Parameters:
  ///   - input: positions, `[bags, n]`, or `[n]` with `offsets`.
  ///   - offsets: where bags begin.
  ///   - perSampleWeights: a factor for each position; only for sums.
  public func callAsFunction(
    _ input: Tensor, offsets: Tensor? = nil, perSampleWeights: Tensor? = nil
  ) throws -> Tensor {
    try requiredParameter("weight").embeddingBag(
      input, offsets: offsets, maxNorm: maxNorm?.double, normType: normType.double, scaleGradByFreq: scaleGradByFreq,
      mode: mode, perSampleWeights: perSampleWeights, includeLastOffset: includeLastOffset, paddingIndex: paddingIndex)
  }

  public override func forward(_ input: Tensor) throws -> Tensor { try self(input, offsets: nil) }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    let input = try inputs.requiredTensor(0, "input", of: self)
    return [.tensor(try self(input, offsets: inputs.tensor(1), perSampleWeights: inputs.tensor(2)))]
  }

  public override var attributes: Attributes {
    super.attributes + [("mode", .string(mode.rawValue)), ("include_last_offset", .bool(includeLastOffset))]
  }

  public override var extraText: String {
    // Values as Python's `repr` has them, in an order of its own.
    let options = unusual.filter { ["max_norm", "norm_type", "scale_grad_by_freq"].contains($0.name) }
    let texts = ["\(embeddingCount), \(embeddingDim)"] + (options.isEmpty ? [] : [options.text])
    let padding = paddingIndex.map { ["padding_idx=\($0)"] } ?? []
    return (texts + ["mode='\(mode.rawValue)'"] + padding).joined(separator: ", ")
  }
}
