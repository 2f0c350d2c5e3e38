/// A Swift class as Lua sees it. See ``LuaState`` for an example.
public struct LuaClass {
  /// What an index that no member answers gives: `.none` for "there is no such thing".
  public typealias DynamicIndex = (Arguments) throws -> LuaResults
  /// What an assignment that no property takes does.
  public typealias DynamicAssignment = (Arguments) throws -> Assignment

  /// How a dynamic assignment was dealt with.
  public enum Assignment {
    /// Swift has taken the value.
    case taken
    /// Swift has taken the value, and Lua's side of it lives as long as the object.
    case takenAndKept
    /// It becomes a plain field, if the class has those; else it is an error.
    case plainField
  }

  /// How objects of the class behave where Lua's ways differ.
  public struct Options: OptionSet, Sendable {
    /// The options, a bit each.
    public let rawValue: Int
    /// - Parameter rawValue: a bit for each option.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Objects hold plain fields: Lua values under any name. They live with the userdata, so such classes should
    /// also be `unique`.
    public static let fields = Options(rawValue: 1)
    /// The dynamic index is asked before members: entries of a map hide methods.
    public static let dynamicFirst = Options(rawValue: 2)
    /// An unknown member is nil. Without it, it is an error that suggests a name.
    public static let missingIsNil = Options(rawValue: 4)
    /// While a userdata of an object is alive, pushing the object again gives that same userdata.
    public static let unique = Options(rawValue: 8)
  }

  /// The name, in errors and signatures.
  public var name: String
  /// The Swift class of the objects.
  public var type: AnyClass
  /// The name of the class that it extends, which must be registered before.
  public var parent: String?
  /// What `help` and the reference say of the class; see ``Function`` on explanations.
  public var help: String
  /// See ``Topic/example``; without one, the constructor's is shown.
  public var example: String
  /// How objects of the class behave.
  public var options: Options
  /// The function that makes an object: what calling the class does.
  public var constructor: Function?
  /// Functions that are called on an object, their first argument.
  public var methods: [Function]
  /// Functions of the class itself, that need no object: `Embedding.from_pretrained(…)`.
  public var statics: [Function]
  /// What is read, and perhaps written, with a dot.
  public var properties: [Property]
  /// Named as Lua names them: `__len`, `__add`, `__call`, `__close` …
  public var metamethods: [Function]
  /// What answers an index that no member does; nil: what the parent has.
  public var index: DynamicIndex?
  /// What takes an assignment that no property does; nil: what the parent has.
  public var newindex: DynamicAssignment?
  /// The names that the dynamic index answers for an object, for completion.
  public var names: ((AnyObject) -> [String])?
  /// The name of the function that made an object, where not all objects come from the constructor.
  public var maker: ((AnyObject) -> String?)?

  let isInstance: (AnyObject) -> Bool

  /// - Parameters:
  ///   - name: unique in a state, for it becomes a type in signatures.
  ///   - type: the class of the objects, or one that they extend.
  ///   - parent: the name of a class whose members the objects have too, which must be registered before.
  ///   - names, maker: get the object, and see ``names`` and ``maker``.
  public init<Instance: AnyObject>(
    _ name: String, of type: Instance.Type, parent: String? = nil, help: String, example: String = "",
    options: Options = [], constructor: Function? = nil, methods: [Function] = [], statics: [Function] = [],
    properties: [Property] = [],
    metamethods: [Function] = [], index: DynamicIndex? = nil, newindex: DynamicAssignment? = nil,
    names: ((Instance) -> [String])? = nil, maker: ((Instance) -> String?)? = nil
  ) {
    self.name = name
    self.type = type
    isInstance = { $0 is Instance }
    self.parent = parent
    self.help = help
    self.example = example
    self.options = options
    self.constructor = constructor
    self.methods = methods
    self.statics = statics
    self.properties = properties
    self.metamethods = metamethods
    self.index = index
    self.newindex = newindex
    self.names = names.map { names in { ($0 as? Instance).map(names) ?? [] } }
    self.maker = maker.map { maker in { ($0 as? Instance).flatMap(maker) } }
  }
}

/// An attribute that is read, and perhaps written, with a dot.
public struct Property {
  /// The name behind the dot.
  public let name: String
  /// The type, as in signatures.
  public let type: String
  /// What `help` and the reference say of it; see ``Function`` on explanations.
  public let help: String
  /// See ``Topic/example``.
  public let example: String
  /// Argument 0 is the object.
  let get: (Arguments) throws -> LuaResults
  /// Argument 0 is the object, argument 1 the value.
  let set: ((Arguments) throws -> Void)?

  /// - Parameters:
  ///   - type: as in signatures, for help alone: `set` checks its value itself.
  ///   - get: gets the object as argument 0.
  ///   - set: gets the object as argument 0 and the value as argument 1; nil: the property is read only.
  public init(
    _ name: String, _ type: String, help: String, example: String = "",
    get: @escaping (Arguments) throws -> LuaResults, set: ((Arguments) throws -> Void)? = nil
  ) {
    self.name = name
    self.type = type
    self.help = help
    self.example = example
    self.get = get
    self.set = set
  }
}

/// A class in one state.
final class RegisteredClass {
  let name: String
  let parent: Int32
  let isUnique: Bool
  /// Whether it was defined by ``LuaState/defineClass(_:parent:members:)``.
  let isDerived: Bool
  let choosesClass: Bool
  let isInstance: (AnyObject) -> Bool
  var number: Int32 = -1

  init(
    name: String, parent: Int32, isUnique: Bool, isDerived: Bool, choosesClass: Bool,
    isInstance: @escaping (AnyObject) -> Bool
  ) {
    self.name = name
    self.parent = parent
    self.isUnique = isUnique
    self.isDerived = isDerived
    self.choosesClass = choosesClass
    self.isInstance = isInstance
  }
}

/// The number of a class in its state.
public struct LuaClassNumber: Hashable, Sendable {
  let number: Int32
}

/// A Swift type whose objects are of several classes in Lua: of those that ``LuaState/defineClass(_:parent:members:)``
/// made.
public protocol LuaClassChoosing: AnyObject {
  /// The object's class; nil: that of the Swift type.
  var luaClass: LuaClassNumber? { get }
}

/// A Swift type whose objects have names of their own in errors: one class of Lua's stands for many of Swift's.
public protocol LuaTypeNaming: AnyObject {
  /// What errors call the object's type.
  var luaTypeName: String { get }
}
