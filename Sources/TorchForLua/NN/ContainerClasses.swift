import Lua
import NN
import Tensor

/// Containers of modules and parameters. Lua's side of what they hold lives as long as they do.
enum ContainerClasses {
  static var all: [LuaClass] { [sequential, moduleList, moduleDict, parameterList, parameterDict] }

  /// The modules among the arguments, or in the one table, with their names; and what keeps them alive.
  private static func named(_ a: Arguments, from first: Int) throws -> [(name: String, module: Module)] {
    var modules: [(String, Module)] = []
    func add(_ name: String, _ value: StackValue) throws {
      guard let module = value.object(as: Module.self) else {
        throw TensorError("\(value.typeName) is not a Module subclass", kind: .type)
      }
      modules.append((name, module))
    }
    for value in a.rest(from: first) {
      if let table = value.table {
        try table.forEachElement { try add(String(modules.count), $0) }
        if table.count == 0 {
          var pairs: [(String, Module)] = []
          try table.forEachPair { key, value in
            guard let name = key.string, let module = value.object(as: Module.self) else {
              throw TensorError("a container's table holds modules under names", kind: .type)
            }
            pairs.append((name, module))
          }
          modules += pairs.sorted { $0.0 < $1.0 }
        }
      } else if let map = value.object(as: OrderedMap.self) {
        for key in map.entries.keys {
          guard let name = key.string, let module = try map.value(key, a.state)?.object(as: Module.self) else {
            throw TensorError("a container's map holds modules under names", kind: .type)
          }
          modules.append((name, module))
        }
      } else if !value.isNil {
        try add(String(modules.count), value)
      }
    }
    return modules
  }

  /// A new container as a result, which keeps Lua's side of its modules alive.
  static func result(_ container: Module, _ a: Arguments) throws -> LuaResults {
    let userdata = LuaValue.reference(try a.state.refer(to: .same(container)))
    for (name, child) in container.ownChildren {
      if let child { try a.state.keep(.same(child), in: userdata, key: .string(name)) }
    }
    return .value(userdata)
  }

  /// Keeps Lua's side of all children of argument 0, which have changed.
  static func keepChildren(_ a: Arguments) throws {
    let container = try a.module(0)
    for (name, child) in container.ownChildren {
      if let child { try a.state.keep(.same(child), in: .same(container), key: .string(name)) }
    }
  }

  private static var sequential: LuaClass {
    LuaClass(
      "Sequential", of: Sequential.self, parent: "Module",
      help: """
        Modules one after the other: each is fed with what the one before gave. They are numbered from 0, \
        net[0], or named by a map's keys; #net counts them.
        """,
      options: [.fields, .unique],
      constructor: Function(
        "Sequential", "(modules: Module|table|OrderedMap...) -> Sequential",
        help: "Takes modules, or one table or ordered map of them.",
        example: """
          net = nn.Sequential(nn.Linear(4, 2), nn.ReLU())
          net(torch.ones(1, 4)).shape --> torch.Size([1, 2])
          """
      ) { a in try result(Sequential(named: named(a, from: 0)), a) },
      methods: sequenceMethods("Sequential", "nn.Sequential(nn.ReLU(), nn.Identity())"),
      metamethods: sequenceMetamethods)
  }

  private static var moduleList: LuaClass {
    LuaClass(
      "ModuleList", of: ModuleList.self, parent: "Module",
      help: """
        A list of modules, counted from 0, whose parameters count as the network's. It has no forward of its \
        own; list[0] reads, pairs(list) iterates, #list counts.
        """,
      options: [.fields, .unique],
      constructor: Function(
        "ModuleList", "(modules: table|Sequential|ModuleList|nil = nil) -> ModuleList",
        help: "Takes a table of modules, or a container of them.",
        example: "#nn.ModuleList{nn.ReLU(), nn.Identity()} --> 2"
      ) { a in try result(ModuleList(modules(a[0])), a) },
      methods: sequenceMethods("ModuleList", "nn.ModuleList{nn.ReLU(), nn.Identity()}"),
      metamethods: sequenceMetamethods)
  }

  /// The modules of a table, or of a container.
  private static func modules(_ value: StackValue) throws -> [Module] {
    if let sequence = value.object(as: Module.self) as? any ModuleSequence { return sequence.list }
    var modules: [Module] = []
    try value.table?.forEachElement { element in
      guard let module = element.object(as: Module.self) else {
        throw TensorError("\(element.typeName) is not a Module subclass", kind: .type)
      }
      modules.append(module)
    }
    return modules
  }

  /// The methods of containers whose order counts.
  private static func sequenceMethods(_ name: String, _ made: String) -> [Function] {
    [
      Function(
        "append", "(self: \(name), module: Module) -> \(name)", help: "Adds a module at the end.",
        example: "#\(made):append(nn.ReLU()) --> 3"
      ) { a in
        try a.sequence(0).append(a.module(1))
        try keepChildren(a)
        return .argument(0)
      },
      Function(
        "extend", "(self: \(name), modules: table|Sequential|ModuleList) -> \(name)",
        help: "Adds modules at the end, from a table or another container.", example: "#\(made):extend{nn.ReLU()} --> 3"
      ) { a in
        try a.sequence(0).extend(modules(a[1]))
        try keepChildren(a)
        return .argument(0)
      },
      Function(
        "insert", "(self: \(name), index: int, module: Module) -> \(name)",
        help: "Puts a module before a position; the modules are counted anew.",
        example: "\(made):insert(0, nn.Identity())[0] --> Identity()"
      ) { a in
        try a.sequence(0).insert(a.int(1), a.module(2))
        try keepChildren(a)
        return .argument(0)
      },
      Function(
        "pop", "(self: \(name), index: int = -1) -> Module?",
        help: "Takes a module out; the others are counted anew.", example: "\(made):pop(0) --> ReLU()"
      ) { a in
        let module = try a.sequence(0).remove(at: a.int(1)).map { try a.state.refer(to: .same($0)) }
        try keepChildren(a)
        return .value(module.map { .reference($0) } ?? .nil)
      },
      Function(
        "iter", "(self: \(name)) -> function", help: "Goes through positions and modules: for i, m in list:iter() do.",
        example: "for i, m in \(made)[\"0:1\"]:iter() do print(m) end --> ReLU()"
      ) { a in iterator(try a.sequence(0).list) },
    ]
  }

  private static var sequenceMetamethods: [Function] {
    [
      Function("__pairs") { a in iterator(try a.sequence(0).list) },
      Function("__add") { a in
        let (first, second) = (try a.sequence(0), try a.sequence(1))
        guard type(of: first) == type(of: second) else {
          throw TensorError(
            "unsupported operand type(s) for +: '\(a[0].typeName)' and '\(a[1].typeName)'", kind: .type)
        }
        let modules = first.list + second.list
        return try result(first is Sequential ? Sequential(modules) : ModuleList(modules), a)
      },
    ]
  }

  private static func iterator(_ modules: [Module]) -> LuaResults {
    var next = 0
    return .closure("next") { _ in
      guard next < modules.count else { return .nil }
      next += 1
      return [.integer(Int64(next - 1)), .same(modules[next - 1])]
    }
  }

  private static var moduleDict: LuaClass {
    LuaClass(
      "ModuleDict", of: ModuleDict.self, parent: "Module",
      help: """
        Modules by name, whose parameters count as the network's. It has no forward of its own; dict.name \
        reads, pairs(dict) iterates in order, #dict counts.
        """, options: [.fields, .unique],
      constructor: Function(
        "ModuleDict", "(modules: table|OrderedMap|nil = nil) -> ModuleDict",
        help: "Takes a table of modules by name, which are put in the names' order, or an ordered map.",
        example: "nn.ModuleDict({relu = nn.ReLU()}).relu --> ReLU()"
      ) { a in try result(ModuleDict(named(a, from: 0).map { ($0.name, $0.module) }), a) },
      methods: [
        Function(
          "keys", "(self: ModuleDict) -> table", help: "The names, as a table.",
          example: "nn.ModuleDict({relu = nn.ReLU()}):keys() --> {\"relu\"}"
        ) { a in
          .value(.strings(try a.object(0, as: ModuleDict.self).keys))
        },
        Function(
          "values", "(self: ModuleDict) -> table", help: "The modules, as a table.",
          example: "nn.ModuleDict({relu = nn.ReLU()}):values() --> {ReLU()}"
        ) { a in
          .value(.list(try a.object(0, as: ModuleDict.self).ownChildren.values.compactMap { $0.map { .same($0) } }))
        },
        Function(
          "update", "(self: ModuleDict, modules: table|OrderedMap)",
          help: "Takes over the modules of a table or ordered map; those of the same name are replaced.",
          example: """
            dict = nn.ModuleDict()
            dict:update{relu = nn.ReLU()}
            #dict --> 1
            """
        ) { a in
          try a.object(0, as: ModuleDict.self).update(named(a, from: 1).map { ($0.name, $0.module) })
          try keepChildren(a)
          return .none
        },
        Function(
          "pop", "(self: ModuleDict, key: string) -> Module", help: "Takes the module of a name out, and returns it.",
          example: "nn.ModuleDict({relu = nn.ReLU()}):pop('relu') --> ReLU()"
        ) { a in .value(.same(try a.object(0, as: ModuleDict.self).pop(a.string(1)))) },
        Function(
          "items", "(self: ModuleDict) -> function", help: "Goes through names and modules.",
          example: "for name, m in nn.ModuleDict({relu = nn.ReLU()}):items() do print(name) end --> relu"
        ) { a in iterator(try a.object(0, as: ModuleDict.self)) },
        Function(
          "clear", "(self: ModuleDict)", help: "Takes all modules out.",
          example: """
            dict = nn.ModuleDict({relu = nn.ReLU()})
            dict:clear()
            #dict --> 0
            """
        ) {
          a in
          try a.object(0, as: ModuleDict.self).clear()
          return .none
        },
      ],
      metamethods: [
        Function("__pairs") { a in iterator(try a.object(0, as: ModuleDict.self)) }
      ])
  }

  private static func iterator(_ modules: ModuleDict) -> LuaResults {
    let children = modules.ownChildren.compactMap { name, child in child.map { (name, $0) } }
    var next = 0
    return .closure("next") { _ in
      guard next < children.count else { return .nil }
      next += 1
      return [.string(children[next - 1].0), .same(children[next - 1].1)]
    }
  }

  private static var parameterList: LuaClass {
    LuaClass(
      "ParameterList", of: ParameterList.self, parent: "Module",
      help: "A list of parameters, counted from 0, that count as the network's. list[0] reads, #list counts.",
      options: [.fields, .unique],
      constructor: Function(
        "ParameterList", "(parameters: Tensor[]|nil = nil) -> ParameterList",
        help: "Takes a table of tensors, which become parameters.",
        example: "nn.ParameterList{torch.ones(2)}[0].requires_grad --> true"
      ) { a in .value(.same(try ParameterList(a.has(0) ? a.tensors(0) : []))) },
      methods: [
        Function(
          "append", "(self: ParameterList, value: Tensor) -> ParameterList",
          help: "Adds a tensor as a parameter at the end, and returns the list.",
          example: "#nn.ParameterList():append(torch.ones(2)) --> 1"
        ) { a in
          try a.object(0, as: ParameterList.self).append(a.tensor(1))
          return .argument(0)
        },
        Function(
          "extend", "(self: ParameterList, values: Tensor[]) -> ParameterList", help: "Adds parameters at the end.",
          example: "#nn.ParameterList():extend{torch.ones(2)} --> 1"
        ) { a in
          for tensor in try a.tensors(1) { try a.object(0, as: ParameterList.self).append(tensor) }
          return .argument(0)
        },
        Function(
          "iter", "(self: ParameterList) -> function", help: "Goes through positions and parameters.",
          example: "for i, p in nn.ParameterList{torch.ones(2)}:iter() do print(i) end --> 0"
        ) { a in iterator(try a.object(0, as: ParameterList.self).list.enumerated().map { (.integer(Int64($0)), $1) })
        },
      ],
      metamethods: [
        Function("__pairs") { a in
          iterator(try a.object(0, as: ParameterList.self).list.enumerated().map { (.integer(Int64($0)), $1) })
        }
      ])
  }

  private static func iterator(_ parameters: [(LuaValue, Tensor)]) -> LuaResults {
    var next = 0
    return .closure("next") { _ in
      guard next < parameters.count else { return .nil }
      next += 1
      return [parameters[next - 1].0, .same(parameters[next - 1].1)]
    }
  }

  private static func named(_ parameters: ParameterDict) -> [(LuaValue, Tensor)] {
    parameters.ownParameters.compactMap { name, tensor in tensor.map { (.string(name), $0) } }
  }

  private static var parameterDict: LuaClass {
    LuaClass(
      "ParameterDict", of: ParameterDict.self, parent: "Module",
      help: "Parameters by name, that count as the network's. dict.name reads, #dict counts.",
      options: [.fields, .unique],
      constructor: Function(
        "ParameterDict", "(parameters: table? = nil) -> ParameterDict",
        help: "Takes a table of tensors by name, which become parameters, in the names' order.",
        example: "nn.ParameterDict({scale = torch.ones(2)}).scale.requires_grad --> true"
      ) { a in
        var pairs: [(String, Tensor)] = []
        try a[0].table?.forEachPair { key, value in
          guard let name = key.string, let tensor = value.tensor else {
            throw TensorError("ParameterDict(): the table holds tensors under names", kind: .type)
          }
          pairs.append((name, tensor))
        }
        return .value(.same(try ParameterDict(pairs.sorted { $0.0 < $1.0 })))
      },
      methods: [
        Function(
          "keys", "(self: ParameterDict) -> table", help: "The names, as a table.",
          example: "nn.ParameterDict({scale = torch.ones(2)}):keys() --> {\"scale\"}"
        ) {
          a in
          .value(.strings(try a.object(0, as: ParameterDict.self).keys))
        },
        Function(
          "items", "(self: ParameterDict) -> function", help: "Goes through names and parameters.",
          example: "for name, p in nn.ParameterDict({scale = torch.ones(2)}):items() do print(name) end --> scale"
        ) { a in iterator(named(try a.object(0, as: ParameterDict.self))) },
      ],
      metamethods: [Function("__pairs") { a in iterator(named(try a.object(0, as: ParameterDict.self))) }])
  }
}

extension Arguments {
  fileprivate func sequence(_ index: Int) throws -> any ModuleSequence {
    if let sequence = try module(index) as? any ModuleSequence { return sequence }
    throw wrongType(index, expected: "Sequential or ModuleList")
  }
}
