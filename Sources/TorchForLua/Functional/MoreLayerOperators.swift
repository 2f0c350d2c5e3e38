import Lua
import Tensor

extension OperatorList {
  /// Operators that only layers of `torch.nn` use otherwise.
  mutating func addMoreLayerOperators() {
    addBagsAndSlopes()
    addAlignment()
    addRarePoolings()
    addFractionalPoolings()
    addHeads()
  }

  private mutating func addBagsAndSlopes() {
    add(
      "rrelu",
      "(input: Tensor, lower: float = 0.125, upper: float = 0.3333333333333333, training: bool = false, inplace: bool = false) -> Tensor",
      """
      x above 0, a * x below: in training a is drawn uniformly from lower to upper for each element, else it \
      is their mean.
      """, "F.rrelu(torch.tensor{-1., 2.}) --> tensor([-0.2292,  2.0000])"
    ) { a in
      let input = try a.tensor(0)
      func slopes(_ x: Tensor) throws -> Tensor {
        try x.rrelu(lower: a.double(1), upper: a.double(2), training: a.bool(3))
      }
      return try a.bool(4) ? input.updateInPlace { try slopes($0) } : slopes(input)
    }
    add(
      "bilinear", "(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor? = nil) -> Tensor",
      "A bilinear map of the last dimensions of two inputs, with weights (out, in1, in2): input1 W_k input2 + bias_k.",
      "F.bilinear(torch.ones(1, 2), torch.ones(1, 2), torch.ones(1, 2, 2)) --> tensor([[4.]])"
    ) { a in try a.tensor(0).bilinear(a.tensor(1), a.tensor(2), bias: a.optionalTensor(3)) }
    add(
      "embedding_bag",
      "(input: Tensor, weight: Tensor, offsets: Tensor? = nil, max_norm: float? = nil, norm_type: float = 2, scale_grad_by_freq: bool = false, mode: string = 'mean', sparse: bool = false, per_sample_weights: Tensor? = nil, include_last_offset: bool = false, padding_idx: int? = nil) -> Tensor",
      """
      Sums, means or maxima (mode 'sum', 'mean' or 'max') of the rows of the table weight, bag by bag: \
      indices (N, L) give (N, D); indices (L) with offsets tell where each bag begins.
      """,
      "F.embedding_bag(torch.tensor{{0, 1}}, torch.eye(2)) --> tensor([[0.5000, 0.5000]])"
    ) { a in
      var (indices, table) = (try a.tensor(0), try a.tensor(1))
      // PyTorch still takes the order of its first versions.
      if table.dtype == .int64, indices.dtype.isFloatingPoint { swap(&indices, &table) }
      return try table.embeddingBag(
        indices, offsets: a.optionalTensor(2), maxNorm: a.optionalDouble(3), normType: a.double(4),
        scaleGradByFreq: a.bool(5), mode: Tensor.BagMode(named: a.string(6)), perSampleWeights: a.optionalTensor(8),
        includeLastOffset: a.bool(9), paddingIndex: a.optionalInt(10))
    }
    add(
      "triplet_margin_with_distance_loss",
      "(anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: callable? = nil, margin: float = 1.0, swap: bool = false, reduction: string = 'mean') -> Tensor",
      "triplet_margin_loss() with any distance, a function of two tensors or a module.",
      "F.triplet_margin_with_distance_loss(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1, 2)) --> tensor(0.)"
    ) { a in
      let distance = a.has(3) ? try a.tensorFunction(3) : { try $0.pairwiseDistance($1) }
      return try a.tensor(0).tripletMarginLoss(
        a.tensor(1), a.tensor(2), margin: a.double(4), swap: a.bool(5), reduction: a.reduction(6), distance: distance)
    }
  }

  private mutating func addAlignment() {
    add(
      "ctc_loss",
      "(log_probs: Tensor, targets: Tensor, input_lengths: Tensor|int[], target_lengths: Tensor|int[], blank: int = 0, reduction: string = 'mean', zero_infinity: bool = false) -> Tensor",
      """
      The loss of label sequences (N, S) under all their alignments to logarithms of probabilities (T, N, C), of the lengths given: \
      the negative log likelihood, divided by the target's length and averaged. blank is the class between labels; \
      zero_infinity counts impossible alignments as 0.
      """,
      "F.ctc_loss(torch.zeros(4, 1, 3):log_softmax(2), torch.tensor{{1, 2}}, {4}, {2}) --> tensor(0.8432)"
    ) { a in
      func lengths(_ index: Int) throws -> [Int] {
        guard let tensor = a[index].tensor else { return try a.ints(index) }
        return try tensor.detach().to(.int64).integers().map { Int($0) }
      }
      return try a.tensor(0).ctcLoss(
        a.tensor(1), inputLengths: lengths(2), targetLengths: lengths(3), blank: a.int(4), reduction: a.reduction(5),
        zeroInfinity: a.bool(6))
    }
  }

  private mutating func addRarePoolings() {
    for rank in 1...3 {
      let n = "int[\(rank)]"
      let ones = "2".repeated(rank + 2)
      add(
        "lp_pool\(rank)d",
        "(input: Tensor, norm_type: float, kernel_size: \(n), stride: \(n)|nil = nil, ceil_mode: bool = false) -> Tensor",
        "The norm_type-norm of each window: (sum x^p)^(1/p).",
        "F.lp_pool\(rank)d(torch.ones(\(ones)), 2, 2).shape --> torch.Size([2, 2, \("1".repeated(rank))])"
      ) { a in
        try Functional.powerPool(
          a.tensor(0), p: a.double(1), kernel: a.ints(2), stride: a.optionalInts(3), ceilMode: a.bool(4))
      }
      add(
        "max_unpool\(rank)d",
        "(input: Tensor, indices: Tensor, kernel_size: \(n), stride: \(n)|nil = nil, padding: \(n) = 0, output_size: int[]|nil = nil) -> Tensor",
        "The partial inverse of max pooling: puts elements back to where it found them, zeros elsewhere.",
        """
        values, indices = F.max_pool\(rank)d(torch.ones(\(ones)), 2, {return_indices = true})
        F.max_unpool\(rank)d(values, indices, 2).shape --> torch.Size([\(ones)])
        """
      ) { a in
        let kernel = try a.ints(2)
        return try Functional.maxUnpool(
          a.tensor(0), a.tensor(1), kernel: kernel, stride: a.optionalInts(3) ?? kernel, padding: a.ints(4),
          outputSize: a.optionalInts(5))
      }
    }
  }

  private mutating func addFractionalPoolings() {
    for rank in 2...3 {
      let name = "fractional_max_pool\(rank)d"
      let ones = "torch.ones(1, 1, \("4".repeated(rank)))"
      for withIndices in [false, true] {
        let function = withIndices ? "\(name)_with_indices" : name
        let (call, shown) = ("F.\(function)(\(ones), 2, 2)", "torch.Size([1, 1, \("2".repeated(rank))])")
        results(
          function,
          "(input: Tensor, kernel_size: int|int[], output_size: int|int[]|nil = nil, output_ratio: float|float[]|nil = nil, return_indices: bool = false, _random_samples: Tensor? = nil) -> Tensor, Tensor",
          """
          The largest element of each window, where windows lie apart by one of two neighbouring distances, in an order drawn at random \
          for each channel, so that the output has the size output_size, or output_ratio of the input's. \
          \(withIndices ? "Also where each lies in its channel: \(name)() with return_indices." : "With return_indices also where each lies in its channel.")
          """, withIndices ? "values, indices = \(call)\nindices.shape --> \(shown)" : "\(call).shape --> \(shown)"
        ) { a in
          let x = try a.tensor(0)
          let found = try Functional.fractionalMaxPool(
            x, kernel: a.fractionalSizes(1, "kernel_size", name, rank), output: a.fractionalOutput(x, name, rank),
            samples: a.optionalTensor(5))
          return try withIndices || a.bool(4) ? a.results(found.values, found.indices) : a.result(found.values)
        }
      }
    }
  }

  private mutating func addHeads() {
    results(
      "multi_head_attention_forward",
      "(query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int, in_proj_weight: Tensor?, in_proj_bias: Tensor?, bias_k: Tensor?, bias_v: Tensor?, add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor, out_proj_bias: Tensor?, training: bool = true, key_padding_mask: Tensor? = nil, need_weights: bool = true, attn_mask: Tensor? = nil, use_separate_proj_weight: bool = false, q_proj_weight: Tensor? = nil, k_proj_weight: Tensor? = nil, v_proj_weight: Tensor? = nil, average_attn_weights: bool = true, is_causal: bool = false) -> Tensor, Tensor",
      "What nn.MultiheadAttention computes, with all weights given: the output (L, N, E) and the attention's weights (N, L, S), or nil.",
      "x, w = torch.ones(3, 1, 2), torch.eye(2)\ny = F.multi_head_attention_forward(x, x, x, 2, 1, torch.cat{w, w, w}, nil, nil, nil, false, 0.0, w, nil)\ny.shape --> torch.Size([3, 1, 2])"
    ) { a in
      let query = try a.tensor(0)
      let size = try a.int(3)
      guard query.shape.last == size else {
        throw TensorError(
          "was expecting embedding dimension of \(size), but got \(query.shape.last ?? 0)", kind: .assertion)
      }
      var attention = MultiHeadAttention(headCount: try a.int(4))
      attention.addsZeroAttention = try a.bool(9)
      attention.dropout = try a.bool(13) ? a.double(10) : 0
      attention.needsWeights = try a.bool(15)
      attention.averagesWeights = try a.bool(21)
      attention.isCausal = try a.bool(22)
      let isSeparate = try a.bool(17)
      let weights = AttentionWeights(
        input: try isSeparate
          ? .separate(query: a.tensor(18), key: a.tensor(19), value: a.tensor(20)) : .packed(a.tensor(5)),
        inputBias: try a.optionalTensor(6), keyBias: try a.optionalTensor(7), valueBias: try a.optionalTensor(8),
        outputWeight: try a.tensor(11), outputBias: try a.optionalTensor(12))
      let result = try attention(
        query, a.tensor(1), a.tensor(2), weights, mask: a.optionalTensor(16), keyPaddingMask: a.optionalTensor(14))
      guard let found = result.weights else { return .values([.object(result.output), .nil]) }
      return a.results(result.output, found)
    }
  }
}

extension Arguments {
  /// One size for each of `rank` dimensions, or one for all of them.
  fileprivate func fractionalSizes(_ index: Int, _ argument: String, _ name: String, _ rank: Int) throws -> [Int] {
    let sizes = try ints(index).filling(rank)
    guard sizes.count == rank else {
      throw TensorError(
        "\(name): \(argument) must either be a single Int or tuple of \(rank == 3 ? "three " : "")Ints")
    }
    return sizes
  }

  /// The size of a fractional pooling's output, as it is given or as a share of the input's.
  fileprivate func fractionalOutput(_ input: Tensor, _ name: String, _ rank: Int) throws -> [Int] {
    if has(2) { return try fractionalSizes(2, "output_size", name, rank) }
    guard let given = try optionalDoubles(3) else {
      throw TensorError("\(name) requires specifying either an output_size or an output_ratio", kind: .value)
    }
    let ratios = given.count == 1 ? [Double](repeating: given[0], count: rank) : given
    guard ratios.count == rank else {
      throw TensorError(
        "\(name) requires output_ratio to either be a single Int or tuple of Ints.",
        kind: .value)
    }
    return try ratios.enumerated().map { axis, ratio in
      let size = (Double(try input.size(axis - rank)) * ratio).rounded(.towardZero)
      guard let result = Int(exactly: size) else {
        throw TensorError("\(name): output_ratio \(ratio) gives no size", kind: .value)
      }
      return result
    }
  }
}
