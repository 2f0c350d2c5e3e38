import CLua

/// A call that fits no signature: says what is wrong, in PyTorch's words.
struct Mismatch {
  private let function: BoundFunction
  private let lua: OpaquePointer
  private let count: Int32
  private var name: String { function.function.title }

  init(_ function: BoundFunction, _ lua: OpaquePointer, _ count: Int32) {
    self.function = function
    self.lua = lua
    self.count = count
  }

  /// The call as one signature reads it.
  private struct Call {
    var positional: [StackValue] = []
    var keywords: [(name: String, value: StackValue)] = []
  }

  var error: LuaError {
    guard lua_checkstack(lua, 64) != 0 else { return LuaError("stack overflow") }
    let signatures = function.signatures
    guard let first = signatures.first else { return LuaError("\(name)() cannot be called") }
    if signatures.count == 1 { return LuaError(problem(first) ?? "\(name)(): wrong arguments") }
    if let unknown = unknownKeyword(signatures) { return LuaError(unknown) }
    // Where only one overload takes that many arguments of those names, it is the one that was meant.
    let meant = signatures.filter { fitsInNumber($0) }
    if meant.count == 1, let problem = problem(meant[0]) { return LuaError(problem) }
    let got = describeCall(first)
    let expected = signatures.map { "\n * \($0.text)" }.joined()
    return LuaError(
      "\(name)() received an invalid combination of arguments - got (\(got)), but expected one of:\(expected)\n")
  }

  /// Runs `body` with the call as a signature reads it.
  private func withCall<R>(_ signature: Signature, _ body: (Call) -> R) -> R {
    let top = lua_gettop(lua)
    defer { lua_settop(lua, top) }
    var call = Call()
    var layout = Layout(positional: count)
    if count > 0, lua_type(lua, count) == LUA_TTABLE { layout = signature.layout(lua, count) }
    func value(_ index: Int32) -> StackValue { StackValue(host: function.host, lua: lua, index: index) }
    if layout.spreads {
      for position in 1...max(1, min(Int64(lua_rawlen(lua, layout.keywords)), 64)) {
        guard lua_checkstack(lua, 8) != 0 else { break }
        lua_rawgeti(lua, layout.keywords, position)
        call.positional.append(value(lua_gettop(lua)))
      }
    } else if layout.positional > 0 {
      call.positional = (1...layout.positional).map(value)
    }
    if layout.keywords != 0 {
      lua_pushnil(lua)
      while lua_checkstack(lua, 8) != 0, lua_next(lua, layout.keywords) != 0 {
        guard lua_type(lua, -2) == LUA_TSTRING else {
          lua_settop(lua, -2)
          continue
        }
        let top = lua_gettop(lua)
        call.keywords.append((value(top - 1).string ?? "", value(top - 1)))
        lua_rotate(lua, -2, 1)
      }
      call.keywords.sort { $0.name < $1.name }
    }
    return body(call)
  }

  /// What is wrong with the call for one signature.
  private func problem(_ signature: Signature) -> String? {
    withCall(signature) { call in
      let parameters = signature.parameters
      let given = call.positional.count
      let receiver = function.isMethod ? 1 : 0
      if given > signature.positionalCount, signature.variadic == nil {
        if function.function.isConstructor { return tooMany(given, signature) }
        let takes = max(0, signature.positionalCount - receiver)
        let gave = given - receiver
        if takes == 0 { return "\(name)() takes no arguments (\(gave) given)" }
        let plural = takes == 1 ? "" : "s"
        let verb = gave == 1 ? "was" : "were"
        return "\(name)() takes \(takes) positional argument\(plural) but \(gave) \(verb) given"
      }
      for (index, value) in call.positional.enumerated() {
        let place = min(index, signature.variadic ?? index)
        if let problem = wrongType(
          parameters[place], value, position: index + 1 - receiver, isSingle: given == place + 1)
        {
          return problem
        }
      }
      for (keyword, value) in call.keywords {
        guard let index = parameters.firstIndex(where: { $0.name == keyword }) else {
          return unknownKeyword(keyword, in: [signature])
        }
        if index < given, !call.positional[index].isNil {
          return "\(name)() got multiple values for argument '\(keyword)'"
        }
        if let problem = wrongType(parameters[index], value, position: nil, isSingle: true) { return problem }
      }
      let missing = parameters.enumerated().filter { index, parameter in
        !parameter.isOptional && !(index < given && !call.positional[index].isNil)
          && !call.keywords.contains { $0.name == parameter.name }
      }
      guard !missing.isEmpty else { return nil }
      let names = missing.map { "'\($0.element.name)'" }
      let list = names.count == 1 ? names[0] : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
      let kind = missing.allSatisfy { $0.element.isKeywordOnly } ? "keyword-only" : "positional"
      return "\(name)() missing \(names.count) required \(kind) argument\(names.count == 1 ? "" : "s"): \(list)"
    }
  }

  /// Too many arguments for a constructor, which also counts the object itself.
  private func tooMany(_ given: Int, _ signature: Signature) -> String {
    let least = signature.parameters.prefix(signature.positionalCount).filter { !$0.isOptional }.count + 1
    let most = signature.positionalCount + 1
    let takes =
      least == most
      ? "\(most) positional argument\(most == 1 ? "" : "s")" : "from \(least) to \(most) positional arguments"
    return "\(name)() takes \(takes) but \(given + 1) were given"
  }

  private func wrongType(_ parameter: Parameter, _ value: StackValue, position: Int?, isSingle: Bool) -> String? {
    let type = parameter.type
    if value.isNil {
      guard !parameter.isOptional else { return nil }
    } else if type.isVariadic ? (isSingle && type.acceptsAsList(value)) || type.accepts(value) : type.accepts(value) {
      return nil
    }
    var place = ""
    if let position, position > 0 { place = " (position \(position))" }
    let argument = "\(name)(): argument '\(parameter.name)'\(place) must be \(type.described)"
    if let wrong = type.wrongElement(value) {
      return "\(argument), but found element of type \(wrong.typeName) at pos \(wrong.position)"
    }
    if let count = type.fixedCount, let table = value.table {
      return "\(argument) of \(count) elements, not of \(table.count)"
    }
    if position == 0 { return "\(argument), not \(value.typeName) (a method is called with ':')" }
    return "\(argument), not \(value.typeName)"
  }

  private func unknownKeyword(_ signatures: [Signature]) -> String? {
    withCall(signatures[0]) { call in
      let names = Set(signatures.flatMap { $0.parameters.map(\.name) })
      return call.keywords.first { !names.contains($0.name) }.map { unknownKeyword($0.name, in: signatures) }
    }
  }

  private func unknownKeyword(_ keyword: String, in signatures: [Signature]) -> String {
    var message = "\(name)() got an unexpected keyword argument '\(keyword)'"
    let names = signatures.flatMap { $0.parameters.map(\.name) }
    if let suggestion = nearestName(to: keyword, among: names) { message += "; did you mean '\(suggestion)'?" }
    return message
  }

  private func fitsInNumber(_ signature: Signature) -> Bool {
    withCall(signature) { call in
      let given = call.positional.count
      guard given <= signature.positionalCount || signature.variadic != nil else { return false }
      guard call.keywords.allSatisfy({ keyword in signature.parameters.contains { $0.name == keyword.name } }) else {
        return false
      }
      return signature.parameters.enumerated().allSatisfy { index, parameter in
        index < given || parameter.isOptional || call.keywords.contains { $0.name == parameter.name }
      }
    }
  }

  /// The types that the call gave: `Tensor, int, min=string`.
  private func describeCall(_ signature: Signature) -> String {
    withCall(signature) { call in
      let positional = call.positional.dropFirst(function.isMethod ? 1 : 0).map(\.typeName)
      return (positional + call.keywords.map { "\($0.name)=\($0.value.typeName)" }).joined(separator: ", ")
    }
  }
}
