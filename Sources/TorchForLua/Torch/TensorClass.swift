import Lua
import Tensor

/// Tensors as Lua sees them.
enum TensorClass {
  static func declaration(methods: [Function]) -> LuaClass {
    LuaClass(
      "Tensor", of: Tensor.self, help: "A multi-dimensional array of numbers of one type.",
      methods: methods, properties: properties, metamethods: TensorMetamethods.all,
      index: { a in try TensorIndexing.get(a) },
      newindex: { a in try TensorIndexing.set(a) })
  }

  private static func property(
    _ name: String, _ type: String, _ help: String, _ get: @escaping (Tensor) throws -> LuaValue,
    set: ((Arguments) throws -> Void)? = nil
  ) -> Property {
    Property(name, type, help: help, get: { a in .value(try get(a.tensor(0))) }, set: set)
  }

  private static var properties: [Property] {
    [
      property("shape", "Size", "The sizes.") { .object(SizeObject($0.shape)) },
      property("dtype", "dtype", "The type of the elements.") { .object(DTypeObject.of($0.dtype)) },
      property("device", "device", "Where the elements are.") { _ in .object(DeviceObject.cpu) },
      property("layout", "string", "How they lie there.") { _ in .string("torch.strided") },
      property("ndim", "int", "The number of dimensions.") { .integer(Int64($0.rank)) },
      property("itemsize", "int", "Bytes of an element.") { .integer(Int64($0.dtype.size)) },
      property("nbytes", "int", "Bytes of all elements.") { .integer(Int64($0.byteCount)) },
      property("_version", "int", "How many operations changed the memory in place.") {
        .integer(Int64($0.storage.modificationCount))
      },
      property("is_leaf", "bool", "Whether no recorded operation made it.") { .boolean($0.isLeaf) },
      property("is_cuda", "bool", "Whether it lies on a CUDA device: never.") { _ in .boolean(false) },
      property(
        "requires_grad", "bool", "Whether operations on it are recorded.", { .boolean($0.requiresGrad) },
        set: { a in try a.tensor(0).setRequiresGrad(a[1].isTrue) }),
      property(
        "grad", "Tensor?", "The gradient accumulated so far.", { .optional($0.grad) { .same($0) } },
        set: { a in try a.tensor(0).setGrad(a.optionalTensor(1)) }),
      property(
        "data", "Tensor", "The same elements without history; assigned, the tensor shows other elements.",
        { .object(try $0.detach()) }, set: { a in try a.tensor(0).setData(a.tensor(1)) }),
      property("grad_fn", "Node?", "The operation that made it.") { .optional($0.gradNode) { .object($0) } },
      property("T", "Tensor", "All dimensions in reverse order.") {
        .object(try $0.permute(Array((0..<$0.rank).reversed())))
      },
      property("mT", "Tensor", "The last two dimensions exchanged.") { .object(try matrixTranspose($0, "mT")) },
      property("H", "Tensor", "A matrix transposed and conjugated.") { tensor in
        guard tensor.rank == 0 || tensor.rank == 2 else {
          throw TensorError(
            "tensor.H is only supported on matrices (2-D tensors). Got \(tensor.rank)-D tensor. For batches of matrices, consider using tensor.mH"
          )
        }
        return .object(tensor.rank == 2 ? try tensor.transpose(0, 1) : tensor)
      },
      property("mH", "Tensor", "The last two dimensions exchanged, and conjugated.") {
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
