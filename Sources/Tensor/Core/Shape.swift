/// Arithmetic on shapes and strides: lists of sizes, in elements, outermost dimension first.
public enum Shape {
  /// Whoever walks through the dimensions may call itself for each.
  private static let mostDimensions = 1000

  /// The number of elements.
  ///
  /// - Throws: ``TensorError`` for a negative size, a product past `Int`, or more dimensions than anybody needs.
  public static func count(_ shape: [Int]) throws -> Int {
    guard shape.count <= mostDimensions else {
      throw TensorError("too many dimensions: a tensor has at most \(mostDimensions), not \(shape.count)")
    }
    var product = 1
    var overflow = false
    for size in shape {
      guard size >= 0 else {
        throw TensorError("Trying to create tensor with negative dimension \(size): \(text(shape))")
      }
      let (next, overflowed) = product.multipliedReportingOverflow(by: size)
      overflow = overflow || overflowed
      product = next
    }
    // Byte counts of up to 16 an element must fit, too.
    overflow = overflow || product > Int.max >> 4
    // A zero anywhere makes the product zero, whatever overflowed before it.
    if overflow {
      guard shape.contains(0) else {
        throw TensorError("Storage size calculation overflowed with sizes=\(text(shape))")
      }
      return 0
    }
    return product
  }

  /// The strides of a row-major tensor. Sizes of 0 count as 1, as in PyTorch.
  public static func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    var step = 1
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step = step &* max(shape[axis], 1)
    }
    return strides
  }

  /// Whether these are the strides of a row-major tensor, also along dimensions where they do not matter.
  static func isRowMajor(_ shape: [Int], _ strides: [Int]) -> Bool {
    var step = 1
    for axis in shape.indices.reversed() {
      if strides[axis] != step { return false }
      step = step &* max(shape[axis], 1)
    }
    return true
  }

  /// Whether elements lie in row-major order without gaps.
  public static func isContiguous(_ shape: [Int], _ strides: [Int]) -> Bool {
    var expected = 1
    for axis in shape.indices.reversed() {
      let size = shape[axis]
      if size == 0 { return true }
      if size != 1 {
        if strides[axis] != expected { return shape.contains(0) }
        expected = expected &* size
      }
    }
    return true
  }

  /// Whether several elements may lie at the same place of memory.
  static func mayOverlap(_ shape: [Int], _ strides: [Int]) -> Bool {
    guard !shape.contains(0) else { return false }
    var reach = 0
    for axis in shape.indices.filter({ shape[$0] > 1 }).sorted(by: { strides[$0] < strides[$1] }) {
      if strides[axis] <= reach { return true }
      reach += strides[axis] * (shape[axis] - 1)
    }
    return false
  }

  /// The shape of an element-wise operation on operands of shapes `a` and `b`.
  ///
  /// - Throws: ``TensorError`` with PyTorch's words where they do not go together.
  public static func broadcast(_ a: [Int], _ b: [Int]) throws -> [Int] {
    if a == b { return a }
    let rank = max(a.count, b.count)
    var result = [Int](repeating: 1, count: rank)
    for axis in (0..<rank).reversed() {
      let sizeA = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let sizeB = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      guard sizeA == sizeB || sizeA == 1 || sizeB == 1 else {
        throw TensorError(
          "The size of tensor a (\(sizeA)) must match the size of tensor b (\(sizeB)) at non-singleton dimension \(axis)"
        )
      }
      result[axis] = sizeA == 1 ? sizeB : sizeA
    }
    return result
  }

  /// Whether a tensor of shape `from` can be expanded to shape `to`.
  public static func isExpandable(_ from: [Int], to: [Int]) -> Bool {
    guard from.count <= to.count else { return false }
    let lead = to.count - from.count
    for axis in from.indices where from[axis] != to[lead + axis] && from[axis] != 1 { return false }
    return true
  }

  /// `[2, 3]`, as PyTorch writes sizes in messages.
  public static func text(_ shape: [Int]) -> String {
    "[" + shape.map(String.init).joined(separator: ", ") + "]"
  }

  /// `torch.Size([2, 3])`.
  public static func sizeText(_ shape: [Int]) -> String { "torch.Size(" + text(shape) + ")" }
}

extension Sequence<Int> {
  /// The sum of counts of elements or bytes, none negative; `Int.max` where it would pass that, as tensors that repeat one element
  /// have as many as they please.
  public func saturatingSum() -> Int {
    reduce(0) { sum, count in
      let (next, overflow) = sum.addingReportingOverflow(count)
      return overflow ? .max : next
    }
  }
}

/// The dimension that `dim` means in a tensor of `rank` dimensions, negative ones counted from the end.
///
/// - Throws: ``TensorError`` out of range. A zero-dim tensor is taken to have one dimension, as in PyTorch.
public func wrapDimension(_ dim: Int, rank: Int) throws -> Int {
  let limit = max(rank, 1)
  guard dim >= -limit && dim < limit else {
    throw TensorError.index(
      "Dimension out of range (expected to be in range of [\(-limit), \(limit - 1)], but got \(dim))")
  }
  return dim < 0 ? dim + limit : dim
}

/// The dimensions that `dims` mean, each once.
///
/// - Throws: ``TensorError`` out of range, or for one that appears twice.
public func wrapDimensions(_ dims: [Int], rank: Int) throws -> [Int] {
  var result: [Int] = []
  result.reserveCapacity(dims.count)
  for dim in dims {
    let wrapped = try wrapDimension(dim, rank: rank)
    if result.contains(wrapped) { throw TensorError("dim \(wrapped) appears multiple times in the list of dims") }
    result.append(wrapped)
  }
  return result
}
