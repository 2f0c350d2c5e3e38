/// An operation whose gradient is code of the user's: what `torch.autograd.Function` records.
///
/// ```swift
/// let result = try input.detach().exp()
/// var operation = CustomOperation("MyExp", inputs: [input], outputs: [result])
/// operation.saved = [result]
/// let (outputs, _) = try operation.record { grads, saved in [try grads[0]?.mul(try saved()[0]!)] }
/// ```
public struct CustomOperation {
  /// The operation's name; that of its node ends with `Backward`.
  public let name: String
  /// The tensors among the inputs.
  public let inputs: [Tensor]
  /// The outputs; nil for one that is no tensor.
  public let outputs: [Tensor?]
  /// Inputs that were changed in place; each must be an output.
  public var dirty: [Tensor] = []
  /// Outputs without a gradient.
  public var notDifferentiable: [Tensor] = []
  /// What the gradient needs: inputs, outputs, or anything between.
  public var saved: [Tensor?] = []

  /// An operation that has been computed and is not recorded yet; see ``record(gradient:)``.
  ///
  /// - Parameters:
  ///   - inputs: the tensors that gradients may be wanted of, in the order in which the gradient gives them.
  ///   - outputs: the results, in the order in which the gradient takes theirs; nil for one that is no tensor.
  public init(_ name: String, inputs: [Tensor], outputs: [Tensor?]) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
  }

  /// From the gradients of all outputs, of which at least one is there, to those of all inputs.
  public typealias Gradient = (_ grads: [Tensor?], _ saved: KeptTensors) throws -> [Tensor?]

  /// Whether somebody wants gradients of the inputs now.
  public var needsRecording: Bool { needsGradient(inputs) }

  /// Gives the outputs their history.
  ///
  /// - Parameter gradient: a backward pass calls it; it and what was saved live until a pass without `retainGraph`.
  /// - Returns: the outputs, where an input that was handed through is another tensor over the same elements, and what was
  ///   saved.
  /// - Throws: ``TensorError`` in PyTorch's words for changes in place that are not allowed.
  public func record(gradient: @escaping Gradient) throws -> (outputs: [Tensor?], saved: KeptTensors) {
    for tensor in dirty where !outputs.contains(where: { $0 === tensor }) {
      throw TensorError(
        "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified inplace must all be outputs of the Function."
      )
    }
    let results = outputs.map { output -> Tensor? in
      guard let output else { return nil }
      let isHandedThrough = isInput(output) && !isDirty(output)
      return isHandedThrough ? output.alias() : output
    }
    guard needsRecording else { return (results, KeptTensors([])) }
    for tensor in dirty where tensor.isLeaf && tensor.requiresGrad {
      throw TensorError("a leaf Variable that requires grad has been used in an in-place operation.")
    }
    let kept = KeptTensors(saved.map { tensor in tensor.map { keep($0, among: results) } ?? .none })
    let histories = try results.map { try $0.flatMap { isDirty($0) ? try InPlaceHistory($0) : nil } }
    let node = CustomNode(
      name: name + "Backward", edges: inputs.map { $0.gradientEdge() },
      outputs: results.map { ($0?.shape ?? [], $0?.dtype ?? .float32) }, kept: kept, gradient: gradient)
    for (index, output) in results.enumerated() {
      guard let output, isDifferentiable(output) else { continue }
      if output.baseOfView != nil, let history = histories[index] {
        // The elements of the base that the view does not show keep their history.
        let changed = output.alias()
        changed.setNode(node, output: index)
        try history.adopt(changed)
      } else {
        output.setNode(node, output: index)
      }
    }
    kept.setOrigin(node)
    return (results, kept)
  }

  private func isInput(_ tensor: Tensor) -> Bool { inputs.contains { $0 === tensor } }
  private func isDirty(_ tensor: Tensor) -> Bool { dirty.contains { $0 === tensor } }

  private func isDifferentiable(_ output: Tensor) -> Bool {
    (output.dtype.isFloatingPoint || output.dtype.isComplex) && !notDifferentiable.contains { $0 === output }
  }

  /// An output must not keep the node that keeps it.
  private func keep(_ tensor: Tensor, among results: [Tensor?]) -> KeptTensors.Entry {
    guard let index = results.firstIndex(where: { $0 === tensor }), isDifferentiable(tensor) else {
      return .other(SavedTensor(tensor))
    }
    return .output(SavedOutput(tensor, index: index))
  }
}

/// What a ``CustomOperation`` saved for its gradient.
public final class KeptTensors {
  enum Entry {
    case none
    case other(SavedTensor)
    case output(SavedOutput)
  }

  private var entries: [Entry]?

  init(_ entries: [Entry]) { self.entries = entries }

  /// The tensors as they were saved, with their history.
  ///
  /// - Throws: ``TensorError`` once a backward pass has freed them, or if one has been changed in place since.
  public func callAsFunction() throws -> [Tensor?] {
    guard let entries else { throw TensorError(savedTensorsAreFreed) }
    return try entries.map { entry in
      switch entry {
      case .none: return nil
      case .other(let saved): return try saved()
      case .output(let saved): return try saved()
      }
    }
  }

  func setOrigin(_ node: Node) {
    for case .output(let saved) in entries ?? [] { saved.setOrigin(node) }
  }

  func release() { entries = nil }
}

/// The node of a ``CustomOperation``.
private final class CustomNode: Node {
  private let kept: KeptTensors
  private var gradient: CustomOperation.Gradient?

  init(
    name: String, edges: [Edge?], outputs: [(shape: [Int], dtype: DType)], kept: KeptTensors,
    gradient: @escaping CustomOperation.Gradient
  ) {
    self.kept = kept
    self.gradient = gradient
    super.init(name: name, edges: edges, outputs: outputs)
  }

  override func apply(_ grads: [Tensor?], needs: GradientNeeds) throws -> [Tensor?] {
    guard let gradient else { throw TensorError(savedTensorsAreFreed) }
    return try gradient(grads, kept)
  }

  override func release() {
    kept.release()
    gradient = nil
  }
}
