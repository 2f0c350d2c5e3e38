/// An element-wise function of one operand: its kernels, and its gradient beside them.
///
/// Each is declared once, as a static constant, and called as a function.
struct UnaryOperator: Sendable {
  typealias Row<T> = @Sendable (UnsafePointer<T>, UnsafeMutablePointer<T>, Int) -> Void

  /// What type the result has.
  enum ResultType {
    /// The operand's own.
    case same
    /// The operand's, or the default floating point type for integers and bool.
    case floating
    case bool
  }

  /// How the gradient of the operand follows from that of the result; nothing is saved that the formula does not name.
  enum Gradient: Sendable {
    /// There is none: PyTorch does not record the operator.
    case none
    /// The result does not change where it changes at all.
    case zero
    /// From the gradient alone.
    case linear(@Sendable (_ grad: Tensor) throws -> Tensor)
    /// From the gradient and the operand.
    case ofInput(@Sendable (_ grad: Tensor, _ x: Tensor) throws -> Tensor)
    /// From the gradient and the result.
    case ofOutput(@Sendable (_ grad: Tensor, _ y: Tensor) throws -> Tensor)
  }

  /// PyTorch's name, such as `log_sigmoid`.
  let name: String
  private var nodeName: String { backwardName(name) }
  private let result: ResultType
  private let float: Row<Float>
  private let double: Row<Double>
  private let int64: Row<Int64>?
  private let acceptsBool: Bool
  private let acceptsHalves: Bool
  /// What PyTorch calls the kernel in its complaint about a type.
  private let kernelName: String
  private let gradient: Gradient

  /// An operator with a kernel for each compute type; without one for integers these become floating point numbers.
  init(
    _ name: String, float: @escaping Row<Float>, double: @escaping Row<Double>, int64: Row<Int64>? = nil,
    result: ResultType? = nil, acceptsBool: Bool = true, acceptsHalves: Bool = true, kernelName: String? = nil,
    gradient: Gradient
  ) {
    self.name = name
    self.kernelName = kernelName ?? "\(name)_cpu"
    self.result = result ?? (int64 == nil ? .floating : .same)
    self.float = float
    self.double = double
    self.int64 = int64
    self.acceptsBool = acceptsBool
    self.acceptsHalves = acceptsHalves
    self.gradient = gradient
  }

  /// An operator given by a function of one number, where speed does not matter: float32 is computed in double precision.
  init(
    _ name: String, each function: @escaping @Sendable (Double) -> Double, acceptsHalves: Bool = true,
    gradient: Gradient
  ) {
    self.init(
      name, float: { x, out, n in map(x, out, n) { Float(function(Double($0))) } },
      double: { x, out, n in map(x, out, n) { function($0) } },
      acceptsHalves: acceptsHalves, gradient: gradient)
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let out = try x.emptyLike(dtype: try resultType(for: x.dtype))
    try run(x, into: out)
    return needsGradient(x) && out.dtype.isFloatingPoint ? record(x, out) : out
  }

  private func resultType(for dtype: DType) throws -> DType {
    guard dtype.isComputable, acceptsBool || dtype != .bool,
      acceptsHalves || dtype != .float16 && dtype != .bfloat16
    else { throw notImplemented(kernelName, dtype) }
    switch result {
    case .same: return dtype
    case .floating: return dtype.isFloatingPoint ? dtype : DefaultDType.current
    case .bool: return .bool
    }
  }

  private func run(_ x: Tensor, into out: Tensor) throws {
    let dtype = result == .bool && (int64 != nil || x.dtype.isFloatingPoint) ? x.dtype : out.dtype
    switch dtype.computeKind {
    case .float: try Elementwise.unary(x, into: out, float)
    case .double: try Elementwise.unary(x, into: out, double)
    case .int64:
      if let int64 {
        try Elementwise.unary(x, into: out, int64)
      } else {
        try Elementwise.unary(x, into: out, double)
      }
    }
  }

  private func record(_ x: Tensor, _ out: Tensor) -> Tensor {
    switch gradient {
    case .none:
      return out
    case .zero:
      return out.recorded(nodeName, [x]) { grad, _ in [try Tensor.zeros(grad.shape, dtype: grad.dtype)] }
    case .linear(let formula):
      return out.recorded(nodeName, [x]) { grad, _ in [try formula(grad)] }
    case .ofInput(let formula):
      let saved = SavedTensor(x)
      return out.recorded(nodeName, [x]) { grad, _ in [try formula(grad, saved())] }
    case .ofOutput(let formula):
      return out.recordedSavingOutput(nodeName, [x]) { grad, y, _ in [try formula(grad, y)] }
    }
  }
}

/// The name of an operation's gradient function: `LogSoftmaxBackward0` of `log_softmax`.
func backwardName(_ name: String) -> String {
  // Every recorded operation comes here: bytes are faster than words.
  var text: [UInt8] = []
  var startsWord = true
  for byte in name.utf8 {
    if byte == UInt8(ascii: "_") {
      startsWord = true
    } else {
      let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      text.append(startsWord && isLower ? byte - 32 : byte)
      startsWord = false
    }
  }
  text.append(contentsOf: "Backward0".utf8)
  return String(decoding: text, as: UTF8.self)
}

/// PyTorch's complaint about an element type that an operator does not compute with.
func notImplemented(_ name: String, _ dtype: DType) -> TensorError {
  TensorError("\"\(name)\" not implemented for '\(dtype.scalarTypeName)'", kind: .notImplemented)
}
