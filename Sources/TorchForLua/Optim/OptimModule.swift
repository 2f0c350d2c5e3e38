import Lua
import NN
import OrderedCollections
import Tensor

/// The module `torch.optim`.
enum OptimModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.optim", help: "Ways to change parameters along their gradients.",
      functions: [
        optimizer(SGD.self, "SGD"), optimizer(Adam.self, "Adam"), optimizer(AdamW.self, "AdamW"),
        optimizer(RMSprop.self, "RMSprop"), optimizer(Adagrad.self, "Adagrad"), optimizer(Adadelta.self, "Adadelta"),
        optimizer(NAdam.self, "NAdam"), optimizer(RAdam.self, "RAdam"),
      ],
      classes: [groupClass, optimizerClass])
  }

  /// A constructor whose keywords are the optimizer's own options.
  private static func optimizer(_ type: Optimizer.Type, _ name: String) -> Function {
    var names: [String] = []
    var parameters = "(params: any"
    for (key, value) in type.standardOptions {
      guard case .string(let option) = key else { continue }
      let isFirst = names.isEmpty
      names.append(option)
      parameters += ", \(option): \(isFirst ? "Scalar|Tensor" : "any") = \(text(value))"
      if isFirst { parameters += ", *" }
    }
    return Function(
      name, parameters + ") -> Optimizer", help: "The optimizer \(name).",
      example: "optim.\(name)(nn.Linear(2, 2):parameters(), {lr = 0.01})"
    ) { a in
      var options: StateDictionary = [:]
      for (index, option) in names.enumerated() where a.has(index + 1) {
        options[.string(option)] = try StateValue(a[index + 1])
      }
      return .value(.same(try type.init(groups: groups(a), options: options)))
    }
  }

  private static func text(_ value: StateValue) -> String {
    switch value {
    case .none: return "nil"
    case .bool(let value): return value ? "true" : "false"
    case .tuple(let values), .list(let values):
      return "{" + values.map { text($0) }.joined(separator: ", ") + "}"
    default: return value.description
    }
  }

  /// The groups that `params` stands for: tensors, what an iterator gives, or tables `{params = …, lr = …}`.
  private static func groups(_ a: Arguments) throws -> [ParameterGroup] {
    guard let table = a[0].table, table.count > 0, try table.withElement(1, { $0.table != nil }) else {
      return [ParameterGroup(try a.parameterList(0))]
    }
    var groups: [ParameterGroup] = []
    try table.forEachElement { element in
      guard let group = element.table else {
        throw TensorError("param group must be a table with params", kind: .type)
      }
      var options: StateDictionary = [:]
      var parameters: [Tensor] = []
      try group.forEachPair { key, value in
        guard let name = key.string else { return }
        if name == "params" {
          parameters = try tensors(value)
        } else {
          options[.string(name)] = try StateValue(value)
        }
      }
      groups.append(ParameterGroup(parameters, options: options))
    }
    return groups
  }

  private static func tensors(_ value: StackValue) throws -> [Tensor] {
    if let tensor = value.tensor { return [tensor] }
    if value.kind == .function {
      let next = LuaFunction(try value.reference())
      var tensors: [Tensor] = []
      while let tensor = try next.call().compactMap({ $0.object(as: Tensor.self) }).first { tensors.append(tensor) }
      return tensors
    }
    var tensors: [Tensor] = []
    try value.table?.forEachElement { element in
      guard let tensor = element.tensor else {
        throw TensorError(
          "optimizer can only optimize Tensors, but one of the params is \(element.typeName)", kind: .type)
      }
      tensors.append(tensor)
    }
    return tensors
  }

  private static var groupClass: LuaClass {
    LuaClass(
      "ParameterGroup", of: ParameterGroup.self, help: "Parameters with their options: group.lr = 0.01.",
      options: [.dynamicFirst, .unique, .missingIsNil],
      index: { a in
        let group = try a.object(0, as: ParameterGroup.self)
        guard let name = a[1].string else { return .none }
        if name == "params" { return .value(.list(group.parameters.map { .same($0) })) }
        return group[name].map { .value($0.luaValue) } ?? .none
      },
      newindex: { a in
        guard let name = a[1].string else { throw TensorError("an option's name is a string", kind: .type) }
        try a.object(0, as: ParameterGroup.self)[name] = StateValue(a[2])
        return .taken
      })
  }

  private static var optimizerClass: LuaClass {
    LuaClass(
      "Optimizer", of: Optimizer.self, help: "Changes parameters along their gradients.", options: [.fields, .unique],
      methods: [
        Function(
          "step", "(self: Optimizer, closure: function? = nil) -> number?",
          help: "Changes all parameters that have gradients.",
          example: "optim.SGD(nn.Linear(2, 2):parameters()):step()"
        ) { a in
          let closure: LuaFunction? = a.has(1) ? try a.function(1) : nil
          let optimizer = try a.object(0, as: Optimizer.self)
          let run = closure.map { closure in
            {
              let loss = try closure.callForOne()
              return try loss.number ?? loss.object(as: Tensor.self)?.item().double ?? 0
            }
          }
          return .value(.optional(try GradMode.with(false) { try optimizer.step(run) }) { .number($0) })
        },
        Function(
          "zero_grad", "(self: Optimizer, set_to_none: bool = true)", help: "Clears the gradients of all parameters.",
          example: "optim.SGD(nn.Linear(2, 2):parameters()):zero_grad()"
        ) { a in
          try a.object(0, as: Optimizer.self).zeroGrad(setToNone: a.bool(1))
          return .none
        },
      ],
      properties: [
        Property(
          "param_groups", "table", help: "The groups, counted from 1.",
          get: { a in .value(.list(try a.object(0, as: Optimizer.self).groups.map { .same($0) })) })
      ],
      metamethods: [
        Function("__tostring") { a in .string(try a.object(0, as: Optimizer.self).description) }
      ])
  }
}

extension StateValue {
  /// A Lua value among options.
  init(_ value: StackValue) throws {
    if let tensor = value.tensor {
      self = .tensor(tensor)
    } else if let scalar = value.scalar {
      switch scalar {
      case .bool(let value): self = .bool(value)
      case .int(let value): self = .int(value)
      case .double(let value): self = .double(value)
      }
    } else if let text = value.string {
      self = .string(text)
    } else if let table = value.table {
      var values: [StateValue] = []
      try table.forEachElement { values.append(try StateValue($0)) }
      self = .tuple(values)
    } else {
      self = .none
    }
  }

  var luaValue: LuaValue {
    switch self {
    case .none: return .nil
    case .bool(let value): return .boolean(value)
    case .int(let value): return .integer(value)
    case .double(let value): return .number(value)
    case .string(let value): return .string(value)
    case .tensor(let tensor): return .same(tensor)
    case .list(let values), .tuple(let values): return .list(values.map(\.luaValue))
    case .dictionary(let entries):
      return .map(
        entries.map { key, value in
          switch key {
          case .string(let name): return (.string(name), value.luaValue)
          case .int(let number): return (.integer(number), value.luaValue)
          }
        })
    }
  }
}
