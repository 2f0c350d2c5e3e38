import CLua
import LuaTrampoline

/// How a call's arguments are spread over positions and keywords, for one signature.
struct Layout {
  /// How many of the stack's values are positional.
  var positional: Int32
  /// The index of the table of keywords; 0: none.
  var keywords: Int32 = 0
  /// Whether that table's elements from 1 are the positional arguments.
  var spreads = false
}

extension Signature {
  /// Finds each parameter's value: fills `slots` with stack indices, 0 for what was not given.
  ///
  /// Keyword values are left on the stack. Nothing here raises or allocates in Lua.
  /// - Returns: how many positional arguments there are; nil if the call does not fit.
  func match(
    _ host: UnsafeMutablePointer<lt_host>, _ lua: OpaquePointer, _ count: Int32, _ slots: UnsafeMutablePointer<Int32>
  ) -> Int32? {
    guard count > 0, lua_type(lua, count) == LUA_TTABLE else {
      return matchPositional(host, lua, count, slots, allRequired: true) ? count : nil
    }
    var layout = layout(lua, count)
    guard layout.keywords != 0 || layout.spreads else {
      return matchPositional(host, lua, count, slots, allRequired: true) ? count : nil
    }
    guard lua_checkstack(lua, Int32(clamping: parameters.count) + 16) != 0 else { return nil }
    let table = layout.keywords
    var first: Int32 = 0
    if layout.spreads {
      let length = lua_rawlen(lua, table)
      guard length <= parameters.count else { return nil }
      first = lua_gettop(lua)
      for position in 0..<Int32(length) { lua_rawgeti(lua, table, Int64(position) + 1) }
      layout.positional = Int32(length)
    }
    guard matchPositional(host, lua, layout.positional, slots, allRequired: false, offset: first),
      matchKeywords(host, lua, layout, slots),
      parameters.indices.allSatisfy({ slots[$0] != 0 || parameters[$0].isOptional })
    else { return nil }
    return layout.spreads ? 0 : layout.positional
  }

  private func matchPositional(
    _ host: UnsafeMutablePointer<lt_host>, _ lua: OpaquePointer, _ count: Int32,
    _ slots: UnsafeMutablePointer<Int32>, allRequired: Bool, offset: Int32 = 0
  ) -> Bool {
    let positional = min(Int(count), positionalCount)
    if Int(count) > positionalCount, variadic == nil { return false }
    for index in 0..<positional {
      let position = offset + Int32(truncatingIfNeeded: index) + 1
      let type = lua_type(lua, position)
      slots[index] = position
      let check = checks[index]
      if check.acceptsAny(ofType: type) { continue }
      let value = StackValue(host: host, lua: lua, index: position)
      if check.classNumber >= 0, type == LUA_TUSERDATA, value.isObject(ofClass: check.classNumber) { continue }
      if index == variadic {
        guard acceptsRest(host, lua, from: Int32(index) + 1, to: count, offset) else { return false }
      } else if type == LUA_TNIL {
        slots[index] = 0
        if allRequired, !check.isOptional { return false }
      } else {
        guard check.needsCloserLook, parameters[index].type.accepts(value) else { return false }
      }
    }
    for index in positional..<checks.count {
      slots[index] = 0
      if allRequired, !checks[index].isOptional { return false }
    }
    return true
  }

  /// Whether the arguments from a `T...` on are all T, or one list of them.
  private func acceptsRest(
    _ host: UnsafeMutablePointer<lt_host>, _ lua: OpaquePointer, from first: Int32, to last: Int32, _ offset: Int32
  ) -> Bool {
    guard let variadic else { return false }
    let type = parameters[variadic].type
    if first == last, type.acceptsAsList(StackValue(host: host, lua: lua, index: offset + first)) { return true }
    var index = first
    while index <= last {
      let value = StackValue(host: host, lua: lua, index: offset + index)
      guard type.accepts(value) else { return false }
      index += 1
    }
    return true
  }

  private func matchKeywords(
    _ host: UnsafeMutablePointer<lt_host>, _ lua: OpaquePointer, _ layout: Layout, _ slots: UnsafeMutablePointer<Int32>
  ) -> Bool {
    let table = layout.keywords
    let mayHaveElements = layout.spreads || layout.positional > 0 && table == layout.positional
    lua_pushnil(lua)
    while lua_next(lua, table) != 0 {
      if lua_type(lua, -2) != LUA_TSTRING {
        guard mayHaveElements else { return false }
        lua_settop(lua, -2)
        continue
      }
      guard let index = parameterNamed(lua, -2), slots[index] == 0 else { return false }
      let value = StackValue(host: host, lua: lua, index: lua_gettop(lua))
      let type = parameters[index].type
      guard type.isVariadic ? type.acceptsAsList(value) || type.accepts(value) : type.accepts(value) else {
        return false
      }
      // The value stays below the key, which goes on with the loop.
      lua_rotate(lua, -2, 1)
      slots[index] = value.index - 1
    }
    return true
  }

  /// The index of the parameter whose name is the string at a stack index.
  func parameterNamed(_ lua: OpaquePointer, _ stackIndex: Int32) -> Int? {
    var length = 0
    guard let bytes = lua_tolstring(lua, stackIndex, &length) else { return nil }
    let name = UnsafeRawBufferPointer(start: bytes, count: length)
    return parameters.firstIndex { $0.nameBytes.count == length && $0.nameBytes.elementsEqual(name) }
  }

  /// How a call is to be read whose last argument is a table.
  func layout(_ lua: OpaquePointer, _ count: Int32) -> Layout {
    let position = Int(count) - 1
    let place = position < positionalCount ? position : variadic
    let tables = place.map { parameters[$0].type.tables } ?? []
    let length = lua_rawlen(lua, count)
    let isOnlyArgument = count == 1
    if length > 0 {
      if tables.contains(.mappings) { return Layout(positional: count) }
      if tables.contains(.lists) {
        return Layout(positional: count, keywords: hasStringKey(lua, count, length) ? count : 0)
      }
      return isOnlyArgument ? Layout(positional: 0, keywords: count, spreads: true) : Layout(positional: count)
    }
    if hasStringKey(lua, count, 0) {
      let isValue = tables.contains(.mappings) && !(place.map { holdsKeywords(lua, count, insteadOf: $0) } ?? false)
      return isValue ? Layout(positional: count) : Layout(positional: count - 1, keywords: count)
    }
    return tables.isEmpty ? Layout(positional: count - 1, keywords: count) : Layout(positional: count)
  }

  /// Whether a table that could be the value of parameter `place`, which takes any table, is meant as keywords: it names
  /// parameters that the call has not given yet, and nothing else.
  private func holdsKeywords(_ lua: OpaquePointer, _ index: Int32, insteadOf place: Int) -> Bool {
    guard parameters[place].type.takesAnyTable, !parameters[place].type.isVariadic, lua_checkstack(lua, 8) != 0 else {
      return false
    }
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    var namesPlace = parameters[place].defaultText != nil
    lua_pushnil(lua)
    while lua_next(lua, index) != 0 {
      guard lua_type(lua, -2) == LUA_TSTRING, let named = parameterNamed(lua, -2), named >= place else { return false }
      if named == place { namesPlace = true }
      lua_settop(lua, -2)
    }
    return namesPlace
  }

  /// Whether a table has a string key. Elements of a long list are taken to come first, as Lua lays them out.
  private func hasStringKey(_ lua: OpaquePointer, _ index: Int32, _ length: UInt64) -> Bool {
    guard lua_checkstack(lua, 8) != 0 else { return false }
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    if length > 64 { lua_pushinteger(lua, Int64(length)) } else { lua_pushnil(lua) }
    while lua_next(lua, index) != 0 {
      if lua_type(lua, -2) == LUA_TSTRING { return true }
      lua_settop(lua, -2)
    }
    return false
  }
}
