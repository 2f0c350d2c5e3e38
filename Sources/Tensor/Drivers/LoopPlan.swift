/// How to walk several operands of one broadcast shape together: dimensions merged where every operand allows it, and ordered
/// so that the first operand (the output) is written along its smallest stride.
struct LoopPlan {
  /// Merged sizes, innermost last; at least one.
  private(set) var sizes: [Int]
  /// For each operand its strides in elements along `sizes`.
  private(set) var strides: [[Int]]
  let count: Int

  /// - Parameters:
  ///   - shape: the common shape.
  ///   - operands: strides of each operand along `shape`; 0 where it is broadcast.
  init(shape: [Int], strides operands: [[Int]]) {
    var count = 1
    for size in shape { count = count &* size }
    self.count = count
    var axes = shape.indices.filter { shape[$0] != 1 }
    if let first = operands.first {
      // Stable: among equal strides the order of dimensions stays.
      axes.sort { a, b in
        let (sa, sb) = (first[a], first[b])
        return sa == sb || sa == 0 || sb == 0 ? a < b : sa > sb
      }
    }
    var sizes: [Int] = []
    var strides = [[Int]](repeating: [], count: operands.count)
    for axis in axes {
      let size = shape[axis]
      if let last = sizes.last {
        let top = sizes.count - 1
        let mergeable = operands.indices.allSatisfy { strides[$0][top] == operands[$0][axis] &* size }
        if mergeable {
          sizes[top] = last &* size
          for k in operands.indices { strides[k][top] = operands[k][axis] }
          continue
        }
      }
      sizes.append(size)
      for k in operands.indices { strides[k].append(operands[k][axis]) }
    }
    if sizes.isEmpty {
      sizes = [count]
      for k in operands.indices { strides[k] = [count == 1 ? 1 : 0] }
    }
    self.sizes = sizes
    self.strides = strides
  }

  /// The length of the innermost loop.
  var inner: Int { sizes[sizes.count - 1] }

  /// The stride of operand `k` along the innermost loop.
  func innerStride(_ k: Int) -> Int { strides[k][sizes.count - 1] }

  /// Calls `body` for rows that together cover `range` of the element positions, with each operand's offset in elements and
  /// the row's length.
  @inline(__always)
  func forEachRow(in range: Range<Int>, _ body: (UnsafePointer<Int>, Int) -> Void) {
    let operandCount = strides.count
    let inner = self.inner
    let outerRank = sizes.count - 1
    guard inner > 0, !range.isEmpty else { return }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: operandCount + outerRank) { scratch in
      guard let offsets = scratch.baseAddress else { return }
      let index = offsets + operandCount
      var row = range.lowerBound / inner
      var within = range.lowerBound % inner
      var left = range.count
      var rest = row
      for axis in (0..<outerRank).reversed() {
        index[axis] = rest % sizes[axis]
        rest /= sizes[axis]
      }
      for k in 0..<operandCount {
        var offset = within &* strides[k][outerRank]
        for axis in 0..<outerRank { offset = offset &+ index[axis] &* strides[k][axis] }
        offsets[k] = offset
      }
      while left > 0 {
        let length = min(inner - within, left)
        body(UnsafePointer(offsets), length)
        left -= length
        if left == 0 { break }
        for k in 0..<operandCount { offsets[k] = offsets[k] &- within &* strides[k][outerRank] }
        within = 0
        row += 1
        var axis = outerRank - 1
        while axis >= 0 {
          index[axis] += 1
          if index[axis] < sizes[axis] {
            for k in 0..<operandCount { offsets[k] = offsets[k] &+ strides[k][axis] }
            break
          }
          index[axis] = 0
          for k in 0..<operandCount { offsets[k] = offsets[k] &- (sizes[axis] - 1) &* strides[k][axis] }
          axis -= 1
        }
      }
    }
  }
}

extension Tensor {
  /// Strides of this tensor seen in the broadcast `shape`: 0 along dimensions that are repeated.
  func broadcastStrides(to shape: [Int]) -> [Int] {
    if self.shape == shape { return strides }
    let lead = shape.count - rank
    var result = [Int](repeating: 0, count: shape.count)
    for axis in 0..<rank where self.shape[axis] != 1 || shape[lead + axis] == 1 {
      result[lead + axis] = strides[axis]
    }
    return result
  }
}
