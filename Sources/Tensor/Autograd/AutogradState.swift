/// What autograd knows of one tensor.
final class AutogradState {
  /// Asked for on a leaf by the user; true on a result whenever ``node`` is set.
  var requiresGrad = false
  /// The accumulated gradient (of a leaf, or of a result that retains it).
  var grad: Tensor?
  /// The operation whose output this tensor is; nil on a leaf.
  var node: Node?
  /// Which of the node's outputs it is.
  var outputIndex = 0
  /// Where gradients of a leaf go; made on first use and kept by the graph alone.
  weak var accumulator: Node?
  /// A view knows the tensor whose memory it shows, so that in-place changes of either reach the other's history.
  var base: Tensor?
  /// Which of several views that one operation made this tensor is; 0 for a view of such a one. They may not change in place.
  var partIndex: Int?
  /// The storage's version for which ``node`` is right; a view's is rebuilt when its base has changed since.
  var viewVersion = 0
  var hooks = LeafHooks()
}

extension Tensor {
  var state: AutogradState {
    if let autograd { return autograd }
    let state = AutogradState()
    autograd = state
    return state
  }

  /// Whether operations on this tensor are recorded.
  public var requiresGrad: Bool {
    guard let autograd else { return false }
    return autograd.requiresGrad || autograd.node != nil
  }

  /// Whether no operation made this tensor, as far as autograd knows.
  public var isLeaf: Bool { autograd?.node == nil }

  /// The gradient accumulated so far.
  public var grad: Tensor? { autograd?.grad }

  /// Sets or clears the gradient.
  ///
  /// - Throws: ``TensorError`` for another shape or type than the tensor's.
  public func setGrad(_ grad: Tensor?) throws {
    if let grad {
      guard grad.shape == shape else {
        throw TensorError(
          "attempting to assign a gradient of size '\(Shape.text(grad.shape))' to a tensor of size '\(Shape.text(shape))'. Please ensure that the gradient and the tensor are the same size"
        )
      }
      guard grad.dtype == dtype else {
        throw TensorError(
          "attempting to assign a gradient with dtype '\(grad.dtype.mangledTypeName)' to a tensor with grad_dtype '\(dtype.scalarTypeName)'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they match."
        )
      }
      guard grad !== self else { throw TensorError("can't assign Variable as its own grad") }
    }
    if grad != nil || autograd != nil { state.grad = grad }
  }

  /// Asks for gradients of a leaf: `requires_grad_()`.
  ///
  /// - Throws: ``TensorError`` for integers, and for turning it off on a result.
  public func setRequiresGrad(_ value: Bool) throws {
    if value && !(dtype.isFloatingPoint || dtype.isComplex) {
      throw TensorError("only Tensors of floating point dtype can require gradients")
    }
    if !value && !isLeaf {
      throw TensorError(
        "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
      )
    }
    if value == requiresGrad { return }
    if isLeaf { state.requiresGrad = value }
  }

  /// The operation that made this tensor, its history brought up to date where it is a view of a tensor changed in place.
  public var gradNode: Node? {
    guard let autograd else { return nil }
    if let base = autograd.base, autograd.viewVersion != storage.version, base.requiresGrad {
      let (shape, strides, offset) = (self.shape, self.strides, self.offset)
      let (baseShape, baseStrides, baseOffset) = (base.shape, base.strides, base.offset)
      autograd.node = Node.make("AsStridedBackward0", inputs: [base], output: self) { grad, _ in
        [
          try grad.scatteredIntoBase(
            shape: baseShape, strides: baseStrides, offset: baseOffset, viewShape: shape, viewStrides: strides,
            viewOffset: offset)
        ]
      }
      autograd.outputIndex = 0
      autograd.viewVersion = storage.version
    }
    return autograd.node
  }

  var baseOfView: Tensor? { autograd?.base }

  var gradOutputIndex: Int { autograd?.outputIndex ?? 0 }

  /// Keeps the gradient of a result in ``grad`` too.
  public func retainGrad() throws {
    guard requiresGrad else {
      throw TensorError("can't retain_grad on Tensor that has requires_grad=False")
    }
    guard let node = gradNode else { return }
    let index = gradOutputIndex
    node.addRetainer(of: self, output: index)
  }

  /// Forgets the operation that made this tensor: `detach_()`.
  ///
  /// - Throws: ``TensorError`` for a view, whose history is its base's too.
  public func detachInPlace() throws {
    guard let autograd else { return }
    guard autograd.base == nil || !requiresGrad else {
      throw TensorError(
        "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
      )
    }
    setNode(nil)
  }

  /// Makes this tensor output `index` of `node`.
  func setNode(_ node: Node?, output index: Int = 0) {
    let state = self.state
    state.node = node
    state.outputIndex = index
    state.viewVersion = storage.version
    if node == nil { state.requiresGrad = false }
  }

  /// Marks this tensor as a view of `base`'s memory, for in-place operations on either.
  func setBase(_ base: Tensor) {
    state.base = base.autograd?.base ?? base
    if base.autograd?.partIndex != nil { state.partIndex = 0 }
    state.viewVersion = storage.version
  }

  /// These views as the results of the one operation that made them all, whose gradient function has this name.
  static func parts(_ name: String, _ views: [Tensor]) -> [Tensor] {
    for (index, view) in views.enumerated() where view.autograd != nil { view.named(name).state.partIndex = index }
    return views
  }

  /// These parts without PyTorch's watch over changes in place: `torch.unsafe_split` and its kin.
  public static func unwatched(_ parts: [Tensor]) -> [Tensor] {
    for part in parts { part.autograd?.partIndex = nil }
    return parts
  }

  /// The node that gradients of this tensor go to, and which of its outputs the tensor is.
  func gradientEdge() -> Edge? {
    guard requiresGrad else { return nil }
    if let node = gradNode {
      return Edge(node: node, index: gradOutputIndex, shape: shape, dtype: dtype)
    }
    let state = self.state
    if let accumulator = state.accumulator { return Edge(node: accumulator, index: 0, shape: shape, dtype: dtype) }
    let accumulator = AccumulateGrad(self)
    state.accumulator = accumulator
    return Edge(node: accumulator, index: 0, shape: shape, dtype: dtype)
  }

  /// Adds `gradient` to ``grad``; the first one is taken over if nobody else holds it.
  func accumulateGrad(_ gradient: consuming Tensor, createGraph: Bool) throws {
    let state = self.state
    if let grad = state.grad {
      if createGraph || GradMode.isEnabled {
        state.grad = try grad.add(gradient)
      } else {
        try grad.addInPlaceWithoutHistory(gradient)
      }
      return
    }
    if createGraph {
      state.grad = gradient
    } else {
      let owned = isKnownUniquelyReferenced(&gradient) && gradient.coversStorage
      state.grad = owned ? try gradient.detach() : try gradient.detach().clone()
    }
  }
}

/// Whether operations are recorded on this thread: `torch.no_grad()` and its kin.
public enum GradMode {
  /// Whether operations are recorded; true until somebody says otherwise. Other threads have switches of their own.
  public static var isEnabled: Bool {
    get { ThreadState.current.gradEnabled }
    set { ThreadState.current.gradEnabled = newValue }
  }

  /// Runs `body` with recording switched on or off, and restores it whatever happens.
  public static func with<Result>(_ enabled: Bool, _ body: () throws -> Result) rethrows -> Result {
    let state = ThreadState.current
    let previous = state.gradEnabled
    state.gradEnabled = enabled
    defer { state.gradEnabled = previous }
    return try body()
  }
}

/// Whether an operation on these tensors has to be recorded.
@inline(__always)
public func needsGradient(_ a: Tensor) -> Bool {
  a.autograd != nil && a.requiresGrad && GradMode.isEnabled
}

/// Whether an operation on these two tensors has to be recorded.
@inline(__always)
public func needsGradient(_ a: Tensor, _ b: Tensor) -> Bool {
  (a.autograd != nil || b.autograd != nil) && (a.requiresGrad || b.requiresGrad) && GradMode.isEnabled
}

/// Whether an operation on these tensors has to be recorded.
public func needsGradient(_ tensors: [Tensor]) -> Bool {
  tensors.contains { $0.requiresGrad } && GradMode.isEnabled
}
