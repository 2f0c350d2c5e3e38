import Glibc
import Supervision

/// Matrices of one shape, column-major one after the other: what LAPACK's routines work through.
struct MatrixBatch<T: LAPACKElement> {
  let values: Tensor
  let rows: Int32
  let columns: Int32
  let count: Int
  /// The dimensions before the last two.
  let shape: [Int]

  /// A copy of the matrices in the last two dimensions of `x`.
  ///
  /// - Throws: ``TensorError`` for sizes past what LAPACK counts with.
  init(copying x: Tensor) throws {
    let packed = try x.alias().to(T.dtype).transpose(-2, -1).clone().contiguous()
    try self.init(values: packed, Array(x.shape.dropLast(2)), x.shape[x.rank - 2], x.shape[x.rank - 1])
  }

  /// Matrices of zeros.
  init(zeros shape: [Int], _ rows: Int, _ columns: Int) throws {
    try self.init(values: try Tensor.zeros(shape + [columns, rows], dtype: T.dtype), shape, rows, columns)
  }

  private init(values: Tensor, _ shape: [Int], _ rows: Int, _ columns: Int) throws {
    try OpenBLAS.require()
    guard let m = Int32(exactly: rows), let n = Int32(exactly: columns) else {
      throw TensorError("linalg: a matrix of \(rows)x\(columns) is too large")
    }
    self.values = values
    self.rows = m
    self.columns = n
    self.shape = shape
    count = try Shape.count(shape)
  }

  /// The matrices as a tensor of shape `[..., rows, columns]`.
  func tensor() throws -> Tensor { try values.transpose(-2, -1).contiguous() }

  /// Calls a routine for matrix `index`, which Ctrl-C does not have to wait for.
  ///
  /// - Parameters:
  ///   - others: what owns the further memory that the routine works on.
  ///   - routine: gets the matrix.
  /// - Throws: ``Interrupted``; the routine then goes on by itself.
  func call<Result>(
    _ index: Int, keeping others: AnyObject..., routine: @escaping (UnsafeMutablePointer<T>) -> Result
  ) throws -> Result {
    let matrix = try matrix(index)
    let owners = others + [values]
    return try DetachedWork.run(cost: Double(rows) * Double(columns) * Double(min(rows, columns))) {
      withExtendedLifetime(owners) { routine(matrix) }
    }
  }

  /// Calls a routine for each matrix in turn, and returns what LAPACK's `info` became: int32 of shape ``shape``.
  func forEach(
    keeping owner: AnyObject? = nil, routine: @escaping (Int, UnsafeMutablePointer<T>) -> Int32
  ) throws -> Tensor {
    let infos = try Tensor.zeros(shape, dtype: .int32)
    guard values.count > 0 else { return infos }
    let places = try infos.mutablePointer().assumingMemoryBound(to: Int32.self)
    for i in 0..<count { places[i] = try call(i, keeping: owner ?? values) { routine(i, $0) } }
    return infos
  }

  /// The address of matrix `index`.
  ///
  /// - Throws: ``Interrupted`` between the matrices of a batch.
  func matrix(_ index: Int) throws -> UnsafeMutablePointer<T> {
    try Interruption.check()
    return try values.mutablePointer().assumingMemoryBound(to: T.self) + index * Int(rows) * Int(columns)
  }
}

/// Zeros for a routine to work with, which last as long as somebody refers to them.
final class Workspace<Element: Numeric> {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int

  /// - Throws: ``TensorError`` without so much memory.
  init(_ count: Int) throws {
    guard let memory = calloc(max(count, 1), MemoryLayout<Element>.stride) else {
      throw TensorError("linalg: no memory for \(count) numbers to work with")
    }
    self.count = count
    pointer = memory.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  deinit { free(pointer) }

  subscript(index: Int) -> Element { pointer[index] }
}

extension Tensor {
  /// - Parameter kernel: what PyTorch's complaint about small types calls its kernel; nil where it refuses them before.
  /// - Throws: ``TensorError`` where this is no batch of (square) floating point matrices.
  func checkMatrices(_ name: String, square: Bool = false, kernel: String? = nil) throws {
    guard rank >= 2 else {
      throw TensorError("\(name): The input tensor A must have at least 2 dimensions.")
    }
    let (m, n) = (shape[rank - 2], shape[rank - 1])
    if square && m != n {
      throw TensorError("\(name): A must be batches of square matrices, but they are \(m) by \(n) matrices")
    }
    if kernel == "linalg_eigh_cpu", !dtype.isFloatingPoint { throw notImplemented("linalg_eigh_cpu", dtype) }
    guard dtype.isFloatingPoint else {
      throw TensorError("\(name): Expected a floating point or complex tensor as input. Got \(dtype.scalarTypeName)")
    }
    guard dtype == .float32 || dtype == .float64 else {
      guard let kernel else {
        throw TensorError("\(name): Low precision dtypes not supported. Got \(dtype.scalarTypeName)")
      }
      throw notImplemented(kernel, dtype)
    }
  }

  /// Runs `body` with the element type that LAPACK shall work in.
  func inLAPACKType<Result>(
    float: (Float.Type) throws -> Result, double: (Double.Type) throws -> Result
  ) rethrows -> Result {
    dtype == .float64 ? try double(Double.self) : try float(Float.self)
  }
}

extension Tensor {
  /// - Parameter message: gets LAPACK's `info`, of which this tensor has one for each matrix.
  /// - Throws: ``TensorError`` where one is not 0.
  func checkSolved(_ name: String, _ message: (Int64) -> String) throws {
    for (i, info) in try integers().enumerated() where info != 0 { throw linalgError(name, i, shape, message(info)) }
  }
}

/// A message about one matrix; of a batch it says which.
func linalgError(_ name: String, _ index: Int, _ shape: [Int], _ message: String) -> TensorError {
  TensorError("\(name): " + (shape.isEmpty ? "" : "(Batch element \(index)): ") + message, kind: .linalg)
}
