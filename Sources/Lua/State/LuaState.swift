import CLua
import LuaTrampoline
import Supervision

/// A Lua 5.4 state with its standard libraries.
///
/// A state belongs to the thread that made it. No Lua error crosses a Swift frame here: whatever may raise runs
/// protected, and comes out as a thrown ``LuaError``.
///
/// ```swift
/// let state = try LuaState()
/// try state.register(LuaModule("greeting", help: "Says hello.", functions: [
///   Function("hello", "(name: string = 'you') -> string", help: "A greeting.", example: "greeting.hello()") { a in
///     .string("Hello, \(try a.string(0))!")
///   }
/// ]))
/// try state.run("print(require('greeting').hello{name = 'Lua'})", name: "=example")
/// ```
///
/// ## A class
/// Instances of a Swift class are Lua userdata that hold a strong reference. Lua finds members by name in the order
/// plain fields (where the class has them), methods, properties, and then asks the dynamic index:
/// ```swift
/// try state.register(LuaClass("Counter", of: Counter.self, help: "Counts.",
///   constructor: Function("Counter", "(start: int = 0) -> Counter", help: "A new counter.") { a in
///     .object(Counter(start: try a.int(0)))
///   },
///   methods: [
///     Function("add", "(self: Counter, n: int = 1) -> Counter", help: "Counts on by `n`.") { a in
///       try a.object(0, as: Counter.self).count &+= try a.int(1)
///       return .argument(0)                     // the userdata itself: `return self`
///     }
///   ],
///   properties: [
///     Property("count", "int", help: "How many so far.",
///       get: { a in .integer(try a.object(0, as: Counter.self).count) },
///       set: { a in try a.object(0, as: Counter.self).count = try a.int(1) })
///   ],
///   metamethods: [Function("__len", "(self: Counter) -> int") { a in
///     .integer(try a.object(0, as: Counter.self).count)
///   }],
///   index: { a in a[1].integer.map { .integer($0) } ?? .none }))   // counter[5]; .none: there is no such thing
/// ```
/// The module that lists a class has it as a field: a table that, called, runs the constructor. Its fields are the
/// methods, and methods that a script adds to it are found in all objects. The class's name becomes a type for
/// signatures. Other types are taught with ``Declarations/define(_:)``.
///
/// ## From Swift to Lua
/// ```swift
/// let forward = try a.function(1)                               // a LuaFunction, kept alive by Swift
/// let results = try forward.call(.object(input), .integer(3))    // [LuaValue]; throws what Lua raised
/// ```
public final class LuaState {
  @usableFromInline let host: UnsafeMutablePointer<lt_host>
  let references = ReferencePool()
  /// Everything that was declared: for completion, help and the reference.
  public let declarations = Declarations()
  /// The contexts of registered functions, which live as long as the state.
  var functions: [BoundFunction] = []
  var classes: [RegisteredClass] = []
  var classNumbers: [ObjectIdentifier: Int32] = [:]
  var lastClass: (type: ObjectIdentifier, number: Int32)?
  /// The classes whose objects find their members in a table.
  var classTables: [UnsafeRawPointer: Int32] = [:]
  /// The tables of members that scripts gave.
  var membersOfClasses: [LuaReference] = []
  var nativeMemory = NativeMemory()
  var throwTrouble: (() throws -> Void)?

  /// The running coroutine, or the main one.
  @inlinable var lua: OpaquePointer { host.pointee.current }

  /// The line with Lua's version, copyright and authors.
  public static let copyright = String(cString: lua_copyright())

  /// Opens a state.
  ///
  /// - Parameter ignoresEnvironment: whether the libraries disregard `LUA_PATH` and the like, as `lua -E` does.
  /// - Throws: ``LuaError`` when there is no memory for it.
  public init(ignoresEnvironment: Bool = false) throws {
    guard
      let host = lt_open(
        Self.entry, { pointer in pointer.map { Unmanaged<AnyObject>.fromOpaque($0).release() } },
        ignoresEnvironment)
    else { throw LuaError("not enough memory for a Lua state") }
    self.host = host
    host.pointee.has_memory = { SystemMemory.has(Int(clamping: $0)) }
    host.pointee.owner = Unmanaged.passUnretained(self).toOpaque()
    references.state = Unmanaged.passUnretained(self)
    host.pointee.missing_member = bind(.missingMember)
    host.pointee.missing_setter = bind(.missingSetter)
  }

  private static let entry: lt_entry = { lua, context, count in
    guard let lua, let context else { return 0 }
    return Unmanaged<BoundFunction>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.run(lua, count) }
  }

  private static let profilingEntry: lt_entry = { lua, context, count in
    guard let lua, let context else { return 0 }
    let function = Unmanaged<BoundFunction>.fromOpaque(context).takeUnretainedValue()
    return OperatorProfile.measure(function.description.qualifiedName) { function.run(lua, count) }
  }

  /// Notes the time of operators, of what Lua calls among them, while `body` runs.
  public func profiling<R>(_ profile: OperatorProfile, _ body: () throws -> R) rethrows -> R {
    host.pointee.entry = Self.profilingEntry
    defer { host.pointee.entry = Self.entry }
    return try profile.record(body)
  }

  /// Runs all finalizers and closes the state.
  deinit {
    lt_close(host)
    references.state = nil
  }

  /// The state of a host, which it outlives.
  static func of(_ host: UnsafeMutablePointer<lt_host>) -> LuaState {
    // The owner is set before anything else can see the host.
    Unmanaged<LuaState>.fromOpaque(host.pointee.owner.unsafelyUnwrapped).takeUnretainedValue()
  }

  /// Makes a registered function's context.
  func bind(_ function: Function, path: String? = nil, isMethod: Bool = false) -> UnsafeMutableRawPointer {
    let bound = BoundFunction(function, path: path, isMethod: isMethod, state: self)
    functions.append(bound)
    return Unmanaged.passUnretained(bound).toOpaque()
  }

  /// Has functions that scripts call throw what nobody could throw where it happened, such as in a signal handler.
  ///
  /// - Parameters:
  ///   - isTroubled: asked after every call, so it should be quick.
  ///   - throwTrouble: throws then, in place of the call's results.
  public func watchForTrouble(if isTroubled: @convention(c) () -> Bool, _ throwTrouble: @escaping () throws -> Void) {
    self.throwTrouble = throwTrouble
    host.pointee.is_troubled = isTroubled
  }

  // MARK: Running chunks

  /// Compiles a chunk, text or binary.
  ///
  /// - Parameter name: what errors call it: `@file.lua`, `=stdin`, or the text itself.
  public func load(_ chunk: some Sequence<UInt8>, name: String, mode: String = "bt") throws -> LuaFunction {
    try loaded(LT_LOAD) {
      describe(bytes: Array(chunk))
      describe(string: name)
      describe(string: mode)
    }
  }

  /// Compiles a file, or the standard input.
  public func loadFile(_ path: String?, mode: String = "bt") throws -> LuaFunction {
    try loaded(LT_LOAD_FILE) {
      if let path { describe(string: path) } else { describeNil() }
      describe(string: mode)
    }
  }

  private func loaded(_ operation: Int, _ describe: () -> Void) throws -> LuaFunction {
    let lua = lua
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    try perform(operation, results: 2, describe)
    let function = StackValue(host: host, lua: lua, index: top + 1)
    if function.isNil { throw takeError(lua, LUA_ERRSYNTAX, withTraceback: false) }
    return LuaFunction(try function.reference())
  }

  /// Runs a chunk and gives what it returns.
  @discardableResult
  public func run(_ chunk: String, name: String? = nil) throws -> [LuaValue] {
    try load(chunk.utf8, name: name ?? chunk).call()
  }

  // MARK: Values

  /// The table of globals.
  public func globals() throws -> LuaTable {
    let lua = lua
    let top = lua_gettop(lua)
    try needStack(lua)
    defer { lua_settop(lua, top) }
    lua_rawgeti(lua, luaRegistryIndex, Int64(LUA_RIDX_GLOBALS))
    return LuaTable(try StackValue(host: host, lua: lua, index: top + 1).reference())
  }

  /// The global `name`, nil where there is none. Metamethods of the globals' table run.
  public func global(_ name: String) throws -> LuaValue { try globals().get(name) }
  /// Sets the global `name`; nil removes it. Metamethods of the globals' table run.
  public func setGlobal(_ name: String, _ value: LuaValue) throws { try globals().set(name, value) }

  /// A new table with these pairs.
  public func newTable(_ pairs: [(key: LuaValue, value: LuaValue)] = []) throws -> LuaTable {
    LuaTable(try refer(to: .map(pairs)))
  }

  /// The value that `require(name)` gives, made on its first use.
  public func preload(_ name: String, _ make: @escaping (LuaState) throws -> LuaValue) throws {
    guard let package = try global("package").table, let preload = try package.get("preload").table else {
      throw LuaError("package.preload is missing")
    }
    try preload.set(name, .closure(LuaClosure(name) { a in .value(try make(a.state)) }))
  }

  /// Sends a warning's control message or text, as `warn` does; `@on` switches warnings on.
  public func warn(_ message: String) { message.withCString { lua_warning(lua, $0, 0) } }

  // MARK: Interrupts

  /// What ``interrupt(_:)`` needs of this state. It is valid as long as the state is.
  public var interruptHandle: UnsafeMutableRawPointer { UnsafeMutableRawPointer(host) }

  /// Makes the running script raise "interrupted!" soon. Safe in a signal handler.
  public static func interrupt(_ handle: UnsafeMutableRawPointer) {
    lt_interrupt(handle.assumingMemoryBound(to: lt_host.self))
  }

  /// Whether an interrupt waits to be raised: long native work should then end, see ``checkInterrupt()``.
  public var isInterrupted: Bool { host.pointee.interrupted != 0 }

  /// Throws "interrupted!" if an interrupt waits.
  public func checkInterrupt() throws {
    guard isInterrupted else { return }
    host.pointee.interrupted = 0
    throw LuaError("interrupted!")
  }

  /// Forgets an interrupt that came too late.
  public func clearInterrupt() { lt_clear_interrupt(host) }
}

/// `LUA_REGISTRYINDEX`, which Swift does not import.
let luaRegistryIndex: Int32 = -LUAI_MAXSTACK - 1000
