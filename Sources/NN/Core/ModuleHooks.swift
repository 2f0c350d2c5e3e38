import OrderedCollections
import Tensor

/// Sees a module's inputs before it runs; may replace them.
public typealias ForwardPreHook = (_ module: Module, _ inputs: [Value]) throws -> [Value]?
/// Sees a module's inputs and outputs after it ran; may replace the outputs.
public typealias ForwardHook = (_ module: Module, _ inputs: [Value], _ outputs: [Value]) throws -> [Value]?
/// Sees the gradients of a module's outputs before they enter it; may replace them.
public typealias BackwardPreHook = (_ module: Module, _ outputGradients: [Tensor?]) throws -> [Tensor?]?
/// Sees the gradients of a module's inputs and outputs; may replace the former.
public typealias BackwardHook = (
  _ module: Module, _ inputGradients: [Tensor?], _ outputGradients: [Tensor?]
) throws -> [Tensor?]?

/// The hooks of one module, in the order in which they are called.
struct ModuleHooks {
  fileprivate var before: OrderedDictionary<Int, ForwardPreHook> = [:]
  fileprivate var after: OrderedDictionary<Int, ForwardHook> = [:]
  fileprivate(set) var backwardBefore: OrderedDictionary<Int, BackwardPreHook> = [:]
  fileprivate(set) var backward: OrderedDictionary<Int, BackwardHook> = [:]
  private var next = 0

  /// Whether there are none: kept beside the hooks, as every run asks.
  private(set) var isEmpty = true

  var watchesGradients: Bool { !backwardBefore.isEmpty || !backward.isEmpty }

  func before(_ module: Module, _ inputs: [Value]) throws -> [Value] {
    try before.values.reduce(inputs) { inputs, hook in try hook(module, inputs) ?? inputs }
  }

  func after(_ module: Module, _ inputs: [Value], _ outputs: [Value]) throws -> [Value] {
    try after.values.reduce(outputs) { outputs, hook in try hook(module, inputs, outputs) ?? outputs }
  }

  mutating func add<Hook>(
    _ hook: Hook, to hooks: WritableKeyPath<ModuleHooks, OrderedDictionary<Int, Hook>>, first: Bool
  ) -> Int {
    next += 1
    isEmpty = false
    self[keyPath: hooks].updateValue(hook, forKey: next, insertingAt: first ? 0 : self[keyPath: hooks].count)
    return next
  }

  mutating func remove(_ id: Int) {
    before[id] = nil
    after[id] = nil
    backwardBefore[id] = nil
    backward[id] = nil
    isEmpty = before.isEmpty && after.isEmpty && !watchesGradients
  }
}

extension Module {
  /// Has `hook` called before each run: `register_forward_pre_hook`.
  ///
  /// - Parameter first: whether it comes before the hooks that are there already.
  public func registerForwardPreHook(first: Bool = false, _ hook: @escaping ForwardPreHook) -> HookHandle {
    handle(hooks.add(hook, to: \.before, first: first))
  }

  /// Has `hook` called after each run: `register_forward_hook`.
  public func registerForwardHook(first: Bool = false, _ hook: @escaping ForwardHook) -> HookHandle {
    handle(hooks.add(hook, to: \.after, first: first))
  }

  /// Has `hook` called in backward passes before gradients enter the module: `register_full_backward_pre_hook`.
  public func registerFullBackwardPreHook(first: Bool = false, _ hook: @escaping BackwardPreHook) -> HookHandle {
    handle(hooks.add(hook, to: \.backwardBefore, first: first))
  }

  /// Has `hook` called in backward passes once the gradients of the module's inputs are known:
  /// `register_full_backward_hook`.
  public func registerFullBackwardHook(first: Bool = false, _ hook: @escaping BackwardHook) -> HookHandle {
    handle(hooks.add(hook, to: \.backward, first: first))
  }

  private func handle(_ id: Int) -> HookHandle { HookHandle { [weak self] in self?.hooks.remove(id) } }

  /// Runs the module with its hooks.
  func callWithHooks(_ inputs: [Value]) throws -> [Value] {
    let inputs = try hooks.before(self, inputs)
    guard hooks.watchesGradients else { return try hooks.after(self, inputs, try forward(inputs)) }
    let watch = GradientWatch(self, hooks)
    let watched = try watch.inputs(inputs)
    return try watch.outputs(try hooks.after(self, watched, try forward(watched)))
  }
}
