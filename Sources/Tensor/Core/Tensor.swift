/// A multi-dimensional array: a view, described by sizes and strides, of a ``Storage``.
///
/// Sizes, strides and offset count elements; dimensions count from 0. Two tensors may share a storage.
/// A tensor is a reference: assigning it shares it, as in PyTorch.
public final class Tensor {
  /// The memory that the elements lie in, perhaps with those of other tensors.
  public internal(set) var storage: Storage
  /// The type of the elements.
  public private(set) var dtype: DType
  /// The size of each dimension; none for a single number.
  public private(set) var shape: [Int]
  /// For each dimension how many elements of the storage lie between neighbours; never negative, 0 where one element
  /// repeats.
  public private(set) var strides: [Int]
  /// Where in the storage the first element lies, in elements.
  public private(set) var offset: Int
  /// The number of elements.
  public private(set) var count: Int
  /// Whether the elements lie in row-major order without gaps.
  public private(set) var isContiguous: Bool
  /// What autograd knows of the tensor; nil while it takes no part.
  var autograd: AutogradState?
  /// Whether this is an `nn.Parameter`: prints as one, and registers itself in a module.
  public var isParameter = false
  /// Whether this stands for a number in an expression, see ``wrapped(_:)``.
  public internal(set) var isWrappedNumber = false

  /// A tensor of the given layout over `storage`.
  ///
  /// - Throws: ``TensorError`` where the layout reaches outside of the storage.
  public convenience init(storage: Storage, dtype: DType, shape: [Int], strides: [Int], offset: Int = 0) throws {
    guard shape.count == strides.count else {
      throw TensorError("mismatch in length of strides and shape")
    }
    let count = try Shape.count(shape)
    try Tensor.checkBounds(storage.byteCount, dtype, shape, strides, offset, count)
    self.init(unchecked: storage, dtype, shape, strides, offset, count)
  }

  /// A row-major tensor with undefined elements.
  public convenience init(empty shape: [Int], dtype: DType = .float32) throws {
    let count = try Shape.count(shape)
    let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.size)
    guard !overflow else { throw TensorError("Storage size calculation overflowed with sizes=\(Shape.text(shape))") }
    self.init(
      unchecked: try Storage(byteCount: bytes), dtype, shape, Shape.rowMajorStrides(shape), 0, count)
  }

  /// A layout that is known to lie inside of the storage.
  ///
  /// - Parameter isContiguous: whether it is known to be in row-major order without gaps; nil: to be found out.
  init(
    unchecked storage: Storage, _ dtype: DType, _ shape: [Int], _ strides: [Int], _ offset: Int, _ count: Int,
    _ isContiguous: Bool? = nil
  ) {
    self.storage = storage
    self.dtype = dtype
    self.shape = shape
    self.strides = strides
    self.offset = offset
    self.count = count
    self.isContiguous = isContiguous ?? Shape.isContiguous(shape, strides)
  }

  /// A row-major tensor over the whole of `storage`, which has `count` elements.
  init(wholeOf storage: Storage, _ dtype: DType, _ shape: [Int], _ count: Int) {
    self.storage = storage
    self.dtype = dtype
    self.shape = shape
    self.strides = Shape.rowMajorStrides(shape)
    self.offset = 0
    self.count = count
    self.isContiguous = true
  }

  /// The number of dimensions.
  public var rank: Int { shape.count }

  /// How many in-place operations have changed the storage.
  public var version: Int { storage.version }

  /// Bytes of the elements, not of the whole storage.
  public var byteCount: Int { count * dtype.size }

  /// The size along `dim`, negative ones counted from the end.
  public func size(_ dim: Int) throws -> Int { shape[try axis(dim)] }

  /// The stride along `dim`.
  public func stride(_ dim: Int) throws -> Int { strides[try axis(dim)] }

  private func axis(_ dim: Int) throws -> Int {
    guard rank > 0 else {
      throw TensorError.index("Dimension specified as \(dim) but tensor has no dimensions")
    }
    return try wrapDimension(dim, rank: rank)
  }

  /// The first element's address, for reading; elements lie as ``strides`` say.
  public func pointer() throws -> UnsafeMutableRawPointer { try storage.pointer() + offset * dtype.size }

  /// The first element's address, for writing; counts a new version of the storage.
  public func mutablePointer() throws -> UnsafeMutableRawPointer { try storage.mutablePointer() + offset * dtype.size }

  /// The first element's address, for writing every element: nothing that lies there is read or computed first.
  public func overwritingPointer() throws -> UnsafeMutableRawPointer {
    let base = coversStorage ? try storage.overwritingPointer() : try storage.mutablePointer()
    return base + offset * dtype.size
  }

  /// Whether this tensor's elements are the whole storage, in order.
  public var coversStorage: Bool { isContiguous && offset == 0 && byteCount == storage.byteCount }

  /// Whether both show the same memory in the same way.
  public func isSameView(as other: Tensor) -> Bool {
    storage === other.storage && offset == other.offset && shape == other.shape && strides == other.strides
      && dtype == other.dtype
  }

  /// Makes this tensor show what `other` shows: `x.data = y`, and `set_`. Autograd's view of it stays.
  public func setData(_ other: Tensor) {
    storage = other.storage
    dtype = other.dtype
    shape = other.shape
    strides = other.strides
    offset = other.offset
    count = other.count
    isContiguous = other.isContiguous
  }

  /// Changes sizes and strides in place, for `squeeze_`, `transpose_` and their like.
  func setLayout(shape: [Int], strides: [Int], offset: Int, count: Int) {
    self.shape = shape
    self.strides = strides
    self.offset = offset
    self.count = count
    isContiguous = Shape.isContiguous(shape, strides)
  }

  private static func checkBounds(
    _ byteCount: Int, _ dtype: DType, _ shape: [Int], _ strides: [Int], _ offset: Int, _ count: Int
  ) throws {
    guard offset >= 0 else { throw TensorError("Tensor: invalid storage offset \(offset)") }
    for stride in strides where stride < 0 {
      throw TensorError(
        "as_strided: Negative strides are not supported at the moment, got strides: \(Shape.text(strides))")
    }
    guard count > 0 else { return }
    var last = offset
    var overflow = false
    for (size, stride) in zip(shape, strides) {
      let (reach, o1) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, o2) = last.addingReportingOverflow(reach)
      last = sum
      overflow = overflow || o1 || o2
    }
    let available = byteCount / dtype.size
    let needed = (last &+ 1).multipliedReportingOverflow(by: dtype.size)
    guard !overflow, last < available else {
      throw TensorError(
        "setStorage: sizes \(Shape.text(shape)), strides \(Shape.text(strides)), storage offset \(offset), and itemsize \(dtype.size)\(overflow || needed.overflow ? "" : " requiring a storage size of \(needed.partialValue)") are out of bounds for storage of size \(byteCount)"
      )
    }
  }
}
