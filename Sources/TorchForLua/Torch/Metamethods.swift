import Lua
import Tensor

/// What Lua's own operators do with tensors. They take their operands directly, without a signature: they are the hot path.
enum TensorMetamethods {
  static var all: [Function] {
    [
      binary("__add", "+") { try $0.add($1) },
      binary("__sub", "-") { try $0.sub($1) },
      binary("__mul", "*") { try $0.mul($1) },
      binary("__div", "/") { try $0.div($1) },
      binary("__idiv", "//") { try $0.floorDivide($1) },
      binary("__mod", "%") { try $0.remainder($1) },
      binary("__pow", "^") { try $0.pow($1) },
      binary("__band", "&") { try $0.bitwiseAnd($1) },
      binary("__bor", "|") { try $0.bitwiseOr($1) },
      binary("__bxor", "~") { try $0.bitwiseXor($1) },
      binary("__shl", "<<") { try $0.bitwiseLeftShift($1) },
      binary("__shr", ">>") { try $0.bitwiseRightShift($1) },
      Function("__unm") { a in a.result(try a.tensor(0).neg()) },
      Function("__bnot") { a in
        let tensor = try a.tensor(0)
        guard !tensor.dtype.isFloatingPoint else {
          throw TensorError("~ (operator.invert) is only implemented on integer and Boolean-type tensors", kind: .type)
        }
        return a.result(try tensor.bitwiseNot())
      },
      Function("__eq") { a in
        guard let x = a[0].tensor, let y = a[1].tensor else { return .boolean(false) }
        return .boolean(try x.equal(y))
      },
      unordered("__lt", "<", "lt"),
      unordered("__le", "<=", "le"),
      Function("__len") { a in
        let tensor = try a.tensor(0)
        guard tensor.rank > 0 else { throw TensorError("len() of a 0-d tensor", kind: .type) }
        return .integer(tensor.shape[0])
      },
      Function("__tostring") { a in .string(try a.tensor(0).text()) },
      Function("__call") { a in
        // `x.mT` and `x.mH` are attributes; called as methods they give the same.
        let tensor = try a.tensor(0)
        guard let other = a[1].tensor, other.storage === tensor.storage, other.count == tensor.count, a.count == 2
        else {
          throw TensorError("'Tensor' object is not callable", kind: .type)
        }
        return .argument(0)
      },
    ]
  }

  @inline(__always)
  private static func binary(
    _ name: String, _ symbol: String, _ operation: @escaping (Tensor, Tensor) throws -> Tensor
  ) -> Function {
    Function(name) { a in
      let (left, right) = (a[0], a[1])
      if let x = left.tensor, let y = right.tensor { return a.result(try operation(x, y)) }
      guard let x = try left.operand(), let y = try right.operand() else {
        throw TensorError(
          "unsupported operand type(s) for \(symbol): '\(left.typeName)' and '\(right.typeName)'", kind: .type)
      }
      return a.result(try operation(x, y))
    }
  }

  /// Lua makes one boolean of whatever a comparison gives.
  private static func unordered(_ name: String, _ symbol: String, _ method: String) -> Function {
    Function(name) { _ in
      throw TensorError(
        "x \(symbol) y compares no tensors, as Lua makes one boolean of it; write x:\(method)(y)", kind: .type)
    }
  }
}
