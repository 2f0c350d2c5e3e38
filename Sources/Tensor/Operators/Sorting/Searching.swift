import Supervision

extension Tensor {
  /// Where in the sorted innermost dimension of this tensor each of `values` would be inserted.
  ///
  /// - Parameters:
  ///   - right: after equal elements, not before.
  ///   - sorter: the positions that sort this tensor, if it is not sorted.
  public func searchsorted(
    _ values: Tensor, outInt32: Bool = false, right: Bool = false, sorter: Tensor? = nil
  ) throws -> Tensor {
    guard rank > 0 else {
      throw TensorError(
        "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(0) and input value's dim(\(values.rank)) numel(\(values.count))"
      )
    }
    guard rank == 1 || (values.rank == rank && Array(shape.dropLast()) == Array(values.shape.dropLast())) else {
      throw TensorError(
        "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor \(Shape.text(shape)) and input value tensor \(Shape.text(values.shape))"
      )
    }
    guard dtype != .bool || values.dtype != .bool || values.count == 0 else {
      throw notImplemented("searchsorted_out_cpu", dtype)
    }
    var boundaries = alias()
    if let sorter {
      guard sorter.dtype == .int64 else {
        throw TensorError(
          "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype \(sorter.dtype.scalarTypeName)")
      }
      guard sorter.shape == shape else {
        throw TensorError(
          "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor \(Shape.text(shape)) and got sorter tensor \(Shape.text(sorter.shape))"
        )
      }
      boundaries = try boundaries.gather(-1, sorter)
    }
    let type = try resultType(boundaries, values)
    let result = try Tensor(empty: values.shape, dtype: .int64)
    let out = try result.overwritingPointer().assumingMemoryBound(to: Int64.self)
    let width = shape[rank - 1]
    let perRow = rank == 1 ? Swift.max(values.count, 1) : values.shape[rank - 1]
    func search<T: ComputeElement>(_ type: T.Type) throws {
      let (rows, wanted) = (try boundaries.to(T.dtype).contiguous(), try values.alias().to(T.dtype).contiguous())
      let edges = try rows.pointer().assumingMemoryBound(to: T.self)
      let x = try wanted.pointer().assumingMemoryBound(to: T.self)
      try Parallel.forEach(wanted.count, grain: 4096) { part in
        for i in part {
          let row = edges + i / perRow * width
          var (low, high) = (0, width)
          while low < high {
            let middle = (low + high) / 2
            // NaN is sorted to the end.
            let goesRight = right ? !(row[middle] > x[i]) : !(row[middle] >= x[i]) && row[middle] == row[middle]
            if goesRight { low = middle + 1 } else { high = middle }
          }
          out[i] = Int64(low)
        }
      }
    }
    switch type.computeKind {
    case .float: try search(Float.self)
    case .double: try search(Double.self)
    case .int64: try search(Int64.self)
    }
    return outInt32 ? try result.to(.int32) : result
  }

  /// The bucket between sorted `boundaries` that each element falls into.
  public func bucketize(_ boundaries: Tensor, outInt32: Bool = false, right: Bool = false) throws -> Tensor {
    guard boundaries.rank == 1 else {
      throw TensorError("boundaries tensor must be 1 dimension, but got dim(\(boundaries.rank))")
    }
    return try boundaries.searchsorted(self, outInt32: outInt32, right: right)
  }

  /// How often each integer from 0 on appears, or the sum of the weights where it does.
  public func bincount(weights: Tensor? = nil, minlength: Int = 0) throws -> Tensor {
    guard dtype.isInteger else { throw notImplemented("bincount_cpu", dtype) }
    guard rank == 1 || count == 0 else {
      throw TensorError("bincount only supports 1-d non-negative integral inputs.")
    }
    guard minlength >= 0 else { throw TensorError("minlength should be >= 0") }
    if let weights, weights.shape != shape {
      throw TensorError("weights should be 1-d and have the same length as input")
    }
    guard count > 0 else { return try Tensor.zeros([minlength], dtype: .int64) }
    let values = try integers()
    var size = Int64(minlength)
    for value in values {
      guard value >= 0 else { throw TensorError("bincount only supports 1-d non-negative integral inputs.") }
      size = Swift.max(size, value < .max ? value + 1 : value)
    }
    guard let weights else {
      let counts = try Tensor.zeros([Int(size)], dtype: .int64)
      let places = try counts.mutablePointer().assumingMemoryBound(to: Int64.self)
      for part in Interruption.stretches(of: values.indices) {
        try Interruption.check()
        for i in part { places[Int(values[i])] += 1 }
      }
      return counts
    }
    let type: DType = weights.dtype == .float32 ? .float32 : .float64
    let result = try Tensor.zeros([Int(size)], dtype: type)
    try ElementIndex.slices(0, try Tensor(values, dtype: .int64)).view(result).accumulate(weights.alias().to(type))
    return result
  }

  /// Whether each element is among `tests`.
  public func isin(_ tests: Tensor, assumeUnique: Bool = false, invert: Bool = false) throws -> Tensor {
    for operand in [self, tests] where operand.dtype == .bool {
      throw TensorError("Unsupported input type encountered for isin(): Bool")
    }
    let found: Tensor
    if tests.count == 0 {
      found = try Tensor.zeros(shape, dtype: .bool)
    } else {
      let type = try resultType(self, tests)
      let sorted = try tests.alias().to(type).contiguous().reshape([tests.count]).sort(0).values
      let wanted = try alias().to(type)
      let places = try sorted.searchsorted(wanted).clamp(max: tests.count - 1)
      found = try sorted.take(places).eq(wanted)
    }
    return invert ? try found.logicalNot() : found
  }
}
