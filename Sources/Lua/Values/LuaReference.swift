import CLua
import LuaTrampoline
import Synchronization

/// A Lua value that Swift keeps alive.
///
/// The value is kept until the reference's end, which may come on any thread, inside the collector, or after the state
/// was closed. All else belongs to the state's own thread.
///
/// A Swift object that Lua can reach and that holds a reference back to something which reaches the object is a cycle
/// that no collector sees: let userdata's fields or ``Arguments/keep(_:in:key:)`` hold such values instead.
public final class LuaReference: Sendable {
  let pool: ReferencePool
  let number: Int32

  init(pool: ReferencePool, number: Int32) {
    self.pool = pool
    self.number = number
  }

  deinit { pool.giveBack(number) }

  /// The state that the value lives in.
  ///
  /// - Throws: ``LuaError`` after the state was closed.
  public func state() throws -> LuaState {
    try LuaStateHandle(pool: pool).open()
  }

  /// The value's kind; `none` after the state was closed.
  public var kind: LuaKind {
    guard let state = pool.state?.takeUnretainedValue(), (try? state.push(.reference(self))) != nil else {
      return .none
    }
    defer { lua_settop(state.lua, -2) }
    return LuaKind(rawValue: lua_type(state.lua, -1)) ?? .none
  }

  /// Uses the value where it lies on Lua's stack.
  public func withStackValue<R>(_ body: (StackValue) throws -> R) throws -> R {
    let state = try state()
    let lua = state.lua
    let top = lua_gettop(lua)
    try state.push(.reference(self))
    defer { lua_settop(lua, top) }
    return try body(StackValue(host: state.host, lua: lua, index: top + 1))
  }
}

/// A way to a state for objects that may outlive it, without the cost of a weak reference, which would slow down every use
/// of the state. Belongs to the state's own thread.
public struct LuaStateHandle: Sendable {
  let pool: ReferencePool

  /// The state; nil once it is closed.
  public var state: LuaState? { pool.state?.takeUnretainedValue() }

  /// The state.
  ///
  /// - Throws: ``LuaError`` once it is closed.
  public func open() throws -> LuaState {
    guard let state else { throw LuaError("this value's Lua state is closed") }
    return state
  }
}

extension LuaState {
  /// A way to this state for objects that may outlive it.
  public var handle: LuaStateHandle { LuaStateHandle(pool: references) }
}

/// Where references go that Swift no longer needs. Lua is told when it runs next.
final class ReferencePool: Sendable {
  private let returned = Mutex<[Int32]>([])
  private let waiting = Atomic<Bool>(false)
  /// Nil once the state is closed. Set and read on the state's own thread only.
  nonisolated(unsafe) var state: Unmanaged<LuaState>?

  func giveBack(_ number: Int32) {
    returned.withLock { $0.append(number) }
    waiting.store(true, ordering: .releasing)
  }

  /// Gives the slots of dropped references back to Lua.
  func drain(_ lua: OpaquePointer) {
    guard waiting.load(ordering: .acquiring) else { return }
    let numbers = returned.withLock { numbers in
      defer { numbers.removeAll() }
      waiting.store(false, ordering: .relaxed)
      return numbers
    }
    for number in numbers { lt_unrefer(lua, number) }
  }
}
