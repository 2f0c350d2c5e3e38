import Lua
import Tensor

/// What a type's numbers can be: `torch.finfo(dtype)` and `torch.iinfo(dtype)`.
class NumericLimits {
  let dtype: DType

  fileprivate init(_ dtype: DType) { self.dtype = dtype }
}

/// `torch.finfo`: a floating-point type's limits.
final class FloatLimits: NumericLimits {
  /// The distance from 1 to the next number.
  let epsilon: Double
  /// The least positive number of full precision.
  let smallestNormal: Double
  /// The decimal precision.
  let resolution: Double

  init(of dtype: DType) throws {
    switch dtype {
    case .float16: (epsilon, smallestNormal, resolution) = (0x1p-10, 0x1p-14, 1e-3)
    case .bfloat16: (epsilon, smallestNormal, resolution) = (0x1p-7, 0x1p-126, 1e-2)
    case .float32: (epsilon, smallestNormal, resolution) = (0x1p-23, 0x1p-126, 1e-6)
    case .float64: (epsilon, smallestNormal, resolution) = (0x1p-52, 0x1p-1022, 1e-15)
    case .float8_e4m3fn: (epsilon, smallestNormal, resolution) = (0.125, 0x1p-6, 1)
    case .float8_e5m2: (epsilon, smallestNormal, resolution) = (0.25, 0x1p-14, 1)
    default:
      throw TensorError(
        "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'", kind: .type)
    }
    super.init(dtype)
  }

  var largest: Double { dtype.largestFinite }
}

/// `torch.iinfo`: an integer type's limits.
final class IntegerLimits: NumericLimits {
  init(of dtype: DType) throws {
    guard dtype != .bool else { throw TensorError("torch.bool is not supported by torch.iinfo", kind: .type) }
    guard dtype.isInteger else {
      throw TensorError(
        "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'", kind: .type)
    }
    super.init(dtype)
  }

  var smallest: Int64 { dtype.isSigned ? -1 << Int64(dtype.size * 8 - 1) : 0 }

  /// As a number of Lua's: of uint64 the nearest fraction, as it exceeds Lua's integers.
  var largest: LuaValue {
    let bits = dtype.size * 8 - (dtype.isSigned ? 1 : 0)
    return bits == 64 ? .number(Double(UInt64.max)) : .integer(Int64.max >> Int64(63 - bits))
  }
}

extension TypeClasses {
  static var finfo: LuaClass {
    LuaClass(
      "finfo", of: FloatLimits.self,
      help: "The limits of a floating-point type, of the default one without an argument.",
      constructor: Function(
        "finfo", "(type: dtype? = nil) -> finfo", help: "", example: "torch.finfo(torch.float16).max --> 65504.0"
      ) { a in .object(try FloatLimits(of: a.optionalDType(0) ?? DefaultDType.current)) },
      properties: [
        limit("bits", "int", "The bits of a number.", is: "32") { .integer($0.dtype.size * 8) },
        limit("eps", "float", "The distance from 1 to the next number.", is: "1.1920928955078e-07") {
          .number($0.epsilon)
        },
        limit("max", "float", "The largest number.", is: "3.4028234663853e+38") { .number($0.largest) },
        limit("min", "float", "The smallest number, -max.", is: "-3.4028234663853e+38") { .number(-$0.largest) },
        limit("tiny", "float", "Another name of smallest_normal.", is: "1.1754943508223e-38") {
          .number($0.smallestNormal)
        },
        limit("smallest_normal", "float", "The least positive number of full precision.", is: "1.1754943508223e-38") {
          .number($0.smallestNormal)
        },
        limit("resolution", "float", "The decimal precision.", is: "1e-06") { .number($0.resolution) },
        limit("dtype", "string", "The type's name.", is: "\"float32\"") { .string($0.dtype.name) },
      ],
      metamethods: [
        Function("__tostring") { a in
          let info = try a.object(0, as: FloatLimits.self)
          let tiny = NumberText.general(info.smallestNormal)
          return .string(
            "finfo(resolution=\(NumberText.general(info.resolution)), min=\(NumberText.general(-info.largest)), max=\(NumberText.general(info.largest)), eps=\(NumberText.general(info.epsilon)), smallest_normal=\(tiny), tiny=\(tiny), dtype=\(info.dtype.name))"
          )
        }
      ])
  }

  static var iinfo: LuaClass {
    LuaClass(
      "iinfo", of: IntegerLimits.self, help: "The limits of an integer type.",
      constructor: Function(
        "iinfo", "(type: dtype) -> iinfo", help: "", example: "torch.iinfo(torch.int8).max --> 127"
      ) { a in .object(try IntegerLimits(of: a.object(0, as: DTypeObject.self).dtype)) },
      properties: [
        Property(
          "bits", "int", help: "The bits of a number.", example: "torch.iinfo(torch.int8).bits --> 8",
          get: { a in .integer(try a.object(0, as: IntegerLimits.self).dtype.size * 8) }),
        Property(
          "max", "int", help: "The largest number.", example: "torch.iinfo(torch.int8).max --> 127",
          get: { a in .value(try a.object(0, as: IntegerLimits.self).largest) }),
        Property(
          "min", "int", help: "The smallest number.", example: "torch.iinfo(torch.int8).min --> -128",
          get: { a in .integer(try a.object(0, as: IntegerLimits.self).smallest) }),
        Property(
          "dtype", "string", help: "The type's name.", example: "torch.iinfo(torch.int8).dtype --> \"int8\"",
          get: { a in .string(try a.object(0, as: IntegerLimits.self).dtype.name) }),
      ],
      metamethods: [
        Function("__tostring") { a in
          let info = try a.object(0, as: IntegerLimits.self)
          return .string(
            "iinfo(min=\(NumberText.general(Double(info.smallest))), max=\(NumberText.general(info.largest.number ?? 0)), dtype=\(info.dtype.name))"
          )
        }
      ])
  }

  private static func limit(
    _ name: String, _ type: String, _ help: String, is shown: String, _ get: @escaping (FloatLimits) -> LuaResults
  ) -> Property {
    Property(
      name, type, help: help, example: "torch.finfo(torch.float32).\(name) --> \(shown)",
      get: { a in get(try a.object(0, as: FloatLimits.self)) })
  }
}
