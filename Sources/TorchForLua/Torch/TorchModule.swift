import Lua
import Tensor

/// The module `torch`: types, the tensor class, and the operators as functions.
enum TorchModule {
  /// The operators, also those that only tensors have, without `out`.
  static var operators: [Function] {
    var operators = OperatorList()
    operators.addCreation()
    operators.addPointwise()
    operators.addMathematics()
    operators.addSpecialFunctions()
    operators.addReductions()
    operators.addNorms()
    operators.addSorting()
    operators.addShapes()
    operators.addRearrangements()
    operators.addIndices()
    operators.addMatrices()
    operators.addRandom()
    operators.addMethods()
    operators.addCompositions()
    return operators.functions
  }

  static func declare(_ state: LuaState) throws -> LuaModule {
    let functions = OutArgument.added(
      toOperators: operators + FunctionalModule.sharedWithTorch + LinalgModule.sharedWithTorch)
    return LuaModule(
      "torch",
      help:
        "Tensors, their operators, gradients, random numbers and files, with PyTorch's names, semantics and numbers.",
      example: "torch.tensor{1., 2.} * 2 --> tensor([2., 4.])",
      functions: functions + Serialization.functions + GradGuard.functions + settings + ProcessSettings.functions,
      classes: [
        TypeClasses.dtype, TypeClasses.device, TypeClasses.size, TypeClasses.finfo, TypeClasses.iinfo,
        GeneratorClass.declaration, NodeClass.declaration,
        HandleObject.declaration, GradGuard.declaration, TensorClass.declaration(methods: functions),
        OrderedMap.declaration,
      ],
      constants: dtypes + values)
  }

  /// `torch.float32` and its kin, with their other names.
  private static var dtypes: [LuaModule.Constant] {
    let aliases: [(String, DType)] = [
      ("float", .float32), ("double", .float64), ("half", .float16), ("long", .int64), ("int", .int32),
      ("short", .int16), ("chalf", .complex32), ("cfloat", .complex64), ("cdouble", .complex128),
    ]
    return (DType.allCases.map { ($0.name, $0) } + aliases).map { name, dtype in
      LuaModule.Constant(
        name, help: dtype.explanation + (name == dtype.name ? "" : " Another name of torch.\(dtype.name)."),
        example: "torch.empty(2, {dtype = torch.\(name)}).dtype --> torch.\(dtype.name)"
      ) { _ in .object(DTypeObject.of(dtype)) }
    }
  }

  private static var values: [LuaModule.Constant] {
    [
      LuaModule.Constant(
        "inf", help: "Positive infinity, as a number of Lua's.",
        example: "torch.tensor{torch.inf} --> tensor([inf])", .number(.infinity)),
      LuaModule.Constant(
        "nan", help: "Not a number; it differs from everything, itself too.",
        example: "torch.nan ~= torch.nan --> true", .number(.nan)),
      LuaModule.Constant(
        "pi", help: "The ratio of a circle's circumference to its diameter.",
        example: "torch.pi --> 3.1415926535898", .number(.pi)),
      LuaModule.Constant(
        "e", help: "Euler's number, the base of natural logarithms.",
        example: "torch.e --> 2.718281828459", .number(2.718281828459045)),
      LuaModule.Constant(
        "strided", help: "The layout of every tensor here: elements at multiples of strides.",
        example: "torch.ones(2, {layout = torch.strided}) --> tensor([1., 1.])", .string("torch.strided")),
      LuaModule.Constant(
        "contiguous_format", help: "Row-major memory: what memory_format may ask for.",
        example: "torch.ones(2):clone({memory_format = torch.contiguous_format}) --> tensor([1., 1.])",
        .string("torch.contiguous_format")),
      LuaModule.Constant(
        "preserve_format", help: "Memory ordered as the input's: what memory_format may ask for.",
        example: "torch.ones(2):clone({memory_format = torch.preserve_format}) --> tensor([1., 1.])",
        .string("torch.preserve_format")),
      LuaModule.Constant(
        "channels_last",
        help: """
          Channels innermost: a memory_format that is taken, but has no effect; networks use the processor's \
          own layouts by themselves.
          """,
        example: "torch.ones(1, 2, 1, 1):contiguous(torch.channels_last).shape --> torch.Size([1, 2, 1, 1])",
        .string("torch.channels_last")),
      LuaModule.Constant(
        "__version__", help: "The version of PyTorch whose behaviour this follows.",
        example: "torch.__version__ --> \"2.13.0\"", .string("2.13.0")),
    ]
  }

  /// Defaults of the whole process.
  private static var settings: [Function] {
    [
      Function(
        "get_default_dtype", "() -> dtype",
        help: """
          The floating-point type of tensors that are made of fractions, or by functions such as \
          torch.zeros(), without a dtype.
          """,
        example: "torch.get_default_dtype() --> torch.float32"
      ) { _ in .object(DTypeObject.of(DefaultDType.current)) },
      Function(
        "set_default_dtype", "(d: dtype)",
        help: """
          Sets the floating-point type of tensors that are made of fractions, or by functions such as \
          torch.zeros(), without a dtype.
          """,
        example: """
          torch.set_default_dtype(torch.float64)
          x = torch.zeros(2)
          torch.set_default_dtype(torch.float32)
          x.dtype --> torch.float64
          """
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
        help: """
          Sets how tensors print: the digits behind the point, how many elements are printed in full, how many \
          at each end otherwise, the columns of a line, whether numbers are written with exponents. profile is \
          'default', 'short' or 'full'.
          """,
        example: """
          torch.set_printoptions({precision = 2})
          print(torch.tensor{1.23456}) --> tensor([1.23])
          torch.set_printoptions({profile = 'default'})
          """
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
        options.scientific = try a.optionalBool(5)
        PrintOptions.current = options
        return .none
      },
    ]
  }
}

extension DType {
  /// What help says of the type.
  fileprivate var explanation: String {
    switch self {
    case .bool: "true and false, a byte each: what comparisons give and masks are."
    case .uint8: "Integers from 0 to 255, a byte each: pixels of images."
    case .int8: "Integers from -128 to 127, a byte each."
    case .int16: "Integers from -32768 to 32767, 2 bytes each."
    case .int32: "Integers from -2^31 to 2^31 - 1, 4 bytes each."
    case .int64:
      "Integers from -2^63 to 2^63 - 1, 8 bytes each: Lua's own, the type of indices and of integer literals."
    case .float16: "Floating-point numbers of 2 bytes with 11 significant bits, up to 65504; computed in float32."
    case .bfloat16:
      "Floating-point numbers of 2 bytes with float32's range but 8 significant bits; computed in float32."
    case .float32: "Floating-point numbers of 4 bytes with 24 significant bits: what networks are mostly made of."
    case .float64: "Floating-point numbers of 8 bytes with 53 significant bits: Lua's own."
    case .complex32: "Complex numbers of two float16; they can be loaded, saved and stored."
    case .complex64: "Complex numbers of two float32; they can be loaded, saved and stored."
    case .complex128: "Complex numbers of two float64; they can be loaded, saved and stored."
    default: "A type of \(size) bytes that checkpoints may hold; it can be loaded, saved and converted."
    }
  }
}
