import Lua
import Tensor

extension OperatorList {
  /// What layers other than convolutions compute.
  mutating func addLayerOperators() {
    addPoolings()
    addTransposedConvolutions()
    addNormalizations()
    addResampling()
    addWindows()
    addAttention()
  }

  private mutating func addPoolings() {
    let kinds = ["(N, C, L)", "(N, C, H, W)", "(N, C, D, H, W)"]
    for rank in 1...3 {
      let n = "int|int[]"
      let input = "torch.ones(\("4".repeated(rank + 2)))"
      let (opening, closing) = (String(repeating: "[", count: rank + 1), String(repeating: "]", count: rank + 1))
      let largest = """
        The largest element of each window of \(kinds[rank - 1]). Windows lie stride apart, as far as they are large unless given; \
        padding counts as -inf, ceil_mode lets the last windows reach over the end.
        """
      let windows =
        "kernel_size: \(n), stride: \(n)|nil = nil, padding: \(n) = 0, dilation: \(n) = 1, ceil_mode: bool = false"
      results(
        "max_pool\(rank)d", "(input: Tensor, \(windows), return_indices: bool = false) -> Tensor, Tensor",
        "\(largest) With return_indices also where each lies in its channel.",
        "F.max_pool\(rank)d(\(input), 2).shape --> torch.Size([4, 4, \("2".repeated(rank))])"
      ) { a in
        let (x, sizes) = (try a.tensor(0), try a.maxPoolSizes(rank, isPlain: !a.bool(6)))
        guard try a.bool(6) else {
          return a.result(
            try Functional.maxPool(
              x, kernel: sizes.kernel, stride: sizes.stride, padding: sizes.padding, dilation: sizes.dilation,
              ceilMode: a.bool(5)))
        }
        return try a.maxPoolWithIndices(x, sizes)
      }
      results(
        "max_pool\(rank)d_with_indices", "(input: Tensor, \(windows), return_indices: bool = false) -> Tensor, Tensor",
        "\(largest) Also where each lies in its channel: max_pool\(rank)d() with return_indices.",
        "F.max_pool\(rank)d_with_indices(torch.ones(1, \("2".repeated(rank))), 2) --> tensor(\(opening)1.\(closing))  tensor(\(opening)0\(closing))"
      ) { a in try a.maxPoolWithIndices(a.tensor(0), a.maxPoolSizes(rank, isPlain: false)) }
      let divisor = rank == 1 ? "" : ", divisor_override: int? = nil"
      add(
        "avg_pool\(rank)d",
        "(input: Tensor, kernel_size: \(n), stride: \(n)|nil = nil, padding: \(n) = 0, ceil_mode: bool = false, count_include_pad: bool = true\(divisor)) -> Tensor",
        """
        The mean of each window of \(kinds[rank - 1]). Windows lie stride apart, as far as they are large unless given; padding counts as \
        zeros, in the number of elements too unless count_include_pad is false.
        """, "F.avg_pool\(rank)d(\(input), 2).shape --> torch.Size([4, 4, \("2".repeated(rank))])"
      ) { a in
        try Functional.averagePool(
          a.tensor(0), kernel: a.poolingSizes(1, "kernel_size", rank),
          stride: a.has(2) ? a.poolingSizes(2, "stride", rank) : nil, padding: a.poolingSizes(3, "padding", rank),
          ceilMode: a.bool(4), countIncludePad: a.bool(5),
          divisorOverride: rank == 1 ? nil : a.optionalInt(6))
      }
      add(
        "adaptive_avg_pool\(rank)d", "(input: Tensor, output_size: int|table) -> Tensor",
        """
        The means of windows of \(kinds[rank - 1]) that are chosen so that the output has the size \
        output_size, in which nil keeps a dimension's; 1 is the mean of each channel.
        """,
        "F.adaptive_avg_pool\(rank)d(\(input), 1).shape --> torch.Size([4, 4, \("1".repeated(rank))])"
      ) { a in try Functional.adaptiveAveragePool(a.tensor(0), output: a.adaptiveSizes(rank)) }
      let adaptive = """
        The largest elements of windows of \(kinds[rank - 1]) that are chosen so that the output has the \
        size output_size, in which nil keeps a dimension's
        """
      results(
        "adaptive_max_pool\(rank)d",
        "(input: Tensor, output_size: int|table, return_indices: bool = false) -> Tensor, Tensor",
        "\(adaptive); with return_indices also where each lies in its channel.",
        "F.adaptive_max_pool\(rank)d(\(input), 1).shape --> torch.Size([4, 4, \("1".repeated(rank))])"
      ) { a in
        let found = try Functional.adaptiveMaxPool(a.tensor(0), output: a.adaptiveSizes(rank))
        return try a.bool(2) ? a.results(found.values, found.indices) : a.result(found.values)
      }
      results(
        "adaptive_max_pool\(rank)d_with_indices",
        "(input: Tensor, output_size: int|table, return_indices: bool = false) -> Tensor, Tensor",
        "\(adaptive). Also where each lies in its channel: adaptive_max_pool\(rank)d() with return_indices.",
        "F.adaptive_max_pool\(rank)d_with_indices(torch.ones(1, \("2".repeated(rank))), 1) --> tensor(\(opening)1.\(closing))  tensor(\(opening)0\(closing))"
      ) { a in
        let found = try Functional.adaptiveMaxPool(a.tensor(0), output: a.adaptiveSizes(rank))
        return a.results(found.values, found.indices)
      }
    }
  }

  private mutating func addTransposedConvolutions() {
    for rank in 1...3 {
      let n = "int|int[]"
      let (ones, twos) = ("1".repeated(rank), "2".repeated(rank))
      add(
        "conv_transpose\(rank)d",
        "(input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: \(n) = 1, padding: \(n) = 0, output_padding: \(n) = 0, groups: int = 1, dilation: \(n) = 1) -> Tensor",
        """
        A transposed convolution: each input element adds its multiple of the kernel to the output, as the gradient of a \
        convolution does. input is (N, C, ...), weight (C, out / groups, ...). Sizes become (size - 1) * stride - 2 * padding + \
        dilation * (k - 1) + output_padding + 1.
        """,
        "F.conv_transpose\(rank)d(torch.ones(1, 1, \(ones)), torch.ones(1, 1, \(twos))).shape --> torch.Size([1, 1, \(twos)])"
      ) { a in
        try Functional.checkRanks(a.tensor(0), a.tensor(1), rank, a.functionName)
        return try Functional.transposedConvolution(
          a.tensor(0), a.tensor(1), a.optionalTensor(2), stride: a.ints(3).filling(rank),
          padding: a.ints(4).filling(rank), outputPadding: a.ints(5).filling(rank), groups: a.int(6),
          dilation: a.ints(7).filling(rank))
      }
    }
  }

  private mutating func addNormalizations() {
    let parameters = "weight: Tensor? = nil, bias: Tensor? = nil"
    add(
      "layer_norm", "(input: Tensor, normalized_shape: int[], \(parameters), eps: float = 1e-05) -> Tensor",
      """
      The last dimensions, whose sizes are normalized_shape, shifted and scaled to mean 0 and variance 1, \
      then times weight plus bias, which have that shape.
      """, "F.layer_norm(torch.tensor{{1., 3.}}, {2}) --> tensor([[-1.0000,  1.0000]])"
    ) { a in
      try a.tensor(0).layerNorm(
        a.ints(1), weight: a.optionalTensor(2), bias: a.optionalTensor(3), eps: a.double(4))
    }
    add(
      "rms_norm", "(input: Tensor, normalized_shape: int[], weight: Tensor? = nil, eps: float? = nil) -> Tensor",
      """
      The last dimensions, whose sizes are normalized_shape, divided by the root of their mean square plus \
      eps, then times weight.
      """, "F.rms_norm(torch.tensor{{3., 4.}}, {2}) --> tensor([[0.8485, 1.1314]])"
    ) { a in try a.tensor(0).rmsNorm(a.ints(1), weight: a.optionalTensor(2), eps: a.optionalDouble(3)) }
    add(
      "group_norm", "(input: Tensor, num_groups: int, \(parameters), eps: float = 1e-05) -> Tensor",
      """
      The channels, the second dimension, in num_groups groups, each shifted and scaled to mean 0 and \
      variance 1; then times weight plus bias, one number a channel.
      """, "F.group_norm(torch.tensor{{1., 3., 10., 30.}}, 2) --> tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])"
    ) { a in
      try a.tensor(0).groupNorm(a.int(1), weight: a.optionalTensor(2), bias: a.optionalTensor(3), eps: a.double(4))
    }
    add(
      "instance_norm",
      "(input: Tensor, running_mean: Tensor? = nil, running_var: Tensor? = nil, \(parameters), use_input_stats: bool = true, momentum: float = 0.1, eps: float = 1e-05) -> Tensor",
      """
      Each channel of each sample shifted and scaled to mean 0 and variance 1 over its positions, then times \
      weight plus bias. Without use_input_stats with the running statistics.
      """, "F.instance_norm(torch.tensor{{{1., 3.}}}) --> tensor([[[-1.0000,  1.0000]]])"
    ) { a in
      try a.tensor(0).instanceNorm(
        runningMean: a.optionalTensor(1), runningVar: a.optionalTensor(2), weight: a.optionalTensor(3),
        bias: a.optionalTensor(4), useInputStats: a.bool(5), momentum: a.double(6), eps: a.double(7))
    }
    add(
      "local_response_norm",
      "(input: Tensor, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0) -> Tensor",
      "Each element divided by (k + alpha / size * sum of squares over size neighbouring channels) ^ beta.",
      "F.local_response_norm(torch.ones(1, 4, 3), 2).shape --> torch.Size([1, 4, 3])"
    ) { a in try a.tensor(0).localResponseNorm(a.int(1), alpha: a.double(2), beta: a.double(3), k: a.double(4)) }
  }

  private mutating func addWindows() {
    let windows = "dilation: int|int[] = 1, padding: int|int[] = 0, stride: int|int[] = 1"
    add(
      "unfold", "(input: Tensor, kernel_size: int|int[], \(windows)) -> Tensor",
      """
      The windows that a convolution sees, as columns: (N, C, H, W) gives (N, C * kH * kW, L) for L windows.
      """, "F.unfold(torch.ones(1, 1, 3, 3), 2).shape --> torch.Size([1, 4, 4])"
    ) { a in
      try a.tensor(0).unfoldWindows(a.ints(1), dilation: a.ints(2), padding: a.ints(3), stride: a.ints(4))
    }
    add(
      "fold", "(input: Tensor, output_size: int|int[], kernel_size: int|int[], \(windows)) -> Tensor",
      """
      Columns of windows (N, C * kH * kW, L) put where unfold() takes them from, added up where they \
      overlap: (N, C, H, W) of the size output_size.
      """,
      "F.fold(torch.ones(1, 4, 4), 3, 2) --> tensor([[[[1., 2., 1.],\n-->           [2., 4., 2.],\n-->           [1., 2., 1.]]]])"
    ) { a in
      try a.tensor(0).foldWindows(
        a.ints(1), a.ints(2), dilation: a.ints(3), padding: a.ints(4), stride: a.ints(5))
    }
    add(
      "pixel_shuffle", "(input: Tensor, upscale_factor: int) -> Tensor",
      "Channels moved to a finer grid: (..., C * r^2, H, W) gives (..., C, H * r, W * r).",
      "F.pixel_shuffle(torch.ones(4, 1, 1), 2).shape --> torch.Size([1, 2, 2])"
    ) { a in try a.tensor(0).pixelShuffle(a.int(1)) }
    add(
      "pixel_unshuffle", "(input: Tensor, downscale_factor: int) -> Tensor",
      "The inverse of pixel_shuffle(): (..., C, H * r, W * r) gives (..., C * r^2, H, W).",
      "F.pixel_unshuffle(torch.ones(1, 2, 2), 2).shape --> torch.Size([4, 1, 1])"
    ) { a in try a.tensor(0).pixelUnshuffle(a.int(1)) }
    add(
      "channel_shuffle", "(input: Tensor, groups: int) -> Tensor",
      "The channels, the second dimension, of so many groups interleaved.",
      "F.channel_shuffle(torch.arange(4):view(1, 4, 1), 2):flatten() --> tensor([0, 2, 1, 3])"
    ) { a in try a.tensor(0).channelShuffle(a.int(1)) }
  }

  private mutating func addAttention() {
    add(
      "scaled_dot_product_attention",
      "(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor? = nil, dropout_p: float = 0.0, is_causal: bool = false, scale: float? = nil, enable_gqa: bool = false) -> Tensor",
      """
      softmax(Q K^T * scale + mask) V, with scale 1 / sqrt(E) unless given: query (..., L, E), key (..., S, \
      E), value (..., S, Ev) give (..., L, Ev). attn_mask is added, or if bool says what takes part; \
      is_causal lets nothing see what comes after it; enable_gqa lets several query heads share a key's.
      """,
      """
      q = torch.ones(1, 2, 3)
      F.scaled_dot_product_attention(q, q, q).shape --> torch.Size([1, 2, 3])
      """
    ) { a in
      try a.tensor(0).scaledDotProductAttention(
        a.tensor(1), a.tensor(2), mask: a.optionalTensor(3), dropout: a.double(4), isCausal: a.bool(5),
        scale: a.optionalDouble(6), enableGQA: a.bool(7))
    }
    add(
      "embedding",
      "(input: Tensor, weight: Tensor, padding_idx: int? = nil, max_norm: float? = nil, norm_type: float = 2.0, scale_grad_by_freq: bool = false, sparse: bool = false) -> Tensor",
      """
      The rows of the table weight at the positions input, integers of any shape: (...) gives (..., size of \
      a row). The row padding_idx gets no gradient; max_norm scales longer rows down first, in place.
      """,
      "F.embedding(torch.tensor{1, 0}, torch.tensor{{1., 2.}, {3., 4.}}) --> tensor([[3., 4.],\n-->         [1., 2.]])"
    ) { a in
      // torch.embedding has the table first; indices are int64 or int32.
      let areIndices = try [0, 1].map { position in
        let dtype = try a.tensor(position).dtype
        return dtype == .int64 || dtype == .int32
      }
      let isTableFirst = !areIndices[0] && areIndices[1]
      let (indices, table) = try isTableFirst ? (a.tensor(1), a.tensor(0)) : (a.tensor(0), a.tensor(1))
      return try table.embedding(
        indices, paddingIndex: a.optionalInt(2), maxNorm: a.optionalDouble(3), normType: a.double(4),
        scaleGradByFreq: a.bool(5))
    }
    add(
      "one_hot", "(input: Tensor, num_classes: int = -1) -> Tensor",
      """
      For each class number a row with a single 1: (...) gives (..., num_classes), int64; -1 takes the \
      largest class plus 1.
      """,
      "F.one_hot(torch.tensor{0, 2}) --> tensor([[1, 0, 0],\n-->         [0, 0, 1]])"
    ) { a in try a.tensor(0).oneHot(a.int(1)) }
  }
}

extension [Int] {
  /// A single size repeated for each of `count` dimensions.
  func filling(_ count: Int) -> [Int] {
    self.count == 1 && count > 1 ? [Int](repeating: self[0], count: count) : self
  }
}

extension Arguments {
  fileprivate typealias MaxPoolSizes = (kernel: [Int], stride: [Int]?, padding: [Int], dilation: [Int])

  fileprivate func maxPoolSizes(_ rank: Int, isPlain: Bool) throws -> MaxPoolSizes {
    func sizes(_ index: Int, _ name: String) throws -> [Int] {
      try poolingSizes(index, name, rank, isPlain: isPlain)
    }
    let (kernel, stride) = (try sizes(1, "kernel_size"), has(2) ? try sizes(2, "stride") : nil)
    return (kernel, stride, try sizes(3, "padding"), try sizes(4, "dilation"))
  }

  fileprivate func maxPoolWithIndices(_ x: Tensor, _ sizes: MaxPoolSizes) throws -> LuaResults {
    let found = try Functional.maxPoolWithIndices(
      x, kernel: sizes.kernel, stride: sizes.stride, padding: sizes.padding, dilation: sizes.dilation,
      ceilMode: bool(5))
    return results(found.values, found.indices)
  }

  /// The sizes of a pooling's windows, or of what else it is told for each dimension: one for all, or a table of one each. No
  /// strides at all are as none given.
  ///
  /// - Parameter isPlain: whether it is asked for values alone, of which `max_pool1d` has its own complaints.
  /// - Throws: ``TensorError`` in PyTorch's words for another number of sizes.
  fileprivate func poolingSizes(_ index: Int, _ name: String, _ rank: Int, isPlain: Bool = true) throws -> [Int] {
    let sizes = try ints(index).filling(rank)
    guard sizes.count != rank, !(name == "stride" && sizes.isEmpty) else { return sizes }
    let isMax = functionName.hasPrefix("max")
    guard rank > 1 else {
      guard isMax && isPlain else {
        throw TensorError("\(functionName)() argument '\(name)' should contain one int (got \(sizes.count))")
      }
      let wanted = [
        "kernel_size": "be an int, list of ints or", "stride": "be None, an int, list of ints, or",
        "padding": "be an int, list of ints, or", "dilation": "be an int, list of ints or",
      ]
      throw TensorError(
        "max_pool1d() \(name) must \(wanted[name] ?? "") tuple of ints of size 1 but got size \(sizes.count)")
    }
    let verb = name == "dilation" ? "be either" : rank == 2 || isMax ? "either be" : "be"
    let omitted = name == "stride" ? "omitted, " : ""
    throw TensorError(
      "\(functionName.replacing("_with_indices", with: "")): \(name) must \(verb) \(omitted)a single int, or a tuple of \(rank == 2 ? "two" : "three") ints"
    )
  }

  /// What ``outputSizes(_:_:)`` gives for the second argument.
  ///
  /// - Throws: ``TensorError`` for a table where the first argument has no dimension before those that it is for, too.
  fileprivate func adaptiveSizes(_ rank: Int) throws -> [Int?] {
    let sizes = try outputSizes(1, rank)
    if rank > 1, self[1].table != nil, try tensor(0).rank <= rank {
      throw TensorError("Input dimension should be at least \(rank + 1)", kind: .value)
    }
    return sizes
  }

  /// The sizes of an adaptive pooling's output: one for all of `rank` dimensions, or a table of one each, in which a nil stands
  /// for the input's size. A nil at the end cannot be told from a shorter table.
  func outputSizes(_ index: Int, _ rank: Int) throws -> [Int?] {
    guard let table = self[index].table else { return [Int?](repeating: try int(index), count: rank) }
    var sizes: [Int?] = []
    try table.forEachElement { element in
      guard element.isNil || element.integer != nil else { throw wrongType(index, expected: "tuple of ints") }
      sizes.append(element.integer.map { Int($0) })
    }
    guard sizes.count <= rank else {
      throw TensorError(
        rank == 1
          ? "\(functionName)() argument 'output_size' should contain one int (got \(sizes.count))"
          : functionName.contains("max")
            ? "\(functionName)(): internal error: output_size.size() must be \(rank)"
            : "\(functionName): output_size must be \(rank)")
    }
    return sizes + [Int?](repeating: nil, count: rank - sizes.count)
  }

  /// Numbers: a table of them or a single one; nil when nothing was given.
  func optionalDoubles(_ index: Int) throws -> [Double]? {
    guard has(index) else { return nil }
    guard let table = self[index].table else { return [try double(index)] }
    var numbers: [Double] = []
    try table.forEachElement { element in
      guard let number = element.number else { throw wrongType(index, expected: "tuple of floats") }
      numbers.append(number)
    }
    return numbers
  }
}
