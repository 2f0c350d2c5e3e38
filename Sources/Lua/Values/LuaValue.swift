/// A value on its way between Swift and Lua.
///
/// Strings are bytes in Lua. Those that are UTF-8 come as ``string(_:)``, all others as ``bytes(_:)``: nothing is lost.
public enum LuaValue {
  /// Lua's nil.
  case `nil`
  /// True or false.
  case boolean(Bool)
  /// A number of Lua's integer type.
  case integer(Int64)
  /// A number of Lua's float type.
  case number(Double)
  /// A string that is UTF-8.
  case string(String)
  /// A string that is not UTF-8.
  case bytes([UInt8])
  /// An instance of a class that was registered with ``LuaState/register(_:)``, or of a subclass of one.
  case object(AnyObject)
  /// As ``object(_:)``, with the class's rule on identity overruled: while a userdata of this very object is alive, Lua
  /// gets that one (`unique`), or gets a new one in any case.
  case identified(AnyObject, unique: Bool)
  /// A table.
  case table(LuaTable)
  /// A function, of Lua or of C.
  case function(LuaFunction)
  /// A value that is none of the above: a coroutine, another library's userdata.
  case reference(LuaReference)

  // To Lua only.

  /// A new table with these elements, from 1.
  case list([LuaValue])
  /// A new table with these pairs.
  case map([(key: LuaValue, value: LuaValue)])
  /// A new function.
  case closure(LuaClosure)
  /// The running callback's own argument, counted from 0: `return self` is `.argument(0)`.
  case argument(Int)
}

extension LuaValue {
  /// Whether this is nil.
  public var isNil: Bool {
    if case .nil = self { return true }
    return false
  }

  /// Lua's truth: everything but nil and false.
  public var isTrue: Bool {
    switch self {
    case .nil, .boolean(false): return false
    default: return true
    }
  }

  /// The truth value, if this is one.
  public var boolean: Bool? {
    if case .boolean(let value) = self { return value }
    return nil
  }

  /// The integer, also of a float without a fraction.
  public var integer: Int64? {
    switch self {
    case .integer(let value): return value
    case .number(let value): return Int64(exactly: value)
    default: return nil
    }
  }

  /// The number, integers as the nearest float.
  public var number: Double? {
    switch self {
    case .integer(let value): return Double(value)
    case .number(let value): return value
    default: return nil
    }
  }

  /// The text of a string; what is not UTF-8 in it is replaced.
  public var string: String? {
    switch self {
    case .string(let value): return value
    case .bytes(let value): return String(decoding: value, as: UTF8.self)
    default: return nil
    }
  }

  /// The table, if this is one.
  public var table: LuaTable? {
    if case .table(let value) = self { return value }
    return nil
  }

  /// The function, if this is one.
  public var function: LuaFunction? {
    if case .function(let value) = self { return value }
    return nil
  }

  /// The object of a Swift class, if it is one of `type`.
  public func object<T: AnyObject>(as type: T.Type = T.self) -> T? {
    switch self {
    case .object(let object), .identified(let object, _): return object as? T
    default: return nil
    }
  }

  /// A list of strings.
  public static func strings(_ strings: some Sequence<String>) -> LuaValue { .list(strings.map { .string($0) }) }
  /// A list of integers.
  public static func integers(_ integers: some Sequence<Int>) -> LuaValue {
    .list(integers.map { .integer(Int64($0)) })
  }
  /// A list of objects.
  public static func objects(_ objects: some Sequence<AnyObject>) -> LuaValue { .list(objects.map { .object($0) }) }
  /// The value, or nil for none.
  public static func optional<T>(_ value: T?, _ make: (T) -> LuaValue) -> LuaValue { value.map(make) ?? .nil }
}

extension LuaValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
  public init(nilLiteral: ()) { self = .nil }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
}

/// Lua's types of values.
public enum LuaKind: Int32, Sendable {
  /// No value at all: an argument that was not given.
  case none = -1
  /// Lua's nil.
  case `nil` = 0
  /// The other types, as `type` tells them apart; both kinds of userdata are one there.
  case boolean, lightUserdata, number, string, table, function, userdata, thread

  /// Lua's name for it.
  public var name: String {
    switch self {
    case .none: return "no value"
    case .nil: return "nil"
    case .boolean: return "boolean"
    case .number: return "number"
    case .string: return "string"
    case .table: return "table"
    case .function: return "function"
    case .userdata, .lightUserdata: return "userdata"
    case .thread: return "thread"
    }
  }
}
