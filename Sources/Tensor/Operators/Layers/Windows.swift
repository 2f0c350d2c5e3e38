extension Tensor {
  /// A pair of sizes from one or two given ones.
  ///
  /// - Parameter part: what the complaint calls the two, before `_height` and `_width`.
  private static func pair(_ name: String, _ values: [Int], atLeast lowest: Int, part: String) throws -> (Int, Int) {
    guard values.count == 1 || values.count == 2 else {
      throw TensorError("It is expected \(name) equals to 2, but got size \(values.count)")
    }
    let (height, width) = (values[0], values[values.count - 1])
    guard values.allSatisfy({ $0 >= lowest && $0 <= 1 << 31 }) else {
      throw TensorError(
        "\(name.split(separator: "_").joined(separator: " ")) should be \(lowest == 0 ? "non-negative" : "greater than zero"), but got \(part)_height: \(height) \(part)_width: \(width)"
      )
    }
    return (height, width)
  }

  /// The windows that a convolution sees, as columns: `F.unfold` of `[N, C, H, W]` to `[N, C * kh * kw, L]`.
  public func unfoldWindows(
    _ kernelSize: [Int], dilation: [Int] = [1], padding: [Int] = [0], stride: [Int] = [1]
  ) throws -> Tensor {
    let columns = try windowColumns(kernelSize, dilation: dilation, padding: padding, stride: stride)
    guard dtype.isFloatingPoint || dtype == .bool else { throw notImplemented("im2col_out_cpu", dtype) }
    return columns
  }

  private func windowColumns(
    _ kernelSize: [Int], dilation: [Int], padding: [Int], stride: [Int]
  ) throws -> Tensor {
    if rank == 0 { throw TensorError.index("Dimension specified as 1 but tensor has no dimensions") }
    if rank < 3 { _ = try wrapDimension(2, rank: rank) }
    guard rank == 3 || rank == 4 else {
      throw TensorError(
        "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: \(Shape.text(shape))"
      )
    }
    let x = rank == 3 ? try unsqueeze(0) : self
    let (kh, kw) = try Tensor.pair("kernel_size", kernelSize, atLeast: 1, part: "kernel")
    let (dh, dw) = try Tensor.pair("dilation", dilation, atLeast: 1, part: "dilation")
    let (ph, pw) = try Tensor.pair("padding", padding, atLeast: 0, part: "pad")
    let (sh, sw) = try Tensor.pair("stride", stride, atLeast: 1, part: "stride")
    guard !x.shape.dropFirst().contains(0) else {
      throw TensorError(
        "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: \(Shape.text(shape))"
      )
    }
    let padded = ph == 0 && pw == 0 ? x : try x.pad([pw, pw, ph, ph])
    let (spanH, spanW) = ((kh - 1) * dh + 1, (kw - 1) * dw + 1)
    guard padded.shape[2] >= spanH, padded.shape[3] >= spanW else {
      throw TensorError(
        "Given input with spatial size (\(x.shape[2]), \(x.shape[3])), kernel_size=(\(kh), \(kw)), dilation=(\(dh), \(dw)), padding=(\(ph), \(pw)), calculated shape of the array of sliding blocks as (\((padded.shape[2] - spanH) / sh + 1), \((padded.shape[3] - spanW) / sw + 1)), but its components must be at least one."
      )
    }
    let windows = try padded.unfold(2, spanH, sh).unfold(3, spanW, sw).slice(4, step: dh).slice(5, step: dw)
    let columns = try windows.permute([0, 1, 4, 5, 2, 3]).reshape([
      x.shape[0], try Shape.count([x.shape[1], kh, kw]), try Shape.count([windows.shape[2], windows.shape[3]]),
    ])
    return rank == 3 ? try columns.squeeze([0]) : columns
  }

  /// Columns of windows added up where they overlap: `F.fold`, from `[N, C * kh * kw, L]` to `[N, C, H, W]`.
  public func foldWindows(
    _ outputSize: [Int], _ kernelSize: [Int], dilation: [Int] = [1], padding: [Int] = [0], stride: [Int] = [1]
  ) throws -> Tensor {
    guard rank == 2 || rank == 3 else {
      throw TensorError("Expected 2D or 3D (batch mode) tensor for input, but got: \(Shape.text(shape))")
    }
    let x = rank == 2 ? try unsqueeze(0) : self
    let (height, width) = try Tensor.pair("output_size", outputSize, atLeast: 1, part: "output")
    let (kh, kw) = try Tensor.pair("kernel_size", kernelSize, atLeast: 1, part: "kernel")
    let (ph, pw) = try Tensor.pair("padding", padding, atLeast: 0, part: "pad")
    guard x.shape[1] % (kh * kw) == 0 else {
      throw TensorError(
        "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=\(x.shape[1]) and kernel_size=(\(kh), \(kw))."
      )
    }
    let (paddedHeight, paddedWidth) = (height + 2 * ph, width + 2 * pw)
    let places = try Tensor.arange(0, .int(Int64(paddedHeight * paddedWidth))).reshape([
      1, 1, paddedHeight, paddedWidth,
    ])
    .windowColumns(kernelSize, dilation: dilation, padding: [0], stride: stride)
    let channels = x.shape[1] / (kh * kw)
    guard places.shape[2] == x.shape[2] else {
      throw TensorError(
        "Given output_size=(\(height), \(width)), kernel_size=(\(kh), \(kw)), padding=(\(ph), \(pw)), expected size of input's dimension 2 to match the calculated number of sliding blocks \(places.shape[2]), but got input.size(2)=\(x.shape[2])."
      )
    }
    let index = try places.reshape([1, 1, places.count]).expand([x.shape[0], channels, places.count])
    let whole = try Tensor.zeros([x.shape[0], channels, paddedHeight * paddedWidth], dtype: dtype)
      .scatterAdd(2, index, x.reshape([x.shape[0], channels, places.count]))
      .reshape([x.shape[0], channels, paddedHeight, paddedWidth])
    let result = try whole.narrow(2, ph, height).narrow(3, pw, width).contiguous()
    return rank == 2 ? try result.squeeze([0]) : result
  }

  /// Channels moved to a grid `factor` times as fine: `[..., C * r * r, H, W]` to `[..., C, H * r, W * r]`.
  public func pixelShuffle(_ factor: Int) throws -> Tensor {
    guard rank >= 3 else {
      throw TensorError(
        "pixel_shuffle expects input to have at least 3 dimensions, but got input with \(rank) dimension(s)")
    }
    guard factor > 0, factor < 1 << 20 else {
      throw TensorError("pixel_shuffle expects a positive upscale_factor, but got \(factor)")
    }
    let (c, h, w) = (shape[rank - 3], shape[rank - 2], shape[rank - 1])
    guard c % (factor * factor) == 0 else {
      throw TensorError(
        "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=\(c) is not divisible by \(factor * factor)"
      )
    }
    let (lead, channels) = (Array(shape.dropLast(3)), c / (factor * factor))
    let n = lead.count
    let (height, width) = (try Shape.count([h, factor]), try Shape.count([w, factor]))
    return try reshape(lead + [channels, factor, factor, h, w])
      .permute(Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2]).reshape(lead + [channels, height, width])
  }

  /// The inverse of ``pixelShuffle(_:)``.
  public func pixelUnshuffle(_ factor: Int) throws -> Tensor {
    guard rank >= 3 else {
      throw TensorError(
        "pixel_unshuffle expects input to have at least 3 dimensions, but got input with \(rank) dimension(s)")
    }
    guard factor > 0, factor < 1 << 20 else {
      throw TensorError("pixel_unshuffle expects a positive downscale_factor, but got \(factor)")
    }
    let (c, h, w) = (shape[rank - 3], shape[rank - 2], shape[rank - 1])
    for (name, size) in [("height", h), ("width", w)] where size % factor != 0 {
      throw TensorError(
        "pixel_unshuffle expects \(name) to be divisible by downscale_factor, but input.size(\(name == "height" ? -2 : -1))=\(size) is not divisible by \(factor)"
      )
    }
    let (lead, channels) = (Array(shape.dropLast(3)), try Shape.count([c, factor, factor]))
    let n = lead.count
    return try reshape(lead + [c, h / factor, factor, w / factor, factor])
      .permute(Array(0..<n) + [n, n + 2, n + 4, n + 1, n + 3])
      .reshape(lead + [channels, h / factor, w / factor])
  }

  /// Channels of `groups` groups interleaved: `F.channel_shuffle`.
  public func channelShuffle(_ groups: Int) throws -> Tensor {
    guard rank >= 3 else {
      throw TensorError("channel_shuffle expects input with > 2 dims, but got input with sizes \(Shape.text(shape))")
    }
    guard groups > 0, shape[1] % groups == 0 else {
      throw TensorError(
        "Number of channels must be divisible by groups. Got \(shape[1]) channels and \(groups) groups.")
    }
    let rest = Array(shape.dropFirst(2))
    return try reshape([shape[0], groups, shape[1] / groups] + rest).transpose(1, 2).reshape(shape)
  }

  /// `out[i][j] = self[index[i][j]][j]` along `dim`, both broadcast elsewhere; without `dim` in the flattened tensors.
  public func takeAlongDim(_ index: Tensor, _ dim: Int? = nil) throws -> Tensor {
    guard let dim else { return try contiguous().reshape([count]).gather(0, index.reshape([index.count])) }
    guard rank == index.rank else {
      throw TensorError(
        "torch.take_along_dim(): input and indices should have the same number of dimensions, but got \(rank) dimensions for input, and \(index.rank) dimensions for indices"
      )
    }
    guard index.dtype == .int64 || index.dtype == .int32 else {
      throw TensorError(
        "torch.take_along_dim(): dtype of indices should be Long but got \(index.dtype.scalarTypeName)")
    }
    let axis = try wrapDimension(dim, rank: rank)
    if rank == 0 { return try gather(0, index) }
    var (own, other) = (shape, index.shape)
    (own[axis], other[axis]) = (1, 1)
    let common = try Shape.broadcast(own, other)
    (own, other) = (common, common)
    own[axis] = shape[axis]
    other[axis] = index.shape[axis]
    // Positions go around here.
    let positions = shape[axis] > 0 ? try index.remainder(shape[axis]) : index
    return try expand(own).gather(axis, positions.expand(other))
  }
}
