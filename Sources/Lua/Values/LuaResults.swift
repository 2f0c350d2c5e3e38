/// What a function gives back to Lua: any number of values.
///
/// One value is written as itself (`.object(tensor)`, `.integer(3)`), several as an array literal
/// (`[.object(values), .object(indices)]`), and nothing as `.none`.
public struct LuaResults: ExpressibleByArrayLiteral {
  @usableFromInline let first: LuaValue?
  @usableFromInline let rest: [LuaValue]

  /// One value.
  @inlinable
  public init(_ value: LuaValue) {
    first = value
    rest = []
  }

  /// Any number of values, in order.
  public init(_ values: [LuaValue]) {
    first = values.first
    rest = values.count > 1 ? Array(values.dropFirst()) : []
  }

  private init() {
    first = nil
    rest = []
  }

  public init(arrayLiteral elements: LuaValue...) { self.init(elements) }

  /// The values, in order.
  public var values: [LuaValue] { (first.map { [$0] } ?? []) + rest }

  /// No result.
  public static var none: LuaResults { LuaResults() }
  /// One result, nil; Lua tells that from none.
  public static var `nil`: LuaResults { LuaResults(.nil) }
  /// One result, true or false.
  @inlinable public static func boolean(_ value: Bool) -> LuaResults { LuaResults(.boolean(value)) }
  /// One result, an integer.
  @inlinable public static func integer(_ value: Int64) -> LuaResults { LuaResults(.integer(value)) }
  /// One result, an integer.
  @inlinable public static func integer(_ value: Int) -> LuaResults { LuaResults(.integer(Int64(value))) }
  /// One result, a float.
  @inlinable public static func number(_ value: Double) -> LuaResults { LuaResults(.number(value)) }
  /// One result, a string.
  @inlinable public static func string(_ value: String) -> LuaResults { LuaResults(.string(value)) }
  /// One result, an object of a registered class.
  @inlinable public static func object(_ value: AnyObject) -> LuaResults { LuaResults(.object(value)) }
  /// One result, the call's own argument, counted from 0: `return self` is `.argument(0)`.
  @inlinable public static func argument(_ index: Int) -> LuaResults { LuaResults(.argument(index)) }
  /// One result, a new table with these elements, from 1.
  @inlinable public static func list(_ values: [LuaValue]) -> LuaResults { LuaResults(.list(values)) }
  /// One result, any value.
  @inlinable public static func value(_ value: LuaValue) -> LuaResults { LuaResults(value) }
  /// Any number of results, in order.
  @inlinable public static func values(_ values: [LuaValue]) -> LuaResults { LuaResults(values) }

  /// A new function, for instance an iterator: `.closure("iter") { a in … }`.
  public static func closure(
    _ name: String = "?", _ body: @escaping (Arguments) throws -> LuaResults
  ) -> LuaResults {
    LuaResults(.closure(LuaClosure(name, body)))
  }
}

/// A Lua function made of a Swift closure, which lives as long as Lua's function does.
public struct LuaClosure {
  let name: String
  let body: (Arguments) throws -> LuaResults

  /// - Parameters:
  ///   - name: what errors call the function.
  ///   - body: gets the arguments of each call.
  public init(_ name: String = "?", _ body: @escaping (Arguments) throws -> LuaResults) {
    self.name = name
    self.body = body
  }
}
