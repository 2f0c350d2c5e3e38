import Tensor

/// A NumPy element type with its byte order, as `dtype.str` writes it: `<f4`, `>i8`, `|b1`.
struct NumPyType: Equatable {
  let dtype: DType
  let isBigEndian: Bool

  init(_ text: some StringProtocol) throws {
    var code = text[...]
    var isBigEndian = false
    if let order = code.first, "<>|=".contains(order) {
      isBigEndian = order == ">"
      code.removeFirst()
    }
    guard let dtype = NumPyType.codes.first(where: { $0.code == code })?.dtype else {
      throw CheckpointError.unsupported("arrays of NumPy's type \"\(text.prefix(50))\" are not supported")
    }
    self.init(dtype, isBigEndian: isBigEndian && dtype.size > 1)
  }

  init(_ dtype: DType, isBigEndian: Bool) {
    self.dtype = dtype
    self.isBigEndian = isBigEndian
  }

  /// How NumPy names a tensor's type; nil where it has none.
  static func name(of dtype: DType) -> String? {
    codes.first { $0.dtype == dtype }.map { (dtype.size == 1 ? "|" : "<") + $0.code }
  }

  private static let codes: [(code: String, dtype: DType)] = [
    ("b1", .bool), ("?", .bool), ("u1", .uint8), ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64),
    ("u2", .uint16), ("u4", .uint32), ("u8", .uint64), ("f2", .float16), ("f4", .float32), ("f8", .float64),
    ("c8", .complex64), ("c16", .complex128),
  ]
}
