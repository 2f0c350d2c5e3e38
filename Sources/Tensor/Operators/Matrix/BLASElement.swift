import CLAPACK
import CVectorMath
import OneDNN

/// The floating point types whose matrices libraries multiply.
protocol BLASElement: ComputeElement, BinaryFloatingPoint {
  /// `c = op(a) op(b) + beta c` for row-major matrices: op(a) is `rows` times `inner`, op(b) `inner` times `columns`, and op
  /// transposes where asked.
  ///
  /// - Parameters:
  ///   - leadingA, leadingB, leadingC: the distance between rows as they lie in memory, in elements.
  /// - Throws: an error for sizes past what the library counts with.
  static func gemm(
    rows: Int, columns: Int, inner: Int, a: UnsafePointer<Self>, leadingA: Int, transposesA: Bool,
    b: UnsafePointer<Self>, leadingB: Int, transposesB: Bool, beta: Self, c: UnsafeMutablePointer<Self>, leadingC: Int
  ) throws

  /// `out = 1 / (1 + exp(-x))` of `count` elements; `out` may be `x`.
  static func sigmoid(_ x: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int)

  /// `out = tanh(x)` of `count` elements; `out` may be `x`.
  static func tanh(_ x: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int)
}

extension Float: BLASElement {
  static func gemm(
    rows: Int, columns: Int, inner: Int, a: UnsafePointer<Float>, leadingA: Int, transposesA: Bool,
    b: UnsafePointer<Float>, leadingB: Int, transposesB: Bool, beta: Float, c: UnsafeMutablePointer<Float>,
    leadingC: Int
  ) throws {
    try OneDNN.multiplyMatrices(
      rows: rows, columns: columns, inner: inner, a: a, leadingA: leadingA, transposesA: transposesA, b: b,
      leadingB: leadingB, transposesB: transposesB, beta: beta, c: c, leadingC: leadingC)
  }

  static func sigmoid(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
    vm_sigmoid_float(x, out, count)
  }

  static func tanh(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
    vm_tanh_float(x, out, count)
  }
}

private let dgemm = OpenBLAS.routine("cblas_dgemm", as: cblas_dgemm_t.self)

extension Double: BLASElement {
  static func gemm(
    rows: Int, columns: Int, inner: Int, a: UnsafePointer<Double>, leadingA: Int, transposesA: Bool,
    b: UnsafePointer<Double>, leadingB: Int, transposesB: Bool, beta: Double, c: UnsafeMutablePointer<Double>,
    leadingC: Int
  ) throws {
    let s = try [rows, columns, inner, leadingA, leadingB, leadingC].map { size in
      guard let value = Int32(exactly: size) else { throw TensorError("matrix product: size \(size) is too large") }
      return value
    }
    func code(_ isTransposed: Bool) -> Int32 { Int32(isTransposed ? CblasTrans : CblasNoTrans) }
    try OpenBLAS.require()
    dgemm?(
      Int32(CblasRowMajor), code(transposesA), code(transposesB), s[0], s[1], s[2], 1, a, s[3], b, s[4], beta, c, s[5])
  }

  static func sigmoid(_ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ count: Int) {
    vm_sigmoid_double(x, out, count)
  }

  static func tanh(_ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ count: Int) {
    vm_tanh_double(x, out, count)
  }
}
