import Lua
import Tensor

/// What Lua's own operators do with tensors. They take their operands directly, without a signature: they are the hot path.
enum TensorMetamethods {
  static var all: [Function] {
    [
      binary("__add") { try $0.add($1) },
      binary("__sub") { try $0.sub($1) },
      binary("__mul") { try $0.mul($1) },
      Function("__unm") { a in a.result(try a.tensor(0).neg()) },
    ]
  }

  @inline(__always)
  private static func binary(
    _ name: String, _ operation: @escaping (Tensor, Tensor) throws -> Tensor
  ) -> Function {
    Function(name) { a in
      let (left, right) = (a[0], a[1])
      if let x = left.tensor, let y = right.tensor { return a.result(try operation(x, y)) }
      guard let x = try left.operand(), let y = try right.operand() else {
        let wrong = left.tensor == nil && left.scalar == nil ? left : right
        throw LuaError("unsupported operand type for \(name): '\(wrong.typeName)'")
      }
      return a.result(try operation(x, y))
    }
  }
}
