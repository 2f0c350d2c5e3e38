extension Tensor {
  /// `condition ? a : b`, all three broadcast: `torch.where`.
  ///
  /// - Throws: ``TensorError`` where `condition` is not bool.
  public static func `where`(
    _ condition: Tensor, _ a: some TensorConvertible, _ b: some TensorConvertible
  ) throws -> Tensor {
    guard condition.dtype == .bool || condition.dtype == .uint8 else {
      throw TensorError(
        "where expected condition to be a boolean tensor, but got a tensor with dtype \(condition.dtype.scalarTypeName)"
      )
    }
    let (a, b) = (try a.asTensor(), try b.asTensor())
    let dtype = try resultType(a, b)
    for operand in [a, b] where operand.isWrappedNumber { try dtype.checkConversion(of: try operand.item()) }
    let shape = try Shape.broadcast(try Shape.broadcast(condition.shape, a.shape), b.shape)
    let out = try Tensor(empty: shape, dtype: dtype)
    try select(condition, a, b, into: out)
    guard needsGradient(a, b) else { return out }
    let mask = SavedTensor(condition)
    return out.recorded("WhereBackward0", [a, b]) { grad, needs in
      [
        needs[0] ? try grad.where(mask(), else: 0) : nil,
        needs[1] ? try Tensor.where(mask(), 0, grad) : nil,
      ]
    }
  }

  private static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor, into out: Tensor) throws {
    func run<T: ComputeElement>(_ type: T.Type) throws {
      try Elementwise.nary([condition, a, b], into: out) { (inputs, out: UnsafeMutablePointer<T>, n) in
        let (mask, a, b) = (inputs[0], inputs[1], inputs[2])
        for i in 0..<n { out[i] = mask[i] != T.zero ? a[i] : b[i] }
      }
    }
    switch out.dtype.computeKind {
    case .float: try run(Float.self)
    case .double: try run(Double.self)
    case .int64: try run(Int64.self)
    }
  }

  /// This tensor where `condition` holds, `other` elsewhere.
  public func `where`(_ condition: Tensor, else other: some TensorConvertible) throws -> Tensor {
    try Tensor.where(condition, self, other)
  }

  /// `value` where `mask` holds, this tensor elsewhere; the type stays.
  public func maskedFill(_ mask: Tensor, _ value: some TensorConvertible) throws -> Tensor {
    guard mask.dtype == .bool else {
      throw TensorError(
        "masked_fill_ only supports boolean masks, but got mask with dtype \(mask.dtype.mangledTypeName)")
    }
    let value = try value.asTensor()
    guard value.rank == 0 else {
      throw TensorError(
        "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with \(value.rank) dimension(s).")
    }
    try checkConversion(of: value)
    _ = try Shape.broadcast(mask.shape, shape)
    let out = try emptyBroadcast(self, mask, dtype: dtype)
    try Tensor.select(mask, value, self, into: out)
    guard needsGradient(self, value) else { return out }
    let saved = SavedTensor(mask)
    return out.recorded("MaskedFillBackward0", [self, value]) { grad, needs in
      [
        needs[0] ? try Tensor.where(saved(), 0, grad) : nil,
        needs[1] ? try grad.where(saved(), else: 0).sum() : nil,
      ]
    }
  }

  /// - Throws: ``TensorError`` where a number lies outside of this tensor's type's range.
  func checkConversion(of value: Tensor) throws {
    guard value.count == 1 else { return }
    try dtype.checkConversion(of: try value.item())
  }

  /// Limits elements to `min ... max`; either may be missing: `torch.clamp`.
  public func clamp(
    min low: (any TensorConvertible)? = nil, max high: (any TensorConvertible)? = nil
  ) throws -> Tensor {
    let (low, high) = (try low?.asTensor(), try high?.asTensor())
    guard low != nil || high != nil else {
      throw TensorError("torch.clamp: At least one of 'min' or 'max' must not be None")
    }
    var operands = [self, low, high].compactMap { $0 }
    let dtype = try resultType(operands)
    for limit in operands.dropFirst() where limit.isWrappedNumber { try dtype.checkConversion(of: try limit.item()) }
    operands = try operands.map { try $0.narrowed(to: dtype) }
    guard dtype != .bool || low == nil || high == nil else { throw notImplemented("clamp_cpu", .bool) }
    var shape = shape
    for limit in operands.dropFirst() { shape = try Shape.broadcast(shape, limit.shape) }
    let out = shape == self.shape ? try emptyLike(dtype: dtype) : try Tensor(empty: shape, dtype: dtype)
    let (raise, lower) = (BinaryKernel.maximum, BinaryKernel.minimum)
    if low == nil || high == nil {
      try (low == nil ? lower : raise).run(self, operands[1], into: out, computing: dtype.computeKind)
    } else {
      func limit<T: ComputeElement>(_ raise: BinaryKernel.Row<T>?, _ lower: BinaryKernel.Row<T>?) throws {
        guard let raise, let lower else { return }
        try Elementwise.nary(operands, into: out) { (inputs, out: UnsafeMutablePointer<T>, n) in
          raise(inputs[0], inputs[1], out, n)
          lower(out, inputs[2], out, n)
        }
      }
      switch dtype.computeKind {
      case .float: try limit(raise.float, lower.float)
      case .double: try limit(raise.double, lower.double)
      case .int64: try limit(raise.int64, lower.int64)
      }
    }
    guard needsGradient(operands), dtype.isFloatingPoint else { return out }
    let x = SavedTensor(self)
    let (savedLow, savedHigh) = (low.map(SavedTensor.init), high.map(SavedTensor.init))
    return out.recorded("ClampBackward1", operands) { grad, needs in
      let (x, low, high) = (try x(), try savedLow?(), try savedHigh?())
      var inside: Tensor?
      if let low { inside = try x.ge(low) }
      if let high { inside = try inside.map { try $0.logicalAnd(x.le(high)) } ?? x.le(high) }
      var grads = [try inside.map { try grad.where($0, else: 0) }]
      if let low {
        var below = try x.lt(low)
        if let high { below = try below.logicalAnd(low.lt(high)) }
        grads.append(needs[1] ? try grad.where(below, else: 0) : nil)
      }
      if let high {
        var above = try x.gt(high)
        if let low { above = try above.logicalOr(low.gt(high)) }
        grads.append(needs[grads.count] ? try grad.where(above, else: 0) : nil)
      }
      return grads
    }
  }

  /// Elements not below `min`.
  public func clampMin(_ min: some TensorConvertible) throws -> Tensor { try clamp(min: min) }
  /// Elements not above `max`.
  public func clampMax(_ max: some TensorConvertible) throws -> Tensor { try clamp(max: max) }
}

extension DType {
  /// The name of the C++ type as compilers write it, which others of PyTorch's messages have.
  var mangledTypeName: String {
    switch self {
    case .uint8: "unsigned char"
    case .int8: "signed char"
    case .int16: "short int"
    case .int64: "long int"
    case .float16: "c10::Half"
    case .bfloat16: "c10::BFloat16"
    default: cTypeName
    }
  }

  /// - Parameter name: what the error calls the type; nil: the name of its C++ type.
  /// - Throws: ``TensorError`` where a number lies outside of the type's range.
  public func checkConversion(of value: Scalar, name: String? = nil) throws {
    let number = value.double
    let fits: Bool
    if isInteger {
      guard self != .int64 || value.isFloatingPoint else { return }
      // Negative integers stand for what they wrap around to.
      let floor = isSigned || value.isFloatingPoint ? lowest.double : -highest.double
      fits = number >= floor && number <= highest.double
    } else {
      fits = !isFloatingPoint || !number.isFinite || number.magnitude <= largestFinite
    }
    guard fits else {
      throw TensorError(
        "value cannot be converted to type \(name ?? (isFloatingPoint ? mangledTypeName : cTypeName)) without overflow")
    }
  }

  /// The name of the corresponding C++ type, which some of PyTorch's messages have.
  var cTypeName: String {
    switch self {
    case .uint8: "uint8_t"
    case .int8: "int8_t"
    case .int16: "int16_t"
    case .int32: "int"
    case .int64: "int64_t"
    case .float32: "float"
    case .float64: "double"
    case .bool: "bool"
    case .float16: "at::Half"
    case .bfloat16: "at::BFloat16"
    default: name
    }
  }
}
