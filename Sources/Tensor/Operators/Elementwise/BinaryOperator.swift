/// The kernels of one element-wise operation of two operands, one for each compute type.
struct BinaryKernel: Sendable {
  typealias Row<T> = @Sendable (UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>, Int) -> Void

  let float: Row<Float>
  let double: Row<Double>
  let int64: Row<Int64>?

  init(float: @escaping Row<Float>, double: @escaping Row<Double>, int64: Row<Int64>? = nil) {
    self.float = float
    self.double = double
    self.int64 = int64
  }

  /// Runs the kernel of `kind` over `a` and `b`.
  func run(_ a: Tensor, _ b: Tensor, into out: Tensor, computing kind: DType.ComputeKind) throws {
    switch kind {
    case .float: return try Elementwise.binary(a, b, into: out, float)
    case .double: return try Elementwise.binary(a, b, into: out, double)
    case .int64:
      if let int64 { return try Elementwise.binary(a, b, into: out, int64) }
      try Elementwise.binary(a, b, into: out, double)
    }
  }
}

/// An element-wise function of two operands, which are broadcast and promoted: its kernels, and its gradient beside them.
struct BinaryOperator: Sendable {
  /// The operands as they were, for the gradient.
  struct Saved {
    fileprivate let first: SavedTensor?
    fileprivate let second: SavedTensor?

    var a: Tensor { get throws { try unpack(first) } }
    var b: Tensor { get throws { try unpack(second) } }

    private func unpack(_ saved: SavedTensor?) throws -> Tensor {
      guard let saved else { throw TensorError("a gradient asks for an operand that was not saved") }
      return try saved()
    }
  }

  typealias Gradient = @Sendable (_ grad: Tensor, _ saved: Saved, _ needs: GradientNeeds) throws -> [Tensor?]

  /// What type the result has.
  enum ResultType {
    /// The operands' common type.
    case promoted
    /// The common type, or the default floating point type for integers and bool.
    case floating
    /// Truth values; the operands are computed with in their common type.
    case bool
  }

  /// Which operands the gradient reads.
  enum Saves {
    case nothing
    /// Each for the gradient of the other.
    case crosswise
    case both
  }

  /// PyTorch's name, such as `floor_divide`.
  let name: String
  private var nodeName: String { backwardName(name) }
  private let kernel: BinaryKernel
  private let result: ResultType
  private let acceptsBool: Bool
  private let acceptsInteger: Bool
  private let acceptsFloat: Bool
  /// What PyTorch calls the kernel in its complaint about a type.
  private let kernelName: String
  private let saves: Saves
  private let gradient: Gradient?

  init(
    _ name: String, _ kernel: BinaryKernel, result: ResultType = .promoted, acceptsBool: Bool = true,
    acceptsInteger: Bool = true, acceptsFloat: Bool = true, kernelName: String? = nil, saves: Saves = .both,
    gradient: Gradient? = nil
  ) {
    self.name = name
    self.kernelName = kernelName ?? "\(name)_cpu"
    self.kernel = kernel
    self.result = result
    self.acceptsBool = acceptsBool && acceptsInteger
    self.acceptsInteger = acceptsInteger
    self.acceptsFloat = acceptsFloat
    self.saves = saves
    self.gradient = gradient
  }

  func callAsFunction(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let common = try commonType(a, b)
    let (a, b) = (try a.narrowed(to: common), try b.narrowed(to: common))
    let out = try emptyBroadcast(a, b, dtype: result == .bool ? .bool : common)
    try kernel.run(a, b, into: out, computing: common.computeKind)
    guard let gradient, needsGradient(a, b), out.dtype.isFloatingPoint else { return out }
    let needs = (a: a.requiresGrad, b: b.requiresGrad)
    let saved =
      switch saves {
      case .nothing: Saved(first: nil, second: nil)
      case .crosswise: Saved(first: needs.b ? SavedTensor(a) : nil, second: needs.a ? SavedTensor(b) : nil)
      case .both: Saved(first: SavedTensor(a), second: SavedTensor(b))
      }
    return out.recorded(nodeName, [a, b]) { grad, needs in try gradient(grad, saved, needs) }
  }

  /// Writes the result to `a`: the operator's in-place twin.
  func inPlace(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    guard !needsGradient(a, b), a.shape == b.shape || Shape.isExpandable(b.shape, to: a.shape) else {
      return try a.updateInPlace { try callAsFunction($0, b) }
    }
    let common = try commonType(a, b)
    try a.checkInPlace()
    try checkCast(result == .bool ? .bool : common, to: a.dtype)
    let other = b.storage === a.storage && !b.isSameView(as: a) ? try b.clone() : b
    try kernel.run(a, other, into: a, computing: common.computeKind)
    return a
  }

  private func commonType(_ a: Tensor, _ b: Tensor) throws -> DType {
    let common = try resultType(a, b)
    guard common.isComputable, acceptsBool || common != .bool, acceptsInteger || !common.isInteger,
      acceptsFloat || !common.isFloatingPoint
    else {
      _ = try Shape.broadcast(a.shape, b.shape)
      throw notImplemented(kernelName, common)
    }
    return result == .floating && !common.isFloatingPoint ? DefaultDType.current : common
  }
}

extension Tensor {
  /// A number in an expression of integers of type `common`, wrapped around as that type's values are; and a tensor without dimensions
  /// of a wider type in one of small fractions, rounded as those are.
  func narrowed(to common: DType) throws -> Tensor {
    if rank == 0, !isWrappedNumber, dtype != common, common == .float16 || common == .bfloat16 { return try to(common) }
    guard isWrappedNumber, common.isInteger, common != .int64, dtype != .bool else { return self }
    let number = try to(common)
    number.isWrappedNumber = true
    return number
  }
}

/// An uninitialized result of broadcasting two operands.
func emptyBroadcast(_ a: Tensor, _ b: Tensor, dtype: DType) throws -> Tensor {
  if a.shape == b.shape { return try (a.isDense ? a : b).emptyLike(dtype: dtype) }
  let shape = try Shape.broadcast(a.shape, b.shape)
  if shape == a.shape { return try a.emptyLike(dtype: dtype) }
  if shape == b.shape { return try b.emptyLike(dtype: dtype) }
  return try Tensor(empty: shape, dtype: dtype)
}

/// - Throws: ``TensorError`` where an in-place operation whose result has type `dtype` cannot be written to `target`.
func checkCast(_ dtype: DType, to target: DType) throws {
  guard dtype.canCast(to: target) else {
    throw TensorError(
      "result type \(dtype.scalarTypeName) can't be cast to the desired output type \(target.scalarTypeName)")
  }
}
