import Tensor

/// The names that PyTorch gives types in pickles.
enum TorchNames {
  /// The type of a storage's elements; nil for names that are no storage's.
  static func storageDType(_ global: PickleGlobal) -> StorageType? {
    if global.name == "UntypedStorage", global.module == "torch.storage" || global.module == "torch" { return .untyped }
    guard global.module == "torch" || global.module == "torch.cuda" || global.module == "torch.storage" else {
      return nil
    }
    return typedStorages[global.name].map { .typed($0) }
  }

  enum StorageType {
    case typed(DType)
    case untyped
  }

  /// The name of the class of storages with such elements; nil for the newer types, which have untyped storages.
  static func storageClass(of dtype: DType) -> String? {
    switch dtype {
    case .uint16, .uint32, .uint64, .complex32: nil
    default: dtype.isFloat8 ? nil : dtype.scalarTypeName + "Storage"
    }
  }

  private static let typedStorages: [String: DType] = Dictionary(
    uniqueKeysWithValues: DType.allCases.compactMap { dtype in storageClass(of: dtype).map { ($0, dtype) } })

  /// The type that a global such as `torch.float32` names.
  static func dtype(_ global: PickleGlobal) -> DType? {
    global.module == "torch" ? dtypes[global.name] : nil
  }

  private static let dtypes: [String: DType] = {
    var dtypes = Dictionary(uniqueKeysWithValues: DType.allCases.map { ($0.name, $0) })
    let aliases: [String: DType] = [
      "float": .float32, "double": .float64, "half": .float16, "chalf": .complex32, "cfloat": .complex64,
      "cdouble": .complex128,
      "short": .int16, "int": .int32, "long": .int64,
    ]
    dtypes.merge(aliases) { $1 }
    return dtypes
  }()
}

/// How a pickle names a storage, the data of which lie elsewhere in the file.
struct StorageIdentifier {
  let key: String
  /// Nil where the storage is untyped; then elements are bytes.
  let dtype: DType?
  let elementCount: Int
  let byteCount: Int
  /// A part of the storage `key`, which older versions saved as a storage of its own.
  let view: (key: String, offset: Int, count: Int)?

  /// - Parameter value: a tuple ("storage", class, key, device, number of elements[, view]).
  init(_ value: PickleValue, in graph: PickleGraph) throws {
    guard case .tuple(let fields) = graph.node(value), fields.count == 5 || fields.count == 6,
      fields[0] == .string("storage"), case .int(let count) = fields[4],
      let elementCount = Int(exactly: count), elementCount >= 0
    else { throw CheckpointError.malformed("the pickle refers to a storage in an unknown way") }
    key = try StorageIdentifier.keyText(fields[2])
    if fields[3] == .string("meta") {
      throw CheckpointError.unsupported(
        "the storage \"\(key)\" was on the meta device; the file does not have its data")
    }
    guard case .global(let global) = graph.node(fields[1]) else {
      throw CheckpointError.malformed("the storage \"\(key)\" has no type")
    }
    switch TorchNames.storageDType(global) {
    case .typed(let type): dtype = type
    case .untyped: dtype = nil
    case nil: throw CheckpointError.unsupported("the storage \"\(key)\" has the unsupported type \(global)")
    }
    let (bytes, overflow) = elementCount.multipliedReportingOverflow(by: dtype?.size ?? 1)
    guard !overflow else { throw CheckpointError.malformed("the storage \"\(key)\" has a size that overflows") }
    self.elementCount = elementCount
    byteCount = bytes
    view = try fields.count == 6 ? StorageIdentifier.view(fields[5], in: graph) : nil
  }

  private static func view(
    _ value: PickleValue, in graph: PickleGraph
  ) throws -> (key: String, offset: Int, count: Int)? {
    if value == .none { return nil }
    guard case .tuple(let fields) = graph.node(value), fields.count == 3, case .int(let offset) = fields[1],
      case .int(let count) = fields[2]
    else { throw CheckpointError.malformed("the pickle has a view of a storage in an unknown way") }
    return (try keyText(fields[0]), Int(offset), Int(count))
  }

  /// Keys are text, or numbers in the oldest files.
  private static func keyText(_ value: PickleValue) throws -> String {
    switch value {
    case .string(let text): return text
    case .int(let number): return String(number)
    default: throw CheckpointError.malformed("the pickle has a storage without a name")
    }
  }
}
