import Tensor

/// Passes over the elements of tensors of any size in small pieces.
enum TensorScan {
  private static let pieceSize = 1 << 16
  /// After how many pieces the memory of a mapped file is given back.
  private static let pieceCountInMemory = 64

  /// Calls `body` with the elements of `tensors`, which have the same number of them, in row-major order, as numbers of the type
  /// `Element`, which is that of `dtype`.
  static func forEach<Element>(
    _ tensors: [Tensor], as dtype: DType, _: Element.Type, _ body: ([UnsafeBufferPointer<Element>]) throws -> Void
  ) throws {
    let packed = try tensors.map { try $0.contiguous() }
    guard let total = packed.first?.count else { return }
    for (index, start) in stride(from: 0, to: total, by: pieceSize).enumerated() {
      let count = min(pieceSize, total - start)
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
  init?(_ tensor: Tensor) throws {
    guard !tensor.dtype.isComplex, tensor.count > 0, !TensorScan.isExpanded(tensor) else { return nil }
    try TensorScan.forEach([tensor], as: .float64, Double.self) { add($0[0]) }
  }

  /// Of the finite elements.
  var mean: Double { finiteCount > 0 ? runningMean : .nan }
  /// Of the finite elements, with Bessel's correction.
  var standardDeviation: Double { finiteCount > 1 ? (squares / Double(finiteCount - 1)).squareRoot() : .nan }

  /// Adds the elements of a piece; its own mean and squares join the others' as in Chan, Golub and LeVeque, "Updating formulae and a
  /// pairwise algorithm for computing sample variances", 1979.
  private mutating func add(_ piece: UnsafeBufferPointer<Double>) {
    var count = 0
    var sum = 0.0
    for element in piece {
      if element.isFinite {
        count += 1
        sum += element
        if element == 0 { zeroCount += 1 }
      } else if element.isNaN {
        nanCount += 1
        continue
      } else {
        infiniteCount += 1
      }
      minimum = min(minimum, element)
      maximum = max(maximum, element)
    }
    guard count > 0 else { return }
    let mean = sum / Double(count)
    let pieceSquares = piece.reduce(0.0) { $1.isFinite ? $0 + ($1 - mean) * ($1 - mean) : $0 }
    let total = finiteCount + count
    let difference = mean - runningMean
    runningMean += difference * Double(count) / Double(total)
    squares += pieceSquares + difference * difference * Double(finiteCount) * Double(count) / Double(total)
    finiteCount = total
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

  init(_ a: Tensor, _ b: Tensor, absoluteTolerance: Double = 0, relativeTolerance: Double = 0) throws {
    self.absoluteTolerance = absoluteTolerance
    self.relativeTolerance = relativeTolerance
    if a.isSameView(as: b) { return }
    if a.dtype.isInteger, b.dtype.isInteger {
      try TensorScan.forEach([a, b], as: .int64, Int64.self) { compareIntegers($0[0], $0[1]) }
    } else if a.dtype.isComplex {
      // Real and imaginary parts, one by one.
      try TensorScan.forEach([a, b], as: .complex128, (Double, Double).self) { pieces in
        let parts = pieces.map { UnsafeRawBufferPointer($0).bindMemory(to: Double.self) }
        compare(parts[0], parts[1])
      }
    } else {
      try TensorScan.forEach([a, b], as: .float64, Double.self) { compare($0[0], $0[1]) }
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
