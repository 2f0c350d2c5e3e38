import Lua
import Supervision
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
    _ name: String, _ result: String, _ help: String, is shown: String, _ get: @escaping (Tensor) throws -> LuaValue
  ) {
    results(name, "(self: Tensor) -> \(result)", help, "torch.ones(2, 3):\(name)() --> \(shown)", placement: .method) {
      a in
      .value(try get(a.tensor(0)))
    }
  }

  private mutating func addSizes() {
    results(
      "size", "(self: Tensor, dim: int? = nil) -> Size|int",
      "The sizes, as the property shape has them, or the size of one dimension.",
      "torch.ones(2, 3):size(1) --> 3", placement: .method
    ) { a in
      let tensor = try a.tensor(0)
      guard let dim = try a.optionalInt(1) else { return .object(SizeObject(tensor.shape)) }
      return .integer(try tensor.size(dim))
    }
    results(
      "stride", "(self: Tensor, dim: int? = nil) -> table|int",
      "How many elements lie between neighbours along each dimension, as a table, or along one.",
      "torch.ones(2, 3):stride() --> {3, 1}", placement: .method
    ) { a in
      let tensor = try a.tensor(0)
      guard let dim = try a.optionalInt(1) else { return .value(.integers(tensor.strides)) }
      return .integer(try tensor.stride(dim))
    }
    for name in ["dim", "ndimension"] {
      query(name, "int", "The number of dimensions.", is: "2") { .integer(Int64($0.rank)) }
    }
    query("nelement", "int", "The number of elements: the product of all sizes.", is: "6") { .integer(Int64($0.count)) }
    query("element_size", "int", "The bytes that an element takes.", is: "4") { .integer(Int64($0.dtype.size)) }
    query("storage_offset", "int", "Where in its memory the tensor begins, in elements.", is: "0") {
      .integer(Int64($0.offset))
    }
    results(
      "is_contiguous", "(self: Tensor, memory_format: any = nil) -> bool",
      "Whether the memory is row-major and without gaps.",
      "torch.ones(2, 3):t():is_contiguous() --> false", placement: .method
    ) { a in .boolean(try a.tensor(0).isContiguous) }
    results(
      "is_floating_point", "(input: Tensor) -> bool", "Whether the elements are of a floating-point type.",
      "torch.is_floating_point(torch.ones(2)) --> true"
    ) { a in .boolean(try a.tensor(0).dtype.isFloatingPoint) }
    results(
      "is_complex", "(input: Tensor) -> bool", "Whether the elements are complex numbers.",
      "torch.is_complex(torch.ones(2)) --> false"
    ) {
      a in .boolean(try a.tensor(0).dtype.isComplex)
    }
    results(
      "is_signed", "(input: Tensor) -> bool", "Whether the type has negative numbers.",
      "torch.is_signed(torch.ones(2)) --> true"
    ) { a in .boolean(try a.tensor(0).dtype.isSigned) }
    results(
      "is_same_size", "(input: Tensor, other: Tensor) -> bool", "Whether both tensors have the same shape.",
      "torch.is_same_size(torch.ones(2), torch.ones(3)) --> false"
    ) { a in
      .boolean(try a.tensor(0).shape == a.tensor(1).shape)
    }
    results(
      "is_nonzero", "(input: Tensor) -> bool",
      "Whether the only element is not 0; an error if there are more, or none.",
      "torch.is_nonzero(torch.tensor{3.}) --> true"
    ) { a in
      let tensor = try a.tensor(0)
      guard tensor.count == 1 else {
        throw TensorError(
          "Boolean value of Tensor with \(tensor.count == 0 ? "no values" : "more than one value") is ambiguous")
      }
      return .boolean(try tensor.detach().item().double != 0)
    }
    results(
      "is_inference", "(input: Tensor) -> bool",
      "Whether the tensor was made in inference mode, which here leaves no mark: false.",
      "torch.is_inference(torch.ones(2)) --> false"
    ) { a in
      _ = try a.tensor(0)
      return .boolean(false)
    }
    results(
      "get_device", "(input: Tensor) -> int", "The number of the tensor's CUDA device, -1 on the processor.",
      "torch.get_device(torch.ones(2)) --> -1"
    ) { a in
      _ = try a.tensor(0)
      return .integer(-1)
    }
    results(
      "typename", "(obj: any) -> string", "The name of a value's type: of tensors as PyTorch's legacy classes have it.",
      "torch.typename(torch.ones(2)) --> \"torch.FloatTensor\"", placement: .function
    ) { a in
      guard let tensor = a[0].tensor else { return .string(a[0].typeName) }
      return .string("torch.\(tensor.dtype.scalarTypeName)Tensor")
    }
    results(
      "data_ptr", "(self: Tensor) -> int",
      "The address of the first element in memory; views at the same place share it.",
      "x = torch.ones(2)\nx:data_ptr() == x:view(1, 2):data_ptr() --> true", placement: .method
    ) { a in .integer(Int64(Int(bitPattern: try a.tensor(0).pointer()))) }
  }

  private mutating func addConversions() {
    let conversions: [(String, DType)] = [
      ("float", .float32), ("double", .float64), ("half", .float16), ("bfloat16", .bfloat16), ("byte", .uint8),
      ("char", .int8), ("short", .int16), ("int", .int32), ("long", .int64), ("bool", .bool),
    ]
    for (name, dtype) in conversions {
      add(
        name, "(self: Tensor, memory_format: any = nil) -> Tensor",
        "The elements as \(dtype.name): the tensor itself if they are, else a copy. Fractions are cut off towards 0 for integers.",
        "torch.ones(2):\(name)().dtype --> torch.\(dtype.name)", placement: .method
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
      ],
      """
      The elements of another type, given as such or by a tensor of it, or on a device, of which there is the CPU. The \
      tensor itself if nothing changes, unless copy asks for one.
      """, "torch.ones(2):to(torch.int64) --> tensor([1, 1])", placement: .method)
    add(
      "type_as", "(self: Tensor, other: Tensor) -> Tensor", "The elements converted to other's type.",
      "torch.ones(2):type_as(torch.tensor(1)) --> tensor([1, 1])", placement: .method
    ) { a in try a.tensor(0).to(a.tensor(1).dtype) }
    results(
      "type", "(self: Tensor, dtype: dtype? = nil) -> string|Tensor",
      "The type's name as PyTorch's legacy classes have it, or the elements converted to a type.",
      "torch.ones(2):type() --> \"torch.FloatTensor\"", placement: .method
    ) { a in
      let tensor = try a.tensor(0)
      if let dtype = try a.optionalDType(1) { return a.result(try tensor.to(dtype)) }
      return .string("torch.\(tensor.dtype.scalarTypeName)Tensor")
    }
    add(
      "cpu", "(self: Tensor, memory_format: any = nil) -> Tensor", "The tensor itself: everything is on the CPU.",
      "torch.ones(2):cpu().device --> cpu",
      placement: .method
    ) { a in try a.tensor(0) }
    add(
      "cuda", "(self: Tensor, device: Device? = nil) -> Tensor", "An error that tells that there is no CUDA device.",
      "pcall(torch.ones(2).cuda, torch.ones(2)) --> false  \"example:1: Torch not compiled with CUDA enabled\"",
      placement: .method
    ) { a in
      try DeviceObject(type: "cuda").checkAvailable()
      return try a.tensor(0)
    }
    results(
      "result_type", "(tensor1: Tensor|Scalar, tensor2: Tensor|Scalar) -> dtype",
      """
      The type that an operation on both has, by PyTorch's rules: tensors with dimensions count before those \
      without, and those before numbers.
      """,
      "torch.result_type(torch.ones(2, {dtype = torch.int32}), 1.5) --> torch.float32", placement: .function
    ) { a in
      .object(DTypeObject.of(try resultType(a.operand(0), a.operand(1))))
    }
    results(
      "promote_types", "(type1: dtype, type2: dtype) -> dtype", "The smallest type that holds the values of both.",
      "torch.promote_types(torch.int32, torch.float32) --> torch.float32", placement: .function
    ) { a in
      .object(
        DTypeObject.of(
          try DType.promote(
            a.object(0, as: DTypeObject.self).dtype, a.object(1, as: DTypeObject.self).dtype)))
    }
    results(
      "can_cast", "(from_: dtype, to: dtype) -> bool",
      """
      Whether results of one type may be written to a tensor of another: not fractions to integers, nor \
      numbers to bool.
      """,
      "torch.can_cast(torch.float32, torch.int32) --> false", placement: .function
    ) { a in
      .boolean(try a.object(0, as: DTypeObject.self).dtype.canCast(to: a.object(1, as: DTypeObject.self).dtype))
    }
  }

  private mutating func addValues() {
    results(
      "item", "(self: Tensor) -> number|bool",
      "The only element, as a number or boolean of Lua's; an error if there are more.", "torch.tensor{3}:item() --> 3",
      placement: .method
    ) { a in .value(LuaValue(try a.tensor(0).item())) }
    results(
      "tolist", "(self: Tensor) -> table", "The elements as numbers of Lua's, in tables of tables counted from 1.",
      "torch.tensor{{1, 2}, {3, 4}}:tolist() --> {{1, 2}, {3, 4}}",
      placement: .method
    ) { a in .value(try nested(a.tensor(0))) }
    results(
      "iter", "(self: Tensor) -> function", "Iterates over the first dimension: positions from 0, and the slices.",
      "for i, row in torch.tensor{{1, 2}, {3, 4}}:iter() do print(i, row) end", placement: .method
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
      "apply_", "(self: Tensor, callable: function) -> Tensor",
      """
      Replaces each element by what a function of Lua's gives for it, and returns the tensor. Slow; \
      operators do the same for all elements at once.
      """,
      "torch.tensor{1, 2}:apply_(function(x) return x + 1 end) --> tensor([2, 3])"
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
      """
      Computes the gradients of this tensor, a single number unless gradient weighs its elements, and adds \
      them to the property grad of all leaves that it came from. The record is freed, unless retain_graph \
      keeps it; create_graph records the gradients themselves. With inputs only those change.
      """,
      """
      x = torch.tensor({1., 2.}, {requires_grad = true})
      y = (x * x):sum()
      y:backward()
      x.grad --> tensor([2., 4.])
      """, placement: .method
    ) { a in
      try Autograd.backward(
        [a.tensor(0)], gradients: [a.optionalTensor(1)], retainGraph: a.optionalBool(2), createGraph: a.bool(3),
        inputs: a.has(4) ? a.parameterList(4) : nil)
      return .none
    }
    changing(
      "requires_grad_", "(self: Tensor, requires_grad: bool = true) -> Tensor",
      "Says whether operations on the tensor are recorded for gradients, and returns it.",
      "torch.ones(2):requires_grad_().requires_grad --> true"
    ) { a in
      let tensor = try a.tensor(0)
      try tensor.setRequiresGrad(a.bool(1))
      return tensor
    }
    results(
      "retain_grad", "(self: Tensor)",
      "Has backward() set the property grad of this result of an operation too, as it does for leaves.",
      """
      x = torch.ones(2, {requires_grad = true})
      y = x * 2
      y:retain_grad()
      y:sum():backward()
      y.grad --> tensor([1., 1.])
      """, placement: .method
    ) { a in
      try a.tensor(0).retainGrad()
      return .none
    }
    results(
      "register_hook", "(self: Tensor, hook: function) -> RemovableHandle",
      """
      Has hook(grad) called with each gradient of the tensor; a tensor that it returns takes the gradient's \
      place. The handle's remove() ends that.
      """,
      """
      x = torch.ones(2, {requires_grad = true})
      x:register_hook(function(grad) return grad * 10 end)
      x:sum():backward()
      x.grad --> tensor([10., 10.])
      """, placement: .method
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
      """
      Has hook(param) called each time a backward pass has added to this leaf's property grad. The handle's \
      remove() ends that.
      """,
      """
      x = torch.ones(2, {requires_grad = true})
      x:register_post_accumulate_grad_hook(function(leaf) print(leaf.grad) end)
      x:sum():backward() --> tensor([1., 1.])
      """, placement: .method
    ) { a in
      let (state, hook) = (a.state.handle, LuaValue.function(try a.function(1)))
      let handle = try a.tensor(0).registerPostAccumulateGradHook { _ = try state.open().call(hook, [.same($0)]) }
      return .object(HandleObject(handle))
    }
    changing(
      "detach_", "(self: Tensor) -> Tensor",
      "Has the tensor forget its history, and returns it: no gradient flows further back.",
      "torch.ones(2):detach_().is_leaf --> true"
    ) { a in
      let tensor = try a.tensor(0)
      try tensor.detachInPlace()
      return tensor
    }
    results(
      "is_grad_enabled", "() -> bool", "Whether operations are recorded for gradients.",
      "torch.is_grad_enabled() --> true",
      placement: .function
    ) { _ in .boolean(GradMode.isEnabled) }
    results(
      "is_inference_mode_enabled", "() -> bool", "Whether inference mode is on: nothing is recorded, ever.",
      "torch.is_inference_mode_enabled() --> false", placement: .function
    ) { _ in .boolean(ThreadState.current.inferenceMode) }
  }
}

/// A table of elements, of which there may be many.
private func list<Element>(of elements: [Element], _ value: (Element) -> LuaValue) throws -> LuaValue {
  var list: [LuaValue] = []
  list.reserveCapacity(elements.count)
  for part in Interruption.stretches(of: elements.indices) {
    try Interruption.check()
    for element in elements[part] { list.append(value(element)) }
  }
  return .list(list)
}

/// A tensor's elements in nested tables.
private func nested(_ tensor: Tensor) throws -> LuaValue {
  guard tensor.rank > 0 else { return LuaValue(try tensor.item()) }
  if tensor.rank == 1 {
    switch tensor.dtype.computeKind {
    case .int64:
      let isBoolean = tensor.dtype == .bool
      return try list(of: tensor.integers()) { isBoolean ? .boolean($0 != 0) : .integer($0) }
    default: return try list(of: tensor.doubles()) { .number($0) }
    }
  }
  return .list(try tensor.detach().unbind(0).map { try nested($0) })
}
