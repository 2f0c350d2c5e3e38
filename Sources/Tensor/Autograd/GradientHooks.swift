/// Sees a gradient on its way and may replace it by returning another.
public typealias GradientHook = (Tensor) throws -> Tensor?

/// What to call to remove a hook.
public struct HookHandle {
  /// Removes the hook; once it is removed, nothing more happens.
  public let remove: () -> Void

  /// - Parameter remove: takes the hook out of wherever it is; it may be called more than once.
  public init(remove: @escaping () -> Void) { self.remove = remove }
}

/// The hooks of a leaf, in the order in which they were added.
struct LeafHooks {
  /// Called with each gradient of the leaf before it is accumulated; may replace it.
  private(set) var gradient: [(id: Int, hook: GradientHook)] = []
  /// Called with the leaf after its gradient was accumulated.
  private(set) var afterAccumulation: [(id: Int, hook: (Tensor) throws -> Void)] = []
  private var next = 0

  mutating func add(_ hook: @escaping GradientHook) -> Int {
    next += 1
    gradient.append((next, hook))
    return next
  }

  mutating func add(afterAccumulation hook: @escaping (Tensor) throws -> Void) -> Int {
    next += 1
    afterAccumulation.append((next, hook))
    return next
  }

  mutating func remove(_ id: Int) {
    gradient.removeAll { $0.id == id }
    afterAccumulation.removeAll { $0.id == id }
  }
}

extension Tensor {
  /// Has `hook` called with every gradient of this tensor.
  public func registerHook(_ hook: @escaping GradientHook) throws -> HookHandle {
    guard requiresGrad else {
      throw TensorError("cannot register a hook on a tensor that doesn't require gradient")
    }
    if let node = gradNode { return node.addHook(hook, output: gradOutputIndex) }
    let state = self.state
    let id = state.hooks.add(hook)
    return HookHandle { [weak state] in state?.hooks.remove(id) }
  }

  /// Has `hook` called with this leaf each time a gradient was added to its ``grad``.
  public func registerPostAccumulateGradHook(_ hook: @escaping (Tensor) throws -> Void) throws -> HookHandle {
    guard requiresGrad else {
      throw TensorError("cannot register a hook on a tensor that doesn't require gradient")
    }
    guard isLeaf else {
      throw TensorError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    }
    let state = self.state
    let id = state.hooks.add(afterAccumulation: hook)
    return HookHandle { [weak state] in state?.hooks.remove(id) }
  }

  /// What a hook puts in place of this gradient; nil: nothing.
  ///
  /// - Throws: ``TensorError`` for another shape or type.
  func replacement(by hook: GradientHook) throws -> Tensor? {
    guard let replaced = try hook(self) else { return nil }
    guard replaced.shape == shape else { throw TensorError("hook has changed the size of value") }
    guard replaced.dtype == dtype else {
      throw TensorError(
        "hook has changed the type of value (was torch.\(dtype.scalarTypeName)Tensor got torch.\(replaced.dtype.scalarTypeName)Tensor)"
      )
    }
    return replaced
  }
}

extension AccumulateGrad {
  /// Shows the leaf's gradient to its hooks.
  func runVariableHooks(_ grads: inout [Tensor?]) throws {
    for (_, hook) in variable.autograd?.hooks.gradient ?? [] {
      if let replaced = try grads[0]?.replacement(by: hook) { grads[0] = replaced }
    }
  }

  /// Adds a gradient to the leaf's, and tells those who wait for that.
  func accumulate(_ grad: consuming Tensor, createGraph: Bool) throws {
    try variable.accumulateGrad(grad, createGraph: createGraph)
    for (_, hook) in variable.autograd?.hooks.afterAccumulation ?? [] { try hook(variable) }
  }
}
