import OneDNN

/// Pooling of float32 tensors by oneDNN, in the layout that the input has.
enum BlockedPooling {
  static func max(_ input: Tensor, _ windows: PoolingWindows) throws -> Tensor? {
    try run(.maximum, input, windows, name: "MaxPool\(windows.input.count)DWithIndicesBackward0")
  }

  static func average(_ input: Tensor, _ windows: PoolingWindows, countIncludePad: Bool) throws -> Tensor? {
    try run(
      countIncludePad ? .averageWithPadding : .averageWithoutPadding, input, windows,
      name: "AvgPool\(windows.input.count)DBackward0")
  }

  /// The pooled tensor, or nil where oneDNN does not serve: irregular windows, windows that a rounded-up size lets reach past the
  /// padding, or a gradient that must be differentiable itself.
  private static func run(
    _ kind: PoolingProblem.Kind, _ input: Tensor, _ windows: PoolingWindows, name: String
  ) throws -> Tensor? {
    guard let regular = windows.regular, input.suitsOneDNN, input.rank == windows.input.count + 2,
      !regular.ceilMode || zip(regular.padding, regular.stride).allSatisfy({ $0 == 0 && $1 > 0 }) && kind == .maximum,
      let kernel = try? Spatial(regular.kernel), let stride = try? Spatial(regular.stride),
      let padding = try? Spatial(regular.padding), let dilation = try? Spatial(regular.dilation),
      let output = try? Spatial(windows.output),
      let problem = try? PoolingProblem(
        kind, source: input.shape, output: output, kernel: kernel, stride: stride, paddingLow: padding,
        dilation: dilation)
    else { return nil }
    let needs = needsGradient(input)
    let source = try Operand(input)
    guard
      let plan = try? PoolingForward.prepare(problem, source: .exactly(source.descriptor), isTraining: needs)
    else { return nil }
    let result = try BlockedMemory(plan.destination)
    let places = plan.workspaceByteCount > 0 ? try BlockedMemory(byteCount: plan.workspaceByteCount) : nil
    try plan.execute(source: source.pointer, destination: result.pointer, workspace: places?.pointer)
    let tensor = try Tensor(result)
    guard needs else { return tensor }
    return tensor.recorded(name, [input]) { grad, _ in
      let backward = try PoolingBackward.prepare(
        problem, forward: plan, sourceGradient: .exactly(plan.source), gradient: .exactly(plan.destination))
      let gradient = try Operand(grad).reordered(to: backward.gradient)
      let target = try BlockedMemory(backward.sourceGradient)
      try backward.execute(
        gradient: gradient.pointer, sourceGradient: target.pointer, workspace: places?.pointer)
      return [try Tensor(target)]
    }
  }
}
