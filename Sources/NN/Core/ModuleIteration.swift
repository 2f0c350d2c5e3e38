import Supervision
import Tensor

/// Walks through a module and all that is inside, in PyTorch's order: what a module has itself, then its children in depth.
/// What appears twice is given once.
extension Module {
  /// This module and all inside with their paths: `named_modules`.
  public func namedModules(prefix: String = "", removeDuplicate: Bool = true) -> [(name: String, module: Module)] {
    var seen: Set<ObjectIdentifier> = []
    var result: [(name: String, module: Module)] = []
    collectModules(prefix, removeDuplicate, &seen, &result)
    return result
  }

  private func collectModules(
    _ prefix: String, _ removeDuplicate: Bool, _ seen: inout Set<ObjectIdentifier>,
    _ result: inout [(name: String, module: Module)]
  ) {
    if removeDuplicate && !seen.insert(ObjectIdentifier(self)).inserted { return }
    result.append((prefix, self))
    for (name, child) in ownChildren {
      child?.collectModules(prefix.isEmpty ? name : prefix + "." + name, removeDuplicate, &seen, &result)
    }
  }

  /// The modules directly inside: `named_children`.
  public func namedChildren() -> [(name: String, module: Module)] {
    var seen: Set<ObjectIdentifier> = []
    return ownChildren.compactMap { name, child in
      guard let child, seen.insert(ObjectIdentifier(child)).inserted else { return nil }
      return (name, child)
    }
  }

  /// All parameters with their paths: `named_parameters`.
  public func namedParameters(
    prefix: String = "", recurse: Bool = true, removeDuplicate: Bool = true
  ) -> [(name: String, parameter: Tensor)] {
    members(prefix, recurse, removeDuplicate) { module in module.ownParameters.map { ($0.key, $0.value) } }
  }

  /// All buffers with their paths: `named_buffers`.
  public func namedBuffers(
    prefix: String = "", recurse: Bool = true, removeDuplicate: Bool = true
  ) -> [(name: String, buffer: Tensor)] {
    members(prefix, recurse, removeDuplicate) { module in module.ownBuffers.map { ($0.key, $0.value) } }
      .map { ($0.name, $0.parameter) }
  }

  private func members(
    _ prefix: String, _ recurse: Bool, _ removeDuplicate: Bool, _ own: (Module) -> [(String, Tensor?)]
  ) -> [(name: String, parameter: Tensor)] {
    var seen: Set<ObjectIdentifier> = []
    var result: [(name: String, parameter: Tensor)] = []
    let modules = recurse ? namedModules(prefix: prefix, removeDuplicate: removeDuplicate) : [(prefix, self)]
    for (path, module) in modules {
      for (name, tensor) in own(module) {
        guard let tensor else { continue }
        if removeDuplicate && !seen.insert(ObjectIdentifier(tensor)).inserted { continue }
        result.append((path.isEmpty ? name : path + "." + name, tensor))
      }
    }
    return result
  }

  /// All parameters.
  public func parameters(recurse: Bool = true) -> [Tensor] { namedParameters(recurse: recurse).map(\.parameter) }

  /// All buffers.
  public func buffers(recurse: Bool = true) -> [Tensor] { namedBuffers(recurse: recurse).map(\.buffer) }

  /// This module and all inside.
  public func modules() -> [Module] { namedModules().map(\.module) }

  /// The modules directly inside.
  public func children() -> [Module] { namedChildren().map(\.module) }

  /// Calls `body` for all modules inside and then for this one: `apply`.
  @discardableResult
  public func apply(_ body: (Module) throws -> Void) rethrows -> Self {
    for child in children() { try child.apply(body) }
    try body(self)
    return self
  }

  /// Converts floating point parameters, their gradients, and floating point buffers: `to(dtype)`.
  ///
  /// - Throws: ``TensorError`` for a type that is not floating point.
  @discardableResult
  public func to(_ dtype: DType) throws -> Self {
    guard dtype.isFloatingPoint || dtype.isComplex else {
      throw TensorError(
        "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=\(dtype)", kind: .type)
    }
    let converted = (parameters() + buffers()).filter { $0.dtype.isFloatingPoint && $0.dtype != dtype }
    try Progress.reporting("converting", of: converted.map(\.byteCount).saturatingSum()) { progress in
      try GradMode.with(false) {
        for tensor in converted {
          let byteCount = tensor.byteCount
          let (data, grad) = (try tensor.detach().to(dtype), try tensor.grad?.to(dtype))
          try tensor.setGrad(nil)
          tensor.setData(data)
          try tensor.setGrad(grad)
          progress.advance(by: byteCount)
        }
      }
    }
    return self
  }

  /// Switches gradients of all parameters on or off: `requires_grad_`.
  @discardableResult
  public func requiresGrad(_ value: Bool = true) throws -> Self {
    for parameter in parameters() { try parameter.setRequiresGrad(value) }
    return self
  }

  /// Clears the gradients of all parameters.
  ///
  /// - Parameter setToNone: drops them, instead of filling them with zeros.
  public func zeroGrad(setToNone: Bool = true) throws {
    for parameter in parameters() { try parameter.clearGrad(setToNone: setToNone) }
  }
}

extension Tensor {
  /// Drops the gradient, or fills it with zeros.
  func clearGrad(setToNone: Bool) throws {
    guard let grad else { return }
    try setGrad(setToNone ? nil : try Tensor.zeros(grad.shape, dtype: grad.dtype))
  }
}
