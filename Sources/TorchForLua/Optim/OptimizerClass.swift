import Checkpoint
import Lua
import NN
import OrderedCollections
import Tensor

/// Optimizers and their groups of parameters, as Lua sees them.
enum OptimizerClass {
  // MARK: Groups

  /// The groups that `params` stands for: tensors, what an iterator gives, or tables `{params = …, lr = …}`.
  static func groups(_ a: Arguments) throws -> [ParameterGroup] {
    let value = a[0]
    guard let table = value.table, table.count > 0, try table.withElement(1, { $0.tensor == nil }) else {
      return [try group(of: value)]
    }
    var groups: [ParameterGroup] = []
    try table.forEachElement { groups.append(try OptimizerClass.group($0)) }
    return groups
  }

  /// A group with options of its own: a table `{params = …, lr = …}`.
  private static func group(_ value: StackValue) throws -> ParameterGroup {
    guard let table = value.table else {
      throw TensorError("param_group must be a table with params, but got \(value.typeName)", kind: .type)
    }
    let group = try table.withField("params") { parameters in
      guard !parameters.isNil else {
        throw TensorError("a parameter group has no parameters under the name 'params'", kind: .key)
      }
      return try OptimizerClass.group(of: parameters)
    }
    try table.forEachPair { key, value in
      if let name = key.string, name != "params" { group[name] = try StateValue(value) }
    }
    return group
  }

  /// The group of what `params` of one group may be; an iterator such as `net:named_parameters()` gives names too.
  private static func group(of value: StackValue) throws -> ParameterGroup {
    if let tensor = value.tensor { return ParameterGroup([tensor]) }
    if value.kind == .function {
      let next = LuaFunction(try value.reference())
      var tensors: [Tensor] = []
      var names: [String] = []
      while case let results = try next.call(),
        let tensor = results.lazy.compactMap({ $0.object(as: Tensor.self) }).first
      {
        tensors.append(tensor)
        if let name = results.first?.string { names.append(name) }
      }
      guard names.count == tensors.count, !names.isEmpty else { return ParameterGroup(tensors) }
      return ParameterGroup(Array(zip(names, tensors)))
    }
    guard let table = value.table else {
      throw TensorError(
        "params argument given to the optimizer should be an iterable of Tensors or dicts, but got \(value.typeName)",
        kind: .type)
    }
    var tensors: [Tensor] = []
    try table.forEachElement { element in
      guard let tensor = element.tensor else {
        throw TensorError(
          "optimizer can only optimize Tensors, but one of the params is \(element.typeName)", kind: .type)
      }
      tensors.append(tensor)
    }
    return ParameterGroup(tensors)
  }

  static var group: LuaClass {
    LuaClass(
      "ParameterGroup", of: ParameterGroup.self,
      help: "Parameters of an optimizer with their options, which may be changed: group.lr = 0.01.",
      example: example + "o.param_groups[1].lr = 0.01\no.param_groups[1].lr --> 0.01",
      options: [.dynamicFirst, .unique, .missingIsNil],
      metamethods: [
        Function("__pairs") { a in
          let group = try a.object(0, as: ParameterGroup.self)
          let names = ["params"] + group.optionNames
          var next = 0
          return .closure("next") { _ in
            guard next < names.count else { return .nil }
            next += 1
            return [.string(names[next - 1]), value(names[next - 1], in: group)]
          }
        }
      ],
      index: { a in
        let group = try a.object(0, as: ParameterGroup.self)
        guard let name = a[1].string else { return .none }
        if name != "params", group[name] == nil { return .none }
        return .value(value(name, in: group))
      },
      newindex: { a in
        guard let name = a[1].string else { throw TensorError("an option's name is a string", kind: .type) }
        guard name != "params" else {
          throw TensorError("a group's parameters stay; see add_param_group()", kind: .type)
        }
        try a.object(0, as: ParameterGroup.self)[name] = StateValue(a[2])
        return .taken
      },
      names: { ["params"] + $0.optionNames })
  }

  private static func value(_ name: String, in group: ParameterGroup) -> LuaValue {
    if name == "params" { return .list(group.parameters.map { .same($0) }) }
    return group[name]?.luaValue ?? .nil
  }

  // MARK: Optimizers

  static var optimizer: LuaClass {
    LuaClass(
      "Optimizer", of: Optimizer.self, help: "What all optimizers have: they change parameters along their gradients.",
      example: example + "o:step()", options: [.fields, .unique],
      methods: methods,
      properties: [
        Property(
          "param_groups", "table", help: "The groups of parameters, a table counted from 1.",
          example: example + "#o.param_groups --> 1",
          get: { a in .value(.list(try a.optimizer(0).groups.map { .same($0) })) }),
        Property(
          "defaults", "OrderedMap", help: "The options of groups that do not say their own.",
          example: example + "o.defaults.lr --> 0.1",
          get: { a in .object(OrderedMap(CheckpointDictionary(try a.optimizer(0).defaults))) }),
        Property(
          "state", "table",
          help: "For each parameter what the optimizer remembers of it: a table with the parameters as keys.",
          example: example + "next(o.state) ~= nil --> true",
          get: { a in
            let optimizer = try a.optimizer(0)
            let states = optimizer.groups.flatMap(\.parameters).map { parameter in
              (
                key: LuaValue.same(parameter),
                value: LuaValue.object(OrderedMap(CheckpointDictionary(optimizer.state(of: parameter))))
              )
            }
            return .value(.map(states))
          }),
      ],
      metamethods: [
        Function("__tostring") { a in .string(try a.optimizer(0).description) }
      ])
  }

  private static let example = "o = optim.SGD(nn.Linear(2, 2):parameters(), {lr = 0.1})\n"

  private static var methods: [Function] {
    [
      Function(
        "step", "(self: Optimizer, closure: callable? = nil) -> any",
        help: """
          Changes all parameters that have gradients. closure, which some optimizers need, computes the loss \
          and gradients anew and returns the loss; its first result is given.
          """,
        example: example + "o:step()"
      ) { a in
        let optimizer = try a.optimizer(0)
        guard a.has(1) else {
          _ = try GradMode.with(false) { try optimizer.step() }
          return .nil
        }
        let closure = try a.function(1)
        var first: LuaValue?
        _ = try GradMode.with(false) {
          try optimizer.step {
            let loss = try closure.callForOne()
            first = first ?? loss
            return try loss.number ?? loss.object(as: Tensor.self)?.item().double ?? .nan
          }
        }
        return .value(first ?? .nil)
      },
      Function(
        "zero_grad", "(self: Optimizer, set_to_none: bool = true)",
        help: "Clears the gradients of all parameters: sets them to nil, or without set_to_none to zeros.",
        example: example + "o:zero_grad()\no.param_groups[1].params[1].grad --> nil"
      ) { a in
        try a.optimizer(0).zeroGrad(setToNone: a.bool(1))
        return .none
      },
      Function(
        "add_param_group", "(self: Optimizer, param_group: table)",
        help: """
          Adds parameters with options of their own: {params = ..., lr = 0.01}. Options that it lacks are \
          the defaults.
          """,
        example: example
          + "o:add_param_group({params = nn.Linear(2, 2):parameters(), lr = 0.01})\n#o.param_groups --> 2"
      ) { a in
        try a.optimizer(0).add(group(a[1]))
        return .none
      },
      Function(
        "state_dict", "(self: Optimizer) -> OrderedMap",
        help: "What is needed to go on, in PyTorch's layout: state and param_groups. To be saved.",
        example: example + "o:state_dict():keys() --> {\"state\", \"param_groups\"}"
      ) { a in .object(OrderedMap(CheckpointDictionary(try a.optimizer(0).stateDict()))) },
      Function(
        "load_state_dict", "(self: Optimizer, state_dict: OrderedMap|table)",
        help: "Goes on from a state dict, written here or by PyTorch, of an optimizer with the same groups.",
        example: example + "o:load_state_dict(o:state_dict())"
      ) { a in
        try a.optimizer(0).loadStateDict(StateDictionary(a, 1))
        return .none
      },
    ]
  }
}

extension ParameterGroup {
  fileprivate var optionNames: [String] {
    options.keys.compactMap { key in if case .string(let name) = key { name } else { nil } }
  }
}

extension Arguments {
  func optimizer(_ index: Int) throws -> Optimizer { try object(index) }
}
