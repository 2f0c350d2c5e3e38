import Tensor

/// Modules one after the other, each fed with what the one before gave.
///
/// ```swift
/// let net = try Sequential([try Linear(10, 20), ReLU(), try Linear(20, 2)])
/// ```
open class Sequential: Module {
  /// Modules under the names "0", "1", ….
  public convenience init(_ modules: [Module] = []) throws {
    try self.init(named: modules.enumerated().map { (String($0.offset), $0.element) })
  }

  /// Modules under names of their own.
  ///
  /// - Throws: ``TensorError`` for a name that is empty or has a dot.
  public init(named modules: [(String, Module)]) throws {
    super.init()
    for (name, module) in modules { try register(child: name, module) }
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    var result = input
    for module in ownChildren.values {
      if let module { result = try module(result) }
    }
    return result
  }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    var values = inputs
    for module in ownChildren.values {
      if let module { values = try module.call(values) }
    }
    return values
  }

  open override func emptyCopy() throws -> Module { try Sequential() }

  /// The first module takes the inputs.
  open override var inputNames: [String]? { ownChildren.values.first?.map { $0.inputNames } ?? ["input"] }

  /// How many modules there are.
  public var count: Int { ownChildren.count }

  public var list: [Module] { ownChildren.values.compactMap { $0 } }

  /// Puts another module at `index`, under the name that is there.
  public func replace(_ index: Int, by module: Module) throws {
    try set(child: ownChildren.keys[try position(index)], to: module)
  }

  public func part(_ positions: [Int]) throws -> Module {
    let part = try Sequential()
    for position in positions {
      try part.register(child: ownChildren.keys[position], ownChildren.values[position])
    }
    return part
  }
}

extension Sequential: ModuleSequence {}
