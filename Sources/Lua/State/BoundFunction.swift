import CLua
import LuaTrampoline

/// A declared function in one place of one state: the context of a Lua function.
@usableFromInline
final class BoundFunction {
  let function: Function
  /// The qualified name of the module or class that it is in.
  let path: String?
  /// Whether the first argument is a receiver, which PyTorch does not count.
  let isMethod: Bool
  @usableFromInline unowned(unsafe) let state: LuaState
  /// The overloads, parsed on first use.
  private var parsed: [Signature]?

  init(_ function: Function, path: String?, isMethod: Bool, state: LuaState) {
    self.function = function
    self.path = path
    self.isMethod = isMethod
    self.state = state
  }

  var signatures: [Signature] {
    if let parsed { return parsed }
    let signatures = function.overloads.compactMap { overload in
      overload.signature.map { Signature(parsing: $0, types: state.declarations.types) }
    }
    parsed = signatures
    return signatures
  }

  var description: FunctionDescription {
    FunctionDescription(function: function, path: path, isMethod: isMethod, signatures: signatures)
  }

  /// Runs for a call from Lua: describes the results and returns 0, or the error and returns 1.
  func invoke(_ lua: OpaquePointer, _ count: Int32) -> Int32 {
    let host = state.host
    let previous = host.pointee.current
    host.pointee.current = lua
    defer { host.pointee.current = previous }
    let base = host.pointee.count
    let bytesBase = host.pointee.bytes_count
    do {
      try state.describe(results: try results(lua, count))
      return 0
    } catch {
      lt_forget(host, base, bytesBase)
      state.describe(error: error)
      return 1
    }
  }

  private func results(_ lua: OpaquePointer, _ count: Int32) throws -> LuaResults {
    let overloads = function.overloads
    if overloads.count == 1, overloads[0].signature == nil {
      return try overloads[0].body(
        Arguments(function: self, lua: lua, count: count, slots: nil, signature: nil))
    }
    let signatures = signatures
    for index in signatures.indices {
      let signature = signatures[index]
      let results: LuaResults? = try withUnsafeTemporaryAllocation(
        of: Int32.self, capacity: signature.parameters.count + 1
      ) { slots in
        guard let slots = slots.baseAddress else { return nil }
        guard let given = signature.match(state, lua, count, slots) else { return nil }
        return try overloads[index].body(
          Arguments(function: self, lua: lua, count: given, slots: slots, signature: signature))
      }
      if let results { return results }
      lua_settop(lua, count)
    }
    throw Mismatch(self, lua, count).error
  }
}
