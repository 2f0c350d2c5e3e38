import OrderedCollections
import Tensor

/// A module whose modules have an order that counts: `Sequential` and `ModuleList`.
public protocol ModuleSequence: Module {
  /// The modules, in order, without places that were registered as empty.
  var list: [Module] { get }
  /// Puts another module at `index`, negative ones counted from the end.
  func replace(_ index: Int, by module: Module) throws
  /// Another container of the modules at these positions, which count from 0 and must exist.
  func part(_ positions: [Int]) throws -> Module
}

extension ModuleSequence {
  /// The module at `index`, negative ones counted from the end; nil in a place that was registered as empty.
  public func module(at index: Int) throws -> Module? { ownChildren.values[try position(index)] }

  /// Adds a module at the end.
  @discardableResult
  public func append(_ module: Module) throws -> Self { try extend([module]) }

  /// Adds modules at the end.
  @discardableResult
  public func extend(_ modules: [Module]) throws -> Self {
    try add(modules)
    return self
  }

  private func add(_ modules: [Module?]) throws {
    for module in modules { try register(child: String(ownChildren.count), module) }
  }

  /// Puts a module before position `index`; the modules are counted anew.
  public func insert(_ index: Int, _ module: Module) throws {
    var modules = Array(ownChildren.values)
    guard index >= -modules.count, index <= modules.count else {
      throw TensorError("Index out of range: \(index)", kind: .index)
    }
    modules.insert(module, at: index < 0 ? index + modules.count : index)
    try replaceAll(modules)
  }

  /// Takes a module out; the others are counted anew.
  ///
  /// - Returns: the module; nil from a place that was registered as empty.
  public func remove(at index: Int) throws -> Module? {
    var modules = Array(ownChildren.values)
    let module = modules.remove(at: try position(index))
    try replaceAll(modules)
    return module
  }

  private func replaceAll(_ modules: [Module?]) throws {
    removeChildren()
    try add(modules)
  }

  /// A position from 0, of one that may be counted from the end.
  func position(_ index: Int) throws -> Int {
    let count = ownChildren.count
    guard index >= -count && index < count else {
      throw TensorError("index \(index) is out of range", kind: .index)
    }
    return index < 0 ? index + count : index
  }
}
