import OrderedCollections
import Tensor

/// The safetensors format: the length of a header, the header in JSON, the elements of all tensors.
///
/// Source: https://github.com/huggingface/safetensors#format
enum SafeTensors {
  /// The attribute of a loaded dictionary that has the file's own texts, by name.
  static let metadataKey = "__metadata__"

  fileprivate static let longestHeader = 100_000_000

  /// Whether a file of `size` bytes that begins so may be of this format.
  static func matches(_ start: [UInt8], size: Int) -> Bool {
    var cursor = ByteCursor(start)
    guard let length = try? cursor.count(UInt64.self), let first = try? cursor.byte() else { return false }
    return length >= 2 && length <= longestHeader && first == UInt8(ascii: "{")
  }

  /// The name of a type in a header; nil where the format has none.
  static func name(of dtype: DType) -> String? {
    switch dtype {
    case .bool: "BOOL"
    case .uint8: "U8"
    case .int8: "I8"
    case .float8_e5m2: "F8_E5M2"
    case .float8_e4m3fn: "F8_E4M3"
    case .float8_e8m0fnu: "F8_E8M0"
    case .int16: "I16"
    case .uint16: "U16"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int32: "I32"
    case .uint32: "U32"
    case .float32: "F32"
    case .complex64: "C64"
    case .float8_e4m3fnuz: "F8_E4M3FNUZ"
    case .float8_e5m2fnuz: "F8_E5M2FNUZ"
    case .complex32, .complex128: nil
    case .float64: "F64"
    case .int64: "I64"
    case .uint64: "U64"
    }
  }

  fileprivate static let dtypes = Dictionary(
    uniqueKeysWithValues: DType.allCases.compactMap { dtype in name(of: dtype).map { ($0, dtype) } })
}

/// Reads a safetensors file.
struct SafeTensorsReader {
  private let file: InputFile

  init(_ file: InputFile) {
    self.file = file
  }

  private struct Entry {
    let name: String
    let dtype: DType
    let shape: [Int]
    /// Where the elements lie behind the header.
    let range: Range<Int>
  }

  func load() throws -> CheckpointValue {
    var lengthBytes = ByteCursor(try file.bytes(at: 0, count: 8))
    let length = try lengthBytes.count(UInt64.self)
    guard length <= SafeTensors.longestHeader else {
      throw CheckpointError.malformed(
        "the safetensors header has \(length) bytes; the limit is \(SafeTensors.longestHeader)")
    }
    guard length <= file.size - 8 else {
      throw CheckpointError.truncated("the safetensors header has \(length) bytes, and the file \(file.size)")
    }
    guard case .object(let members) = try JSON(try file.bytes(at: 8, count: length)) else {
      throw CheckpointError.malformed("the safetensors header is not a JSON object")
    }
    let dataStart = 8 + length
    let entries = try checked(entries(members), dataCount: file.size - dataStart)
    let data = TensorData(file)
    var result = CheckpointDictionary()
    for entry in entries {
      let range = dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound
      do {
        let tensor = try Tensor(
          storage: data.storage(range, dtype: entry.dtype), dtype: entry.dtype, shape: entry.shape,
          strides: Shape.rowMajorStrides(entry.shape))
        guard result.entries.updateValue(.tensor(tensor), forKey: .string(entry.name)) == nil else {
          throw CheckpointError.malformed("the safetensors header has two tensors \"\(entry.name)\"")
        }
      } catch let error as TensorError {
        throw CheckpointError.malformed("the tensor \"\(entry.name)\" cannot be: \(error.message)")
      }
    }
    if let metadata = try metadata(members) { result.attributes[SafeTensors.metadataKey] = metadata }
    return .dictionary(result)
  }

  private func metadata(_ members: [(name: String, value: JSON)]) throws -> CheckpointValue? {
    guard let member = members.first(where: { $0.name == SafeTensors.metadataKey }) else { return nil }
    guard case .object(let texts) = member.value else {
      throw CheckpointError.malformed("the metadata of the safetensors header are not an object")
    }
    return .dictionary(
      CheckpointDictionary(
        try texts.map { name, value in
          guard case .string(let text) = value else {
            throw CheckpointError.malformed("the metadata \"\(name)\" of the safetensors header are not text")
          }
          return (.string(name), .string(text))
        }))
  }

  private func entries(_ members: [(name: String, value: JSON)]) throws -> [Entry] {
    try members.filter { $0.name != SafeTensors.metadataKey }.map { name, value in
      guard let entry = try entry(name, value) else {
        throw CheckpointError.malformed("the safetensors header describes the tensor \"\(name)\" in an unknown way")
      }
      return entry
    }
  }

  private func entry(_ name: String, _ value: JSON) throws -> Entry? {
    guard case .object(let fields) = value, fields.count == 3 else { return nil }
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    for (field, value) in fields {
      switch (field, value) {
      case ("dtype", .string(let text)): typeName = text
      case ("shape", .array(let sizes)): shape = integers(sizes)
      case ("data_offsets", .array(let ends)): offsets = integers(ends)
      default: return nil
      }
    }
    guard let typeName, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else { return nil }
    guard let dtype = SafeTensors.dtypes[typeName] else {
      throw CheckpointError.unsupported("the tensor \"\(name)\" has the unsupported type \(typeName)")
    }
    return Entry(name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Integers of at least 0, or nil.
  private func integers(_ values: [JSON]) -> [Int]? {
    var result: [Int] = []
    for value in values {
      guard case .integer(let integer) = value, integer >= 0 else { return nil }
      result.append(integer)
    }
    return result
  }

  /// The entries in the order of their data, which must fill all of `dataCount` bytes without gaps, each as its shape says.
  private func checked(_ entries: [Entry], dataCount: Int) throws -> [Entry] {
    let ordered = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    for entry in ordered {
      guard entry.range.lowerBound == end else {
        throw CheckpointError.malformed("the data of the tensor \"\(entry.name)\" overlap others or leave a gap")
      }
      end = entry.range.upperBound
      var byteCount = entry.dtype.size
      var overflow = false
      for size in entry.shape {
        let (product, overflowed) = byteCount.multipliedReportingOverflow(by: size)
        byteCount = product
        overflow = overflow || overflowed
      }
      guard !overflow, byteCount == entry.range.count else {
        throw CheckpointError.malformed(
          "the tensor \"\(entry.name)\" of shape \(Shape.text(entry.shape)) has \(entry.range.count) bytes of data")
      }
    }
    guard end == dataCount else {
      let message = "the tensors have \(end) bytes of data, and the file \(dataCount)"
      throw end > dataCount ? CheckpointError.truncated(message) : CheckpointError.malformed(message)
    }
    return ordered
  }
}
