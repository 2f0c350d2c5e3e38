import Tensor

/// Modules by name, in order. It computes nothing itself.
public final class ModuleDict: Module {
  public init(_ modules: [(String, Module)] = []) throws {
    super.init()
    try update(modules)
  }

  public override func emptyCopy() throws -> Module { try ModuleDict() }

  public var count: Int { ownChildren.count }

  public var keys: [String] { Array(ownChildren.keys) }

  public func update(_ modules: [(String, Module)]) throws {
    for (name, module) in modules { try set(child: name, to: module) }
  }

  /// Takes a module out.
  public func pop(_ name: String) throws -> Module {
    guard let module = child(name) else { throw TensorError("'\(name)'", kind: .key) }
    remove(name)
    return module
  }

  public func clear() { removeChildren() }
}
