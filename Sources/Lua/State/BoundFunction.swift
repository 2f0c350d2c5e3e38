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
  let host: UnsafeMutablePointer<lt_host>
  /// The overloads, with signatures that were parsed on first use.
  private var candidates: [Candidate] = []
  /// The first of them, in a form that a call reads without reference counting.
  private var firstCandidate: Unmanaged<Candidate>?

  /// An overload, ready to be called.
  private final class Candidate {
    let signature: Signature?
    let body: Function.Body

    init(_ overload: Overload, _ types: ParameterTypes) {
      signature = overload.signature.map { Signature(parsing: $0, types: types) }
      body = overload.body
    }
  }

  init(_ function: Function, path: String?, isMethod: Bool, state: LuaState) {
    self.function = function
    self.path = path
    self.isMethod = isMethod
    host = state.host
  }

  var state: LuaState { LuaState.of(host) }
  var signatures: [Signature] { prepared().compactMap(\.signature) }

  var description: FunctionDescription {
    FunctionDescription(function: function, path: path, isMethod: isMethod, signatures: signatures)
  }

  private func prepared() -> [Candidate] {
    if candidates.isEmpty {
      let types = state.declarations.types
      candidates = function.overloads.map { Candidate($0, types) }
      firstCandidate = candidates.first.map { Unmanaged.passUnretained($0) }
    }
    return candidates
  }

  /// Runs for a call from Lua: describes the results and returns 0, or the error and returns 1.
  func run(_ lua: OpaquePointer, _ count: Int32) -> Int32 {
    let previous = host.pointee.current
    host.pointee.current = lua
    let base = host.pointee.count
    let bytesBase = host.pointee.bytes_count
    var status: Int32 = 0
    do {
      do {
        try describeResults(lua, count)
      } catch {
        // What else went wrong may come of it.
        try throwTrouble()
        throw error
      }
      try throwTrouble()
    } catch {
      lt_forget(host, base, bytesBase)
      state.describe(error: error)
      status = 1
    }
    host.pointee.current = previous
    return status
  }

  /// See ``LuaState/watchForTrouble(if:_:)``.
  @inline(__always)
  private func throwTrouble() throws {
    if let isTroubled = host.pointee.is_troubled, isTroubled() { try state.throwTrouble?() }
  }

  private func describeResults(_ lua: OpaquePointer, _ count: Int32) throws {
    if firstCandidate == nil { _ = prepared() }
    let isDone = try firstCandidate?._withUnsafeGuaranteedRef { try call($0, lua, count) } ?? false
    if isDone { return }
    for candidate in candidates.dropFirst() {
      lua_settop(lua, count)
      if try call(candidate, lua, count) { return }
    }
    lua_settop(lua, count)
    throw Mismatch(self, lua, count).error
  }

  /// Calls an overload if the arguments fit; returns whether they did.
  @inline(__always)
  private func call(_ candidate: Candidate, _ lua: OpaquePointer, _ count: Int32) throws -> Bool {
    guard let signature = candidate.signature else {
      try describe(
        try candidate.body(Arguments(function: self, lua: lua, count: count, slots: nil, signature: nil)))
      return true
    }
    return try withUnsafeTemporaryAllocation(of: Int32.self, capacity: signature.parameters.count + 1) { slots in
      guard let slots = slots.baseAddress, let given = signature.match(host, lua, count, slots) else { return false }
      try describe(
        try candidate.body(
          Arguments(function: self, lua: lua, count: given, slots: slots, signature: signature)))
      return true
    }
  }

  private func describe(_ results: LuaResults) throws {
    try Unmanaged<LuaState>.fromOpaque(host.pointee.owner.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
      try $0.describe(results: results)
    }
  }
}
