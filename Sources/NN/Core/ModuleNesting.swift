import Tensor

/// Who holds a module, so that none gets inside of itself, or so deep that walking over the tree, printing or releasing it would
/// overflow the stack.
struct ModuleNesting {
  /// How many modules may lie one inside of the other; PyTorch gives up earlier, with a RecursionError.
  static let limit = 500

  /// The most modules that lie one inside of the other here, this one included.
  fileprivate var height = 1
  /// The modules that hold this one, or did.
  fileprivate var owners: [Owner] = []

  fileprivate struct Owner {
    weak var module: Module?
  }
}

extension Module {
  /// Notes that `child` gets inside of this module.
  ///
  /// - Throws: ``TensorError`` if this module is inside of `child`, or the tree would be too deep.
  func nest(_ child: Module) throws {
    var levels: [ObjectIdentifier: Int] = [:]
    guard child !== self, let above = levelsAbove(without: child, &levels) else {
      throw TensorError("maximum recursion depth exceeded: a module cannot be inside of itself")
    }
    guard above + 1 + child.nesting.height <= ModuleNesting.limit else {
      throw TensorError("maximum recursion depth exceeded: modules are nested more than \(ModuleNesting.limit) deep")
    }
    if !child.nesting.owners.contains(where: { $0.module === self }) {
      child.nesting.owners.removeAll { $0.module == nil }
      child.nesting.owners.append(ModuleNesting.Owner(module: self))
    }
    raise(to: child.nesting.height + 1)
  }

  private var owners: [Module] {
    nesting.owners.compactMap(\.module).filter { owner in owner.ownChildren.values.contains { $0 === self } }
  }

  /// The longest way up, in modules; nil if `other` lies on one.
  private func levelsAbove(without other: Module, _ known: inout [ObjectIdentifier: Int]) -> Int? {
    if let level = known[ObjectIdentifier(self)] { return level }
    var level = 0
    for owner in owners {
      guard owner !== other, let above = owner.levelsAbove(without: other, &known) else { return nil }
      level = max(level, above + 1)
    }
    known[ObjectIdentifier(self)] = level
    return level
  }

  private func raise(to height: Int) {
    guard height > nesting.height else { return }
    nesting.height = height
    for owner in owners { owner.raise(to: height + 1) }
  }
}
