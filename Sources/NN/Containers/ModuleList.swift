import Tensor

/// A list of modules that are registered under "0", "1", …. It computes nothing itself.
public final class ModuleList: Module {
  /// A list of `modules`, in order.
  ///
  /// - Throws: ``TensorError`` where a module would be inside of itself.
  public init(_ modules: [Module] = []) throws {
    super.init()
    try extend(modules)
  }

  public override func emptyCopy() throws -> Module { try ModuleList() }

  /// How many modules there are.
  public var count: Int { ownChildren.count }

  public var list: [Module] { ownChildren.values.compactMap { $0 } }

  /// Puts another module at `index`.
  public func replace(_ index: Int, by module: Module) throws {
    try set(child: String(try position(index)), to: module)
  }

  public func part(_ positions: [Int]) throws -> Module {
    let part = try ModuleList()
    for (index, position) in positions.enumerated() {
      try part.register(child: String(index), ownChildren.values[position])
    }
    return part
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

extension ModuleList: ModuleSequence {}
