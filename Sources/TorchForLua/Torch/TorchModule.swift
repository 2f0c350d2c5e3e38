import Lua
import Tensor

/// The module `torch`: types, the tensor class, and the operators as functions.
enum TorchModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    var operators = OperatorList()
    operators.addCreation()
    let functions = operators.functions
    let plainFunctions = Serialization.functions
    return LuaModule(
      "torch", help: "Tensors, their operators and gradients, as in PyTorch.", functions: functions + plainFunctions,
      classes: [
        TypeClasses.dtype, TypeClasses.device, TypeClasses.size, TensorClass.declaration(methods: functions),
        OrderedMap.declaration,
      ],
      constants: dtypes)
  }

  /// `torch.float32` and its kin, with their other names.
  private static var dtypes: [LuaModule.Constant] {
    let aliases: [(String, DType)] = [
      ("float", .float32), ("double", .float64), ("half", .float16), ("long", .int64), ("int", .int32),
      ("short", .int16), ("cfloat", .complex64), ("cdouble", .complex128),
    ]
    return (DType.allCases.map { ($0.name, $0) } + aliases).map { name, dtype in
      LuaModule.Constant(name, help: "A type of elements.") { _ in .object(DTypeObject.of(dtype)) }
    } + [
      LuaModule.Constant("inf", help: "Infinity.", .number(.infinity)),
      LuaModule.Constant("nan", help: "Not a number.", .number(.nan)),
      LuaModule.Constant("pi", help: "The ratio of a circle's circumference to its diameter.", .number(.pi)),
      LuaModule.Constant("e", help: "Euler's number.", .number(2.718281828459045)),
      LuaModule.Constant("strided", help: "The layout of every tensor here.", .string("torch.strided")),
      LuaModule.Constant("contiguous_format", help: "Row-major memory.", .string("torch.contiguous_format")),
      LuaModule.Constant("preserve_format", help: "Memory ordered as the input's.", .string("torch.preserve_format")),
      LuaModule.Constant("channels_last", help: "Channels innermost.", .string("torch.channels_last")),
      LuaModule.Constant("__version__", help: "PyTorch's version that this follows.", .string("2.13.0")),
    ]
  }
}
