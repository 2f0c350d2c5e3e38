import Tensor

/// Attention of several heads: what each query finds among keys, and the values that go with them.
///
/// Shapes: query `[L, N, embedDim]`, key `[S, N, keyDim]`, value `[S, N, valueDim]`, with `batchFirst` N before L and S, or all
/// without N.
///
/// Source: Vaswani et al., "Attention is all you need", 2017, https://arxiv.org/abs/1706.03762
public final class MultiheadAttention: Module {
  /// The size of queries and outputs.
  public let embedDim: Int
  /// How many heads share `embedDim`, each with `embedDim / headCount`.
  public let headCount: Int
  /// The probability with which an attention weight is dropped in training.
  public let dropout: Scalar
  /// The size of keys.
  public let keyDim: Int
  /// The size of values.
  public let valueDim: Int
  /// Whether a key and a value of zeros are added to those given.
  public let addZeroAttention: Bool
  /// Whether the batch is the first dimension rather than the second.
  public let batchFirst: Bool

  /// - Parameters:
  ///   - addBiasKV: one more key and value, which are learned.
  ///   - addZeroAttention: one more key and value of zeros.
  ///   - keyDim, valueDim: `embedDim` by default.
  public init(
    _ embedDim: Int, _ headCount: Int, dropout: Scalar = 0.0, bias: Bool = true, addBiasKV: Bool = false,
    addZeroAttention: Bool = false, keyDim: Int? = nil, valueDim: Int? = nil, batchFirst: Bool = false,
    dtype: DType? = nil
  ) throws {
    guard embedDim > 0 && headCount > 0 else {
      throw TensorError(
        "embed_dim and num_heads must be greater than 0, got embed_dim=\(embedDim) and num_heads=\(headCount) instead",
        kind: .value)
    }
    guard embedDim.isMultiple(of: headCount) else {
      throw TensorError("embed_dim must be divisible by num_heads", kind: .assertion)
    }
    self.embedDim = embedDim
    self.headCount = headCount
    self.dropout = dropout
    self.keyDim = keyDim ?? embedDim
    self.valueDim = valueDim ?? embedDim
    self.addZeroAttention = addZeroAttention
    self.batchFirst = batchFirst
    super.init()
    func add(_ name: String, _ shape: [Int]?) throws { try register(parameter: name, shape: shape, dtype: dtype) }
    let projectedSize = try Shape.count([3, embedDim])
    let isPacked = self.keyDim == embedDim && self.valueDim == embedDim
    if isPacked {
      try add("in_proj_weight", [projectedSize, embedDim])
      for name in ["q_proj_weight", "k_proj_weight", "v_proj_weight"] { try add(name, nil) }
    } else {
      try add("q_proj_weight", [embedDim, embedDim])
      try add("k_proj_weight", [embedDim, self.keyDim])
      try add("v_proj_weight", [embedDim, self.valueDim])
      try add("in_proj_weight", nil)
    }
    try add("in_proj_bias", bias ? [projectedSize] : nil)
    try register(child: "out_proj", AttentionOutput(embedDim, embedDim, bias: bias, dtype: dtype))
    if addBiasKV {
      try add("bias_k", [1, 1, embedDim])
      try add("bias_v", [1, 1, embedDim])
    }
    try resetParameters()
  }

  public override func resetParameters() throws {
    for name in ["in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"] {
      try parameter(name).map { _ = try Init.xavierUniform($0) }
    }
    if let bias = parameter("in_proj_bias") {
      try Init.zeros(bias)
      try child("out_proj")?.parameter("bias").map { _ = try Init.zeros($0) }
    }
    for name in ["bias_k", "bias_v"] { try parameter(name).map { _ = try Init.xavierNormal($0) } }
  }

  public override var inputNames: [String]? {
    [
      "query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal",
    ]
  }

  /// - Parameters:
  ///   - keyPaddingMask: `[N, S]`, true where a key takes no part, or what is added to the scores.
  ///   - mask: `[L, S]` or `[N * heads, L, S]`, likewise.
  ///   - needsWeights: whether the attention's weights are given too; without, less memory is used.
  ///   - isCausal: whether `mask` is known to be causal.
  public func callAsFunction(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor? = nil, needsWeights: Bool = true,
    mask: Tensor? = nil, averagesWeights: Bool = true, isCausal: Bool = false
  ) throws -> (output: Tensor, weights: Tensor?) {
    let output = try requiredChild("out_proj")
    var attention = MultiHeadAttention(headCount: headCount)
    attention.addsZeroAttention = addZeroAttention
    attention.dropout = isTraining ? dropout.double : 0
    attention.needsWeights = needsWeights
    attention.averagesWeights = averagesWeights
    attention.isCausal = isCausal
    let weights = AttentionWeights(
      input: try parameter("in_proj_weight").map { .packed($0) }
        ?? .separate(
          query: try requiredParameter("q_proj_weight"), key: try requiredParameter("k_proj_weight"),
          value: try requiredParameter("v_proj_weight")),
      inputBias: parameter("in_proj_bias"), keyBias: parameter("bias_k"), valueBias: parameter("bias_v"),
      outputWeight: try output.requiredParameter("weight"), outputBias: output.parameter("bias"))
    guard query.rank < 3 || query.shape[2] == embedDim else {
      throw TensorError(
        "was expecting embedding dimension of \(embedDim), but got \(query.shape[2])", kind: .assertion)
    }
    guard batchFirst && query.rank == 3 else {
      return try attention(query, key, value, weights, mask: mask, keyPaddingMask: keyPaddingMask)
    }
    // What is one tensor stays one, for its projections are computed together.
    let queries = try query.transpose(0, 1)
    let keys = key === query ? queries : try key.transpose(0, 1)
    let values = value === key ? keys : try value.transpose(0, 1)
    let result = try attention(queries, keys, values, weights, mask: mask, keyPaddingMask: keyPaddingMask)
    return (try result.output.transpose(0, 1), result.weights)
  }

  public override func forward(_ inputs: [Value]) throws -> [Value] {
    let (query, key, value) = (
      try inputs.requiredTensor(0, "query", of: self), try inputs.requiredTensor(1, "key", of: self),
      try inputs.requiredTensor(2, "value", of: self)
    )
    let result = try self(
      query, key, value, keyPaddingMask: inputs.tensor(3),
      needsWeights: inputs.bool(4, "need_weights", default: true, of: self), mask: inputs.tensor(5),
      averagesWeights: inputs.bool(6, "average_attn_weights", default: true, of: self),
      isCausal: inputs.bool(7, "is_causal", default: false, of: self))
    return [.tensor(result.output), Value(result.weights)]
  }

  public override var attributes: Attributes {
    [
      ("embed_dim", .int(embedDim)), ("kdim", .int(keyDim)), ("vdim", .int(valueDim)), ("num_heads", .int(headCount)),
      ("dropout", .init(dropout)), ("batch_first", .bool(batchFirst)), ("head_dim", .int(embedDim / headCount)),
      ("add_zero_attn", .bool(addZeroAttention)),
    ]
  }
}

/// The last map of an attention: a linear layer under the name that PyTorch prints.
final class AttentionOutput: Linear {
  override var typeName: String { "NonDynamicallyQuantizableLinear" }
}
