import Lua
import NN
import OrderedCollections
import Tensor

/// The module `copy`.
enum CopyModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "copy", help: "Copies of tensors, modules, tables and maps, as Python's copy.",
      example: "require('copy').deepcopy{1, 2}[2] --> 2",
      functions: [
        Function(
          "deepcopy", "(x: any) -> any",
          help:
            "A copy that shares nothing: of a tensor, of a module with its parameters and fields, of a table or map with all that they hold. What appears twice, or shares memory, does so in the copy too. Functions and classes stay the same.",
          example: """
            net = nn.Linear(2, 2)
            best = require("copy").deepcopy(net:state_dict())
            best.weight == net.weight --> true
            """
        ) { a in .value(try LuaCopy(a.state).copy(a.value(0))) },
        Function(
          "copy", "(x: any) -> any",
          help: "Another table or map with the same values, or another tensor over the same elements.",
          example: "require('copy').copy({1, 2})[1] --> 1"
        ) { a in
          let state = a.state
          if let table = a[0].table {
            let copy = try state.newTable()
            try table.forEachPair { try copy.set(try $0.value(), try $1.value()) }
            try LuaCopy.shareMetatable(of: a[0], with: copy, state)
            return .value(.table(copy))
          }
          if let tensor = a[0].tensor {
            let copy = try tensor.detach()
            if tensor.isLeaf { try copy.setRequiresGrad(tensor.requiresGrad) }
            copy.isParameter = tensor.isParameter
            return a.result(copy)
          }
          if let map = a[0].object(as: OrderedMap.self) { return .object(map.copy()) }
          if a[0].object(as: Module.self) != nil {
            throw TensorError("copy(): a module is copied as a whole, by deepcopy", kind: .notImplemented)
          }
          return .argument(0)
        },
      ])
  }
}

/// One deep copy of a Lua value.
final class LuaCopy {
  private let state: LuaState
  private var tables: [UnsafeRawPointer: LuaTable] = [:]
  /// What was copied or made, which must live while the copy goes on.
  private var held: [LuaReference] = []
  private var maps: [ObjectIdentifier: OrderedMap] = [:]
  private var memo = CopyMemo()
  private var depth = 0

  init(_ state: LuaState) {
    self.state = state
    memo = CopyMemo { [unowned self] original, copy in try copyFields(of: original, to: copy) }
  }

  func copy(_ value: LuaValue) throws -> LuaValue {
    // Lua's stack holds some values of each level.
    guard depth < 180 else { throw TensorError("deepcopy(): the value is nested too deep", kind: .value) }
    depth += 1
    defer { depth -= 1 }
    switch value {
    case .table(let table): return try copy(table)
    case .object(let object), .identified(let object, _):
      switch object {
      case let tensor as Tensor: return .same(try memo.copy(tensor))
      case let module as Module: return .same(try memo.copy(module))
      case let map as OrderedMap: return .object(try copy(map))
      default: return value
      }
    default: return value
    }
  }

  private func copy(_ table: LuaTable) throws -> LuaValue {
    try table.reference.withStackValue { value in
      // A class is what it is.
      let isScriptedClass = try value.table?.withField("__class") { $0.object(as: ClassObject.self) != nil } ?? false
      if isScriptedClass || value.classNumber != nil { return .table(table) }
      guard let identity = value.identity else { return .table(table) }
      if let known = tables[identity] { return .table(known) }
      let copied = try state.newTable()
      tables[identity] = copied
      held.append(table.reference)
      for (key, element) in try table.pairs() { try copied.set(try copy(key), try copy(element)) }
      try Self.shareMetatable(of: value, with: copied, state)
      return .table(copied)
    }
  }

  static func shareMetatable(of value: StackValue, with copy: LuaTable, _ state: LuaState) throws {
    guard let metatable = try value.metatable() else { return }
    try state.setMetatable(copy, metatable)
  }

  private func copy(_ map: OrderedMap) throws -> OrderedMap {
    if let known = maps[ObjectIdentifier(map)] { return known }
    let copied = map.copy()
    maps[ObjectIdentifier(map)] = copied
    for key in map.entries.keys {
      if let value = try map.value(key, state) { copied.set(key, try copy(value)) }
    }
    return copied
  }

  /// Copies the fields that a script gave a module.
  private func copyFields(of original: Module, to copy: Module) throws {
    let userdata = try state.refer(to: .same(copy))
    held.append(userdata)
    for (key, value) in try state.fields(of: .same(original)) {
      try state.setField(of: .reference(userdata), try self.copy(key), try self.copy(value))
    }
    for (name, child) in copy.ownChildren {
      if let child { try state.keep(.same(child), in: .reference(userdata), key: .string(name)) }
    }
  }
}

extension Arguments {
  /// A new module that can be copied: by the call that made it.
  func remembering(_ module: Module) throws -> Module {
    let replay = try replay()
    module.setFactory(
      ModuleFactory {
        guard let another = try replay().object(as: Module.self) else {
          throw TensorError("the constructor gave no module", kind: .type)
        }
        return another
      })
    return module
  }
}
