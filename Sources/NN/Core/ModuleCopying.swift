import OrderedCollections
import Tensor

/// How to build another module like one that exists: what its constructor was called with.
public final class ModuleFactory {
  private let make: () throws -> Module

  /// - Parameter make: builds a new module at each call, with the options of the one that exists.
  public init(_ make: @escaping () throws -> Module) { self.make = make }

  /// Builds the module. Its initial values take no number from the default generator's sequence.
  func build() throws -> Module { try Generator.default.fork { try make() } }
}

/// Where a module comes from: a factory, and its path inside of what the factory builds.
public struct ModuleOrigin {
  let factory: ModuleFactory
  let path: String
}

/// What a deep copy has copied so far: what appeared twice appears twice in the copy too, and memory that was shared is shared.
public final class CopyMemo {
  private var modules: [ObjectIdentifier: Module] = [:]
  private var tensors: [ObjectIdentifier: Tensor] = [:]
  private var storages: [ObjectIdentifier: Storage] = [:]
  /// What was copied, which must live while the copy goes on: its identity is a key.
  private var originals: [AnyObject] = []
  private let onCopy: ((_ original: Module, _ copy: Module) throws -> Void)?

  /// - Parameter onCopy: called with each module that was copied, to copy what else belongs to it.
  public init(onCopy: ((_ original: Module, _ copy: Module) throws -> Void)? = nil) { self.onCopy = onCopy }

  /// The copy of a tensor, with its gradient.
  ///
  /// - Throws: ``TensorError`` for a tensor that an operation made.
  public func copy(_ tensor: Tensor) throws -> Tensor {
    if let known = tensors[ObjectIdentifier(tensor)] { return known }
    guard tensor.isLeaf else {
      throw TensorError(
        "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see https://github.com/pytorch/pytorch/pull/103001"
      )
    }
    let copy = try copyElements(of: tensor)
    try copy.setRequiresGrad(tensor.requiresGrad)
    copy.isParameter = tensor.isParameter
    keep(tensor)
    tensors[ObjectIdentifier(tensor)] = copy
    if let grad = tensor.grad { try copy.setGrad(self.copy(grad)) }
    return copy
  }

  private func copyElements(of tensor: Tensor) throws -> Tensor {
    if let storage = storages[ObjectIdentifier(tensor.storage)] {
      return try Tensor(
        storage: storage, dtype: tensor.dtype, shape: tensor.shape, strides: tensor.strides, offset: tensor.offset)
    }
    let copy: Tensor
    if tensor.coversStorage {
      copy = try Tensor(empty: tensor.shape, dtype: tensor.dtype)
      try copy.adoptOrCopy(tensor)
    } else {
      let bytes = tensor.storage.byteCount
      let whole = try Tensor(storage: tensor.storage, dtype: .uint8, shape: [bytes], strides: [1]).clone()
      copy = try Tensor(
        storage: whole.storage, dtype: tensor.dtype, shape: tensor.shape, strides: tensor.strides, offset: tensor.offset
      )
    }
    keep(tensor.storage)
    storages[ObjectIdentifier(tensor.storage)] = copy.storage
    return copy
  }

  /// The copy of a module and all inside.
  ///
  /// - Throws: ``TensorError`` for a module that nobody knows how to build again.
  public func copy(_ module: Module) throws -> Module {
    if let known = modules[ObjectIdentifier(module)] { return known }
    let copy = try module.emptyCopy()
    try fill(copy, from: module)
    return copy
  }

  /// Notes the copy of a module before what is inside is copied, which may refer to it.
  private func fill(_ copy: Module, from module: Module) throws {
    keep(module)
    modules[ObjectIdentifier(module)] = copy
    let children = try module.ownChildren.mapValuesWithKeys { name, child -> Module? in
      guard let child else { return nil }
      if let known = modules[ObjectIdentifier(child)] { return known }
      // A part that the factory has built with the whole is used, unless the script has put another one there.
      guard let built = copy.child(name), type(of: built) == type(of: child),
        let origin = child.origin, origin.factory === module.origin?.factory, origin.path == built.origin?.path
      else { return try self.copy(child) }
      try fill(built, from: child)
      return built
    }
    try copy.replaceRegistered(
      parameters: try module.ownParameters.mapValues { try $0.map { try self.copy($0) } },
      buffers: try module.ownBuffers.mapValues { try $0.map { try self.copy($0) } }, children: children, like: module)
    copy.isTraining = module.isTraining
    copy.hooks = module.hooks
    if copy.origin == nil { copy.origin = module.origin }
    try onCopy?(module, copy)
  }

  private func keep(_ object: AnyObject) { originals.append(object) }
}

extension OrderedDictionary {
  fileprivate func mapValuesWithKeys<T>(_ transform: (Key, Value) throws -> T) rethrows -> OrderedDictionary<Key, T> {
    OrderedDictionary<Key, T>(uniqueKeysWithValues: try map { ($0.key, try transform($0.key, $0.value)) })
  }
}

extension Module {
  /// Another module with the same options and copies of all parameters, buffers and modules inside: `copy.deepcopy`.
  public func deepCopy() throws -> Module { try CopyMemo().copy(self) }

  /// Notes how to build this module again, and with it the modules inside that were built with it.
  public func setFactory(_ factory: ModuleFactory) {
    for (path, module) in namedModules() where module.origin == nil {
      module.origin = ModuleOrigin(factory: factory, path: path)
    }
  }
}
