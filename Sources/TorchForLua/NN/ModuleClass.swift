import Lua
import NN
import Tensor

/// `nn.Module` as Lua sees it: the base of all layers.
enum ModuleClass {
  static var declaration: LuaClass {
    LuaClass(
      "Module", of: Module.self,
      help: """
        A part of a network: parameters, buffers and modules, and a function of tensors that calling it runs. Fields read \
        what is registered, net.fc.weight; assigning a module or an nn.Parameter registers it. nn.class makes classes of \
        modules in Lua.
        """,
      options: [.fields, .unique],
      constructor: Function(
        "Module", "() -> Module", help: "",
        example: "net = nn.Module()\nnet.fc = nn.Linear(2, 2)\nnet.fc.bias.shape --> torch.Size([2])"
      ) { _ in
        .object(Module())
      },
      methods: modeMethods + walkMethods + stateMethods + registrationMethods,
      properties: [
        Property(
          "training", "bool", help: "Whether layers such as dropout behave as in training; see train() and eval().",
          example: "nn.ReLU():eval().training --> false",
          get: { a in .boolean(try a.module(0).isTraining) },
          set: { a in try a.module(0).isTraining = a[1].isTrue })
      ],
      metamethods: [
        Function("__call") { a in
          let module = try a.module(0)
          return results(try module.call(a.moduleValues(from: 1, of: module)), a.state)
        },
        Function("__tostring") { a in .string(try a.module(0).description) },
        Function("__len") { a in .integer(try length(a.module(0))) },
      ],
      index: { a in try index(a.module(0), a[1]) },
      newindex: assign,
      names: { module in
        Array(module.ownChildren.keys) + module.ownParameters.keys + module.ownBuffers.keys
      }, maker: { $0.typeName })
  }

  static func results(_ values: [Value], _ state: LuaState) -> LuaResults {
    if values.count == 1 { return .value(values[0].luaValue(state)) }
    return .values(values.map { $0.luaValue(state) })
  }

  private static func length(_ module: Module) throws -> Int {
    switch module {
    case let module as Sequential: return module.count
    case let module as ModuleList: return module.count
    case let module as ModuleDict: return module.count
    case let module as ParameterList: return module.count
    case let module as ParameterDict: return module.count
    default: throw TensorError("object of type '\(module.typeName)' has no len()", kind: .type)
    }
  }

  // MARK: Attributes

  /// What is registered under a name, an attribute, or the element of a container.
  private static func index(_ module: Module, _ key: StackValue) throws -> LuaResults {
    if let position = key.integer {
      switch module {
      case let module as Sequential: return .value(.same(try module.module(at: Int(position))))
      case let module as ModuleList: return .value(.same(try module.module(at: Int(position))))
      case let module as ParameterList:
        let list = module.list
        let index = position < 0 ? Int(position) &+ list.count : Int(position)
        guard list.indices.contains(index) else {
          throw TensorError("index \(position) is out of range", kind: .index)
        }
        return .value(.same(list[index]))
      default: return .none
      }
    }
    guard let name = key.string else { return .none }
    if let child = module.child(name) { return .value(.same(child)) }
    if let parameter = module.parameter(name) { return .value(.same(parameter)) }
    if let buffer = module.buffer(name) { return .value(.same(buffer)) }
    if module.has(name) { return .value(.nil) }
    if let attribute = module.attributes.first(where: { $0.name == name }) { return .value(attribute.value.luaValue) }
    return .none
  }

  /// Assigning a module or a parameter registers it; what is registered already is replaced; all else is a plain field.
  private static func assign(_ a: Arguments) throws -> LuaClass.Assignment {
    let module = try a.module(0)
    let value = a[2]
    if let position = a[1].integer {
      let child = try a.module(2)
      switch module {
      case let module as Sequential: try module.replace(Int(position), by: child)
      case let module as ModuleList: try module.replace(Int(position), by: child)
      default: throw TensorError("'\(module.typeName)' object does not support item assignment", kind: .type)
      }
      return .takenAndKept
    }
    guard let name = a[1].string else { return .plainField }
    if let child = value.object(as: Module.self) {
      try module.set(child: name, to: child)
      return .takenAndKept
    }
    if let tensor = value.tensor {
      if tensor.isParameter {
        try module.set(parameter: name, to: tensor)
        return .takenAndKept
      }
      if module.ownParameters[name] != nil {
        throw TensorError(
          "cannot assign 'torch.\(tensor.dtype.scalarTypeName)Tensor' as parameter '\(name)' (torch.nn.Parameter or None expected)",
          kind: .type)
      }
      if module.ownBuffers[name] != nil {
        try module.set(buffer: name, to: tensor)
        return .takenAndKept
      }
      if module.ownChildren[name] != nil {
        throw TensorError(
          "cannot assign 'Tensor' as child module '\(name)' (torch.nn.Module or None expected)", kind: .type)
      }
      return .plainField
    }
    guard module.has(name) else { return .plainField }
    guard value.isNil else {
      let kind = module.ownChildren[name] != nil ? "child module" : "parameter or buffer"
      throw TensorError(
        "cannot assign '\(value.typeName)' as \(kind) '\(name)' (nil or one of its kind expected)", kind: .type)
    }
    module.remove(name)
    return .taken
  }
}
