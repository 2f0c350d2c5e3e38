import StateDicts
import Tensor

/// A network with parameters, buffers and modes of its own that computes what another one does.
///
/// ```swift
/// let copy = try ModuleCopy(net)
/// try copy.eval()(x)            // net's function with the copy's values
/// ```
///
/// The copy is made of the other network's modules, by name: their state is exchanged for the copy's own while it runs, and back
/// again. So it copies every network, also one whose class is written in another language. It stands for the network as it was
/// taken apart: after modules of the other one are replaced it no longer runs.
public final class ModuleCopy: Module {
  /// The module whose function this one has.
  public let original: Module

  /// - Throws: ``TensorError`` where there is no memory for the values.
  public convenience init(_ original: Module) throws {
    var tensors: [ObjectIdentifier: Tensor] = [:]
    var modules: [ObjectIdentifier: ModuleCopy] = [:]
    try self.init(original, &tensors, &modules)
  }

  /// - Parameters:
  ///   - tensors, modules: what was copied already, as what is shared stays shared.
  private init(
    _ original: Module, _ tensors: inout [ObjectIdentifier: Tensor], _ modules: inout [ObjectIdentifier: ModuleCopy]
  ) throws {
    self.original = original
    super.init()
    isTraining = original.isTraining
    modules[ObjectIdentifier(original)] = self
    func copy(_ tensor: Tensor) throws -> Tensor {
      if let known = tensors[ObjectIdentifier(tensor)] { return known }
      let clone = try GradMode.with(false) { try tensor.detach().clone() }
      let copy = tensor.isParameter ? try NN.parameter(clone, requiresGrad: tensor.requiresGrad) : clone
      tensors[ObjectIdentifier(tensor)] = copy
      return copy
    }
    for (name, tensor) in original.ownParameters { try register(parameter: name, try tensor.map(copy)) }
    for (name, tensor) in original.ownBuffers {
      try register(
        buffer: name, try tensor.map(copy), persistent: !original.nonPersistentBuffers.contains(name))
    }
    for (name, child) in original.ownChildren {
      let known = child.flatMap { modules[ObjectIdentifier($0)] }
      try register(child: name, try known ?? child.map { try ModuleCopy($0, &tensors, &modules) })
    }
  }

  public override var typeName: String { original.typeName }
  public override var extraText: String { original.extraText }
  public override var attributes: [(name: String, value: Attribute)] { original.attributes }
  public override var stateVersion: Int { original.stateVersion }

  public override func upgrade(_ state: inout StateDict, prefix: String, version: Int?) throws {
    try original.upgrade(&state, prefix: prefix, version: version)
  }

  public override func forward(_ input: Tensor) throws -> Tensor { try exchanging { try original(input) } }

  public override func forward(_ inputs: [Value]) throws -> [Value] { try exchanging { try original.call(inputs) } }

  /// Runs `body` while the original network has this one's state.
  private func exchanging<Result>(_ body: () throws -> Result) throws -> Result {
    var pairs: [(copy: ModuleCopy, original: Module)] = []
    try collectPairs(original, &pairs)
    for (copy, original) in pairs { copy.exchangeState(with: original) }
    defer { for (copy, original) in pairs { copy.exchangeState(with: original) } }
    return try body()
  }

  private func collectPairs(_ module: Module, _ pairs: inout [(copy: ModuleCopy, original: Module)]) throws {
    guard module === original else {
      throw TensorError("the \(typeName) was copied from a network whose modules have been replaced since")
    }
    if pairs.contains(where: { $0.copy === self }) { return }
    pairs.append((self, module))
    for (name, child) in ownChildren {
      guard let child = child as? ModuleCopy else { continue }
      try child.collectPairs(try module.requiredChild(name), &pairs)
    }
  }
}
