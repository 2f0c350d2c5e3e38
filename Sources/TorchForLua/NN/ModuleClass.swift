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
      methods: modeMethods + walkMethods + stateMethods + registrationMethods + hookMethods,
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
    if let position = key.integer.map({ Int($0) }) {
      switch module {
      case let module as any ModuleSequence: return .value(.optional(try module.module(at: position)) { .same($0) })
      case let module as ParameterList: return .value(.optional(try module.parameter(at: position)) { .same($0) })
      default: return .none
      }
    }
    if let sequence = module as? any ModuleSequence, let part = try part(of: sequence, key) { return part }
    guard let name = key.string else { return .none }
    if let child = module.child(name) { return .value(.same(child)) }
    if let parameter = module.parameter(name) { return .value(.same(parameter)) }
    if let buffer = module.buffer(name) { return .value(.same(buffer)) }
    if module.has(name) { return .value(.nil) }
    if let attribute = module.attributes.first(where: { $0.name == name }) { return .value(attribute.value.luaValue) }
    return .none
  }

  /// `net["1:3"]` or `net[{1, 3}]`: another container of some of the modules; nil where the key is no slice.
  private static func part(of sequence: any ModuleSequence, _ key: StackValue) throws -> LuaResults? {
    let items: [IndexItem]?
    if key.kind == .table { items = [try IndexGrammar.slice(key)] } else { items = try IndexGrammar.items(key) }
    guard let items, items.count == 1, case .slice(let start, let stop, let step) = items[0] else { return nil }
    let count = sequence.ownChildren.count
    func position(_ value: Int?, _ standard: Int) -> Int {
      value.map { max(0, min(count, $0 < 0 ? $0 + count : $0)) } ?? standard
    }
    let (first, end) = (position(start, 0), position(stop, count))
    return .value(.same(try sequence.part(Array(stride(from: first, to: max(first, end), by: step)))))
  }

  /// Assigning a module or a parameter registers it; what is registered already is replaced; all else is a plain field.
  private static func assign(_ a: Arguments) throws -> LuaClass.Assignment {
    let module = try a.module(0)
    let value = a[2]
    if let position = a[1].integer {
      switch module {
      case let module as any ModuleSequence where value.isNil:
        _ = try module.remove(at: Int(position))
        try ContainerClasses.keepChildren(a)
        return .taken
      case let module as any ModuleSequence: try module.replace(Int(position), by: a.module(2))
      case let module as ParameterList: try module.replace(Int(position), by: a.tensor(2))
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
    // A parameter or buffer keeps its name, as one that is None in PyTorch: layers know that they may lack it.
    if module.ownParameters[name] != nil {
      try module.set(parameter: name, to: nil)
    } else if module.ownBuffers[name] != nil {
      try module.set(buffer: name, to: nil)
    } else {
      module.remove(name)
    }
    return .taken
  }
}
