import Tensor

/// The header of a `.npy` file: type, order and shape of the array behind it.
///
/// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
struct NumPyHeader {
  let type: NumPyType
  let isFortranOrder: Bool
  let shape: [Int]
  /// Bytes from the beginning of the file to the elements.
  let size: Int

  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// No header is longer, not even of an array with the most dimensions.
  private static let longestText = 1 << 16
  /// Enough to know how long the header is.
  static let fixedSize = 12

  /// The size of the header that begins with `start`, of at least ``fixedSize`` bytes unless the file is shorter.
  static func size(_ start: [UInt8]) throws -> Int {
    let (textStart, textSize) = try layout(start)
    guard textSize <= longestText else {
      throw CheckpointError.malformed("the NumPy header has \(textSize) bytes; the limit is \(longestText)")
    }
    return textStart + textSize
  }

  private static func layout(_ start: [UInt8]) throws -> (textStart: Int, textSize: Int) {
    var cursor = ByteCursor(start)
    guard try cursor.take(signature.count) == signature else {
      throw CheckpointError.malformed("the NumPy signature is missing")
    }
    let version = try cursor.byte()
    _ = try cursor.byte()
    switch version {
    case 1: return (10, try cursor.count(UInt16.self))
    case 2, 3: return (12, try cursor.count(UInt32.self))
    default: throw CheckpointError.unsupported("version \(version) of NumPy's format; the newest known is 3")
    }
  }

  /// - Parameter bytes: the whole header.
  init(_ bytes: [UInt8]) throws {
    let (textStart, textSize) = try NumPyHeader.layout(bytes)
    var cursor = ByteCursor(bytes, at: textStart)
    let fields = try PythonLiteral(try cursor.string(textSize)).dictionary
    guard fields.count == 3, let order = fields["fortran_order"], case .bool(let isFortranOrder) = order,
      let sizes = fields["shape"], case .tuple(let elements) = sizes, let description = fields["descr"]
    else { throw CheckpointError.malformed("the NumPy header describes the array in an unknown way") }
    guard case .string(let code) = description else {
      throw CheckpointError.unsupported("NumPy arrays of records are not supported")
    }
    type = try NumPyType(code)
    self.isFortranOrder = isFortranOrder
    shape = try elements.map { element in
      guard case .int(let size) = element else {
        throw CheckpointError.malformed("the NumPy header has a shape without sizes")
      }
      return size
    }
    size = textStart + textSize
  }

  /// Bytes of the elements.
  ///
  /// - Throws: ``CheckpointError`` for a negative size, or a product past `Int`.
  func dataSize() throws -> Int {
    do {
      let (bytes, overflow) = try Shape.count(shape).multipliedReportingOverflow(by: type.dtype.size)
      guard !overflow else { throw CheckpointError.malformed("the NumPy array has a size that overflows") }
      return bytes
    } catch let error as TensorError {
      throw CheckpointError.malformed("the NumPy array cannot be: \(error.message)")
    }
  }

  /// The strides of the elements, in elements.
  var strides: [Int] {
    isFortranOrder ? Shape.rowMajorStrides(shape.reversed()).reversed() : Shape.rowMajorStrides(shape)
  }

  /// The header of a row-major array, as NumPy writes it: version 1, with room for the outermost size to grow to 21 digits, ended by
  /// spaces and a newline at a multiple of 64 bytes.
  static func bytes(for tensor: Tensor, name: String) throws -> [UInt8] {
    guard let type = NumPyType.name(of: tensor.dtype) else {
      throw CheckpointError.unsupported("NumPy has no type for \(tensor.dtype.name), which \(name) has")
    }
    let sizes = tensor.shape.map(String.init).joined(separator: ", ") + (tensor.shape.count == 1 ? "," : "")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    if let outermost = tensor.shape.first { text += String(repeating: " ", count: 21 - String(outermost).count) }
    let length = signature.count + 4 + text.utf8.count + 1
    text += String(repeating: " ", count: 64 - length % 64) + "\n"
    guard let textSize = UInt16(exactly: text.utf8.count) else {
      throw CheckpointError.unsupported("NumPy has no array of as many dimensions as \(name)")
    }
    var bytes = signature + [1, 0]
    bytes.append(littleEndian: textSize)
    return bytes + text.utf8
  }
}

/// Reads a `.npy` file, which holds one array.
struct NumPyArrayReader {
  let file: InputFile

  func load() throws -> CheckpointValue {
    let start = try file.bytes(at: 0, count: min(file.size, NumPyHeader.fixedSize))
    let header = try NumPyHeader(try file.bytes(at: 0, count: try NumPyHeader.size(start)))
    let size = try header.dataSize()
    guard size <= file.size - header.size else {
      throw CheckpointError.truncated("the NumPy array needs \(size) bytes, and \(file.size - header.size) are there")
    }
    let storage = try TensorData(file).storage(
      header.size..<header.size + size, dtype: header.type.dtype, isBigEndian: header.type.isBigEndian)
    return .tensor(
      try Tensor(storage: storage, dtype: header.type.dtype, shape: header.shape, strides: header.strides))
  }
}

/// Writes a tensor as a `.npy` file.
enum NumPyArrayWriter {
  static func write(_ value: CheckpointValue, to file: AtomicFile) throws {
    guard case .tensor(let tensor) = value else {
      throw CheckpointError.unsupported("a .npy file holds one tensor, not \(value.typeWithArticle)")
    }
    let packed = try tensor.contiguous()
    let data = UnsafeRawBufferPointer(start: try packed.pointer(), count: packed.byteCount)
    try file.fill(byteCount: data.count) {
      try file.write(try NumPyHeader.bytes(for: tensor, name: "the tensor"))
      try file.write(data)
      try MappingGuard.throwIfDamaged(at: [UnsafeRawPointer(try tensor.pointer())])
    }
  }
}
