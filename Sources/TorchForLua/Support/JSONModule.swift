import Checkpoint
import Lua

/// The module `json`: tables as JSON and back.
enum JSONModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "json", help: "Tables as JSON text, and back.", example: "require('json').decode('[1, 2]') --> {1, 2}",
      functions: [
        Function(
          "encode", "(value: any, *, indent: int? = nil) -> string",
          help: """
            The value as JSON text. A table whose keys are 1..n becomes an array, any other an object with \
            sorted keys; an empty table is an object. indent spaces set each level in, on lines of its own. \
            What JSON cannot hold, such as NaN or functions, is an error.
            """,
          example:
            "require('json').encode({daisy = 0, roses = {1, 2}}) --> \"{\\\"daisy\\\": 0, \\\"roses\\\": [1, 2]}\""
        ) { a in
          var encoder = try JSONEncoder(indent: a.optionalInt(1))
          try encoder.write(try a.value(0), depth: 0)
          return .string(encoder.text)
        },
        Function(
          "decode", "(text: string) -> any",
          help: """
            The value that a JSON text describes: arrays are tables counted from 1, null is nil. A mistake in \
            the text is an error that tells where.
            """,
          example: "require('json').decode('{\"a\": [1, 2.5, true]}') --> {a = {1, 2.5, true}}"
        ) { a in .value(try luaValue(try JSON(Array(try a.string(0).utf8)))) },
      ])
  }

  private static func luaValue(_ json: JSON) throws -> LuaValue {
    switch json {
    case .null: .nil
    case .bool(let value): .boolean(value)
    case .integer(let value): .integer(Int64(value))
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .array(let values): .list(try values.map(luaValue))
    case .object(let members): .map(try members.map { (.string($0.name), try luaValue($0.value)) })
    }
  }
}

/// Writes Lua values as JSON.
private struct JSONEncoder {
  let indent: Int?
  private(set) var text = ""

  init(indent: Int?) throws {
    if let indent, indent > Self.indentLimit {
      throw LuaError("encode(): indent must be at most \(Self.indentLimit), not \(indent)")
    }
    self.indent = indent
  }

  private static let depthLimit = 200
  private static let indentLimit = 1000

  mutating func write(_ value: LuaValue, depth: Int) throws {
    guard depth < Self.depthLimit else {
      throw LuaError("encode(): tables are nested more than \(Self.depthLimit) deep; does one contain itself?")
    }
    switch value {
    case .nil: text += "null"
    case .boolean(let flag): text += flag ? "true" : "false"
    case .integer(let number): text += String(number)
    case .number(let number):
      guard number.isFinite else { throw LuaError("encode(): JSON has no number for \(number)") }
      text += "\(number)"
    case .string(let string): text += JSON.quoted(string)
    case .bytes: throw LuaError("encode(): a string is not UTF-8")
    case .table(let table): try write(table, depth)
    default:
      throw LuaError("encode(): a value of this type has no JSON form; use numbers, strings, booleans and tables")
    }
  }

  private mutating func write(_ table: LuaTable, _ depth: Int) throws {
    let pairs = try table.pairs()
    let elements = try table.elements()
    if !elements.isEmpty && elements.count == pairs.count {
      try list("[", "]", elements, depth) { encoder, element in try encoder.write(element, depth: depth + 1) }
      return
    }
    var members: [(name: String, value: LuaValue)] = []
    for (key, value) in pairs {
      switch key {
      case .string(let name): members.append((name, value))
      case .integer(let number): members.append((String(number), value))
      default: throw LuaError("encode(): a table's keys must be strings or integers")
      }
    }
    members.sort { $0.name < $1.name }
    try list("{", "}", members, depth) { encoder, member in
      encoder.text += JSON.quoted(member.name) + ": "
      try encoder.write(member.value, depth: depth + 1)
    }
  }

  private mutating func list<Element>(
    _ open: String, _ close: String, _ elements: [Element], _ depth: Int,
    _ body: (inout JSONEncoder, Element) throws -> Void
  ) throws {
    text += open
    for (position, element) in elements.enumerated() {
      if position > 0 { text += indent == nil ? ", " : "," }
      newLine(depth + 1)
      try body(&self, element)
    }
    if !elements.isEmpty { newLine(depth) }
    text += close
  }

  private mutating func newLine(_ depth: Int) {
    guard let indent else { return }
    text += "\n" + String(repeating: " ", count: max(indent, 0) * depth)
  }
}
