import OrderedCollections
import Tensor

/// Sees a module's inputs before it runs; may replace them.
public typealias ForwardPreHook = (_ module: Module, _ inputs: [Value]) throws -> [Value]?
/// Sees a module's inputs and outputs after it ran; may replace the outputs.
public typealias ForwardHook = (_ module: Module, _ inputs: [Value], _ outputs: [Value]) throws -> [Value]?

/// The hooks of one module, in the order in which they were added.
struct ModuleHooks {
  private var before: OrderedDictionary<Int, ForwardPreHook> = [:]
  private var after: OrderedDictionary<Int, ForwardHook> = [:]
  private var next = 0

  var isEmpty: Bool { before.isEmpty && after.isEmpty }

  func before(_ module: Module, _ inputs: [Value]) throws -> [Value] {
    try before.values.reduce(inputs) { inputs, hook in try hook(module, inputs) ?? inputs }
  }

  func after(_ module: Module, _ inputs: [Value], _ outputs: [Value]) throws -> [Value] {
    try after.values.reduce(outputs) { outputs, hook in try hook(module, inputs, outputs) ?? outputs }
  }

  mutating func add(before hook: @escaping ForwardPreHook) -> Int {
    next += 1
    before[next] = hook
    return next
  }

  mutating func add(after hook: @escaping ForwardHook) -> Int {
    next += 1
    after[next] = hook
    return next
  }

  mutating func remove(_ id: Int) {
    before[id] = nil
    after[id] = nil
  }
}

extension Module {
  /// Has `hook` called before each run: `register_forward_pre_hook`.
  public func registerForwardPreHook(_ hook: @escaping ForwardPreHook) -> HookHandle {
    let id = hooks.add(before: hook)
    return HookHandle { [weak self] in self?.hooks.remove(id) }
  }

  /// Has `hook` called after each run: `register_forward_hook`.
  public func registerForwardHook(_ hook: @escaping ForwardHook) -> HookHandle {
    let id = hooks.add(after: hook)
    return HookHandle { [weak self] in self?.hooks.remove(id) }
  }
}
