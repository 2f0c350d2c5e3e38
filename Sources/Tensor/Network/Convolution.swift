/// The `padding` of a convolution.
public enum ConvolutionPadding: Hashable, Sendable {
  /// Zeros on both sides of each spatial dimension.
  case sizes([Int])
  /// As many zeros as keep the input's size; more of them after it where their number is odd.
  case same
  /// None.
  case valid
}

extension Functional {
  /// Slides `weight` over `input`: `F.conv1d`, `conv2d` and `conv3d`, by the weight's number of dimensions.
  ///
  /// `output[n, o, p] = bias[o] + sum over c, k of weight[o, c, k] * input[n, c, p * stride - padding + k * dilation]`
  ///
  /// - Parameters:
  ///   - input: `[N, C, *in]`, or `[C, *in]`.
  ///   - weight: `[O, C / groups, *kernel]`.
  ///   - bias: `[O]`.
  /// - Throws: ``TensorError`` in PyTorch's words for shapes and types that do not go together.
  public static func convolution(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int], padding: ConvolutionPadding,
    dilation: [Int], groups: Int = 1
  ) throws -> Tensor {
    let rank = weight.rank - 2
    guard rank >= 1 else { throw TensorError("weight should have at least three dimensions") }
    guard input.rank != rank + 1 else {
      return try convolution(
        input.unsqueeze(0), weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups
      ).squeeze([0])
    }
    let (before, after) = try sides(padding, weight.shape, stride, dilation)
    if weight.shape.contains(0) { try checkBias(bias, weight, channels: weight.shape[0], "Given") }
    let geometry = try ConvolutionGeometry(
      inputShape: input.shape, weightShape: weight.shape, stride: stride, paddingBefore: before, paddingAfter: after,
      dilation: dilation, groups: groups)
    try checkBias(bias, weight, channels: geometry.outputChannels, "Given")
    let isDilated = dilation.contains { $0 != 1 }
    let kernel = isDilated ? "slow_conv_dilated<>" : rank == 3 ? "slow_conv3d_cpu" : "slow_conv2d_cpu"
    try checkTypes(input, weight, bias, kernel, hasSmallIntegers: !isDilated)
    return try ConvolutionOperator.forward(input, weight, bias, geometry)
  }

  /// The gradient of a convolution with respect to its input, as an operator of its own: `F.conv_transpose1d`, `2d` and `3d`.
  ///
  /// - Parameters:
  ///   - input: `[N, C, *in]`, or `[C, *in]`.
  ///   - weight: `[C, O / groups, *kernel]`.
  ///   - outputPadding: added to one side of the output, whose size `stride` leaves open.
  /// - Throws: ``TensorError`` in PyTorch's words for shapes and types that do not go together.
  public static func transposedConvolution(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int], padding: [Int], outputPadding: [Int],
    groups: Int = 1, dilation: [Int]
  ) throws -> Tensor {
    let rank = weight.rank - 2
    guard rank >= 1 else { throw TensorError("weight should have at least three dimensions") }
    guard input.rank != rank + 1 else {
      return try transposedConvolution(
        input.unsqueeze(0), weight, bias, stride: stride, padding: padding, outputPadding: outputPadding,
        groups: groups, dilation: dilation
      ).squeeze([0])
    }
    let geometry = try ConvolutionGeometry(
      transposedInputShape: input.shape, weightShape: weight.shape, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups)
    try checkBias(bias, weight, channels: geometry.inputChannels, "Given transposed=1,")
    try checkTypes(
      input, weight, bias, "slow_conv_transpose\(rank == 3 ? 3 : 2)d_out_cpu", hasSmallIntegers: false)
    let result = try ConvolutionOperator.backwardData(input, weight, geometry, name: "ConvolutionBackward0")
    guard let bias else { return result }
    return try result.add(bias.reshape([-1] + [Int](repeating: 1, count: rank)))
  }

  /// - Throws: ``TensorError`` where an input has not as many dimensions as `name`, a convolution of `rank` ones, takes, or its weight has
  ///   others.
  public static func checkRanks(_ input: Tensor, _ weight: Tensor, _ rank: Int, _ name: String) throws {
    guard input.rank == rank + 1 || input.rank == rank + 2 else {
      throw TensorError(
        "Expected \(rank + 1)D (unbatched) or \(rank + 2)D (batched) input to \(name), but got input of size: \(Shape.text(input.shape))"
      )
    }
    guard rank > 1 || weight.rank <= rank + 2 else {
      let shape = (input.rank == rank + 1 ? [1] : []) + input.shape
      throw TensorError(
        "Expected \(weight.rank)-dimensional input for \(weight.rank)-dimensional weight \(Shape.text(weight.shape)), but got \(rank + 2)-dimensional input of size \(Shape.text(shape)) instead"
      )
    }
  }

  private static func checkTypes(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ kernel: String, hasSmallIntegers: Bool
  ) throws {
    if let bias, bias.dtype != input.dtype {
      throw TensorError(
        "Input type (\(input.dtype.mangledTypeName)) and bias type (\(bias.dtype.mangledTypeName)) should be the same")
    }
    guard input.dtype.isComputable, input.dtype != .bool,
      input.dtype.isFloatingPoint || input.dtype == .int64 || hasSmallIntegers
    else { throw notImplemented(kernel, input.dtype) }
    guard input.dtype == weight.dtype else {
      throw TensorError(
        "expected scalar type \(input.dtype.scalarTypeName) but found \(weight.dtype.scalarTypeName)")
    }
  }

  private static func checkBias(_ bias: Tensor?, _ weight: Tensor, channels: Int, _ lead: String) throws {
    guard let bias else { return }
    guard bias.shape == [channels] else {
      throw TensorError(
        "\(lead) weight of size \(Shape.text(weight.shape)), expected bias to be 1-dimensional with \(channels) elements, but got bias of size \(Shape.text(bias.shape)) instead"
      )
    }
  }

  private static func sides(
    _ padding: ConvolutionPadding, _ weightShape: [Int], _ stride: [Int], _ dilation: [Int]
  ) throws -> (before: [Int], after: [Int]) {
    let rank = max(weightShape.count - 2, 0)
    switch padding {
    case .sizes(let sizes): return (sizes, sizes)
    case .valid:
      let none = [Int](repeating: 0, count: rank)
      return (none, none)
    case .same:
      guard stride.allSatisfy({ $0 == 1 }) else {
        throw TensorError("padding='same' is not supported for strided convolutions")
      }
      guard dilation.count == rank else {
        throw TensorError("expected dilation to be a list of \(rank) values, but got dilation=\(Shape.text(dilation))")
      }
      var before: [Int] = []
      var after: [Int] = []
      for (d, size) in weightShape.dropFirst(2).enumerated() {
        let (total, overflow) = max(size - 1, 0).multipliedReportingOverflow(by: dilation[d])
        guard dilation[d] >= 0 else { throw TensorError("negative padding is not supported") }
        guard !overflow, dilation[d] > 0 else {
          throw TensorError("dilation should be greater than zero, but got \(Shape.text(dilation))")
        }
        before.append(total / 2)
        after.append(total - total / 2)
      }
      return (before, after)
    }
  }
}

/// The three products of which a convolution and all its gradients, of any order, are made. Each one's gradients are the other
/// two.
enum ConvolutionOperator {
  static func forward(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ g: ConvolutionGeometry
  ) throws -> Tensor {
    let inputs = [input, weight] + (bias.map { [$0] } ?? [])
    let needs = needsGradient(inputs)
    if let deferred = try BlockedConvolution.forward(input, weight, bias, g, mayWait: !needs) {
      return needs ? recordForward(deferred, inputs, g) : deferred
    }
    let result = try dispatch(input, shape: g.outputShape) { type, output in
      try direct(type, g, input: input, weight: weight, bias: bias, output: output)
    }
    return needs ? recordForward(result, inputs, g) : result
  }

  private static func recordForward(_ result: Tensor, _ inputs: [Tensor], _ g: ConvolutionGeometry) -> Tensor {
    let (x, w) = (SavedTensor(inputs[0]), SavedTensor(inputs[1]))
    return result.recorded("ConvolutionBackward0", inputs) { grad, needs in
      let input = needs[0] ? try backwardData(grad, try w(), g) : nil
      guard needs[1] else { return [input, nil, needs[2] ? try sumOverChannels(grad) : nil] }
      let (weight, bias) = try backwardWeight(grad, try x(), g, withBias: needs[2])
      return [input, weight, bias]
    }
  }

  /// The gradient with respect to the input of a convolution with output gradient `grad`.
  static func backwardData(
    _ grad: Tensor, _ weight: Tensor, _ g: ConvolutionGeometry, name: String = "ConvolutionBackwardBackward0"
  ) throws -> Tensor {
    let result =
      try BlockedConvolution.backwardData(grad, weight, g)
      ?? dispatch(grad, shape: g.inputShape) { type, output in
        try directBackwardData(type, g, grad: grad, weight: weight, output: output)
      }
    guard needsGradient(grad, weight) else { return result }
    let (saved, w) = (SavedTensor(grad), SavedTensor(weight))
    return result.recorded(name, [grad, weight]) { gradGrad, needs in
      [
        needs[0] ? try forward(gradGrad, try w(), nil, g) : nil,
        needs[1] ? try backwardWeight(try saved(), gradGrad, g, withBias: false).weight : nil,
      ]
    }
  }

  /// The gradients with respect to weight and bias.
  static func backwardWeight(
    _ grad: Tensor, _ input: Tensor, _ g: ConvolutionGeometry, withBias: Bool
  ) throws -> (weight: Tensor, bias: Tensor?) {
    let isRecorded = needsGradient(grad, input)
    if !isRecorded, let fast = try BlockedConvolution.backwardWeight(grad, input, g, withBias: withBias) { return fast }
    let weight =
      try BlockedConvolution.backwardWeight(grad, input, g, withBias: false)?.weight
      ?? dispatch(grad, shape: g.weightShape) { type, output in
        try directBackwardWeight(type, g, grad: grad, input: input, output: output)
      }
    let bias = withBias ? try sumOverChannels(grad) : nil
    guard isRecorded else { return (weight, bias) }
    let (saved, x) = (SavedTensor(grad), SavedTensor(input))
    let recorded = weight.recorded("ConvolutionBackwardBackward0", [grad, input]) { gradGrad, needs in
      [
        needs[0] ? try forward(try x(), gradGrad, nil, g) : nil,
        needs[1] ? try backwardData(try saved(), gradGrad, g) : nil,
      ]
    }
    return (recorded, bias)
  }

  private static func sumOverChannels(_ grad: Tensor) throws -> Tensor {
    try grad.sum(grad.shape.indices.filter { $0 != 1 })
  }

  private enum Compute { case float, double, int64 }

  /// A new tensor of the operand's type, computed by `body` in the compute type for it.
  private static func dispatch(
    _ operand: Tensor, shape: [Int], _ body: (Compute, Tensor) throws -> Void
  ) throws -> Tensor {
    let (kind, dtype): (Compute, DType) =
      switch operand.dtype.computeKind {
      case .float: (.float, .float32)
      case .double: (.double, .float64)
      case .int64: (.int64, .int64)
      }
    let output = try Tensor(empty: shape, dtype: dtype)
    if output.count > 0 { try body(kind, output) }
    return try output.to(operand.dtype)
  }

  private static func direct(
    _ type: Compute, _ g: ConvolutionGeometry, input: Tensor, weight: Tensor, bias: Tensor?, output: Tensor
  ) throws {
    func run<T: ComputeElement & Numeric>(_: T.Type) throws {
      let (x, w) = (try plain(input, T.self), try plain(weight, T.self))
      let b = try bias.map { try plain($0, T.self) }
      try DirectConvolution<T>.forward(
        g, input: try address(x), weight: try address(w), bias: try b.map { try address($0) },
        output: try target(output))
    }
    switch type {
    case .float: try run(Float.self)
    case .double: try run(Double.self)
    case .int64: try run(Int64.self)
    }
  }

  private static func directBackwardData(
    _ type: Compute, _ g: ConvolutionGeometry, grad: Tensor, weight: Tensor, output: Tensor
  ) throws {
    func run<T: ComputeElement & Numeric>(_: T.Type) throws {
      let (y, w) = (try plain(grad, T.self), try plain(weight, T.self))
      try DirectConvolution<T>.backwardData(
        g, gradOutput: try address(y), weight: try address(w), gradInput: try target(output))
    }
    switch type {
    case .float: try run(Float.self)
    case .double: try run(Double.self)
    case .int64: try run(Int64.self)
    }
  }

  private static func directBackwardWeight(
    _ type: Compute, _ g: ConvolutionGeometry, grad: Tensor, input: Tensor, output: Tensor
  ) throws {
    func run<T: ComputeElement & Numeric>(_: T.Type) throws {
      let (y, x) = (try plain(grad, T.self), try plain(input, T.self))
      try DirectConvolution<T>.backwardWeight(
        g, gradOutput: try address(y), input: try address(x), gradWeight: try target(output))
    }
    switch type {
    case .float: try run(Float.self)
    case .double: try run(Double.self)
    case .int64: try run(Int64.self)
    }
  }

  private static func plain<T: ComputeElement>(_ tensor: Tensor, _ type: T.Type) throws -> Tensor {
    try tensor.alias().contiguous().to(T.dtype)
  }

  private static func address<T>(_ tensor: Tensor) throws -> UnsafePointer<T> {
    UnsafePointer(try tensor.pointer().assumingMemoryBound(to: T.self))
  }

  private static func target<T>(_ tensor: Tensor) throws -> UnsafeMutablePointer<T> {
    try tensor.overwritingPointer().assumingMemoryBound(to: T.self)
  }
}
