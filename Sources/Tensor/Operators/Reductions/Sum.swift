import CVectorMath

/// Sums of rows and of columns: with several accumulators for speed, and in double precision from block to block, so that the
/// error does not grow with the number of elements.
enum Summation {
  static func row(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var total = 0.0
    var start = 0
    while start < count {
      let length = min(1024, count - start)
      total += block(x + start, length)
      start += length
    }
    return Float(total)
  }

  private static func block(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
    var (a, b, c, d) = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
    let raw = UnsafeRawPointer(x)
    var i = 0
    while i + 32 <= count {
      a += raw.loadUnaligned(fromByteOffset: i * 4, as: SIMD8<Float>.self)
      b += raw.loadUnaligned(fromByteOffset: i * 4 + 32, as: SIMD8<Float>.self)
      c += raw.loadUnaligned(fromByteOffset: i * 4 + 64, as: SIMD8<Float>.self)
      d += raw.loadUnaligned(fromByteOffset: i * 4 + 96, as: SIMD8<Float>.self)
      i += 32
    }
    let lanes = (a + b) + (c + d)
    var sum = 0.0
    for lane in 0..<8 { sum += Double(lanes[lane]) }
    while i < count {
      sum += Double(x[i])
      i += 1
    }
    return sum
  }

  static func row(_ x: UnsafePointer<Double>, _ count: Int) -> Double {
    count > 0 ? vm_sum_double(x, count) : 0
  }

  static func row(_ x: UnsafePointer<Int64>, _ count: Int) -> Int64 {
    var sum: Int64 = 0
    for i in 0..<count { sum = sum &+ x[i] }
    return sum
  }

  static func columns(
    _ x: UnsafePointer<Float>, _ rows: Int, _ stride: Int, _ width: Int, _ out: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { totals in
      guard let totals = totals.baseAddress else { return }
      totals.initialize(repeating: 0, count: width)
      var start = 0
      while start < rows {
        let length = min(32, rows - start)
        out.initialize(repeating: 0, count: width)
        for i in start..<start + length { vm_add_float(out, x + i * stride, out, width) }
        for j in 0..<width { totals[j] += Double(out[j]) }
        start += length
      }
      map(totals, out, width) { Float($0) }
    }
  }

  static func columns(
    _ x: UnsafePointer<Double>, _ rows: Int, _ stride: Int, _ width: Int, _ out: UnsafeMutablePointer<Double>
  ) {
    out.initialize(repeating: 0, count: width)
    for i in 0..<rows { vm_add_double(out, x + i * stride, out, width) }
  }

  static func columns(
    _ x: UnsafePointer<Int64>, _ rows: Int, _ stride: Int, _ width: Int, _ out: UnsafeMutablePointer<Int64>
  ) {
    out.initialize(repeating: 0, count: width)
    for i in 0..<rows { map(out, x + i * stride, out, width) { $0 &+ $1 } }
  }
}

extension Reduction {
  /// Reduces with a kernel for each compute type; the result has type `dtype`.
  func run(
    _ x: Tensor, dtype: DType, keepDim: Bool, float: ReductionKernel<Float>, double: ReductionKernel<Double>,
    int64: ReductionKernel<Int64>
  ) throws -> Tensor {
    func reduced<T: ComputeElement>(_ kernel: ReductionKernel<T>) throws -> Tensor {
      let result = try run(x, as: T.self, into: T.dtype, keepDim: keepDim) { block, out in
        try block.reduce(into: out.assumingMemoryBound(to: T.self), row: kernel.row, columns: kernel.columns)
      }
      return dtype == T.dtype ? result : try result.to(dtype)
    }
    switch dtype.computeKind {
    case .float: return try reduced(float)
    case .double: return try reduced(double)
    case .int64: return try reduced(int64)
    }
  }
}

/// How neighbours, and whole rows, are reduced.
struct ReductionKernel<T: ComputeElement>: Sendable {
  let row: @Sendable (UnsafePointer<T>, Int) -> T
  let columns: @Sendable (UnsafePointer<T>, Int, Int, Int, UnsafeMutablePointer<T>) -> Void
}

extension Tensor {
  /// This tensor summed over the dimensions that broadcasting from `shape` to its own shape repeats: `sum_to_size`.
  public func sumToSize(_ target: [Int]) throws -> Tensor {
    guard Shape.isExpandable(target, to: shape) else {
      throw TensorError("size {\(Shape.text(target))} is not expandable to size {\(Shape.text(shape))}.")
    }
    // Nothing in particular means everything, in int64 where elements are integers.
    if target.isEmpty { return try sum() }
    if shape == target { return self }
    let lead = rank - target.count
    var dims = Array(0..<lead)
    for axis in target.indices where target[axis] == 1 && shape[lead + axis] != 1 { dims.append(lead + axis) }
    if dims.isEmpty { return self }
    let summed = try sum(dims, keepDim: true)
    return lead > 0 ? try summed.reshape(target) : summed
  }

  /// The sum over `dims` (all, if nil). Integers are summed as int64.
  public func sum(_ dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    let type = dtype ?? (self.dtype.isFloatingPoint ? self.dtype : .int64)
    guard type.isComputable, self.dtype.isComputable else { throw notImplemented("sum_cpu", type) }
    let reduction = try Reduction(self, dims)
    let x = type.isFloatingPoint == self.dtype.isFloatingPoint ? self : try alias().to(type)
    let result = try reduction.run(
      x, dtype: type, keepDim: keepDim,
      float: ReductionKernel(row: { Summation.row($0, $1) }, columns: { Summation.columns($0, $1, $2, $3, $4) }),
      double: ReductionKernel(row: { Summation.row($0, $1) }, columns: { Summation.columns($0, $1, $2, $3, $4) }),
      int64: ReductionKernel(row: { Summation.row($0, $1) }, columns: { Summation.columns($0, $1, $2, $3, $4) }))
    guard needsGradient(self), type.isFloatingPoint else { return result }
    let original = shape
    return result.recorded(dims == nil ? "SumBackward0" : "SumBackward1", [self]) { grad, _ in
      [try reduction.unreduced(grad).expand(original)]
    }
  }

  /// The sum over `dims` with NaN counted as 0.
  public func nansum(_ dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    guard self.dtype.isFloatingPoint else { return try sum(dims, keepDim: keepDim, dtype: dtype) }
    return try self.where(isnan().logicalNot(), else: 0).sum(dims, keepDim: keepDim, dtype: dtype)
  }

  /// The mean over `dims` (all, if nil).
  ///
  /// - Throws: ``TensorError`` for integers, unless `dtype` is a floating point type.
  public func mean(_ dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    let type = dtype ?? self.dtype
    guard type.isFloatingPoint else {
      throw TensorError(
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: \(type.scalarTypeName)"
      )
    }
    let reduction = try Reduction(self, dims)
    let total = try alias().sum(dims, keepDim: keepDim, dtype: type.size < 4 ? .float32 : type)
    let result = try total.div(Double(reduction.length)).to(type)
    guard needsGradient(self) else { return result }
    let (original, count) = (shape, Double(reduction.length))
    return result.recorded(dims == nil ? "MeanBackward0" : "MeanBackward1", [self]) { grad, _ in
      [try reduction.unreduced(grad).div(count).expand(original)]
    }
  }

  /// The mean over `dims` of the elements that are not NaN.
  public func nanmean(_ dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    guard self.dtype.isFloatingPoint else {
      throw TensorError(
        "nanmean(): expected input to have floating point or complex dtype but got \(self.dtype.scalarTypeName)")
    }
    let counts = try isnan().logicalNot().sum(dims, keepDim: keepDim)
    return try nansum(dims, keepDim: keepDim, dtype: dtype).div(counts)
  }

  /// How many elements along `dims` are not zero.
  public func countNonzero(_ dims: [Int]? = nil) throws -> Tensor { try alias().ne(0).sum(dims) }

  /// The product over `dim`, or of all elements. Integers are multiplied as int64.
  public func prod(_ dim: Int? = nil, keepDim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    let type = dtype ?? (self.dtype.isFloatingPoint ? self.dtype : .int64)
    let reduction = try Reduction(self, dim.map { [$0] })
    let x = type.isFloatingPoint == self.dtype.isFloatingPoint ? self : try alias().to(type)
    let result = try reduction.run(
      x, dtype: type, keepDim: keepDim,
      float: .product(row: { vm_product_float($0, $1) }) { $0 * $1 },
      double: .product(row: { vm_product_double($0, $1) }) { $0 * $1 }, int64: .product { $0 &* $1 })
    guard needsGradient(self), type.isFloatingPoint else { return result }
    let saved = SavedTensor(self)
    return result.recordedSavingOutput("ProdBackward0", [self]) { grad, product, _ in
      let x = try saved()
      let (grad, product) = (try reduction.unreduced(grad), try reduction.unreduced(product))
      guard try x.alias().eq(0).any().item().bool else { return [try grad.mul(product).div(x)] }
      return [try grad.mul(x.productsOfOthers(dim))]
    }
  }

  /// For each element the product of all others along `dim` (or of the whole tensor), zeros among them.
  private func productsOfOthers(_ dim: Int?) throws -> Tensor {
    guard let dim, rank > 0 else {
      return try reshape([-1]).productsOfOthers(along: 0).reshape(shape)
    }
    return try productsOfOthers(along: try wrapDimension(dim, rank: rank))
  }

  private func productsOfOthers(along axis: Int) throws -> Tensor {
    let size = shape[axis]
    var one = shape
    one[axis] = 1
    let ones = try Tensor.ones(one, dtype: dtype)
    let before = try Tensor.cat([ones, narrow(axis, 0, size - 1)], dim: axis).cumprod(axis)
    let reversed = try flip([axis])
    let after = try Tensor.cat([ones, reversed.narrow(axis, 0, size - 1)], dim: axis).cumprod(axis).flip([axis])
    return try before.mul(after)
  }
}

extension ReductionKernel where T: ComputeElement & ExpressibleByIntegerLiteral {
  /// - Parameter row: multiplies at least one element, faster than one after the other.
  fileprivate static func product(
    row: (@Sendable (UnsafePointer<T>, Int) -> T)? = nil, _ multiply: @escaping @Sendable (T, T) -> T
  ) -> ReductionKernel {
    ReductionKernel(
      row: { x, count in
        if count > 0, let row { return row(x, count) }
        var result: T = 1
        for i in 0..<count { result = multiply(result, x[i]) }
        return result
      },
      columns: { x, rows, stride, width, out in
        out.initialize(repeating: 1, count: width)
        for i in 0..<rows { map(out, x + i * stride, out, width, multiply) }
      })
  }
}
