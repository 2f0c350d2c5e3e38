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
    for rank in 1...3 {
      let n = "int[\(rank)]"
      let input = "torch.ones(\(Array(repeating: "4", count: rank + 2).joined(separator: ", ")))"
      results(
        "max_pool\(rank)d",
        "(input: Tensor, kernel_size: \(n), stride: \(n)|nil = nil, padding: \(n) = 0, dilation: \(n) = 1, ceil_mode: bool = false, return_indices: bool = false) -> Tensor, Tensor",
        "The largest element of each window, with its index if wanted.", "F.max_pool\(rank)d(\(input), 2)"
      ) { a in
        let (x, kernel, stride) = (try a.tensor(0), try a.ints(1).filling(rank), try a.optionalInts(2)?.filling(rank))
        let (padding, dilation) = (try a.ints(3).filling(rank), try a.ints(4).filling(rank))
        guard try a.bool(6) else {
          return a.result(
            try Functional.maxPool(
              x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: a.bool(5)))
        }
        let found = try Functional.maxPoolWithIndices(
          x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: a.bool(5))
        return a.results(found.values, found.indices)
      }
      let divisor = rank == 1 ? "" : ", divisor_override: int? = nil"
      add(
        "avg_pool\(rank)d",
        "(input: Tensor, kernel_size: \(n), stride: \(n)|nil = nil, padding: \(n) = 0, ceil_mode: bool = false, count_include_pad: bool = true\(divisor)) -> Tensor",
        "The mean of each window.", "F.avg_pool\(rank)d(\(input), 2)"
      ) { a in
        try Functional.averagePool(
          a.tensor(0), kernel: a.ints(1).filling(rank), stride: a.optionalInts(2)?.filling(rank),
          padding: a.ints(3).filling(rank), ceilMode: a.bool(4), countIncludePad: a.bool(5),
          divisorOverride: rank == 1 ? nil : a.optionalInt(6))
      }
      add(
        "adaptive_avg_pool\(rank)d", "(input: Tensor, output_size: int|table) -> Tensor",
        "Means of windows, so that the output has a size; nil for a dimension's keeps it.",
        "F.adaptive_avg_pool\(rank)d(\(input), 1)"
      ) { a in try Functional.adaptiveAveragePool(a.tensor(0), output: a.outputSizes(1, rank)) }
      results(
        "adaptive_max_pool\(rank)d",
        "(input: Tensor, output_size: int|table, return_indices: bool = false) -> Tensor, Tensor",
        "Largest elements of windows, so that the output has a size; nil for a dimension's keeps it.",
        "F.adaptive_max_pool\(rank)d(\(input), 1)"
      ) { a in
        let found = try Functional.adaptiveMaxPool(a.tensor(0), output: a.outputSizes(1, rank))
        return try a.bool(2) ? a.results(found.values, found.indices) : a.result(found.values)
      }
    }
  }

  private mutating func addTransposedConvolutions() {
    for rank in 1...3 {
      let n = "int[\(rank)]"
      let ones = Array(repeating: "1", count: rank + 2).joined(separator: ", ")
      add(
        "conv_transpose\(rank)d",
        "(input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: \(n) = 1, padding: \(n) = 0, output_padding: \(n) = 0, groups: int = 1, dilation: \(n) = 1) -> Tensor",
        "The gradient of a convolution as an operator.",
        "F.conv_transpose\(rank)d(torch.ones(\(ones)), torch.ones(\(ones)))"
      ) { a in
        try Functional.transposedConvolution(
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
      "The last dimensions with mean 0 and variance 1.", "F.layer_norm(torch.randn(2, 3), {3})"
    ) { a in
      try a.tensor(0).layerNorm(
        a.ints(1), weight: a.optionalTensor(2), bias: a.optionalTensor(3), eps: a.double(4))
    }
    add(
      "rms_norm", "(input: Tensor, normalized_shape: int[], weight: Tensor? = nil, eps: float? = nil) -> Tensor",
      "The last dimensions with mean square 1.", "F.rms_norm(torch.randn(2, 3), {3})"
    ) { a in try a.tensor(0).rmsNorm(a.ints(1), weight: a.optionalTensor(2), eps: a.optionalDouble(3)) }
    add(
      "group_norm", "(input: Tensor, num_groups: int, \(parameters), eps: float = 1e-05) -> Tensor",
      "Groups of channels with mean 0 and variance 1.", "F.group_norm(torch.randn(2, 4, 3), 2)"
    ) { a in
      try a.tensor(0).groupNorm(a.int(1), weight: a.optionalTensor(2), bias: a.optionalTensor(3), eps: a.double(4))
    }
    add(
      "instance_norm",
      "(input: Tensor, running_mean: Tensor? = nil, running_var: Tensor? = nil, \(parameters), use_input_stats: bool = true, momentum: float = 0.1, eps: float = 1e-05) -> Tensor",
      "Each sample's channels with mean 0 and variance 1.", "F.instance_norm(torch.randn(2, 3, 4))"
    ) { a in
      try a.tensor(0).instanceNorm(
        runningMean: a.optionalTensor(1), runningVar: a.optionalTensor(2), weight: a.optionalTensor(3),
        bias: a.optionalTensor(4), useInputStats: a.bool(5), momentum: a.double(6), eps: a.double(7))
    }
    add(
      "local_response_norm",
      "(input: Tensor, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0) -> Tensor",
      "Elements divided by a power of neighbouring channels' squares.",
      "F.local_response_norm(torch.randn(1, 4, 3), 2)"
    ) { a in try a.tensor(0).localResponseNorm(a.int(1), alpha: a.double(2), beta: a.double(3), k: a.double(4)) }
  }

  private mutating func addResampling() {
    add(
      "pad", "(input: Tensor, pad: int[], mode: string = 'constant', value: float? = nil) -> Tensor",
      "New elements around the last dimensions; mode is 'constant', 'reflect', 'replicate' or 'circular'.",
      "F.pad(torch.ones(2), {1, 1})"
    ) { a in
      let modes: [String: Tensor.PaddingMode] = [
        "constant": .constant(try a.optionalDouble(3) ?? 0), "reflect": .reflect, "replicate": .replicate,
        "circular": .circular,
      ]
      guard let mode = modes[try a.string(2)] else {
        throw TensorError("Unrecognised padding mode \(try a.string(2))", kind: .notImplemented)
      }
      return try a.tensor(0).pad(a.ints(1), mode: mode)
    }
    for name in ["interpolate", "upsample"] {
      add(
        name,
        "(input: Tensor, size: int|int[]|nil = nil, scale_factor: float|float[]|nil = nil, mode: string = 'nearest', align_corners: bool? = nil, recompute_scale_factor: bool? = nil, antialias: bool = false) -> Tensor",
        "The spatial dimensions brought to other sizes.", "F.\(name)(torch.ones(1, 1, 2, 2), {size = 4})"
      ) { a in
        try a.tensor(0).interpolate(
          size: a.optionalInts(1), scaleFactor: a.optionalDoubles(2), mode: a.interpolationMode(3, of: a.tensor(0)),
          alignCorners: a.optionalBool(4),
          recomputeScaleFactor: a.optionalBool(5) ?? false, antialias: a.bool(6))
      }
    }
    for (name, isNearest) in [("upsample_nearest", true), ("upsample_bilinear", false)] {
      add(
        name, "(input: Tensor, size: int|int[]|nil = nil, scale_factor: float|float[]|nil = nil) -> Tensor",
        "The spatial dimensions made larger.", "F.\(name)(torch.ones(1, 1, 2, 2), {size = 4})"
      ) { a in
        try a.tensor(0).interpolate(
          size: a.optionalInts(1), scaleFactor: a.optionalDoubles(2), mode: isNearest ? .nearest : .bilinear,
          alignCorners: isNearest ? nil : true)
      }
    }
    add(
      "grid_sample",
      "(input: Tensor, grid: Tensor, mode: string = 'bilinear', padding_mode: string = 'zeros', align_corners: bool? = nil) -> Tensor",
      "The values at the points of a grid.", "F.grid_sample(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 2))"
    ) { a in
      let (modeName, paddingName) = (try a.string(2), try a.string(3))
      guard let mode = Tensor.InterpolationMode(rawValue: modeName), [.bilinear, .nearest, .bicubic].contains(mode)
      else {
        throw TensorError(
          "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '\(modeName)'",
          kind: .value)
      }
      guard let padding = Tensor.GridPadding(rawValue: paddingName) else {
        throw TensorError(
          "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '\(paddingName)'",
          kind: .value)
      }
      return try a.tensor(0).gridSample(
        a.tensor(1), mode: mode, paddingMode: padding, alignCorners: a.optionalBool(4) ?? false)
    }
  }

  private mutating func addWindows() {
    let windows = "dilation: int[2] = 1, padding: int[2] = 0, stride: int[2] = 1"
    add(
      "unfold", "(input: Tensor, kernel_size: int[2], \(windows)) -> Tensor",
      "The windows that a convolution sees, as columns.", "F.unfold(torch.ones(1, 1, 3, 3), 2)"
    ) { a in
      try a.tensor(0).unfoldWindows(a.ints(1), dilation: a.ints(2), padding: a.ints(3), stride: a.ints(4))
    }
    add(
      "fold", "(input: Tensor, output_size: int[2], kernel_size: int[2], \(windows)) -> Tensor",
      "Columns of windows added up where they overlap.", "F.fold(torch.ones(1, 4, 4), 3, 2)"
    ) { a in
      try a.tensor(0).foldWindows(
        a.ints(1), a.ints(2), dilation: a.ints(3), padding: a.ints(4), stride: a.ints(5))
    }
    add(
      "pixel_shuffle", "(input: Tensor, upscale_factor: int) -> Tensor", "Channels moved to a finer grid.",
      "F.pixel_shuffle(torch.ones(4, 1, 1), 2)"
    ) { a in try a.tensor(0).pixelShuffle(a.int(1)) }
    add(
      "pixel_unshuffle", "(input: Tensor, downscale_factor: int) -> Tensor", "The inverse of pixel_shuffle().",
      "F.pixel_unshuffle(torch.ones(1, 2, 2), 2)"
    ) { a in try a.tensor(0).pixelUnshuffle(a.int(1)) }
    add(
      "channel_shuffle", "(input: Tensor, groups: int) -> Tensor", "Channels of groups interleaved.",
      "F.channel_shuffle(torch.ones(1, 4, 2), 2)"
    ) { a in try a.tensor(0).channelShuffle(a.int(1)) }
  }

  private mutating func addAttention() {
    add(
      "scaled_dot_product_attention",
      "(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor? = nil, dropout_p: float = 0.0, is_causal: bool = false, scale: float? = nil, enable_gqa: bool = false) -> Tensor",
      "softmax(Q K^T / sqrt(E)) V.",
      "F.scaled_dot_product_attention(torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 3))"
    ) { a in
      try a.tensor(0).scaledDotProductAttention(
        a.tensor(1), a.tensor(2), mask: a.optionalTensor(3), dropout: a.double(4), isCausal: a.bool(5),
        scale: a.optionalDouble(6), enableGQA: a.bool(7))
    }
    add(
      "embedding",
      "(input: Tensor, weight: Tensor, padding_idx: int? = nil, max_norm: float? = nil, norm_type: float = 2.0, scale_grad_by_freq: bool = false, sparse: bool = false) -> Tensor",
      "The rows of a table.", "F.embedding(torch.tensor{0, 1}, torch.eye(2))"
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
      "one_hot", "(input: Tensor, num_classes: int = -1) -> Tensor", "Classes as rows with a single one.",
      "F.one_hot(torch.tensor{0, 2})"
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
      throw TensorError("\(functionName): output_size must be \(rank)")
    }
    return sizes + [Int?](repeating: nil, count: rank - sizes.count)
  }

  /// The mode of an interpolation by its name.
  ///
  /// - Parameter input: what the error says the dimensions of.
  func interpolationMode(_ index: Int, of input: Tensor? = nil) throws -> Tensor.InterpolationMode {
    let text = try string(index)
    guard let mode = Tensor.InterpolationMode(rawValue: text) else {
      let got = input.map { " (got \($0.rank)D)" } ?? ""
      throw TensorError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported\(got) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got \(text))",
        kind: .notImplemented)
    }
    return mode
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
