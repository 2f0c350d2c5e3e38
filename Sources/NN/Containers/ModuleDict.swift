import Tensor

/// Modules by name, in order. It computes nothing itself.
public final class ModuleDict: Module {
  /// The modules under their names, in the order given; of two under one name the last stays, in the first one's place.
  ///
  /// - Throws: ``TensorError`` for a name that is empty or has a dot.
  public init(_ modules: [(String, Module)] = []) throws {
    super.init()
    try update(modules)
  }

  public override func emptyCopy() throws -> Module { try ModuleDict() }

  /// How many modules there are.
  public var count: Int { ownChildren.count }

  /// The names of the modules, in order.
  public var keys: [String] { Array(ownChildren.keys) }

  /// Adds modules; one whose name is taken replaces the old one in its place.
  ///
  /// - Throws: ``TensorError`` for a name that is empty or has a dot. Those before it have been added then.
  public func update(_ modules: [(String, Module)]) throws {
    for (name, module) in modules { try set(child: name, to: module) }
  }

  /// Takes a module out.
  ///
  /// - Throws: ``TensorError`` where there is none under `name`.
  public func pop(_ name: String) throws -> Module {
    guard let module = child(name) else { throw TensorError("'\(name)'", kind: .key) }
    remove(name)
    return module
  }

  /// Takes all modules out.
  public func clear() { removeChildren() }
}
