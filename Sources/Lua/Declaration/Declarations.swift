/// All that was declared in a state: what completion, help, search and the reference ask.
public final class Declarations {
  let types = ParameterTypes()
  /// The modules, in the order in which they were registered.
  public private(set) var modules: [LuaModule] = []
  /// The classes, in the order in which they were registered, with all the methods that they have got since.
  public private(set) var classes: [LuaClass] = []
  private var classIndices: [String: Int] = [:]
  private var moduleIndices: [String: Int] = [:]
  private var classNumbers: [String: Int32] = [:]
  private var classOfNumber: [Int32: Int] = [:]

  /// Teaches signatures a type.
  public func define(_ type: ParameterType) { types.define(type) }

  /// Teaches `int[]` and `int...` an object that stands for a list of integers.
  ///
  /// - Parameter convert: gives nil for other objects.
  public func defineIntegerSequence(_ convert: @escaping (StackValue) -> [Int]?) {
    types.defineIntegerSequence(convert)
  }

  // MARK: Queries

  /// The module of that name, such as `torch.nn`; nil if there is none.
  public func moduleNamed(_ name: String) -> LuaModule? { moduleIndices[name].map { modules[$0] } }
  /// The class of that name, such as `Linear`; nil if there is none.
  public func classNamed(_ name: String) -> LuaClass? { classIndices[name].map { classes[$0] } }

  /// A class and those that it extends, nearest first.
  public func lineage(ofClassNamed name: String) -> [LuaClass] {
    var lineage: [LuaClass] = []
    var next = classNamed(name)
    while let current = next {
      lineage.append(current)
      next = current.parent.flatMap { classNamed($0) }
    }
    return lineage
  }

  /// The methods of a class with those that it inherits, by name.
  public func methods(ofClassNamed name: String) -> [FunctionDescription] {
    var seen: Set<String> = []
    return lineage(ofClassNamed: name).flatMap { owner in
      owner.methods.filter { $0.placement != .function && seen.insert($0.name).inserted }
        .map { describe($0, in: owner.name, isMethod: true) }
    }
  }

  /// The properties of a class with those that it inherits.
  public func properties(ofClassNamed name: String) -> [Property] {
    var seen: Set<String> = []
    return lineage(ofClassNamed: name).flatMap(\.properties).filter { seen.insert($0.name).inserted }
  }

  /// The functions of a module, with its classes' constructors.
  public func functions(ofModuleNamed name: String) -> [FunctionDescription] {
    guard let module = moduleNamed(name) else {
      // A class's own functions are found under its path: `torch.nn.Embedding`.
      guard let dot = name.lastIndex(of: "."), let owner = moduleNamed(String(name[..<dot])) else { return [] }
      let found = owner.classes.first { $0.name == name[name.index(after: dot)...] }
      return (found?.statics ?? []).map { describe($0, in: name, isMethod: false) }
    }
    return (module.functions.filter { $0.placement != .method } + module.classes.compactMap(\.constructor))
      .map { describe($0, in: name, isMethod: false) }
  }

  /// Every function and method.
  public func all() -> [FunctionDescription] {
    modules.flatMap { module in
      functions(ofModuleNamed: module.name)
        + module.classes.filter { !$0.statics.isEmpty }.flatMap {
          functions(ofModuleNamed: "\(module.name).\($0.name)")
        }
    }
      + classes.flatMap { owner in
        owner.methods.filter { $0.placement != .function }.map { describe($0, in: owner.name, isMethod: true) }
      }
  }

  /// The function with a qualified name: `torch.clamp`, `Tensor:clamp` or `Tensor.clamp`.
  public func function(named qualifiedName: String) -> FunctionDescription? {
    guard let end = qualifiedName.lastIndex(where: { $0 == "." || $0 == ":" }) else { return nil }
    let path = String(qualifiedName[..<end])
    let name = String(qualifiedName[qualifiedName.index(after: end)...])
    if let found = functions(ofModuleNamed: path).first(where: { $0.name == name }) { return found }
    return methods(ofClassNamed: path).first { $0.name == name }
  }

  /// What is wrong with the signatures, for a test of the declarations.
  public func problems() -> [String] {
    all().flatMap { description in
      description.signatures.flatMap { signature in
        signature.problems.map { "\(description.qualifiedName)\(signature.text): \($0)" }
      }
    }
  }

  private func describe(_ function: Function, in path: String?, isMethod: Bool) -> FunctionDescription {
    FunctionDescription(
      function: function, path: path, isMethod: isMethod,
      signatures: function.overloads.compactMap { overload in
        overload.signature.map { Signature(parsing: $0, types: types) }
      })
  }

  /// The constructor of a class, in the module that scripts find it in.
  func constructor(of number: LuaClassNumber) -> FunctionDescription? {
    guard let owner = declaration(of: number), let constructor = owner.constructor else { return nil }
    let module = modules.first { $0.classes.contains { $0.name == owner.name } }
    return describe(constructor, in: module?.name, isMethod: false)
  }

  /// The declaration of a class, or of the nearest that it extends, for one that was defined while the program runs.
  public func declaration(of number: LuaClassNumber) -> LuaClass? { declaration(ofClass: number.number) }

  // MARK: Registration

  /// Notes a module whose table somebody else makes.
  public func add(_ module: LuaModule) {
    moduleIndices[module.name] = modules.count
    modules.append(module)
  }

  func add(_ declaration: LuaClass, number: Int32) {
    classIndices[declaration.name] = classes.count
    classOfNumber[number] = classes.count
    classNumbers[declaration.name] = number
    classes.append(declaration)
    types.define(className: declaration.name, number: number)
  }

  /// A class that was defined while the program runs goes by its parent's declaration.
  func inherit(_ declaration: LuaClass, number: Int32) {
    classOfNumber[number] = classIndices[declaration.name]
  }

  func addMethods(_ methods: [Function], toClassNamed name: String) {
    if let index = classIndices[name] { classes[index].methods += methods }
  }

  func addFunctions(_ functions: [Function], toModuleNamed name: String) {
    if let index = moduleIndices[name] { modules[index].functions += functions }
  }

  func number(ofClassNamed name: String) -> Int32? { classNumbers[name] }
  /// The declaration of a class, or of the nearest that it extends.
  func declaration(ofClass number: Int32) -> LuaClass? { classOfNumber[number].map { classes[$0] } }
}
