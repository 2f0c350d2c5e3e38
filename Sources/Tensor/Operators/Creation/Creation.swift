import Supervision

extension Tensor {
  /// Every element equal to `value`.
  ///
  /// - Throws: ``TensorError`` for a value outside of the type's range.
  public static func full(_ shape: [Int], _ value: Scalar, dtype: DType) throws -> Tensor {
    try dtype.checkConversion(of: value)
    let tensor = try Tensor(empty: shape, dtype: dtype)
    try tensor.fillMemory(value)
    return tensor
  }

  /// Every element 0.
  public static func zeros(_ shape: [Int], dtype: DType = .float32) throws -> Tensor {
    try full(shape, 0, dtype: dtype)
  }

  /// Every element 1.
  public static func ones(_ shape: [Int], dtype: DType = .float32) throws -> Tensor { try full(shape, 1, dtype: dtype) }

  /// A tensor of one row-major list of values.
  ///
  /// - Throws: ``TensorError`` where `shape` does not have as many elements.
  public convenience init(_ values: [Double], shape: [Int]? = nil, dtype: DType = .float32) throws {
    try self.init(converting: values, shape, dtype)
  }

  /// A tensor of one row-major list of values.
  ///
  /// - Throws: ``TensorError`` where `shape` does not have as many elements.
  public convenience init(_ values: [Float], shape: [Int]? = nil, dtype: DType = .float32) throws {
    try self.init(converting: values, shape, dtype)
  }

  /// A tensor of one row-major list of integers.
  ///
  /// - Throws: ``TensorError`` where `shape` does not have as many elements.
  public convenience init(_ values: [Int64], shape: [Int]? = nil, dtype: DType = .int64) throws {
    try self.init(converting: values, shape, dtype)
  }

  private convenience init<T: ComputeElement>(converting values: [T], _ shape: [Int]?, _ dtype: DType) throws {
    try self.init(empty: shape ?? [values.count], dtype: dtype)
    guard count == values.count else {
      throw TensorError("shape '\(Shape.text(self.shape))' is invalid for input of size \(values.count)")
    }
    let row = Row(pointer: try overwritingPointer(), dtype: dtype, stride: 1)
    values.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { T.store(base, values.count, to: row) }
    }
  }

  /// A tensor of this one's shape with undefined elements; dense layouts other than row-major are kept.
  public func emptyLike(dtype: DType? = nil) throws -> Tensor {
    if dtype == nil || dtype == .float32, let memory = try gaplessBlocked() {
      return try Tensor(try BlockedMemory(memory.descriptor))
    }
    let dtype = dtype ?? self.dtype
    // Sizes and strides are shared with the result, where it lies as this tensor does.
    guard isContiguous ? Shape.isRowMajor(shape, strides) : isDense else {
      return try Tensor(empty: shape, dtype: dtype)
    }
    return Tensor(unchecked: try Storage(byteCount: count * dtype.size), dtype, shape, strides, 0, count, isContiguous)
  }

  /// Whether the elements fill a region of memory without gaps or repeats, in whatever order of dimensions.
  public var isDense: Bool {
    if isContiguous { return true }
    var expected = 1
    for axis in shape.indices.filter({ shape[$0] != 1 }).sorted(by: { strides[$0] < strides[$1] }) {
      if strides[axis] != expected { return false }
      expected = expected &* shape[axis]
    }
    return true
  }

  /// Writes `value` to every element, past autograd.
  func fillMemory(_ value: Scalar) throws {
    let base = try overwritingPointer()
    guard count > 0 else { return }
    if isDense && (value.double == 0 && value.double.sign == .plus) {
      try Parallel.forEach(byteCount, grain: 1 << 20) { part in
        (base + part.lowerBound).initializeMemory(as: UInt8.self, repeating: 0, count: part.count)
      }
      return
    }
    switch dtype.computeKind {
    case .float:
      try Elementwise.nary([], into: self) { (_, out: UnsafeMutablePointer<Float>, n) in
        out.update(repeating: Float(value), count: n)
      }
    case .double:
      try Elementwise.nary([], into: self) { (_, out: UnsafeMutablePointer<Double>, n) in
        out.update(repeating: Double(value), count: n)
      }
    case .int64:
      try Elementwise.nary([], into: self) { (_, out: UnsafeMutablePointer<Int64>, n) in
        out.update(repeating: value.int, count: n)
      }
    }
  }

  /// The only element of a tensor with one.
  ///
  /// - Throws: ``TensorError`` for any other number of elements.
  public func item() throws -> Scalar {
    guard count == 1 else {
      throw TensorError("a Tensor with \(count) elements cannot be converted to Scalar")
    }
    let row = Row(pointer: try pointer(), dtype: dtype, stride: 1)
    switch dtype.computeKind {
    case .int64:
      var value: Int64 = 0
      Int64.load(row, 1, into: &value)
      return dtype == .bool ? .bool(value != 0) : .int(value)
    default:
      var value = 0.0
      Double.load(row, 1, into: &value)
      return .double(value)
    }
  }

  /// All elements in row-major order.
  public func doubles() throws -> [Double] { try values() }

  /// All elements in row-major order, rounded to single precision.
  public func floats() throws -> [Float] { try values() }

  /// All elements in row-major order, floating point ones cut towards zero.
  public func integers() throws -> [Int64] { try values() }

  private func values<T: ComputeElement>() throws -> [T] {
    try BufferPool.checkArray(of: T.self, count: count)
    let packed = try contiguous()
    let row = Row(pointer: try packed.pointer(), dtype: packed.dtype, stride: 1)
    return try [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard let base = buffer.baseAddress else { return }
      for part in Interruption.stretches(of: 0..<count) {
        try Interruption.check()
        let start = Row(pointer: row.pointer + part.lowerBound * packed.dtype.size, dtype: row.dtype, stride: 1)
        T.load(start, part.count, into: base + part.lowerBound)
      }
      initialized = count
    }
  }
}
