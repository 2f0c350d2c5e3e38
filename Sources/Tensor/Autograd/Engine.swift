import Supervision

/// Runs backward passes.
public enum Autograd {
  /// Adds to the gradients of all leaves that `outputs` came from: `torch.autograd.backward`.
  ///
  /// - Parameters:
  ///   - gradients: of the outputs; nil stands for 1 where an output has one element.
  ///   - retainGraph: keeps what operations saved, for another pass.
  ///   - createGraph: records the pass itself, for gradients of gradients.
  ///   - inputs: the only leaves whose gradients change; nil: all.
  /// - Throws: ``TensorError`` in PyTorch's words, or what a hook or custom function threw.
  public static func backward(
    _ outputs: [Tensor], gradients: [Tensor?]? = nil, retainGraph: Bool? = nil, createGraph: Bool = false,
    inputs: [Tensor]? = nil
  ) throws {
    if let inputs {
      guard !inputs.isEmpty else { throw TensorError("`inputs` argument to `backward` cannot be empty.") }
      let found = try Autograd.gradients(
        of: outputs, withRespectTo: inputs, gradients: gradients, retainGraph: retainGraph, createGraph: createGraph,
        allowUnused: true)
      try GradMode.with(createGraph) {
        for (input, grad) in zip(inputs, found) {
          if let grad { try AccumulateGrad(input).accumulate(grad, createGraph: createGraph) }
        }
      }
      return
    }
    let roots = try roots(outputs, gradients, createGraph)
    _ = try run(roots, retainGraph: retainGraph ?? createGraph, createGraph: createGraph, wanted: nil)
  }

  /// The gradients of `outputs` with respect to `inputs`, added to no tensor's `grad`: `torch.autograd.grad`.
  ///
  /// - Throws: ``TensorError`` if an input plays no part, unless `allowUnused`.
  public static func gradients(
    of outputs: [Tensor], withRespectTo inputs: [Tensor], gradients: [Tensor?]? = nil, retainGraph: Bool? = nil,
    createGraph: Bool = false, allowUnused: Bool = false
  ) throws -> [Tensor?] {
    let roots = try roots(outputs, gradients, createGraph)
    var wanted: [Target] = []
    for input in inputs {
      guard let edge = input.gradientEdge() else {
        throw TensorError("One of the differentiated Tensors does not require grad")
      }
      wanted.append(Target(node: edge.node, index: edge.index))
    }
    let found = try run(
      roots, retainGraph: retainGraph ?? createGraph, createGraph: createGraph, wanted: wanted)
    if !allowUnused, let index = found.firstIndex(where: { $0 == nil }) {
      throw TensorError(
        "The differentiated Tensor at index \(index) appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior."
      )
    }
    return found
  }

  private struct Root {
    let edge: Edge
    let gradient: Tensor
  }

  private struct Target {
    let node: Node
    let index: Int
  }

  private static func roots(
    _ outputs: [Tensor], _ gradients: [Tensor?]?, _ createGraph: Bool
  ) throws -> [Root] {
    var roots: [Root] = []
    for (position, output) in outputs.enumerated() {
      guard let edge = output.gradientEdge() else {
        throw TensorError("element \(position) of tensors does not require grad and does not have a grad_fn")
      }
      let given = gradients.flatMap { position < $0.count ? $0[position] : nil }
      if let given {
        guard given.shape == output.shape else {
          throw TensorError(
            "Mismatch in shape: grad_output[\(position)] has a shape of \(Shape.sizeText(given.shape)) and output[\(position)] has a shape of \(Shape.sizeText(output.shape))."
          )
        }
        roots.append(Root(edge: edge, gradient: given))
      } else {
        guard output.count == 1 else {
          throw TensorError("grad can be implicitly created only for scalar outputs")
        }
        roots.append(Root(edge: edge, gradient: try Tensor.full(output.shape, 1, dtype: output.dtype)))
      }
    }
    return roots
  }

  /// One backward pass. With `wanted`, gradients of those are returned and no leaf changes.
  private static func run(
    _ roots: [Root], retainGraph: Bool, createGraph: Bool, wanted: [Target]?
  ) throws -> [Tensor?] {
    var pass = BackwardPass(roots.map(\.edge.node), wanted: wanted?.map(\.node))
    var captured = [Tensor?](repeating: nil, count: wanted?.count ?? 0)
    return try GradMode.with(createGraph) {
      for root in roots { try pass.add(root.gradient, to: root.edge) }
      while let (node, gradients) = pass.next() {
        try Interruption.check()
        var grads = gradients
        if let leaf = node as? AccumulateGrad { try leaf.runVariableHooks(&grads) }
        try node.runHooks(&grads)
        if let wanted {
          for (position, target) in wanted.enumerated() where target.node === node {
            captured[position] = grads[target.index]
          }
        }
        if let leaf = node as? AccumulateGrad {
          if wanted == nil, let grad = grads[0] {
            grads = []
            try Interruption.postponed { try leaf.accumulate(grad, createGraph: createGraph) }
          }
          continue
        }
        guard pass.isNeeded(node) else { continue }
        let results = try OperatorProfile.measure(node.name) {
          try AnomalyMode.watch(node) { try node.apply(grads, needs: node.needs) }
        }
        grads = []
        if !retainGraph { node.finish() }
        for (position, edge) in node.edges.enumerated() {
          guard let edge else { continue }
          try pass.finish(edge, position < results.count ? results[position] : nil, input: position, from: node)
        }
      }
      return captured
    }
  }
}

/// The state of one backward pass: which nodes wait for how many gradients, and what has arrived.
private struct BackwardPass {
  private var waiting: [ObjectIdentifier: Int] = [:]
  private var arrived: [ObjectIdentifier: [Tensor?]] = [:]
  private var needed: Set<ObjectIdentifier>?
  private var ready = ReadyQueue()
  private var nodes: [ObjectIdentifier: Node] = [:]

  init(_ roots: [Node], wanted: [Node]?) {
    var stack: [Node] = []
    for root in roots where nodes.updateValue(root, forKey: ObjectIdentifier(root)) == nil { stack.append(root) }
    let starts = stack
    var order: [Node] = []
    while let node = stack.popLast() {
      order.append(node)
      for edge in node.edges {
        guard let next = edge?.node else { continue }
        let id = ObjectIdentifier(next)
        waiting[id, default: 0] += 1
        if nodes.updateValue(next, forKey: id) == nil { stack.append(next) }
      }
    }
    if let wanted {
      needed = BackwardPass.ancestors(of: Set(wanted.map { ObjectIdentifier($0) }), among: order)
    }
    for root in starts where waiting[ObjectIdentifier(root), default: 0] == 0 { ready.push(root) }
  }

  /// The nodes from which one of `targets` can be reached.
  private static func ancestors(of targets: Set<ObjectIdentifier>, among nodes: [Node]) -> Set<ObjectIdentifier> {
    var reached: Set<ObjectIdentifier> = []
    // A node is older than all that its gradient flows from, so that one pass in order of age sees inputs first.
    for node in nodes.sorted(by: { $0.sequence < $1.sequence }) {
      let leads = node.edges.contains { edge in
        guard let next = edge?.node else { return false }
        return targets.contains(ObjectIdentifier(next)) || reached.contains(ObjectIdentifier(next))
      }
      if leads { reached.insert(ObjectIdentifier(node)) }
    }
    return reached
  }

  func isNeeded(_ node: Node) -> Bool { needed?.contains(ObjectIdentifier(node)) ?? true }

  mutating func next() -> (Node, [Tensor?])? {
    while let node = ready.pop() {
      let id = ObjectIdentifier(node)
      if let gradients = arrived.removeValue(forKey: id) { return (node, gradients) }
      // Nothing arrived: every path to it was cut. What lies behind may still wait for it.
      for edge in node.edges { if let edge { arrive(at: edge.node) } }
    }
    return nil
  }

  /// Adds a gradient for `edge`'s output without counting it as one that its node waits for.
  mutating func add(_ gradient: Tensor, to edge: Edge) throws {
    let id = ObjectIdentifier(edge.node)
    var slots = arrived.removeValue(forKey: id) ?? [Tensor?](repeating: nil, count: edge.node.outputCount)
    if let present = slots[edge.index] {
      slots[edge.index] = try present.add(gradient)
    } else {
      slots[edge.index] = gradient
    }
    arrived[id] = slots
  }

  mutating func finish(_ edge: Edge, _ gradient: Tensor?, input: Int, from node: Node) throws {
    if let gradient { try add(try fitted(gradient, to: edge, input: input, from: node), to: edge) }
    arrive(at: edge.node)
  }

  private mutating func arrive(at node: Node) {
    let id = ObjectIdentifier(node)
    let left = (waiting[id] ?? 1) - 1
    waiting[id] = left
    if left == 0 { ready.push(node) }
  }

  /// Undoes broadcasting and type promotion.
  private func fitted(_ gradient: Tensor, to edge: Edge, input: Int, from node: Node) throws -> Tensor {
    var result = gradient
    if result.shape != edge.shape {
      guard Shape.isExpandable(edge.shape, to: result.shape) else {
        throw TensorError(
          "Function \(node.name) returned an invalid gradient at index \(input) - got \(Shape.text(result.shape)) but expected shape compatible with \(Shape.text(edge.shape))"
        )
      }
      result = try result.sumToSize(edge.shape)
    }
    return result.dtype == edge.dtype ? result : try result.to(edge.dtype)
  }
}

/// Nodes by age, youngest first: a binary heap.
private struct ReadyQueue {
  private var heap: [Node] = []

  mutating func push(_ node: Node) {
    heap.append(node)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].sequence > heap[parent].sequence else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> Node? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].sequence > heap[child].sequence { child += 1 }
      guard heap[child].sequence > heap[parent].sequence else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return first
  }
}
