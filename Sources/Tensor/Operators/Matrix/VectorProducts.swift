extension Tensor {
  /// The vector product along `dim`, which has 3 elements: `torch.linalg.cross`. Other dimensions broadcast.
  ///
  /// - Throws: ``TensorError`` for different numbers of dimensions, or other lengths than 3.
  public func cross(_ other: Tensor, dim: Int = -1) throws -> Tensor {
    guard rank == other.rank else {
      throw TensorError("linalg.cross: inputs must have the same number of dimensions.")
    }
    let (length, otherLength) = (try size(dim), try other.size(dim))
    guard length == 3, otherLength == 3 else {
      throw TensorError(
        "linalg.cross: inputs dimension \(dim) must have length 3. Got \(length) and \(otherLength)")
    }
    guard dtype == other.dtype else {
      throw TensorError("expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
    }
    let (next, afterNext) = (try roll([-1], [dim]), try roll([-2], [dim]))
    return try next.mul(other.roll([-2], [dim])).sub(afterNext.mul(other.roll([-1], [dim])))
  }

  /// ``cross(_:dim:)`` along the first dimension of 3 elements: `torch.cross` without `dim`.
  public func crossAlongFirst(_ other: Tensor) throws -> Tensor {
    guard let dim = shape.firstIndex(of: 3) else { throw TensorError("no dimension of size 3 in input") }
    return try cross(other, dim: dim)
  }

  /// The dot products of vectors along `dim`: `torch.linalg.vecdot`. Other dimensions broadcast.
  public func vecdot(_ other: Tensor, dim: Int = -1) throws -> Tensor {
    guard dtype.isFloatingPoint else {
      throw TensorError(
        "linalg.vecdot: Expected a floating point or complex tensor as input. Got \(dtype.scalarTypeName)")
    }
    guard dtype == other.dtype else {
      throw TensorError(
        "linalg.vecdot: Expected x and y to have the same dtype, but found x of type \(dtype.scalarTypeName) and y of type \(other.dtype.scalarTypeName) instead"
      )
    }
    return try mul(other).sum([dim])
  }

  /// A bilinear map of the last dimensions: `y_k = self^T W_k other + b_k`, for weights `(out, in1, in2)`.
  ///
  /// - Throws: ``TensorError`` where leading dimensions differ, or sizes do not fit the weight's.
  public func bilinear(_ other: Tensor, _ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    let operands = [("input1", self), ("input2", other), ("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    guard operands.allSatisfy({ $0.1.dtype == dtype }) else {
      let found = operands.map { "\($0.0): \($0.1.dtype.mangledTypeName)" }.joined(separator: ", ")
      throw TensorError("All tensors must have the same dtype, got \(found)")
    }
    guard rank == other.rank, rank > 0, weight.rank == 3 else {
      throw TensorError(
        "bilinear(): input dimensions do not match: got \(rank) and \(other.rank)")
    }
    for dim in 0..<rank - 1 where shape[dim] != other.shape[dim] {
      throw TensorError(
        "bilinear(): input batch dimensions do not match at dim \(dim): got \(shape[dim]) and \(other.shape[dim])")
    }
    for (number, input) in [(1, self), (2, other)] where input.shape[rank - 1] != weight.shape[number] {
      throw TensorError(
        "bilinear(): input\(number) size does not match weight size: got \(input.shape[rank - 1]) but expected \(weight.shape[number])"
      )
    }
    let count = try Shape.count(Array(shape.dropLast()))
    let product = try Tensor.einsum(
      "bi,oij,bj->bo", [reshape([count, weight.shape[1]]), weight, other.reshape([count, weight.shape[2]])])
    let result = try product.reshape(Array(shape.dropLast()) + [weight.shape[0]])
    return try bias.map { try result.add($0) } ?? result
  }
}
