import Tensor

/// A list of parameters that are registered under "0", "1", ….
public final class ParameterList: Module {
  /// A list of `parameters`; plain tensors become parameters, as in ``append(_:)``.
  public init(_ parameters: [Tensor] = []) throws {
    super.init()
    for tensor in parameters { try append(tensor) }
  }

  public override func emptyCopy() throws -> Module { try ParameterList() }

  /// How many parameters there are.
  public var count: Int { ownParameters.count }

  /// The parameters, in order, without places that were registered as empty.
  public var list: [Tensor] { ownParameters.values.compactMap { $0 } }

  /// Adds a parameter at the end, under the next number. A plain tensor becomes a parameter that shares its memory.
  ///
  /// - Throws: ``TensorError`` for a tensor whose type takes no gradients.
  public func append(_ tensor: Tensor) throws {
    try register(parameter: String(count), tensor.isParameter ? tensor : NN.parameter(tensor))
  }

  /// The parameter at `index`, negative ones counted from the end; nil in a place that was registered as empty.
  public func parameter(at index: Int) throws -> Tensor? { ownParameters.values[try position(index)] }

  /// Puts another parameter at `index`.
  public func replace(_ index: Int, by tensor: Tensor) throws {
    try set(parameter: String(try position(index)), to: tensor.isParameter ? tensor : NN.parameter(tensor))
  }

  private func position(_ index: Int) throws -> Int {
    guard index >= -count && index < count else {
      throw TensorError("index \(index) is out of range", kind: .index)
    }
    return index < 0 ? index + count : index
  }

  public override var extraText: String {
    list.enumerated().map { "  (\($0.offset)): " + parameterText($0.element, "torch.\($0.element.dtype.name)") }.joined(
      separator: "\n")
  }
}

/// Parameters by name, in order.
public final class ParameterDict: Module {
  /// The parameters under their names, in the order given; plain tensors become parameters, as in ``set(_:_:)``.
  public init(_ parameters: [(String, Tensor)] = []) throws {
    super.init()
    for (name, tensor) in parameters { try set(name, tensor) }
  }

  public override func emptyCopy() throws -> Module { try ParameterDict() }

  /// How many parameters there are.
  public var count: Int { ownParameters.count }

  /// The names of the parameters, in order.
  public var keys: [String] { Array(ownParameters.keys) }

  /// Stores a parameter under a name that may be taken. A plain tensor becomes a parameter that shares its memory.
  ///
  /// - Throws: ``TensorError`` for a name that is empty or has a dot, or a tensor whose type takes no gradients.
  public func set(_ name: String, _ tensor: Tensor) throws {
    try set(parameter: name, to: tensor.isParameter ? tensor : NN.parameter(tensor))
  }

  public override var extraText: String {
    ownParameters.compactMap { name, tensor in
      tensor.map { "  (\(name)): " + parameterText($0, "torch.\($0.dtype.scalarTypeName)Tensor") }
    }
    .joined(separator: "\n")
  }
}

private func parameterText(_ tensor: Tensor, _ type: String) -> String {
  "Parameter containing: [\(type) of size \(tensor.shape.map(String.init).joined(separator: "x"))]"
}
