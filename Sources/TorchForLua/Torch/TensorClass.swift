import Lua
import Tensor

/// Tensors as Lua sees them.
enum TensorClass {
  static func declaration(methods: [Function]) -> LuaClass {
    LuaClass(
      "Tensor", of: Tensor.self,
      help: """
        A multi-dimensional array of numbers of one type. Lua's operators work element by element with broadcasting, \
        == compares whole tensors, #x is the first size. x[0], x[{{1, 3}, ":", -1}], x["1:3, :, -1"], x[mask] and \
        x[indices] read and assign; counting begins at 0.
        """,
      example: "x = torch.arange(6):view(2, 3)\nx[{1, {0, 2}}] --> tensor([3, 4])",
      methods: methods, properties: properties, metamethods: TensorMetamethods.all,
      index: { a in try TensorIndexing.get(a) },
      newindex: { a in try TensorIndexing.set(a) })
  }

  private static func property(
    _ name: String, _ type: String, _ help: String, _ example: String,
    _ get: @escaping (Tensor) throws -> LuaValue,
    set: ((Arguments) throws -> Void)? = nil
  ) -> Property {
    Property(name, type, help: help, example: example, get: { a in .value(try get(a.tensor(0))) }, set: set)
  }

  private static var properties: [Property] {
    [
      property(
        "shape", "Size", "The sizes of all dimensions, counted from 0: x.shape[0], #x.shape.",
        "torch.ones(2, 3).shape --> torch.Size([2, 3])"
      ) { .object(SizeObject($0.shape)) },
      property(
        "dtype", "dtype", "The type of the elements.",
        "torch.ones(2).dtype --> torch.float32"
      ) { .object(DTypeObject.of($0.dtype)) },
      property(
        "device", "device", "Where the elements are: the CPU.",
        "torch.ones(2).device --> cpu"
      ) { _ in .object(DeviceObject.cpu) },
      property(
        "layout", "string", "How the elements lie in memory, as PyTorch names it.",
        "torch.ones(2).layout --> \"torch.strided\""
      ) { _ in .string("torch.strided") },
      property(
        "ndim", "int", "The number of dimensions.",
        "torch.ones(2, 3).ndim --> 2"
      ) { .integer(Int64($0.rank)) },
      property(
        "itemsize", "int", "The bytes that an element takes.",
        "torch.ones(2).itemsize --> 4"
      ) { .integer(Int64($0.dtype.size)) },
      property(
        "nbytes", "int", "The bytes that all elements take.",
        "torch.ones(2, 3).nbytes --> 24"
      ) { .integer(Int64($0.byteCount)) },
      property(
        "_version", "int",
        """
        How many operations have changed the memory in place: by this autograd knows of changes to what it kept.
        """,
        """
        x = torch.zeros(2)
        before = x._version
        x[0] = 1
        x._version > before --> true
        """
      ) { .integer(Int64($0.storage.modificationCount)) },
      property(
        "is_leaf", "bool", "Whether no recorded operation made the tensor; only leaves keep their gradients.",
        "torch.ones(2, {requires_grad = true}).is_leaf --> true"
      ) { .boolean($0.isLeaf) },
      property(
        "is_cuda", "bool", "Whether the tensor lies on a CUDA device: never.",
        "torch.ones(2).is_cuda --> false"
      ) { _ in .boolean(false) },
      property(
        "is_cpu", "bool", "Whether the tensor lies in the memory of the processor: always.",
        "torch.ones(2).is_cpu --> true"
      ) { _ in .boolean(true) },
      property(
        "is_mps", "bool", "Whether the tensor lies on a device of Apple's: never.", "torch.ones(2).is_mps --> false"
      ) { _ in .boolean(false) },
      property(
        "is_sparse", "bool", "Whether only elements that are not 0 are stored: never.",
        "torch.ones(2).is_sparse --> false"
      ) { _ in .boolean(false) },
      property(
        "is_quantized", "bool", "Whether elements are stored as small integers with a scale: never.",
        "torch.ones(2).is_quantized --> false"
      ) { _ in .boolean(false) },
      property(
        "real", "Tensor", "The real part: the tensor itself.", "torch.ones(2).real --> tensor([1., 1.])"
      ) { .same(try $0.realPart(of: "real")) },
      property(
        "imag", "Tensor", "The imaginary part: an error for real numbers, as in PyTorch.",
        "pcall(function() return torch.ones(2).imag end) --> false  \"example:1: imag is not implemented for tensors with non-complex dtypes.\""
      ) { .object(try $0.imaginaryPart()) },
      property(
        "requires_grad", "bool",
        "Whether operations on the tensor are recorded for gradients; may be set on leaves of floating point.",
        "torch.ones(2, {requires_grad = true}).requires_grad --> true", { .boolean($0.requiresGrad) },
        set: { a in try a.tensor(0).setRequiresGrad(a[1].isTrue) }),
      property(
        "grad", "Tensor?",
        "The gradient that backward() calls have added up so far, nil if none; may be set, also to nil.",
        """
        x = torch.ones(2, {requires_grad = true})
        x:sum():backward()
        x.grad --> tensor([1., 1.])
        """, { .optional($0.grad) { .same($0) } },
        set: { a in try a.tensor(0).setGrad(a.optionalTensor(1)) }),
      property(
        "data", "Tensor",
        """
        The same elements, in the same memory, without history. Assigned, the tensor shows another's elements.
        """,
        """
        x = torch.ones(2, {requires_grad = true})
        x.data = torch.zeros(2)
        x:tolist() --> {0.0, 0.0}
        """,
        { .object(try $0.detach()) }, set: { a in try a.tensor(0).setData(a.tensor(1)) }),
      property(
        "grad_fn", "Node?", "The recorded operation that made the tensor, nil for leaves.",
        "(torch.ones(2, {requires_grad = true}) * 2).grad_fn:name() --> \"MulBackward0\""
      ) { .optional($0.gradNode) { .object($0) } },
      property(
        "T", "Tensor", "A view with all dimensions in reverse order: a matrix transposed.",
        "torch.ones(2, 3).T.shape --> torch.Size([3, 2])"
      ) {
        .object(try $0.permute(Array((0..<$0.rank).reversed())))
      },
      property(
        "mT", "Tensor", "A view with the last two dimensions exchanged: matrices of a batch transposed.",
        "torch.ones(4, 2, 3).mT.shape --> torch.Size([4, 3, 2])"
      ) { .object(try matrixTranspose($0, "mT")) },
      property(
        "H", "Tensor", "A view of a matrix transposed and conjugated.",
        "torch.ones(2, 3).H.shape --> torch.Size([3, 2])"
      ) { tensor in
        guard tensor.rank == 0 || tensor.rank == 2 else {
          throw TensorError(
            "tensor.H is only supported on matrices (2-D tensors). Got \(tensor.rank)-D tensor. For batches of matrices, consider using tensor.mH"
          )
        }
        return .object(tensor.rank == 2 ? try tensor.transpose(0, 1) : tensor)
      },
      property(
        "mH", "Tensor", "A view with the last two dimensions exchanged, and conjugated.",
        "torch.ones(4, 2, 3).mH.shape --> torch.Size([4, 3, 2])"
      ) {
        .object(try matrixTranspose($0, "mH"))
      },
    ]
  }

  private static func matrixTranspose(_ tensor: Tensor, _ name: String) throws -> Tensor {
    guard tensor.rank >= 2 else {
      throw TensorError(
        "tensor.\(name) is only supported on matrices or batches of matrices. Got \(tensor.rank)-D tensor.")
    }
    return try tensor.transpose(-2, -1)
  }
}
