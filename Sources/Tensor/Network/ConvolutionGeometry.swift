/// The sizes of a convolution of any number of spatial dimensions, checked.
///
/// Shapes are PyTorch's: input `[N, C, *in]`, weight `[O, C / groups, *kernel]`, output `[N, O, *out]`.
struct ConvolutionGeometry: Hashable {
  let batch: Int
  let inputChannels: Int
  let outputChannels: Int
  let groups: Int
  let input: [Int]
  let kernel: [Int]
  let output: [Int]
  let stride: [Int]
  /// Zeros before the first and after the last element of each spatial dimension.
  let paddingBefore: [Int]
  let paddingAfter: [Int]
  let dilation: [Int]

  var inputShape: [Int] { [batch, inputChannels] + input }
  var weightShape: [Int] { [outputChannels, inputChannels / groups] + kernel }
  var outputShape: [Int] { [batch, outputChannels] + output }

  /// - Throws: ``TensorError`` in PyTorch's words for shapes that do not go together.
  init(
    inputShape: [Int], weightShape: [Int], stride: [Int], paddingBefore: [Int], paddingAfter: [Int], dilation: [Int],
    groups: Int
  ) throws {
    let rank = weightShape.count - 2
    try Self.checkParameters(rank, stride, paddingBefore, dilation, groups)
    guard inputShape.count == rank + 2 else {
      throw TensorError(
        "Expected \(rank + 1)D (unbatched) or \(rank + 2)D (batched) input to conv\(rank)d, but got input of size: \(Shape.text(inputShape))"
      )
    }
    try Self.checkGroups(groups, weightShape)
    guard inputShape[1] == weightShape[1] &* groups else {
      throw TensorError(
        "Given groups=\(groups), weight of size \(Shape.text(weightShape)), expected input\(Shape.text(inputShape)) to have \(weightShape[1] &* groups) channels, but got \(inputShape[1]) channels instead"
      )
    }
    var output: [Int] = []
    for d in 0..<rank {
      let span = try Self.span(weightShape[d + 2], dilation[d])
      let padded = try Self.sum(inputShape[d + 2], paddingBefore[d], paddingAfter[d])
      guard weightShape[d + 2] > 0 else {
        let kernel = Array(weightShape.dropFirst(2))
        throw TensorError(
          "kernel size should be greater than zero, but got \(Self.named("kernel", rank == 1 ? [1] + kernel : kernel, " "))"
        )
      }
      guard padded >= span else {
        let sizes = (0..<rank).map { "\(inputShape[$0 + 2] &+ paddingBefore[$0] &+ paddingAfter[$0])" }
        let spans = (0..<rank).map { "\(dilation[$0] &* (weightShape[$0 + 2] &- 1) &+ 1)" }
        throw TensorError(
          "Calculated padded input size per channel: (\(sizes.joined(separator: " x "))). Kernel size: (\(spans.joined(separator: " x "))). Kernel size can't be greater than actual input size"
        )
      }
      output.append((padded - span) / stride[d] + 1)
    }
    self.init(
      batch: inputShape[0], inputChannels: inputShape[1], outputChannels: weightShape[0], groups: groups,
      input: Array(inputShape[2...]), kernel: Array(weightShape[2...]), output: output, stride: stride,
      paddingBefore: paddingBefore, paddingAfter: paddingAfter, dilation: dilation)
    _ = try Shape.count(outputShape)
  }

  /// The convolution whose gradient with respect to its input is the transposed convolution asked for: its "input" is the
  /// transposed one's output.
  ///
  /// - Parameter inputShape: `[N, C, *in]` of the transposed convolution; its weight is `[C, O / groups, *kernel]`.
  /// - Throws: ``TensorError`` in PyTorch's words for shapes that do not go together.
  init(
    transposedInputShape inputShape: [Int], weightShape: [Int], stride: [Int], padding: [Int], outputPadding: [Int],
    dilation: [Int], groups: Int
  ) throws {
    let rank = weightShape.count - 2
    try Self.checkParameters(rank, stride, padding, dilation, groups, outputPadding)
    guard inputShape.count == rank + 2 else {
      throw TensorError(
        "Expected \(rank + 1)D (unbatched) or \(rank + 2)D (batched) input to conv_transpose\(rank)d, but got input of size: \(Shape.text(inputShape))"
      )
    }
    try Self.checkGroups(groups, weightShape)
    guard inputShape[1] == weightShape[0] else {
      throw TensorError(
        "Given transposed=1, weight of size \(Shape.text(weightShape)), expected input\(Shape.text(inputShape)) to have \(weightShape[0]) channels, but got \(inputShape[1]) channels instead"
      )
    }
    var grown: [Int] = []
    for d in 0..<rank {
      guard outputPadding[d] < max(stride[d], dilation[d]) else {
        // One dimension is computed as the second of two.
        func named(_ name: String, _ values: [Int], _ first: Int) -> String {
          Self.named(name, rank == 1 ? [first] + values : values, " ")
        }
        throw TensorError(
          "output padding must be smaller than either stride or dilation, but got \(named("output_padding", outputPadding, 0)) \(named("stride", stride, 1)) \(named("dilation", dilation, 1))"
        )
      }
      let span = try Self.span(weightShape[d + 2], dilation[d])
      let (reach, overflow) = (inputShape[d + 2] &- 1).multipliedReportingOverflow(by: stride[d])
      let size = reach &- 2 &* padding[d] &+ span &+ outputPadding[d]
      guard !overflow, inputShape[d + 2] > 0, weightShape[d + 2] > 0, size > 0 else {
        let sizes = (0..<rank).map { d in
          let reach = (inputShape[d + 2] &- 1) &* stride[d]
          let span = dilation[d] &* (weightShape[d + 2] &- 1) &+ 1
          return reach &- 2 &* padding[d] &+ span &+ outputPadding[d]
        }
        func text(_ sizes: [Int]) -> String {
          ((rank == 1 ? [1] : []) + sizes).map(String.init).joined(separator: " x ")
        }
        throw TensorError(
          "Given input size per channel: (\(text(Array(inputShape[2...])))). Calculated output size per channel: (\(text(sizes))). Output size is too small"
        )
      }
      grown.append(size)
    }
    self.init(
      batch: inputShape[0], inputChannels: weightShape[1] &* groups, outputChannels: inputShape[1], groups: groups,
      input: grown, kernel: Array(weightShape[2...]), output: Array(inputShape[2...]), stride: stride,
      paddingBefore: padding, paddingAfter: zip(padding, outputPadding).map { $0 - $1 }, dilation: dilation)
    _ = try Shape.count(self.inputShape)
  }

  private init(
    batch: Int, inputChannels: Int, outputChannels: Int, groups: Int, input: [Int], kernel: [Int], output: [Int],
    stride: [Int], paddingBefore: [Int], paddingAfter: [Int], dilation: [Int]
  ) {
    self.batch = batch
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.groups = groups
    self.input = input
    self.kernel = kernel
    self.output = output
    self.stride = stride
    self.paddingBefore = paddingBefore
    self.paddingAfter = paddingAfter
    self.dilation = dilation
  }

  /// Values with the names of their dimensions, of which there are at least two.
  private static func named(_ name: String, _ values: [Int], _ separator: String) -> String {
    zip(["depth", "height", "width"].suffix(values.count), values).map { "\(name)_\($0): \($1)" }
      .joined(separator: separator)
  }

  private static func checkGroups(_ groups: Int, _ weightShape: [Int]) throws {
    guard weightShape[0] >= groups else {
      throw TensorError(
        "Given groups=\(groups), expected weight to be at least \(groups) at dimension 0, but got weight of size \(Shape.text(weightShape)) instead"
      )
    }
    guard weightShape[0] % groups == 0 else {
      throw TensorError(
        "Given groups=\(groups), expected weight to be divisible by \(groups) at dimension 0, but got weight of size [\(Shape.text(weightShape))] instead"
      )
    }
  }

  private static func checkParameters(
    _ rank: Int, _ stride: [Int], _ padding: [Int], _ dilation: [Int], _ groups: Int, _ outputPadding: [Int]? = nil
  ) throws {
    guard (1...3).contains(rank) else {
      throw TensorError("Expected 3D, 4D or 5D weight for a convolution, but got a weight of \(rank + 2) dimensions")
    }
    let outer = [("output_padding", outputPadding ?? stride)]
    for (name, values) in [("stride", stride), ("padding", padding), ("dilation", dilation)] + outer
    where values.count != rank {
      throw TensorError(
        "expected \(name) to be a single integer value or a list of \(rank) values to match the convolution dimensions, but got \(name)=\(Shape.text(values))"
      )
    }
    guard groups > 0 else { throw TensorError("non-positive groups is not supported") }
    guard stride.allSatisfy({ $0 > 0 }) else { throw TensorError("non-positive stride is not supported") }
    guard padding.allSatisfy({ $0 >= 0 }) else { throw TensorError("negative padding is not supported") }
    guard outputPadding?.allSatisfy({ $0 >= 0 }) ?? true else {
      throw TensorError("negative output_padding is not supported")
    }
    guard dilation.allSatisfy({ $0 > 0 }) else {
      throw TensorError(
        outputPadding == nil
          ? "dilation should be greater than zero, but got \(Shape.text(dilation))"
          : "dilation should be greater than zero, but got \(named("dilation", rank == 1 ? [1] + dilation : dilation, ", "))"
      )
    }
    // Sizes beyond this could overflow sums of a few of them.
    for value in stride + padding + dilation + (outputPadding ?? []) where value > Int(Int32.max) {
      throw TensorError("convolution parameter \(value) is too large")
    }
  }

  /// How many input elements a kernel of `size` taps reaches over.
  private static func span(_ size: Int, _ dilation: Int) throws -> Int {
    let (reach, overflow) = dilation.multipliedReportingOverflow(by: max(size - 1, 0))
    guard !overflow, reach < Int(Int32.max) else { throw TensorError("kernel of size \(size) is too large") }
    return reach + 1
  }

  private static func sum(_ a: Int, _ b: Int, _ c: Int) throws -> Int {
    let (ab, first) = a.addingReportingOverflow(b)
    let (abc, second) = ab.addingReportingOverflow(c)
    guard !first && !second else { throw TensorError("padded input size is too large") }
    return abc
  }
}
