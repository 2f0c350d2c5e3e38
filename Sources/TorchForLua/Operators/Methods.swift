import Lua
import Tensor

extension OperatorList {
  /// What only tensors have: sizes, conversions, values as Lua's, gradients.
  mutating func addMethods() {
    addSizes()
    addConversions()
    addValues()
    addGradients()
  }

  /// A method without arguments.
  private mutating func query(
    _ name: String, _ result: String, _ help: String, _ get: @escaping (Tensor) throws -> LuaValue
  ) {
    results(name, "(self: Tensor) -> \(result)", help, "torch.ones(2, 3):\(name)()", placement: .method) { a in
      .value(try get(a.tensor(0)))
    }
  }

  private mutating func addSizes() {
    results(
      "size", "(self: Tensor, dim: int? = nil) -> Size|int", "The sizes, or one of them.",
      "torch.ones(2, 3):size(1)", placement: .method
    ) { a in
      let tensor = try a.tensor(0)
      guard let dim = try a.optionalInt(1) else { return .object(SizeObject(tensor.shape)) }
      return .integer(try tensor.size(dim))
    }
    results(
      "stride", "(self: Tensor, dim: int? = nil) -> table|int", "The strides, or one of them, in elements.",
      "torch.ones(2, 3):stride()", placement: .method
    ) { a in
      let tensor = try a.tensor(0)
      guard let dim = try a.optionalInt(1) else { return .value(.integers(tensor.strides)) }
      return .integer(try tensor.stride(dim))
    }
    for name in ["dim", "ndimension"] { query(name, "int", "The number of dimensions.") { .integer(Int64($0.rank)) } }
    query("nelement", "int", "The number of elements.") { .integer(Int64($0.count)) }
    query("element_size", "int", "Bytes of an element.") { .integer(Int64($0.dtype.size)) }
    query("storage_offset", "int", "Where in its memory the tensor begins, in elements.") { .integer(Int64($0.offset)) }
    results(
      "is_contiguous", "(self: Tensor, memory_format: any = nil) -> bool", "Whether memory is row-major, without gaps.",
      "torch.ones(2):is_contiguous()", placement: .method
    ) { a in .boolean(try a.tensor(0).isContiguous) }
    results(
      "is_floating_point", "(input: Tensor) -> bool", "Whether elements are fractions.",
      "torch.is_floating_point(torch.ones(2))"
    ) { a in .boolean(try a.tensor(0).dtype.isFloatingPoint) }
    results("is_complex", "(input: Tensor) -> bool", "Whether elements are complex.", "torch.is_complex(torch.ones(2))")
    {
      a in .boolean(try a.tensor(0).dtype.isComplex)
    }
    query("is_signed", "bool", "Whether elements may be negative.") { .boolean($0.dtype.isSigned) }
    results(
      "is_same_size", "(self: Tensor, other: Tensor) -> bool", "Whether both have the same shape.",
      "torch.ones(2):is_same_size(torch.ones(2))", placement: .method
    ) { a in
      .boolean(try a.tensor(0).shape == a.tensor(1).shape)
    }
    query("data_ptr", "int", "The address of the first element.") { .integer(Int64(Int(bitPattern: try $0.pointer()))) }
  }

  private mutating func addConversions() {
    let conversions: [(String, DType)] = [
      ("float", .float32), ("double", .float64), ("half", .float16), ("bfloat16", .bfloat16), ("byte", .uint8),
      ("char", .int8), ("short", .int16), ("int", .int32), ("long", .int64), ("bool", .bool),
    ]
    for (name, dtype) in conversions {
      add(
        name, "(self: Tensor, memory_format: any = nil) -> Tensor", "Converted to \(dtype.name).",
        "torch.ones(2):\(name)()", placement: .method
      ) { a in try a.tensor(0).to(dtype) }
    }
    let options = "non_blocking: bool = false, copy: bool = false, *, memory_format: any = nil"
    add(
      "to",
      [
        (
          "(self: Tensor, dtype: dtype, \(options)) -> Tensor",
          { a in
            try a.tensor(0).to(a.object(1, as: DTypeObject.self).dtype, copy: a.bool(3))
          }
        ),
        (
          "(self: Tensor, other: Tensor, \(options)) -> Tensor",
          { a in
            try a.tensor(0).to(a.tensor(1).dtype, copy: a.bool(3))
          }
        ),
        (
          "(self: Tensor, device: Device? = nil, dtype: dtype? = nil, \(options)) -> Tensor",
          { a in
            try a.checkDevice(1)
            let tensor = try a.tensor(0)
            return try tensor.to(a.optionalDType(2) ?? tensor.dtype, copy: a.bool(4))
          }
        ),
      ], "Converted to a type, or on a device.", "torch.ones(2):to(torch.int64)", placement: .method)
    add(
      "type_as", "(self: Tensor, other: Tensor) -> Tensor", "Converted to other's type.",
      "torch.ones(2):type_as(torch.tensor(1))", placement: .method
    ) { a in try a.tensor(0).to(a.tensor(1).dtype) }
    results(
      "type", "(self: Tensor, dtype: dtype? = nil) -> string|Tensor", "The type's name, or converted to a type.",
      "torch.ones(2):type()", placement: .method
    ) { a in
      let tensor = try a.tensor(0)
      if let dtype = try a.optionalDType(1) { return a.result(try tensor.to(dtype)) }
      return .string("torch.\(tensor.dtype.scalarTypeName)Tensor")
    }
    add(
      "cpu", "(self: Tensor, memory_format: any = nil) -> Tensor", "On the CPU, where it is.", "torch.ones(2):cpu()",
      placement: .method
    ) { a in try a.tensor(0) }
    add(
      "cuda", "(self: Tensor, device: Device? = nil) -> Tensor", "On a CUDA device.", "pcall(torch.ones(2).cuda)",
      placement: .method
    ) { a in
      try DeviceObject(type: "cuda").checkAvailable()
      return try a.tensor(0)
    }
    results(
      "result_type", "(tensor1: Tensor|Scalar, tensor2: Tensor|Scalar) -> dtype", "The type of an operation on these.",
      "torch.result_type(torch.ones(2), 1)", placement: .function
    ) { a in
      .object(DTypeObject.of(try resultType(a.operand(0), a.operand(1))))
    }
    results(
      "promote_types", "(type1: dtype, type2: dtype) -> dtype", "The smallest type that holds both.",
      "torch.promote_types(torch.int32, torch.float32)", placement: .function
    ) { a in
      .object(
        DTypeObject.of(
          try DType.promote(
            a.object(0, as: DTypeObject.self).dtype, a.object(1, as: DTypeObject.self).dtype)))
    }
    results(
      "can_cast", "(from_: dtype, to: dtype) -> bool", "Whether a result of one type may be written to another.",
      "torch.can_cast(torch.float32, torch.int32)", placement: .function
    ) { a in
      .boolean(try a.object(0, as: DTypeObject.self).dtype.canCast(to: a.object(1, as: DTypeObject.self).dtype))
    }
  }

  private mutating func addValues() {
    results(
      "item", "(self: Tensor) -> number|bool", "The only element, as Lua's value.", "torch.tensor(3):item()",
      placement: .method
    ) { a in .value(LuaValue(try a.tensor(0).item())) }
    results(
      "tolist", "(self: Tensor) -> table", "The elements, in tables of tables.", "torch.eye(2):tolist()",
      placement: .method
    ) { a in .value(try nested(a.tensor(0))) }
    results(
      "iter", "(self: Tensor) -> function", "Iterates over the first dimension: for i, row in x:iter() do.",
      "for i, row in torch.eye(2):iter() do print(i, row) end", placement: .method
    ) { a in
      let tensor = try a.tensor(0)
      guard tensor.rank > 0 else { throw TensorError("iteration over a 0-d tensor", kind: .type) }
      var next = 0
      return .closure("iter") { a in
        guard next < tensor.shape[0] else { return .nil }
        next += 1
        return [.integer(Int64(next - 1)), .object(try tensor.select(0, next - 1))]
      }
    }
    changing(
      "apply_", "(self: Tensor, callable: function) -> Tensor", "Replaces each element by a function of it.",
      "torch.ones(2):apply_(function(x) return x + 1 end)"
    ) { a in
      let (tensor, function) = (try a.tensor(0), try a.function(1))
      let values = try tensor.detach().contiguous().view([-1])
      var results: [Double] = []
      results.reserveCapacity(values.count)
      for index in 0..<values.count {
        let result = try function.callForOne(LuaValue(try values.select(0, index).item()))
        guard let number = result.number ?? result.boolean.map({ $0 ? 1 : 0 }) else {
          throw TensorError("apply_(): the function gave no number", kind: .type)
        }
        results.append(number)
      }
      return try tensor.copyInPlace(Tensor(results, shape: tensor.shape, dtype: .float64))
    }
  }

  private mutating func addGradients() {
    results(
      "backward",
      "(self: Tensor, gradient: Tensor? = nil, retain_graph: bool? = nil, create_graph: bool = false, inputs: Tensor|Tensor[]|function|nil = nil)",
      "Adds to the gradients of all leaves that this tensor came from, or of inputs alone.",
      "local x = torch.ones(2, {requires_grad = true}); (x * x):sum():backward(); print(x.grad)", placement: .method
    ) { a in
      try Autograd.backward(
        [a.tensor(0)], gradients: [a.optionalTensor(1)], retainGraph: a.optionalBool(2), createGraph: a.bool(3),
        inputs: a.has(4) ? a.parameterList(4) : nil)
      return .none
    }
    changing(
      "requires_grad_", "(self: Tensor, requires_grad: bool = true) -> Tensor", "Whether operations are recorded.",
      "torch.ones(2):requires_grad_()"
    ) { a in
      let tensor = try a.tensor(0)
      try tensor.setRequiresGrad(a.bool(1))
      return tensor
    }
    results(
      "retain_grad", "(self: Tensor)", "Keeps the gradient of a result too.",
      "local x = torch.ones(2, {requires_grad = true}) * 2; x:retain_grad()", placement: .method
    ) { a in
      try a.tensor(0).retainGrad()
      return .none
    }
    results(
      "register_hook", "(self: Tensor, hook: function) -> RemovableHandle",
      "Has hook(grad) called with each gradient; what it returns replaces the gradient.",
      "torch.ones(2, {requires_grad = true}):register_hook(function(g) return g * 2 end)", placement: .method
    ) { a in
      let (state, hook) = (a.state.handle, LuaValue.function(try a.function(1)))
      let handle = try a.tensor(0).registerHook { grad in
        try state.open().call(hook, [.object(grad)]) { results in
          guard let result = results.first, !result.isNil else { return nil }
          guard let replaced = result.tensor else {
            throw TensorError("expected Variable, but hook returned '\(result.typeName)'", kind: .type)
          }
          return replaced
        }
      }
      return .object(HandleObject(handle))
    }
    results(
      "register_post_accumulate_grad_hook", "(self: Tensor, hook: function) -> RemovableHandle",
      "Has hook(param) called each time a backward pass has added to this leaf's grad.",
      "torch.ones(2, {requires_grad = true}):register_post_accumulate_grad_hook(function(p) print(p.grad) end)",
      placement: .method
    ) { a in
      let (state, hook) = (a.state.handle, LuaValue.function(try a.function(1)))
      let handle = try a.tensor(0).registerPostAccumulateGradHook { _ = try state.open().call(hook, [.same($0)]) }
      return .object(HandleObject(handle))
    }
    changing("detach_", "(self: Tensor) -> Tensor", "Forgets the history.", "torch.ones(2):detach_()") { a in
      let tensor = try a.tensor(0)
      try tensor.detachInPlace()
      return tensor
    }
    results(
      "is_grad_enabled", "() -> bool", "Whether operations are recorded.", "torch.is_grad_enabled()",
      placement: .function
    ) { _ in .boolean(GradMode.isEnabled) }
    results(
      "is_inference_mode_enabled", "() -> bool", "Whether inference mode is on.",
      "torch.is_inference_mode_enabled()", placement: .function
    ) { _ in .boolean(ThreadState.current.inferenceMode) }
  }
}

/// A tensor's elements in nested tables.
private func nested(_ tensor: Tensor) throws -> LuaValue {
  guard tensor.rank > 0 else { return LuaValue(try tensor.item()) }
  if tensor.rank == 1 {
    switch tensor.dtype.computeKind {
    case .int64:
      let values = try tensor.integers()
      return .list(values.map { tensor.dtype == .bool ? .boolean($0 != 0) : .integer($0) })
    default: return .list(try tensor.doubles().map { .number($0) })
    }
  }
  return .list(try tensor.detach().unbind(0).map { try nested($0) })
}
