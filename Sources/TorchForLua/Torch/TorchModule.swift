import Lua
import Tensor

/// The module `torch`: types, the tensor class, and the operators as functions.
enum TorchModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    var operators = OperatorList()
    operators.addCreation()
    operators.addPointwise()
    operators.addReductions()
    operators.addNorms()
    operators.addSorting()
    operators.addShapes()
    operators.addIndices()
    operators.addMatrices()
    operators.addRandom()
    operators.addMethods()
    let functions = operators.functions
    return LuaModule(
      "torch", help: "Tensors, their operators and gradients, as in PyTorch.",
      functions: functions + Serialization.functions + GradGuard.functions + settings,
      classes: [
        TypeClasses.dtype, TypeClasses.device, TypeClasses.size, GeneratorClass.declaration, NodeClass.declaration,
        HandleObject.declaration, GradGuard.declaration, TensorClass.declaration(methods: functions),
        OrderedMap.declaration,
      ],
      constants: dtypes + values)
  }

  /// `torch.float32` and its kin, with their other names.
  private static var dtypes: [LuaModule.Constant] {
    let aliases: [(String, DType)] = [
      ("float", .float32), ("double", .float64), ("half", .float16), ("long", .int64), ("int", .int32),
      ("short", .int16), ("cfloat", .complex64), ("cdouble", .complex128),
    ]
    return (DType.allCases.map { ($0.name, $0) } + aliases).map { name, dtype in
      LuaModule.Constant(name, help: "A type of elements.") { _ in .object(DTypeObject.of(dtype)) }
    }
  }

  private static var values: [LuaModule.Constant] {
    [
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

  /// Defaults of the whole process.
  private static var settings: [Function] {
    [
      Function(
        "get_default_dtype", "() -> dtype", help: "The type that numbers without one get.",
        example: "torch.get_default_dtype()"
      ) { _ in .object(DTypeObject.of(DefaultDType.current)) },
      Function(
        "set_default_dtype", "(d: dtype)", help: "Sets the type that numbers without one get.",
        example: "torch.set_default_dtype(torch.float32)"
      ) { a in
        let dtype = try a.object(0, as: DTypeObject.self).dtype
        guard dtype.isFloatingPoint else {
          throw TensorError(
            "only floating-point types are supported as the default type", kind: .type)
        }
        DefaultDType.current = dtype
        return .none
      },
      Function(
        "set_printoptions",
        "(precision: int? = nil, threshold: number? = nil, edgeitems: int? = nil, linewidth: int? = nil, profile: string? = nil, sci_mode: bool? = nil)",
        help: "How tensors print.", example: "torch.set_printoptions({precision = 4})"
      ) { a in
        var options = PrintOptions.current
        if let profile = try a.optionalString(4) {
          guard let profile = PrintOptions.Profile(rawValue: profile) else {
            throw TensorError("set_printoptions(): the profile is 'default', 'short' or 'full'", kind: .value)
          }
          options.apply(profile)
        }
        options.precision = max(0, min(try a.optionalInt(0) ?? options.precision, 64))
        options.threshold = try a.optionalDouble(1) ?? options.threshold
        options.edgeItems = max(0, try a.optionalInt(2) ?? options.edgeItems)
        options.lineWidth = max(1, try a.optionalInt(3) ?? options.lineWidth)
        if a.has(5) || !a.has(4) { options.scientific = try a.optionalBool(5) }
        PrintOptions.current = options
        return .none
      },
      Function(
        "get_num_threads", "() -> int", help: "How many threads operators use.", example: "torch.get_num_threads()"
      ) {
        _ in .integer(Parallel.threadCount)
      },
    ]
  }
}
