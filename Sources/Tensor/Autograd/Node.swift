import Synchronization

/// Where a gradient goes: an input of an operation, seen from that operation's node.
struct Edge {
  let node: Node
  /// Which output of `node` the input was.
  let index: Int
  /// The input's shape and type: what its gradient must have.
  let shape: [Int]
  let dtype: DType
}

/// What an operation's gradient function gets beside the gradient itself.
public struct GradientNeeds {
  let flags: [Bool]
  /// Whether the gradient of input `index` is wanted at all.
  @inlinable public subscript(index: Int) -> Bool { index < count && flag(index) }
  /// The needs of the inputs from index `count` on.
  func dropping(_ count: Int) -> GradientNeeds { GradientNeeds(flags: Array(flags.dropFirst(count))) }
  @usableFromInline var count: Int { flags.count }
  @usableFromInline func flag(_ index: Int) -> Bool { flags[index] }
}

/// One recorded operation: from the gradients of its outputs to those of its inputs.
///
/// The gradient function may return gradients in the broadcast shape or a promoted type: the engine sums and casts them to what
/// each input has.
open class Node {
  /// PyTorch's name, such as `MulBackward0`.
  public private(set) var name: String
  /// One for every input; nil where it needs no gradient.
  private(set) var edges: [Edge?]
  /// How many outputs the operation has.
  let outputCount: Int
  /// Shapes and types of the outputs, to stand in for absent gradients.
  private(set) var outputs: [(shape: [Int], dtype: DType)]
  /// Later operations have larger numbers; the engine runs them first.
  let sequence: Int
  private(set) var hooks: [(id: Int, output: Int, hook: GradientHook)] = []
  private var retainers: [(output: Int, tensor: WeakTensor)] = []
  private var nextHook = 0
  /// Where the operation was recorded, while anomalies are looked for.
  let origin: String?

  private struct WeakTensor { weak var tensor: Tensor? }

  init(name: String, edges: [Edge?], outputs: [(shape: [Int], dtype: DType)]) {
    self.name = name
    self.edges = edges
    self.outputs = outputs
    outputCount = outputs.count
    sequence = Node.nextSequence()
    origin = AnomalyMode.origin()
  }

  /// The gradients of the inputs. `grads` has one entry an output; at least one is there.
  func apply(_ grads: [Tensor?], needs: GradientNeeds) throws -> [Tensor?] { [] }

  /// Gives up saved tensors; a second backward pass then throws.
  func release() {}

  /// Gradient functions of the inputs, for `grad_fn.next_functions`.
  public var nextFunctions: [(node: Node, index: Int)?] { edges.map { $0.map { ($0.node, $0.index) } } }

  var needs: GradientNeeds { GradientNeeds(flags: edges.map { $0 != nil }) }

  func addHook(_ hook: @escaping GradientHook, output: Int) -> HookHandle {
    let id = nextHook
    nextHook += 1
    hooks.append((id, output, hook))
    return HookHandle { [weak self] in self?.hooks.removeAll { $0.id == id } }
  }

  func addRetainer(of tensor: Tensor, output: Int) {
    if retainers.contains(where: { $0.tensor.tensor === tensor }) { return }
    retainers.append((output, WeakTensor(tensor: tensor)))
  }

  /// Shows the gradients of the outputs to hooks, then to tensors that retain them.
  func runHooks(_ grads: inout [Tensor?]) throws {
    for (_, output, hook) in hooks {
      guard let grad = grads[output] else { continue }
      if let replaced = try grad.replacement(by: hook) { grads[output] = replaced }
    }
    for (output, holder) in retainers {
      guard let tensor = holder.tensor, let grad = grads[output] else { continue }
      try tensor.setGrad(grad)
    }
  }

  /// Whether somebody looks at gradients on their way through this node.
  var isObserved: Bool { !hooks.isEmpty || retainers.contains { $0.tensor.tensor != nil } }

  /// Gives up what was saved and all hooks, as no pass can come through again.
  func finish() {
    release()
    hooks = []
    retainers = []
  }

  func rename(_ name: String) { self.name = name }

  // A chain of a million operations must not be torn down by a million nested calls.
  deinit {
    var orphans: [Node] = []
    for edge in edges { if let node = edge?.node { orphans.append(node) } }
    edges.removeAll()
    release()
    while var node = orphans.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      for edge in node.edges { if let next = edge?.node { orphans.append(next) } }
      node.edges.removeAll()
    }
  }

  private static let counter = Atomic<Int>(0)

  /// The number of the latest node.
  static var latestSequence: Int { counter.load(ordering: .relaxed) }

  private static func nextSequence() -> Int { counter.wrappingAdd(1, ordering: .relaxed).newValue }
}

let savedTensorsAreFreed =
  "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward."

/// An operation whose gradient is a closure over what it saved.
final class ClosureNode: Node {
  typealias Function = ([Tensor?], GradientNeeds) throws -> [Tensor?]
  private var function: Function?

  init(name: String, edges: [Edge?], outputs: [(shape: [Int], dtype: DType)], function: @escaping Function) {
    self.function = function
    super.init(name: name, edges: edges, outputs: outputs)
  }

  override func apply(_ grads: [Tensor?], needs: GradientNeeds) throws -> [Tensor?] {
    guard let function else { throw TensorError(savedTensorsAreFreed) }
    return try function(grads, needs)
  }

  override func release() { function = nil }
}

/// The end of the graph: adds gradients to a leaf's `grad`.
final class AccumulateGrad: Node {
  let variable: Tensor

  init(_ variable: Tensor) {
    self.variable = variable
    super.init(name: "AccumulateGrad", edges: [], outputs: [(variable.shape, variable.dtype)])
  }
}

extension Node {
  /// The node of an operation with one output.
  static func make(
    _ name: String, inputs: [Tensor], output: Tensor,
    _ gradient: @escaping (Tensor, GradientNeeds) throws -> [Tensor?]
  ) -> Node {
    ClosureNode(
      name: name, edges: inputs.map { $0.gradientEdge() }, outputs: [(output.shape, output.dtype)]
    ) { grads, needs in
      guard let grad = grads[0] else { return [] }
      return try gradient(grad, needs)
    }
  }
}

extension Tensor {
  /// Records that this tensor came from `inputs` by an operation with the given gradient, and returns it.
  ///
  /// Call it only where ``needsGradient(_:)`` says so. The gradient function gets the gradient of the result and says those of
  /// the inputs; those that nobody needs may be nil, and broadcasting and type promotion are undone by the engine.
  public func recorded(
    _ name: String, _ inputs: [Tensor], _ gradient: @escaping (Tensor, GradientNeeds) throws -> [Tensor?]
  ) -> Tensor {
    setNode(Node.make(name, inputs: inputs, output: self, gradient))
    return self
  }
}

extension Tensor {
  /// Gives the last of the steps that made this tensor the name of the whole operation, which its text shows.
  func named(_ name: String) -> Tensor {
    autograd?.node?.rename(name)
    return self
  }
}

extension Tensor {
  /// A result whose derivative PyTorch does not know: to go back from it is an error.
  public func undifferentiable(in operation: String, _ inputs: [Tensor]) throws -> Tensor {
    guard needsGradient(inputs), dtype.isFloatingPoint else { return self }
    return try detach().recorded("NotImplemented", inputs) { _, _ in
      throw TensorError("derivative for aten::\(operation) is not implemented", kind: .notImplemented)
    }
  }
}

/// Records that `outputs` came from `inputs` by one operation. Outputs that are not floating point get no history.
public func record(
  _ name: String, inputs: [Tensor], outputs: [Tensor],
  _ gradient: @escaping ([Tensor?], GradientNeeds) throws -> [Tensor?]
) {
  let node = ClosureNode(
    name: name, edges: inputs.map { $0.gradientEdge() }, outputs: outputs.map { ($0.shape, $0.dtype) },
    function: gradient)
  for (index, output) in outputs.enumerated() where output.dtype.isFloatingPoint || output.dtype.isComplex {
    output.setNode(node, output: index)
  }
}
