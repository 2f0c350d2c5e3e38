/// A module that `require` finds.
public struct LuaModule {
  /// The name, such as `torch.nn.functional`: it is also the field `functional` of `torch.nn`.
  public var name: String
  public var help: String
  /// See ``Topic/example``.
  public var example: String
  public var functions: [Function]
  /// Classes that are registered with the module. Their constructors are its functions.
  public var classes: [LuaClass]
  public var constants: [Constant]
  /// What calling the module itself does.
  public var call: Function?

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
    public let name: String
    public let help: String
    /// See ``Topic/example``.
    public let example: String
    let make: (LuaState) throws -> LuaValue

    public init(
      _ name: String, help: String, example: String = "", _ make: @escaping (LuaState) throws -> LuaValue
    ) {
      self.name = name
      self.help = help
      self.example = example
      self.make = make
    }

    public init(_ name: String, help: String, example: String = "", _ value: LuaValue) {
      self.init(name, help: help, example: example) { _ in value }
    }
  }
}
