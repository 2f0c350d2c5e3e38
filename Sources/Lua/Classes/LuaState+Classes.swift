import CLua
import LuaTrampoline

extension LuaState {
  /// Makes a Swift class known to Lua. Its parent must be known before.
  ///
  /// - Parameter module: the module that scripts find it in.
  /// - Throws: ``LuaError`` for an unknown parent or a name that is taken.
  public func register(_ declaration: LuaClass, in module: String? = nil) throws {
    guard declarations.classNamed(declaration.name) == nil else {
      throw LuaError("class '\(declaration.name)' is already registered")
    }
    let parent = try declaration.parent.map { try classNumber(named: $0).number } ?? -1
    let name = declaration.name
    // What a class does not say of indices it has from those that it extends.
    let lineage = [declaration] + (declaration.parent.map { declarations.lineage(ofClassNamed: $0) } ?? [])
    let index = lineage.lazy.compactMap(\.index).first.map { bind(Function("\(name).__index", body: $0), path: name) }
    let newindex = assignment(lineage, of: name)
    let number = try define(
      lt_class_definition(
        name: nil, parent: parent, flags: Int32(declaration.options.rawValue & 7), members: 0,
        dynamic_index: index, dynamic_newindex: newindex),
      RegisteredClass(
        name: name, parent: parent, isUnique: declaration.options.contains(.unique), isDerived: false,
        choosesClass: declaration.type is any LuaClassChoosing.Type, isInstance: declaration.isInstance))
    classNumbers[ObjectIdentifier(declaration.type)] = number
    declarations.add(declaration, number: number)
    if let constructor = declaration.constructor {
      let status = lt_define_constructor(lua, number, bind(constructor, path: module))
      if status != LUA_OK { throw takeError(lua, status, withTraceback: false) }
    }
    try addMembers(LT_METHOD, to: number, declaration.methods.filter { $0.placement != .function }, path: name)
    if !declaration.statics.isEmpty {
      let members = try membersTable(of: LuaClassNumber(number: number))
      try addMembers(
        LT_STATIC, to: members.reference.number, declaration.statics, path: module.map { "\($0).\(name)" } ?? name)
    }
    try addMembers(LT_METAMETHOD, to: number, declaration.metamethods, path: name)
    let getters = declaration.properties.map { Function($0.name, body: $0.get) }
    try addMembers(LT_GETTER, to: number, getters, path: name)
    let setters = declaration.properties.compactMap { property in
      property.set.map { set in
        Function(
          property.name,
          body: {
            try set($0)
            return .none
          })
      }
    }
    try addMembers(LT_SETTER, to: number, setters, path: name)
  }

  /// Adds methods to a class that is registered.
  public func addMethods(_ methods: [Function], toClassNamed name: String) throws {
    try addMembers(LT_METHOD, to: try classNumber(named: name).number, methods, path: name)
    declarations.addMethods(methods, toClassNamed: name)
  }

  /// Defines a class while the program runs, for a class written in Lua: its objects are of the parent's Swift type,
  /// and their members come from `members` first. The Swift type tells an object's class by ``LuaClassChoosing``.
  ///
  /// - Parameter members: the table to which a script adds methods. Its lookups should fall back on those of the
  ///   parent, see ``membersTable(of:)``.
  public func defineClass(_ name: String, parent: LuaClassNumber, members: LuaTable) throws -> LuaClassNumber {
    let isKnown = classes.indices.contains(Int(parent.number))
    guard isKnown else { throw LuaError("class '\(name)': the parent class is not known") }
    let base = classes[Int(parent.number)]
    let declaration = declarations.declaration(ofClass: parent.number)
    let lineage = declaration.map { declarations.lineage(ofClassNamed: $0.name) } ?? []
    let index = lineage.lazy.compactMap(\.index).first.map { bind(Function("\(name).__index", body: $0), path: name) }
    let newindex = assignment(lineage, of: name)
    // The class keeps its members for good, under a registry reference of its own.
    let kept = try refer(to: .table(members))
    membersOfClasses.append(kept)
    let number = try define(
      lt_class_definition(
        name: nil, parent: parent.number, flags: Int32((declaration?.options.rawValue ?? 0) & 7),
        members: kept.number, dynamic_index: index, dynamic_newindex: newindex),
      RegisteredClass(
        name: name, parent: parent.number, isUnique: base.isUnique, isDerived: true, choosesClass: base.choosesClass,
        isInstance: base.isInstance))
    if let declaration { declarations.inherit(declaration, number: number) }
    return LuaClassNumber(number: number)
  }

  /// What assigns to fields of a class: its own, or that of the nearest class that it comes from.
  private func assignment(_ lineage: [LuaClass], of name: String) -> UnsafeMutableRawPointer? {
    lineage.lazy.compactMap(\.newindex).first.map { assign in
      bind(Function("\(name).__newindex", body: { try assign($0).results }), path: name)
    }
  }

  /// The number of a class that was registered.
  public func classNumber(named name: String) throws -> LuaClassNumber {
    guard let number = declarations.number(ofClassNamed: name) else {
      throw LuaError("class '\(name)' is not registered")
    }
    return LuaClassNumber(number: number)
  }

  /// The table in which a class's methods are looked up: what scripts see as the class.
  public func membersTable(of number: LuaClassNumber) throws -> LuaTable {
    guard classes.indices.contains(Int(number.number)) else { throw LuaError("an unknown class") }
    let lua = lua
    try needStack(lua)
    lua_rawgeti(lua, luaRegistryIndex, Int64(host.pointee.classes[Int(number.number)].members))
    defer { lua_settop(lua, -2) }
    return LuaTable(try StackValue(host: host, lua: lua, index: lua_gettop(lua)).reference())
  }

  /// The metatable of a class's userdata.
  public func metatable(of number: LuaClassNumber) throws -> LuaTable {
    guard classes.indices.contains(Int(number.number)) else { throw LuaError("an unknown class") }
    let lua = lua
    try needStack(lua)
    lua_rawgeti(lua, luaRegistryIndex, Int64(host.pointee.classes[Int(number.number)].metatable))
    defer { lua_settop(lua, -2) }
    return LuaTable(try StackValue(host: host, lua: lua, index: lua_gettop(lua)).reference())
  }

  /// Sets a plain field of an object's userdata, as `object.name = value` would without setters.
  public func setField(of object: LuaValue, _ key: LuaValue, _ value: LuaValue) throws {
    try perform(LT_SET_FIELD_OF_OBJECT, results: 0) {
      try describe(object)
      try describe(key)
      try describe(value)
    }
  }

  /// The plain fields of an object's userdata.
  public func fields(of object: LuaValue) throws -> [(key: LuaValue, value: LuaValue)] {
    try withStackValue(of: object) { object in
      try needStack(object.lua)
      let top = lua_gettop(object.lua)
      defer { lua_settop(object.lua, top) }
      guard lua_getiuservalue(object.lua, object.index, 1) == LUA_TTABLE else { return [] }
      var pairs: [(key: LuaValue, value: LuaValue)] = []
      try StackValue(host: host, lua: object.lua, index: top + 1).table?.forEachPair {
        pairs.append((try $0.value(), try $1.value()))
      }
      return pairs
    }
  }

  /// Keeps a value alive as long as an object's userdata is; see ``Arguments/keep(_:in:key:)``.
  public func keep(_ value: LuaValue, in object: LuaValue, key: LuaValue = .nil) throws {
    try perform(LT_KEEP, results: 0) {
      try describe(object)
      try describe(key)
      try describe(value)
    }
  }

  // MARK: The machinery below

  private func define(_ definition: lt_class_definition, _ registered: RegisteredClass) throws -> Int32 {
    var definition = definition
    var number: Int32 = -1
    let status = registered.name.withCString {
      definition.name = $0
      return lt_define_class(lua, &definition, &number)
    }
    if status != LUA_OK { throw takeError(lua, status, withTraceback: false) }
    registered.number = number
    classes.append(registered)
    try needStack(lua)
    lua_rawgeti(lua, luaRegistryIndex, Int64(host.pointee.classes[Int(number)].members))
    if let table = lua_topointer(lua, -1) { classTables[table] = number }
    lua_settop(lua, -2)
    return number
  }

  func addMembers(_ kind: Int, to target: Int32, _ functions: [Function], path: String?) throws {
    guard !functions.isEmpty else { return }
    let isMethod = kind != LT_STATIC
    var names: [UInt8] = []
    var offsets: [Int] = []
    for function in functions {
      offsets.append(names.count)
      names.append(contentsOf: function.name.utf8)
      names.append(0)
    }
    let contexts = functions.map { bind($0, path: path, isMethod: isMethod) }
    let status = names.withUnsafeBytes { bytes in
      let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      let members = zip(offsets, contexts).map { offset, context in
        lt_member(name: start.map { $0 + offset }, context: context)
      }
      return members.withUnsafeBufferPointer {
        lt_define_members(lua, Int32(kind), target, $0.baseAddress, $0.count)
      }
    }
    if status != LUA_OK { throw takeError(lua, status, withTraceback: false) }
  }

  func className(_ number: Int32) -> String {
    classes.indices.contains(Int(number)) ? classes[Int(number)].name : "userdata"
  }

  /// The number of the nearest registered class of an object.
  @inline(__always)
  func classNumber(of object: AnyObject) throws -> Int32 {
    let type = ObjectIdentifier(Swift.type(of: object))
    if let lastClass, lastClass.type == type { return lastClass.number }
    return try findClassNumber(of: object, type)
  }

  private func findClassNumber(of object: AnyObject, _ type: ObjectIdentifier) throws -> Int32 {
    var found = classNumbers[type]
    if found == nil {
      var best: (number: Int32, depth: Int)?
      for candidate in classes where !candidate.isDerived && candidate.isInstance(object) {
        let depth = depth(of: candidate.number)
        if depth > best?.depth ?? -1 { best = (candidate.number, depth) }
      }
      found = best?.number
      classNumbers[type] = found
    }
    guard let found else { throw LuaError("no Lua class is registered for \(Swift.type(of: object))") }
    if classes[Int(found)].choosesClass, let chosen = (object as? any LuaClassChoosing)?.luaClass {
      return chosen.number
    }
    if !classes[Int(found)].choosesClass { lastClass = (type, found) }
    return found
  }

  private func depth(of number: Int32) -> Int {
    var depth = 0
    var number = number
    while number >= 0 {
      depth += 1
      number = classes[Int(number)].parent
    }
    return depth
  }
}

extension LuaClass.Assignment {
  /// What C's __newindex understands.
  var results: LuaResults {
    switch self {
    case .taken: return .none
    case .plainField: return .integer(1)
    case .takenAndKept: return .integer(2)
    }
  }
}
