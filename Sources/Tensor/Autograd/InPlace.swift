/// Keeps autograd right when an operation changes a tensor in place.
///
/// Made before the change (it takes the old history), and told of the operation after it.
struct InPlaceHistory {
  private let tensor: Tensor
  private let oldEdge: Edge?
  private let baseEdge: Edge?

  /// - Throws: ``TensorError`` where PyTorch forbids the change; see ``Tensor/checkInPlace()``.
  init(_ tensor: Tensor) throws {
    self.tensor = tensor
    oldEdge = tensor.gradientEdge()
    baseEdge = tensor.baseOfView?.gradientEdge()
  }

  /// Makes the tensor the output of an operation on `inputs`, whose old value does not reach the result.
  func record(
    _ name: String, inputs: [Tensor], _ gradient: @escaping (Tensor, GradientNeeds) throws -> [Tensor?]
  ) throws {
    try record(name, edges: inputs.map { $0.gradientEdge() }, gradient)
  }

  /// Makes the tensor the output of an operation that writes `source` to all of it: the old elements are gone, and
  /// get gradients of zero.
  func recordOverwrite(_ name: String, source: Tensor) throws {
    // Where the tensor is a view, the base's history says so already.
    guard tensor.baseOfView == nil, oldEdge != nil else {
      return try record(name, inputs: [source]) { grad, _ in [grad] }
    }
    try recordUpdate(name, others: [source]) { grad, needs in
      [try Tensor.zeros(grad.shape, dtype: grad.dtype), needs[1] ? grad : nil]
    }
  }

  /// Makes the tensor the output of an operation on its own old value and `others`, whose gradients follow in that order.
  func recordUpdate(
    _ name: String, others: [Tensor], _ gradient: @escaping (Tensor, GradientNeeds) throws -> [Tensor?]
  ) throws {
    try record(name, edges: [oldEdge] + others.map { $0.gradientEdge() }, gradient)
  }

  /// Gives the tensor the history of `result`, an out-of-place twin of the operation whose values were copied into it.
  func adopt(_ result: Tensor) throws {
    guard let edge = result.gradientEdge() else {
      if oldEdge != nil {
        // The old elements are gone: they get gradients of zero.
        try record("FillBackward0", edges: [oldEdge]) { grad, _ in
          [try Tensor.zeros(grad.shape, dtype: grad.dtype)]
        }
      } else if baseEdge == nil {
        tensor.setNode(nil)
      }
      return
    }
    if tensor.baseOfView == nil {
      tensor.setNode(edge.node, output: edge.index)
    } else {
      try record(edge.node.name, edges: [edge]) { grad, _ in [grad] }
    }
  }

  private func record(
    _ name: String, edges: [Edge?], _ gradient: @escaping (Tensor, GradientNeeds) throws -> [Tensor?]
  ) throws {
    guard let base = tensor.baseOfView else {
      let node = ClosureNode(name: name, edges: edges, outputs: [(tensor.shape, tensor.dtype)]) { grads, needs in
        guard let grad = grads[0] else { return [] }
        return try gradient(grad, needs)
      }
      tensor.setNode(node)
      return
    }
    // The base's other elements keep their history; those of the view get the operation's.
    let (shape, strides) = (tensor.shape, tensor.strides)
    let (baseShape, baseStrides) = (base.shape, base.strides)
    let offset = tensor.offset - base.offset
    let node = ClosureNode(
      name: "CopySlices", edges: [baseEdge] + edges, outputs: [(base.shape, base.dtype)]
    ) { grads, needs in
      guard let grad = grads[0] else { return [] }
      // The view's strides are steps in the base's memory, which need not be row-major.
      let rest = try grad.copied(strides: baseStrides, shape: baseShape)
      let part = try rest.asStrided(shape, strides, offset: offset)
      let inner = GradientNeeds(flags: Array(needs.flags.dropFirst()))
      let results = try gradient(try part.clone(), inner)
      try part.fillMemory(0)
      return [rest] + results
    }
    base.setNode(node)
  }
}

extension Tensor {
  /// A copy past autograd whose elements lie as those of a tensor with these strides do, whatever lies between them.
  fileprivate func copied(strides: [Int], shape: [Int]) throws -> Tensor {
    let source = try alias().expand(shape)
    if Shape.isContiguous(shape, strides) { return try source.contiguous().clone() }
    let extent = shape.contains(0) ? 0 : zip(shape, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
    let copy = try Tensor.zeros([extent], dtype: dtype).asStrided(shape, strides, offset: 0)
    try copy.copyMemory(from: source)
    return copy
  }

  /// Whether PyTorch allows an in-place operation on this tensor now.
  ///
  /// - Throws: ``TensorError`` for a leaf that requires gradients, or a view of one, and for one of several views, while operations
  ///   are recorded; and for elements that share memory.
  public func checkInPlace() throws {
    for axis in shape.indices where strides[axis] == 0 && shape[axis] > 1 {
      throw TensorError(
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation."
      )
    }
    guard GradMode.isEnabled, let autograd else { return }
    if let part = autograd.partIndex, let node = autograd.node {
      throw TensorError(
        "Output \(part) of \(node.name.replacing(/Backward\d*$/, with: "")) is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one."
      )
    }
    if isLeaf && requiresGrad && baseOfView == nil {
      throw TensorError("a leaf Variable that requires grad is being used in an in-place operation.")
    }
    if let base = baseOfView, base.isLeaf, base.requiresGrad {
      throw TensorError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    }
  }

  /// Makes any out-of-place operation the in-place one: computes `result`, writes its values here and takes its history.
  ///
  /// - Parameter resizing: whether the tensor takes over the result's shape, too.
  /// - Throws: ``TensorError`` where the result's shape or type does not fit.
  @discardableResult
  public func updateInPlace(resizing: Bool = false, _ operation: (Tensor) throws -> Tensor) throws -> Tensor {
    try checkInPlace()
    let latest = Node.latestSequence
    let rescue = GradMode.isEnabled ? InPlaceRescue(self) : nil
    var result = try rescue?.collecting { try operation(self) } ?? operation(self)
    let resizes = resizing && baseOfView == nil && result.shape != shape
    guard result.shape == shape || resizes else {
      throw TensorError(
        "output with shape \(Shape.text(shape)) doesn't match the broadcast shape \(Shape.text(result.shape))")
    }
    guard result.dtype.canCast(to: dtype) else {
      throw TensorError(
        "result type \(result.dtype.scalarTypeName) can't be cast to the desired output type \(dtype.scalarTypeName)")
    }
    let needs = result.requiresGrad || needsGradient(self)
    let history = needs ? try InPlaceHistory(self) : nil
    if needs { try rescue?.copyBeforeChange() }
    if resizes { try resizeMemory(result.shape) }
    if mayReplaceStorage(by: &result, recordedAfter: latest) {
      storage = result.storage
    } else {
      try copyMemory(from: result)
    }
    try history?.adopt(result)
    return self
  }

  /// Makes this tensor the view of itself that `operation` gives: `transpose_`, `squeeze_` and their like.
  @discardableResult
  public func becomeView(_ operation: (Tensor) throws -> Tensor) throws -> Tensor {
    try checkInPlace()
    let view = try operation(self)
    guard view !== self else { return self }
    let node = view.gradNode
    setLayout(shape: view.shape, strides: view.strides, offset: view.offset, count: view.count)
    if let node { setNode(node, output: view.gradOutputIndex) }
    return self
  }

  /// Whether nobody could tell if this tensor took over the new memory of `result` instead of a copy of its values: no other
  /// tensor shows this one's memory, and no tensor of the user's shows the result's.
  private func mayReplaceStorage(by result: inout Tensor, recordedAfter latest: Int) -> Bool {
    guard result.dtype == dtype, coversStorage, result.coversStorage, baseOfView == nil, result.baseOfView == nil,
      isKnownUniquelyReferenced(&storage), isKnownUniquelyReferenced(&result)
    else { return false }
    let isNew = result.autograd?.node.map { $0.sequence > latest } ?? false
    return isNew || isKnownUniquelyReferenced(&result.storage)
  }
}
