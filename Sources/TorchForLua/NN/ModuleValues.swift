import Lua
import NN
import Tensor

/// A Lua value on its way through native modules, which do not look at it.
final class LuaBox {
  let value: LuaValue
  init(_ value: LuaValue) { self.value = value }
}

// Between Lua's values and what goes into modules and comes out of them.
extension StackValue {
  /// The value as a module takes it.
  ///
  /// - Parameter depth: how many tables it lies in.
  func moduleValue(depth: Int = 0) throws -> Value {
    if let tensor { return .tensor(tensor) }
    if let scalar { return .scalar(scalar) }
    switch kind {
    case .none, .nil: return .none
    case .string: return .string(string ?? "")
    case .table:
      guard let table, table.count > 0 else { break }
      guard depth < 100 else { throw LuaError("tables are nested too deep, or hold themselves") }
      var values: [Value] = []
      try table.forEachElement { values.append(try $0.moduleValue(depth: depth + 1)) }
      return .list(values)
    default:
      if let packed = object(as: PackedSequence.self) { return .object(packed) }
      if let size = object(as: SizeObject.self) { return .list(size.sizes.map { .scalar(.int(Int64($0))) }) }
    }
    return .object(LuaBox(try value()))
  }
}

extension Value {
  /// The value as Lua sees it; lists become tables.
  func luaValue(_ state: LuaState) -> LuaValue {
    switch self {
    case .none: return .nil
    case .tensor(let tensor):
      state.noteNativeAllocation(tensor.byteCount &+ 256)
      return .object(tensor)
    case .scalar(let scalar): return LuaValue(scalar)
    case .string(let text): return .string(text)
    case .list(let values): return .list(values.map { $0.luaValue(state) })
    case .object(let object): return (object as? LuaBox)?.value ?? .object(object)
    }
  }
}

extension Attribute {
  var luaValue: LuaValue {
    switch self {
    case .none: return .nil
    case .bool(let value): return .boolean(value)
    case .int(let value): return .integer(Int64(value))
    case .double(let value): return .number(value)
    case .string(let value): return .string(value)
    case .ints(let values): return .integers(values)
    case .doubles(let values): return .list(values.map { .number($0) })
    }
  }
}

extension LuaValue {
  /// A tensor or module that Swift has kept: Lua gets the same userdata for it each time.
  static func same(_ object: AnyObject) -> LuaValue { .identified(object, unique: true) }
}

extension Arguments {
  /// All arguments from a position on, as a module takes them. A last table with names gives inputs by their names.
  func moduleValues(from first: Int, of module: Module) throws -> [Value] {
    if count == first + 1, let tensor = self[first].tensor { return [.tensor(tensor)] }
    let given = rest(from: first)
    guard let names = module.inputNames, let keywords = given.last?.table, keywords.count == 0 else {
      return try given.map { try $0.moduleValue() }
    }
    var values = try given.dropLast().map { try $0.moduleValue() }
    try keywords.forEachPair { key, value in
      let name = key.string ?? "?"
      guard let position = names.firstIndex(of: name) else {
        throw TensorError("\(module.typeName).forward() got an unexpected keyword argument '\(name)'", kind: .type)
      }
      guard position >= given.count - 1 else {
        throw TensorError("\(module.typeName).forward() got multiple values for argument '\(name)'", kind: .type)
      }
      while values.count <= position { values.append(.none) }
      values[position] = try value.moduleValue()
    }
    return values
  }

  func module(_ index: Int) throws -> Module {
    if let module = self[index].object(as: Module.self) { return module }
    throw wrongType(index, expected: "Module")
  }

  /// Tensors from a table, from what an iterator such as `net:parameters()` gives, or one alone.
  func parameterList(_ index: Int) throws -> [Tensor] {
    let value = self[index]
    if let tensor = value.tensor { return [tensor] }
    if value.kind == .function {
      let next = try function(index)
      var tensors: [Tensor] = []
      while true {
        let results = try next.call()
        guard let found = results.first(where: { $0.object(as: Tensor.self) != nil })?.object(as: Tensor.self) else {
          return tensors
        }
        tensors.append(found)
      }
    }
    return try tensors(index)
  }
}

/// Errors name a module by its class, as in PyTorch: `'ResNet' object has no attribute 'evla'`.
extension Module: LuaTypeNaming {
  public var luaTypeName: String { typeName }
}
