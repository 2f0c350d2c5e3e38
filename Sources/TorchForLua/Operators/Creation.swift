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
    guard requiresGrad else { return tensor }
    guard tensor.dtype.isFloatingPoint || tensor.dtype.isComplex else {
      throw TensorError("Only Tensors of floating point and complex dtype can require gradients")
    }
    try tensor.setRequiresGrad(true)
    return tensor
  }
}

extension OperatorList {
  mutating func addCreation() {
    addFromData()
    addConstants()
    addRanges()
    addLike()
    addNew()
  }

  private mutating func addFromData() {
    let options = "dtype: dtype? = nil, device: Device? = nil, requires_grad: bool = false, pin_memory: bool = false"
    add(
      "tensor", "(data: any, *, \(options)) -> Tensor",
      """
      A new tensor of a number, a boolean, or tables nested as deep as it has dimensions, whose lengths must \
      agree. Without dtype, integers give int64, any fraction the default floating-point type, booleans \
      bool.
      """,
      "torch.tensor{{1, 2}, {3, 4}} --> tensor([[1, 2],\n-->         [3, 4]])", placement: .function
    ) { a in
      try a.checkDevice(2)
      let tensor = try TensorLiteral.tensor(a[0], dtype: a.optionalDType(1))
      guard try a.bool(3) else { return tensor }
      guard tensor.dtype.isFloatingPoint || tensor.dtype.isComplex else {
        throw TensorError("Only Tensors of floating point and complex dtype can require gradients")
      }
      try tensor.setRequiresGrad(true)
      return tensor
    }
    add(
      "as_tensor", "(data: any, dtype: dtype? = nil, device: Device? = nil) -> Tensor",
      """
      The tensor itself where data is one of that type already, sharing its memory; else a new tensor as \
      tensor() makes it.
      """, "torch.as_tensor({1, 2}, torch.float32) --> tensor([1., 2.])", placement: .function
    ) { a in
      try a.checkDevice(2)
      let dtype = try a.optionalDType(1)
      if let tensor = a[0].tensor { return try dtype.map { try tensor.to($0) } ?? tensor }
      return try TensorLiteral.tensor(a[0], dtype: dtype)
    }
    add(
      "asarray",
      "(obj: any, *, dtype: dtype? = nil, device: Device? = nil, copy: bool? = nil, requires_grad: bool = false) -> Tensor",
      """
      The tensor itself where obj is one of that type already, sharing its memory unless copy asks for new one; else a new \
      tensor as tensor() makes it.
      """, "torch.asarray({1, 2}, {dtype = torch.float32}) --> tensor([1., 2.])", placement: .function
    ) { a in
      try a.checkDevice(2)
      let dtype = try a.optionalDType(1)
      let tensor: Tensor
      if let given = a[0].tensor {
        tensor = try given.detach().to(dtype ?? given.dtype, copy: a.optionalBool(3) ?? false)
      } else {
        tensor = try TensorLiteral.tensor(a[0], dtype: dtype)
      }
      if try a.bool(4) { try tensor.setRequiresGrad(true) }
      return tensor
    }
    add(
      "scalar_tensor", "(s: Scalar, *, \(FactoryOptions.signature)) -> Tensor",
      """
      A tensor of no dimension that holds one number, of the default floating-point type unless dtype says \
      another.
      """,
      "torch.scalar_tensor(3) --> tensor(3.)", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 1)
      return try options.finish(Tensor.full([], a.scalar(0), dtype: options.floating))
    }
    results(
      "is_tensor", "(obj: any) -> bool", "Whether a value is a tensor.", "torch.is_tensor(3) --> false",
      placement: .function
    ) {
      a in .boolean(a[0].tensor != nil)
    }
    results(
      "numel", "(input: Tensor) -> int",
      "The number of elements: the product of all sizes, 1 for a tensor of no dimension.",
      "torch.numel(torch.zeros(2, 3)) --> 6"
    ) { a in
      .integer(try a.tensor(0).count)
    }
  }

  private mutating func addConstants() {
    let size = "(size: int..., *, \(FactoryOptions.signature)) -> Tensor"
    for (name, value, help) in [
      (
        "zeros", 0,
        "A tensor of the sizes given, every element 0; of the default floating-point type unless dtype says another."
      ),
      (
        "ones", 1,
        "A tensor of the sizes given, every element 1; of the default floating-point type unless dtype says another."
      ),
    ]
      as [(String, Int64, String)]
    {
      add(
        name, size, help, "torch.\(name)(2, {dtype = torch.int64}) --> tensor([\(value), \(value)])",
        placement: .function
      ) { a in
        let options = try FactoryOptions(a, from: 1)
        let sizes = try a.ints(0)
        guard value != 0 || sizes.allSatisfy({ $0 >= 0 }) else {
          throw TensorError("zeros: Dimension size must be non-negative.")
        }
        return try options.finish(Tensor.full(sizes, .int(value), dtype: options.floating))
      }
    }
    add(
      "empty", size,
      """
      A tensor of the sizes given, for elements that are written before they are read. Until then they are 0, \
      where PyTorch's are whatever lay in memory.
      """, "torch.empty(2, 3).shape --> torch.Size([2, 3])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 1)
      return try options.finish(Tensor.zeros(a.ints(0), dtype: options.floating))
    }
    add(
      "empty_strided", "(size: int[], stride: int[], *, \(FactoryOptions.signature)) -> Tensor",
      "As empty(), with the elements lying stride[d] elements apart along each dimension d.",
      "torch.empty_strided({2, 3}, {1, 2}):stride() --> {1, 2}",
      placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(Tensor.emptyStrided(a.ints(0), a.ints(1), dtype: options.floating))
    }
    add(
      "empty_permuted", "(size: int[], physical_layout: int[], *, \(FactoryOptions.signature)) -> Tensor",
      "As empty(), with dimensions that lie in memory in the order physical_layout, the outermost first.",
      "torch.empty_permuted({2, 3}, {1, 0}):stride() --> {1, 2}", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(Tensor.zeros(a.ints(0), permuted: a.ints(1), dtype: options.floating))
    }
    add(
      "full", "(size: int[], fill_value: Scalar|Tensor, *, \(FactoryOptions.signature)) -> Tensor",
      """
      A tensor of the sizes given, every element equal to fill_value, whose type it has unless dtype says \
      another.
      """, "torch.full({2, 3}, 7) --> tensor([[7, 7, 7],\n-->         [7, 7, 7]])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      let value = try a.scalar(1)
      return try options.finish(Tensor.full(a.ints(0), value, dtype: options.dtype ?? value.dtype))
    }
    add(
      "eye", "(n: int, m: int? = nil, *, \(FactoryOptions.signature)) -> Tensor",
      "A matrix of n rows and m columns (n unless given) with ones on the diagonal and zeros elsewhere.",
      "torch.eye(2) --> tensor([[1., 0.],\n-->         [0., 1.]])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(Tensor.eye(a.int(0), a.optionalInt(1), dtype: options.floating))
    }
    for (name, isUpper) in [("tril_indices", false), ("triu_indices", true)] {
      add(
        name,
        "(row: int, col: int, offset: int = 0, *, dtype: dtype? = nil, device: Device? = nil, layout: any = nil) -> Tensor",
        "The indices of the elements of the \(isUpper ? "upper" : "lower") triangle of a row x col matrix: a 2 x N tensor of their rows and columns. offset moves the triangle's diagonal up, or down if negative.",
        "torch.\(name)(2, 2) --> tensor([[0, \(isUpper ? "0, 1" : "1, 1")],\n-->         [0, \(isUpper ? "1, 1" : "0, 1")]])",
        placement: .function
      ) { a in
        let (rows, columns, offset) = (try a.int(0), try a.int(1), try a.int(2))
        let dtype = try a.optionalDType(3) ?? .int64
        return try Tensor.triangleIndices(rows, columns, offset: offset, upper: isUpper, dtype: dtype)
      }
    }
  }

  private mutating func addRanges() {
    let options = FactoryOptions.signature
    add(
      "arange",
      [
        ("(end: Scalar, *, \(options)) -> Tensor", { a in try arange(0, a.scalar(0), 1, FactoryOptions(a, from: 1)) }),
        (
          "(start: Scalar, end: Scalar, step: Scalar = 1, *, \(options)) -> Tensor",
          { a in try arange(a.scalar(0), a.scalar(1), a.scalar(2), FactoryOptions(a, from: 3)) }
        ),
      ],
      """
      The numbers start, start + step, ... below end (above it for a negative step): ceil((end - start) / \
      step) of them. Integers give int64, fractions the default floating-point type.
      """, "torch.arange(1, 10, 3) --> tensor([1, 4, 7])", placement: .function)
    add(
      "range", "(start: Scalar = 0, end: Scalar, step: Scalar = 1, *, \(options)) -> Tensor",
      "The numbers start, start + step, ... up to end, which is included unlike in arange(); in floating point.",
      "torch.range(1, 2, 0.5) --> tensor([1.0000, 1.5000, 2.0000])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 3)
      return try options.finish(Tensor.range(a.scalar(0), a.scalar(1), step: a.scalar(2), dtype: options.floating))
    }
    let ends = "start: Scalar|Tensor, end: Scalar|Tensor, steps: int"
    add(
      "linspace", "(\(ends), *, \(options)) -> Tensor",
      "steps numbers at equal distances from start to end, both included.",
      "torch.linspace(0, 1, 5) --> tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 3)
      return try options.finish(Tensor.linspace(a.endpoint(0), a.endpoint(1), a.int(2), dtype: options.floating))
    }
    add(
      "logspace", "(\(ends), base: float = 10.0, *, \(options)) -> Tensor",
      "base to the power of linspace(start, end, steps): steps numbers at equal ratios.",
      "torch.logspace(0, 2, 3) --> tensor([  1.,  10., 100.])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 4)
      return try options.finish(
        Tensor.logspace(a.endpoint(0), a.endpoint(1), a.int(2), base: a.double(3), dtype: options.floating))
    }
  }

  private mutating func addLike() {
    let options = FactoryOptions.likeSignature
    for (name, value, help) in [
      ("zeros_like", 0, "Zeros, in input's shape, and of its type unless dtype says another."),
      ("ones_like", 1, "Ones, in input's shape, and of its type unless dtype says another."),
    ]
      as [(String, Int64, String)]
    {
      add(
        name, "(input: Tensor, *, \(options)) -> Tensor", help,
        "torch.\(name)(torch.rand(2)) --> tensor([\(value)., \(value).])", placement: .function
      ) {
        a in
        let options = try FactoryOptions(a, from: 1)
        return try options.finish(a.tensor(0).fullLike(.int(value), dtype: options.dtype))
      }
    }
    add(
      "empty_like", "(input: Tensor, *, \(options)) -> Tensor",
      """
      A tensor of input's shape, and of its type unless dtype says another, for elements that are written \
      before they are read: see torch.empty.
      """,
      "torch.empty_like(torch.rand(2)).shape --> torch.Size([2])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 1)
      return try options.finish(a.tensor(0).fullLike(.int(0), dtype: options.dtype))
    }
    add(
      "full_like", "(input: Tensor, fill_value: Scalar|Tensor, *, \(options)) -> Tensor",
      """
      A tensor of input's shape, and of its type unless dtype says another, every element equal to fill_value.
      """,
      "torch.full_like(torch.rand(2), 7) --> tensor([7., 7.])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(a.tensor(0).fullLike(a.scalar(1), dtype: options.dtype))
    }
  }

  private mutating func addNew() {
    let options = FactoryOptions.signature
    for (name, value) in [("new_zeros", 0), ("new_ones", 1), ("new_empty", 0)] as [(String, Int64)] {
      add(
        name, "(self: Tensor, size: int..., *, \(options)) -> Tensor",
        "A new tensor of the sizes given and of this one's type, every element \(value).",
        "torch.zeros(2):\(name)(3).shape --> torch.Size([3])", placement: .method
      ) { a in
        let options = try FactoryOptions(a, from: 2)
        let dtype = try options.dtype ?? a.tensor(0).dtype
        return try options.finish(Tensor.full(a.ints(1), .int(value), dtype: dtype))
      }
    }
    add(
      "new_full", "(self: Tensor, size: int[], fill_value: Scalar|Tensor, *, \(options)) -> Tensor",
      "A new tensor of the sizes given and of this one's type, every element equal to fill_value.",
      "torch.zeros(2):new_full({3}, 7) --> tensor([7., 7., 7.])", placement: .method
    ) { a in
      let options = try FactoryOptions(a, from: 3)
      return try options.finish(Tensor.full(a.ints(1), a.scalar(2), dtype: options.dtype ?? a.tensor(0).dtype))
    }
    add(
      "new_tensor", "(self: Tensor, data: any, *, \(options)) -> Tensor",
      "A new tensor of data, as torch.tensor() makes it, but of this one's type.",
      "torch.zeros(2):new_tensor{1, 2} --> tensor([1., 2.])", placement: .method
    ) { a in
      let options = try FactoryOptions(a, from: 2)
      return try options.finish(TensorLiteral.tensor(a[1], dtype: options.dtype ?? a.tensor(0).dtype))
    }
  }
}

extension Arguments {
  /// The start (argument 0) or end (1) of a range.
  fileprivate func endpoint(_ index: Int) throws -> Scalar {
    let places = ["start", "end"].enumerated().compactMap { place, name in
      self[place].tensor.map { (name, $0) }
    }
    guard places.contains(where: { $0.1.rank > 0 }) else { return try scalar(index) }
    let found = places.map { "\($0.0) with \($0.1.rank) dimension(s)" }.joined(separator: " and ")
    throw TensorError("\(functionName) only supports 0-dimensional start and end tensors, but got \(found).")
  }
}

/// `torch.arange`: integers give int64, fractions the default type.
private func arange(_ start: Scalar, _ end: Scalar, _ step: Scalar, _ options: FactoryOptions) throws -> Tensor {
  try options.finish(Tensor.arange(start, end, step: step, dtype: options.dtype))
}

extension Tensor {
  /// Elements of whatever value, in memory with the given strides.
  fileprivate static func emptyStrided(_ shape: [Int], _ strides: [Int], dtype: DType) throws -> Tensor {
    guard shape.count == strides.count else {
      throw TensorError(
        "dimensionality of sizes (\(shape.count)) must match dimensionality of strides (\(strides.count))")
    }
    var extent = shape.contains(0) ? 0 : 1
    for (size, stride) in zip(shape, strides) where extent > 0 {
      let (reach, isTooFar) = (size &- 1).multipliedReportingOverflow(by: stride)
      let (sum, overflows) = extent.addingReportingOverflow(reach)
      guard !isTooFar, !overflows, size >= 0, stride >= 0 else {
        throw TensorError(
          "Storage size calculation overflowed with sizes=\(Shape.text(shape)) and strides=\(Shape.text(strides))")
      }
      extent = sum
    }
    return try Tensor(empty: [extent], dtype: dtype).asStrided(shape, strides)
  }
  /// Zeros whose dimensions lie in memory in the order `layout`, the outermost first.
  fileprivate static func zeros(_ shape: [Int], permuted layout: [Int], dtype: DType) throws -> Tensor {
    guard shape.count == layout.count else {
      throw TensorError(
        "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = \(shape.count) is not equal to len(physical_layout) = \(layout.count)"
      )
    }
    var places = [Int?](repeating: nil, count: layout.count)
    for (place, dim) in layout.enumerated() {
      guard shape.indices.contains(dim) else {
        throw TensorError(
          "Dimension out of range (expected to be between 0 and \(shape.count - 1), but got \(dim) at index \(place)).  NB: negative dims not currently supported; file an issue if you want it."
        )
      }
      guard places[dim] == nil else { throw TensorError("Duplicate dim not allowed") }
      places[dim] = place
    }
    return try Tensor.zeros(layout.map { shape[$0] }, dtype: dtype).permute(places.compactMap { $0 })
  }
}
