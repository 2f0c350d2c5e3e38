import Supervision

/// The lines of elements along one dimension: what sorts, scans and softmax work on.
struct Lanes {
  private let outer: Int
  private let length: Int
  private let inner: Int
  private let axis: Int
  private let shape: [Int]
  /// From how many elements on a lane takes so long that looking at ``Interruption`` costs nothing beside it.
  private static let longLength = 1 << 12

  /// Lanes of `x` along dimension `axis`; a zero-dim tensor is one lane of one element.
  init(_ x: Tensor, _ axis: Int) {
    self.axis = axis
    shape = x.shape
    if x.rank == 0 {
      (outer, length, inner) = (1, 1, 1)
    } else {
      outer = x.shape[..<axis].reduce(1, &*)
      length = x.shape[axis]
      inner = x.shape[(axis + 1)...].reduce(1, &*)
    }
  }

  /// What a lane's kernel reads and writes: neighbours, whatever the layout of the tensor.
  struct Lane<T> {
    let input: UnsafePointer<T>
    let count: Int
    /// Room for the values of the result, `resultCount` of them.
    let values: UnsafeMutablePointer<T>
    /// Room for as many positions; nobody reads them if none were asked for.
    let indices: UnsafeMutablePointer<Int64>

    /// Its positions in stretches. Who goes through them calls ``look(before:)``.
    var stretches: Interruption.Stretches { Interruption.stretches(of: 0..<count) }

    /// Looks at ``Interruption`` between two stretches; before the first one ``Lanes`` has looked.
    ///
    /// - Throws: ``Interrupted``.
    @inline(__always)
    func look(before stretch: Range<Int>) throws {
      if stretch.lowerBound > 0 { try Interruption.check() }
    }
  }

  /// Computes a result of `resultLength` elements from each lane.
  ///
  /// - Returns: the values in `x`'s type, and the positions if `withIndices`.
  func map<T: ComputeElement>(
    _ x: Tensor, as type: T.Type, resultLength: Int? = nil, withIndices: Bool = false,
    _ kernel: (Lane<T>) throws -> Void
  ) throws -> (values: Tensor, indices: Tensor?) {
    let operand = try x.alias().to(T.dtype).contiguous()
    let resultLength = resultLength ?? length
    var resultShape = shape
    if !shape.isEmpty { resultShape[axis] = resultLength }
    let values = try Tensor(empty: resultShape, dtype: T.dtype)
    let indices = withIndices ? try Tensor(empty: resultShape, dtype: .int64) : nil
    if values.count == 0 { return (x.dtype == T.dtype ? values : try values.to(x.dtype), indices) }
    let source = UnsafePointer(try operand.pointer().assumingMemoryBound(to: T.self))
    let target = try values.overwritingPointer().assumingMemoryBound(to: T.self)
    let positions = try indices?.overwritingPointer().assumingMemoryBound(to: Int64.self)
    let isDirect = inner == 1 && (withIndices ? positions != nil : true)
    try Parallel.forEach(outer * inner, grain: max(1, Parallel.grain / 4 / max(length, 1))) { part in
      try withUnsafeTemporaryAllocation(of: T.self, capacity: isDirect ? 1 : length + resultLength + 1) { scratch in
        try withUnsafeTemporaryAllocation(of: Int64.self, capacity: withIndices ? resultLength + 1 : 1) {
          scratchIndices in
          guard let buffer = scratch.baseAddress, let indexBuffer = scratchIndices.baseAddress else { return }
          for k in part {
            if length >= Lanes.longLength { try Interruption.check() }
            if isDirect {
              let lane = Lane(
                input: source + k * length, count: length, values: target + k * resultLength,
                indices: positions.map { $0 + k * resultLength } ?? indexBuffer)
              try kernel(lane)
              continue
            }
            let from = source + k / inner * length * inner + k % inner
            for i in 0..<length { buffer[i] = from[i * inner] }
            try kernel(
              Lane(input: UnsafePointer(buffer), count: length, values: buffer + length, indices: indexBuffer))
            let start = k / inner * resultLength * inner + k % inner
            // The first lane touches all pages of the result, each in another place.
            for stretch in Interruption.stretches(of: 0..<resultLength, length: Lanes.longLength) {
              try Interruption.check()
              for i in stretch { target[start + i * inner] = buffer[length + i] }
            }
            if let positions {
              for i in 0..<resultLength { positions[start + i * inner] = indexBuffer[i] }
            }
          }
        }
      }
    }
    return (x.dtype == T.dtype ? values : try values.to(x.dtype), indices)
  }
}
