import Tensor

/// Sequences of different lengths, step by step: first the first elements of all, then the second of those that have one, …
///
/// The longest sequence comes first.
public final class PackedSequence {
  /// `[sum of lengths, *]`
  public let data: Tensor
  /// How many sequences have a step, for each step.
  public let batchSizes: Tensor
  /// Where each sequence was before they were sorted; nil if they came sorted.
  public let sortedIndices: Tensor?
  /// Where each sequence has gone.
  public let unsortedIndices: Tensor?

  /// - Parameters:
  ///   - data: `[sum of lengths, *]`, step by step.
  ///   - batchSizes: how many sequences have a step, for each step; none more than the one before. What uses them checks
  ///     this.
  ///   - sortedIndices: where each sequence was before they were sorted; nil if they came sorted.
  ///   - unsortedIndices: the inverse of `sortedIndices`, which is computed by default.
  public init(data: Tensor, batchSizes: Tensor, sortedIndices: Tensor? = nil, unsortedIndices: Tensor? = nil) throws {
    self.data = data
    self.batchSizes = batchSizes
    self.sortedIndices = sortedIndices
    self.unsortedIndices = try unsortedIndices ?? sortedIndices?.argsort(0)
  }

  private init(_ other: PackedSequence, data: Tensor) {
    self.data = data
    batchSizes = other.batchSizes
    sortedIndices = other.sortedIndices
    unsortedIndices = other.unsortedIndices
  }

  /// The same sequences with other elements.
  func replacingData(_ data: Tensor) -> PackedSequence { PackedSequence(self, data: data) }

  /// ``batchSizes`` as numbers.
  ///
  /// - Throws: ``TensorError`` where they do not fit ``data``.
  func sizes() throws -> [Int] {
    let sizes = try batchSizes.detach().to(.int64).integers().map { Int($0) }
    let isFalling = zip(sizes, sizes.dropFirst()).allSatisfy { $0 >= $1 }
    guard data.rank > 0, isFalling, (sizes.last ?? 0) > 0, sizes.reduce(0, { $0 &+ $1 }) == data.shape[0] else {
      throw TensorError("batch_sizes do not fit the packed data")
    }
    return sizes
  }

  // MARK: Packing

  /// Packs sequences that were padded: `pack_padded_sequence`.
  ///
  /// - Parameters:
  ///   - input: `[L, N, *]`, or `[N, L, *]` with `batchFirst`.
  ///   - lengths: of each sequence.
  ///   - isSorted: whether the longest comes first already.
  public static func pack(
    _ input: Tensor, lengths: Tensor, batchFirst: Bool = false, isSorted: Bool = true
  ) throws -> PackedSequence {
    guard input.rank >= 2 else { throw TensorError("Expected a padded batch of at least 2 dimensions") }
    var steps = batchFirst ? try input.transpose(0, 1) : input
    guard input.count > 0 else { throw TensorError("Cannot pack empty tensors.") }
    guard lengths.rank == 1, lengths.count == steps.shape[1] else {
      throw TensorError(
        "Expected `len(lengths)` to be equal to batch_size, but got \(lengths.count) (batch_size=\(steps.shape[1]))")
    }
    var sorted = try lengths.detach().to(.int64)
    var order: Tensor?
    if !isSorted {
      let found = try sorted.sort(0, descending: true, stable: true)
      (sorted, order) = (found.values, found.indices)
      steps = try steps.indexSelect(1, found.indices)
    }
    let numbers = try sorted.integers().map { Int($0) }
    guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 >= $1 }) else {
      throw TensorError(
        "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
      )
    }
    guard let longest = numbers.first, let shortest = numbers.last, shortest > 0 else {
      throw TensorError(
        "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    }
    guard longest <= steps.shape[0] else {
      throw TensorError("Expected lengths of at most \(steps.shape[0]), but got \(longest)")
    }
    try BufferPool.checkArray(of: Int.self, count: try Shape.count([longest, numbers.count]))
    let sizes = (0..<longest).map { step in numbers.count { $0 > step } }
    let rows = try steps.reshape([steps.shape[0] * steps.shape[1]] + steps.shape.dropFirst(2))
    let data = try rows.indexSelect(0, positions(sizes, width: numbers.count))
    return try PackedSequence(data: data, batchSizes: Tensor(sizes.map(Int64.init)), sortedIndices: order)
  }

  /// Where the packed elements stand among the rows of a padded batch.
  private static func positions(_ sizes: [Int], width: Int) throws -> Tensor {
    try Tensor(sizes.enumerated().flatMap { step, size in (0..<size).map { Int64(step * width + $0) } })
  }

  /// The padded batch with the lengths: `pad_packed_sequence`.
  ///
  /// - Parameter totalLength: how many steps the batch has; the longest sequence's by default.
  public func padded(
    batchFirst: Bool = false, paddingValue: Double = 0, totalLength: Int? = nil
  ) throws -> (batch: Tensor, lengths: Tensor) {
    let sizes = try sizes()
    let width = sizes.first ?? 0
    if let totalLength, totalLength < sizes.count {
      throw TensorError(
        "Expected total_length to be at least the length of the longest sequence in input, but got total_length=\(totalLength) and max sequence length being \(sizes.count)",
        kind: .value)
    }
    let length = totalLength ?? sizes.count
    let tail = Array(data.shape.dropFirst())
    let rows = try Tensor.full([try Shape.count([length, width])] + tail, .double(paddingValue), dtype: data.dtype)
      .indexCopy(0, PackedSequence.positions(sizes, width: width), data)
    var batch = try rows.reshape([length, width] + tail)
    var lengths = try Tensor((0..<width).map { sequence in Int64(sizes.count { $0 > sequence }) })
    if let unsortedIndices {
      batch = try batch.indexSelect(1, unsortedIndices)
      lengths = try lengths.indexSelect(0, unsortedIndices)
    }
    return (batchFirst ? try batch.transpose(0, 1) : batch, lengths)
  }

  /// Sequences `[L, *]` of different lengths as one padded batch: `pad_sequence`.
  ///
  /// - Parameter padsLeft: whether the padding comes before the sequences.
  public static func pad(
    _ sequences: [Tensor], batchFirst: Bool = false, paddingValue: Double = 0, padsLeft: Bool = false
  ) throws -> Tensor {
    guard let first = sequences.first, first.rank > 0 else {
      throw TensorError("received an empty list of sequences")
    }
    let longest = sequences.map { $0.shape.first ?? 0 }.max() ?? 0
    let padded = try sequences.map { sequence in
      guard sequence.rank == first.rank, sequence.shape.dropFirst() == first.shape.dropFirst() else {
        throw TensorError(
          "The size of tensor a \(Shape.text(sequence.shape)) must match the size of tensor b \(Shape.text(first.shape)) in all dimensions but the first"
        )
      }
      let missing = longest - sequence.shape[0]
      let around = [Int](repeating: 0, count: 2 * (sequence.rank - 1)) + (padsLeft ? [missing, 0] : [0, missing])
      return missing == 0 ? sequence : try sequence.pad(around, mode: .constant(paddingValue))
    }
    return try Tensor.stack(padded, dim: batchFirst ? 0 : 1)
  }
}
