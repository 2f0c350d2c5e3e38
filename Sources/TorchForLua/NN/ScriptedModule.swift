import Lua
import NN
import Tensor

/// A module whose class is written in Lua: `nn.class`.
///
/// Its plain fields live with its userdata, which a parent module's userdata keeps alive; Swift finds the userdata by the
/// state's table of identities when it calls `forward`.
final class ScriptedModule: Module, LuaClassChoosing {
  let luaClass: LuaClassNumber?
  private let name: String
  private let handle: LuaStateHandle

  init(name: String, luaClass: LuaClassNumber, state: LuaState) {
    self.name = name
    self.luaClass = luaClass
    handle = state.handle
  }

  override var typeName: String { name }
  override var inputNames: [String]? { nil }

  /// What the class's own `extra_repr` says; an error in it shows in the text, as printing does not fail.
  override var extraText: String {
    guard let state = handle.state else { return "" }
    let this = LuaValue.same(self)
    do { return try state.callForOne(try state.get(this, "extra_repr"), [this]).string ?? "" } catch {
      return "\(error)"
    }
  }

  override func emptyCopy() throws -> Module {
    guard let luaClass else { return try super.emptyCopy() }
    return ScriptedModule(name: name, luaClass: luaClass, state: try handle.open())
  }

  override func forward(_ input: Tensor) throws -> Tensor {
    let outputs = try forward([.tensor(input)])
    guard outputs.count == 1, let output = outputs[0].tensor else {
      throw TensorError("\(name):forward() gave something other than one tensor", kind: .type)
    }
    return output
  }

  override func forward(_ inputs: [Value]) throws -> [Value] {
    guard let state = handle.state else { throw LuaError("this module's Lua state is closed") }
    let this = LuaValue.same(self)
    let forward = try state.get(this, "forward")
    return try state.call(forward, [this] + inputs.map { $0.luaValue(state) }) { results in
      try results.map { try $0.moduleValue() }
    }
  }

  /// The class of all of them.
  static var declaration: LuaClass {
    LuaClass(
      "ScriptedModule", of: ScriptedModule.self, parent: "Module",
      help: "A module whose class is written in Lua: what a class that nn.class made gives when called.",
      example: "nn.class('Twice')():_get_name() --> \"Twice\"",
      options: [.fields, .unique, .missingIsNil])
  }
}

/// Classes of modules written in Lua.
enum ScriptedClasses {
  /// `nn.class(name[, parent])`.
  static var constructor: Function {
    Function(
      "class", "(name: string, parent: any = nil) -> table",
      help: """
        A new class of modules, which extends nn.Module or a class that nn.class made. Give it forward(self, \
        ...) and, to build its parts, __init(self, ...), which gets the arguments of the call that makes a \
        module.
        """,
      example:
        """
        Net = nn.class("Net")
        function Net:__init(width) self.fc = nn.Linear(2, width) end
        function Net:forward(x) return self.fc(x):relu() end
        Net(3)(torch.ones(1, 2)).shape --> torch.Size([1, 3])
        """
    ) { a in
      .value(.table(try define(a.string(0), parent: a[1], in: a.state)))
    }
  }

  private static func define(_ name: String, parent: StackValue, in state: LuaState) throws -> LuaTable {
    let base: LuaClassNumber
    let inherited: LuaTable
    if let known = try parent.table?.withField("__class", { $0.object(as: ClassObject.self) }) {
      base = known.number
      inherited = known.members
    } else {
      guard try parent.isNil || parent.classNumber == state.classNumber(named: "Module") else {
        throw LuaError("class(): argument 'parent' must be nn.Module or a class that nn.class made")
      }
      base = try state.classNumber(named: "ScriptedModule")
      inherited = try state.membersTable(of: base)
    }
    let members = try state.newTable()
    let number = try state.defineClass(name, parent: base, members: members)
    try members.set("__class", .object(ClassObject(name: name, number: number, members: members)))
    let construct = LuaClosure(name) { a in
      let module = ScriptedModule(name: name, luaClass: number, state: a.state)
      let this = LuaValue.same(module)
      let userdata = try a.state.refer(to: this)
      let initializer = try members.get("__init")
      if !initializer.isNil {
        _ = try a.state.call(initializer, [.reference(userdata)] + a.rest(from: 1).map { try $0.value() })
      }
      return .value(.reference(userdata))
    }
    let metatable = try state.newTable([
      ("__index", .table(inherited)), ("__call", .closure(construct)), ("__name", .string(name)),
      ("__tostring", .closure(LuaClosure("__tostring") { _ in .string("<class '\(name)'>") })),
    ])
    try state.setMetatable(members, metatable)
    return members
  }
}

/// What the table of a class knows of itself.
final class ClassObject {
  let name: String
  let number: LuaClassNumber
  let members: LuaTable

  init(name: String, number: LuaClassNumber, members: LuaTable) {
    self.name = name
    self.number = number
    self.members = members
  }

  static var declaration: LuaClass {
    LuaClass(
      "Class", of: ClassObject.self,
      help: "What the table of a class that nn.class made knows of itself, in its field __class.",
      example: "nn.class('Twice').__class ~= nil --> true")
  }
}

extension Module {
  /// What `extra_repr` of a class says that has none of its own.
  var builtInExtraText: String { self is ScriptedModule ? "" : extraText }
}
