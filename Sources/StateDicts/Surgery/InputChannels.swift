import Tensor

extension NamedTensors {
  /// The same with a first convolution for images of another number of channels, that answers to grey pictures as before.
  ///
  /// To one channel the weights are summed over all channels (over each three, where there are more than three). From three, or
  /// one, to `n` the channels are repeated, and scaled so that their sum stays.
  ///
  /// Source: `adapt_input_conv` of timm, https://github.com/huggingface/pytorch-image-models
  ///
  /// - Parameters:
  ///   - name: the convolution's path, or its weight's key.
  ///   - channels: how many the images have.
  /// - Throws: ``TensorError`` where there is no such weight of shape `[out, in, height, width]`, or no way to convert it.
  public func adaptingInputConvolution(_ name: String, channels: Int) throws -> Self {
    let key = tensor(name) == nil ? name + ".weight" : name
    let weight = try requiredTensor(key)
    guard weight.rank == 4 else {
      throw TensorError(
        "adapt_input_conv(): '\(key)' is no convolution of images: its shape is \(Shape.sizeText(weight.shape))")
    }
    return try replacing(key, with: try GradMode.with(false) { try weight.detach().adapted(to: channels) })
  }
}

extension Tensor {
  fileprivate func adapted(to channels: Int) throws -> Tensor {
    let (count, old) = (shape[0], shape[1])
    if channels == old { return self }
    let weight = dtype == .float64 ? self : try to(.float32)
    let adapted: Tensor
    switch (old, channels) {
    case (let old, 1) where old > 3:
      guard old % 3 == 0 else { throw impossible(channels) }
      adapted = try weight.reshape([count, old / 3, 3, shape[2], shape[3]]).sum([2])
    case (2..., 1): adapted = try weight.sum([1], keepDim: true)
    case (3, 1...), (1, 1...):
      let repeats = (channels - 1) / old + 1
      adapted = try weight.repeated([1, repeats, 1, 1]).narrow(1, 0, channels).mul(Double(old) / Double(channels))
    default: throw impossible(channels)
    }
    return try adapted.to(dtype)
  }

  private func impossible(_ channels: Int) -> TensorError {
    TensorError(
      "adapt_input_conv(): weights of \(shape[1]) channels cannot be converted to \(channels); from 3 channels or 1 they can",
      kind: .notImplemented)
  }
}
