/// A module that `require` finds.
public struct LuaModule {
  /// The name, such as `torch.nn.functional`: it is also the field `functional` of `torch.nn`.
  public var name: String
  /// What `help` and the reference say of the module; see ``Function`` on explanations.
  public var help: String
  /// See ``Topic/example``.
  public var example: String
  /// The module's functions, in the order of the reference.
  public var functions: [Function]
  /// Classes that are registered with the module. Their constructors are its functions.
  public var classes: [LuaClass]
  /// Values with names, in the order of the reference.
  public var constants: [Constant]
  /// What calling the module itself does.
  public var call: Function?

  /// A module with what it holds; ``LuaState/register(_:)`` makes its table.
  public init(
    _ name: String, help: String, example: String = "", functions: [Function] = [], classes: [LuaClass] = [],
    constants: [Constant] = [], call: Function? = nil
  ) {
    self.name = name
    self.help = help
    self.example = example
    self.functions = functions
    self.classes = classes
    self.constants = constants
    self.call = call
  }

  /// A value with a name, such as `torch.float32`.
  public struct Constant {
    /// The name in the module.
    public let name: String
    /// What `help` and the reference say of it; see ``Function`` on explanations.
    public let help: String
    /// See ``Topic/example``.
    public let example: String
    let make: (LuaState) throws -> LuaValue

    /// A value that is made when the module is registered.
    public init(
      _ name: String, help: String, example: String = "", _ make: @escaping (LuaState) throws -> LuaValue
    ) {
      self.name = name
      self.help = help
      self.example = example
      self.make = make
    }

    /// A value that is the same in all states.
    public init(_ name: String, help: String, example: String = "", _ value: LuaValue) {
      self.init(name, help: help, example: example) { _ in value }
    }
  }
}
