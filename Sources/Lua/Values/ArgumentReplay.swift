extension Arguments {
  /// What makes the same call again: by the function's name in its module, with the values that the arguments have now.
  public func replay() throws -> () throws -> LuaValue {
    let (handle, path, name) = (state.handle, function.path ?? "_G", functionName)
    var values: [LuaValue] = []
    var keywords: [(key: LuaValue, value: LuaValue)] = []
    for (index, parameter) in (signature?.parameters ?? []).enumerated() {
      if parameter.isKeywordOnly {
        if has(index) { keywords.append((.string(parameter.name), try value(index))) }
      } else if parameter.type.isVariadic, self[index].table == nil {
        values += try rest(from: index).map { try $0.value() }
      } else {
        values.append(try value(index))
      }
    }
    // A table at the end, even an empty one, says that none before it holds keywords.
    let takesAll = signature?.variadic != nil
    if !takesAll || !keywords.isEmpty { values.append(.map(keywords)) }
    return { [values] in
      let state = try handle.open()
      guard let module = try state.global("package").table?.get("loaded").table?.get(path).table else {
        throw LuaError("module '\(path)' is not loaded")
      }
      return try state.callForOne(try module.get(name), values)
    }
  }
}
