import Lua
import Tensor

extension StackValue {
  /// The tensor, if it is one.
  var tensor: Tensor? { object(as: Tensor.self) }

  /// A number or truth value.
  var scalar: Scalar? {
    switch kind {
    case .boolean: return .bool(isTrue)
    case .number:
      if isInteger { return integer.map { .int($0) } }
      return number.map { .double($0) }
    default: return nil
    }
  }

  /// A tensor, or a number as one that takes part in type promotion as Python's numbers do.
  func operand() throws -> Tensor? {
    if let tensor { return tensor }
    return try scalar.map { try Tensor.wrapped($0) }
  }
}

// The arguments of PyTorch's functions. Each accessor gives the default of the signature where nothing was given.
extension Arguments {
  func tensor(_ index: Int) throws -> Tensor {
    if let tensor = self[index].tensor { return tensor }
    throw wrongType(index, expected: "Tensor")
  }

  func optionalTensor(_ index: Int) throws -> Tensor? { has(index) ? try tensor(index) : nil }

  /// A tensor, or a number that stands for one.
  func operand(_ index: Int) throws -> Tensor {
    if let operand = try self[index].operand() { return operand }
    throw wrongType(index, expected: "Tensor or Number")
  }

  func optionalOperand(_ index: Int) throws -> Tensor? { has(index) ? try operand(index) : nil }

  /// A number, a truth value, or a tensor of one element.
  func scalar(_ index: Int) throws -> Scalar {
    if let scalar = try optionalScalar(index) { return scalar }
    throw wrongType(index, expected: "Number")
  }

  /// As ``scalar(_:)``; nil when nothing was given and there is no default.
  func optionalScalar(_ index: Int) throws -> Scalar? {
    let value = self[index]
    if let scalar = value.scalar { return scalar }
    if let tensor = value.tensor { return try tensor.item() }
    guard value.isNil else { throw wrongType(index, expected: "Number") }
    if let integer = try? optionalInt(index) { return .int(Int64(integer)) }
    if let number = try? optionalDouble(index) { return .double(number) }
    return nil
  }

  /// Tensors of a table, or those from this position on (`Tensor...`).
  func tensors(_ index: Int) throws -> [Tensor] {
    let value = self[index]
    guard let table = value.table else {
      return try rest(from: index).map { element in
        guard let tensor = element.tensor else { throw wrongType(index, expected: "tuple of Tensors") }
        return tensor
      }
    }
    var tensors: [Tensor] = []
    tensors.reserveCapacity(table.count)
    try table.forEachElement { element in
      guard let tensor = element.tensor else { throw wrongType(index, expected: "tuple of Tensors") }
      tensors.append(tensor)
    }
    return tensors
  }

  /// A type by its object, such as `torch.float32`.
  func optionalDType(_ index: Int) throws -> DType? {
    try optionalObject(index, as: DTypeObject.self)?.dtype
  }

  /// Checks that a device, if one was given, is one that tensors can lie on.
  func checkDevice(_ index: Int) throws {
    if has(index) { try DeviceObject.from(self[index])?.checkAvailable() }
  }

  /// The random generator that was given, or the global one.
  func generator(_ index: Int) throws -> Generator { try optionalObject(index) ?? .default }

  /// A new tensor as the result. The collector is told of its memory.
  @inline(__always)
  func result(_ tensor: Tensor) -> LuaResults {
    state.noteNativeAllocation(tensor.byteCount &+ 256)
    return .object(tensor)
  }

  /// New tensors, each a result of its own.
  func results(_ tensors: Tensor...) -> LuaResults {
    for tensor in tensors { state.noteNativeAllocation(tensor.byteCount &+ 256) }
    return .values(tensors.map { .object($0) })
  }

  /// New tensors as a table.
  func list(_ tensors: [Tensor]) -> LuaResults {
    for tensor in tensors { state.noteNativeAllocation(256 + (tensor.coversStorage ? tensor.byteCount : 0)) }
    return .value(.objects(tensors))
  }
}

extension LuaValue {
  /// A tensor's element as a Lua number or boolean.
  init(_ scalar: Scalar) {
    switch scalar {
    case .bool(let value): self = .boolean(value)
    case .int(let value): self = .integer(value)
    case .double(let value): self = .number(value)
    }
  }
}
