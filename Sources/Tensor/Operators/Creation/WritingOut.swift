extension Tensor {
  /// Writes the values of `result` here, as PyTorch's keyword `out` does. Takes over the shape where it differs.
  ///
  /// - Parameter function: what made the result, for errors.
  /// - Throws: ``TensorError`` where one of the two takes part in autograd, where the result's type does not fit, or
  ///   where elements share memory.
  public func receive(_ result: Tensor, of function: String) throws {
    guard !(GradMode.isEnabled && (requiresGrad || result.requiresGrad)) else {
      throw TensorError(
        "\(function)(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad."
      )
    }
    guard result.dtype.canCast(to: dtype) else {
      throw TensorError(
        "result type \(result.dtype.scalarTypeName) can't be cast to the desired output type \(dtype.scalarTypeName)")
    }
    if result.shape != shape { try resizeInPlace(result.shape) }
    try checkInPlace()
    try copyMemory(from: result)
  }

  /// Gives the tensor another shape in row-major order: `resize_`. It keeps its memory where that is large enough, and
  /// gets new memory, in which further elements are 0, where it is not.
  ///
  /// - Throws: ``TensorError`` for negative sizes, or a tensor that requires gradients.
  @discardableResult
  public func resizeInPlace(_ sizes: [Int]) throws -> Tensor {
    guard !requiresGrad else { throw TensorError("cannot resize variables that require grad") }
    for size in sizes where size < 0 {
      throw TensorError("Trying to create tensor with negative dimension \(size): \(Shape.text(sizes))")
    }
    if sizes != shape { try resizeMemory(sizes) }
    return self
  }

  /// ``resizeInPlace(_:)`` past autograd.
  func resizeMemory(_ sizes: [Int]) throws {
    let wanted = try Shape.count(sizes)
    let capacity = storage.byteCount / dtype.size
    if wanted > capacity - offset {
      let (total, overflow) = wanted.addingReportingOverflow(offset)
      guard !overflow else { throw TensorError("Storage size calculation overflowed with sizes=\(Shape.text(sizes))") }
      let grown = try Tensor.zeros([total], dtype: dtype)
      try grown.narrow(0, 0, capacity)
        .copyMemory(from: Tensor(unchecked: storage, dtype, [capacity], [1], 0, capacity))
      storage = grown.storage
    }
    setLayout(shape: sizes, strides: Shape.rowMajorStrides(sizes), offset: offset, count: wanted)
  }
}
