import Tensor

extension PickleDecoder {
  /// PyTorch's classes, and the functions which make tensors of storages.
  static let tensorConstructors: [String: Constructor] = [
    "torch._utils._rebuild_tensor": { .tensor(try $0.rebuiltTensor($1.arguments)) },
    "torch._utils._rebuild_tensor_v2": { .tensor(try $0.rebuiltTensorV2($1.arguments)) },
    "torch._utils._rebuild_tensor_v3": { .tensor(try $0.rebuiltTensorV3($1.arguments)) },
    "torch._utils._rebuild_parameter": { .tensor(try $0.rebuiltParameter($1.arguments)) },
    "torch._utils._rebuild_parameter_with_state": { .tensor(try $0.rebuiltParameter($1.arguments)) },
    "torch.nn.parameter.Parameter": { .tensor(try $0.rebuiltParameter($1.arguments)) },
    "torch._tensor._rebuild_from_type_v2": { .tensor(try $0.rebuiltFromType($1.arguments)) },
    "torch.tensor._rebuild_from_type_v2": { .tensor(try $0.rebuiltFromType($1.arguments)) },
    "torch._utils._rebuild_sparse_tensor": refusal("sparse tensors"),
    "torch._utils._rebuild_qtensor": refusal("quantized tensors"),
    "torch._utils._rebuild_nested_tensor": refusal("nested tensors"),
    "torch._utils._rebuild_meta_tensor_no_storage": refusal("tensors on the meta device, which have no data,"),
    "torch._utils._rebuild_wrapper_subclass": refusal("tensors of wrapper classes"),
    "torch.Size": { .size(try $0.sizes($1.arguments.first)) },
    "torch.device": { try $0.device($1) },
    "torch.serialization._get_layout": { try $0.value($1.arguments.first ?? .none) },
  ]

  private static func refusal(_ things: String) -> Constructor {
    { _, _ in throw CheckpointError.unsupported("\(things) are not supported") }
  }

  /// (storage, offset, size, stride)
  private func rebuiltTensor(_ arguments: [PickleValue]) throws -> Tensor {
    try viewedTensor(arguments, dtype: nil)
  }

  /// (storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
  private mutating func rebuiltTensorV2(_ arguments: [PickleValue]) throws -> Tensor {
    let tensor = try viewedTensor(arguments, dtype: nil)
    return try finished(tensor, arguments, metadataIndex: 6)
  }

  /// (storage, offset, size, stride, requires_grad, backward_hooks, dtype[, metadata])
  private mutating func rebuiltTensorV3(_ arguments: [PickleValue]) throws -> Tensor {
    guard arguments.count > 6 else { throw PickleDecoder.missingArguments }
    guard case .global(let global) = graph.node(arguments[6]), let dtype = TorchNames.dtype(global) else {
      let name = (try? global(arguments[6]).description) ?? "no type"
      throw CheckpointError.unsupported("the file has a tensor of the unsupported type \(name)")
    }
    return try finished(try viewedTensor(arguments, dtype: dtype), arguments, metadataIndex: 7)
  }

  private static let missingArguments = CheckpointError.malformed("the pickle makes a tensor with too few arguments")

  private func viewedTensor(_ arguments: [PickleValue], dtype: DType?) throws -> Tensor {
    guard arguments.count >= 4 else { throw PickleDecoder.missingArguments }
    let (storage, identifier) = try storage(arguments[0])
    // What older files have as a storage of its own is here an offset into the storage that it was part of.
    let (offset, overflow) = try integer(arguments[1]).addingReportingOverflow(identifier.view?.offset ?? 0)
    guard !overflow else { throw CheckpointError.malformed("the pickle has a tensor outside of its storage") }
    return try TensorData.tensor(
      storage, dtype: dtype ?? identifier.dtype ?? .uint8, shape: try sizes(arguments[2]),
      strides: try sizes(arguments[3]),
      offset: offset)
  }

  private mutating func finished(_ tensor: Tensor, _ arguments: [PickleValue], metadataIndex: Int) throws -> Tensor {
    if arguments.count > metadataIndex, case .dictionary(let metadata) = try value(arguments[metadataIndex]) {
      for (name, value) in metadata.entries where value == .bool(true) {
        throw CheckpointError.unsupported("tensors with a pending \(name.string ?? "operation") are not supported")
      }
    }
    if arguments.count > 4, arguments[4] == .bool(true) { try setRequiresGrad(tensor, true) }
    return tensor
  }

  /// (data, requires_grad, backward_hooks[, state])
  private mutating func rebuiltParameter(_ arguments: [PickleValue]) throws -> Tensor {
    guard let first = arguments.first, let data = try value(first).tensor else {
      throw CheckpointError.malformed("the pickle has a parameter without a tensor")
    }
    let parameter = try TensorData.tensor(
      data.storage, dtype: data.dtype, shape: data.shape, strides: data.strides, offset: data.offset)
    parameter.isParameter = true
    if arguments.count < 2 || arguments[1] != .bool(false) { try setRequiresGrad(parameter, true) }
    return parameter
  }

  /// (function, class, arguments, state): a tensor with attributes of its own, which are dropped.
  private mutating func rebuiltFromType(_ arguments: [PickleValue]) throws -> Tensor {
    guard arguments.count >= 3, case .tuple(let inner) = graph.node(arguments[2]) else {
      throw PickleDecoder.missingArguments
    }
    let (function, type) = (try global(arguments[0]), try global(arguments[1]))
    let isKnown = ["torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer"].contains(
      type.description)
    guard isKnown || unknownClasses == .table else {
      throw CheckpointError.unknownClass(type.description)
    }
    guard let constructor = PickleDecoder.tensorConstructors[function.description],
      function.name != "_rebuild_from_type_v2",
      let tensor = try constructor(&self, PickleObject(callable: arguments[0], arguments: inner, keywords: nil)).tensor
    else { throw CheckpointError.unknownClass(function.description) }
    tensor.isParameter = tensor.isParameter || type.name == "Parameter"
    return tensor
  }

  private func setRequiresGrad(_ tensor: Tensor, _ value: Bool) throws {
    do {
      try tensor.setRequiresGrad(value)
    } catch let error as TensorError {
      throw CheckpointError.malformed("the file has a tensor with a gradient that cannot have one: \(error.message)")
    }
  }

  func integer(_ value: PickleValue) throws -> Int {
    guard case .int(let number) = value else {
      throw CheckpointError.malformed("the pickle has something else where an integer belongs")
    }
    return Int(number)
  }

  /// Sizes or strides: a tuple, list or `torch.Size` of integers.
  func sizes(_ value: PickleValue?) throws -> [Int] {
    switch value.flatMap(graph.node) {
    case .tuple(let elements), .list(let elements): return try elements.map(integer)
    case .object(let object) where try global(object.callable).description == "torch.Size":
      guard case .tuple(let elements) = object.arguments.first.flatMap(graph.node) else { break }
      return try elements.map(integer)
    default: break
    }
    throw CheckpointError.malformed("the pickle has something else where sizes belong")
  }

  private func device(_ object: PickleObject) throws -> CheckpointValue {
    guard case .string(let type)? = object.arguments.first else {
      throw CheckpointError.malformed("the pickle has a device without a name")
    }
    guard object.arguments.count > 1 else { return .device(type) }
    return .device("\(type):\(try integer(object.arguments[1]))")
  }
}
