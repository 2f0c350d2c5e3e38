import Lua
import Tensor

/// The keywords that all functions share which make a tensor.
struct FactoryOptions {
  static let signature =
    "dtype: dtype? = nil, layout: any = nil, device: Device? = nil, pin_memory: bool = false, requires_grad: bool = false"
  static let likeSignature = signature + ", memory_format: any = nil"

  let dtype: DType?
  private let requiresGrad: Bool

  /// - Parameter first: the index of `dtype` among the parameters.
  init(_ a: Arguments, from first: Int) throws {
    dtype = try a.optionalDType(first)
    try a.checkDevice(first + 2)
    requiresGrad = try a.bool(first + 4)
  }

  /// The type asked for, or the default for fractions.
  var floating: DType { dtype ?? DefaultDType.current }

  func finish(_ tensor: Tensor) throws -> Tensor {
    if requiresGrad { try tensor.setRequiresGrad(true) }
    return tensor
  }
}

extension OperatorList {
  mutating func addCreation() {
    addFromData()
    addConstants()
  }

  private mutating func addFromData() {
    let options = "dtype: dtype? = nil, device: Device? = nil, requires_grad: bool = false, pin_memory: bool = false"
    add(
      "tensor", "(data: any, *, \(options)) -> Tensor", "A tensor of a number, or of tables in tables.",
      "torch.tensor{{1, 2}, {3, 4}}", placement: .function
    ) { a in
      try a.checkDevice(2)
      let tensor = try TensorLiteral.tensor(a[0], dtype: a.optionalDType(1))
      if try a.bool(3) { try tensor.setRequiresGrad(true) }
      return tensor
    }
    add(
      "as_tensor", "(data: any, dtype: dtype? = nil, device: Device? = nil) -> Tensor",
      "The tensor itself where it is one of that type, else a new one.", "torch.as_tensor{1, 2}", placement: .function
    ) { a in
      try a.checkDevice(2)
      let dtype = try a.optionalDType(1)
      if let tensor = a[0].tensor { return try dtype.map { try tensor.to($0) } ?? tensor }
      return try TensorLiteral.tensor(a[0], dtype: dtype)
    }
    add(
      "scalar_tensor", "(s: Scalar, *, \(FactoryOptions.signature)) -> Tensor", "A tensor of no dimension.",
      "torch.scalar_tensor(3)", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 1)
      return try options.finish(Tensor.full([], a.scalar(0), dtype: options.floating))
    }
    results(
      "is_tensor", "(obj: any) -> bool", "Whether a value is a tensor.", "torch.is_tensor(3)", placement: .function
    ) {
      a in .boolean(a[0].tensor != nil)
    }
    results("numel", "(input: Tensor) -> int", "The number of elements.", "torch.numel(torch.zeros(2, 3))") { a in
      .integer(try a.tensor(0).count)
    }
  }

  private mutating func addConstants() {
    let size = "(size: int..., *, \(FactoryOptions.signature)) -> Tensor"
    for (name, value, help) in [("zeros", 0, "Every element 0."), ("ones", 1, "Every element 1.")]
      as [(String, Int64, String)]
    {
      add(name, size, help, "torch.\(name)(2, 3)", placement: .function) { a in
        let options = try FactoryOptions(a, from: 1)
        return try options.finish(Tensor.full(a.ints(0), .int(value), dtype: options.floating))
      }
    }
    add("empty", size, "Elements of whatever value.", "torch.empty(2, 3)", placement: .function) { a in
      let options = try FactoryOptions(a, from: 1)
      return try options.finish(Tensor.empty(a.ints(0), dtype: options.floating))
    }
    add(
      "full", "(size: int[], fill_value: Scalar|Tensor, *, \(FactoryOptions.signature)) -> Tensor",
      "Every element equal to fill_value.", "torch.full({2, 3}, 7)", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      let value = try a.scalar(1)
      return try options.finish(Tensor.full(a.ints(0), value, dtype: options.dtype ?? value.dtype))
    }
  }
}

extension Tensor {
  /// Elements that are zero until written: memory that another tensor left behind is nobody's business.
  static func empty(_ shape: [Int], dtype: DType) throws -> Tensor { try Tensor(empty: shape, dtype: dtype) }
}
