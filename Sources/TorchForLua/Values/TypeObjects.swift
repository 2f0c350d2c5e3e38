import Lua
import Tensor

/// A type as a value: `torch.float32`. There is one object for each type.
final class DTypeObject: Sendable {
  let dtype: DType

  private init(_ dtype: DType) { self.dtype = dtype }

  private static let all = DType.allCases.map { DTypeObject($0) }

  static func of(_ dtype: DType) -> DTypeObject { all[DType.allCases.firstIndex(of: dtype) ?? 0] }
}

/// A place for tensors: `torch.device("cuda:0")`. This build computes on the CPU alone, but names the others.
final class DeviceObject: Sendable {
  let type: String
  let index: Int?

  init(type: String, index: Int? = nil) {
    self.type = type
    self.index = index
  }

  static let cpu = DeviceObject(type: "cpu")

  private static let types = [
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy",
    "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
  ]

  /// The device that a text such as `cuda:0` names.
  init(parsing text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    type = String(parts[0])
    guard DeviceObject.types.contains(type) else {
      throw TensorError(
        "Expected one of \(DeviceObject.types.joined(separator: ", ")) device type at start of device string: \(type)")
    }
    guard parts.count == 2 else {
      index = nil
      return
    }
    guard let number = Int(parts[1]), number >= 0 else { throw TensorError("Invalid device string: '\(text)'") }
    index = number
  }

  /// The device that a Lua value stands for: an object, a name, or the number of a CUDA device.
  static func from(_ value: StackValue) throws -> DeviceObject? {
    if let device = value.object(as: DeviceObject.self) { return device }
    if let text = value.string { return try DeviceObject(parsing: text) }
    return value.integer.map { DeviceObject(type: "cuda", index: Int($0)) }
  }

  /// - Throws: ``TensorError`` for every device but the CPU.
  func checkAvailable() throws {
    switch type {
    case "cpu": return
    case "cuda": throw TensorError("Torch not compiled with CUDA enabled")
    default: throw TensorError("this build computes on the CPU alone, not on device '\(text)'", kind: .notImplemented)
    }
  }

  var text: String { index.map { "\(type):\($0)" } ?? type }
}

/// `torch.Size`: a list of sizes counted from 0.
final class SizeObject: Sendable {
  let sizes: [Int]

  init(_ sizes: [Int]) { self.sizes = sizes }
}

/// The classes of these objects.
enum TypeClasses {
  static var dtype: LuaClass {
    LuaClass(
      "dtype", of: DTypeObject.self, help: "The type of a tensor's elements. Called, it converts: torch.float32(x).",
      example: "torch.int64(torch.tensor{1.5}) --> tensor([1])",
      options: .unique,
      properties: [
        property("is_floating_point", "bool", "Whether its numbers are of floating point.", is: "true") {
          .boolean($0.isFloatingPoint)
        },
        property("is_complex", "bool", "Whether its numbers are complex.", is: "false") { .boolean($0.isComplex) },
        property("is_signed", "bool", "Whether it has negative numbers.", is: "true") { .boolean($0.isSigned) },
        property("itemsize", "int", "The bytes that an element takes.", is: "4") { .integer($0.size) },
      ],
      metamethods: [
        Function("__tostring") { a in .string(try a.object(0, as: DTypeObject.self).dtype.description) },
        Function("__call") { a in
          let dtype = try a.object(0, as: DTypeObject.self).dtype
          guard let tensor = a[1].tensor else {
            throw LuaError("\(dtype.name)(): argument 'input' (position 1) must be Tensor, not \(a[1].typeName)")
          }
          return a.result(try tensor.to(dtype))
        },
      ], maker: { $0.dtype.name })
  }

  private static func property(
    _ name: String, _ type: String, _ help: String, is shown: String, _ get: @escaping (DType) -> LuaResults
  ) -> Property {
    Property(
      name, type, help: help, example: "torch.float32.\(name) --> \(shown)",
      get: { a in get(try a.object(0, as: DTypeObject.self).dtype) })
  }

  static var device: LuaClass {
    LuaClass(
      "device", of: DeviceObject.self,
      help: "A place for tensors: the CPU. Others can be named, so that scripts may ask, but not used.",
      constructor: Function(
        "device", "(type: string|int|device, index: int? = nil) -> device", help: "",
        example: "torch.device('cpu') --> cpu"
      ) { a in
        guard let device = try DeviceObject.from(a[0]) else { throw a.wrongType(0) }
        guard let index = try a.optionalInt(1) else { return .object(device) }
        guard device.index == nil else {
          throw TensorError(
            "type (string) must not include an index because index was passed explicitly: \(device.text)")
        }
        return .object(DeviceObject(type: device.type, index: index))
      },
      properties: [
        Property(
          "type", "string", help: "The kind of device.", example: "torch.device('cpu').type --> \"cpu\"",
          get: { a in .string(try a.object(0, as: DeviceObject.self).type) }),
        Property(
          "index", "int?", help: "Which of several devices of the kind; nil if the name does not tell.",
          example: "torch.device('cuda:1').index --> 1",
          get: { a in .value(.optional(try a.object(0, as: DeviceObject.self).index) { .integer(Int64($0)) }) }),
      ],
      metamethods: [
        Function("__tostring") { a in .string(try a.object(0, as: DeviceObject.self).text) },
        Function("__eq") { a in
          guard let x = a[0].object(as: DeviceObject.self), let y = a[1].object(as: DeviceObject.self) else {
            return .boolean(false)
          }
          return .boolean(x.text == y.text)
        },
      ])
  }

  static var size: LuaClass {
    LuaClass(
      "Size", of: SizeObject.self,
      help: "The sizes of a tensor, counted from 0: size[0] reads, #size counts, pairs(size) iterates, == compares.",
      constructor: Function("Size", "(sizes: int...) -> Size", help: "", example: "torch.Size({2, 3})[1] --> 3") {
        a in .object(SizeObject(try a.ints(0)))
      },
      methods: [
        Function(
          "unpack", "(self: Size) -> int...", help: "All sizes, as several results.",
          example: "torch.zeros(2, 3).shape:unpack() --> 2  3"
        ) {
          a in .values(try a.object(0, as: SizeObject.self).sizes.map { .integer(Int64($0)) })
        },
        Function(
          "totable", "(self: Size) -> table", help: "The sizes as a table, counted from 1.",
          example: "torch.zeros(2, 3).shape:totable() --> {2, 3}"
        ) {
          a in .value(.integers(try a.object(0, as: SizeObject.self).sizes))
        },
        Function(
          "numel", "(self: Size) -> int", help: "The product of all sizes.",
          example: "torch.zeros(2, 3).shape:numel() --> 6"
        ) {
          a in
          .integer(try Shape.count(try a.object(0, as: SizeObject.self).sizes))
        },
      ],
      metamethods: [
        Function("__len") { a in .integer(try a.object(0, as: SizeObject.self).sizes.count) },
        Function("__tostring") { a in .string(Shape.sizeText(try a.object(0, as: SizeObject.self).sizes)) },
        Function("__eq") { a in
          .boolean(a[0].object(as: SizeObject.self)?.sizes == a[1].object(as: SizeObject.self)?.sizes)
        },
        Function("__pairs") { a in
          let sizes = try a.object(0, as: SizeObject.self).sizes
          var next = 0
          return .closure("next") { _ in
            guard next < sizes.count else { return .nil }
            defer { next += 1 }
            return [.integer(Int64(next)), .integer(Int64(sizes[next]))]
          }
        },
        Function("__concat") { a in
          let parts = try [a[0], a[1]].map { value in
            if let size = value.object(as: SizeObject.self) { return Shape.sizeText(size.sizes) }
            return try value.state.toString(try value.value()).string ?? ""
          }
          return .string(parts.joined())
        },
      ],
      index: { a in
        guard let index = a[1].integer else { return .none }
        let sizes = try a.object(0, as: SizeObject.self).sizes
        let position = index < 0 ? Int(index) &+ sizes.count : Int(index)
        guard sizes.indices.contains(position) else { throw TensorError("tuple index out of range", kind: .index) }
        return .integer(sizes[position])
      })
  }

  /// What signatures need to know beside classes.
  static func define(in declarations: Declarations) {
    declarations.define(ParameterType("Scalar", described: "Number") { $0.kind == .number || $0.kind == .boolean })
    declarations.define(
      ParameterType("Device", described: "torch.device") {
        $0.kind == .string || $0.kind == .number || $0.object(as: DeviceObject.self) != nil
      })
    // A table after it holds keywords; as a keyword itself it may be one.
    declarations.define(
      ParameterType("MapLocation", described: "a torch.device, a table or a function") {
        $0.kind == .string || $0.kind == .table || $0.kind == .function || $0.object(as: DeviceObject.self) != nil
      })
    declarations.defineIntegerSequence { $0.object(as: SizeObject.self)?.sizes }
  }
}
