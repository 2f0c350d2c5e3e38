import Lua
import NN
import Tensor

extension ModuleClass {
  /// Modes and conversions. They return the module itself.
  static var modeMethods: [Function] {
    func selfReturning(
      _ name: String, _ signature: String, _ help: String, _ example: String? = nil,
      _ body: @escaping (Arguments, Module) throws -> Void
    ) -> Function {
      Function(
        name, signature, help: help,
        example: example ?? "nn.Linear(2, 3):\(name)() --> Linear(in_features=2, out_features=3, bias=True)"
      ) { a in
        try body(a, a.module(0))
        return a.count > 0 ? .argument(0) : .value(.same(try a.module(0)))
      }
    }
    let conversions: [(String, DType)] = [
      ("float", .float32), ("double", .float64), ("half", .float16), ("bfloat16", .bfloat16),
    ]
    return [
      selfReturning(
        "train", "(self: Module, mode: bool = true) -> Module",
        "Switches to training mode, all modules inside too, or with false to evaluation; returns the module."
      ) {
        $1.train(try $0.bool(1))
      },
      selfReturning(
        "eval", "(self: Module) -> Module",
        "Switches to evaluation mode, all modules inside too, and returns the module: dropout does nothing, batch normalization uses its running statistics."
      ) { $1.eval() },
      selfReturning(
        "requires_grad_", "(self: Module, requires_grad: bool = true) -> Module",
        "Says for all parameters whether they are trained, that is whether their gradients are computed; returns the module."
      ) {
        try $1.requiresGrad($0.bool(1))
      },
      Function(
        "zero_grad", "(self: Module, set_to_none: bool = true)",
        help: "Clears the gradients of all parameters: sets them to nil, or without set_to_none to zeros.",
        example: """
          net = nn.Linear(2, 2)
          net(torch.ones(1, 2)):sum():backward()
          net:zero_grad()
          net.bias.grad --> nil
          """
      ) { a in
        try a.module(0).zeroGrad(setToNone: a.bool(1))
        return .none
      },
      selfReturning("cpu", "(self: Module) -> Module", "The module itself: everything is on the CPU.") { _, _ in },
      selfReturning(
        "cuda", "(self: Module, device: Device? = nil) -> Module", "An error that tells that there is no CUDA device.",
        "pcall(nn.Linear(2, 2).cuda, nn.Linear(2, 2)) --> false  \"example:1: Torch not compiled with CUDA enabled\""
      ) { _, _ in
        try DeviceObject(type: "cuda").checkAvailable()
      },
      Function(
        "to",
        "(self: Module, device: any = nil, dtype: any = nil, non_blocking: any = nil, *, memory_format: any = nil) -> Module",
        help: """
          Converts the floating-point parameters and buffers, all modules inside too, to a type, or that of a \
          tensor; or moves them to a device, of which there is the CPU. Returns the module.
          """,
        example: "nn.Linear(2, 2):to(torch.float64).weight.dtype --> torch.float64"
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
        "type", "(self: Module, dst_type: dtype) -> Module",
        help: "Converts parameters and buffers to another type, and returns the module.",
        example: "nn.Linear(2, 2):type(torch.float64).weight.dtype --> torch.float64"
      ) { a in
        try a.module(0).to(a.object(1, as: DTypeObject.self).dtype)
        return a.count > 0 ? .argument(0) : .value(.same(try a.module(0)))
      },
      Function(
        "apply", "(self: Module, fn: function) -> Module",
        help: "Calls fn(module) for all modules inside, then for this one, and returns it: for initial values.",
        example: "nn.Sequential(nn.ReLU()):apply(function(module) print(module:_get_name()) end)"
      ) { a in
        let body = try a.function(1)
        try a.module(0).apply { _ = try body.call(.same($0)) }
        return a.count > 0 ? .argument(0) : .value(.same(try a.module(0)))
      },
    ]
      + conversions.map { name, dtype in
        selfReturning(
          name, "(self: Module) -> Module",
          "Converts the floating-point parameters and buffers, all modules inside too, to \(dtype.name), and returns the module.",
          "nn.Linear(2, 2):\(name)().weight.dtype --> torch.\(dtype.name)"
        ) {
          try $1.to(dtype)
        }
      }
  }

  /// Iterators over what is inside.
  static var walkMethods: [Function] {
    let network = "nn.Sequential(nn.BatchNorm1d(2))"
    func iterator<T>(
      _ name: String, _ signature: String, _ help: String, prints printed: String,
      _ items: @escaping (Arguments) throws -> [T],
      _ results: @escaping (T) -> LuaResults
    ) -> Function {
      Function(
        name, signature, help: help,
        example:
          "for x in \(network):\(name)() do print(x\(name.hasSuffix("ters") && !name.hasPrefix("named") || name == "buffers" ? ".shape" : "")) end --> \(printed)"
      ) { a in
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
      iterator(
        "parameters", recursing,
        "Iterates over all parameters, of modules inside too unless recurse is false; one that several share comes once.",
        prints: "torch.Size([2])\n--> torch.Size([2])",
        { try $0.module(0).parameters(recurse: $0.bool(1)) }
      ) {
        .value(.same($0))
      },
      iterator(
        "named_parameters", naming,
        "Iterates over the names, with prefix in front, and all parameters, of modules inside too unless recurse is false.",
        prints: "0.weight\n--> 0.bias",
        { try $0.module(0).namedParameters(prefix: $0.string(1), recurse: $0.bool(2), removeDuplicate: $0.bool(3)) },
        { [.string($0.name), .same($0.parameter)] }),
      iterator(
        "buffers", recursing,
        "Iterates over all buffers, state that is not trained such as running statistics, of modules inside too unless recurse is false.",
        prints: "torch.Size([2])\n--> torch.Size([2])\n--> torch.Size([])",
        { try $0.module(0).buffers(recurse: $0.bool(1)) }
      ) {
        .value(.same($0))
      },
      iterator(
        "named_buffers", naming,
        "Iterates over the names, with prefix in front, and all buffers, of modules inside too unless recurse is false.",
        prints: "0.running_mean\n--> 0.running_var\n--> 0.num_batches_tracked",
        { try $0.module(0).namedBuffers(prefix: $0.string(1), recurse: $0.bool(2), removeDuplicate: $0.bool(3)) },
        { [.string($0.name), .same($0.buffer)] }),
      iterator(
        "modules", "(self: Module) -> function", "Iterates over this module and all inside, each once.",
        prints:
          "Sequential(\n-->   (0): BatchNorm1d(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)\n--> )\n--> BatchNorm1d(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)",
        { try $0.module(0).modules() }
      ) {
        .value(.same($0))
      },
      iterator(
        "named_modules",
        "(self: Module, memo: any = nil, prefix: string = '', remove_duplicate: bool = true) -> function",
        "Iterates over the paths, with prefix in front, of this module and of all inside, and the modules.",
        prints: "\n--> 0",
        { try $0.module(0).namedModules(prefix: $0.string(2), removeDuplicate: $0.bool(3)) },
        { [.string($0.name), .same($0.module)] }),
      iterator(
        "children", "(self: Module) -> function", "Iterates over the modules directly inside.",
        prints: "BatchNorm1d(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)",
        { try $0.module(0).children() }
      ) {
        .value(.same($0))
      },
      iterator(
        "named_children", "(self: Module) -> function",
        "Iterates over the names of the modules directly inside, and the modules.",
        prints: "0",
        { try $0.module(0).namedChildren() }, { [.string($0.name), .same($0.module)] }),
      Function(
        "get_submodule", "(self: Module, target: string) -> Module",
        help: "The module at a path of names such as layer1.0.conv1; an error where there is none.",
        example: "nn.Sequential(nn.ReLU()):get_submodule('0') --> ReLU()"
      ) { a in .value(.same(try a.module(0).submodule(a.string(1)))) },
      Function(
        "get_parameter", "(self: Module, target: string) -> Tensor",
        help: "The parameter at a path of names such as layer1.0.conv1.weight; an error where there is none.",
        example: "nn.Linear(2, 2):get_parameter('weight').shape --> torch.Size([2, 2])"
      ) { a in
        let (owner, name) = try split(a.string(1), in: a.module(0))
        if let parameter = owner.parameter(name) { return .value(.same(parameter)) }
        throw TensorError(
          owner.has(name)
            ? "`\(name)` is not an nn.Parameter" : "\(owner.typeName) has no attribute `\(name)`", kind: .attribute)
      },
      Function(
        "get_buffer", "(self: Module, target: string) -> Tensor", help: "The buffer at a path.",
        example: "nn.BatchNorm1d(2):get_buffer('running_mean')"
      ) { a in
        let (owner, name) = try split(a.string(1), in: a.module(0))
        if let buffer = owner.buffer(name) { return .value(.same(buffer)) }
        throw TensorError(
          owner.has(name) ? "`\(name)` is not a buffer" : "\(owner.typeName) has no attribute `\(name)`",
          kind: .attribute)
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
        name, "(self: Module, name: string, module: Module?)",
        help: "Registers a module under a name, as assigning it does.",
        example: "net = nn.Sequential()\nnet:\(name)('relu', nn.ReLU())\nnet.relu --> ReLU()"
      ) { a in
        try a.module(0).register(child: a.string(1), a.optionalObject(2))
        try a.keep(2, in: 0, key: .string(a.string(1)))
        return .none
      }
    }
    return [
      adder("add_module"), adder("register_module"),
      Function(
        "register_parameter", "(self: Module, name: string, param: Tensor?)",
        help: "Registers a parameter under a name, or nil for none, as assigning it does.",
        example: """
          net = nn.Module()
          net:register_parameter('w', nn.Parameter(torch.ones(2)))
          net:state_dict():keys() --> {"w"}
          """
      ) { a in
        try a.module(0).register(parameter: a.string(1), a.optionalTensor(2))
        try a.keep(2, in: 0, key: .string(a.string(1)))
        return .none
      },
      Function(
        "register_buffer", "(self: Module, name: string, tensor: Tensor?, persistent: bool = true)",
        help: """
          Registers a tensor that is state but not trained, such as running statistics. It is saved in state \
          dicts unless persistent is false.
          """,
        example: """
          net = nn.Module()
          net:register_buffer('mean', torch.zeros(2))
          net.mean --> tensor([0., 0.])
          """
      ) { a in
        try a.module(0).register(buffer: a.string(1), a.optionalTensor(2), persistent: a.bool(3))
        try a.keep(2, in: 0, key: .string(a.string(1)))
        return .none
      },
      Function(
        "forward", "(self: Module, inputs: any...) -> Tensor",
        help: """
          What the module computes, without hooks: calling the module runs both. A class written in Lua \
          defines it.
          """,
        example: "nn.ReLU():forward(torch.tensor{-1., 2.}) --> tensor([0., 2.])"
      ) { a in
        let module = try a.module(0)
        // A class written in Lua has this one where it defines none.
        if module is ScriptedModule {
          throw TensorError(
            "Module [\(module.typeName)] is missing the required \"forward\" function", kind: .notImplemented)
        }
        return results(try module.forward(a.moduleValues(from: 1, of: module)), a.state)
      },
      Function(
        "reset_parameters", "(self: Module)",
        help: "Draws new initial values for the layer's own parameters, as when it was made.",
        example: "nn.Linear(2, 2):reset_parameters()"
      ) { a in
        try a.module(0).resetParameters()
        return .none
      },
      Function(
        "extra_repr", "(self: Module) -> string",
        help: "What the printed form says between the parentheses. A class written in Lua may have its own.",
        example: "nn.Linear(2, 2):extra_repr() --> \"in_features=2, out_features=2, bias=True\""
      ) { a in .string(try a.module(0).builtInExtraText) },
      Function(
        "deepcopy", "(self: Module) -> Module",
        help: "A copy with parameters, buffers and modules of its own: what copy.deepcopy(module) gives.",
        example: """
          net = nn.Linear(2, 2)
          net:deepcopy().weight == net.weight --> true
          """
      ) { a in .value(try LuaCopy(a.state).copy(a.value(0))) },
      Function(
        "_get_name", "(self: Module) -> string", help: "The name of the module's class.",
        example: "nn.ReLU():_get_name() --> \"ReLU\""
      ) {
        a in .string(try a.module(0).typeName)
      },
    ]
  }
}
