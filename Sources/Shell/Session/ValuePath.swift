import Lua

/// An expression such as `net.layer1[0].conv1` that can be looked up without running code of the user's.
struct ValuePath {
  private enum Key {
    case literal(LuaValue)
    /// A global variable that holds the key.
    case variable(String)
  }

  private var root = ""
  private var keys: [Key] = []

  /// Reads the path that ends before the token `end`; nil if what stands there is something else, such as a call.
  init?(endingAt end: Int, in tokens: [LuaToken], _ bytes: [UInt8]) {
    func text(_ index: Int) -> String {
      tokens.indices.contains(index) ? String(decoding: bytes[tokens[index].range], as: UTF8.self) : ""
    }
    var index = end - 1
    while tokens.indices.contains(index) {
      if tokens[index].kind == .name {
        let separator = text(index - 1)
        guard separator == "." || separator == ":" else {
          root = text(index)
          return
        }
        keys.insert(.literal(.string(text(index))), at: 0)
        index -= 2
      } else if text(index) == "]", tokens.indices.contains(index - 2), tokens[index - 1].kind == .name,
        text(index - 2) == "["
      {
        keys.insert(.variable(text(index - 1)), at: 0)
        index -= 3
      } else if text(index) == "]", tokens.indices.contains(index - 1) {
        let isNegative = text(index - 2) == "-"
        guard let key = Self.literal(text(index - 1), tokens[index - 1].kind, isNegative: isNegative),
          text(index - (isNegative ? 3 : 2)) == "["
        else { return nil }
        keys.insert(.literal(key), at: 0)
        index -= isNegative ? 4 : 3
      } else {
        return nil
      }
    }
    return nil
  }

  private static func literal(_ text: String, _ kind: LuaToken.Kind, isNegative: Bool) -> LuaValue? {
    switch kind {
    case .number: return Int64(text).map { .integer(isNegative ? -$0 : $0) }
    case .string where !text.contains("\\") && (text.hasPrefix("\"") || text.hasPrefix("'")):
      return .string(String(text.dropFirst().dropLast()))
    default: return nil
    }
  }

  /// The value, nil where there is none.
  func value(in state: LuaState) -> LuaValue? {
    guard var value = try? Self.element(.table(state.globals()), .string(root), state) else { return nil }
    for key in keys {
      guard let key = Self.value(of: key, state), let next = try? Self.element(value, key, state) else { return nil }
      value = next
    }
    if value.isNil { return nil }
    return value
  }

  private static func value(of key: Key, _ state: LuaState) -> LuaValue? {
    switch key {
    case .literal(let value): return value
    case .variable(let name): return try? element(.table(state.globals()), .string(name), state)
    }
  }

  /// `container[key]` where no function written in Lua has a say in it.
  private static func element(_ container: LuaValue, _ key: LuaValue, _ state: LuaState) throws -> LuaValue {
    if case .object = container { return try state.get(container, key) }
    let own = try state.withStackValue(of: container) { value -> LuaValue in
      guard let table = value.table else { return .nil }
      switch key {
      case .string(let name): return try table.withField(name) { try $0.value() }
      case .integer(let position): return try table.withElement(Int(position)) { try $0.value() }
      default: return .nil
      }
    }
    if !own.isNil { return own }
    let fallback = try state.withStackValue(of: container) { value in
      try value.metafield("__index") { ($0.declaration != nil, try $0.value()) }
    }
    switch fallback {
    case (true, _)?: return try state.get(container, key)
    case (_, let table)? where table.table != nil: return try element(table, key, state)
    default: return .nil
    }
  }
}
