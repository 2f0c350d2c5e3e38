import Lua
import NN
import Tensor

extension ModuleClass {
  /// Hooks: functions that see, and may replace, what passes through a module.
  static var hookMethods: [Function] {
    [
      hook(
        "register_forward_pre_hook",
        "Has hook(module, inputs) called before each run, with a table of inputs; what it returns replaces the inputs."
      ) { module, hook, handle, first in
        module.registerForwardPreHook(first: first) { module, inputs in
          let state = try handle.open()
          return try replacement(state, hook, [.same(module), .list(inputs.map { $0.luaValue(state) })])
        }
      },
      hook(
        "register_forward_hook",
        "Has hook(module, inputs, output) called after each run; what it returns replaces the output."
      ) { module, hook, handle, first in
        module.registerForwardHook(first: first) { module, inputs, outputs in
          let state = try handle.open()
          let input = LuaValue.list(inputs.map { $0.luaValue(state) })
          let output = outputs.count == 1 ? outputs[0].luaValue(state) : .list(outputs.map { $0.luaValue(state) })
          return try replacement(state, hook, [.same(module), input, output])
        }
      },
      hook(
        "register_full_backward_pre_hook",
        "Has hook(module, grad_output) called when gradients of the outputs arrive, with a table of them; what it returns replaces them."
      ) { module, hook, handle, first in
        module.registerFullBackwardPreHook(first: first) { module, outputs in
          try gradients(handle.open(), hook, [.same(module), gradients(outputs)])
        }
      },
      hook(
        "register_full_backward_hook",
        "Has hook(module, grad_input, grad_output) called when the gradients of the inputs are known, with tables of gradients; what it returns replaces those of the inputs."
      ) { module, hook, handle, first in
        module.registerFullBackwardHook(first: first) { module, inputs, outputs in
          try gradients(handle.open(), hook, [.same(module), gradients(inputs), gradients(outputs)])
        }
      },
    ]
  }

  private static func hook(
    _ name: String, _ help: String,
    _ register: @escaping (Module, LuaValue, LuaStateHandle, _ first: Bool) throws -> HookHandle
  ) -> Function {
    Function(
      name, "(self: Module, hook: callable, *, prepend: bool = false) -> RemovableHandle",
      help: "\(help) With prepend it comes before the other hooks.",
      example: "handle = nn.ReLU():\(name)(function(...) print(...) end)\nhandle:remove()"
    ) { a in .object(HandleObject(try register(a.module(0), a.value(1), a.state.handle, a.bool(2)))) }
  }

  /// What a hook gives in place of the values that it saw; nil if nothing.
  private static func replacement(_ state: LuaState, _ hook: LuaValue, _ arguments: [LuaValue]) throws -> [Value]? {
    try state.call(hook, arguments) { results in
      guard let first = results.first, !first.isNil else { return nil }
      if results.count == 1, case .list(let values) = try first.moduleValue() { return values }
      return try results.map { try $0.moduleValue() }
    }
  }

  private static func gradients(_ tensors: [Tensor?]) -> LuaValue {
    .list(tensors.map { .optional($0) { .object($0) } })
  }

  /// The gradients that a hook gives, one by itself or several in a table; nil if none.
  private static func gradients(_ state: LuaState, _ hook: LuaValue, _ arguments: [LuaValue]) throws -> [Tensor?]? {
    try state.call(hook, arguments) { results in
      guard let first = results.first, !first.isNil else { return nil }
      guard let table = first.table else {
        guard let tensor = first.tensor else {
          throw TensorError("a backward hook gives a tensor or a table of tensors, not \(first.typeName)", kind: .type)
        }
        return [tensor]
      }
      return try (1...max(1, table.count)).map { index in try table.withElement(index) { $0.tensor } }
    }
  }
}

/// What `register_hook` and its kin return.
final class HandleObject {
  private let handle: HookHandle
  init(_ handle: HookHandle) { self.handle = handle }

  static var declaration: LuaClass {
    LuaClass(
      "RemovableHandle", of: HandleObject.self, help: "What registering a hook gives, to remove it again.",
      example: "handle = nn.ReLU():register_forward_hook(print)\nhandle:remove()",
      methods: [
        Function(
          "remove", "(self: RemovableHandle)", help: "Removes the hook: it is not called any more.",
          example: "nn.ReLU():register_forward_hook(print):remove()"
        ) { a in
          try a.object(0, as: HandleObject.self).handle.remove()
          return .none
        }
      ])
  }
}
