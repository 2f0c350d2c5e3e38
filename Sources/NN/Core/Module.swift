import OrderedCollections
import Supervision
import StateDicts
import Tensor

/// A part of a network: parameters, buffers and other modules, each under a name, and a function of tensors.
///
/// A layer is a small subclass: it registers what it has and says what it computes.
///
/// ```swift
/// public final class Scale: Module {
///   public init(_ features: Int) throws {
///     super.init()
///     try register(parameter: "factor", parameter(try Tensor.ones([features])))
///   }
///
///   public override func forward(_ input: Tensor) throws -> Tensor { try input.mul(try requiredParameter("factor")) }
/// }
/// ```
///
/// What is registered can be replaced by name at any time (`try net.set(child: "fc", to: …)`), so that layers look it up when
/// they run. The order of registration is the order of keys in a state dict.
open class Module {
  /// The module's own parameters; one that is nil is known by name only, such as the bias of a layer without one.
  public private(set) var ownParameters: OrderedDictionary<String, Tensor?> = [:]
  /// The module's own buffers: state that is no parameter, such as running statistics.
  public private(set) var ownBuffers: OrderedDictionary<String, Tensor?> = [:]
  /// The modules directly inside.
  public private(set) var ownChildren: OrderedDictionary<String, Module?> = [:]
  /// Buffers that a state dict leaves out.
  public private(set) var nonPersistentBuffers: Set<String> = []
  /// Whether layers such as dropout behave as in training; see ``train(_:)``.
  public var isTraining = true
  var hooks = ModuleHooks()
  /// Who can build another module like this one; see ``deepCopy()``.
  var origin: ModuleOrigin?
  var nesting = ModuleNesting()

  /// A module without parameters, buffers and modules, in training mode.
  public init() {}

  /// The name of the class, as it is printed.
  open var typeName: String { String(describing: type(of: self)) }

  /// What the printed form says between the parentheses: sizes and options. Empty by default.
  open var extraText: String { "" }

  /// Sizes and options by PyTorch's names, in PyTorch's order.
  open var attributes: Attributes { [] }

  /// The version of the layout of this class's entries in a state dict.
  open var stateVersion: Int { 1 }

  /// The module's function of one tensor. Call the module itself instead, so that hooks run.
  open func forward(_ input: Tensor) throws -> Tensor {
    throw TensorError("Module [\(typeName)] is missing the required \"forward\" function", kind: .notImplemented)
  }

  /// The module's function in general. By default it passes its only tensor to ``forward(_:)-(Tensor)``.
  open func forward(_ inputs: [Value]) throws -> [Value] {
    guard inputs.count <= 1 else {
      throw TensorError(
        "\(typeName).forward() takes 2 positional arguments but \(inputs.count + 1) were given", kind: .type)
    }
    return [.tensor(try forward(try inputs.requiredTensor(0, "input", of: self)))]
  }

  /// The names of the inputs of ``forward(_:)-([Value])``, for callers that give them by name; nil where inputs of any kind
  /// are passed on as they come.
  open var inputNames: [String]? { ["input"] }

  /// Draws new initial values, as the constructor did.
  ///
  /// - Throws: ``TensorError`` for modules that have none of their own.
  open func resetParameters() throws {
    throw TensorError("'\(typeName)' object has no attribute 'reset_parameters'", kind: .attribute)
  }

  /// Runs the module on one tensor, with its hooks.
  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    if hooks.isEmpty { return try OperatorProfile.measure(typeName) { try forward(input) } }
    let outputs = try call([.tensor(input)])
    guard outputs.count == 1, let output = outputs.tensor(0) else {
      throw TensorError("\(typeName) gave something other than one tensor", kind: .type)
    }
    return output
  }

  /// Runs the module on any inputs, with its hooks.
  public func call(_ inputs: [Value]) throws -> [Value] {
    try OperatorProfile.measure(typeName) { hooks.isEmpty ? try forward(inputs) : try callWithHooks(inputs) }
  }

  /// Makes entries of a state dict of an older version into today's, before they are loaded.
  ///
  /// - Parameters:
  ///   - version: of the entries; nil where the state dict does not say.
  ///   - prefix: what this module's keys begin with.
  open func upgrade(_ state: inout StateDict, prefix: String, version: Int?) throws {}

  // MARK: - Copying

  /// A module of the same class and options, whose parameters, buffers and modules are replaced by copies of this one's.
  ///
  /// - Throws: ``TensorError`` where nobody knows how to build it: see ``setFactory(_:)``.
  open func emptyCopy() throws -> Module {
    if type(of: self) == Module.self { return Module() }
    guard let origin else {
      throw TensorError("a module of class \(typeName) cannot be copied", kind: .notImplemented)
    }
    let built = try origin.factory.build()
    built.setFactory(origin.factory)
    return try built.submodule(origin.path)
  }

  /// Registers copies of what `module` has, and nothing else, in its order.
  func replaceRegistered(
    parameters: OrderedDictionary<String, Tensor?>, buffers: OrderedDictionary<String, Tensor?>,
    children: OrderedDictionary<String, Module?>, like module: Module
  ) throws {
    ownParameters = parameters
    ownBuffers = buffers
    ownChildren = children
    for case let child? in children.values { try nest(child) }
    nonPersistentBuffers = module.nonPersistentBuffers
  }

  // MARK: - Registration

  /// Adds a parameter, or its name alone.
  ///
  /// - Throws: ``TensorError`` for a name that is empty, has a dot, or is taken.
  public func register(parameter name: String, _ parameter: Tensor?) throws {
    try checkName(name, "parameter", isOwn: ownParameters[name] != nil)
    if let parameter, !parameter.isLeaf {
      throw TensorError(
        "Cannot assign non-leaf Tensor to parameter '\(name)'. Model parameters must be created explicitly. To express '\(name)' as a function of another Tensor, compute the value in the forward() method.",
        kind: .value)
    }
    ownParameters.updateValue(parameter, forKey: name)
  }

  /// Adds a buffer, or its name alone.
  ///
  /// - Parameter persistent: whether it is part of the state dict.
  public func register(buffer name: String, _ buffer: Tensor?, persistent: Bool = true) throws {
    try checkName(name, "buffer", isOwn: ownBuffers[name] != nil)
    ownBuffers.updateValue(buffer, forKey: name)
    if persistent { nonPersistentBuffers.remove(name) } else { nonPersistentBuffers.insert(name) }
  }

  /// Adds a module.
  ///
  /// - Throws: ``TensorError`` for a name as above, or where the module would be inside of itself.
  public func register(child name: String, _ child: Module?) throws {
    try checkName(name, "module", isOwn: ownChildren[name] != nil)
    if let child { try nest(child) }
    ownChildren.updateValue(child, forKey: name)
  }

  private func checkName(_ name: String, _ kind: String, isOwn: Bool) throws {
    if name.contains(".") {
      let got = kind == "module" ? ", got: \(name)" : ""
      throw TensorError("\(kind) name can't contain \".\"\(got)", kind: .key)
    }
    if name.isEmpty { throw TensorError("\(kind) name can't be empty string \"\"", kind: .key) }
    if !isOwn && has(name) { throw TensorError("attribute '\(name)' already exists", kind: .key) }
  }

  /// Whether a parameter, buffer or module is registered under `name`.
  public func has(_ name: String) -> Bool {
    ownParameters[name] != nil || ownBuffers[name] != nil || ownChildren[name] != nil
  }

  /// Stores a parameter under a name that may be taken, as assigning an attribute does.
  public func set(parameter name: String, to parameter: Tensor?) throws {
    if ownParameters[name] == nil { remove(name) }
    try register(parameter: name, parameter)
  }

  /// Stores a buffer under a name that may be taken.
  public func set(buffer name: String, to buffer: Tensor?) throws {
    let persistent = !nonPersistentBuffers.contains(name)
    if ownBuffers[name] == nil { remove(name) }
    try register(buffer: name, buffer, persistent: persistent)
  }

  /// Stores a module under a name that may be taken.
  public func set(child name: String, to child: Module?) throws {
    if ownChildren[name] == nil { remove(name) }
    try register(child: name, child)
  }

  /// Forgets what is registered under `name`.
  public func remove(_ name: String) {
    ownParameters.removeValue(forKey: name)
    ownBuffers.removeValue(forKey: name)
    ownChildren.removeValue(forKey: name)
    nonPersistentBuffers.remove(name)
  }

  /// Gives this module another one's own parameters, buffers and mode, and that one this one's.
  final func exchangeState(with other: Module) {
    swap(&ownParameters, &other.ownParameters)
    swap(&ownBuffers, &other.ownBuffers)
    swap(&isTraining, &other.isTraining)
  }

  /// Forgets all modules directly inside, for containers that renumber them.
  func removeChildren() { ownChildren.removeAll() }

  // MARK: - Lookup

  /// The parameter under `name`, if there is one.
  public func parameter(_ name: String) -> Tensor? { ownParameters[name] ?? nil }

  /// The buffer under `name`, if there is one.
  public func buffer(_ name: String) -> Tensor? { ownBuffers[name] ?? nil }

  /// The module under `name`, if there is one.
  public func child(_ name: String) -> Module? { ownChildren[name] ?? nil }

  /// - Throws: ``TensorError`` where there is none.
  public func requiredParameter(_ name: String) throws -> Tensor {
    guard let parameter = parameter(name) else { throw missing(name) }
    return parameter
  }

  /// - Throws: ``TensorError`` where there is none.
  public func requiredChild(_ name: String) throws -> Module {
    guard let child = child(name) else { throw missing(name) }
    return child
  }

  private func missing(_ name: String) -> TensorError {
    has(name)
      ? TensorError("'NoneType' object is not callable", kind: .type)
      : TensorError("'\(typeName)' object has no attribute '\(name)'", kind: .attribute)
  }

  /// The module at a path such as `layer1.0.conv1`; this module for an empty one.
  public func submodule(_ path: String) throws -> Module {
    var module = self
    for name in path.split(separator: ".") {
      guard let next = module.child(String(name)) else {
        throw TensorError("\(module.typeName) has no attribute `\(name)`", kind: .attribute)
      }
      module = next
    }
    return module
  }

  // MARK: - Modes

  /// Puts this module and all inside into training mode, or evaluation mode.
  @discardableResult
  open func train(_ mode: Bool = true) -> Self {
    isTraining = mode
    for child in ownChildren.values { child?.train(mode) }
    return self
  }

  /// `train(false)`.
  @discardableResult
  public func eval() -> Self { train(false) }
}
