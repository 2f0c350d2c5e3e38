import Lua
import NN
import Tensor

extension ModuleClass {
  /// Modes and conversions. They return the module itself.
  static var modeMethods: [Function] {
    func selfReturning(
      _ name: String, _ signature: String, _ help: String, _ body: @escaping (Arguments, Module) throws -> Void
    ) -> Function {
      Function(name, signature, help: help, example: "nn.Linear(2, 2):\(name)()") { a in
        try body(a, a.module(0))
        return a.count > 0 ? .argument(0) : .value(.same(try a.module(0)))
      }
    }
    let conversions: [(String, DType)] = [
      ("float", .float32), ("double", .float64), ("half", .float16), ("bfloat16", .bfloat16),
    ]
    return [
      selfReturning(
        "train", "(self: Module, mode: bool = true) -> Module", "Training mode, for all modules inside too."
      ) {
        $1.train(try $0.bool(1))
      },
      selfReturning("eval", "(self: Module) -> Module", "Evaluation mode.") { $1.eval() },
      selfReturning(
        "requires_grad_", "(self: Module, requires_grad: bool = true) -> Module", "Whether to train the parameters."
      ) {
        try $1.requiresGrad($0.bool(1))
      },
      Function(
        "zero_grad", "(self: Module, set_to_none: bool = true)", help: "Clears all gradients.",
        example: "nn.Linear(2, 2):zero_grad()"
      ) { a in
        try a.module(0).zeroGrad(setToNone: a.bool(1))
        return .none
      },
      selfReturning("cpu", "(self: Module) -> Module", "Parameters on the CPU, where they are.") { _, _ in },
      selfReturning("cuda", "(self: Module, device: Device? = nil) -> Module", "Parameters on a CUDA device.") { _, _ in
        try DeviceObject(type: "cuda").checkAvailable()
      },
      Function(
        "to",
        "(self: Module, device: any = nil, dtype: any = nil, non_blocking: any = nil, *, memory_format: any = nil) -> Module",
        help: "Parameters and buffers of another type, or on another device.",
        example: "nn.Linear(2, 2):to(torch.float64)"
      ) { a in
        let module = try a.module(0)
        for index in 1...2 {
          let value = a[index]
          if let dtype = value.object(as: DTypeObject.self)?.dtype {
            try module.to(dtype)
          } else if let tensor = value.tensor {
            if tensor.dtype.isFloatingPoint { try module.to(tensor.dtype) }
          } else if !value.isNil, value.boolean == nil {
            guard let device = try DeviceObject.from(value) else {
              throw a.wrongType(index, expected: "a dtype or device")
            }
            try device.checkAvailable()
          }
        }
        return a.count > 0 ? .argument(0) : .value(.same(module))
      },
      Function(
        "apply", "(self: Module, fn: function) -> Module", help: "Calls fn for all modules inside, then for this one.",
        example: "nn.Linear(2, 2):apply(print)"
      ) { a in
        let body = try a.function(1)
        try a.module(0).apply { _ = try body.call(.same($0)) }
        return a.count > 0 ? .argument(0) : .value(.same(try a.module(0)))
      },
    ]
      + conversions.map { name, dtype in
        selfReturning(name, "(self: Module) -> Module", "Parameters and buffers of type \(dtype.name).") {
          try $1.to(dtype)
        }
      }
  }

  /// Iterators over what is inside.
  static var walkMethods: [Function] {
    func iterator<T>(
      _ name: String, _ signature: String, _ help: String, _ items: @escaping (Arguments) throws -> [T],
      _ results: @escaping (T) -> LuaResults
    ) -> Function {
      Function(name, signature, help: help, example: "for x in nn.Linear(2, 2):\(name)() do print(x) end") { a in
        let items = try items(a)
        var next = 0
        return .closure(name) { _ in
          guard next < items.count else { return .nil }
          next += 1
          return results(items[next - 1])
        }
      }
    }
    typealias Named<T> = (name: String, value: T)
    let recursing = "(self: Module, recurse: bool = true) -> function"
    let naming = "(self: Module, prefix: string = '', recurse: bool = true, remove_duplicate: bool = true) -> function"
    return [
      iterator("parameters", recursing, "All parameters.", { try $0.module(0).parameters(recurse: $0.bool(1)) }) {
        .value(.same($0))
      },
      iterator(
        "named_parameters", naming, "All parameters with their names.",
        { try $0.module(0).namedParameters(prefix: $0.string(1), recurse: $0.bool(2), removeDuplicate: $0.bool(3)) },
        { [.string($0.name), .same($0.parameter)] }),
      iterator("buffers", recursing, "All buffers.", { try $0.module(0).buffers(recurse: $0.bool(1)) }) {
        .value(.same($0))
      },
      iterator(
        "named_buffers", naming, "All buffers with their names.",
        { try $0.module(0).namedBuffers(prefix: $0.string(1), recurse: $0.bool(2), removeDuplicate: $0.bool(3)) },
        { [.string($0.name), .same($0.buffer)] }),
      iterator("modules", "(self: Module) -> function", "This module and all inside.", { try $0.module(0).modules() }) {
        .value(.same($0))
      },
      iterator(
        "named_modules",
        "(self: Module, memo: any = nil, prefix: string = '', remove_duplicate: bool = true) -> function",
        "This module and all inside with their names.",
        { try $0.module(0).namedModules(prefix: $0.string(2), removeDuplicate: $0.bool(3)) },
        { [.string($0.name), .same($0.module)] }),
      iterator(
        "children", "(self: Module) -> function", "The modules directly inside.", { try $0.module(0).children() }
      ) {
        .value(.same($0))
      },
      iterator(
        "named_children", "(self: Module) -> function", "The modules directly inside with their names.",
        { try $0.module(0).namedChildren() }, { [.string($0.name), .same($0.module)] }),
      Function(
        "get_submodule", "(self: Module, target: string) -> Module", help: "The module at a path.",
        example: "nn.Sequential(nn.ReLU()):get_submodule('0')"
      ) { a in .value(.same(try a.module(0).submodule(a.string(1)))) },
      Function(
        "get_parameter", "(self: Module, target: string) -> Tensor", help: "The parameter at a path.",
        example: "nn.Linear(2, 2):get_parameter('weight')"
      ) { a in
        let path = try a.string(1)
        let (owner, name) = try split(path, in: a.module(0))
        return .value(.same(try owner.requiredParameter(name)))
      },
    ]
  }

  /// The module that a path's last name belongs to, and that name.
  private static func split(_ path: String, in module: Module) throws -> (Module, String) {
    guard let dot = path.lastIndex(of: ".") else { return (module, path) }
    return (try module.submodule(String(path[..<dot])), String(path[path.index(after: dot)...]))
  }

  /// Registration by name, and hooks.
  static var registrationMethods: [Function] {
    func adder(_ name: String) -> Function {
      Function(
        name, "(self: Module, name: string, module: Module?)", help: "Registers a module.",
        example: "nn.Sequential():\(name)('relu', nn.ReLU())"
      ) { a in
        try a.module(0).register(child: a.string(1), a.optionalObject(2))
        try a.keep(2, in: 0, key: .string(a.string(1)))
        return .none
      }
    }
    return [
      adder("add_module"), adder("register_module"),
      Function(
        "register_parameter", "(self: Module, name: string, param: Tensor?)", help: "Registers a parameter.",
        example: "nn.Module():register_parameter('w', nn.Parameter(torch.ones(2)))"
      ) { a in
        try a.module(0).register(parameter: a.string(1), a.optionalTensor(2))
        try a.keep(2, in: 0, key: .string(a.string(1)))
        return .none
      },
      Function(
        "register_buffer", "(self: Module, name: string, tensor: Tensor?, persistent: bool = true)",
        help: "Registers state that is no parameter.", example: "nn.Module():register_buffer('mean', torch.zeros(2))"
      ) { a in
        try a.module(0).register(buffer: a.string(1), a.optionalTensor(2), persistent: a.bool(3))
        try a.keep(2, in: 0, key: .string(a.string(1)))
        return .none
      },
      Function(
        "register_forward_hook", "(self: Module, hook: function) -> RemovableHandle",
        help: "Has hook(module, inputs, output) called after each run; what it returns replaces the output.",
        example: "nn.ReLU():register_forward_hook(print)"
      ) { a in
        let hook = try a.function(1)
        let state = a.state
        let handle = try a.module(0).registerForwardHook { module, inputs, outputs in
          let input = LuaValue.list(inputs.map { $0.luaValue(state) })
          let output = outputs.count == 1 ? outputs[0].luaValue(state) : .list(outputs.map { $0.luaValue(state) })
          return try replacement(hook, [.same(module), input, output])
        }
        return .object(HandleObject(handle))
      },
      Function(
        "register_forward_pre_hook", "(self: Module, hook: function) -> RemovableHandle",
        help: "Has hook(module, inputs) called before each run; what it returns replaces the inputs.",
        example: "nn.ReLU():register_forward_pre_hook(print)"
      ) { a in
        let hook = try a.function(1)
        let state = a.state
        let handle = try a.module(0).registerForwardPreHook { module, inputs in
          try replacement(hook, [.same(module), .list(inputs.map { $0.luaValue(state) })])
        }
        return .object(HandleObject(handle))
      },
      Function(
        "forward", "(self: Module, inputs: any...) -> Tensor", help: "The module's function, without hooks.",
        example: "nn.ReLU():forward(torch.randn(2))"
      ) { a in results(try a.module(0).forward(a.moduleValues(from: 1)), a.state) },
      Function(
        "_get_name", "(self: Module) -> string", help: "The name of the class.", example: "nn.ReLU():_get_name()"
      ) {
        a in .string(try a.module(0).typeName)
      },
    ]
  }

  /// What a hook gives in place of the values that it saw; nil if nothing.
  private static func replacement(_ hook: LuaFunction, _ arguments: [LuaValue]) throws -> [Value]? {
    let state = try hook.reference.state()
    return try state.call(.function(hook), arguments) { results in
      guard let first = results.first, !first.isNil else { return nil }
      if results.count == 1, case .list(let values) = try first.moduleValue() { return values }
      return try results.map { try $0.moduleValue() }
    }
  }
}

/// What `register_hook` and its kin return.
final class HandleObject {
  private let handle: HookHandle
  init(_ handle: HookHandle) { self.handle = handle }

  static var declaration: LuaClass {
    LuaClass(
      "RemovableHandle", of: HandleObject.self, help: "What removes a hook.",
      methods: [
        Function(
          "remove", "(self: RemovableHandle)", help: "Removes the hook.",
          example: "nn.ReLU():register_forward_hook(print):remove()"
        ) { a in
          try a.object(0, as: HandleObject.self).handle.remove()
          return .none
        }
      ])
  }
}
