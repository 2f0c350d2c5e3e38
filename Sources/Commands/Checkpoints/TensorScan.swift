import Glibc
import Supervision
import Tensor

/// Passes over the elements of tensors of any size in small pieces.
enum TensorScan {
  private static let pieceSize = 1 << 16
  /// After how many pieces the memory of a mapped file is given back.
  private static let pieceCountInMemory = 64

  /// Calls `body` with the elements of `tensors`, which have the same number of them, in row-major order, as numbers of the type
  /// `Element`, which is that of `dtype`.
  ///
  /// - Parameter skipsEqual: whether pieces that are the same in two tensors, to the bit, are left out.
  static func forEach<Element>(
    _ tensors: [Tensor], as dtype: DType, _: Element.Type, skipsEqual: Bool = false, _ progress: Progress,
    _ body: ([UnsafeBufferPointer<Element>]) throws -> Void
  ) throws {
    let packed = try tensors.map { try $0.contiguous() }
    guard let total = packed.first?.count else { return }
    for (index, start) in stride(from: 0, to: total, by: pieceSize).enumerated() {
      try Interruption.check()
      let count = min(pieceSize, total - start)
      defer { progress.advance(by: count * packed[0].dtype.size) }
      if index % pieceCountInMemory == pieceCountInMemory - 1 {
        for tensor in packed { tensor.storage.giveBackPages() }
      }
      if skipsEqual, try isEqual(packed[0], packed[1], start, count) { continue }
      let pieces = try packed.map { tensor in
        try Tensor(
          storage: tensor.storage, dtype: tensor.dtype, shape: [count], strides: [1], offset: tensor.offset + start
        )
        .to(dtype)
      }
      let buffers = try pieces.map { piece in
        UnsafeBufferPointer(
          start: UnsafePointer(try piece.pointer().assumingMemoryBound(to: Element.self)), count: count)
      }
      try withExtendedLifetime(pieces) { try body(buffers) }
      if index % pieceCountInMemory == pieceCountInMemory - 1 {
        for tensor in packed { tensor.storage.giveBackPages() }
      }
    }
    for tensor in packed { tensor.storage.giveBackPages() }
  }

  private static func isEqual(_ a: Tensor, _ b: Tensor, _ start: Int, _ count: Int) throws -> Bool {
    let size = a.dtype.size
    return try a.dtype == b.dtype && memcmp(a.pointer() + start * size, b.pointer() + start * size, count * size) == 0
  }

  /// Whether a tensor shows elements of its storage more than once: its size then says nothing about the file's.
  static func isExpanded(_ tensor: Tensor) -> Bool { tensor.byteCount > tensor.storage.byteCount }
}

/// Smallest and largest element, mean and standard deviation of a tensor.
struct TensorStatistics {
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity
  private(set) var nanCount = 0
  private(set) var infiniteCount = 0
  private(set) var zeroCount = 0
  private var finiteCount = 0
  private var runningMean = 0.0
  private var squares = 0.0

  /// Nil for a tensor of complex numbers, or of nothing.
  ///
  /// - Parameter progress: told how many bytes were read.
  init?(_ tensor: Tensor, _ progress: Progress) throws {
    guard !tensor.dtype.isComplex, tensor.count > 0, !TensorScan.isExpanded(tensor) else { return nil }
    try TensorScan.forEach([tensor], as: .float64, Double.self, progress) { add($0[0]) }
    // Nothing but NaN.
    if minimum > maximum { (minimum, maximum) = (.nan, .nan) }
  }

  /// Of the finite elements.
  var mean: Double { finiteCount > 0 ? runningMean : .nan }
  /// Of the finite elements, with Bessel's correction.
  var standardDeviation: Double { finiteCount > 1 ? (squares / Double(finiteCount - 1)).squareRoot() : .nan }

  /// Adds the elements of a piece; its own mean and squares join the others' as in Chan, Golub and LeVeque, "Updating formulae and a
  /// pairwise algorithm for computing sample variances", 1979.
  private mutating func add(_ piece: UnsafeBufferPointer<Double>) {
    let sums = PieceSums(piece)
    guard sums.sum.isFinite else { return addExceptional(piece) }
    minimum = min(minimum, sums.minimum)
    maximum = max(maximum, sums.maximum)
    zeroCount += sums.zeroCount
    let mean = sums.sum / Double(piece.count)
    join(piece.count, mean, PieceSums.squares(piece, around: mean))
  }

  /// The same for a piece with elements that are not finite.
  private mutating func addExceptional(_ piece: UnsafeBufferPointer<Double>) {
    let numbers = piece.filter { !$0.isNaN }
    let finite = numbers.filter(\.isFinite)
    nanCount += piece.count - numbers.count
    infiniteCount += numbers.count - finite.count
    zeroCount += finite.count { $0 == 0 }
    minimum = min(minimum, numbers.min() ?? minimum)
    maximum = max(maximum, numbers.max() ?? maximum)
    guard !finite.isEmpty else { return }
    let mean = finite.reduce(0, +) / Double(finite.count)
    join(finite.count, mean, finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
  }

  private mutating func join(_ count: Int, _ mean: Double, _ pieceSquares: Double) {
    let total = finiteCount + count
    let difference = mean - runningMean
    runningMean += difference * Double(count) / Double(total)
    squares += pieceSquares + difference * difference * Double(finiteCount) * Double(count) / Double(total)
    finiteCount = total
  }
}

/// Sums over a piece, eight elements at a time.
private struct PieceSums {
  private(set) var sum: Double
  private(set) var minimum: Double
  private(set) var maximum: Double
  private(set) var zeroCount: Int

  init(_ piece: UnsafeBufferPointer<Double>) {
    var sums = SIMD8<Double>()
    var minima = SIMD8<Double>(repeating: .infinity)
    var maxima = SIMD8<Double>(repeating: -.infinity)
    var zeros = SIMD8<Int64>()
    let rest = PieceSums.forEach(piece) { elements in
      sums += elements
      minima = minima.replacing(with: elements, where: elements .< minima)
      maxima = maxima.replacing(with: elements, where: elements .> maxima)
      zeros = zeros.replacing(with: zeros &+ 1, where: elements .== 0)
    }
    sum = rest.reduce(sums.sum(), +)
    minimum = rest.reduce(minima.min()) { min($0, $1) }
    maximum = rest.reduce(maxima.max()) { max($0, $1) }
    zeroCount = Int(zeros.wrappedSum()) + rest.count { $0 == 0 }
  }

  /// The sum of the squares of the elements' distances from `mean`.
  static func squares(_ piece: UnsafeBufferPointer<Double>, around mean: Double) -> Double {
    var sums = SIMD8<Double>()
    let rest = forEach(piece) { elements in
      let distances = elements - mean
      sums += distances * distances
    }
    return rest.reduce(sums.sum()) { $0 + ($1 - mean) * ($1 - mean) }
  }

  /// Calls `body` with eight elements at a time, and returns the others.
  @inline(__always)
  private static func forEach(
    _ piece: UnsafeBufferPointer<Double>, _ body: (SIMD8<Double>) -> Void
  ) -> Slice<UnsafeBufferPointer<Double>> {
    let bytes = UnsafeRawBufferPointer(piece)
    let wholeCount = piece.count & ~7
    for start in stride(from: 0, to: wholeCount, by: 8) {
      body(bytes.loadUnaligned(fromByteOffset: start * 8, as: SIMD8<Double>.self))
    }
    return piece[wholeCount...]
  }
}

/// How far two tensors of the same number of elements are apart, both of real or both of complex numbers.
struct TensorDifference {
  /// The largest |a − b|; NaN where only one of two elements is a number.
  private(set) var absolute = 0.0
  /// The largest |a − b| / max(|a|, |b|).
  private(set) var relative = 0.0
  /// How many elements differ by more than `absoluteTolerance` + `relativeTolerance`·|b|.
  private(set) var count = 0

  private let absoluteTolerance: Double
  private let relativeTolerance: Double

  /// - Parameter progress: told how many bytes of `a` were compared.
  init(
    _ a: Tensor, _ b: Tensor, absoluteTolerance: Double = 0, relativeTolerance: Double = 0, _ progress: Progress
  ) throws {
    self.absoluteTolerance = absoluteTolerance
    self.relativeTolerance = relativeTolerance
    if a.isSameView(as: b) { return }
    if a.dtype.isInteger, b.dtype.isInteger {
      try TensorScan.forEach([a, b], as: .int64, Int64.self, skipsEqual: true, progress) {
        compareIntegers($0[0], $0[1])
      }
    } else if a.dtype.isComplex {
      // Real and imaginary parts, one by one.
      try TensorScan.forEach([a, b], as: .complex128, (Double, Double).self, skipsEqual: true, progress) { pieces in
        let parts = pieces.map { UnsafeRawBufferPointer($0).bindMemory(to: Double.self) }
        compare(parts[0], parts[1])
      }
    } else {
      try TensorScan.forEach([a, b], as: .float64, Double.self, skipsEqual: true, progress) { compare($0[0], $0[1]) }
    }
  }

  private mutating func compare(_ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>) {
    for index in a.indices where a[index] != b[index] && !(a[index].isNaN && b[index].isNaN) {
      note(abs(a[index] - b[index]), max(abs(a[index]), abs(b[index])), reference: abs(b[index]))
    }
  }

  /// Exact also where a double is not.
  private mutating func compareIntegers(_ a: UnsafeBufferPointer<Int64>, _ b: UnsafeBufferPointer<Int64>) {
    for index in a.indices where a[index] != b[index] {
      let (difference, overflow) = a[index].subtractingReportingOverflow(b[index])
      let distance = overflow ? abs(Double(a[index]) - Double(b[index])) : Double(difference.magnitude)
      note(
        distance, Double(max(a[index].magnitude, b[index].magnitude)), reference: Double(b[index].magnitude))
    }
  }

  private mutating func note(_ distance: Double, _ largest: Double, reference: Double) {
    if !(distance <= absoluteTolerance + relativeTolerance * reference) { count += 1 }
    // A NaN stays.
    if distance.isNaN || distance > absolute { absolute = absolute.isNaN ? absolute : distance }
    let ratio = distance / largest
    if ratio.isNaN || ratio > relative { relative = relative.isNaN ? relative : ratio }
  }
}
