/// The weights of an attention of several heads, by PyTorch's names.
public struct AttentionWeights {
  /// What makes queries, keys and values of the inputs.
  public enum InputProjection {
    /// `in_proj_weight`: `[3 * E, E]`, one upon the other.
    case packed(Tensor)
    /// `q_proj_weight`, `k_proj_weight` and `v_proj_weight`, for inputs of different sizes.
    case separate(query: Tensor, key: Tensor, value: Tensor)
  }

  /// What makes queries, keys and values of the inputs.
  public var input: InputProjection
  /// `[3 * E]`
  public var inputBias: Tensor?
  /// `[1, 1, E]` each: one more key and value.
  public var keyBias, valueBias: Tensor?
  /// `[E, E]` and `[E]`
  public var outputWeight: Tensor
  /// `[E]`
  public var outputBias: Tensor?

  /// Weights of the given shapes; a bias that is nil is left out.
  public init(
    input: InputProjection, inputBias: Tensor? = nil, keyBias: Tensor? = nil, valueBias: Tensor? = nil,
    outputWeight: Tensor, outputBias: Tensor? = nil
  ) {
    self.input = input
    self.inputBias = inputBias
    self.keyBias = keyBias
    self.valueBias = valueBias
    self.outputWeight = outputWeight
    self.outputBias = outputBias
  }
}

/// Attention of several heads: `F.multi_head_attention_forward`.
///
/// Source: Vaswani et al., "Attention is all you need", 2017, https://arxiv.org/abs/1706.03762
public struct MultiHeadAttention {
  /// How many heads share the size of the queries, which it must divide.
  public var headCount: Int
  /// Whether a key and value of zeros is added.
  public var addsZeroAttention = false
  /// The probability by which attention weights are dropped.
  public var dropout = 0.0
  /// Whether the attention's weights are given too; without, less memory is used.
  public var needsWeights = true
  /// Whether the weights given are the mean of all heads.
  public var averagesWeights = true
  /// Whether the mask is causal: then it need not be read.
  public var isCausal = false

  /// - Parameter headCount: it must divide the size of the queries; a call throws otherwise.
  public init(headCount: Int) { self.headCount = headCount }

  /// - Parameters:
  ///   - query: `[L, N, E]` or `[L, E]`
  ///   - key, value: `[S, N, *]` or `[S, *]`
  ///   - mask: `[L, S]` or `[N * heads, L, S]`, true where a key takes no part, or what is added to the scores.
  ///   - keyPaddingMask: `[N, S]` or `[S]`, likewise.
  /// - Returns: `[L, N, E]`, and the weights `[N, L, S]`, or `[N, heads, L, S]` of each head.
  public func callAsFunction(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ weights: AttentionWeights, mask: Tensor? = nil,
    keyPaddingMask: Tensor? = nil
  ) throws -> (output: Tensor, weights: Tensor?) {
    try checkRanks(query, key, value, keyPaddingMask, mask)
    guard query.rank == 2 else { return try attend(query, key, value, weights, mask, keyPaddingMask) }
    let isShared = query === key && key === value
    let batch = try query.unsqueeze(1)
    let keys = isShared ? batch : try key.unsqueeze(1)
    let values = isShared ? batch : try value.unsqueeze(1)
    let result = try attend(batch, keys, values, weights, mask, keyPaddingMask?.unsqueeze(0))
    return (try result.output.squeeze([1]), try result.weights?.squeeze([0]))
  }

  private func checkRanks(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ padding: Tensor?, _ mask: Tensor?
  ) throws {
    guard query.rank == 2 || query.rank == 3 else {
      throw TensorError(
        "query should be unbatched 2D or batched 3D tensor but received \(query.rank)-D query tensor", kind: .assertion)
    }
    let kind = query.rank == 3 ? "batched (3-D)" : "unbatched (2-D)"
    guard key.rank == query.rank && value.rank == query.rank else {
      throw TensorError(
        "For \(kind) `query`, expected `key` and `value` to be \(query.rank)-D but found \(key.rank)-D and \(value.rank)-D tensors respectively",
        kind: .assertion)
    }
    if let padding, padding.rank != query.rank - 1 {
      throw TensorError(
        "For \(kind) `query`, expected `key_padding_mask` to be `None` or \(query.rank - 1)-D but found \(padding.rank)-D tensor instead",
        kind: .assertion)
    }
    if let mask, mask.rank != 2 && mask.rank != 3 {
      throw TensorError(
        "For \(kind) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found \(mask.rank)-D tensor instead",
        kind: .assertion)
    }
  }

  private func attend(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ weights: AttentionWeights, _ mask: Tensor?, _ padding: Tensor?
  ) throws -> (output: Tensor, weights: Tensor?) {
    let (length, batch, size) = (query.shape[0], query.shape[1], query.shape[2])
    guard headCount > 0, size % headCount == 0 else {
      throw TensorError("embed_dim \(size) not divisible by num_heads \(headCount)", kind: .assertion)
    }
    guard !isCausal || mask != nil else {
      throw TensorError(
        "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method `generate_square_subsequent_mask` to create this mask."
      )
    }
    var (q, k, v) = try projected(query, key, value, weights)
    let padding = try padding.map { try additive($0, "key_padding_mask", query.dtype) }
    let skipsMask = isCausal && padding == nil && !needsWeights
    var scores = skipsMask ? nil : try mask.map { try additive($0, "attn_mask", query.dtype) }
    try scores.map { try checkShape($0, [length, key.shape[0]], batch) }
    if scores?.rank == 2 { scores = try scores?.unsqueeze(0) }
    var keyScores = padding
    if let keyBias = weights.keyBias, let valueBias = weights.valueBias {
      k = try Tensor.cat([k, keyBias.repeated([1, batch, 1])])
      v = try Tensor.cat([v, valueBias.repeated([1, batch, 1])])
      (scores, keyScores) = (try scores?.pad([0, 1]), try keyScores?.pad([0, 1]))
    }
    let width = size / headCount
    func heads(_ tensor: Tensor) throws -> Tensor {
      try tensor.reshape([tensor.shape[0], batch * headCount, width]).transpose(0, 1)
    }
    (q, k, v) = (try heads(q), try heads(k), try heads(v))
    if addsZeroAttention {
      let zeros = try Tensor.zeros([batch * headCount, 1, width], dtype: k.dtype)
      (k, v) = (try Tensor.cat([k, zeros], dim: 1), try Tensor.cat([v, zeros], dim: 1))
      (scores, keyScores) = (try scores?.pad([0, 1]), try keyScores?.pad([0, 1]))
    }
    if let keyScores {
      guard keyScores.shape == [batch, k.shape[1]] else {
        throw TensorError(
          "key_padding_mask must have shape \(Shape.text([batch, k.shape[1]])), but got \(Shape.text(keyScores.shape))",
          kind: .assertion)
      }
      let spread = try keyScores.reshape([batch, 1, 1, k.shape[1]]).expand([batch, headCount, 1, k.shape[1]])
        .reshape([batch * headCount, 1, k.shape[1]])
      scores = try scores.map { try $0.add(spread) } ?? spread
    }
    return try weighted(q, k, v, scores, isCausal && scores == nil, batch, weights)
  }

  private func weighted(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ scores: Tensor?, _ isCausal: Bool, _ batch: Int,
    _ weights: AttentionWeights
  ) throws -> (output: Tensor, weights: Tensor?) {
    let (length, keys, width) = (q.shape[1], k.shape[1], q.shape[2])
    func output(_ rows: Tensor) throws -> Tensor {
      let result = try rows.reshape([length * batch, headCount * width])
        .linear(weights.outputWeight, bias: weights.outputBias)
      return try result.reshape([length, batch, result.shape[1]])
    }
    guard needsWeights else {
      func split(_ tensor: Tensor) throws -> Tensor {
        try tensor.reshape([batch, headCount, tensor.shape[1], width])
      }
      let mask = try scores.map {
        $0.shape[0] == 1 ? try $0.unsqueeze(0) : try $0.reshape([batch, headCount, $0.shape[1], keys])
      }
      let rows = try split(q).scaledDotProductAttention(
        split(k), split(v), mask: mask, dropout: dropout, isCausal: isCausal)
      return (try output(rows.permute([2, 0, 1, 3])), nil)
    }
    let scaled = try q.mul((1 / Double(width)).squareRoot())
    let products = try scaled.bmm(k.transpose(-2, -1))
    var attention = try (scores.map { try products.add($0) } ?? products).softmax(-1)
    if dropout > 0 { attention = try attention.dropout(p: dropout) }
    let rows = try attention.bmm(v).transpose(0, 1)
    let each = try attention.reshape([batch, headCount, length, keys])
    return (try output(rows), averagesWeights ? try each.mean([1]) : each)
  }

  /// Queries, keys and values. What is one tensor is projected at once.
  private func projected(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ weights: AttentionWeights
  ) throws -> (Tensor, Tensor, Tensor) {
    switch weights.input {
    case .separate(let q, let k, let v):
      guard key.shape.prefix(2) == value.shape.prefix(2) else {
        throw TensorError(
          "key's sequence and batch dims \(Shape.sizeText(Array(key.shape.prefix(2)))) do not match value's \(Shape.sizeText(Array(value.shape.prefix(2))))",
          kind: .assertion)
      }
      let biases = try weights.inputBias.map(thirds)
      return (
        try query.linear(q, bias: biases?[0]), try key.linear(k, bias: biases?[1]),
        try value.linear(v, bias: biases?[2])
      )
    case .packed(let weight):
      guard key.shape == value.shape else {
        throw TensorError(
          "key shape \(Shape.sizeText(key.shape)) does not match value shape \(Shape.sizeText(value.shape))",
          kind: .assertion)
      }
      guard key === value else {
        let (parts, biases) = (try thirds(weight), try weights.inputBias.map(thirds))
        return (
          try query.linear(parts[0], bias: biases?[0]), try key.linear(parts[1], bias: biases?[1]),
          try value.linear(parts[2], bias: biases?[2])
        )
      }
      if query === key {
        let parts = try parted(query.linear(weight, bias: weights.inputBias), 3)
        return (parts[0], parts[1], parts[2])
      }
      let size = weight.shape[0] / 3
      let (parts, biases) = (
        try weight.split([size, 2 * size]), try weights.inputBias?.split([size, 2 * size])
      )
      let both = try parted(key.linear(parts[1], bias: biases?[1]), 2)
      return (try query.linear(parts[0], bias: biases?[0]), both[0], both[1])
    }
  }

  /// The rows for queries, keys and values.
  private func thirds(_ weight: Tensor) throws -> [Tensor] {
    let parts = try weight.chunk(3)
    guard parts.count == 3 else {
      throw TensorError("not enough values to unpack (expected 3, got \(parts.count))", kind: .value)
    }
    return parts
  }

  /// Equal parts of the last dimension, each in memory of its own: one operation, whose gradient is one tensor too.
  private func parted(_ tensor: Tensor, _ count: Int) throws -> [Tensor] {
    let parts = try tensor.detach().chunk(count, dim: -1).map { try $0.detach().contiguous() }
    guard parts.count == count else {
      throw TensorError("not enough values to unpack (expected \(count), got \(parts.count))", kind: .value)
    }
    guard needsGradient(tensor) else { return parts }
    let (shape, dtype) = (parts[0].shape, tensor.dtype)
    record("SplitBackward0", inputs: [tensor], outputs: parts) { grads, _ in
      [try Tensor.cat(grads.map { try $0 ?? Tensor.zeros(shape, dtype: dtype) }, dim: -1)]
    }
    return parts
  }

  /// A mask as what is added to the scores.
  private func additive(_ mask: Tensor, _ name: String, _ dtype: DType) throws -> Tensor {
    if mask.dtype.isFloatingPoint { return mask }
    guard mask.dtype == .bool else {
      throw TensorError("only bool and floating types of \(name) are supported", kind: .assertion)
    }
    return try Tensor.zeros(mask.shape, dtype: dtype).maskedFill(mask, -Double.infinity)
  }

  private func checkShape(_ mask: Tensor, _ sizes: [Int], _ batch: Int) throws {
    let expected = mask.rank == 2 ? sizes : [batch * headCount] + sizes
    guard mask.shape == expected else {
      let tuple = "(" + expected.map(String.init).joined(separator: ", ") + ")"
      throw TensorError(
        "The shape of the \(mask.rank)D attn_mask is \(Shape.sizeText(mask.shape)), but should be \(tuple).")
    }
  }
}
