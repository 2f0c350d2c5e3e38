import Tensor

/// A list of modules that are registered under "0", "1", …. It computes nothing itself.
public final class ModuleList: Module {
  public init(_ modules: [Module] = []) throws {
    super.init()
    try extend(modules)
  }

  public var count: Int { ownChildren.count }

  public var list: [Module] { ownChildren.values.compactMap { $0 } }

  /// The module at `index`, negative ones counted from the end.
  public func module(at index: Int) throws -> Module { try requiredChild(String(try position(index))) }

  /// Puts another module at `index`.
  public func replace(_ index: Int, by module: Module) throws {
    try set(child: String(try position(index)), to: module)
  }

  @discardableResult
  public func append(_ module: Module) throws -> Self { try extend([module]) }

  @discardableResult
  public func extend(_ modules: [Module]) throws -> Self {
    for module in modules { try register(child: String(count), module) }
    return self
  }

  /// Puts a module before position `index`.
  public func insert(_ index: Int, _ module: Module) throws {
    var modules = list
    let position = index < 0 ? max(index + count, 0) : min(index, count)
    modules.insert(module, at: position)
    try replaceAll(modules)
  }

  /// Takes a module out.
  public func remove(at index: Int) throws -> Module {
    var modules = list
    let module = modules.remove(at: try position(index))
    try replaceAll(modules)
    return module
  }

  private func replaceAll(_ modules: [Module]) throws {
    removeChildren()
    try extend(modules)
  }

  private func position(_ index: Int) throws -> Int {
    guard index >= -count && index < count else {
      throw TensorError("index \(index) is out of range", kind: .index)
    }
    return index < 0 ? index + count : index
  }

  /// Lines of the printed form, where equal neighbours share one: `(0-2): 3 x Linear(…)`.
  var groupedLines: [String] {
    var groups: [(first: Int, last: Int, text: String)] = []
    for (index, module) in list.enumerated() {
      let text = module.description
      if let group = groups.last, group.text == text {
        groups[groups.count - 1].last = index
      } else {
        groups.append((index, index, text))
      }
    }
    return groups.map { first, last, text in
      first == last
        ? "(\(first)): " + indented(text) : "(\(first)-\(last)): " + indented("\(last - first + 1) x \(text)")
    }
  }
}
