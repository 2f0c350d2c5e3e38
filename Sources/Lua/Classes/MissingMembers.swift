import LuaTrampoline

// What Lua gets for a member that an object does not have. Argument 0 is the object, argument 1 the key.
extension Function {

  static var missingMember: Function { Function("__index") { a in throw LuaError(noAttribute(a)) } }

  static var missingSetter: Function {
    Function("__newindex") { a in
      let key = a[1].string ?? ""
      if let declaration = a.declarationOfReceiver {
        let properties = a.state.declarations.properties(ofClassNamed: declaration.name)
        if properties.contains(where: { $0.name == key }) {
          throw LuaError("attribute '\(key)' of '\(a[0].typeName)' objects is not writable")
        }
      }
      throw LuaError(noAttribute(a))
    }
  }

  private static func noAttribute(_ a: Arguments) -> String {
    guard let key = a[1].string else { return "'\(a[0].typeName)' object cannot be indexed with \(a[1].typeName)" }
    var message = "'\(a[0].typeName)' object has no attribute '\(key)'"
    let names = (try? a[0].members().all) ?? []
    if let suggestion = nearestName(to: key, among: names) { message += "; did you mean '\(suggestion)'?" }
    return message
  }
}

extension Arguments {
  /// The declaration of argument 0's class.
  fileprivate var declarationOfReceiver: LuaClass? {
    guard self[0].kind == .userdata, let box = lt_box_at(lua, host, self[0].index) else { return nil }
    return state.declarations.declaration(ofClass: Int32(truncatingIfNeeded: box.pointee.klass))
  }
}
