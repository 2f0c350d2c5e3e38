import Supervision
import Tensor

/// How one element of a parameter changes, given its gradient and its state.
protocol UpdateRule: Sendable {
  /// Numbers that differ from parameter to parameter, such as bias corrections.
  associatedtype Factors: Sendable
  /// What is done to the gradient first.
  var adjustment: GradientAdjustment { get }

  /// Updates `count` elements.
  ///
  /// - Parameter rows: the parameter's elements, the gradient's, then those of each state tensor.
  func update<T: BinaryFloatingPoint & ComputeElement>(
    _ rows: UnsafePointer<UnsafeMutablePointer<T>>, _ count: Int, _ factors: Factors)
}

/// `g ± weightDecay · p`: what most optimizers do to a gradient before they use it.
struct GradientAdjustment: Sendable {
  /// Whether the objective grows: the gradient's sign changes.
  var maximize = false
  var weightDecay = 0.0

  init(_ group: ParameterGroup, decoupled: Bool = false) throws {
    maximize = group.isOn("maximize")
    weightDecay = decoupled ? 0 : try group.number("weight_decay")
  }

  var isIdentity: Bool { !maximize && weightDecay == 0 }

  @inline(__always)
  func apply<T: BinaryFloatingPoint>(
    _ gradient: UnsafePointer<T>, _ parameter: UnsafePointer<T>, _ result: UnsafeMutablePointer<T>, _ count: Int
  ) {
    let sign: T = maximize ? -1 : 1
    if weightDecay == 0 {
      for i in 0..<count { result[i] = sign * gradient[i] }
    } else {
      let decay = T(weightDecay)
      for i in 0..<count { result[i] = sign * gradient[i] + decay * parameter[i] }
    }
  }
}

/// Applies one rule to the elements of many parameters in a single pass, shared among all threads whatever the sizes of the
/// parameters.
///
/// Computes in float32, or float64 for parameters of that type; other types are converted block by block.
struct FusedUpdate<Rule: UpdateRule> {
  /// Elements that are updated at once: all rows of a block stay in the first-level cache.
  private static var blockLength: Int { 1024 }

  private struct Segment {
    /// Where the parameter's elements begin among those of all parameters.
    let start: Int
    let count: Int
    /// Which of the rows are the parameter's.
    let rows: Range<Int>
    let isDouble: Bool
    let factors: Rule.Factors
  }

  private let rule: Rule
  private var segments: [Segment] = []
  private var rows: [Row] = []
  private var count = 0
  private var longestRows = 0
  /// Keeps the memory alive that the rows point to.
  private var tensors: [Tensor] = []
  /// Row-major copies of tensors whose memory order differs, to be copied back.
  private var copies: [(copy: Tensor, original: Tensor)] = []

  init(_ rule: Rule) { self.rule = rule }

  /// Adds a parameter; `state` tensors have its shape.
  ///
  /// - Throws: ``TensorError`` where types or shapes do not fit.
  mutating func add(_ parameter: Tensor, gradient: Tensor, state: [Tensor], _ factors: Rule.Factors) throws {
    guard parameter.dtype.isFloatingPoint else {
      throw TensorError("optimizers are not implemented for '\(parameter.dtype.scalarTypeName)'", kind: .notImplemented)
    }
    let all = [parameter, gradient] + state
    for tensor in all where tensor.shape != parameter.shape || !tensor.dtype.isFloatingPoint {
      throw TensorError(
        "The gradient or state of a parameter of shape \(Shape.text(parameter.shape)) and type \(parameter.dtype) has shape \(Shape.text(tensor.shape)) and type \(tensor.dtype)"
      )
    }
    let isAligned =
      parameter.isDense
      && all.allSatisfy { $0.strides == parameter.strides || $0.isContiguous && parameter.isContiguous }
    let first = rows.count
    for (position, tensor) in all.enumerated() {
      let isWritten = position != 1
      var source = tensor
      if !isAligned && !tensor.isContiguous {
        source = try GradMode.with(false) { try tensor.contiguous() }
        if isWritten { copies.append((source, tensor)) }
      }
      let pointer = isWritten ? try source.mutablePointer() : try source.pointer()
      rows.append(Row(pointer: pointer, dtype: source.dtype, stride: 1))
      tensors.append(source)
    }
    segments.append(
      Segment(
        start: count, count: parameter.count, rows: first..<rows.count,
        isDouble: parameter.dtype.computeKind == .double, factors: factors))
    count += parameter.count
    longestRows = max(longestRows, all.count)
  }

  /// Updates everything that was added.
  func run() throws {
    // A step that stopped half-way would leave parameters and state that do not belong together.
    try Interruption.postponed(update)
  }

  private func update() throws {
    try withExtendedLifetime(tensors) {
      try segments.withUnsafeBufferPointer { segments in
        try rows.withUnsafeBufferPointer { rows in
          try Parallel.forEach(count, grain: 2 * Parallel.grain) { update($0, segments, rows) }
        }
      }
    }
    try GradMode.with(false) {
      for (copy, original) in copies { try original.copyInPlace(copy) }
    }
  }

  /// Updates the elements of one thread.
  private func update(
    _ part: Range<Int>, _ segments: UnsafeBufferPointer<Segment>, _ rows: UnsafeBufferPointer<Row>
  ) {
    var (low, high) = (0, segments.count)
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].start + segments[middle].count > part.lowerBound { high = middle } else { low = middle + 1 }
    }
    let length = min(FusedUpdate.blockLength, part.count)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: length * longestRows) { buffer in
      guard let scratch = buffer.baseAddress else { return }
      while low < segments.count, segments[low].start < part.upperBound {
        let segment = segments[low]
        let start = max(part.lowerBound - segment.start, 0)
        let end = min(part.upperBound - segment.start, segment.count)
        let own = UnsafeBufferPointer(rebasing: rows[segment.rows])
        if segment.isDouble {
          updateBlocks(start..<end, own, segment.factors, scratch, length)
        } else {
          scratch.withMemoryRebound(to: Float.self, capacity: length * longestRows) {
            updateBlocks(start..<end, own, segment.factors, $0, length)
          }
        }
        low += 1
      }
    }
  }

  /// Updates elements of one parameter. `scratch` has room for `length` elements a row.
  @inline(__always)
  private func updateBlocks<T: BinaryFloatingPoint & ComputeElement>(
    _ range: Range<Int>, _ rows: UnsafeBufferPointer<Row>, _ factors: Rule.Factors,
    _ scratch: UnsafeMutablePointer<T>, _ length: Int
  ) {
    withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<T>.self, capacity: rows.count) { buffer in
      guard let pointers = buffer.baseAddress else { return }
      var start = range.lowerBound
      while start < range.upperBound {
        let count = min(length, range.upperBound - start)
        for k in 0..<rows.count {
          let row = FusedUpdate.moved(rows[k], by: start)
          if row.dtype == T.dtype {
            pointers[k] = row.pointer.assumingMemoryBound(to: T.self)
          } else {
            pointers[k] = scratch + k * length
            T.load(row, count, into: pointers[k])
          }
        }
        if !rule.adjustment.isIdentity {
          let adjusted = scratch + length
          rule.adjustment.apply(pointers[1], pointers[0], adjusted, count)
          pointers[1] = adjusted
        }
        rule.update(pointers, count, factors)
        for k in 0..<rows.count where k != 1 && rows[k].dtype != T.dtype {
          T.store(pointers[k], count, to: FusedUpdate.moved(rows[k], by: start))
        }
        start += count
      }
    }
  }

  @inline(__always)
  private static func moved(_ row: Row, by count: Int) -> Row {
    Row(pointer: row.pointer + count * row.dtype.size, dtype: row.dtype, stride: 1)
  }
}
