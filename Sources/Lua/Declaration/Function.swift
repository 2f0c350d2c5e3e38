/// A function or method that scripts see: the one declaration from which the call's checks, its errors, completion,
/// help and the reference derive.
///
/// ```swift
/// Function("clamp", "(input: Tensor, min: Tensor|number? = nil, max: Tensor|number? = nil) -> Tensor",
///   help: "Limits every element to a range.", example: "torch.clamp(torch.randn(3), {min = 0})"
/// ) { a in .object(try clamp(a.tensor(0), …)) }
/// ```
///
/// ## Signatures
/// `(name: type = default, …, *, keyword: type = default) -> result`
///
/// | type | takes | read with |
/// | --- | --- | --- |
/// | `number`, `float` | any number | `a.double(i)` |
/// | `int` | a number without a fraction | `a.int(i)` |
/// | `bool`, `string`, `table`, `function` | that | `a.bool(i)`, `a.string(i)`, `a.table(i)`, `a.function(i)` |
/// | `callable` | a function, a class or an object | `a.value(i)` |
/// | `any` | any value | `a[i]`, `a.value(i)` |
/// | a class's name | its objects, and those of classes that extend it | `a.object(i)` |
/// | `T[]` | a table of T | `a.table(i)`, `a.ints(i)` |
/// | `T[2]` | a table of 2 T, or one T for both | `a.ints(i)` |
/// | `T...` | all arguments from here on, or one table of T | `a.rest(from: i)`, `a.ints(i)` |
/// | `T?` | T or nil | `a.optionalInt(i)` … |
/// | `T\|U` | either | `a[i]` |
///
/// ## Explanations
/// `help` is what `help(x)` and the reference say: a sentence that stands alone in lists, then shapes, formulas and
/// whatever else there is to know. Line ends are spaces, empty lines part paragraphs. `example` is Lua as it is typed at
/// the prompt, with what it prints behind `-->`, further lines of that each behind a `-->` of their own. `help.check()`
/// runs all examples.
///
/// ## Calls
/// Callers give arguments by position, by name in a trailing table (`f(x, {min = 0})`), or all in one table
/// (`Linear{3, 5, bias = false}`). What stands after `*` is taken by name only.
public struct Function {
  /// What a call runs: it reads the arguments and gives the results.
  public typealias Body = (Arguments) throws -> LuaResults

  /// Where a declaration that is listed both in a module and in a class appears.
  public enum Placement: Sendable {
    /// In the module only, in the class only, or in both.
    case function, method, both
  }

  /// The name in the module or class.
  public let name: String
  /// The explanation; see above.
  public let help: String
  /// Lua as it is typed at the prompt, with what it prints; see above.
  public let example: String
  /// Tried in order: the first whose signature fits the call runs.
  public let overloads: [Overload]
  /// Where the function appears, of a module and a class that list it.
  public let placement: Placement
  /// Whether errors speak of it as Python does of a class's constructor: `Linear.__init__() takes from 3 to 6 …`.
  public private(set) var isConstructor = false

  /// A function with one signature.
  ///
  /// - Parameters:
  ///   - signature: see above. What is wrong with it is among ``Declarations/problems()``.
  ///   - body: runs once the arguments fit the signature.
  public init(
    _ name: String, _ signature: String, help: String = "", example: String = "", placement: Placement = .both,
    _ body: @escaping Body
  ) {
    self.init(name, help: help, example: example, placement: placement, [Overload(signature, body)])
  }

  /// A function with several signatures, of which the first that fits a call runs.
  public init(
    _ name: String, help: String = "", example: String = "", placement: Placement = .both, _ overloads: [Overload]
  ) {
    self.name = name
    self.help = help
    self.example = example
    self.placement = placement
    self.overloads = overloads
  }

  /// The same function as the constructor of a class, of which errors speak as Python does.
  public func asConstructor() -> Function {
    var function = self
    function.isConstructor = true
    return function
  }

  /// What errors call it.
  var title: String { isConstructor ? name + ".__init__" : name }

  /// A function that looks at its arguments itself.
  public init(_ name: String, help: String = "", example: String = "", body: @escaping Body) {
    self.init(name, help: help, example: example, [Overload(nil, body)])
  }
}

/// One way to call a function.
public struct Overload {
  /// The signature; nil: the body looks at the arguments itself.
  public let signature: String?
  /// What runs with the arguments of a call that fits.
  public let body: Function.Body

  /// - Parameter signature: nil: the body looks at the arguments itself.
  public init(_ signature: String?, _ body: @escaping Function.Body) {
    self.signature = signature
    self.body = body
  }
}

/// A function where it was registered, with its signatures taken apart.
public struct FunctionDescription {
  /// The declaration.
  public let function: Function
  /// The module or class that it is in, such as `torch.nn.functional`; nil for a closure.
  public let path: String?
  /// Whether it is called on an object, its first argument.
  public let isMethod: Bool
  /// The signatures, in the order in which calls try them; none where the body looks at the arguments itself.
  public let signatures: [Signature]

  /// A function in no module.
  public init(of function: Function) {
    self.init(function: function, path: nil, isMethod: false, signatures: [])
  }

  init(function: Function, path: String?, isMethod: Bool, signatures: [Signature]) {
    self.function = function
    self.path = path
    self.isMethod = isMethod
    self.signatures = signatures
  }

  /// The name, without the module or class.
  public var name: String { function.name }
  /// The explanation.
  public var help: String { function.help }
  /// Lua as it is typed at the prompt, with what it prints.
  public var example: String { function.example }
  /// `torch.clamp`, or `Tensor:clamp` for a method.
  public var qualifiedName: String { path.map { $0 + (isMethod ? ":" : ".") + name } ?? name }
}
